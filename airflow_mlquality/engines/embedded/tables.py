"""A source as a table of the embedded engine: one view with typed columns, one that also locates each row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from airflow_mlquality.checks.literals import NotOfTypeError, in_terms_of
from airflow_mlquality.contract import CsvOptions
from airflow_mlquality.engines.embedded.files import find_files
from airflow_mlquality.engines.embedded.frames import as_arrow
from airflow_mlquality.engines.embedded.sniffing import sniffed_types
from airflow_mlquality.engines.embedded.text import csv_headers, csv_reader, csv_readers
from airflow_mlquality.engines.embedded.types import logical_type
from airflow_mlquality.engines.engine import Reading, Table
from airflow_mlquality.engines.sources import is_frame, label_of
from airflow_mlquality.errors import SourceError
from airflow_mlquality.measurements import Column, LogicalType, Schema, sql
from airflow_mlquality.measurements.counts import RAW_PREFIX, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.engines.embedded.connection import Embedded

FILE, ROW = "mlquality file", "mlquality row"
"""Columns of the locating view: the file a row came from, and its number in it, the first being 1."""


@dataclass(frozen=True)
class LocatedTable(Table):
    """A view of the embedded engine whose rows can be told where they lie.

    Parameters
    ----------
    located
        A relation with the columns of the view, and `FILE` and `ROW`; a second pass for examples reads it.
    unpacked
        Of files that were unpacked from an archive: the archive and the member.
    """

    located: str = ""
    unpacked: Mapping[str, str] = field(default_factory=dict)


def open_table(engine: Embedded, name: str, source: Any, reading: Reading) -> LocatedTable:
    """Make a source a table of the engine.

    Raises
    ------
    SourceError
        When it cannot be reached or read.
    """
    origin = _of_frame(engine, name, source) if is_frame(source) else _of_files(engine, source, reading)
    undeclared = [name for name in origin.columns.names if name in origin.text and name not in reading.declared]
    types = sniffed_types(engine, origin.relation, undeclared, origin.label)
    schema = Schema(tuple(_typed(column, origin.text, reading.declared, types) for column in origin.columns))
    projection = _projection(schema, origin)
    where = _partition(origin.label, schema, reading.partition)
    view = f"SELECT * FROM (SELECT {projection} FROM {origin.relation}){where}"
    engine.run(f"CREATE OR REPLACE TEMP VIEW {_quoted(name)} AS {view}", origin.label)
    placed = f"{projection}, {_quoted(FILE)}, {_quoted(ROW)}"
    located = f"(SELECT * FROM (SELECT {placed} FROM {origin.located}){where})"
    return LocatedTable(
        _quoted(name), schema, origin.label, frozenset(types), located=located, unpacked=origin.unpacked
    )


@dataclass(frozen=True)
class _Origin:
    """How the engine reads a source, before its columns have their types.

    Parameters
    ----------
    relation, located
        Without and with the place of each row.
    columns
        As they are read.
    text
        Names of those that were read as text, whatever they hold.
    """

    label: str
    relation: str
    located: str
    columns: Schema
    text: frozenset[str] = frozenset()
    unpacked: Mapping[str, str] = field(default_factory=dict)


def _of_frame(engine: Embedded, name: str, source: Any) -> _Origin:
    arrow = as_arrow(source)
    engine.register(f"{name} rows", arrow)
    relation = _quoted(f"{name} rows")
    label = f"{label_of(source)} of {arrow.num_rows:,} rows"
    located = f"(SELECT *, '' AS {_quoted(FILE)}, row_number() OVER () AS {_quoted(ROW)} FROM {relation})"
    return _Origin(label, relation, located, _described(engine, relation, label))


def _of_files(engine: Embedded, source: Any, reading: Reading) -> _Origin:
    label = label_of(source)
    files = find_files(source, engine.scratch)
    if files.filesystem is not None:
        engine.register_filesystem(files.filesystem)
    if files.format == "parquet":
        reader = f"read_parquet({_list(files.paths)}, union_by_name = true"
        rows = f"{reader}, filename = {_string(FILE)}, file_row_number = true)"
        located = f"(SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS {_quoted(ROW)} FROM {rows})"
        return _Origin(label, f"{reader})", located, _described(engine, f"{reader})", label))
    if files.format == "csv":
        options = reading.csv or CsvOptions()
        headers = csv_headers(engine, files.paths, options, label)
        relation = _by_name([f"SELECT * FROM {each})" for each in csv_readers(headers, options)])
        first = list(headers.items())[:MOST_LOCATED]
        readers = {path: csv_reader(header, [path], options) for path, header in first}
    else:
        reader = "read_json({}, union_by_name = true, sample_size = -1, maximum_object_size = 268435456"
        relation = f"{reader.format(_list(files.paths))})"
        readers = {path: reader.format(_list([path])) for path in files.paths[:MOST_LOCATED]}
    located = _by_name([_numbered(path, reader) for path, reader in readers.items()])
    columns = _described(engine, relation, label)
    text = columns.names if files.format == "csv" else _mixed(columns)
    return _Origin(label, relation, located, columns, frozenset(text), files.unpacked)


MOST_LOCATED = 200
"""Example rows are looked for in so many files of text at most."""


def _by_name(selects: Sequence[str]) -> str:
    return f"({' UNION ALL BY NAME '.join(selects)})"


def _numbered(path: str, reader: str) -> str:
    return f"SELECT *, {_string(path)} AS {_quoted(FILE)}, row_number() OVER () AS {_quoted(ROW)} FROM {reader})"


def _list(paths: Sequence[str]) -> str:
    return "[" + ", ".join(_string(path) for path in paths) + "]"


def _mixed(columns: Schema) -> tuple[str, ...]:
    """Return the JSON columns whose values are of several types; they are read as text."""
    return tuple(column.name for column in columns if column.type is LogicalType.JSON)


def _projection(schema: Schema, origin: _Origin) -> str:
    selected = [_select(column, origin.columns[column.name]) for column in schema]
    selected += [
        f"{_raw_text(origin.columns[column.name])} AS {_quoted(RAW_PREFIX + column.name)}"
        for column in schema
        if column.is_parsed
    ]
    return ", ".join(selected) or "*"


def _described(engine: Embedded, relation: str, label: str) -> Schema:
    rows = engine.run(f"DESCRIBE SELECT * FROM {relation}", label)
    return Schema(tuple(Column(row[0], logical_type(row[1]), row[1]) for row in rows))


def _typed(
    column: Column,
    text_columns: frozenset[str],
    declared: Mapping[str, LogicalType],
    sniffed: Mapping[str, LogicalType],
) -> Column:
    if column.name not in text_columns:
        return column
    type_ = declared.get(column.name) or sniffed.get(column.name) or LogicalType.STRING
    if type_ is LogicalType.STRING or type_.is_nested or type_ is LogicalType.OTHER:
        return Column(column.name, LogicalType.STRING, column.native)
    return Column(column.name, type_, column.native, is_parsed=True)


def _select(column: Column, raw: Column) -> str:
    if column.is_parsed:
        value = parsed(sql.condition(_raw_text(raw)), column.type).sql(dialect=sql.DIALECT)
        return f"{value} AS {_quoted(column.name)}"
    if raw.type is LogicalType.JSON and column.type is LogicalType.STRING:
        return f"{_raw_text(raw)} AS {_quoted(column.name)}"
    return _quoted(column.name)


def _raw_text(raw: Column) -> str:
    return f"({_quoted(raw.name)} ->> '$')" if raw.type is LogicalType.JSON else _quoted(raw.name)


def _partition(label: str, schema: Schema, partition: Mapping[str, str]) -> str:
    conditions = []
    for name, value in partition.items():
        if name not in schema:
            raise SourceError.unknown_filter_column(label, name, schema.names)
        try:
            equals = exp.EQ(this=sql.col(name), expression=in_terms_of(schema[name], value))
        except NotOfTypeError:
            raise SourceError.wrong_filter_value(label, name, str(value), schema[name].type) from None
        conditions.append(equals.sql(dialect=sql.DIALECT))
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql(dialect=sql.DIALECT)


def _string(text: str) -> str:
    return exp.Literal.string(text).sql(dialect=sql.DIALECT)
