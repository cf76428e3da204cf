"""Many instances of a mapped gate make one message."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from airflow.sdk import task, task_group

from airflow_mlquality.history import History
from airflow_mlquality.notifications import QualityWebhookNotifier
from airflow_mlquality.operators import QualityGateOperator
from airflow_mlquality.operators.settings import store_from_config
from tests.shell.receiver import Receiver
from tests.shell.runs import run_dag


@pytest.fixture
def receiver(tmp_path, monkeypatch):
    with Receiver(tmp_path / "receiver") as started:
        monkeypatch.setenv("AIRFLOW_CONN_CHAT", started.connection())
        yield started


def test_two_hundred_instances_that_fail_at_once_in_four_processes_send_one_message(receiver, tmp_path):
    script = Path(__file__).with_name("storm.py")
    workers = [
        subprocess.Popen(
            [sys.executable, str(script), str(tmp_path), str(first), "50", "4"], stderr=subprocess.PIPE, text=True
        )
        for first in range(0, 200, 50)
    ]
    for worker in workers:
        _, error = worker.communicate(timeout=180)
        assert worker.returncode == 0, error

    (message,) = receiver.requests
    alert = message["body"]
    assert (alert["change"], alert["level"], alert["instances_bad"]) == ("bad", "fail", 200)
    assert len(alert["instances"]) == 10
    assert "200 bad of 200 known so far: " in alert["text"]
    assert " and 190 more; further ones are on the page" in alert["text"]
    assert [(trouble["id"], trouble["instances"]) for trouble in alert["troubles"]] == [("age.between", 200)]


class Mapped:
    """A gate mapped over files, told of about one day after the other."""

    def __init__(self, dag, contract, folder) -> None:
        self.dag, self.folder = dag, folder
        notifier = QualityWebhookNotifier(
            "chat", format="json", settling=0.0, retries=0, timeout=2.0, cooldown=timedelta(0)
        )
        with dag:
            files = task(lambda params: params["files"], task_id="files")()

            @task_group
            def day(source):
                gate = QualityGateOperator(
                    task_id="gate",
                    contract=contract,
                    source=source,
                    as_of="{{ dag_run.conf.day }}",
                    on_fail="skip",
                    notifiers=[notifier],
                )
                gate >> task(lambda: None, task_id="train")()

            day.expand(source=files)
        dag.params["files"] = []

    def run(self, day, *ages):
        paths = []
        for number, age in enumerate(ages):
            path = self.folder / f"{number}.csv"
            path.write_text(f"age\n20\n{age}\n")
            paths.append(str(path))
        return run_dag(self.dag, {"files": paths, "day": f"2026-03-{day:02d}"})

    def order_of(self, day, instances):
        """Return the instances of a day in the order in which they were judged."""
        store, at = store_from_config(), datetime(2026, 3, day, tzinfo=UTC)
        runs = {
            number: next(
                run for run in History(store, self.dag.dag_id, "day.gate", number).before() if run.moment == at
            )
            for number in range(instances)
        }
        return sorted(runs, key=lambda number: runs[number].written_at)


def test_the_instances_of_a_mapped_gate_make_one_message_and_one_recovery(dag, receiver, contract, tmp_path):
    gate = Mapped(dag, contract, tmp_path)

    run = gate.run(1, 30, 98765, 30, 98765)
    gate.run(2, 98765, 30, 30)
    gate.run(3, 30, 30, 30)
    gate.run(4, 30, 30)

    assert run.states["day.train[1]"] == "skipped"
    assert [(each["change"], each["at"][:10]) for each in receiver.messages] == [
        ("bad", "2026-03-01"),
        ("recovered", "2026-03-03"),
    ]
    order = gate.order_of(1, 4)  # Airflow runs instances in any order
    first_bad = next(number for number in order if number in (1, 3))
    known = [each["instances_known"] for each in receiver.messages]
    assert known == [order.index(first_bad) + 1, 3]
    assert receiver.messages[0]["page"].endswith(f"/{first_bad}/report")
    assert receiver.messages[1]["instances"] == []
