"""Profiles of parts are taken by mapped tasks, kept while nothing changes, and merged only when all are there."""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path

import pytest
from airflow.sdk import task

from airflow_mlquality.operators import MergeProfilesOperator, ProfileOperator, QualityGateOperator
from airflow_mlquality.store import Store
from scripts.flight_data import CLEAN_DAY, DIRTY_DAY, lay_out
from tests.shell.runs import run_dag

EXAMPLES = Path(__file__).parents[2] / "dags_examples"


@pytest.fixture
def days(tmp_path):
    """Three days of rows in one folder, a file each."""
    folder = tmp_path / "days"
    folder.mkdir()
    for number in (1, 2, 3):
        rows = "".join(f"{number},{number * 100 + n},{20 + n % 30}\n" for n in range(60))
        (folder / f"{number}.csv").write_text(f"day,id,age\n{rows}")
    return folder


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def by_day(dag, days, store, numbers=(1, 2, 3), **merging):
    """Put into a DAG: bins, a profile per day, and the merge."""
    with dag:
        bins = ProfileOperator(task_id="bins", source=str(days), name="bins", bins_only=True, store=str(store.root))
        parts = ProfileOperator.partial(
            task_id="part", name="people", like="bins", store=str(store.root), retries=0
        ).expand_kwargs([{"source": f"{days}/{n}.csv", "partition": {"day": str(n)}} for n in numbers])
        merge = MergeProfilesOperator(
            task_id="merge", name="people", profiles=parts.output, store=str(store.root), retries=0, **merging
        )
        bins >> parts >> merge
    return merge


def test_mapped_tasks_measure_the_parts_and_their_merge_is_the_reference(dag, days, store):
    by_day(dag, days, store)

    run = run_dag(dag)

    assert set(run.states.values()) == {"success"}
    merged = store.latest_profile("people")
    assert run.xcom("merge") == {
        "name": "people",
        "profile": run.xcom("merge")["profile"],
        "rows": 180,
        "columns": 3,
        "parts": 3,
    }
    assert [(part.name, part.rows) for part in merged.parts] == [("day=1", 60), ("day=2", 60), ("day=3", 60)]
    assert merged.failures == {}


def test_a_second_run_measures_only_what_changed(dag, days, store):
    by_day(dag, days, store)
    first = run_dag(dag)
    time.sleep(0.01)
    (days / "2.csv").write_text("day,id,age\n2,1,30\n")

    second = run_dag(dag)

    parts = [second.xcom("part", map_index=n) for n in range(3)]
    assert [(part["part"], part["unchanged"], part["rows"]) for part in parts] == [
        ("day=1", True, 60),
        ("day=2", False, 1),
        ("day=3", True, 60),
    ]
    assert parts[0]["profile"] == first.xcom("part", map_index=0)["profile"]
    assert second.xcom("merge")["rows"] == 121


def test_a_part_that_failed_is_never_left_out_of_the_merge(dag, days, store):
    by_day(dag, days, store, numbers=(1, 2, 9))

    run = run_dag(dag)

    assert run.states["part[2]"] == "failed"
    assert run.states["merge"] == "upstream_failed"
    assert store.latest_profile("people") is None


def test_a_merge_that_runs_all_the_same_fails_for_the_part_that_is_missing(dag, days, store, ended):
    by_day(dag, days, store, numbers=(1, 2, 9), trigger_rule="all_done", on_failure_callback=ended)

    run = run_dag(dag)

    assert run.states["merge"] == "failed"
    assert str(ended.context["exception"]) == (
        "profile 'people': 1 part is missing beside 2 that are there. Measure them, or name those that may be absent"
    )
    assert store.latest_profile("people") is None


def test_a_part_that_may_be_absent_is_left_out_by_name(dag, days, store):
    by_day(dag, days, store, numbers=(1, 2, 9), trigger_rule="all_done", absent=[{"day": "9"}])

    run = run_dag(dag)

    assert run.states["merge"] == "success"
    assert run.xcom("merge")["parts"] == 2


def test_parts_that_have_to_be_there_are_missed_by_name(dag, days, store, ended):
    by_day(dag, days, store, numbers=(1, 2), parts=["day=1", "day=2", "day=3"], on_failure_callback=ended)

    run_dag(dag)

    assert str(ended.context["exception"]).startswith("profile 'people': day=3 is missing beside 2 that are there.")


def test_a_gate_judges_a_merged_profile_without_its_rows(dag, days, store):
    contract = {"version": 1, "contract": "people", "columns": {"age": {"not_null": True, "null_share": {"fail": 0.1}}}}
    merge = by_day(dag, days, store)
    with dag:

        @task
        def lose():
            for path in days.iterdir():
                path.write_bytes(b"\xff\xff")

        gate = QualityGateOperator(task_id="gate", contract=contract, source=merge.output, store=str(store.root))
        named = QualityGateOperator(task_id="named", contract=contract, source="profile:people", store=str(store.root))
        merge >> lose() >> [gate, named]

    run = run_dag(dag)

    assert (run.states["gate"], run.states["named"]) == ("success", "success")
    assert run.xcom("gate", "quality_report")["rows"] == 180


def test_bins_that_nobody_took_fail_at_once(dag, days, store, ended):
    with dag:
        ProfileOperator(
            task_id="part",
            source=str(days),
            name="people",
            like="nobody",
            store=str(store.root),
            retries=2,
            on_failure_callback=ended,
        )

    run = run_dag(dag)

    assert run.tries["part"] == 1
    assert str(ended.context["exception"]) == (
        "like='nobody': there is no such profile yet. Take its bins first, with bins_only=True"
    )


# ---- the example ----


@pytest.fixture
def example(tmp_path_factory, monkeypatch):
    """Return the example DAG of days, on real flights and a store of its own."""
    folder = tmp_path_factory.mktemp("flights")
    monkeypatch.setenv("MLQUALITY_EXAMPLES_DATA", str(lay_out(folder)))
    monkeypatch.setenv("AIRFLOW__MLQUALITY__STORE", str(folder / "quality"))
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.delitem(sys.modules, "flights", raising=False)
    spec = importlib.util.spec_from_file_location("example_07", EXAMPLES / "07_partitions.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module.gate.dag
    sys.modules.pop("flights", None)


def test_the_example_of_days_measures_one_new_day_in_its_second_run(example):
    first = run_dag(example, {"day": CLEAN_DAY})
    second = run_dag(example, {"day": DIRTY_DAY})

    days = [[run.xcom("profile_day", map_index=n) for n in range(7)] for run in (first, second)]
    assert [day["unchanged"] for day in days[0]] == [False] * 7
    assert [(day["part"], day["unchanged"]) for day in days[1]] == [
        *((f"2013-07-{number}", True) for number in range(10, 16)),
        (CLEAN_DAY, False),
    ]
    assert first.xcom("merge_week")["rows"] == sum(day["rows"] for day in days[0])
    assert (first.states["gate"], first.states["publish"]) == ("success", "success")
    assert (second.states["gate"], second.states["publish"]) == ("success", "skipped")
