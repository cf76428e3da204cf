"""A program that measures by Spark Connect and prints what it found as one line of JSON."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from airflow_mlquality.audit import audit, take_profile
from airflow_mlquality.engines.sources import SparkSource
from airflow_mlquality.engines.spark.connection import SparkEngine
from airflow_mlquality.errors import MLQualityError
from tests.engines.spark_session import settings
from tests.engines.test_spark import AS_OF, CHECKS, LONG, SECRET, conclusions, contract, told


def error_of(task: Any) -> str:
    try:
        task()
    except MLQualityError as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


def main(hard: str, folder: str) -> None:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.remote("local[2]")
    for name, value in settings(Path(folder)).items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    frame = spark.read.parquet(hard)
    found: dict[str, Any] = {
        "facts": told(take_profile(SparkSource(session=spark, path=hard))),
        "verdicts": conclusions(audit(contract(*CHECKS[:-1], key=("id",)), frame, as_of=AS_OF)),
        "views": [each.name for each in spark.catalog.listTables()],
        "missing": error_of(lambda: take_profile(SparkSource(session=spark, table="nope"))).partition(": ")[2],
    }
    engine = SparkEngine(frame)
    cast = f"SELECT CAST(name AS INT) FROM VALUES ('{SECRET}') AS people(name)"  # noqa: S608
    found["cast"] = error_of(lambda: engine.run(cast)).partition(": ")[2]
    ended: list[str] = []
    thread = threading.Thread(target=lambda: ended.append(error_of(lambda: engine.run(LONG))))
    thread.start()
    time.sleep(3)
    began = time.monotonic()
    engine.cancel()
    thread.join(20)
    found["seconds_to_cancel"] = time.monotonic() - began
    found["cancelled"] = ended[0].partition(":")[0]
    engine.close()
    engine = SparkEngine(frame)
    spark.stop()
    found["lost"] = error_of(lambda: engine.run("SELECT 1"))
    engine.close()
    print(json.dumps(found))  # noqa: T201  the program that started this one reads it


if __name__ == "__main__":
    main(*sys.argv[1:])
