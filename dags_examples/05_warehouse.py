"""
# A reference in the warehouse

The flights of June lie in a table of a PostgreSQL database, those of a day arrive as a file. The profile of the table
is taken where the table is: the database counts, and a few kilobytes come back. The gate of the day's file holds it
against that profile, and both go by one contract.

It needs an Airflow connection `warehouse` to a PostgreSQL where the schema `analytics` may be written, and
`apache-airflow-providers-postgres`. Trigger it with 16 July (training runs), and with 17 July, whose air times came in
seconds and whose origins came in lower case (training is skipped).
"""

from __future__ import annotations

from airflow.sdk import DAG, Param, task
from flights import CLEAN_DAY, DATA, LAST_MONTH

from airflow_mlquality.operators import ProfileOperator, QualityGateOperator, Sql

with DAG(
    "05_warehouse",
    schedule=None,
    params={"day": Param(CLEAN_DAY, type="string", format="date")},
    doc_md=__doc__,
    tags=["mlquality"],
):

    @task
    def load_warehouse() -> None:
        """Stand for whatever fills the warehouse."""
        from airflow.providers.postgres.hooks.postgres import PostgresHook
        from warehouse import load

        load(PostgresHook("warehouse"), LAST_MONTH)

    # [START warehouse]
    profile = ProfileOperator(
        task_id="profile_warehouse",
        source=Sql(conn_id="warehouse", table="analytics.flights"),
        contract="contracts/flights.yaml",
        name="warehouse_flights",
    )
    gate = QualityGateOperator(
        task_id="gate_day",
        contract="contracts/flights.yaml",
        source=f"{DATA}/days/{{{{ params.day }}}}.csv",
        sources={"planes": f"{DATA}/planes.csv"},
        reference="warehouse_flights",
        on_fail="skip",
    )
    # [END warehouse]

    @task
    def train() -> str:
        """Stand for whatever learns from the day."""
        return "trained"

    load_warehouse() >> profile >> gate >> train()
