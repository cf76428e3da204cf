"""
# A gate on a lake that Spark reads

Spark adds every day's flights to a folder of Parquet files, a partition per day. The gate asks Spark about the
partition of the day: the rows stay where they are, only counts come back. It goes by the same contract as the files of
01, and holds the day against last month, which lies in a file.

It needs an Airflow connection `spark_default`, such as one of type `spark` with host `local[2]`, and
`airflow-provider-mlquality[spark]` with `apache-airflow-providers-apache-spark`. Trigger it with 16 July (training
runs), and with 17 July, whose air times came in seconds and whose origins came in lower case (training is skipped).
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param, task
from flights import CLEAN_DAY, DATA, LAST_MONTH

from airflow_mlquality.operators import QualityGateOperator, Spark

with DAG(
    "06_spark",
    schedule=None,
    params={"day": Param(CLEAN_DAY, type="string", format="date")},
    doc_md=__doc__,
    tags=["mlquality"],
):

    @task.pyspark(conn_id="spark_default")
    def add_to_lake(params: dict[str, str], spark: Any) -> None:
        """Add the flights of the day, and the planes, as Parquet."""
        text = spark.read.options(header="true", inferSchema="true", nullValue="NA")
        day = text.csv(f"{DATA}/days/{params['day']}.csv").drop("day")
        day.write.mode("overwrite").parquet(f"{DATA}/lake/flights/day={params['day']}")
        text.csv(f"{DATA}/planes.csv").write.mode("overwrite").parquet(f"{DATA}/lake/planes")

    # [START spark]
    gate = QualityGateOperator(
        task_id="gate",
        contract="contracts/flights.yaml",
        source=Spark(conn_id="spark_default", path=f"{DATA}/lake/flights"),
        partition={"day": "{{ params.day }}"},
        sources={"planes": Spark(conn_id="spark_default", path=f"{DATA}/lake/planes")},
        reference=LAST_MONTH,
        on_fail="skip",
    )
    # [END spark]

    @task
    def train() -> str:
        """Stand for whatever learns from the day."""
        return "trained"

    add_to_lake() >> gate >> train()
