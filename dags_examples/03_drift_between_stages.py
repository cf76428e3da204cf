"""
# Drift between training and serving

Training leaves a profile of its features behind: a few kilobytes that say how each column is distributed. Serving
compares the features of a day with that profile, without the training rows.

The gate knows that the label is absent at serving time (`environment="serve"`). Trigger it with 16 July (served), and
with 17 July, whose air times came in seconds (the gate fails, nothing is served).
"""

from __future__ import annotations

from airflow.sdk import DAG, Param, task
from flights import CLEAN_DAY, DATA, PAST

from airflow_mlquality.operators import ProfileOperator, QualityGateOperator

with DAG(
    "03_drift_between_stages",
    schedule=None,
    params={"day": Param(CLEAN_DAY, type="string", format="date")},
    doc_md=__doc__,
    tags=["mlquality"],
):

    @task
    def build_training_features() -> str:
        """Write the features of the first half of the year."""
        from flights import write_features

        return write_features(PAST, "03_training")

    @task
    def build_served_features(params: dict[str, str]) -> str:
        """Write the features of the day, without the label."""
        import pyarrow.parquet as pq
        from flights import write_features

        day = write_features(f"{DATA}/days/{params['day']}.csv", f"03_{params['day']}")
        pq.write_table(pq.read_table(day).drop_columns("delayed"), day)
        return day

    training, served = build_training_features(), build_served_features()

    # [START drift]
    profile = ProfileOperator(task_id="profile_training", source=training, name="training_features")
    gate = QualityGateOperator(
        task_id="gate_served",
        contract="contracts/features.yaml",
        source=served,
        environment="serve",
        on_fail="fail",
    )
    # [END drift]

    @task
    def serve() -> str:
        """Stand for whatever uses the features."""
        return "served"

    profile >> gate >> serve()
