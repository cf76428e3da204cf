"""Reading CSV with Spark: every value as the text it is first, so that one of another type is counted and not lost."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from airflow_mlquality.contract import CsvOptions
from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.engines.embedded.text import DELIMITERS
from airflow_mlquality.engines.spark.sniffing import sniffed_types
from airflow_mlquality.errors import SourceError
from airflow_mlquality.measurements import Column, LogicalType, Schema, sql
from airflow_mlquality.measurements.counts import RAW_PREFIX, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.engines.engine import Reading
    from airflow_mlquality.engines.sources import SparkSource
    from airflow_mlquality.engines.spark.connection import SparkEngine

_STRICT = {
    "mode": "FAILFAST",  # a line with too many or too few values is an error, never a row without them
    "columnPruning": "false",  # Spark counts the values of a line only where it reads all of them
    "enforceSchema": "false",  # every file is asked whether its header is the same
    "multiLine": "true",  # a quoted value may hold a line's end
    "quote": '"',
    "escape": '"',
    "ignoreCorruptFiles": "false",
    "ignoreMissingFiles": "false",
}


def frame_of_text(engine: SparkEngine, source: SparkSource, reading: Reading, label: str) -> Any:
    """Return the rows of CSV files as text, NULL where the contract says that a text stands for no value.

    Raises
    ------
    SourceError
        When there are none, or they cannot be read.
    """
    options = reading.csv or CsvOptions()
    reader = {**_STRICT, **({"encoding": options.encoding} if options.encoding else {}), **source.options}
    line = _first_line(engine, source, reader, label)
    delimiter = options.delimiter or reader.get("sep") or reader.get("delimiter") or _likely_delimiter(line)
    first = next(csv.reader([line], delimiter=delimiter))
    names = [f"column{position}" for position in range(len(first))] if options.header is False else first
    for name in names:
        if names.count(name) > 1:
            raise SourceError.column_twice(label, name)
    reader |= {"sep": delimiter, "header": str(options.header is not False).lower()}
    quoted = [engine.dialect.quoted(name) for name in names]
    schema = ", ".join(f"{name} STRING" for name in quoted)
    missing = [_missing_as_null(engine, name, options.null) for name in names]

    def read() -> Any:
        frame = engine.spark.read.format("csv").options(**reader).schema(schema).load(source.path)
        return frame.selectExpr(*(f"{value} AS {name}" for value, name in zip(missing, quoted, strict=True)))

    return engine.do(read, label)


def _first_line(engine: SparkEngine, source: SparkSource, reader: Mapping[str, str], label: str) -> str:
    kept = {name: reader[name] for name in ("encoding", "pathGlobFilter", "recursiveFileLookup") if name in reader}

    def read() -> list[Any]:
        return list(engine.spark.read.format("text").options(**kept).load(source.path).limit(1).collect())

    lines = engine.do(read, label)
    line = str(lines[0][0] or "").removeprefix("\ufeff") if lines else ""
    if not line:
        raise SourceError.unreadable(label, "it is empty, without even a header. See whether its writer finished")
    return line


def _likely_delimiter(header: str) -> str:
    return max(DELIMITERS, key=lambda delimiter: len(next(csv.reader([header], delimiter=delimiter))))


def _missing_as_null(engine: SparkEngine, name: str, nulls: tuple[str, ...]) -> str:
    """Return the SQL of a value; Spark reads an empty one as NULL, whatever stands for no value here."""
    if nulls == ("",):
        return engine.dialect.quoted(name)
    written = exp.Coalesce(this=sql.col(name), expressions=[sql.literal("")])
    if not nulls:
        tree: exp.Expr = written
    else:
        stands_for_none = exp.In(this=written, expressions=[sql.literal(each) for each in nulls])
        tree = exp.case().when(stands_for_none, exp.null()).else_(written.copy())
    return engine.dialect.scalar(tree, Schema((Column(name, LogicalType.STRING, "string"),)))


def typed(
    engine: SparkEngine, frame: Any, raw: Schema, reading: Reading, label: str
) -> tuple[Schema, list[str], frozenset[str]]:
    """Return the columns of text files with their types, how each is selected, and whose type its values told."""
    undeclared = [name for name in raw.names if name not in reading.declared]
    sniffed = sniffed_types(engine, frame, raw, undeclared, label)
    schema = Schema(
        tuple(_typed(engine, each, reading.declared.get(each.name) or sniffed.get(each.name)) for each in raw)
    )
    quoted = engine.dialect.quoted
    expressions = [f"{_value(engine, each, raw)} AS {quoted(each.name)}" for each in schema]
    expressions += [f"{quoted(each.name)} AS {quoted(RAW_PREFIX + each.name)}" for each in schema if each.is_parsed]
    return schema, expressions, frozenset(sniffed)


def _typed(engine: SparkEngine, column: Column, type_: LogicalType | None) -> Column:
    """Return a column as a type; as text where Spark cannot read it as one, so that its check says so by name."""
    if type_ is None or type_ is LogicalType.STRING or type_.is_nested or type_ is LogicalType.OTHER:
        return column
    as_parsed = Column(column.name, type_, column.native, is_parsed=True)
    try:
        _value(engine, as_parsed, Schema((column,)))
    except UnavailableError:
        return column
    return as_parsed


def _value(engine: SparkEngine, column: Column, raw: Schema) -> str:
    if not column.is_parsed:
        return engine.dialect.quoted(column.name)
    return engine.dialect.scalar(parsed(sql.col(column.name), column.type), raw)
