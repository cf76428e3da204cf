"""DAGs for the tests of faults: something is killed or gone in the midst of each."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, BaseNotifier, Context

from airflow_mlquality.operators import QualityGateOperator, Sql
from airflow_mlquality.sensors import QualitySensor

DATA = os.environ["MLQUALITY_EXAMPLES_DATA"] + "/faults"
CONTRACT = {"version": 1, "contract": "people", "columns": {"age": {"between": {"min": 16, "max": 110}}}}
RETRY = {"retries": 2, "retry_delay": timedelta(seconds=1)}


class KillsItsWorker(BaseNotifier):
    """Ends the process once, after it has judged and before it acts."""

    every_run = True

    def notify(self, context: Context) -> None:
        """Die like a worker that runs out of memory."""
        done = Path(DATA) / f"{context['ti'].dag_id} was killed"
        if not done.exists():
            done.touch()
            os.kill(os.getpid(), signal.SIGKILL)


for name in ("good", "bad"):
    with DAG(f"killed_{name}", schedule=None):
        QualityGateOperator(
            task_id="gate",
            contract=CONTRACT,
            source=f"{DATA}/{name}.csv",
            on_fail="skip",
            notifiers=[KillsItsWorker()],
            outlets=[Asset(f"killed_{name}")],
            **RETRY,
        ) >> EmptyOperator(task_id="promote")

with DAG("two_at_once", schedule=None):
    QualityGateOperator(
        task_id="gate", contract=CONTRACT, source=f"{DATA}/good.csv", as_of="2026-01-01T00:00:00+00:00",
        outlets=[Asset("two_at_once")],
    ) >> EmptyOperator(task_id="promote")  # fmt: skip

with DAG("waits", schedule=None):
    QualitySensor(
        task_id="wait", contract=CONTRACT, source=f"{DATA}/late.csv", deferrable=True, poke_interval=10, timeout=600
    ) >> EmptyOperator(task_id="go_on")

with DAG("database", schedule=None):
    slow = "select p.age from people p, (select pg_sleep(case when s.slow then 60 else 0 end) from speed s) as pause"
    QualityGateOperator(
        task_id="gate", contract=CONTRACT, source=Sql(conn_id="warehouse", query=slow), outlets=[Asset("database")],
        **RETRY,
    ) >> EmptyOperator(task_id="promote")  # fmt: skip
