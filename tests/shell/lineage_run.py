"""A DAG of three gates, run to its end in a process whose Airflow tells OpenLineage of it.

Usage: lineage_run.py GOOD BAD, two CSV files.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from airflow.sdk import DAG

from airflow_mlquality.operators import QualityGateOperator
from tests.shell.runs import run_dag

CONTRACT = {"version": 1, "contract": "people", "columns": {"age": {"between": {"min": 16, "max": 110}}}}


def main(good: str, bad: str) -> None:
    """Run the three."""
    with DAG("lineage", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)) as dag:
        QualityGateOperator(task_id="passes", contract=CONTRACT, source=good)
        QualityGateOperator(task_id="fails", contract=CONTRACT, source=bad)
        QualityGateOperator.partial(task_id="skips", contract=CONTRACT, on_fail="skip").expand(source=[bad])
    run_dag(dag)


if __name__ == "__main__":
    main(*sys.argv[1:])
