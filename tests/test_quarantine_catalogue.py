"""Every check on hard tables: kept rows keep what was used, and the counts add up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import Action, Policy, UndecidedPolicy
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.contract import Contract
from airflow_mlquality.errors import UsageError
from airflow_mlquality.quarantine import Quarantined, quarantine
from airflow_mlquality.verdict import Outcome
from tests.test_hard_tables import CASES, TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from airflow_mlquality.checks import Check

ROWS = [case for case in CASES if isinstance(case, ShareCheck) and case.name() not in ("relationships", "no_overlap")]
"""Checks that single rows may show; the other two look into another source, which not every table compares with."""
GOES_ON = Policy(
    fail=Action.PROCEED, undecided=UndecidedPolicy(missing_column=Action.PROCEED, wrong_type=Action.PROCEED)
)


def contract_of(checks: Sequence[Check]) -> Contract:
    return Contract(name="hard", checks=tuple(checks), allow_empty=True, policy=GOES_ON)


def put_apart(checks: Sequence[Check], source: Any, **options: Any) -> Quarantined | None:
    """Return what became of the rows; None where no single row shows any of the checks."""
    try:
        return quarantine(contract_of(checks), source, ceiling=1.0, **options)
    except UsageError as refused:
        if "no check that single rows show" in str(refused):
            return None
        raise


def assert_apart(done: Quarantined, checks: Sequence[Check], rows: int) -> None:
    outcomes = {each.id: each.outcome for each in audit(contract_of(checks), done.good_rows).verdicts}

    assert done.kept + done.lost == done.rows == rows
    assert sum(done.lost_by_reason.values()) == done.lost
    assert (done.good_rows.num_rows, done.bad_rows.num_rows) == (done.kept, done.lost)
    assert {outcomes[name] for name in done.reasons} <= {Outcome.PASS, Outcome.UNDECIDED}


@pytest.mark.parametrize("name", TABLES)
def test_rows_are_put_apart_by_all_checks_at_once(name: str) -> None:
    table = pa.table({"x": TABLES[name]})
    done = put_apart(ROWS, table)

    assert done is not None
    assert_apart(done, ROWS, len(table))


@pytest.mark.parametrize("name", ["nan", "tiny", "text", "dates"])
@pytest.mark.parametrize("check", ROWS, ids=lambda check: check.name())
def test_rows_that_one_check_keeps_pass_it(check: Check, name: str) -> None:
    table = pa.table({"x": TABLES[name]})
    done = put_apart([check], table)
    if done is not None:
        assert_apart(done, [check], len(table))


@pytest.mark.parametrize("name", [name for name in TABLES if name not in ("categories", "durations")])
def test_a_parquet_file_is_put_apart_as_the_table_in_memory(name: str, tmp_path: Path) -> None:
    table = pa.table({"x": TABLES[name]})
    pq.write_table(table, tmp_path / "in.parquet")
    good, bad = tmp_path / "good.parquet", tmp_path / "bad.parquet"
    in_memory = put_apart(ROWS, table)
    done = put_apart(ROWS, tmp_path / "in.parquet", good=good, bad=bad)

    assert done is not None
    assert in_memory is not None
    assert (done.kept, done.lost, done.reasons) == (in_memory.kept, in_memory.lost, in_memory.reasons)
    assert (pq.read_metadata(good).num_rows, pq.read_metadata(bad).num_rows) == (done.kept, done.lost)


def test_the_checks_that_single_rows_show_on_numbers_are_these() -> None:
    table = pa.table({"x": [1.0, 2.0]})
    used = {check.name() for check in ROWS if (done := put_apart([check], table)) and done.reasons}

    assert used == {
        "accepted_values",
        "allowed",
        "between",
        "duplicate_rows",
        "filled_share",
        "impossible_together",
        "not_null",
        "on_scale",
        "precision",
        "required_when",
        "rule",
        "step",
        "sums_to",
        "unique",
    }
