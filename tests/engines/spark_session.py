"""A Spark of this process for all tests of a run: two threads, no page, quiet, its files in a folder of its own."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOG = """
rootLogger.level = off
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
"""

# the first compiler alone and one collector thread: tests are many short statements on few rows
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss4m"


def settings(folder: Path) -> dict[str, str]:
    """Return the settings of a small and quiet Spark whose files lie in a folder."""
    log = folder / "log4j2.properties"
    log.write_text(_LOG, encoding="utf-8")
    java = f"{_JAVA} -Dlog4j2.configurationFile=file:{log} -Dderby.system.home={folder} -Djava.io.tmpdir={folder}"
    return {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": java,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.local.dir": str(folder),
        "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "America/New_York",  # no statement of ours may depend on it
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }


@contextmanager
def local_spark() -> Iterator[Any]:
    """Yield a `SparkSession`; its Java ends with this process, its files when the context does."""
    from pyspark.sql import SparkSession

    folder = Path(tempfile.mkdtemp(prefix="mlquality-spark-"))
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in settings(folder).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    logging.getLogger("py4j").setLevel(logging.WARNING)  # it tells of every call, where Airflow listens
    try:
        yield session
    finally:
        session.stop()
        shutil.rmtree(folder, ignore_errors=True)
