"""
# Bad rows aside

A delivery of a day's flights has a few bad rows: some air times in seconds, some flights twice. Instead of refusing the
whole day, its rows are put apart: those that keep `contracts/flights.yaml` go on, the others are kept beside them with
the checks that they break. What single rows do not show, such as drift, a gate on the good rows judges.

Trigger it with 16 July (the good rows are published), and with 17 July, of which every row is bad: that is no matter
of rows, so that the quarantine writes nothing and fails.
"""

from __future__ import annotations

from airflow.sdk import DAG, Asset, Param, task
from flights import CLEAN_DAY, DATA, LAST_MONTH, deliver_with_slips

from airflow_mlquality.operators import QualityGateOperator, QuarantineOperator

DELIVERED, GOOD, BAD = (
    f"{DATA}/{place}/{{{{ params.day }}}}.{end}"
    for place, end in (("in", "csv"), ("good", "parquet"), ("bad", "parquet"))
)

with DAG(
    "12_quarantine",
    schedule=None,
    params={"day": Param(CLEAN_DAY, type="string", format="date")},
    doc_md=__doc__,
    tags=["mlquality"],
):

    @task
    def deliver(params: dict[str, str]) -> str:
        """Stand for a feed that slips now and then."""
        return deliver_with_slips(params["day"])

    # [START quarantine]
    quarantine = QuarantineOperator(
        task_id="quarantine",
        contract="contracts/flights.yaml",
        source=DELIVERED,
        sources={"planes": f"{DATA}/planes.csv"},
        good=GOOD,
        bad=BAD,
        ceiling=0.05,
    )
    gate = QualityGateOperator(
        task_id="gate",
        contract="contracts/flights.yaml",
        source=GOOD,
        sources={"planes": f"{DATA}/planes.csv"},
        reference=LAST_MONTH,
        outlets=[Asset("good_flights")],
    )
    # [END quarantine]

    @task
    def losses() -> dict[str, float]:
        """Return what share of each day was lost so far, as a page of one's own would show it."""
        from airflow_mlquality.operators.settings import store_from_config
        from airflow_mlquality.quarantine import losses

        return {str(loss.at): loss.lost_share for loss in losses(store_from_config(), "12_quarantine", "quarantine")}

    deliver() >> quarantine >> gate >> losses()
