"""
# Ask a person

When a day's flights do not keep the contract, nobody has to choose today between stopping everything and letting it
pass: the task waits, without a worker, and somebody decides under *Required actions*. The question shows the report.
*Approve* scores the day with the model, *Use fallback* with the carriers' averages, *Stop* scores nothing. When nobody
answers within an hour, the fallback serves. Who decided stands in the XCom `quality_approval` and beside the report.

Trigger it with 16 July (nobody is asked), and with 17 July, whose air times came in seconds.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Asset, Param, task
from flights import CLEAN_DAY, DATA, LAST_MONTH

from airflow_mlquality.operators import QualityApprovalOperator

with DAG(
    "16_ask_a_human",
    schedule=None,
    params={"day": Param(CLEAN_DAY, type="string", format="date")},
    doc_md=__doc__,
    tags=["mlquality"],
):
    # [START approval]
    ask = QualityApprovalOperator(
        task_id="ask",
        contract="contracts/flights.yaml",
        source=f"{DATA}/days/{{{{ params.day }}}}.csv",
        sources={"planes": f"{DATA}/planes.csv"},
        reference=LAST_MONTH,
        ask_on=["fail"],
        if_fallback="score_with_averages",
        default="fallback",
        response_timeout=timedelta(hours=1),
        outlets=[Asset("scored_flights")],
    )
    # [END approval]

    @task
    def score_with_model() -> str:
        """Stand for the model."""
        return "model"

    @task
    def score_with_averages() -> str:
        """Stand for what serves when the model cannot be trusted."""
        return "averages"

    @task(trigger_rule="none_failed_min_one_success")
    def publish() -> str:
        """Stand for whatever uses the scores."""
        return "published"

    ask >> [score_with_model(), score_with_averages()] >> publish()
