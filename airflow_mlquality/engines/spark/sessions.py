"""The Spark session that an engine works in: given, or opened for it."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.sources import SparkSource, is_spark_frame, label_of
from airflow_mlquality.errors import MLQualityError, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Session:
    """A Spark session, classic or Connect, and what this run does in it.

    Parameters
    ----------
    source
        What is measured in it.

    Attributes
    ----------
    spark
        The `SparkSession`.
    is_connect
        Whether it is one of Spark Connect.
    is_ours
        Whether it was opened for this run, and goes with it.
    """

    def __init__(self, source: Any) -> None:
        from airflow_mlquality.engines.spark.failures import quiet, told

        given = _session_of(source)
        running = set(map(id, _running())) if callable(given) else set()
        try:
            with quiet():
                self.spark = given() if callable(given) else given
        except MLQualityError:
            raise
        except ImportError:
            raise SourceError.missing_extra(label_of(source), "Spark", "spark") from None
        except Exception as refused:  # noqa: BLE001  Spark, Java and whoever wrote the function raise what they like
            raise SourceError.unreachable(label_of(source), told(refused)) from None
        if self._setting("spark.sql.parser.escapedStringLiterals"):
            raise SourceError.other_meaning(label_of(source), "spark.sql.parser.escapedStringLiterals")
        self.given = given
        self.is_connect = ".connect." in type(self.spark).__module__
        self.is_ours = callable(given) and not any(id(each) in running for each in _handles(self.spark))
        self.group = f"mlquality-{uuid.uuid4().hex}"

    def is_of(self, source: Any) -> bool:
        """Return whether a source lies in this session."""
        given = _session_of(source)
        if callable(given):
            return bool(given == self.given)
        return given is self.spark or _is_same(given, self.spark)

    # ---- jobs ----

    def enter(self, description: str) -> None:
        """Make the calling thread's jobs known as those of this run, to people and to `stop`."""
        if self.is_connect:
            self.spark.addTag(self.group)
        else:
            self.spark.sparkContext.setJobGroup(self.group, description or "mlquality")

    def stop(self) -> None:
        """Stop the jobs of this run; one that is still being planned has not begun, and is not stopped."""
        if self.is_connect:
            self.spark.interruptTag(self.group)
        else:
            self.spark.sparkContext.cancelJobGroup(self.group)

    def progress(self) -> float:
        """Return the share of the running stages' tasks that is done; 0 where Spark does not tell."""
        if self.is_connect:
            return 0.0
        tracker = self.spark.sparkContext.statusTracker()
        jobs = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(self.group)]
        stages = [
            tracker.getStageInfo(stage) for job in jobs if job and job.status == "RUNNING" for stage in job.stageIds
        ]
        tasks = sum(stage.numTasks for stage in stages if stage)
        return sum(stage.numCompletedTasks for stage in stages if stage) / tasks if tasks else 0.0

    # ---- what the session says ----

    def tells_case(self) -> bool:
        """Return whether names that differ in case alone are different."""
        return self._setting("spark.sql.caseSensitive")

    def _setting(self, name: str) -> bool:
        return str(self.spark.conf.get(name)).lower() == "true"

    def close(self, views: Sequence[str]) -> None:
        """Drop what was made in the session; end it where it is ours."""
        from airflow_mlquality.engines.spark.failures import quiet

        with quiet():
            for view in views:
                with suppress(Exception):  # a session that is gone has dropped them itself
                    self.spark.catalog.dropTempView(view)
            if self.is_ours:
                with suppress(Exception):
                    self.spark.stop()


def _session_of(source: Any) -> Any:
    """Return the session of a source, or the function that opens it."""
    if is_spark_frame(source):
        return source.sparkSession
    if isinstance(source, SparkSource):
        return source.session if source.session is not None or source.frame is None else source.frame.sparkSession
    return None


def _is_same(one: Any, other: Any) -> bool:
    """Return whether two objects stand for one session."""
    try:
        if hasattr(one, "session_id") and hasattr(other, "session_id"):
            return bool(one.session_id == other.session_id)
        return bool(one._jsparkSession.equals(other._jsparkSession))  # noqa: SLF001  PySpark has no public way
    except Exception:  # noqa: BLE001  one classic, one Connect, or one that is gone
        return False


def _running() -> list[Any]:
    """Return what keeps sessions of this process running; nothing where Spark was not used yet."""
    import sys

    found = []
    core = sys.modules.get("pyspark.core.context")
    if core is not None and core.SparkContext._active_spark_context is not None:  # noqa: SLF001  no public way
        found.append(core.SparkContext._active_spark_context)  # noqa: SLF001
    connect = sys.modules.get("pyspark.sql.connect.session")
    if connect is not None and (active := connect.SparkSession.getActiveSession()) is not None:
        found.append(active.client)
    return found


def _handles(spark: Any) -> list[Any]:
    """Return what keeps a session running."""
    return [spark.client] if ".connect." in type(spark).__module__ else [spark.sparkContext]
