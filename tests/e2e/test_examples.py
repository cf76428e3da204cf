"""The example DAGs under the real scheduler with LocalExecutor, looked at through the REST API."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

from scripts.flight_data import CLEAN_DAY, DIRTY_DAY

if TYPE_CHECKING:
    from scripts.real_airflow import RealAirflow

pytestmark = pytest.mark.end_to_end

DAGS = ("01_gate", "02_fallback_model", "03_drift_between_stages", "04_python_only")


class Played:
    """All examples, run once for the clean and once for the dirty day."""

    def __init__(self, airflow: RealAirflow) -> None:
        self.airflow = airflow
        self.runs = {(dag, day): airflow.trigger(dag, day=day) for day in (CLEAN_DAY, DIRTY_DAY) for dag in DAGS}
        for (dag, _), run in self.runs.items():
            airflow.wait_for_run(dag, run)

    def states(self, dag: str, day: str) -> dict[str, str]:
        return self.airflow.task_states(dag, self.runs[dag, day])

    def link(self, dag: str, day: str, task: str) -> str | None:
        return self.airflow.links(dag, self.runs[dag, day], task).get("Quality report")

    def log(self, dag: str, day: str, task: str) -> str:
        return "\n".join(self.airflow.log_lines(dag, self.runs[dag, day], task))

    def summary(self, dag: str, day: str, task: str) -> dict[str, Any]:
        summary: dict[str, Any] = self.airflow.xcom(dag, self.runs[dag, day], task, "quality_report")
        return summary


@pytest.fixture(scope="module")
def played(airflow: RealAirflow) -> Played:
    return Played(airflow)


def test_no_example_fails_to_import(played: Played) -> None:
    assert played.airflow.get("importErrors")["import_errors"] == []


def test_a_gate_lets_training_run_on_a_clean_day_and_short_circuits_it_on_a_dirty_one(played: Played) -> None:
    assert played.states("01_gate", CLEAN_DAY) == {"gate": "success", "train": "success"}
    assert played.states("01_gate", DIRTY_DAY) == {"gate": "success", "train": "skipped"}


def test_only_the_gate_that_passed_published_an_asset_event(played: Played) -> None:
    events = played.airflow.get("assets/events", source_dag_id="01_gate")["asset_events"]
    mine = [event for event in events if event["source_run_id"] in played.runs.values()]

    assert [(event["name"], event["source_run_id"]) for event in mine] == [
        ("approved_flights", played.runs["01_gate", CLEAN_DAY])
    ]


def test_quality_decides_which_model_scores_the_day(played: Played) -> None:
    chosen = {"fit": "success", "choose": "success", "publish": "success"}

    assert played.states("02_fallback_model", CLEAN_DAY) == {
        **chosen,
        "score_with_model": "success",
        "score_with_baseline": "skipped",
    }
    assert played.states("02_fallback_model", DIRTY_DAY) == {
        **chosen,
        "score_with_model": "skipped",
        "score_with_baseline": "success",
    }


@pytest.mark.parametrize(("day", "better"), [(CLEAN_DAY, "model"), (DIRTY_DAY, "baseline")])
def test_the_one_that_served_was_the_better_one(played: Played, day: str, better: str) -> None:
    scored = played.airflow.xcom("02_fallback_model", played.runs["02_fallback_model", day], "publish")

    assert scored["served_by"] == better
    assert min(scored["brier"], key=scored["brier"].get) == better


def test_the_dirty_day_is_found_by_range_set_rule_and_drift(played: Played) -> None:
    failed = {
        verdict["id"]
        for verdict in played.summary("02_fallback_model", DIRTY_DAY, "choose")["verdicts"]
        if verdict["outcome"] == "fail"
    }

    assert {
        "origin.accepted_values",
        "air_time.between",
        "plausible_speed",
        "drift.air_time",
        "drift.origin",
    } <= failed


def test_served_features_that_drifted_fail_the_gate_at_once_and_are_not_served(played: Played) -> None:
    built = {"build_training_features": "success", "build_served_features": "success", "profile_training": "success"}

    assert played.states("03_drift_between_stages", CLEAN_DAY) == {
        **built,
        "gate_served": "success",
        "serve": "success",
    }
    assert played.states("03_drift_between_stages", DIRTY_DAY) == {
        **built,
        "gate_served": "failed",
        "serve": "upstream_failed",
    }


def test_gates_written_in_python_alone_do_the_same(played: Played) -> None:
    built = {"build_features": "success", "build_reference": "success", "schema": "success"}

    assert played.states("04_python_only", CLEAN_DAY) == {
        **built,
        "plausible": "success",
        "labels": "success",
        "drift": "success",
    }
    assert played.states("04_python_only", DIRTY_DAY) == {
        **built,
        "plausible": "failed",
        "labels": "upstream_failed",
        "drift": "upstream_failed",
    }


@pytest.mark.parametrize(
    ("dag", "task"), [("01_gate", "gate"), ("02_fallback_model", "choose"), ("03_drift_between_stages", "gate_served")]
)
@pytest.mark.parametrize("day", [CLEAN_DAY, DIRTY_DAY])
def test_every_gate_links_to_a_report_that_opens_however_it_ended(
    played: Played, dag: str, task: str, day: str
) -> None:
    link = played.link(dag, day, task)

    assert link is not None
    page = played.airflow.web.get(f"{played.airflow.address}{link}", timeout=60)
    assert page.status_code == 200
    assert str(played.summary(dag, day, task)["contract"]) in page.text


def test_a_report_is_closed_to_who_is_not_logged_in(played: Played) -> None:
    import requests

    anonymous = requests.Session()
    anonymous.trust_env = False
    link = played.link("01_gate", CLEAN_DAY, "gate")

    assert anonymous.get(f"{played.airflow.address}{link}", timeout=60, allow_redirects=False).status_code == 401


def test_the_log_opens_with_the_headline_and_holds_the_table_and_the_reasons(played: Played) -> None:
    summary = played.summary("01_gate", DIRTY_DAY, "gate")
    log = played.log("01_gate", DIRTY_DAY, "gate")

    assert str(summary["headline"]) in log
    for verdict in summary["verdicts"]:
        assert verdict["id"] in log
        assert verdict["reason"][:60] in log


def test_a_value_that_the_contract_does_not_release_is_in_no_log(played: Played) -> None:
    day = (played.airflow.home / "data" / "days" / f"{DIRTY_DAY}.csv").read_text(encoding="utf-8")
    tail_numbers = {row["tailnum"] for row in csv.DictReader(io.StringIO(day))} - {"NA"}
    log = played.log("01_gate", DIRTY_DAY, "gate")

    assert len(tail_numbers) > 500
    assert [number for number in tail_numbers if number in log] == []
