"""A table, path, query or DataFrame of a Spark session as a temporary view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from airflow_mlquality.checks.literals import NotOfTypeError, in_terms_of
from airflow_mlquality.engines.engine import Table
from airflow_mlquality.engines.sources import SparkSource, is_spark_frame, label_of
from airflow_mlquality.engines.spark.text import frame_of_text, typed
from airflow_mlquality.engines.spark.types import data_type
from airflow_mlquality.errors import SourceError
from airflow_mlquality.measurements import Column, Schema, sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.engines.engine import Reading
    from airflow_mlquality.engines.spark.connection import SparkEngine

_STRICT = {
    "ignoreCorruptFiles": "false",
    "ignoreMissingFiles": "false",
}
"""A session may be told to leave broken files out; a gate reads all rows or none."""
_OF_FORMAT = {
    "parquet": {"mergeSchema": "true"},
    "orc": {"mergeSchema": "true"},
    "json": {"mode": "FAILFAST"},
}
"""A column that some files lack is NULL there, whichever file Spark looks at first; a broken record is an error."""


def open_table(engine: SparkEngine, source: Any, reading: Reading) -> Table:
    """Make a source a temporary view.

    Raises
    ------
    SourceError
        When it cannot be read, or lies elsewhere.
    """
    label = label_of(source)
    if not (is_spark_frame(source) or isinstance(source, SparkSource)) or not engine.session.is_of(source):
        raise SourceError.elsewhere(label, "Spark session")
    wanted = SparkSource(session=None, frame=source) if is_spark_frame(source) else source
    if sum(map(bool, (wanted.table, wanted.path, wanted.query, wanted.frame is not None))) != 1:
        raise SourceError.table_or_query(label)
    is_text = bool(wanted.path) and wanted.format.lower() in ("csv", "tsv")
    if is_text:
        frame = frame_of_text(engine, wanted, reading, label)
    else:
        frame = engine.do(lambda: _frame(engine, wanted), label)
    raw = _schema(engine, frame, label)
    schema, expressions, sniffed = typed(engine, frame, raw, reading, label) if is_text else (raw, [], frozenset())
    conditions = _partition(engine, label, schema, reading.partition)

    def made() -> str:
        chosen = frame.selectExpr(*expressions) if expressions else frame
        for condition in conditions:
            chosen = chosen.where(condition)
        return engine.view(chosen)

    return Table(engine.dialect.quoted(engine.do(made, label)), schema, label, sniffed)


def _frame(engine: SparkEngine, source: SparkSource) -> Any:
    """Return what is to be measured as a DataFrame; nothing of it is read but its schema."""
    if source.frame is not None:
        return source.frame
    if source.table:
        return engine.spark.table(source.table)
    if source.query:  # in parentheses Spark takes a query alone, and no command
        return engine.spark.sql(f"SELECT * FROM (\n{source.query}\n)")
    options = {**_STRICT, **_OF_FORMAT.get(source.format.lower(), {}), **source.options}
    return engine.spark.read.format(source.format).options(**options).load(source.path)


def _schema(engine: SparkEngine, frame: Any, label: str) -> Schema:
    fields = engine.do(lambda: list(frame.schema.fields), label)
    seen: dict[str, str] = {}
    tells_case = engine.do(engine.session.tells_case, label)
    for name in (each.name for each in fields):
        known = name if tells_case else name.lower()
        if known in seen:
            raise SourceError.column_twice(label, name)
        seen[known] = name
    return Schema(tuple(_column(engine, each) for each in fields))


def _column(engine: SparkEngine, field: Any) -> Column:
    """Return a column; Spark calls those of files and of most tables nullable, whatever they declare."""
    type_, native = data_type(engine.dialect, field.dataType), field.dataType.simpleString()
    return Column.of(field.name, type_, native, is_nullable=None if field.nullable else False)


def _partition(engine: SparkEngine, label: str, schema: Schema, partition: Mapping[str, str]) -> list[str]:
    conditions = []
    for name, value in partition.items():
        if name not in schema:
            raise SourceError.unknown_filter_column(label, name, schema.names)
        try:
            equals = exp.EQ(this=sql.col(name), expression=in_terms_of(schema[name], value))
        except NotOfTypeError:
            raise SourceError.wrong_filter_value(label, name, str(value), schema[name].type) from None
        conditions.append(engine.dialect.scalar(equals, schema))
    return conditions
