from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Asset, TaskGroup, task_group

from airflow_mlquality.operators import QualityBranchOperator
from tests.shell.runs import run_dag

RETRIES = {"retries": 2, "retry_delay": timedelta(0)}


def ways(dag, branch):
    """Put behind a branch: a model, a cautious one, a group of fallbacks, and their join."""
    with dag:
        with TaskGroup("fallback") as fallback:
            EmptyOperator(task_id="load") >> EmptyOperator(task_id="score")
        model, cautious = EmptyOperator(task_id="model"), EmptyOperator(task_id="cautious")
        join = EmptyOperator(task_id="join", trigger_rule="none_failed_min_one_success")
        branch >> [model, cautious, fallback] >> join


def branch_of(dag, contract, source, **options):
    with dag:
        branch = QualityBranchOperator(
            task_id="branch", contract=contract, source=source, if_pass="model", if_stop="fallback", **options
        )
    ways(dag, branch)


def followed(run):
    return [name for name, state in run.states.items() if state == "success" and name not in ("branch", "join")]


def test_good_data_takes_the_way_of_a_pass(dag, good, contract):
    branch_of(dag, contract, good, outlets=[Asset("branched_good")])

    run = run_dag(dag)

    assert followed(run) == ["model"]
    assert run.states["join"] == "success"
    assert run.xcom("branch") == "model"
    assert run.xcom("branch", "quality_report")["outcome"] == "pass"
    assert [name for name, _ in run.events()] == ["branched_good"]


def test_bad_data_takes_the_way_of_a_stop_even_into_a_task_group(dag, bad, contract):
    branch_of(dag, contract, bad, outlets=[Asset("branched_bad")])

    run = run_dag(dag)

    assert followed(run) == ["fallback.load", "fallback.score"]
    assert run.states["join"] == "success"
    assert run.xcom("branch") == "fallback"
    assert run.xcom("branch", "quality_report")["decision"] == "stop"
    assert run.events() == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [({"if_degraded": "cautious"}, ["cautious"]), ({}, ["fallback.load", "fallback.score"])],
)
def test_degraded_data_takes_its_own_way_or_that_of_a_stop(dag, bad, contract, options, expected):
    branch_of(dag, {**contract, "policy": {"fail": "degrade"}}, bad, **options)

    assert followed(run_dag(dag)) == expected


def test_several_tasks_may_follow(dag, good, contract):
    with dag:
        branch = QualityBranchOperator(
            task_id="branch", contract=contract, source=good, if_pass=["model", "cautious"], if_stop="fallback"
        )
    ways(dag, branch)

    run = run_dag(dag)

    assert followed(run) == ["cautious", "model"]
    assert run.xcom("branch") == ["model", "cautious"]


def test_an_error_is_retried_and_no_way_is_taken(dag, contract, tmp_path):
    branch_of(dag, contract, str(tmp_path / "no.csv"), **RETRIES)

    run = run_dag(dag)

    assert (run.states["branch"], run.tries["branch"]) == ("failed", 3)
    assert followed(run) == []


def test_an_error_takes_the_way_of_a_stop_when_told_to(dag, contract, tmp_path):
    branch_of(dag, contract, str(tmp_path / "no.csv"), on_error="if_stop", **RETRIES)

    run = run_dag(dag)

    assert run.tries["branch"] == 1
    assert followed(run) == ["fallback.load", "fallback.score"]


def test_ways_that_are_mapped_are_skipped_too(dag, bad, contract):
    with dag:
        branch = QualityBranchOperator(
            task_id="branch", contract=contract, source=bad, if_pass="model", if_stop="fallback"
        )
        branch >> EmptyOperator.partial(task_id="model").expand(doc=["a", "b"])
        branch >> EmptyOperator.partial(task_id="fallback").expand(doc=["a", "b"])

    run = run_dag(dag)

    assert run.states == {
        "branch": "success",
        "fallback[0]": "success",
        "fallback[1]": "success",
        "model[0]": "skipped",
        "model[1]": "skipped",
    }


def test_a_mapped_branch_fails_and_says_what_to_do(dag, good, bad, contract, ended):
    with dag:

        @task_group
        def day(source):
            branch = QualityBranchOperator(
                task_id="branch",
                contract=contract,
                source=source,
                if_pass="day.model",
                if_stop="day.fallback",
                on_failure_callback=ended,
                **RETRIES,
            )
            branch >> [EmptyOperator(task_id="model"), EmptyOperator(task_id="fallback")]

        day.expand(source=[good, bad])

    run = run_dag(dag)

    assert {state for name, state in run.states.items() if "branch" not in name} == {"upstream_failed"}
    assert run.tries["day.branch[0]"] == 1
    assert str(ended.context["exception"]) == (
        "day.branch is mapped, or in a mapped task group, where Airflow skips no branch: every branch would run. Put a "
        "QualityGateOperator with on_fail='skip_direct' before each way instead, or branch after the mapped part"
    )


def test_a_way_that_is_not_downstream_fails_with_a_hint(dag, good, contract, ended):
    with dag:
        branch = QualityBranchOperator(
            task_id="branch",
            contract=contract,
            source=good,
            if_pass="modell",
            if_stop="fallback",
            on_failure_callback=ended,
        )
    ways(dag, branch)

    run = run_dag(dag)

    assert followed(run) == []
    assert str(ended.context["exception"]) == (
        "branch 'modell' is not directly downstream of branch. Did you mean 'model'?"
    )


def test_an_unknown_word_is_refused_when_the_dag_is_parsed(good):
    with pytest.raises(ValueError, match=r"on_error='skip': takes one of fail, if_stop\."):
        QualityBranchOperator(task_id="branch", contract={}, source=good, if_pass="a", if_stop="b", on_error="skip")
