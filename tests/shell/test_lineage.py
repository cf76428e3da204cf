"""What OpenLineage is told: by our methods, and through its own listener."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from airflow.sdk import ObjectStoragePath

from airflow_mlquality.operators import QualityGateOperator, Sql
from airflow_mlquality.operators.lineage import dataset_name, lineage_of
from tests.shell.runs import run_dag


def facets(dag, ended, **gate):
    """Run a gate and return what it tells of itself, as JSON."""
    with dag:
        QualityGateOperator(task_id="gate", on_failure_callback=ended, on_success_callback=ended, **gate)
    run_dag(dag)
    task, ti = ended.context["task"], ended.context["ti"]
    return task.get_openlineage_facets_on_failure(ti), task.get_openlineage_facets_on_complete(ti)


@pytest.mark.parametrize("word", ["fail", "skip", "proceed"])
def test_a_gate_tells_what_it_found_however_it_acts(dag, bad, contract, ended, word):
    failed, completed = facets(dag, ended, contract=contract, source=bad, on_fail=word)

    assert failed == completed
    (dataset,) = completed.inputs
    assert (dataset.namespace, dataset.name) == ("file", bad)
    told = {each.name: each for each in dataset.inputFacets["dataQualityAssertions"].assertions}
    broken = told["age.between"]
    assert (broken.assertion, broken.success, broken.column, broken.severity) == ("between", False, "age", "error")
    assert (broken.expected, broken.actual) == ("0", "0.3333")
    metrics = dataset.inputFacets["dataQualityMetrics"]
    assert metrics.rowCount == 3
    assert metrics.columnMetrics["age"].nullCount == 0
    tests = {test.name: test.status for test in completed.run_facets["test"].tests}
    assert tests["age.between"] == "fail"
    assert set(tests.values()) == {"fail", "pass"}
    assert "98765" not in repr(completed)


def test_what_is_undecided_is_told_as_skipped_and_asserts_nothing(dag, good, ended):
    contract = {"version": 1, "contract": "p", "columns": {"income": {"optional": True, "not_null": True}}}

    _, told = facets(dag, ended, contract=contract, source=good, on_undecided="proceed")

    assert {test.name: test.status for test in told.run_facets["test"].tests}["income.not_null"] == "skip"
    assertions = told.inputs[0].inputFacets["dataQualityAssertions"].assertions
    assert "income.not_null" not in [each.name for each in assertions]


def test_a_gate_that_found_nothing_tells_nothing():
    told = lineage_of(None, "a.csv")

    assert (told.inputs, told.run_facets) == ([], {})


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/data/day.csv", ("file", "/data/day.csv")),
        (Path("/data/day.csv"), ("file", "/data/day.csv")),
        ("file:///data/day.csv", ("file", "/data/day.csv")),
        ("s3://conn@lake/days/day.parquet", ("s3://lake", "days/day.parquet")),
        ("gs://lake/day.parquet", ("gs://lake", "day.parquet")),
        (ObjectStoragePath("file:///data/day.csv"), ("file", "/data/day.csv")),
        ("profile:week", None),
        ({"a": [1]}, None),
        (None, None),
    ],
)
def test_a_data_set_is_named_by_the_rules_of_openlineage(source, name):
    assert dataset_name(source) == name


def test_a_table_is_named_by_its_database_and_a_query_not_at_all(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", "postgres://u:p@db.example.com:5433/shop")

    table = dataset_name(Sql(conn_id="warehouse", table='sales."orders"'))
    query = dataset_name(Sql(conn_id="warehouse", query="select 1"))

    assert table == ("postgres://db.example.com:5433", "shop.sales.orders")
    assert query is None


def test_openlineages_own_listener_gets_it_when_a_gate_passes_fails_and_skips_itself(good, bad, tmp_path):
    events = tmp_path / "events.jsonl"
    transport = {"type": "file", "log_file_path": str(events), "append": True}
    environment = {
        **os.environ,
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(transport),
        "AIRFLOW__OPENLINEAGE__DISABLED": "False",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    script = str(Path(__file__).with_name("lineage_run.py"))

    done = subprocess.run(
        [sys.executable, script, good, bad], env=environment, capture_output=True, text=True, check=False, timeout=300
    )

    assert done.returncode == 0, done.stderr[-3000:]
    ends: dict[str, dict] = {}
    for line in events.read_text().splitlines():
        event = json.loads(line)
        if event["eventType"] in ("COMPLETE", "FAIL") and "." in event["job"]["name"]:
            ends[event["job"]["name"].split(".")[1]] = event
    found = {
        name: (
            event["eventType"],
            event["inputs"][0]["name"],
            sorted(test["status"] for test in event["run"]["facets"]["test"]["tests"]),
        )
        for name, event in ends.items()
    }
    assert found == {
        "passes": ("COMPLETE", good, ["pass", "pass", "pass"]),
        "fails": ("FAIL", bad, ["fail", "pass", "pass"]),
        "skips": ("COMPLETE", bad, ["fail", "pass", "pass"]),
    }
    assertions = ends["fails"]["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [each["column"] for each in assertions if not each["success"]] == ["age"]
