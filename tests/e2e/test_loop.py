"""The whole loop under the real scheduler: it degrades, retrains once, and comes back to the champion by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scripts.flight_data import lay_out
from scripts.real_airflow import RealAirflow

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.end_to_end

SERVE, RETRAIN = "18_serve", "18_retrain"


class Loop:
    """The days of the story, one after the other."""

    def __init__(self, airflow: RealAirflow) -> None:
        self.airflow = airflow
        self.runs: dict[str, str] = {}
        self.play(SERVE, "2013-07-16")
        self.play(RETRAIN, "2013-07-16")
        self.play(SERVE, "2013-07-17")
        self.play(RETRAIN, "2013-07-17")
        self.play(SERVE, "2013-07-18")
        self.play(RETRAIN, "2013-07-18")
        self.play(SERVE, "2013-07-19")

    def play(self, dag: str, day: str) -> None:
        run = self.airflow.trigger(dag, day=day)
        self.airflow.wait_for_run(dag, run)
        self.runs[f"{dag} {day[-2:]}"] = run

    def states(self, dag: str, day: int) -> dict[str, str]:
        return self.airflow.task_states(dag, self.runs[f"{dag} {day}"])

    def xcom(self, dag: str, day: int, task: str, key: str = "return_value") -> Any:
        return self.airflow.xcom(dag, self.runs[f"{dag} {day}"], task, key)


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    home = tmp_path_factory.mktemp("loop")
    with RealAirflow(home, lay_out(home / "data")) as airflow:
        airflow.wait_for_dags([SERVE, RETRAIN])
        yield Loop(airflow)


def test_the_champion_serves_until_the_data_breaks_and_comes_back_after_two_good_days(loop: Loop) -> None:
    served = {day: loop.xcom(SERVE, day, "score")["served_by"] for day in (16, 17, 18, 19)}

    assert served == {16: "champion", 17: "baseline", 18: "baseline", 19: "champion"}


def test_the_choice_says_why_and_is_applied_where_models_are_served(loop: Loop) -> None:
    choices = [loop.xcom(SERVE, day, "choose", "model_choice") for day in (16, 17, 18, 19)]
    served = loop.airflow.get("variables/18_flights_delay_model")["value"]

    assert [choice["state"] for choice in choices] == ["applied"] * 4
    assert "gate_day" in choices[1]["reason"]
    assert '"champion"' in served


def test_the_dirty_day_failed_its_gate_and_scored_all_the_same(loop: Loop) -> None:
    assert loop.states(SERVE, 17) == {
        "ingest": "success",
        "gate_day": "failed",
        "choose": "success",
        "score": "success",
    }


def test_one_drift_makes_one_retraining(loop: Loop) -> None:
    everything = ("reason", "collect", "gate_training", "train", "approve", "promote", "profile_training")

    assert loop.states(RETRAIN, 17) == dict.fromkeys(everything, "success")
    for quiet in (16, 18):
        assert loop.states(RETRAIN, quiet) == dict.fromkeys(everything, "skipped")


def test_the_reason_travels_with_the_run(loop: Loop) -> None:
    reason = loop.xcom(RETRAIN, 17, "reason", "retrain_reason")

    assert reason["condition"] == "drift"
    assert reason["gate"] == "18_serve/gate_day"
    assert "drift" in reason["reason"]
