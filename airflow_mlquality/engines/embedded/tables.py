"""A source as a table of the embedded engine: one view with typed columns, one that also locates each row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from airflow_mlquality.checks.literals import NotOfTypeError, in_terms_of
from airflow_mlquality.engines.dialects.duckdb_meaning import with_meaning
from airflow_mlquality.engines.embedded.origins import Origin, origin_of
from airflow_mlquality.engines.embedded.parts import FILE, ROW
from airflow_mlquality.engines.embedded.sniffing import sniffed_types
from airflow_mlquality.engines.engine import Reading, Table
from airflow_mlquality.errors import BrokenFilesError, EngineError, SourceError
from airflow_mlquality.measurements import Column, LogicalType, Schema, sql
from airflow_mlquality.measurements.counts import RAW_PREFIX, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.engines.embedded.connection import Embedded


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

    Files that are broken are left out and told by the table, unless all are.

    Raises
    ------
    SourceError
        When it cannot be reached or read.
    """
    try:
        return _opened(engine, name, source, reading)
    except BrokenFilesError:  # from now on the engine leaves them out
        return _opened(engine, name, source, reading)


def _opened(engine: Embedded, name: str, source: Any, reading: Reading) -> LocatedTable:
    origin = origin_of(engine, name, source, reading)
    types = _told_types(engine, origin, reading.declared)
    schema = Schema(tuple(_typed(column, origin.text, reading.declared, types) for column in origin.columns))
    projection = _projection(schema, origin)
    where = _partition(origin.label, schema, reading.partition)
    view = f"SELECT * FROM (SELECT {projection} FROM {origin.relation}){where}"
    engine.run(f"CREATE OR REPLACE TEMP VIEW {_quoted(name)} AS {view}", origin.label)
    placed = f"{projection}, {_quoted(FILE)}, {_quoted(ROW)}"
    return LocatedTable(
        _quoted(name),
        schema,
        origin.label,
        frozenset(types),
        origin.broken,
        origin.parts,
        origin.odd,
        origin.lacking,
        origin.absent,
        located=f"(SELECT * FROM (SELECT {placed} FROM {origin.located}){where})",
        unpacked=origin.unpacked,
    )


def _told_types(engine: Embedded, origin: Origin, declared: Mapping[str, LogicalType]) -> dict[str, LogicalType]:
    """Return the types of text columns that the contract leaves open, as their values tell them."""
    undeclared = [name for name in origin.columns.names if name in origin.sniffable and name not in declared]
    try:
        return sniffed_types(engine, origin.relation, undeclared, "")
    except EngineError as failed:
        engine.examine(failed)
        raise SourceError.failed(origin.label, failed) from None


def _projection(schema: Schema, origin: Origin) -> str:
    selected = [_select(column, origin.columns[column.name]) for column in schema]
    selected += [
        f"{_raw_text(origin.columns[column.name])} AS {_quoted(RAW_PREFIX + column.name)}"
        for column in schema
        if column.is_parsed
    ]
    return ", ".join(selected) or "*"


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
        value = sql.text(with_meaning(parsed(sql.condition(_raw_text(raw)), column.type), Schema()))
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
        conditions.append(sql.text(equals))
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _quoted(name: str) -> str:
    return sql.text(exp.to_identifier(name, quoted=True))
