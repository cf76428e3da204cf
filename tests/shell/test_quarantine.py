"""`QuarantineOperator` and what follows it, under a real Airflow."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest
from airflow.sdk import Asset

from airflow_mlquality.operators import QuarantineOperator, Sql, StageConservationOperator
from airflow_mlquality.quarantine import losses
from airflow_mlquality.store import Store
from tests.shell.conftest import CONTRACT
from tests.shell.runs import run_dag


@pytest.fixture
def outlets(tmp_path):
    return {"good": str(tmp_path / "out" / "good.parquet"), "bad": str(tmp_path / "out" / "bad.parquet")}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def quarantine(**options):
    return QuarantineOperator(**{"task_id": "quarantine", "contract": CONTRACT, "ceiling": 0.5, **options})


def test_rows_are_put_apart_and_the_stages_add_up(dag, bad, outlets, store, capfd):
    with dag:
        split = quarantine(source=bad, **outlets, store=str(store.root), outlets=[Asset("clean_people")])
        by_count = StageConservationOperator(
            task_id="by_count",
            source_in=bad,
            source_out=outlets["good"],
            dropped=split.output["lost_by_reason"],
            key="id",
        )
        by_rows = StageConservationOperator(
            task_id="by_rows", source_in=bad, source_out=outlets["good"], dropped={"bad": outlets["bad"]}, key="id"
        )
        split >> [by_count, by_rows]

    run = run_dag(dag)
    told = capfd.readouterr()

    assert set(run.states.values()) == {"success"}
    summary = run.xcom("quarantine")
    assert (summary["rows"], summary["kept"], summary["lost"]) == (3, 2, 1)
    assert run.xcom("quarantine", "lost_by_reason") == {"age.between": 1}
    assert pq.read_table(outlets["good"]).column("id").to_pylist() == [1, 3]
    assert pq.read_table(outlets["bad"]).column("quarantine_reasons").to_pylist() == [["age.between"]]
    assert [name for name, _ in run.events()] == ["clean_people"]
    (loss,) = losses(store, dag.dag_id, "quarantine")
    assert (loss.rows, loss.lost, loss.run_id, dict(loss.by_reason)) == (3, 1, run.run_id, {"age.between": 1})
    assert store.read_document(summary["document"])["kept"] == 2
    assert "people: 2 of 3 rows kept, 1 lost (33.33 %)" in told.out
    assert "98765" not in f"{told.out}{told.err}{run.rendered('quarantine')}"


def test_above_the_ceiling_the_task_fails_at_once_and_publishes_nothing(dag, bad, outlets, store):
    with dag:
        quarantine(
            source=bad, **outlets, store=str(store.root), ceiling=0.1, retries=2, outlets=[Asset("never_people")]
        )

    run = run_dag(dag)

    assert (run.states, run.tries) == ({"quarantine": "failed"}, {"quarantine": 1})
    assert "above the ceiling of 10 %" in run.xcom("quarantine")["stopped"]
    assert run.events() == []
    assert not (store.root.parent / "out").exists()
    (loss,) = losses(store, dag.dag_id, "quarantine")
    assert (loss.lost, bool(loss.stopped)) == (1, True)


def test_a_source_that_is_not_there_is_tried_again_and_a_wrong_call_is_not(dag, bad, tmp_path, outlets):
    with dag:
        quarantine(task_id="gone", source=str(tmp_path / "gone.csv"), **outlets, retries=1, retry_delay=0)
        quarantine(task_id="wrong", source=bad, **outlets, checks=["age.betwen"], retries=1, retry_delay=0)

    run = run_dag(dag)

    assert run.states == {"gone": "failed", "wrong": "failed"}
    assert run.tries == {"gone": 2, "wrong": 1}


def test_tables_behind_a_connection_are_put_apart_where_they_are(dag, postgres, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", postgres.uri)
    postgres.execute(
        "CREATE SCHEMA IF NOT EXISTS shop",
        "DROP TABLE IF EXISTS shop.people, shop.clean, shop.dirty",
        "CREATE TABLE shop.people AS SELECT n AS id, 100 + n AS age FROM generate_series(1, 20) n",
    )
    with dag:
        quarantine(source=Sql(conn_id="warehouse", table="shop.people"), good="shop.clean", bad="shop.dirty")

    run = run_dag(dag)

    assert run.states == {"quarantine": "success"}
    assert postgres.rows("SELECT COUNT(*), MAX(age) FROM shop.clean") == [(10, 110)]
    assert postgres.rows("SELECT DISTINCT quarantine_reasons FROM shop.dirty") == [("age.between",)]
