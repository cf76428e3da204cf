"""
# Only the good partitions go on

A week's flights are judged day by day, each by an instance of a mapped gate. The days that keep the contract become
partitions of the asset `good_days`; a day that does not fails its instance, and never reaches anybody. The second DAG
runs once per good day. It looks again at what the event says of its quality, and goes on only where it is known to be
good: whoever else publishes `good_days`, without a gate, is not let through.

Trigger the first one: of the seven days until 17 July, whose air times came in seconds, six go on. Partitions that are
named while a DAG runs need Airflow 3.3.
"""

from __future__ import annotations

from airflow.sdk import DAG, Asset, Param, PartitionedAssetTimetable, PartitionedAtRuntime, task
from flights import DATA, LAST_MONTH

from airflow_mlquality.operators import QualityGateOperator, publish_good_partitions, require_quality

GOOD_DAYS = Asset("good_days")

with DAG(
    "17_only_good_partitions",
    schedule=PartitionedAtRuntime(),
    params={"until": Param("2013-07-17", type="string", format="date")},
    doc_md=__doc__,
    tags=["mlquality"],
):

    @task
    def week(params: dict[str, str]) -> list[str]:
        """Return the seven days that end with a day."""
        from datetime import date, timedelta

        return [str(date.fromisoformat(params["until"]) - timedelta(days=back)) for back in range(6, -1, -1)]

    @task
    def files(days: list[str]) -> list[str]:
        """Return the file of each day."""
        return [f"{DATA}/days/{day}.csv" for day in days]

    # [START partitions]
    days = week()
    gates = QualityGateOperator.partial(
        task_id="gate",
        contract="contracts/flights.yaml",
        sources={"planes": f"{DATA}/planes.csv"},
        reference=LAST_MONTH,
    ).expand(source=files(days))

    @task(outlets=[GOOD_DAYS], trigger_rule="all_done")
    def publish(days: list[str]) -> list[str]:
        """Publish the days whose gate let them go on."""
        return publish_good_partitions(GOOD_DAYS, gate="gate", keys=days)

    gates >> publish(days)
    # [END partitions]

with DAG(
    "17_per_good_day",
    schedule=PartitionedAssetTimetable(assets=GOOD_DAYS),
    doc_md=__doc__,
    tags=["mlquality"],
):
    # [START require]
    good = require_quality(GOOD_DAYS)
    # [END require]

    @task
    def learn(dag_run: object = None) -> str:
        """Stand for whatever learns from a day."""
        return str(getattr(dag_run, "partition_key", ""))

    good >> learn()
