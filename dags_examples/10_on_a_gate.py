"""
# A DAG that starts when a gate passes

Whoever reports on approved flights starts when the gate of `01_gate` has passed, although that DAG does not know of
it. A watcher in the triggerer reads the history that every gate leaves in the store, and fires once for each run that
passed; ``on="failed"`` and ``on="recovered"`` start a DAG when it did not, or does again.

Trigger `01_gate` and wait a minute. On 17 July, which does not pass, nothing starts.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Asset, AssetWatcher, task

from airflow_mlquality.triggers import QualityEventTrigger

# [START watch]
passed = Asset(
    "gate_passed",
    watchers=[
        AssetWatcher(
            name="gate_of_01_gate",
            trigger=QualityEventTrigger(dag_id="01_gate", task_id="gate", on="passed", poke_interval=10),
        )
    ],
)
# [END watch]

with DAG("10_on_a_gate", schedule=[passed], doc_md=__doc__, tags=["mlquality"]):

    @task
    def report(triggering_asset_events: Any) -> list[dict[str, Any]]:
        """Say which run it was, and where its report lies."""
        told = [event.extra["payload"] for event in triggering_asset_events[passed]]
        for each in told:
            print(f"{each['run_id']}: {each['rows']} rows, {each['report']}")  # noqa: T201  into the task's log
        return told

    report()
