"""
# Where did the rows go?

A pipeline drops rows at every step: bad ones by a quarantine, cancelled flights by a filter. Each step accounts for its
rows: what went in came out or was dropped for a reason, no flight was lost in silence, doubled or invented, and the
miles add up. The report of each step has the numbers.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param, task
from flights import CLEAN_DAY, DATA, deliver_with_slips, drop_cancelled

from airflow_mlquality.operators import QuarantineOperator, StageConservationOperator

with DAG(
    "14_stage_accounting",
    schedule=None,
    params={"day": Param(CLEAN_DAY, type="string", format="date")},
    doc_md=__doc__,
    tags=["mlquality"],
):

    @task
    def deliver(params: dict[str, str]) -> str:
        """Stand for a feed that slips now and then."""
        return deliver_with_slips(params["day"])

    @task
    def flown(path: str, params: dict[str, str]) -> dict[str, str]:
        """Drop cancelled flights; return where the others lie, and where those that were dropped do."""
        return drop_cancelled(path, params["day"])

    delivered = deliver()
    # [START accounting]
    clean = QuarantineOperator(
        task_id="clean",
        contract="contracts/flights.yaml",
        source=delivered,
        sources={"planes": f"{DATA}/planes.csv"},
        good=f"{DATA}/clean/{{{{ params.day }}}}.parquet",
        bad=f"{DATA}/dirty/{{{{ params.day }}}}.parquet",
    )
    cleaned = StageConservationOperator(
        task_id="cleaned_adds_up",
        source_in=delivered,
        source_out=f"{DATA}/clean/{{{{ params.day }}}}.parquet",
        dropped=clean.output["lost_by_reason"],
    )
    departed = flown(f"{DATA}/clean/{{{{ params.day }}}}.parquet")
    accounted = StageConservationOperator(
        task_id="flown_adds_up",
        source_in=f"{DATA}/clean/{{{{ params.day }}}}.parquet",
        source_out=departed["flown"],
        dropped={"cancelled": departed["cancelled"]},
        sums=["distance"],
    )
    # [END accounting]
    clean >> cleaned >> departed
