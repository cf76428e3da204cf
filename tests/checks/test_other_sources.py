"""A column that another source lacks is told by name: SQL would take the stage's own, and find every value in it."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import Check, Facts, NoOverlap, Relationships, judge
from airflow_mlquality.contract import Contract
from airflow_mlquality.engines.sources import Database
from airflow_mlquality.profile import Profile

CHECKS: list[Check] = [
    Relationships(column="x", to="others", to_column="x"),
    NoOverlap(column="x", to="others"),
    NoOverlap(columns_=("x",), to="others"),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name())
@pytest.mark.parametrize("place", ["memory", "sqlite"])
def test_no_value_is_looked_for_in_the_stage_itself(check: Check, place: str, tmp_path: Path) -> None:
    stage, others = pa.table({"x": [1, 2]}), pa.table({"y": [9]})
    if place == "sqlite":
        file = tmp_path / "rows.db"
        with sqlite3.connect(file) as made:
            made.executescript("create table stage (x int); insert into stage values (1), (2);"
                               "create table others (y int); insert into others values (9)")  # fmt: skip

        def table(name: str) -> Database:
            return Database(connect=lambda: sqlite3.connect(file), dialect="sqlite", table=name, name="file")

        stage, others = table("stage"), table("others")

    verdicts = audit(Contract(name="rows", checks=[check]), stage, sources={"others": others}).verdicts

    (verdict,) = [each for each in verdicts if each.check == check.name()]
    assert (verdict.outcome, verdict.cause) == ("undecided", "missing_column")
    assert "the source 'others' has no column 'x'" in verdict.reason


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name())
def test_a_stored_profile_still_knows_why_the_fact_is_missing(check: Check) -> None:
    report = audit(
        Contract(name="rows", checks=[check]), pa.table({"x": [1]}), sources={"others": pa.table({"y": [9]})}
    )
    stored = Profile.from_json(json.loads(report.profile.dumps()))
    facts = Facts(stored, datetime(2026, 1, 1, tzinfo=UTC))

    assert set(stored.failures.values()) == {"the source 'others' has no column 'x'."}
    assert [(each.outcome, each.cause) for each in judge([check], facts)] == [("undecided", "missing_column")]


def test_a_query_that_failed_is_an_error_all_the_same() -> None:
    stage, other = pa.table({"x": [1]}), pa.table({"x": ["one"]})
    report = audit(Contract(name="rows", checks=[CHECKS[0]]), stage, sources={"others": other})

    assert [each.outcome for each in report.verdicts if each.check == "relationships"] == ["error"]
