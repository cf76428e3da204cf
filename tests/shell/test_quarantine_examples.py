"""The examples of quarantine, TaskFlow and stage accounting run as they are."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from scripts.flight_data import CLEAN_DAY, DIRTY_DAY, lay_out
from tests.shell.runs import run_dag

EXAMPLES = Path(__file__).parents[2] / "dags_examples"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return lay_out(tmp_path_factory.mktemp("examples") / "data")


@pytest.fixture
def example(request, data, monkeypatch):
    """The DAG of an example, as its file has it."""
    monkeypatch.setenv("MLQUALITY_EXAMPLES_DATA", str(data))
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.delitem(sys.modules, "flights", raising=False)
    spec = importlib.util.spec_from_file_location(f"example_{request.param[:2]}", EXAMPLES / f"{request.param}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    one = next(getattr(module, name) for name in ("quarantine", "profiled", "clean") if hasattr(module, name))
    yield getattr(one, "operator", one).dag
    sys.modules.pop("flights", None)


@pytest.mark.parametrize("example", ["12_quarantine"], indirect=True)
def test_a_few_bad_rows_go_aside_and_a_bad_day_stops(example):
    clean = run_dag(example, {"day": CLEAN_DAY})
    summary = clean.xcom("quarantine")

    assert set(clean.states.values()) == {"success"}
    assert summary["rows"] == summary["kept"] + summary["lost"] == 996 + 5
    assert {name for name, each in summary["reasons"].items() if each["rows"]} == {
        "air_time.between",
        "plausible_speed",
        "time_hour+carrier+flight.unique",
    }
    assert clean.events()[0][0] == "good_flights"
    dirty = run_dag(example, {"day": DIRTY_DAY})
    assert dirty.states["quarantine"] == "failed"
    assert dirty.events() == []


@pytest.mark.parametrize("example", ["13_taskflow"], indirect=True)
def test_days_are_gated_one_by_one(example):
    dirty = run_dag(example, {"day": DIRTY_DAY})

    assert [dirty.states[f"of_a_day.score[{index}]"] for index in range(3)] == ["success", "success", "skipped"]
    assert [dirty.states[f"of_a_day.features[{index}]"] for index in range(3)] == ["success", "success", "skipped"]


@pytest.mark.parametrize("example", ["14_stage_accounting"], indirect=True)
def test_every_step_accounts_for_its_rows(example):
    run = run_dag(example, {"day": CLEAN_DAY})

    assert set(run.states.values()) == {"success"}
    assert [run.xcom(step, "quality_report")["outcome"] for step in ("cleaned_adds_up", "flown_adds_up")] == [
        "pass"
    ] * 2
