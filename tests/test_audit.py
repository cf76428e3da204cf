"""The whole story: references by every way they are named, environments, moments, limits, and broken checks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlquality.audit import audit, take_profile
from airflow_mlquality.checks import Between, Drift, Freshness, NotNull, Rule
from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.contract import Contract
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.errors import UnusableReferenceError, UsageError
from airflow_mlquality.pages.html import report_page
from airflow_mlquality.pages.table import report_table
from airflow_mlquality.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from airflow_mlquality.measurements import Measurement, Schema
    from airflow_mlquality.report import Report
    from airflow_mlquality.verdict import Verdict

DRIFT = Contract(name="rows", checks=[Drift(columns=["x"])])


def sample(shift: float = 0.0, rows: int = 2_000) -> pa.Table:
    return pa.table({"x": np.random.default_rng(7).normal(shift, 1, rows)})


def verdict(report: Report, check: str) -> Verdict:
    (found,) = [each for each in report.verdicts if each.check == check]
    return found


def by_profile(_: Path, __: Store) -> Any:
    return take_profile(sample())


def by_rows(_: Path, __: Store) -> Any:
    return sample()


def by_pandas_frame(_: Path, __: Store) -> Any:
    return sample().to_pandas()


def by_polars_frame(_: Path, __: Store) -> Any:
    return pl.from_arrow(sample())


def by_path_of_rows(folder: Path, _: Store) -> Any:
    pq.write_table(sample(), folder / "train.parquet")
    return str(folder / "train.parquet")


def by_path_of_a_profile(folder: Path, _: Store) -> Any:
    (folder / "train.json").write_text(take_profile(sample()).dumps())
    return folder / "train.json"


def by_path_of_a_report(folder: Path, _: Store) -> Any:
    (folder / "train.json").write_text(audit(DRIFT, sample()).dumps())
    return str(folder / "train.json")


def by_name(_: Path, store: Store) -> Any:
    store.write_profile("train", take_profile(sample()))
    return "train"


@pytest.mark.parametrize(
    "given",
    [
        by_profile,
        by_rows,
        by_pandas_frame,
        by_polars_frame,
        by_path_of_rows,
        by_path_of_a_profile,
        by_path_of_a_report,
        by_name,
    ],
    ids=lambda given: given.__name__,
)
def test_a_reference_is_found_however_it_is_given(given: Any, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    reference = given(tmp_path, store)

    same = audit(DRIFT, sample(), reference=reference, store=store)
    moved = audit(DRIFT, sample(shift=1), reference=reference, store=store)

    assert [verdict(report, "drift").outcome.value for report in (same, moved)] == ["pass", "fail"]
    assert same.reference is not None
    assert same.reference.rows == 2_000


def test_the_contract_names_its_reference_and_the_caller_may_name_another(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write_profile("train", take_profile(sample()))
    contract = Contract(name="rows", checks=[Drift(columns=["x"])], reference="train")

    named = audit(contract, sample(shift=1), store=store)
    other = audit(contract, sample(shift=1), reference=sample(shift=1), store=store)

    assert verdict(named, "drift").outcome.value == "fail"
    assert verdict(other, "drift").outcome.value == "pass"


def test_a_name_without_profile_yet_is_no_reference_and_goes_on(tmp_path: Path) -> None:
    report = audit(DRIFT, sample(), reference="train", store=Store(tmp_path))

    assert (verdict(report, "drift").cause, report.decision.action.value) == ("no_reference", "proceed")
    assert report.decision.without_evidence == ("drift.x",)


def test_a_document_that_is_no_profile_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(json.dumps({"format": "mlquality.profile/0"}))

    with pytest.raises(UnusableReferenceError) as refused:
        audit(DRIFT, sample(), reference=path)

    assert str(refused.value) == (
        f"reference {path}: not a profile or report (its format is 'mlquality.profile/0', not 'mlquality.profile/1'). "
        "Take one with 'mlquality profile SOURCE'"
    )


CONTRACT = """
version: 1
contract: flights
runbook: https://example.com/flights
schema: {environments: {serve: {without: [delayed]}}}
columns:
  hour: {between: {min: 0, max: 23}}
  delayed: {not_null: true}
