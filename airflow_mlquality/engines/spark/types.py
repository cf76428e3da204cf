"""Spark's types in the portable vocabulary, read from the objects that its schemas are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_mlquality.measurements import DataType
from airflow_mlquality.measurements.types import DEEPEST

if TYPE_CHECKING:
    from airflow_mlquality.engines.dialects.base import Dialect


def data_type(dialect: Dialect, spark: Any, depth: int = 0) -> DataType:
    """Return a type with its parts: names of fields may be any text, so that the name of the type is not enough."""
    kind = spark.typeName()
    if depth < DEEPEST:
        if kind == "array":
            return DataType.list_of(data_type(dialect, spark.elementType, depth + 1))
        if kind == "map":
            key, value = (data_type(dialect, each, depth + 1) for each in (spark.keyType, spark.valueType))
            return DataType.map_of(key, value)
        if kind == "struct":
            return DataType.struct_of(
                (field.name, data_type(dialect, field.dataType, depth + 1)) for field in spark.fields
            )
    return DataType(dialect.logical_type(spark.simpleString()).value)
