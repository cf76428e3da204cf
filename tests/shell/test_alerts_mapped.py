"""A storm in a real Airflow: one gate, mapped over two hundred sources that are all bad."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlquality.notifications import QualityWebhookNotifier
from airflow_mlquality.operators import QualityGateOperator
from tests.shell.receiver import Receiver
from tests.shell.runs import run_dag

INSTANCES = 200


@pytest.fixture
def receiver(tmp_path, monkeypatch):
    with Receiver(tmp_path / "receiver") as started:
        monkeypatch.setenv("AIRFLOW_CONN_CHAT", started.connection())
        yield started


@pytest.fixture
def sources(tmp_path):
    """Files of which each has a row that breaks the contract."""
    paths = [tmp_path / f"{number}.parquet" for number in range(INSTANCES)]
    for path in paths:
        pq.write_table(pa.table({"age": [20, 98765]}), path)
    return [str(path) for path in paths]


def test_two_hundred_failing_instances_of_a_mapped_gate_send_one_message(dag, receiver, contract, sources):
    with dag:
        QualityGateOperator.partial(
            task_id="gate",
            contract=contract,
            as_of="2026-03-01",
            notifiers=[QualityWebhookNotifier("chat", format="json", settling=0.0)],
        ).expand(source=sources)

    run = run_dag(dag)

    assert list(run.states.values()) == ["failed"] * INSTANCES
    (request,) = receiver.requests  # those that were refused would be here too
    message = request["body"]
    assert (message["change"], message["level"], message["stops"]) == ("bad", "fail", True)
    # Airflow runs them one after the other here, and a message says what is known when it is sent
    assert (message["instances_bad"], message["instances_known"], message["instances_of"]) == (1, 1, INSTANCES)
    assert "1 bad of 1 known so far, of 200 in all: " in message["text"]
    assert [trouble["id"] for trouble in message["troubles"]] == ["age.between"]
    assert "98765" not in json.dumps(message)


def test_each_gate_of_a_run_makes_a_message_of_its_own(dag, receiver, contract, sources):
    with dag:
        for name in ("arrived", "features"):
            QualityGateOperator(
                task_id=name,
                contract=contract,
                source=sources[0],
                as_of="2026-03-01",
                notifiers=[QualityWebhookNotifier("chat", format="json")],
            )

    run_dag(dag)

    told = sorted((message["task_id"], message["level"], message["instances_of"]) for message in receiver.messages)
    assert told == [("arrived", "fail", 0), ("features", "fail", 0)]
