"""A real MLflow: aliases are pointed to what was chosen, and what the registry cannot tell is never trusted."""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import timedelta

import pytest

from airflow_mlquality.audit import audit, take_profile
from airflow_mlquality.contract import Contract
from airflow_mlquality.fallback import Record
from airflow_mlquality.hooks.mlflow import MlflowHook, ModelRef
from airflow_mlquality.hooks.web import NoAnswerError
from airflow_mlquality.operators import (
    AirflowVariable,
    Candidate,
    Condition,
    MlflowAlias,
    MlflowReady,
    ModelFallbackOperator,
    QualityGateOperator,
)
from airflow_mlquality.operators.endings import WrongUsage
from airflow_mlquality.operators.settings import store_from_config
from airflow_mlquality.operators.targets import UnservableError
from scripts.mlflow_server import Mlflow
from tests.servers import free_port
from tests.shell.runs import run_dag
from tests.shell.services import ModelService, connection

AGAIN = {"retries": 1, "retry_delay": timedelta(0)}


@pytest.fixture(scope="module")
def running():
    with Mlflow() as server:
        yield server


@pytest.fixture
def mlflow(running, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_MLFLOW_DEFAULT", connection(running.port, timeout=30))
    return running


@pytest.fixture
def model(mlflow, request):
    """A registered model with three versions, of that test's own."""
    name = re.sub(r"\W+", "-", request.node.name)
    mlflow.call("registered-models/create", {"name": name})
    for _ in range(3):
        mlflow.call("model-versions/create", {"name": name, "source": "s3://models/of-nobody"})
    return name


@pytest.fixture
def reports(good, bad, contract):
    """Addresses of a bad report and of a good one."""
    store = store_from_config()
    return [store.write_report(audit(Contract.of(contract), rows, store=store)) for rows in (bad, good)]


def chosen(ref):
    return Record(name="m", at="2026-01-01T00:00:00+00:00", run_id="r", candidate="c", ref=ref, reason="")


# ---- the hook ----


def test_an_alias_names_a_version_and_is_pointed_to_another(model):
    hook = MlflowHook()

    assert hook.alias(model, "champion") == ""
    assert hook.alias("nobody's", "champion") == ""
    hook.set_alias(model, "champion", "2")
    assert hook.alias(model, "champion") == "2"
    hook.set_alias(model, "champion", "3")
    hook.set_alias(model, "champion", "3")
    assert hook.alias(model, "champion") == "3"


def test_a_version_tells_its_status_and_its_tags(model):
    hook = MlflowHook()
    hook.set_tag(model, "2", "owner", "growth")

    version = hook.version(model, "2")

    assert version is not None
    assert (version.version, version.is_ready, version.tags) == ("2", True, {"owner": "growth"})
    assert hook.version(model, "9") is None
    assert hook.find(ModelRef.of(f"models:/{model}/1")).version == "1"
    assert hook.find(ModelRef.of(f"models:/{model}@nobody")) is None


def test_what_is_not_there_cannot_be_pointed_to(model):
    hook = MlflowHook()

    with pytest.raises(WrongUsage) as raised:
        hook.set_alias(model, "champion", "9")
    assert str(raised.value) == (
        f"MLflow (connection 'mlflow_default') knows no name '{model}', alias 'champion', version '9', or does not "
        "take such names. See the model's page in MLflow, and register the version first"
    )
    with pytest.raises(WrongUsage, match="register the version first"):
        hook.set_tag(model, "9", "owner", "growth")


@pytest.mark.usefixtures("mlflow")
def test_the_connection_is_tested_at_the_registry():
    name = "MLflow (connection 'mlflow_default')"

    assert MlflowHook().test_connection() == (True, f"{name} answers, and the registry may be read")


@pytest.mark.parametrize(
    "manner",
    [{"body": "<html>"}, {"body": "[1]"}, {"body": "{}"}, {"body": '{"model_version": {"tags": 1}}'}, {"status": 404}],
    ids=["html", "list", "empty", "odd", "absent"],
)
def test_what_is_no_mlflow_is_told_and_asked_again_by_a_retry(tmp_path, monkeypatch, manner):
    with ModelService(tmp_path) as service:
        service.manners(manner)
        monkeypatch.setenv("AIRFLOW_CONN_MLFLOW_DEFAULT", service.connection())

        with pytest.raises(NoAnswerError, match=r"does not answer as MLflow does .* without /api"):
            MlflowHook().alias("delays", "champion")
        is_well, _ = MlflowHook().test_connection()
        assert is_well is (manner.get("body") in ("{}", '{"model_version": {"tags": 1}}'))


def test_a_refusal_is_told_with_mlflows_own_code(tmp_path, monkeypatch):
    with ModelService(tmp_path) as service:
        service.manners({"status": 400, "body": json.dumps({"error_code": "FEATURE_DISABLED", "message": "secret"})})
        monkeypatch.setenv("AIRFLOW_CONN_MLFLOW_DEFAULT", service.connection())

        with pytest.raises(WrongUsage) as raised:
            MlflowHook().alias("delays", "champion")
    assert str(raised.value) == (
        "MLflow (connection 'mlflow_default') refuses registered-models/alias (400 FEATURE_DISABLED). See in MLflow "
        "whether that is allowed"
    )


# ---- references ----


def test_a_gate_is_compared_with_what_the_champion_was_trained_on(dag, model, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("x\n" + "".join(f"{n % 50}\n" for n in range(1_000)))
    moved = tmp_path / "moved.csv"
    moved.write_text("x\n" + "".join(f"{n % 50 + 40}\n" for n in range(1_000)))
    store = store_from_config()
    hook = MlflowHook()
    hook.set_tag(model, "1", "mlquality.profile", store.write_profile(model, take_profile(str(rows))))
    drift = {"version": 1, "contract": "served", "drift": {"columns": ["x"]}}
    with dag:
        for name, source in (("as_trained", rows), ("moved", moved)):
            QualityGateOperator(task_id=name, contract=drift, source=str(source), reference=f"{model}@champion")

    def outcomes():
        run = run_dag(dag)
        return [run.xcom(name)["outcome"] for name in ("as_trained", "moved")]

    assert outcomes() == ["undecided", "undecided"]
    hook.set_alias(model, "champion", "1")
    assert hook.training_profile(model, "champion").startswith("profiles/")
    assert outcomes() == ["pass", "fail"]


# ---- the target ----


def test_an_alias_is_pointed_once_and_not_again(model):
    target = MlflowAlias(model, "serving")

    assert [target.apply(chosen("2"), ""), target.apply(chosen("2"), ""), target.apply(chosen("1"), "")] == [
        True,
        False,
        True,
    ]
    assert MlflowHook().alias(model, "serving") == "1"


@pytest.mark.parametrize("ref", [None, True, "s3://models/7", "models:/another/1", 1.5])
def test_a_reference_that_is_no_version_is_told(model, ref):
    with pytest.raises(UnservableError, match="names no version of the model"):
        MlflowAlias(model, "serving").resolved(ref)


def test_a_candidate_must_not_name_itself(model):
    with pytest.raises(WrongUsage, match=r"would name itself\. Give the candidate an alias of its own"):
        MlflowAlias(model, "serving").resolved(f"models:/{model}@serving")


def fallback(dag, model, report, **options):
    models = [
        Candidate("champion", when=Condition(), ref=f"models:/{model}@champion"),
        Candidate("gone", ref=9),
        Candidate("previous", ref="1"),
    ]
    with dag:
        ModelFallbackOperator(
            task_id="choose",
            **{"candidates": models, "gates": [report], "target": MlflowAlias(model, "serving"), **options},
        )
    return dag


def test_the_serving_alias_follows_the_choice_through_what_other_aliases_name(dag, model, reports):
    hook = MlflowHook()
    hook.set_alias(model, "champion", "2")
    fallback(dag, model, "{{ dag_run.conf['report'] }}")

    left = [run_dag(dag, {"report": report}).xcom("choose") for report in (reports[1], reports[0])]

    assert [(each["name"], each["ref"]) for each in left] == [("champion", "2"), ("previous", "1")]
    assert left[1]["candidates"][1]["why_not"] == f"the model '{model}' has no version 9"
    assert hook.alias(model, "serving") == "1"
    assert hook.alias(model, "champion") == "2"


def test_a_version_that_is_not_ready_does_not_serve(dag, model, reports, mlflow):
    with sqlite3.connect(mlflow.folder / "registry.db", timeout=30) as registry:
        registry.execute(
            "UPDATE model_versions SET status = 'FAILED_REGISTRATION' WHERE name = ? AND version = 2", [model]
        )
    registry.close()
    models = [
        Candidate("champion", health=MlflowReady(model), ref=2),
        Candidate("unknown", health=MlflowReady(), ref=f"models:/{model}@unknown"),
        Candidate("odd", health=MlflowReady(), ref="s3://models"),
        Candidate("previous", health=MlflowReady(), ref=f"models:/{model}/1"),
    ]

    left = run_dag(fallback(dag, model, reports[1], candidates=models, target=None)).xcom("choose")

    assert left["name"] == "previous"
    assert [each["why_not"] for each in left["candidates"]] == [
        f"MLflow says that version 2 of '{model}' is FAILED_REGISTRATION",
        f"MLflow knows no alias unknown of the model '{model}'",
        "ref='s3://models' names no version of a model in MLflow",
        "",
    ]


def test_a_registry_that_is_down_promotes_nothing_and_the_rerun_is_right(
    dag, model, reports, ended, monkeypatch, mlflow
):
    hook = MlflowHook()
    hook.set_alias(model, "champion", "2")
    hook.set_alias(model, "serving", "3")
    fallback(dag, model, reports[1], on_failure_callback=ended, **AGAIN)

    monkeypatch.setenv("AIRFLOW_CONN_MLFLOW_DEFAULT", connection(free_port()))
    run = run_dag(dag)

    assert (run.states["choose"], run.tries["choose"]) == ("failed", 2)
    assert "no connection, asked 2 times. See that it runs and that this machine reaches it" in str(
        ended.context["exception"]
    )
    monkeypatch.setenv("AIRFLOW_CONN_MLFLOW_DEFAULT", connection(mlflow.port, timeout=30))
    assert hook.alias(model, "serving") == "3"
    assert run_dag(dag).xcom("choose")["state"] == "applied"
    assert hook.alias(model, "serving") == "2"


@pytest.mark.parametrize("retries", [0, 1])
def test_a_health_that_cannot_be_known_is_waited_for_and_then_not_trusted(dag, reports, monkeypatch, retries):
    monkeypatch.setenv("AIRFLOW_CONN_MLFLOW_DEFAULT", connection(free_port()))
    models = [Candidate("champion", health=MlflowReady("delays"), ref=2), Candidate("baseline")]
    key = f"mlflow_down_{retries}"
    options = {"candidates": models, "target": AirflowVariable(key), "retries": retries, "retry_delay": timedelta(0)}

    run = run_dag(fallback(dag, "delays", reports[1], **options))

    assert (run.states["choose"], run.tries["choose"]) == ("success", retries + 1)
    left = run.xcom("choose")
    assert left["name"] == "baseline"
    assert left["candidates"][0]["why_not"].startswith("its health is not known: MLflow (connection 'mlflow_default')")
