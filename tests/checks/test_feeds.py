"""The rhythm of feeds, late rows, partitions and what became of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import AvailableWithin, Cadence, InPartition, LateRows, Restatement
from airflow_mlquality.contract import Contract
from airflow_mlquality.trial import MOMENT, trial


def days_ago(*days: float) -> list[datetime]:
    return [MOMENT - timedelta(days=each) for each in days]


@given(present=st.sets(st.integers(1, 20), min_size=1))
def test_every_missing_day_since_the_first_is_counted(present: set[int]) -> None:
    verdict = trial(Cadence(column="at", every="1d"), at=days_ago(*(back - 0.5 for back in present))).verdict

    assert verdict.observed == max(present) - len(present)


def test_a_feed_that_stopped_before_the_window_misses_all_of_it() -> None:
    verdict = trial(Cadence(column="at", every="1d", last=7), at=days_ago(40)).verdict

    assert (verdict.outcome.value, verdict.observed) == ("fail", 7)


def test_a_period_is_not_missing_before_its_grace_has_passed() -> None:
    at = days_ago(1.5, 2.5)

    assert trial(Cadence(column="at", every="1d"), at=at).verdict.observed == 1
    assert trial(Cadence(column="at", every="1d", grace="3h"), at=at).verdict.observed == 0


def test_the_week_end_is_not_missed_where_only_weekdays_are_expected() -> None:
    friday_and_before = days_ago(1.5, 2.5, 3.5)  # the moment is the midnight that ends Saturday, 2026-01-31

    assert trial(Cadence(column="at", every="1d"), at=friday_and_before).verdict.observed == 1
    verdict = trial(Cadence(column="at", every="1d", weekdays=True), at=friday_and_before).verdict
    assert verdict.observed == 0
    assert verdict.evidence["next_due"] == "2026-02-03T00:00:00+00:00"


def test_weeks_begin_on_monday_and_hours_at_the_hour() -> None:
    weeks = trial(Cadence(column="at", every="1w"), at=days_ago(20)).verdict
    hours = trial(Cadence(column="at", every="1h", last=3), at=days_ago(2.1 / 24)).verdict

    assert weeks.evidence["missing"] == ["2026-01-19T00:00:00+00:00"]
    assert hours.evidence["missing"] == ["2026-01-31T22:00:00+00:00", "2026-01-31T23:00:00+00:00"]


def test_text_that_is_written_as_a_day_is_a_partition() -> None:
    verdict = trial(InPartition(time="at", partition="day"), at=days_ago(0.5, 1.5), day=["2026-01-31", "2026-01-31"])

    assert verdict.verdict.observed == 0.5


def test_slack_allows_local_days() -> None:
    check = InPartition(time="at", partition="day", slack="1h")

    assert trial(check, at=[MOMENT - timedelta(minutes=59)], day=[date(2026, 2, 1)]).verdict.observed == 0


def test_no_column_of_time_leaves_it_undecided() -> None:
    checks = [LateRows(late_rows="1h", arrived="x"), InPartition(partition="x"), AvailableWithin(column="x", fail="1h")]
    found = [trial(check, x=[1]).verdict for check in checks]

    assert [(each.outcome.value, each.cause) for each in found] == [("undecided", "missing_column")] * 3


def test_the_contract_fills_in_time_and_partition() -> None:
    contract = Contract.of("""
version: 1
contract: feed
dataset: {time: at, partition: day}
columns:
  paid: {available_within: 32h}
rows:
  - {late_rows: 24h, arrived: loaded}
table:
  cadence: 1d
  in_partition: true
  restatement: {fail: 0.01}
""")
    columns = {check.name(): check.columns() for check in contract.checks}

    assert columns["available_within"] == ("paid", "at")
    assert columns["late_rows"] == ("at", "loaded")
    assert columns["in_partition"] == ("at", "day")
    assert (columns["cadence"], columns["restatement"]) == (("at",), ("day",))


def test_without_a_level_a_column_may_be_as_late_as_in_the_reference() -> None:
    was = {"at": days_ago(0, 1, 2), "paid": [None, 1, 1]}
    check = AvailableWithin(column="paid", time="at")

    assert trial(check, **was, reference=was).verdict.outcome.value == "pass"
    late = trial(check, at=days_ago(0, 1, 2), paid=[None, None, 1], reference=was).verdict
    assert (late.outcome.value, late.observed, late.fail) == ("fail", 48, 24)


# ---- restatement ----

WAS = {"day": ["2026-01-01"] * 3 + ["2026-01-02"] * 2 + ["2026-01-03"], "x": [1, 2, 3, 4, 5, 6], "s": list("abcdef")}
CHANGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, []),
    "a number": ({"x": [1, 2, 4, 4, 5, 6]}, ["2026-01-01: sum of 'x'"]),
    "a text": ({"s": [*"abc", "dd", *"ef"]}, ["2026-01-02: sum of 's'"]),
    "a number lost": ({"x": [1, None, 3, 4, 5, 6]}, ["2026-01-01: values of 'x'"]),
    "the open day": ({"x": [1, 2, 3, 4, 5, 9]}, []),
    "a day gone": ({"day": ["2026-01-01"] * 5 + ["2026-01-03"]}, ["2026-01-01: sum of 'x'", "2026-01-02: gone"]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_in_closed_partitions_is_named(name: str) -> None:
    changed, expected = CHANGES[name]
    verdict = trial(Restatement(partition="day"), **{**WAS, **changed}, reference=WAS).verdict

    assert sorted(f"{each['partition']}: {each['what']}" for each in verdict.evidence["changed"]) == expected


def test_an_earlier_report_tells_the_past() -> None:
    contract = Contract(name="feed", checks=[Restatement()], partition="day")
    first = audit(contract, pa.table(WAS))
    second = audit(contract, pa.table({**WAS, "x": [1, 2, 30, 4, 5, 6]}), reference=first.profile)

    assert second.verdicts[1].reason == (
        "share of closed partitions of 'day' that changed is 0.5 (1 of 2 partitions), above fail 0: "
        "2026-01-01 (sum of 'x' by 450 %)"
    )


def test_a_partition_that_is_no_date_is_masked() -> None:
    was = {"customer": ["Ann-Marie", "Zoe"], "x": [1, 2]}
    verdict = trial(Restatement(partition="customer"), customer=["Ann-Marie", "Zoe"], x=[5, 2], reference=was).verdict

    assert verdict.outcome.value == "fail"
    assert "Ann-Marie" not in str([verdict.reason, verdict.evidence])
