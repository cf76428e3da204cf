"""The examples that act, under the real scheduler: fallback, quarantine, people, alerts, and the whole loop."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from scripts.flight_data import CLEAN_DAY, DIRTY_DAY

if TYPE_CHECKING:
    from scripts.real_airflow import RealAirflow
    from tests.shell.receiver import Receiver

pytestmark = pytest.mark.end_to_end

DAYS = ("2013-07-16", "2013-07-17", "2013-07-18", "2013-07-19")
SERVE, RETRAIN = "18_serve", "18_retrain"


class Played:
    """All of them, played once; what needs an order is played in it, the rest at the same time."""

    def __init__(self, airflow: RealAirflow, chat: Receiver) -> None:
        self.airflow = airflow
        self.chat = chat
        self.runs: dict[tuple[str, str], str] = {}
        for dag in ("12_quarantine", "13_taskflow", "14_stage_accounting", "16_ask_a_human"):
            for day in (CLEAN_DAY, DIRTY_DAY):
                self.start(dag, day)
        self.runs["17_only_good_partitions", ""] = airflow.trigger("17_only_good_partitions")
        for number, day in enumerate(DAYS, 1):
            self.start("11_model_fallback", day)
            self.start(SERVE, day)
            self.start("15_alerts", day, as_of=f"2013-08-0{number}")
            self.ended("11_model_fallback", day)
            self.ended(SERVE, day)
            self.ended("15_alerts", day)
            if day != DAYS[-1]:
                self.start(RETRAIN, day)
                self.ended(RETRAIN, day)
        self.answer("16_ask_a_human", DIRTY_DAY, "ask", "Use fallback")
        for dag, day in self.runs:
            self.ended(dag, day)

    def start(self, dag: str, day: str, **conf: Any) -> None:
        self.runs[dag, day] = self.airflow.trigger(dag, day=day, **conf)

    def ended(self, dag: str, day: str) -> None:
        self.airflow.wait_for_run(dag, self.runs[dag, day], timeout=600)

    def answer(self, dag: str, day: str, task: str, option: str) -> None:
        run = self.runs[dag, day]
        self.until(lambda: self.airflow.task_states(dag, run)[task] == "awaiting_input")
        address = f"{self.airflow.address}/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/-1/hitlDetails"
        self.airflow.web.patch(
            address, json={"chosen_options": [option], "params_input": {}}, timeout=60
        ).raise_for_status()

    def until(self, done: Any, seconds: float = 300) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline
            time.sleep(1)

    def states(self, dag: str, day: str = "") -> dict[str, str]:
        return self.airflow.task_states(dag, self.runs[dag, day])

    def xcom(self, dag: str, day: str, task: str, key: str = "return_value") -> Any:
        return self.airflow.xcom(dag, self.runs[dag, day], task, key)


@pytest.fixture(scope="module")
def played(airflow: RealAirflow, chat: Receiver) -> Played:
    return Played(airflow, chat)


def test_no_example_fails_to_import(played: Played) -> None:
    assert played.airflow.get("importErrors")["import_errors"] == []


# ---- the whole loop ----


@pytest.mark.parametrize("dag", ["11_model_fallback", SERVE])
def test_down_at_once_and_back_after_two_good_days(played: Played, dag: str) -> None:
    choices = [played.xcom(dag, day, "choose", "model_choice") for day in DAYS]
    best = choices[0]["name"]

    assert [choice["name"] for choice in choices] == [best, "baseline", "baseline", best]
    assert [choice["state"] for choice in choices] == ["applied"] * 4
    assert "gate" in choices[1]["reason"]


def test_what_serves_is_named_by_the_variable(played: Played) -> None:
    value = played.airflow.get("variables/18_flights_delay_model")["value"]

    assert json.loads(value)["name"] == "champion"
    assert [played.xcom(SERVE, day, "score")["served_by"] for day in DAYS] == [
        "champion",
        "baseline",
        "baseline",
        "champion",
    ]


def test_a_day_whose_gate_failed_is_scored_all_the_same(played: Played) -> None:
    assert played.states(SERVE, DIRTY_DAY) == {
        "ingest": "success",
        "gate_day": "failed",
        "choose": "success",
        "score": "success",
    }


def test_one_drift_makes_one_retraining_and_says_why(played: Played) -> None:
    everything = ("reason", "collect", "gate_training", "train", "approve", "promote", "profile_training")
    reason = played.xcom(RETRAIN, DIRTY_DAY, "reason", "retrain_reason")

    assert played.states(RETRAIN, DIRTY_DAY) == dict.fromkeys(everything, "success")
    for quiet in (DAYS[0], DAYS[2]):
        assert played.states(RETRAIN, quiet) == dict.fromkeys(everything, "skipped")
    assert (reason["condition"], reason["gate"]) == ("drift", f"{SERVE}/gate_day")


# ---- the others ----


def test_bad_rows_are_put_aside_and_a_day_that_is_all_bad_is_not(played: Played) -> None:
    assert set(played.states("12_quarantine", CLEAN_DAY).values()) == {"success"}
    states = played.states("12_quarantine", DIRTY_DAY)

    assert (states["quarantine"], states["gate"]) == ("failed", "upstream_failed")
    summary = played.xcom("12_quarantine", CLEAN_DAY, "quarantine")
    assert summary["rows"] == summary["kept"] + summary["lost"]
    assert summary["lost"] > 0


def test_steps_account_for_their_rows(played: Played) -> None:
    assert set(played.states("14_stage_accounting", CLEAN_DAY).values()) == {"success"}


def test_a_function_as_a_gate_stops_its_own_day_alone(played: Played) -> None:
    def scored(day: str) -> list[str]:
        run = played.runs["13_taskflow", day]
        tasks = played.airflow.get(f"dags/13_taskflow/dagRuns/{run}/taskInstances", limit=100)["task_instances"]
        return sorted(task["state"] for task in tasks if task["task_id"].endswith("score"))

    assert scored(CLEAN_DAY) == ["success"] * 3
    assert scored(DIRTY_DAY) == ["skipped", "success", "success"]


def test_a_chat_hears_of_the_bad_day_and_of_the_recovery_alone(played: Played) -> None:
    assert [message["text"].split()[1] for message in played.chat.messages] == ["FAIL", "RECOVERED"]


def test_a_person_chooses_the_fallback_without_a_worker_waiting(played: Played) -> None:
    assert played.states("16_ask_a_human", CLEAN_DAY)["score_with_model"] == "success"
    states = played.states("16_ask_a_human", DIRTY_DAY)

    assert (states["score_with_model"], states["score_with_averages"]) == ("skipped", "success")
    assert played.xcom("16_ask_a_human", DIRTY_DAY, "ask", "quality_approval")["by"] == "admin"


def test_only_the_good_days_start_the_next_dag(played: Played) -> None:
    def keys() -> list[str]:
        runs = played.airflow.get("dags/17_per_good_day/dagRuns", limit=100)["dag_runs"]
        return sorted(str(run["partition_key"]) for run in runs if run["state"] == "success")

    good = [f"2013-07-{day}" for day in (11, 12, 13, 14, 15, 16)]
    played.until(lambda: len(keys()) >= len(good))

    assert keys() == good