"""


def test_what_is_absent_in_an_environment_is_not_asked_for() -> None:
    rows = pa.table({"hour": [1, 2]})

    training = audit(CONTRACT, rows)
    serving = audit(CONTRACT, rows, environment="serve")

    assert training.counts() == {"fail": 1, "undecided": 1, "pass": 2}
    assert serving.counts() == {"pass": 3}


def test_an_unknown_environment_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        audit(CONTRACT, pa.table({"hour": [1]}), environment="serv")

    assert str(refused.value) == "environment='serv': takes one of serve. Did you mean 'serve'?"


def test_the_runbook_of_the_contract_stands_beside_every_verdict() -> None:
    report = audit(CONTRACT, pa.table({"hour": [25], "delayed": [None]}))

    assert {each.runbook for each in report.verdicts} == {"https://example.com/flights"}


def test_ages_are_counted_to_the_moment_of_the_gate() -> None:
    rows = pa.table({"at": [datetime(2026, 1, 1, tzinfo=UTC)]})
    contract = Contract(name="rows", checks=[Freshness(column="at", fail="6h")])

    fresh = audit(contract, rows, as_of=datetime(2026, 1, 1, 5, tzinfo=UTC))
    stale = audit(contract, rows, as_of=datetime(2026, 1, 1, 7, tzinfo=UTC))

    assert [verdict(report, "freshness").outcome.value for report in (fresh, stale)] == ["pass", "fail"]


class Broken(Check):
    """A check whose own code breaks, with a value of a row in its message."""

    family: ClassVar[Family] = "values"
    scope: ClassVar[Scope] = "column"

    def needs(self, _: Schema) -> Sequence[Measurement[Any]]:
        return ()

    def judge(self, _: Facts) -> Verdict:
        msg = "cannot read 'Ann'"
        raise ValueError(msg)


def test_a_check_that_breaks_is_an_error_of_that_check_alone() -> None:
    report = audit(Contract(name="rows", checks=[Broken(column="x"), NotNull(column="x")]), sample())

    assert {each.id: each.outcome.value for each in report.verdicts} == {
        "row_count": "pass",
        "x.broken": "error",
        "x.not_null": "pass",
    }
    assert verdict(report, "broken").reason == "broken of x could not be judged: ValueError: cannot read …"


def test_a_rule_that_the_engine_cannot_work_out_is_an_error_of_that_rule_alone() -> None:
    checks = [Rule(id="overflows", rule="x * 9223372036854775807 % 3 >= 0"), Between(column="x", min=0)]

    report = audit(Contract(name="rows", checks=checks), pa.table({"x": [1, 2]}))

    assert {each.id: each.outcome.value for each in report.verdicts} == {
        "row_count": "pass",
        "overflows": "error",
        "x.between": "pass",
    }


def test_an_unknown_column_of_a_rule_is_named_with_its_place_in_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "rows.yaml"
    path.write_text("version: 1\ncontract: rows\nrows:\n  - {id: late, rule: 'dep_tme > 0'}\n")

    report = audit(path, pa.table({"dep_time": [1]}))

    assert verdict(report, "rule").reason == (
        f"{path}:4: rule of dep_tme: column 'dep_tme' does not exist. Did you mean 'dep_time'?"
    )


def test_measuring_keeps_to_its_memory_and_spills_what_does_not_fit(tmp_path: Path) -> None:
    rows = 3_000_000
    pq.write_table(
        pa.table({"id": np.arange(rows)[::-1], "text": np.arange(rows).astype("U12")}), tmp_path / "big.parquet"
    )
    contract = {"version": 1, "contract": "big", "columns": {"id": {"unique": True}, "text": {"unique": True}}}

    report = audit(
        contract, tmp_path / "big.parquet", settings=Settings(memory_limit="120MB", threads=2, spill=str(tmp_path))
    )

    assert report.counts() == {"pass": 4}
    assert [path.name for path in tmp_path.iterdir()] == ["big.parquet"]


def test_progress_of_long_work_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow_mlquality.engines.embedded.connection.PROGRESS_SECONDS", 0.001)
    pq.write_table(sample(rows=2_000_000), tmp_path / "big.parquet")
    told: list[float] = []

    take_profile(tmp_path / "big.parquet", on_progress=told.append)

    assert told
    assert all(0 <= share <= 1 for share in told)


def test_the_summary_for_an_xcom_fits_into_sixteen_kilobytes() -> None:
    names = [f"column_with_a_rather_long_name_{position}" for position in range(500)]
    contract = Contract(name="wide", checks=[Between(column=name, max=0) for name in names])

    summary = audit(contract, pa.table({name: [1] for name in names})).summary("runs/-/wide/x.json")

    assert len(json.dumps(summary)) <= 16_384
    assert (summary["decision"], summary["counts"]) == ("stop", {"fail": 500, "pass": 1})
    assert len(summary["verdicts"]) + summary["verdicts_left_out"] == 500


@pytest.mark.parametrize("value", ["O'Neill 1972", 'say "Ann"', "two\nlines", "1972-03-04"])
def test_a_value_that_cannot_be_cast_breaks_the_rule_and_is_not_shown(value: str) -> None:
    rule = Rule(id="age", rule="cast(name as integer) > 3")

    report = audit(Contract(name="people", checks=[rule]), pa.table({"name": [value]}))

    assert verdict(report, "rule").outcome.value == "fail"
    assert not [part for part in ("Neill", "1972", "Ann", "two", "lines") if part in report.dumps()]


@pytest.mark.parametrize(
    "frame", [pd.DataFrame, pl.DataFrame, pa.table, pd.Series, list], ids=lambda each: each.__name__
)
@pytest.mark.parametrize("partition", [None, {"nowhere": "1"}], ids=["read", "not_read"])
def test_rows_in_memory_are_never_named_by_their_text(frame: Any, partition: dict[str, str] | None) -> None:
    rows = ["Ann Example"] if frame in (pd.Series, list) else {"name": ["Ann Example"]}

    report = audit(Contract(name="people", checks=[Drift()]), frame(rows), reference=frame(rows), partition=partition)

    assert "Ann" not in report.dumps()
    assert "Ann" not in report_table(report)
    assert "Ann" not in report_page(report)
