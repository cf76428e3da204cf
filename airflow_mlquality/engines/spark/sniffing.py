"""Telling the type of text columns from their first values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.engines.embedded.sniffing import SAMPLE_ROWS, types_told, written_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.engines.spark.connection import SparkEngine
    from airflow_mlquality.measurements import LogicalType, Schema


def sniffed_types(
    engine: SparkEngine, frame: Any, schema: Schema, columns: Sequence[str], label: str
) -> dict[str, LogicalType]:
    """Return the types of text columns that are not text, told from their first values."""
    if not columns:
        return {}
    counted: list[str] = []
    for name in columns:
        quoted = engine.dialect.quoted(name)
        counted.append(f"COUNT({quoted}) AS c{len(counted)}")
        for tree in written_as(name):
            try:
                condition = engine.dialect.scalar(tree, schema)
            except UnavailableError:
                condition = "FALSE"  # what Spark cannot read as a type stays text
            counted.append(f"COUNT(CASE WHEN {condition} THEN 1 END) AS c{len(counted)}")
    (numbers,) = engine.do(lambda: frame.limit(SAMPLE_ROWS).selectExpr(*counted).collect(), label)
    return types_told(columns, tuple(numbers))
