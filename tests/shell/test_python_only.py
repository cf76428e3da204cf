from __future__ import annotations

import random

import pytest

from airflow_mlquality.operators import (
    DriftCheckOperator,
    LabelPriorCheckOperator,
    PlausibilityCheckOperator,
    ProfileOperator,
    SchemaCheckOperator,
)
from tests.shell.runs import run_dag


def outcomes(run, task_id="check"):
    summary = run.xcom(task_id)
    return {verdict["id"]: verdict["outcome"] for verdict in summary["verdicts"]}


@pytest.fixture
def labelled(tmp_path):
    path = tmp_path / "labelled.csv"
    path.write_text("delayed\n" + "true\n" * 400 + "false\n" * 600)
    return str(path)


def ages(path, mean):
    draw = random.Random(7)  # noqa: S311  test data
    path.write_text("age\n" + "".join(f"{draw.gauss(mean, 10):.3f}\n" for _ in range(2000)))
    return str(path)


def test_a_schema_in_python_passes_what_fits(dag, good):
    with dag:
        SchemaCheckOperator(
            task_id="check",
            source=good,
            columns={"id": "integer", "age": "integer", "city": None},
            optional=["income"],
            extra_columns="fail",
        )

    run = run_dag(dag)

    assert run.states == {"check": "success"}
    assert run.xcom("check")["contract"] == "check"


def test_a_schema_in_python_stops_a_missing_and_an_extra_column(dag, good):
    with dag:
        SchemaCheckOperator(
            task_id="check",
            source=good,
            columns={"id": "integer", "age": "string", "income": "float"},
            extra_columns="warn",
        )

    run = run_dag(dag)

    assert run.states == {"check": "failed"}
    assert {"required_columns": "fail", "extra_columns": "warn"}.items() <= outcomes(run).items()


def test_values_in_python_pass_and_fail(dag, good, bad):
    checks = {
        "columns": {"age": {"between": {"min": 16, "max": 110}}},
        "rows": [{"id": "in_order", "rule": "id <= age"}],
        "table": {"row_count": {"fail": [1, 10]}},
    }
    with dag:
        PlausibilityCheckOperator(task_id="good", source=good, **checks)
        PlausibilityCheckOperator(task_id="bad", source=bad, **checks)

    run = run_dag(dag)

    assert run.states == {"bad": "failed", "good": "success"}
    assert outcomes(run, "bad") == {"age.between": "fail"}


def test_values_in_python_need_at_least_one_check(good):
    with pytest.raises(ValueError, match=r"check: nothing to check\. Give columns, rows or table"):
        PlausibilityCheckOperator(task_id="check", source=good)


def test_labels_in_python_pass_and_fail(dag, labelled):
    levels = {"warn": 0.05, "fail": 0.1, "missing_share": {"fail": 0.01}, "allowed": [True, False]}
    with dag:
        LabelPriorCheckOperator(
            task_id="good", source=labelled, column="delayed", expected={True: 0.4, False: 0.6}, **levels
        )
        LabelPriorCheckOperator(
            task_id="bad", source=labelled, column="delayed", expected={True: 0.1, False: 0.9}, **levels
        )

    run = run_dag(dag)

    assert run.states == {"bad": "failed", "good": "success"}
    assert list(outcomes(run, "bad").values()) == ["fail"]


def test_a_profile_is_kept_by_name_and_drift_is_found_against_it(dag, tmp_path):
    with dag:
        profile = ProfileOperator(task_id="profile", source=ages(tmp_path / "train.csv", 40), name="{{ dag.dag_id }}_t")
        same, moved = (
            DriftCheckOperator(
                task_id=name, source=ages(tmp_path / f"{name}.csv", mean), reference="{{ dag.dag_id }}_t", fail=0.25
            )
            for name, mean in (("same", 40), ("moved", 60))
        )
        profile >> [same, moved]

    run = run_dag(dag)

    assert run.states == {"moved": "failed", "profile": "success", "same": "success"}
    kept = run.xcom("profile")
    assert (kept["name"], kept["rows"], kept["columns"]) == (f"{dag.dag_id}_t", 2000, 1)
    assert kept["profile"].startswith("profiles/")


def test_without_a_reference_yet_drift_is_undecided_and_goes_on(dag, good):
    with dag:
        DriftCheckOperator(task_id="check", source=good, reference="nobody_took_it", columns=["age"])

    run = run_dag(dag)

    assert run.states == {"check": "success"}
    assert set(outcomes(run).values()) == {"undecided"}


def test_a_profile_of_a_source_that_cannot_be_read_fails(dag, tmp_path):
    with dag:
        ProfileOperator(task_id="profile", source=str(tmp_path / "no.csv"), name="nothing", retries=1, retry_delay=0)

    run = run_dag(dag)

    assert (run.states["profile"], run.tries["profile"]) == ("failed", 2)
