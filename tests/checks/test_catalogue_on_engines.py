"""Every check of the catalogue, in files and databases: the same verdict as in memory."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import CHECKS, Check, OutlierShare, Unique
from airflow_mlquality.contract import Contract
from tests.conformance.conftest import PLACES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conformance.engines import Place

AT = datetime(2026, 2, 1)  # noqa: DTZ001  what databases hold
ROWS = 120


def made(**other: Any) -> pa.Table:
    """Return rows with a column for every check; `other` ones are put in the place of theirs."""
    at = [AT - timedelta(hours=3 * row) for row in range(ROWS)]
    columns: dict[str, Any] = {
        "id": pa.array(range(ROWS), pa.int64()),
        "mail": [f"person{row}@example.com" if row % 7 else "nobody" for row in range(ROWS)],
        "name": [["Anna Müller", "anna  müller.", "Ben Straße", None, "Carla Diaz"][row % 5] for row in range(ROWS)],
        "note": [["all is well", "call 030 1234567", "x" * 20, "ÄÖÜ and more"][row % 4] for row in range(ROWS)],
        "iban": ["DE89370400440532013000" if row % 10 else "DE88370400440532013000" for row in range(ROWS)],
        "written": [f"2026-01-{row % 28 + 1:02d}" if row % 9 else "2026-02-30" for row in range(ROWS)],
        "city": [["Ulm", "Bonn", "Kiel"][row % 3] for row in range(ROWS)],
        "state": [["BW", "NRW", "SH"][row % 3] if row != 5 else "BW" for row in range(ROWS)],
        "price": [round(1.25 * (row % 11) + 0.01 * (row % 3), 2) if row % 13 else None for row in range(ROWS)],
        "tax": [round(0.19 * (row % 17), 4) for row in range(ROWS)],
        "total": [round((1.25 * (row % 11)) + 0.19 * (row % 17), 4) for row in range(ROWS)],
        "qty": pa.array([row * 7 % 23 if row % 19 else 999 for row in range(ROWS)], pa.int64()),
        "paid": [row % 3 == 0 for row in range(ROWS)],
        "day": pa.array([each.date() for each in at], pa.date32()),
        "at": pa.array(at, pa.timestamp("us")),
        "loaded": pa.array([each + timedelta(hours=row % 30) for row, each in enumerate(at)], pa.timestamp("us")),
        "label": [["yes", "no", "no"][row * 5 % 3] for row in range(ROWS)],
        "guess": [["yes", "no"][row * 3 % 4 % 2] for row in range(ROWS)],
        "p_yes": [round(0.1 + 0.8 * (row * 37 % 100) / 100, 4) for row in range(ROWS)],
        "p_no": [round(0.9 - 0.8 * (row * 37 % 100) / 100, 4) for row in range(ROWS)],
        "item": pa.array([row // 3 for row in range(ROWS)], pa.int64()),
        "who": [f"rater{row % 3}" for row in range(ROWS)],
        "month": [f"{each:%Y-%m}" if row % 20 else "2025-12" for row, each in enumerate(at)],
        "week": ["{}-W{:02}".format(*(each - timedelta(days=row // 119)).isocalendar()) for row, each in enumerate(at)],
        "year": ["2026" if row % 5 else "2025" for row in range(ROWS)],
        "born": pa.array([date(1960 + row % 50, row % 12 + 1, row % 28 + 1) for row in range(ROWS)], pa.date32()),
    }
    return pa.table(columns | other)


NOW = made()
BEFORE = made(qty=pa.array([row * 7 % 23 for row in range(ROWS)], pa.int64()))
OTHERS = pa.table({
    "id": pa.array([1, 2, 3, 900], pa.int64()),
    "city": ["Bonn", "Bonn", "Köln", "Ulm"],
    "price": [NOW["price"][1].as_py(), 2.0, 3.0, None],
    "day": pa.array([NOW["day"][1].as_py()] * 3 + [NOW["day"][0].as_py()], pa.date32()),
    "paid": [False, None, True, True],
    "at": pa.array([NOW["at"][1].as_py()] * 3 + [AT], pa.timestamp("us")),
})  # fmt: skip

OPTIONS: dict[str, list[dict[str, Any]]] = {
    "type": [{"column": "qty", "expected": "integer"}],
    "nullable": [{"column": "qty"}],
    "required_columns": [{"required": ["id", "gone"]}],
    "extra_columns": [{"known": ["id"], "fail": 0}],
    "schema_stable": [{}],
    "absent_columns": [{"names": ["ssn*", "ma?l"]}],
    "not_null": [{"column": "price"}],
    "null_share": [{"column": "price", "fail": 0.01}, {"column": "name", "co_missing": "all", "fail": 0.1}],
    "sentinels": [{"column": "qty"}, {"column": "note"}, {"column": "day"}],
    "filled_share": [{"columns": ["price", "name"], "fail": 0.9}],
    "required_when": [{"column": "price", "condition": "paid"}],
    "between": [{"column": "qty", "min": 0, "max": 10}],
    "accepted_values": [{"column": "city", "values": ["Ulm", "Bonn"]}],
    "matches": [{"column": "mail", "pattern": ".+@.+"}],
    "length": [{"column": "note", "max": 15}],
    "format": [
        {"column": "mail", "form": "email"},
        {"column": "mail", "form": "uuid", "id": "uuid"},
        {"column": "mail", "form": "url", "id": "url"},
        {"column": "state", "form": "country_alpha2"},
        {"column": "iban", "form": "iban"},
        {"column": "iban", "form": "iban_shape", "id": "shape"},
        {"column": "written", "form": "%Y-%m-%d"},
        {"column": "qty", "form": "clock_time"},
        {"column": "price", "form": "latitude"},
        {"column": "note", "form": "longitude"},
    ],
    "increasing": [
        {"column": "qty", "by": "at"},
        {"column": "id", "by": "at", "id": "falls"},
        {"column": "price", "by": "id", "per": ["city"]},
    ],
    "step": [{"column": "price", "size": 0.25}],
    "precision": [{"column": "tax", "decimals": 2}],
    "no_personal_data": [{"column": "mail"}, {"column": "note"}, {"column": "iban"}],
    "k_anonymity": [{"columns": ["city", "paid"], "k": 50}],
    "unique": [{"column": "name"}, {"key": ["city", "day"], "id": "pair"}],
    "duplicate_rows": [{"columns": ["city", "paid", "name"]}, {"id": "whole rows"}],
    "near_duplicates": [{"column": "name"}, {"key": ["name", "note"], "id": "two"}],
    "rule": [{"rule": "qty < 20 or paid"}],
    "relationships": [{"column": "city", "to": "others"}],
    "determines": [{"by": ["city"], "determines": "state"}],
    "impossible_together": [{"impossible_together": [{"city": "Ulm", "state": "BW"}]}],
    "combinations_known": [{"combinations_known": ["city", "state"]}],
    "sums_to": [{"parts": ["price", "tax"], "sums_to": "total", "tolerance": 0.001}],
    "conservation": [{"source": "others", "expression": "sum(price)"}],
    "reconciled": [{"to": "others", "expressions": ["sum(price)"]}],
    "no_overlap": [
        {"column": "city", "to": "others"},
        {"columns": ["city", "id"], "to": "others"},
        {"columns": ["price", "day", "city", "paid", "at"], "to": "others", "id": "types"},
    ],
    "row_count": [{"fail": [1, 100]}],
    "kpi": [{"expression": "sum(price) / count(*)", "by": "city", "fail": [0, 1]}],
    "freshness": [{"column": "at", "fail": "1h"}],
    "available_within": [{"column": "price", "time": "at", "fail": "1h"}],
    "cadence": [{"column": "at", "every": "1d"}],
    "late_rows": [{"late_rows": "24h", "time": "at", "arrived": "loaded"}],
    "in_partition": [
        {"time": "at", "partition": "day"},
        {"time": "at", "partition": "month", "every": "month", "id": "months"},
        {"time": "at", "partition": "week", "every": "week", "id": "weeks"},
        {"time": "at", "partition": "year", "every": "year", "slack": "1d", "id": "years"},
        {"time": "at", "partition": "day", "every": "week", "id": "weeks by day"},
    ],
    "restatement": [{"partition": "day"}],
    "no_gaps": [{"column": "at", "every": "day"}],
    "conflicting_labels": [{"column": "label", "columns": ["city", "qty"]}],
    "missing_share": [{"column": "label", "fail": 0.1}],
    "allowed": [{"column": "label", "values": ["yes"]}],
    "prior": [{"column": "label", "expected": {"yes": 0.5, "no": 0.5}, "fail": 0.1}],
    "class_rows": [{"column": "label", "fail": 50}],
    "new_classes": [{"column": "label"}],
    "label_maturity": [{"column": "label", "time": "at", "after": "1d"}],
    "proxy_agreement": [{"column": "label", "proxy": "guess"}],
    "annotators": [{"column": "label", "item": "item", "annotator": "who"}],
    "label_noise": [{"column": "label", "probabilities": {"yes": "p_yes", "no": "p_no"}}],
    "label_shift": [{"column": "label", "prediction": "guess"}],
    "leakage": [{"column": "label", "features": ["city", "price", "qty", "at", "paid"]}],
    "known_before_label": [{"column": "label", "label_time": "loaded", "times": ["at"]}],
    "correlation_stable": [{"over": ["price", "tax"]}],
    "outlier_share": [{"column": "qty"}],
    "drift": [{"columns": ["qty", "city", "price", "day"]}],
    "text_drift": [{"column": "note"}],
    "embedding_drift": [{"column": "price", "dimensions": 2}],
    "dependence_stable": [{"pairs": [["price", "tax"], ["city", "paid"]]}],
    "fidelity": [{"columns": ["price", "city", "day", "paid"], "pairs": [["city", "paid"]], "real": "others"}],
    "domain_classifier": [{"columns": ["city"], "except": ["city"], "source": "others"}],  # DuckDB alone samples
    "scale_stable": [{"column": "price"}],
    "on_scale": [{"column": "price", "expected": "2 * tax"}],
    "date_meaning": [{"column": "born"}, {"column": "written"}],
    "vocabulary": [{"column": "city"}],
    "default_spike": [{"column": "qty"}, {"column": "born"}],
    "swapped_columns": [{"columns": ["price", "tax"]}],
}
"""Options of the checks, each as often as the engines are asked otherwise."""


DYNAMIC = "qty.type: pass: share of rows with 'qty' not written as integer is 0 (0 of 120 rows), within fail 0"
UNTOLD = "qty.nullable: undecided: nullability of 'qty': its source declares nothing"
OWN = {"sqlite": {"qty.type": DYNAMIC}, "spark": {"qty.nullable": UNTOLD}}
"""What an engine says otherwise: any value fits into any column of SQLite, so each is looked at; of its files Spark
says that every column may be NULL, whatever was declared."""


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest) -> Any:
    """Yield each place where rows can lie."""
    place = PLACES[request.param](request)
    yield place
    place.close()


def cases() -> list[Check]:
    """Return every check with each of its options."""
    return [CHECKS[name].model_validate(options) for name, many in OPTIONS.items() for options in many]


@cache
def wanted() -> list[str]:
    """Return what each check says of the rows in memory."""
    return reasons(NOW, OTHERS)


NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")


def apart(said: Sequence[str | None]) -> tuple[list[str], list[float]]:
    """Return texts without their numbers, and the numbers: sums of doubles depend on the order of the rows."""
    texts = [NUMBER.sub("#", text or "") for text in said]
    return texts, [float(number.replace(",", "")) for text in said for number in NUMBER.findall(text or "")]


def reasons(source: Any, others: Any) -> list[str]:
    """Return what each check says."""
    contract = Contract(name="all", checks=tuple(cases()), samples=frozenset(NOW.column_names))
    moment = AT.replace(tzinfo=UTC)
    report = audit(contract, source, sources={"others": others}, reference=BEFORE, as_of=moment)
    return [f"{verdict.id}: {verdict.outcome}: {verdict.reason}" for verdict in report.verdicts]


def test_every_check_is_asked() -> None:
    assert set(OPTIONS) == set(CHECKS)


def test_every_engine_gives_the_same_verdicts(place: Place) -> None:
    with place.quick():
        found = reasons(place.source("catalogue", NOW), place.source("catalogue_others", OTHERS))

    own = OWN.get(place.name, {})
    texts, numbers = apart(found)
    wanted_texts, wanted_numbers = apart([own.get(said.split(":")[0], said) for said in wanted()])
    assert texts == wanted_texts
    assert numbers == pytest.approx(wanted_numbers, rel=1e-3, abs=1e-9)  # they are said with four digits


FAR = pa.table({"many": pa.array([*range(50)] * 4 + [999] * 20, pa.int64()), "x": [25.5] * 200 + [-999.5] * 20})


@pytest.mark.parametrize(("column", "far"), [("many", {"999"}), ("x", {"-999.5"})])
def test_the_examples_of_values_far_from_the_others_are_rows_beyond_the_fences(
    place: Place, column: str, far: set[str]
) -> None:
    check = OutlierShare(column=column, centre=25, spread=10, fail=0.01)
    contract = Contract(name="far", checks=(check,), samples=frozenset({column}))
    with place.quick():
        report = audit(contract, place.source("far", FAR))
    (verdict,) = (each for each in report.verdicts if each.check == "outlier_share")

    assert [{example.values[column]} for example in verdict.examples] == [far] * 5


REPEATED = pa.table({"id": pa.array([1, 2, 2, 3, None, None], pa.int64()), "name": ["a", "B", "B", "b", "c", "c"]})


@pytest.mark.parametrize("key", [("id",), ("name",), ("id", "name")], ids="+".join)
def test_the_examples_of_a_repeated_key_are_rows_that_repeat_it(place: Place, key: tuple[str, ...]) -> None:
    contract = Contract(name="keys", checks=(Unique(key=key),), samples=frozenset({"id", "name"}))
    with place.quick():
        report = audit(contract, place.source("repeated", REPEATED))
    (verdict,) = (each for each in report.verdicts if each.check == "unique")

    shown = {tuple(example.values[name] for name in key) for example in verdict.examples}
    repeated = {("id",): {("2",)}, ("name",): {("B",), ("c",)}, ("id", "name"): {("2", "B")}}
    assert shown == repeated[key]
