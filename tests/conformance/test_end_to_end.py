"""One contract gives the same verdicts wherever the rows lie, and drift the same numbers whoever took the reference."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from airflow_mlquality.audit import audit, take_profile
from airflow_mlquality.contract import Contract
from tests.conformance.conftest import PLACES

if TYPE_CHECKING:
    from airflow_mlquality.profile import Profile
    from airflow_mlquality.report import Report
    from tests.conformance.conftest import Places

ROWS = 600
AS_OF = datetime(2026, 1, 31, 13, tzinfo=UTC)
COLUMNS = ("id", "age", "price", "code", "origin", "day", "at", "paid")
AIRPORTS = ["EWR", "JFK", "LGA"]

CONTRACT = r"""
version: 1
contract: flights
dataset: {key: id}
columns:
  id: {type: integer, not_null: true, unique: true}
  age: {type: integer, null_share: {warn: 0.01, fail: 0.2}, between: {min: 16, max: 110, fail: 0.005}}
  price: {type: float, between: {min: 0, max: 1000.5}}
  code: {type: string, matches: "[A-Z]{2}-[0-9]+", length: {min: 4, max: 8}}
  origin: {type: string, accepted_values: [EWR, JFK, LGA], relationships: {to: airports, column: name}}
  day: {type: date, between: {min: "2025-12-01", max: "2026-01-31"}}
  at: {type: timestamp, freshness: {warn: 6h, fail: 24h}}
  paid: {type: boolean, accepted_values: [true, false]}
  gone: {not_null: true}
rows:
  - {id: paid_has_price, rule: "not paid or price > 0"}
  - {id: later, rule: "at >= day and date_diff('day', day, at) < 2"}
  - {id: ratio, rule: "price / age < 20", fail: 0.1}
  - {id: spelled, rule: "upper(origin) = origin and trim(code) = code and code not like '%--%'"}
  - {unique: [code, day], fail: 0.6}
table:
  row_count: {fail: [500, 700]}
labels:
  column: paid
  missing_share: {fail: 0.05}
  prior: {expected: {"true": 0.75, "false": 0.25}, warn: 0.1, fail: 0.3}
drift:
  warn: 0.1
  fail: 0.25
"""

PASSING = {"row_count", "ratio", "code+day.unique", "paid.accepted_values", "paid.prior"}
PASSING |= {f"{each}.type" for each in COLUMNS}
"""What a dirty day does not break."""


def rows(*, dirty: bool) -> pa.Table:
    """Return a day's rows; of a dirty day some are wrong in every way."""

    def wrong(at: int, every: int) -> bool:
        return dirty and at % every == 3

    noon = datetime(2026, 1, 31, 12)  # noqa: DTZ001  a time without zone
    at = [noon - timedelta(minutes=7 * i, microseconds=i) for i in range(ROWS)]
    shift = 40 if dirty else 0
    ages = [None if wrong(i, 13) else 430 if wrong(i, 29) else 20 + i * 7 % 60 for i in range(ROWS)]
    codes = ["ab-1" if wrong(i, 17) else "AB-12345678" if wrong(i, 19) else f"AB-{i % 77}" for i in range(ROWS)]
    return pa.table({
        "id": pa.array([None if wrong(i, 97) else 7 if wrong(i, 89) else i for i in range(ROWS)], pa.int64()),
        "age": pa.array(ages, pa.int32()),
        "price": pa.array([-1.5 if wrong(i, 31) else (i * 37 % 500) + 0.25 + shift for i in range(ROWS)], pa.float64()),
        "code": pa.array(codes),
        "origin": pa.array(["jfk" if wrong(i, 11) else AIRPORTS[i * i % 3] for i in range(ROWS)]),
        "day": pa.array([date(1999, 1, 1) if wrong(i, 37) else each.date() for i, each in enumerate(at)]),
        "at": pa.array([each - timedelta(days=2 * dirty) for each in at], pa.timestamp("us")),
        "paid": pa.array([None if wrong(i, 10) else i % 4 != 0 for i in range(ROWS)]),
    })  # fmt: skip


@cache
def sources(places: Places, name: str) -> dict[str, Any]:
    """Return a clean day, a dirty day and the airports in a place."""
    there = places[name]
    return {
        "clean": there.source("e2e_clean", rows(dirty=False)),
        "dirty": there.source("e2e_dirty", rows(dirty=True)),
        "airports": there.source("e2e_airports", pa.table({"name": AIRPORTS})),
    }


@cache
def profile_of(places: Places, name: str) -> Profile:
    """Return the profile of the clean day, taken in a place."""
    with places[name].quick():
        return take_profile(sources(places, name)["clean"])


@cache
def report_of(places: Places, name: str, day: str, reference: str) -> Report:
    """Return the report of a day in a place, compared with the clean day as another place saw it."""
    there = sources(places, name)
    compared = profile_of(places, reference)
    with places[name].quick():
        return audit(
            Contract.of(CONTRACT), there[day], sources={"airports": there["airports"]}, reference=compared, as_of=AS_OF
        )


def outcomes(report: Report, *, drift: bool) -> dict[str, str]:
    """Return the outcome of each verdict, with its cause where it is undecided."""
    return {
        each.id: f"{each.outcome.value} {each.cause or ''}".strip()
        for each in report.verdicts
        if (each.family == "drift") == drift
    }


def numbers(report: Report, *, drift: bool) -> Any:
    """Return the observed number of each verdict that has one."""
    return {
        each.id: each.observed
        for each in report.verdicts
        if (each.family == "drift") == drift and each.observed is not None
    }


@pytest.mark.parametrize("day", ["clean", "dirty"])
@pytest.mark.parametrize("name", PLACES)
def test_a_contract_gives_the_verdicts_that_it_gives_in_memory(places: Places, name: str, day: str) -> None:
    expected = report_of(places, "memory", day, "memory")
    actual = report_of(places, name, day, "memory")

    assert outcomes(actual, drift=False) == outcomes(expected, drift=False)
    assert numbers(actual, drift=False) == pytest.approx(numbers(expected, drift=False), rel=1e-9, abs=1e-12)


def test_the_clean_day_passes_and_the_dirty_one_breaks_what_it_should(places: Places) -> None:
    clean, dirty = (outcomes(report_of(places, "memory", day, "memory"), drift=False) for day in ("clean", "dirty"))

    assert {name: outcome for name, outcome in clean.items() if outcome != "pass"} == {
        "required_columns": "fail",
        "gone.not_null": "undecided missing_column",
    }
    assert {name for name, outcome in dirty.items() if outcome in ("pass", "error")} == PASSING


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("reference", PLACES)
def test_drift_has_the_same_numbers_wherever_the_stage_lies(places: Places, reference: str, name: str) -> None:
    """The bins are the reference's, so that the counts are those of the rows, whoever counts."""
    expected = report_of(places, "memory", "dirty", reference)
    actual = report_of(places, name, "dirty", reference)

    assert outcomes(actual, drift=True) == outcomes(expected, drift=True)
    assert numbers(actual, drift=True) == pytest.approx(numbers(expected, drift=True), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("reference", PLACES)
def test_drift_has_the_same_outcomes_whoever_took_the_reference(places: Places, reference: str) -> None:
    for day in ("clean", "dirty"):
        expected = report_of(places, "memory", day, "memory")

        assert outcomes(report_of(places, "memory", day, reference), drift=True) == outcomes(expected, drift=True)
