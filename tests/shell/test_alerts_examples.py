"""The examples of alerts, of questions and of good partitions, on the real flights."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from scripts.flight_data import CLEAN_DAY, DIRTY_DAY, lay_out
from tests.shell.receiver import Receiver
from tests.shell.runs import run_dag
from tests.shell.test_approval import Answering

EXAMPLES = Path(__file__).parents[2] / "dags_examples"


@pytest.fixture(scope="module")
def flights(tmp_path_factory):
    """The flights, laid out once."""
    return lay_out(tmp_path_factory.mktemp("flights"))


@pytest.fixture
def example(flights, monkeypatch):
    """What imports an example anew, for a run by hand changes the params of its DAG."""
    monkeypatch.setenv("MLQUALITY_EXAMPLES_DATA", str(flights))
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.delitem(__import__("sys").modules, "flights", raising=False)

    def load(name):
        spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_a_chat_hears_of_a_dirty_day_and_of_the_clean_one_after_it_and_a_dashboard_of_all(
    example, tmp_path, monkeypatch
):
    with Receiver(tmp_path / "chat") as chat, Receiver(tmp_path / "dashboard") as dashboard:
        monkeypatch.setenv("AIRFLOW_CONN_QUALITY_CHAT", chat.connection())
        monkeypatch.setenv("AIRFLOW_CONN_QUALITY_DASHBOARD", dashboard.connection())
        days = [CLEAN_DAY, DIRTY_DAY, DIRTY_DAY, CLEAN_DAY]

        runs = [
            run_dag(example("15_alerts").gate.dag, {"day": day, "as_of": f"2013-08-0{number}"})
            for number, day in enumerate(days, 1)
        ]

        assert [run.states["publish"] for run in runs] == ["success", "skipped", "skipped", "success"]
        assert [message["text"].split()[1] for message in chat.messages] == ["FAIL", "RECOVERED"]
        assert [message["rows"][0]["level"] for message in dashboard.messages] == ["good", "fail", "fail", "good"]


def test_a_clean_day_asks_nobody_and_a_dirty_one_lets_somebody_choose_the_fallback(example):
    clean = run_dag(example("16_ask_a_human").ask.dag, {"day": CLEAN_DAY})
    with Answering("16_ask_a_human", "Use fallback") as somebody:
        dirty = run_dag(example("16_ask_a_human").ask.dag, {"day": DIRTY_DAY})

    served = {"ask": "success", "publish": "success"}
    assert clean.states == {**served, "score_with_averages": "skipped", "score_with_model": "success"}
    assert dirty.states == {**served, "score_with_averages": "success", "score_with_model": "skipped"}
    assert len(somebody.questions) == 1


def test_six_of_seven_days_go_on_and_what_has_no_event_does_not(example):
    module = example("17_only_good_partitions")
    good = [f"2013-07-{day}" for day in range(11, 17)]

    run = run_dag(module.gates.dag)
    alone = run_dag(module.good.dag)

    assert run.xcom("publish") == good
    assert run.states["gate[6]"] == "failed"
    assert alone.states == {"learn": "skipped", "require_quality_good_days": "success"}
