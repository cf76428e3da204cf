"""Which engine reads a source: the one that is where the rows lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.sources import Database, SparkSource, is_spark_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_mlquality.engines.engine import Engine
    from airflow_mlquality.engines.settings import Settings


def engine_for(source: Any, settings: Settings, on_progress: Callable[[float], None] | None = None) -> Engine:
    """Return the engine that reads a source; whoever asks for it closes it.

    Raises
    ------
    SourceError
        When the source cannot be reached.
    """
    if isinstance(source, Database):
        from airflow_mlquality.engines.database.connection import DatabaseEngine

        return DatabaseEngine(source, settings, on_progress)
    if isinstance(source, SparkSource) or is_spark_frame(source):
        from airflow_mlquality.engines.spark.connection import SparkEngine

        return SparkEngine(source, settings, on_progress)
    from airflow_mlquality.engines.embedded.connection import Embedded

    return Embedded(settings, on_progress)
