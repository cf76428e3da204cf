"""Something is killed or gone in the midst: nothing is promoted, published or lost, and the rerun is right."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from airflow_mlquality.history import History
from airflow_mlquality.store import Store
from scripts.real_airflow import TRIGGERER, RealAirflow, kill_group

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers import Postgres

pytestmark = pytest.mark.end_to_end

GOOD, BAD = "id,age\n1,21\n2,35\n", "id,age\n1,21\n2,98765\n"


class Faulty:
    """A real Airflow in which things go wrong."""

    def __init__(self, airflow: RealAirflow) -> None:
        self.airflow = airflow
        self.store = Store(airflow.home / "reports")
        self.data = airflow.home / "data" / "faults"
        self.data.mkdir()
        (self.data / "good.csv").write_text(GOOD, encoding="utf-8")
        (self.data / "bad.csv").write_text(BAD, encoding="utf-8")

    def run(self, dag: str) -> str:
        run = self.airflow.trigger(dag)
        self.airflow.wait_for_run(dag, run)
        return run

    def task(self, dag: str, run: str, task: str) -> dict[str, Any]:
        found: dict[str, Any] = self.airflow.get(f"dags/{dag}/dagRuns/{run}/taskInstances/{task}")
        return found

    def events(self, name: str) -> list[str]:
        events = self.airflow.get("assets/events", limit=100)["asset_events"]
        return [event["source_run_id"] for event in events if event["name"] == name]

    def until(self, done: Callable[[], bool], what: str, seconds: float = 180) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            time.sleep(0.5)


@pytest.fixture(scope="module")
def faulty(airflow: RealAirflow) -> Faulty:
    return Faulty(airflow)


def test_a_worker_killed_between_judging_and_acting_publishes_once_and_goes_on_when_tried_again(faulty: Faulty) -> None:
    run = faulty.run("killed_good")

    assert faulty.airflow.task_states("killed_good", run) == {"gate": "success", "promote": "success"}
    assert faulty.events("killed_good") == [run]
    assert len(faulty.store.report_addresses("killed_good", "gate", run)) == 2  # that of the killed one is kept
    assert len(list(History(faulty.store, "killed_good", "gate").before())) == 1


def test_a_worker_killed_before_it_could_stop_the_dag_lets_nothing_through(faulty: Faulty) -> None:
    run = faulty.run("killed_bad")

    assert faulty.airflow.task_states("killed_bad", run) == {"gate": "success", "promote": "skipped"}
    assert len(faulty.store.report_addresses("killed_bad", "gate", run)) == 2
    assert faulty.events("killed_bad") == []


def test_two_runs_of_one_gate_at_once_each_keep_their_report_and_their_event(faulty: Faulty) -> None:
    runs = [faulty.airflow.trigger("two_at_once") for _ in range(2)]
    for run in runs:
        assert faulty.airflow.wait_for_run("two_at_once", run) == "success"

    assert sorted(faulty.events("two_at_once")) == sorted(runs)
    assert sorted(each.run_id for each in History(faulty.store, "two_at_once", "gate").before()) == sorted(runs)
    for run in runs:
        (address,) = faulty.store.report_addresses("two_at_once", "gate", run)
        assert faulty.store.read_report(address).outcome == "pass"


def test_a_sensor_outlives_the_triggerer_that_waited_for_it(faulty: Faulty, tmp_path: Path) -> None:
    run = faulty.airflow.trigger("waits")
    faulty.until(lambda: faulty.task("waits", run, "wait")["state"] == "deferred", "the sensor to be deferred")

    triggerer = faulty.airflow.processes.pop("triggerer")
    kill_group(triggerer.pid)
    triggerer.wait()
    half = tmp_path / "late.csv"
    half.write_text(GOOD, encoding="utf-8")
    half.replace(faulty.data / "late.csv")
    faulty.airflow.start_component("triggerer", *TRIGGERER["triggerer"])

    assert faulty.airflow.wait_for_run("waits", run) == "success"
    assert faulty.airflow.task_states("waits", run) == {"wait": "success", "go_on": "success"}


def test_a_database_that_goes_away_in_mid_measure_is_asked_again(faulty: Faulty, postgres: Postgres) -> None:
    for statement in (
        "create table people (age int)",
        "insert into people values (21), (35)",
        "create table speed (slow boolean)",
        "insert into speed values (true)",
    ):
        postgres.execute(statement)
    run = faulty.airflow.trigger("database")
    asking = "select pid from pg_stat_activity where wait_event = 'PgSleep'"
    faulty.until(lambda: bool(postgres.rows(asking)), "the gate to be in the midst of its statement")

    postgres.execute("update speed set slow = false")
    postgres.rows(asking.replace("select pid", "select pg_terminate_backend(pid)"))

    assert faulty.airflow.wait_for_run("database", run) == "success"
    assert faulty.events("database") == [run]
    tries = faulty.task("database", run, "gate")["try_number"]
    logs = "\n".join(
        line for number in range(1, tries) for line in faulty.airflow.log_lines("database", run, "gate", number)
    )
    assert "the connection was lost" in logs
    assert "tried again" in logs
