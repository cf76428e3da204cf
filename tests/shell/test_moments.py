"""Histories and references go by the moment of the data, under schedules, backfills and reruns."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from airflow.sdk import DAG

from airflow_mlquality.history import History
from airflow_mlquality.operators import QualityGateOperator
from airflow_mlquality.operators.settings import store_from_config
from tests.shell.runs import sync

START = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def daily(request, tmp_path):
    """A DAG of every day, whose gate reads the file of its day."""
    contract = {
        "version": 1,
        "contract": "days",
        "columns": {"x": {"between": {"min": 0, "max": 100}}},
        "drift": {"reference": "last_passed", "columns": ["x"], "fail": 0.25},
    }
    with DAG(request.node.name, schedule="@daily", start_date=START, catchup=False) as dag:
        QualityGateOperator(task_id="gate", contract=contract, source=str(tmp_path / "{{ ds }}.csv"))
    sync(dag)
    return dag


def lay(folder, day, values):
    (folder / f"2026-01-{day:02}.csv").write_text("x\n" + "".join(f"{value}\n" for value in values))


def run(dag, day):
    dag_run = dag.test(logical_date=datetime(2026, 1, day, tzinfo=UTC))
    states = {ti.task_id: str(ti.state) for ti in dag_run.get_task_instances()}
    return states["gate"], dag_run.run_id


def history(dag):
    return History(store_from_config(), dag.dag_id, "gate")


def test_a_backfilled_day_is_compared_with_the_day_before_it_and_stands_there(daily, tmp_path):
    lay(tmp_path, 5, range(50))
    lay(tmp_path, 6, range(50))
    lay(tmp_path, 9, range(50, 100))
    assert run(daily, 5)[0] == "success"
    daily_9 = run(daily, 9)

    assert run(daily, 6)[0] == "success"  # compared with the 5th; the 9th is another world

    moments = [each.at[:10] for each in history(daily).before()]
    assert moments == sorted(moments, reverse=True)
    assert len(moments) == 3
    assert daily_9[0] in ("success", "failed")
    report = store_from_config().read_report(next(history(daily).before(datetime(2026, 1, 8, tzinfo=UTC))).report)
    assert report.reference.source.endswith("2026-01-05.csv")


def test_the_moment_is_the_end_of_the_data_interval_and_not_the_clock(daily, tmp_path):
    lay(tmp_path, 5, range(10))
    run(daily, 5)

    found = next(history(daily).before())

    assert (found.since, found.at) == ("2026-01-04T00:00:00+00:00", "2026-01-05T00:00:00+00:00")


def test_a_run_without_a_data_interval_is_about_when_it_was_due(dag, contract, good):
    with dag:
        QualityGateOperator(task_id="gate", contract=contract, source=good)
    sync(dag)
    before = datetime.now(UTC)
    dag.test(logical_date=None)

    found = next(History(store_from_config(), dag.dag_id, "gate").before())

    assert abs((found.moment - before).total_seconds()) < 60


def test_a_gate_that_is_asked_about_a_moment_stands_there(dag, contract, good):
    with dag:
        QualityGateOperator(task_id="gate", contract=contract, source=good, as_of="2025-12-24T12:00:00+00:00")
    sync(dag)
    dag.test()

    found = next(History(store_from_config(), dag.dag_id, "gate").before())

    assert found.at == "2025-12-24T12:00:00+00:00"
