"""The example of the fallback on the real flights, day by day."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from airflow.models.variable import Variable

from scripts.flight_data import lay_out
from tests.shell.runs import run_dag

EXAMPLES = Path(__file__).parents[2] / "dags_examples"


@pytest.fixture
def example(tmp_path, monkeypatch):
    """What reads the DAG file anew, with the flights where it looks for them: a run leaves its parameters in a DAG."""
    monkeypatch.setenv("MLQUALITY_EXAMPLES_DATA", str(lay_out(tmp_path / "data")))
    monkeypatch.syspath_prepend(str(EXAMPLES))

    def read():
        spec = importlib.util.spec_from_file_location("model_fallback", EXAMPLES / "11_model_fallback.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.gate.dag

    return read


def test_down_at_once_up_after_two_good_days_and_the_past_changes_nothing(example):
    served = []
    for day in ("2013-07-16", "2013-07-17", "2013-07-18", "2013-07-19", "2013-07-17"):
        run = run_dag(example(), {"day": day})
        left = run.xcom("choose", "model_choice")
        served.append((left["name"], left["state"], json.loads(Variable.get("flights_model"))["name"]))

    assert served == [
        ("model", "applied", "model"),
        ("baseline", "applied", "baseline"),
        ("baseline", "applied", "baseline"),
        ("model", "applied", "model"),
        ("baseline", "withheld", "model"),
    ]
    assert run.states == {"choose": "success", "gate": "failed", "score": "success"}
    assert run.xcom("score").startswith("2013-07-17 is scored by the baseline (down from 'model' at once: gate 'gate'")
