"""Tables behind Airflow connections as the source of every operator, under a real Airflow and on real databases."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import threading
import time
from datetime import timedelta

import pytest

from airflow_mlquality.operators import ProfileOperator, QualityGateOperator, Sql
from airflow_mlquality.operators.locations import located
from tests.shell.runs import run_dag

CONTRACT = {"version": 1, "contract": "people", "columns": {"age": {"between": {"min": 16, "max": 110}}}}
SLOW = "SELECT n AS age, pg_sleep(0.03)::text AS slept FROM generate_series(20, 90) n, generate_series(1, 30) m"
SLOW_CONTRACT = {"version": 1, "contract": "slow", "columns": {"slept": {"not_null": True}}}


@pytest.fixture
def warehouse(postgres, monkeypatch):
    """An Airflow connection to a PostgreSQL with a good and a bad table."""
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", postgres.uri)
    postgres.execute(
        "CREATE SCHEMA IF NOT EXISTS analytics",
        "DROP TABLE IF EXISTS analytics.good, analytics.bad, analytics.towns",
        "CREATE TABLE analytics.good AS SELECT n AS id, 20 + n AS age, 'Oslo' AS city FROM generate_series(1, 5) n",
        "CREATE TABLE analytics.bad AS SELECT n AS id, 98765 AS age, 'Rome' AS city FROM generate_series(1, 5) n",
        "CREATE TABLE analytics.towns AS SELECT 'Oslo' AS name",
    )
    return postgres


@pytest.fixture
def file(tmp_path, monkeypatch):
    """An Airflow connection to an SQLite with a good table."""
    path = tmp_path / "people.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE people (id INTEGER, age INTEGER, city TEXT)")
    connection.executemany("INSERT INTO people VALUES (?, ?, ?)", [(n, 20 + n, f"day {n % 2}") for n in range(10)])
    connection.commit()
    connection.close()
    monkeypatch.setenv("AIRFLOW_CONN_FILE", json.dumps({"conn_type": "sqlite", "host": str(path)}))
    return path


@pytest.fixture
def shop(mariadb, monkeypatch):
    """An Airflow connection to a MariaDB with a good table."""
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", mariadb.uri)
    mariadb.execute(
        "DROP TABLE IF EXISTS people", "CREATE TABLE people (age int)", "INSERT INTO people VALUES (20), (21)"
    )
    return mariadb


# ---- in a DAG ----


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        (Sql(conn_id="warehouse", table="analytics.good"), 5),
        (Sql(conn_id="warehouse", query="SELECT age FROM analytics.good WHERE city LIKE '%s%'"), 5),
        (Sql(conn_id="file", table="people"), 10),
        (Sql(conn_id="shop", table="people"), 2),
    ],
    ids=["postgres table", "postgres query", "sqlite", "mariadb"],
)
@pytest.mark.usefixtures("warehouse", "file", "shop")
def test_a_gate_judges_rows_where_the_database_keeps_them(dag, source, rows):
    with dag:
        QualityGateOperator(task_id="gate", contract=CONTRACT, source=source)

    run = run_dag(dag)

    assert run.states == {"gate": "success"}
    assert (run.xcom("gate")["outcome"], run.xcom("gate")["rows"]) == ("pass", rows)


@pytest.mark.usefixtures("warehouse")
def test_names_and_queries_are_templates_and_a_query_is_never_shown(dag):
    with dag:
        QualityGateOperator(
            task_id="table",
            contract=CONTRACT,
            source=Sql(conn_id="ware{{ 'house' }}", table="analytics.{{ 'good' }}"),
            partition={"id": "{{ 2 + 1 }}"},
        )
        QualityGateOperator(
            task_id="query",
            contract=CONTRACT,
            source=Sql(conn_id="warehouse", query="SELECT age FROM analytics.good WHERE city = '{{ 'Oslo' }}'"),
        )

    run = run_dag(dag)

    assert [run.xcom(task)["rows"] for task in ("table", "query")] == [1, 5]
    assert run.rendered("table")["source"] == "Sql(conn_id='warehouse', table='analytics.good')"
    assert run.rendered("query")["source"] == "Sql(conn_id='warehouse', query=…)"


@pytest.mark.usefixtures("file")
def test_every_instance_of_a_mapped_gate_has_a_partition_of_its_own(dag):
    with dag:
        QualityGateOperator.partial(
            task_id="gate", contract=CONTRACT, source=Sql(conn_id="file", table="people")
        ).expand(partition=[{"city": "day 0"}, {"city": "day 1"}, {"city": "day 2"}])

    run = run_dag(dag)

    assert run.states == {"gate[0]": "success", "gate[1]": "success", "gate[2]": "failed"}
    assert [run.xcom("gate", map_index=n)["rows"] for n in range(3)] == [5, 5, 0]


@pytest.mark.usefixtures("file")
def test_a_gate_may_be_mapped_over_tables(dag):
    with dag:
        QualityGateOperator.partial(task_id="gate", contract=CONTRACT).expand(
            source=[Sql(conn_id="file", table=name) for name in ("people", "peple")]
        )

    run = run_dag(dag)

    assert run.states == {"gate[0]": "success", "gate[1]": "failed"}
    assert "Did you mean 'people'?" in run.xcom("gate", map_index=1)["verdicts"][0]["reason"]


@pytest.mark.usefixtures("warehouse")
def test_a_table_is_a_reference_and_a_related_source_too(dag):
    drift = {"drift": {"columns": ["age"], "warn": 0.5, "fail": 1.0}}
    related = {**CONTRACT, "columns": {"city": {"relationships": {"to": "towns", "column": "name"}}}}
    with dag:
        QualityGateOperator(
            task_id="drift",
            contract={"version": 1, "contract": "people", **drift, "policy": {"undecided": {"too_small": "proceed"}}},
            source=Sql(conn_id="warehouse", table="analytics.good"),
            reference=Sql(conn_id="warehouse", table="analytics.bad"),
        )
        for name, source in {
            "named": Sql(conn_id="warehouse", table="analytics.towns"),
            "plain": "analytics.towns",
        }.items():
            QualityGateOperator(
                task_id=name,
                contract=related,
                source=Sql(conn_id="warehouse", table="analytics.bad"),
                sources={"towns": source},
                retries=0,
            )

    run = run_dag(dag)

    assert "drift.age" in {verdict["id"] for verdict in run.xcom("drift")["verdicts"]}
    assert "no_reference" not in json.dumps(run.xcom("drift"))
    assert [run.states[name] for name in ("named", "plain")] == ["failed", "failed"]
    for name in ("named", "plain"):
        (verdict,) = [each for each in run.xcom(name)["verdicts"] if each["id"] == "city.relationships"]
        assert verdict["outcome"] == "fail"


@pytest.mark.usefixtures("warehouse")
def test_a_profile_of_a_table_is_the_reference_of_a_file(dag, good):
    contract = {"version": 1, "contract": "people", "drift": {"columns": ["age"], "warn": 5, "fail": 9}}
    with dag:
        profile = ProfileOperator(
            task_id="profile", source=Sql(conn_id="warehouse", table="analytics.good"), name="people_there"
        )
        gate = QualityGateOperator(task_id="gate", contract=contract, source=good, reference="people_there")
        profile >> gate

    run = run_dag(dag)

    assert run.states == {"gate": "success", "profile": "success"}
    assert run.xcom("profile")["rows"] == 5


# ---- wrong calls ----


def test_a_source_is_a_table_or_a_query():
    for wrong in ({}, {"table": "a", "query": "SELECT 1"}):
        with pytest.raises(ValueError, match="name a table, or give a query, one of the two"):
            Sql(conn_id="warehouse", **wrong)


def test_a_wrong_connection_is_named_and_not_tried_again(dag, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_NO_DATABASE", "http://127.0.0.1")
    with dag:
        for name in ("nowhere", "no_database"):
            QualityGateOperator(task_id=name, contract=CONTRACT, source=Sql(conn_id=name, table="people"), retries=2)

    run = run_dag(dag)

    assert run.states == {"no_database": "failed", "nowhere": "failed"}
    assert run.tries == {"no_database": 1, "nowhere": 1}


@pytest.mark.parametrize(
    ("uri", "dialect"),
    [
        ("postgres://u@h/d", "postgres"),
        ("postgres://u@h/d?redshift=true", "redshift"),
        ("mysql://u@h/d", "mysql"),
        ("sqlite:///x.db", "sqlite"),
    ],
)
def test_the_connection_tells_which_database_it_is(monkeypatch, uri, dialect):
    monkeypatch.setenv("AIRFLOW_CONN_SOME", uri)
    source = located(Sql(conn_id="some", table="people"), "asked")

    assert (source.dialect, source.name, source.comment) == (dialect, "some", "asked")
    assert located(Sql(conn_id="some", table="people", dialect="trino")).dialect == "trino"


# ---- killed ----


def running(server):
    """Return the statements of ours that the server is at."""
    return server.rows(
        "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '/* mlquality%pg_sleep(0.03)%'"
    )


def until(happens, seconds=30.0):
    """Wait until something happens."""
    deadline = time.monotonic() + seconds
    while not (found := happens()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    return found


def test_a_task_that_takes_too_long_leaves_no_statement_behind(dag, warehouse):
    with dag:
        QualityGateOperator(
            task_id="gate",
            contract=SLOW_CONTRACT,
            source=Sql(conn_id="warehouse", query=SLOW),
            execution_timeout=timedelta(seconds=3),
        )

    run = run_dag(dag)

    assert run.states == {"gate": "failed"}
    assert run.xcom("gate", "quality_report") is None
    until(lambda: not running(warehouse), 5)


@pytest.fixture
def _terminable():
    """A process that outlives SIGTERM; Airflow's runner of tasks sets a handler of its own in it."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("_terminable")
def test_a_task_that_airflow_kills_leaves_no_statement_behind_and_decides_nothing(dag, warehouse, ended):
    """Airflow's own runner of tasks gets the signal, calls `on_kill`, and the task ends as a failure."""
    with dag:
        QualityGateOperator(
            task_id="gate",
            contract=SLOW_CONTRACT,
            source=Sql(conn_id="warehouse", query=SLOW),
            on_error="proceed",  # and yet a kill is no verdict
            on_failure_callback=ended,
        )

    def kill():
        until(lambda: running(warehouse))
        os.kill(os.getpid(), signal.SIGTERM)

    killer = threading.Thread(target=kill)
    killer.start()
    run = run_dag(dag)
    killer.join()

    assert run.states == {"gate": "failed"}
    assert str(ended.context["exception"]) == (
        "measuring was stopped before its end: nothing is judged, nothing is decided"
    )
    assert run.xcom("gate", "quality_report") is None
    assert running(warehouse) == []
