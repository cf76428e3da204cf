"""Spark as the source of an operator: by connection, by a function, and what is wrong with a connection."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlquality.errors import UsageError
from airflow_mlquality.operators import QualityGateOperator, Spark
from airflow_mlquality.operators.spark import _opener
from tests.shell.runs import run_dag


def connection(monkeypatch: pytest.MonkeyPatch, **parts: Any) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_LAKE", json.dumps(parts))


@pytest.fixture
def ages(tmp_path):
    path = tmp_path / "ages.parquet"
    pq.write_table(pa.table({"id": [1, 2, 3], "age": [30, 98765, 31], "city": ["Oslo", "Rome", "Oslo"]}), path)
    return str(path)


def test_a_gate_measures_what_a_connection_reaches_and_leaves_a_running_session_alone(
    dag, spark, ages, contract, monkeypatch
):
    connection(monkeypatch, conn_type="spark", host="local[2]", extra={"queue": "root.default"})
    with dag:
        QualityGateOperator(
            task_id="gate", contract=contract, source=Spark(conn_id="lake", path="{{ dag.params.get('x', '') }}" + ages)
        )

    run = run_dag(dag)

    assert run.states == {"gate": "failed"}
    assert run.xcom("gate")["verdicts"][0]["reason"] == (
        "share of rows with 'age' outside [16, 110] is 0.3333 (1 of 3 rows), above fail 0"
    )
    assert run.rendered("gate")["source"] == f"Spark(conn_id='lake', path='{ages}', format='parquet')"
    assert spark.sql("SELECT 1").collect()[0][0] == 1


def test_a_function_that_opens_the_session_takes_the_place_of_a_connection(dag, spark, ages, contract):
    with dag:
        QualityGateOperator(
            task_id="gate",
            contract=contract,
            source=Spark(session=lambda: spark, query=f"TABLE parquet.`{ages}`"),
        )

    run = run_dag(dag)

    assert run.states == {"gate": "failed"}
    assert run.rendered("gate")["source"] == "Spark(session=…, query=…)"


@pytest.mark.usefixtures("spark")
def test_another_cluster_than_the_one_of_this_process_is_an_error_and_is_not_read(dag, ages, contract, monkeypatch):
    connection(monkeypatch, conn_type="spark", host="spark://elsewhere", port=7077)
    with dag:
        QualityGateOperator(task_id="gate", contract=contract, source=Spark(conn_id="lake", path=ages), retries=0)

    run = run_dag(dag)

    assert run.states == {"gate": "failed"}
    assert run.xcom("gate")["verdicts"][0]["reason"] == (
        "source lake: this process works with the Spark at 'local[2]' already, and cannot with that at "
        "'spark://elsewhere:7077'. Measure in a task of its own, or use Spark Connect"
    )


@pytest.mark.parametrize(
    ("parts", "master"),
    [
        ({"conn_type": "spark", "host": "local[*]"}, "local[*]"),
        ({"conn_type": "spark", "host": "yarn"}, "yarn"),
        ({"conn_type": "spark", "host": "spark://head", "port": 7077}, "spark://head:7077"),
        ({"conn_type": "spark", "host": "head", "port": 7077}, "spark://head:7077"),
        ({"conn_type": "k8s", "host": "https://api", "port": 443}, "k8s://https://api:443"),
        ({"conn_type": "spark"}, "local[*]"),
    ],
)
def test_the_master_is_that_of_the_connection(parts, master, monkeypatch):
    connection(monkeypatch, **parts)

    assert _opener("lake", "").master == master


def test_settings_of_the_connection_become_those_of_the_session(monkeypatch):
    extra = {"queue": "night", "spark.executor.memory": "4g", "spark.eventLog.enabled": True, "deploy-mode": "client"}
    connection(monkeypatch, conn_type="spark", host="yarn", extra=extra)

    assert dict(_opener("lake", "").settings) == {
        "spark.yarn.queue": "night",
        "spark.executor.memory": "4g",
        "spark.eventLog.enabled": "true",
    }


def test_a_connection_to_connect_becomes_its_url_which_is_never_shown(monkeypatch):
    connection(monkeypatch, conn_type="spark_connect", host="connect", port=15002, password="s3cret", login="ann")

    opener = _opener("lake", "")

    assert opener.url == "sc://connect:15002/;user_id=ann;token=s3cret"
    assert "s3cret" not in repr(opener)
    assert opener == _opener("lake", "another task")


def test_a_connection_that_is_not_there_or_of_another_kind_is_wrong_usage(monkeypatch):
    connection(monkeypatch, conn_type="postgres", host="db")

    with pytest.raises(UsageError) as refused:
        _opener("lake", "")
    with pytest.raises(UsageError) as unknown:
        _opener("nowhere", "")

    assert str(refused.value) == (
        "connection 'lake' is of type 'postgres', which gives no Spark session. Install "
        "apache-airflow-providers-apache-spark, and name a connection of type spark or spark_connect"
    )
    assert str(unknown.value) == (
        "connection 'nowhere' is not defined. Add it under Admin, Connections, or name another"
    )


@pytest.mark.parametrize("what", [{}, {"table": "a", "path": "b"}])
def test_one_of_table_path_and_query_is_named(what):
    with pytest.raises(ValueError, match=r"name a table, a path, or give a query, one of the three"):
        Spark(**what)
