from __future__ import annotations

import pytest
from airflow.sdk import ObjectStoragePath

from airflow_mlquality.operators import QualityGateOperator
from airflow_mlquality.operators.locations import located
from tests.shell.runs import run_dag

CONTRACT = "version: 1\ncontract: people\ncolumns:\n  age: {between: {min: 16, max: 110}}\n"


def test_a_url_of_object_storage_becomes_a_path_that_knows_its_connection():
    path = located({"planes": "s3://my_conn@bucket/planes/*.parquet"})["planes"]

    assert isinstance(path, ObjectStoragePath)
    assert (path.conn_id, path.bucket, str(path)) == ("my_conn", "bucket", "s3://my_conn@bucket/planes/*.parquet")


def test_a_scheme_that_no_provider_offers_is_an_error_that_names_it(dag):
    with dag:
        QualityGateOperator(task_id="gate", contract=CONTRACT, source="s3://bucket/day.parquet", retries=0)

    run = run_dag(dag)

    assert run.states == {"gate": "failed"}
    assert run.xcom("gate")["verdicts"][0]["reason"] == (
        "source s3://bucket/day.parquet: ValueError: No filesystem registered for scheme s3"
    )


@pytest.mark.parametrize("value", ["/data/day.csv", "file:///data/day.csv", "https://example.org/a", "train", None, 3])
def test_what_is_no_url_of_object_storage_stays_as_it_is(value):
    assert located(value) is value
