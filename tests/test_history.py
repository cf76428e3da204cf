"""The history of a gate is told by the moments of its data: reruns replace, backfills stand where they belong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlquality.audit import audit
from airflow_mlquality.contract import Contract
from airflow_mlquality.errors import StoreError
from airflow_mlquality.history import History, Run, last_passed, previous_partition, run_of, same_weekday
from airflow_mlquality.store import Store

if TYPE_CHECKING:
    from pathlib import Path

FIRST = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
GATE = {"dag_id": "flights", "task_id": "gate"}
CONTRACT = {"version": 1, "contract": "rows", "columns": {"x": {"not_null": {"warn": 0.1, "fail": 0.5}}}}
GOOD, ODD, BAD = [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, None], [None, None, None, None, 5, 6]


class Gate:
    """A gate that is run by hand for days, in any order."""

    def __init__(self, root: Path) -> None:
        self.store = Store(root)

    def run(self, day: int, values: list[Any], run_id: str = "", reference: str | None = None) -> Any:
        since = FIRST + timedelta(days=day)
        at = since + timedelta(days=1)
        subject = {**GATE, "run_id": run_id or f"day-{day}", "at": at.isoformat(), "since": since.isoformat()}
        contract = {**CONTRACT, "drift": {"reference": reference, "columns": ["x"]}} if reference else CONTRACT
        rows = pa.table({"x": pa.array(values, pa.int64())})
        report = audit(Contract.of(contract), rows, store=self.store, subject=subject, whole_profile=True)
        run = run_of(report, self.store.write_report(report))
        assert run is not None
        History.of(self.store, subject).remember(run)
        return report

    def days(self, before: int | None = None) -> list[int]:
        at = None if before is None else FIRST + timedelta(days=before + 1)
        return [(run.moment - FIRST).days - 1 for run in self.history.before(at)]

    @property
    def history(self) -> History:
        return History.of(self.store, GATE)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


@given(st.permutations(range(6)))
def test_whatever_the_order_of_running_the_latest_data_comes_first(order: list[int]) -> None:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        history = History(Store(Path(folder)), "d", "t")
        for day in order:
            at = (FIRST + timedelta(days=day)).isoformat()
            history.remember(
                Run(
                    dag_id="d", task_id="t", map_index=-1, run_id=f"r{day}", at=at, since=at, contract="c", digest="",
                    outcome="pass", decision="proceed", rows=1, report="", written_at=at,
                )
            )  # fmt: skip

        assert [run.run_id for run in history.before()] == [f"r{day}" for day in range(5, -1, -1)]
        assert [run.run_id for run in history.before(FIRST + timedelta(days=3))] == ["r2", "r1", "r0"]
        assert [run.run_id for run in history.upto(FIRST + timedelta(days=3))] == ["r3", "r2", "r1", "r0"]


def test_a_run_comes_back_as_it_was(gate: Gate) -> None:
    report = gate.run(0, BAD)
    run = next(gate.history.before())

    assert (run.outcome, run.decision, run.rows) == ("fail", "stop", 6)
    assert [(each.id, each.check, each.family, each.outcome) for each in run.findings] == [
        ("x.not_null", "not_null", "completeness", "fail")
    ]
    assert run.findings[0].observed == pytest.approx(4 / 6)
    assert gate.store.read_report(run.report).to_json() == report.to_json()
    assert Run.from_json(json.loads(json.dumps(run.to_json()))) == run


def test_a_rerun_replaces_its_own_run_and_never_counts_twice(gate: Gate) -> None:
    gate.run(0, BAD)
    gate.run(1, GOOD)
    gate.run(0, GOOD)

    assert gate.days() == [1, 0]
    assert [run.outcome for run in gate.history.before()] == ["pass", "pass"]


def test_two_runs_about_one_moment_are_both_there(gate: Gate) -> None:
    gate.run(0, GOOD, run_id="scheduled")
    gate.run(0, BAD, run_id="manual")

    assert len(gate.days()) == 2


def test_a_backfilled_day_is_judged_against_what_came_before_it(gate: Gate) -> None:
    for day in (0, 5, 6):
        gate.run(day, GOOD)

    report = gate.run(3, GOOD, reference="last_passed")

    assert report.reference.rows == 6
    assert gate.days(before=3) == [0]
    assert gate.days() == [6, 5, 3, 0]


def test_the_last_that_passed_is_no_run_that_failed_or_came_later(gate: Gate) -> None:
    gate.run(0, GOOD)
    gate.run(1, ODD)
    gate.run(2, BAD)
    gate.run(4, GOOD)

    found = last_passed(gate.history.before(FIRST + timedelta(days=4)))

    assert found is not None
    assert (found.run_id, found.outcome) == ("day-1", "warn")


def test_the_previous_partition_is_the_one_before_or_none(gate: Gate) -> None:
    gate.run(0, GOOD)
    gate.run(1, BAD)

    def found(day: int) -> Run | None:
        since = FIRST + timedelta(days=day)
        return previous_partition(gate.history.before(since + timedelta(days=1)), since)

    first = found(1)
    assert first is not None
    assert first.run_id == "day-0"
    assert found(2) is None  # it failed
    assert found(4) is None  # it is not there: day 1 is another partition


def test_the_same_weekday_is_a_week_or_weeks_before(gate: Gate) -> None:
    for day in range(10):
        gate.run(day, BAD if day == 7 else GOOD)

    since = FIRST + timedelta(days=14)
    found = same_weekday(gate.history.before(since), since)

    assert found is not None
    assert found.run_id == "day-0"


def test_without_an_earlier_run_drift_is_undecided_and_not_passed(gate: Gate) -> None:
    verdicts = {each.id: each for each in gate.run(0, GOOD, reference="last_passed").verdicts}

    assert (verdicts["drift.x"].outcome.value, verdicts["drift.x"].cause) == ("undecided", "no_reference")


def test_a_reference_by_address_is_a_profile_or_a_report_of_the_store(gate: Gate) -> None:
    gate.run(0, GOOD)
    address = next(gate.history.before()).report

    again = audit(Contract.of({**CONTRACT, "drift": {"reference": address, "columns": ["x"]}}),
                  pa.table({"x": GOOD}), store=gate.store)  # fmt: skip

    assert again.reference is not None
    assert again.reference.rows == 6


def test_a_run_written_by_another_version_hides_no_other(gate: Gate) -> None:
    gate.run(0, GOOD)
    run = next(gate.history.before())
    place = f"{run.moment.strftime('%Y%m%dT%H%M%S%fZ')}~day-0"
    gate.store.write_document(["history", "flights", "gate", "-1", place], '{"format": "mlquality.run/99"}')

    assert [each.run_id for each in gate.history.before()] == ["day-0"]


def test_a_history_whose_folder_is_broken_is_an_error_and_no_empty_history(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "history").symlink_to(tmp_path / "history")

    with pytest.raises(StoreError, match="cannot be read"):
        list(gate.history.before())


def test_the_training_profile_of_a_model_is_found_through_its_registry(gate: Gate) -> None:
    gate.run(0, GOOD)
    address = next(gate.history.before()).report
    contract = Contract.of({**CONTRACT, "drift": {"reference": "delays@champion", "columns": ["x"]}})
    asked = []

    def models(model: str, alias: str) -> str:
        asked.append((model, alias))
        return address

    report = audit(contract, pa.table({"x": GOOD}), store=gate.store, models=models)

    assert asked == [("delays", "champion")]
    assert report.reference is not None
    assert report.reference.name == "delays@champion"
