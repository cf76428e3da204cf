"""Options of checks: lengths of partitions, what is missing together, whole rows, rows that are named by their key."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import InPartition, LabelNoise, NoOverlap, NullShare
from airflow_mlquality.contract import Contract
from airflow_mlquality.trial import trial
from airflow_mlquality.verdict import Outcome
from tests.test_hard_tables import TABLES


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "partition", "inside", "outside"),
    [
        ("month", "2024-02", "2024-02-29T23:59:59", "2024-03-01T00:00:00"),
        ("month", "2026-02", "2026-02-28T23:59:59", "2026-03-01T00:00:00"),
        ("month", "2026-12-01", "2026-12-31T23:00:00", "2027-01-01T00:00:00"),
        ("month", date(2026, 1, 1), "2026-01-31T12:00:00", "2025-12-31T23:59:59"),
        ("week", "2026-W01", "2025-12-29T00:00:00", "2025-12-28T23:59:59"),
        ("week", "2020-W53", "2021-01-03T23:59:59", "2021-01-04T00:00:00"),
        ("week", "2026-03-02", "2026-03-08T23:59:59", "2026-03-09T00:00:00"),
        ("year", "2024", "2024-12-31T23:59:59", "2025-01-01T00:00:00"),
        ("year", "2026", "2026-01-01T00:00:00", "2027-01-01T00:00:00"),
        ("1h", "2026-03-02 05:00:00", "2026-03-02T05:59:59", "2026-03-02T06:00:00"),
    ],
)
def test_a_partition_ends_where_the_next_one_begins(every: str, partition: object, inside: str, outside: str) -> None:
    check = InPartition(time="at", partition="p", every=every)

    first, second = (trial(check, at=[at(each)], p=[partition]).verdict for each in (inside, outside))

    assert [first.outcome, second.outcome] == [Outcome.PASS, Outcome.FAIL]


def test_slack_reaches_over_both_ends_of_a_month() -> None:
    check = InPartition(time="at", partition="p", every="month", slack="2h")
    times = [at("2026-01-31T22:30:00"), at("2026-03-01T01:59:00"), at("2026-03-01T02:00:00")]

    verdict = trial(check, at=times, p=["2026-02"] * 3).verdict

    assert (verdict.evidence["violating"], verdict.evidence["judged"]) == (1, 3)


def test_a_partition_that_cannot_be_read_is_told() -> None:
    check = InPartition(time="at", partition="p", every="week")

    verdict = trial(check, at=[at("2026-03-02T00:00:00")] * 2, p=["2026-W10", "tenth week"]).verdict

    assert (verdict.outcome, verdict.evidence["unjudged"]) == (Outcome.PASS, 1)


def test_columns_that_are_lost_together_are_named_with_how_often_they_are_missing_anyway() -> None:
    check = NullShare(column="age", fail=0.1, co_missing="all")
    rows: dict[str, Any] = {
        "age": [None, None, 1, 2],
        "pay": [None, None, 3, 4],
        "note": [None, "a", None, None],
        "full": [1, 2, 3, 4],
    }

    verdict = trial(check, **rows).verdict

    assert verdict.reason.endswith("; missing with it: 'pay' (100 %)")
    assert verdict.evidence["co_missing"] == [
        {"column": "pay", "share": 1.0, "overall": 0.5},
        {"column": "note", "share": 0.5, "overall": 0.75},
    ]


def test_nothing_is_asked_of_other_columns_unless_it_is_wanted() -> None:
    verdict = trial(NullShare(column="age", fail=0.1), age=[None], pay=[None]).verdict

    assert "co_missing" not in verdict.evidence


def test_two_rows_without_a_value_in_the_same_column_overlap() -> None:
    check = NoOverlap(to="test", columns_=("city", "age"))
    test = {"city": ["Ulm", None, None], "age": [None, 3, None]}

    verdict = trial(check, city=["Ulm", None, None, "Ulm"], age=[None, 3, None, 0], test=test).verdict

    assert (
        verdict.reason == "share of rows with 'city', 'age' that test holds too is 0.6667 (2 of 3 rows), above fail 0"
    )


def test_whole_rows_are_compared_without_columns_whose_values_have_parts() -> None:
    verdict = trial(NoOverlap(to="test"), a=[1, 2], tags=[[1], [2]], test={"a": [2, 3], "tags": [[9], [9]]}).verdict

    assert verdict.reason == "share of rows with 'a' that test holds too is 0.5 (1 of 2 rows), above fail 0"


def test_a_contract_asks_whole_rows_under_its_table() -> None:
    contract = Contract.of(
        {
            "version": 1,
            "contract": "split",
            "sources": {"test": "test.parquet"},
            "columns": {"id": {"no_overlap": "test"}},
            "table": {"no_overlap": {"with": "test", "except": ["id"]}},
            "rows": [{"no_overlap": {"with": "test", "columns": ["name", "born"]}}],
        }
    )

    asked = {check.verdict_id for check in contract.checks if check.name() == "no_overlap"}
    assert asked == {"id.no_overlap", "rows.no_overlap", "name+born.no_overlap"}


MODEL: dict[str, Any] = {
    "id": ["r1", "r2", "r3", "r4", "r5"],
    "late": [1, 0, 0, 1, 1],
    "p1": [0.9, 0.95, 0.2, 0.01, 0.15],
    "p0": [0.1, 0.05, 0.8, 0.99, 0.85],
}


def test_the_most_suspicious_labels_come_first_and_are_named_by_the_key_of_the_data_set() -> None:
    check = LabelNoise(column="late", probabilities={1: "p1", 0: "p0"}, top=2)
    contract = Contract(name="late", checks=(check,), key=("id",), samples=frozenset({"id"}))

    (verdict,) = (each for each in audit(contract, pa.table(MODEL)).verdicts if each.check == "label_noise")

    assert verdict.evidence["suspects"] == [
        {"key": {"id": "r4"}, "label": "1", "probably": "0", "margin": 0.98},
        {"key": {"id": "r2"}, "label": "0", "probably": "1", "margin": 0.9},
    ]


def test_the_key_of_a_suspicious_row_is_masked_unless_its_samples_are_allowed() -> None:
    check = LabelNoise(column="late", probabilities={1: "p1", 0: "p0"}, top=1, identified_by=("id",))

    assert "r4" not in str(trial(check, **MODEL).verdict.evidence["suspects"])


def test_rows_are_named_only_when_somebody_asks() -> None:
    check = LabelNoise(column="late", probabilities={1: "p1", 0: "p0"}, identified_by=("id",))

    assert "suspects" not in trial(check, **MODEL).verdict.evidence


@pytest.mark.parametrize("table", TABLES)
def test_the_options_have_a_defined_result_on_hard_tables(table: str) -> None:
    rows = pa.table({"x": TABLES[table], "y": TABLES[table]})
    checks = (
        NoOverlap(to="others"),
        InPartition(id="months", time="x", partition="x", every="month"),
        InPartition(id="weeks", time="x", partition="x", every="week"),
        NullShare(column="x", fail=0.5, co_missing="all"),
        LabelNoise(column="x", probabilities={"0": "x", "1": "y"}, top=3, identified_by=("x",)),
    )
    contract = Contract(name="hard", checks=checks, allow_empty=True)

    report = audit(contract, rows, sources={"others": rows})

    assert [verdict.reason for verdict in report.verdicts if verdict.outcome is Outcome.ERROR] == []
