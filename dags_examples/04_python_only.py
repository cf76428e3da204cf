"""
# Gates without a contract file

One operator per family of checks, told in Python alone. Each has its own report, and each can act on its own: here a
wrong schema and implausible values fail, an unusual share of late flights and drift only warn.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param, task
from flights import CLEAN_DAY, DATA, LAST_MONTH

from airflow_mlquality.operators import (
    DriftCheckOperator,
    LabelPriorCheckOperator,
    PlausibilityCheckOperator,
    SchemaCheckOperator,
)

with DAG(
    "04_python_only",
    schedule=None,
    params={"day": Param(CLEAN_DAY, type="string", format="date")},
    doc_md=__doc__,
    tags=["mlquality"],
):

    @task
    def build_features(params: dict[str, str]) -> str:
        """Write the features of the day."""
        from flights import write_features

        return write_features(f"{DATA}/days/{params['day']}.csv", f"04_{params['day']}")

    @task
    def build_reference() -> str:
        """Write the features of last month."""
        from flights import write_features

        return write_features(LAST_MONTH, "04_last_month")

    day, last_month = build_features(), build_reference()

    # [START python]
    schema = SchemaCheckOperator(
        task_id="schema",
        source=day,
        columns={
            "carrier": "string",
            "origin": "string",
            "hour": "integer",
            "distance": "integer",
            "dep_delay": "integer",
            "air_time": "integer",
            "delayed": "boolean",
        },
        extra_columns="warn",
    )
    plausible = PlausibilityCheckOperator(
        task_id="plausible",
        source=day,
        columns={
            "origin": {"accepted_values": ["EWR", "JFK", "LGA"]},
            "air_time": {"between": {"min": 10, "max": 900}},
        },
        rows=[{"id": "plausible_speed", "rule": "distance / (air_time / 60.0) between 50 and 750"}],
        table={"row_count": {"fail": [100, 5000]}},
    )
    labels = LabelPriorCheckOperator(
        task_id="labels",
        source=day,
        column="delayed",
        expected={True: 0.25, False: 0.75},
        warn=0.2,
        fail=0.5,
    )
    drift = DriftCheckOperator(
        task_id="drift",
        source=day,
        reference=last_month,
        columns=["carrier", "origin", "air_time", "distance"],
        warn=0.1,
        fail=0.25,
        on_fail="proceed",
    )
    # [END python]

    schema >> plausible >> [labels, drift]
