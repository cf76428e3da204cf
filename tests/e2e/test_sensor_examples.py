"""The example DAGs that wait, under the real scheduler and triggerer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from scripts.flight_data import CLEAN_DAY, DIRTY_DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.real_airflow import RealAirflow

pytestmark = pytest.mark.end_to_end

RETRAIN = "09_retrain_when_the_world_moved"
DAY_AFTER = "2013-07-18"


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


def until(done: Callable[[], bool], what: str, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(1)


def test_a_dag_starts_once_for_each_run_of_a_gate_that_passed(airflow: RealAirflow) -> None:
    def has_looked() -> bool:
        assets = airflow.get("assets", name_pattern="gate_passed")["assets"]
        return any(airflow.get(f"assets/{each['id']}/state-store")["total_entries"] for each in assets)

    def told() -> list[str]:
        runs = airflow.get("dags/10_on_a_gate/dagRuns", limit=100)["dag_runs"]
        ended = [run["dag_run_id"] for run in runs if run["state"] == "success"]
        return [each["run_id"] for run in ended for each in airflow.xcom("10_on_a_gate", run, "report")]

    until(has_looked, "the watcher to look; it tells nothing of what was there before")
    runs = []
    for day in (CLEAN_DAY, DIRTY_DAY, CLEAN_DAY):
        runs.append(airflow.trigger("01_gate", day=day))
        airflow.wait_for_run("01_gate", runs[-1])
    until(lambda: {runs[0], runs[2]} <= set(told()), "both good runs to be told")

    assert [told().count(run) for run in runs] == [1, 0, 1]
