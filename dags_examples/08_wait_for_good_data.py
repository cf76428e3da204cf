"""
# Waiting until the data is good

A supplier delivers a day's flights with air times in seconds, is told so, and delivers it again half a minute later. A
sensor for the file would have let the first delivery through. `wait` measures it, says in its log and report what is
wrong, and goes to sleep: the triggerer watches the file, which costs no worker, and wakes the task when it changed.

Trigger it, and look at the reports of `wait`: one for the bad delivery, one for the good one. What was measured once
is not measured again.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, task
from flights import CLEAN_DAY, DATA, LAST_MONTH

from airflow_mlquality.sensors import QualitySensor

DELIVERED = f"{DATA}/inbox/{{{{ run_id }}}}/flights.csv"

with DAG(
    "08_wait_for_good_data",
    schedule=None,
    default_args={"retries": 1, "retry_delay": timedelta(seconds=5)},  # bad data is waited out; workers may die
    doc_md=__doc__,
    tags=["mlquality"],
):

    def place(source: str, target: str) -> None:
        """Put a whole file where somebody waits for it; never half of one."""
        from pathlib import Path

        path = Path(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half")
        half.write_bytes(Path(source).read_bytes())
        half.replace(path)

    @task(templates_dict={"target": DELIVERED})
    def deliver(templates_dict: dict[str, str]) -> None:
        """Deliver a day whose air times are in seconds."""
        place(f"{DATA}/days/2013-07-17.csv", templates_dict["target"])

    @task(templates_dict={"target": DELIVERED})
    def deliver_again(templates_dict: dict[str, str]) -> None:
        """Deliver what was wanted, later."""
        import time

        time.sleep(30)
        place(f"{DATA}/days/{CLEAN_DAY}.csv", templates_dict["target"])

    # [START wait]
    wait = QualitySensor(
        task_id="wait",
        contract="contracts/flights.yaml",
        source=DELIVERED,
        sources={"planes": f"{DATA}/planes.csv"},
        reference=LAST_MONTH,
        deferrable=True,
        poke_interval=10,  # in production minutes
        timeout=timedelta(hours=2),
        soft_fail=True,  # a day that never became good is skipped; a wrong contract fails all the same
    )
    # [END wait]

    @task
    def train(summary: dict[str, object]) -> object:
        """Stand for whatever uses the day."""
        return summary["rows"]

    deliver() >> [wait, deliver_again()]
    train(wait.output)
