"""
# One message when quality changes

The gate tells a chat when the day's flights turn bad, when they get worse, and when they are good again: once, with
what is wrong and how much, since when, what to do, and a link to the report. A rerun repeats nothing, and a chat that
is down changes nothing in what the gate does. A dashboard gets a row of every run.

Add a connection `quality_chat` of type *Webhook (ML Quality)*: the address of a Slack webhook, its secret end as the
password. Another one, `quality_dashboard`, takes rows of Power BI. While they are not there, the log says so.

Trigger it with 16 July, then twice with 17 July, whose air times came in seconds, then with 16 July again: two
messages. A day that is judged again stands where it stood, so give a later `as_of` each time, as a schedule would.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Param, task
from flights import CLEAN_DAY, DATA, LAST_MONTH

from airflow_mlquality.notifications import QualityWebhookNotifier
from airflow_mlquality.operators import QualityGateOperator

with DAG(
    "15_alerts",
    schedule=None,
    params={
        "day": Param(CLEAN_DAY, type="string", format="date"),
        "as_of": Param("2013-08-01", type="string", format="date"),
    },
    doc_md=__doc__,
    tags=["mlquality"],
):
    # [START alerts]
    gate = QualityGateOperator(
        task_id="gate",
        contract="contracts/flights.yaml",
        source=f"{DATA}/days/{{{{ params.day }}}}.csv",
        sources={"planes": f"{DATA}/planes.csv"},
        reference=LAST_MONTH,
        as_of="{{ params.as_of }}",
        on_fail="skip",
        notifiers=[
            QualityWebhookNotifier("quality_chat", format="slack", cooldown=timedelta(hours=1)),
            QualityWebhookNotifier("quality_dashboard", format="powerbi", only_changes=False),
        ],
    )
    # [END alerts]

    @task
    def publish() -> str:
        """Stand for whatever uses the day."""
        return "published"

    gate >> publish()
