"""The example DAGs that wait, under the real scheduler and triggerer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from scripts.flight_data import CLEAN_DAY, DIRTY_DAY, lay_out
from scripts.real_airflow import COMPONENTS, TRIGGERER, RealAirflow

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.end_to_end

RETRAIN = "09_retrain_when_the_world_moved"
DAY_AFTER = "2013-07-18"


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealAirflow]:
    home = tmp_path_factory.mktemp("airflow")
    running = RealAirflow(home, lay_out(home / "data"))
    try:
        running.start({**COMPONENTS, **TRIGGERER})
        running.wait_for_dags(["01_gate", "08_wait_for_good_data", RETRAIN, "10_on_a_gate"])
        yield running
    finally:
        running.stop()


def test_a_deferred_sensor_lets_only_the_good_delivery_through(airflow: RealAirflow) -> None:
    run = airflow.trigger("08_wait_for_good_data")

    assert airflow.wait_for_run("08_wait_for_good_data", run) == "success"
    told = "\n".join(airflow.log_lines("08_wait_for_good_data", run, "wait"))
    assert "FAIL flights: " in told
    assert "Waiting in the triggerer" in told
    assert airflow.xcom("08_wait_for_good_data", run, "wait")["outcome"] in ("pass", "warn")
    reports = sorted((airflow.home / "reports" / "runs" / "08_wait_for_good_data" / "wait").rglob("*.json"))
    assert len(reports) == 2


def test_a_drift_trains_once(airflow: RealAirflow) -> None:
    states = {}
    for day in (CLEAN_DAY, DIRTY_DAY, DAY_AFTER):
        run = airflow.trigger(RETRAIN, day=day)
        airflow.wait_for_run(RETRAIN, run)
        states[day] = airflow.task_states(RETRAIN, run)["train"]
        if day == DIRTY_DAY:
            reason = airflow.xcom(RETRAIN, run, "why", "retrain_reason")

    assert states == {CLEAN_DAY: "skipped", DIRTY_DAY: "success", DAY_AFTER: "skipped"}
    assert (reason["condition"], reason["gate"]) == ("drift", f"{RETRAIN}/gate")
    assert "drift.air_time" in reason["reason"]


def runs_of(airflow: RealAirflow, dag_id: str, number: int, timeout: float = 120) -> list[str]:
    """Return the ids of a DAG's runs once there are so many, and they have ended."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        runs = airflow.get(f"dags/{dag_id}/dagRuns")["dag_runs"]
        if len(runs) >= number and all(run["state"] in ("success", "failed") for run in runs):
            return [run["dag_run_id"] for run in runs]
        time.sleep(2)
    return []


def test_a_dag_starts_for_each_run_of_a_gate_that_passed(airflow: RealAirflow) -> None:
    time.sleep(30)  # the watcher looks first, and tells nothing of what was there before
    passed = []
    for day in (CLEAN_DAY, DIRTY_DAY, CLEAN_DAY):
        run = airflow.trigger("01_gate", day=day)
        airflow.wait_for_run("01_gate", run)
        passed += [run] if day == CLEAN_DAY else []
        started = runs_of(airflow, "10_on_a_gate", len(passed))

    told = [each["run_id"] for run in started for each in airflow.xcom("10_on_a_gate", run, "report", "return_value")]
    assert sorted(told) == sorted(passed)
