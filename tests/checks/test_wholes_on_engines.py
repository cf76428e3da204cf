"""Checks of groups, sums and periods conclude the same on every engine."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import (
    AvailableWithin,
    Cadence,
    Check,
    Conservation,
    CorrelationStable,
    Determines,
    ImpossibleTogether,
    InPartition,
    Kpi,
    LateRows,
    Reconciled,
    Restatement,
    SumsTo,
)
from airflow_mlquality.contract import Contract
from tests.conformance.conftest import PLACES

if TYPE_CHECKING:
    from tests.conformance.engines import Place

AT = datetime(2026, 2, 1)  # noqa: DTZ001  what databases hold

ROWS = pa.table({
    "id": pa.array([1, 2, 3, 4, None, 6], pa.int64()),
    "shop": ["Ulm", "Ulm", "Bonn", "Bonn", "Bonn", None],
    "state": ["BW", "BW", "NRW", "NRW", "NW", "NW"],
    "net": [10.0, 20.0, 30.0, None, 50.0, 60.0],
    "tax": [1.9, 3.8, 5.7, 1.0, 9.5, 0.0],
    "gross": [11.9, 23.8, 35.7, 1.0, 59.5, 71.4],
    "paid": [True, False, True, True, None, False],
    "at": pa.array([AT - timedelta(hours=hours) for hours in (5, 30, 60, 100, 101, 1)], pa.timestamp("us")),
    "loaded": pa.array([AT] * 6, pa.timestamp("us")),
    "day": pa.array([date(2026, 1, 31), date(2026, 1, 30), date(2026, 1, 29)] * 2, pa.date32()),
})  # fmt: skip
OTHERS = pa.table({"id": pa.array([1, 2, 3, 9], pa.int64()), "net": [10.0, 20.0, 30.0, 40.0]})

CHECKS: list[Check] = [
    Kpi(expression="sum(net) / count(*) + avg(tax) - min(gross)", fail=(0, 1)),
    Kpi(expression="count_if(paid and net > 5)", by="shop", fail=(0, 1)),
    Kpi(expression="count(distinct state)", by="paid", fail=(0, 1)),
    Kpi(expression="sum(net)", against="others", fail=0.1),
    Determines(by=["shop"], determines="state"),
    Determines(by=["shop", "paid"], determines="day"),
    ImpossibleTogether(impossible_together=[{"shop": "Ulm", "paid": True}, {"shop": None, "net": 60}]),
    SumsTo(parts=["net", "tax"], sums_to="gross", tolerance=0.01),
    SumsTo(id="zero", parts=["net", "tax"], sums_to="gross", null_is_zero=True),
    Conservation(source="others", expression="sum(net)", dropped={"test": 1}),
    Reconciled(to="others", key="id", expressions=["sum(net)", "count(distinct id)"]),
    AvailableWithin(column="net", time="at", fail="1h"),
    Cadence(column="at", every="1d", last=10),
    LateRows(late_rows="24h", time="at", arrived="loaded"),
    InPartition(time="at", partition="day"),
    Restatement(partition="day"),
    CorrelationStable(over=["net", "tax"]),
]


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest) -> Any:
    """Yield each place where rows can lie."""
    place = PLACES[request.param](request)
    yield place
    place.close()


def reasons(source: Any, others: Any) -> list[str]:
    """Return what each check says."""
    contract = Contract(name="all", checks=CHECKS, samples=frozenset({"shop", "paid", "day"}))
    moment = AT.replace(tzinfo=UTC)
    report = audit(contract, source, sources={"others": others}, reference=ROWS, as_of=moment)
    return [f"{verdict.outcome}: {verdict.reason}" for verdict in report.verdicts]


def test_every_engine_gives_the_same_verdicts(place: Place) -> None:
    with place.quick():
        found = reasons(place.source("wholes", ROWS), place.source("others", OTHERS))

    assert found == reasons(ROWS, OTHERS)
    assert not [reason for reason in found if reason.startswith("error")]
