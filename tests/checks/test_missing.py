"""Rows that are half empty, values that a condition requires, and gaps in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_mlquality.checks import FilledShare, NoGaps, RequiredWhen
from airflow_mlquality.contract import Contract
from airflow_mlquality.errors import ContractError
from airflow_mlquality.trial import trial

FIRST = date(2024, 1, 1)


@settings(max_examples=10, deadline=None)
@given(st.sets(st.integers(-400, 400), min_size=1, max_size=60))
def test_gaps_of_days_are_those_of_python(days: set[int]) -> None:
    verdict = trial(NoGaps(column="d", every="day"), d=[FIRST + timedelta(days=each) for each in days]).verdict
    missing = [each for each in range(min(days), max(days)) if each not in days]

    assert verdict.observed == len(missing)
    assert verdict.evidence["first"] == [str(FIRST + timedelta(days=each)) for each in missing[:5]]


@pytest.mark.parametrize(
    ("every", "times", "missing"),
    [
        ("hour", ["2024-03-01 22:59", "2024-03-02 00:01"], ["2024-03-01 23:00"]),
        ("minute", ["1969-12-31 23:59", "1970-01-01 00:01"], ["1970-01-01 00:00"]),
        ("week", ["2024-12-29 12:00", "2025-01-06 12:00"], ["2024-12-30"]),
        ("month", ["1969-11-30 12:00", "1970-01-01 12:00"], ["1969-12"]),
    ],
)
@pytest.mark.parametrize("zone", [None, UTC])
def test_every_unit_names_what_is_missing(every: str, times: list[str], missing: list[str], zone: object) -> None:
    values = [datetime.fromisoformat(each).replace(tzinfo=zone) for each in times]  # type: ignore[arg-type]  # UTC or none
    verdict = trial(NoGaps(column="t", every=every), t=values).verdict  # type: ignore[arg-type]  # one of the units

    assert verdict.evidence["first"] == missing


def test_week_ends_may_be_without_rows() -> None:
    friday, monday = date(2024, 3, 1), date(2024, 3, 4)
    check = NoGaps(column="d", every="day", except_weekdays=["saturday", "sunday"])

    assert trial(check, d=[friday, monday]).verdict.observed == 0


def test_blanks_and_nan_fill_nothing() -> None:
    check = FilledShare(columns=["x", "y"], at_least=1)

    assert trial(check, x=[1.0, float("nan"), None], y=["", " ", "a"]).verdict.observed == pytest.approx(1 / 3)


def test_more_columns_than_there_are_cannot_be_filled() -> None:
    with pytest.raises(ValueError, match="more than the 1 columns"):
        FilledShare(columns=["x"], at_least=2)


def test_a_condition_that_is_null_requires_nothing() -> None:
    verdict = trial(RequiredWhen(column="x", condition="y > 1"), x=[None, None, 1], y=[None, 2, 3]).verdict

    assert (verdict.evidence["violating"], verdict.evidence["judged"]) == (1, 2)


def test_the_contract_says_them_shortly() -> None:
    contract = Contract.of(
        {
            "version": 1,
            "contract": "c",
            "dataset": {"time": "at"},
            "columns": {"price": {"required_when": "status = 'sold'", "precision": 2, "sentinels": True}},
            "rows": [{"filled_share": ["age", "city"], "at_least": 1}],
            "table": {"no_gaps": "day", "duplicate_rows": True, "no_personal_data": {"columns": "all"}},
            "schema": {"absent_columns": ["*ssn*"]},
        }
    )

    assert {"required_when", "filled_share", "no_gaps", "absent_columns"} <= {each.name() for each in contract.checks}


def test_a_condition_that_is_none_is_an_error_of_the_contract() -> None:
    with pytest.raises(ContractError):
        Contract.of({"version": 1, "contract": "c", "columns": {"x": {"required_when": "drop table y"}}})
