"""A table or a query of a database as a table of its engine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from airflow_mlquality.checks.literals import NotOfTypeError, in_terms_of
from airflow_mlquality.engines.database.columns import Described, Origin, Presented, described, tables_of
from airflow_mlquality.engines.database.dynamic import dynamic_columns
from airflow_mlquality.engines.database.names import folded, one_select, parts_of, shown_as
from airflow_mlquality.engines.engine import Table
from airflow_mlquality.engines.sources import Database, is_frame, label_of
from airflow_mlquality.errors import EngineError, LostError, SourceError
from airflow_mlquality.measurements import Column, LogicalType, Schema, sql
from airflow_mlquality.measurements.counts import RAW_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.engines.database.connection import DatabaseEngine
    from airflow_mlquality.engines.engine import Reading

ROWS = "mlquality_rows"


def open_table(engine: DatabaseEngine, source: Any, reading: Reading) -> Table:
    """Return a source as a table.

    Raises
    ------
    SourceError
        When it cannot be read, or lies elsewhere.
    """
    database = _in_same_database(engine, source)
    label = str(database)
    origin = _origin(engine, database, label)
    columns = _presented(engine, origin, _readable(engine, database, origin), reading)
    schema = Schema(tuple(each.column for each in columns))
    relation = _projected(engine, origin, columns)
    where = _partition(engine, label, schema, reading.partition)
    if where:
        relation = f"(SELECT * FROM {relation} WHERE {where}) mlquality_part"
    sniffed = frozenset(each.column.name for each in columns if each.is_sniffed)
    return Table(relation, schema, label, sniffed)


_PATH = re.compile(r"[/\\*]|\.(csv|tsv|json|jsonl|ndjson|parquet|gz|zip)$", re.IGNORECASE)


def _in_same_database(engine: DatabaseEngine, source: Any) -> Database:
    """Return a source as one of the engine's own database; a plain name is a table of it."""
    home = engine.source
    if isinstance(source, Database):
        if source is home or source.connect == home.connect or (source.name and source.name == home.name):
            return source
    elif isinstance(source, str) and not is_frame(source) and not _PATH.search(source):
        return Database(connect=home.connect, dialect=home.dialect, table=source, name=home.name)
    raise SourceError.elsewhere(label_of(source), home.name or engine.dialect.title)


def _origin(engine: DatabaseEngine, database: Database, label: str) -> Origin:
    if bool(database.table) == bool(database.query):
        raise SourceError.table_or_query(label)
    if database.query:
        return Origin(one_select(database.query, engine.dialect, label), (), label)
    parts = folded(database.table, parts_of(database.table, label), engine.dialect)
    return Origin(".".join(engine.dialect.quoted(part) for part in parts), parts, label)


def _readable(engine: DatabaseEngine, database: Database, origin: Origin) -> list[Described]:
    try:
        columns = described(engine, origin)
    except LostError:
        raise
    except (SourceError, EngineError) as unreadable:
        if origin.table:
            _see_that_it_is_there(engine, database, origin)
        raise unreadable from None
    names = [each.name for each in columns]
    for name in names:
        if names.count(name) > 1:
            raise SourceError.column_twice(origin.label, name)
    return columns


def _see_that_it_is_there(engine: DatabaseEngine, database: Database, origin: Origin) -> None:
    try:
        known = tables_of(engine)
    except LostError:
        raise
    except (SourceError, EngineError):
        return  # it does not tell; what it said of the table itself stands
    wanted = origin.table[-2:]
    names = {name for _, name in known} if len(wanted) == 1 else {f"{schema}.{name}" for schema, name in known}
    if ".".join(wanted) not in names:
        raise SourceError.no_such_table(origin.label, database.table, sorted(names))


# ---- columns ----


def _presented(engine: DatabaseEngine, origin: Origin, columns: list[Described], reading: Reading) -> list[Presented]:
    names = shown_as([each.name for each in columns], engine.dialect)
    if engine.kind == "sqlite":
        return dynamic_columns(engine, origin, columns, reading)
    return [_as_declared(engine, each, names[each.name], reading) for each in columns]


def _as_declared(engine: DatabaseEngine, column: Described, name: str, reading: Reading) -> Presented:
    value, type_ = engine.dialect.quoted(column.name), column.type
    if column.is_named:
        value = f"CAST({value} AS text)"
    if reading.declared.get(name) is LogicalType.INTEGER and column.native.lower() == "tinyint(1)":
        type_ = LogicalType.INTEGER  # MySQL's word for a boolean is that of its smallest number
    own = Column(name, type_, column.native, nested=column.nested, is_nullable=column.is_nullable)
    return Presented(own, value)


def _projected(engine: DatabaseEngine, origin: Origin, columns: list[Presented]) -> str:
    quoted = engine.dialect.quoted
    if all(each.value == quoted(each.column.name) and not each.raw for each in columns):
        return origin.relation
    selected = [f"{each.value} AS {quoted(each.column.name)}" for each in columns]
    selected += [f"{each.raw} AS {quoted(RAW_PREFIX + each.column.name)}" for each in columns if each.raw]
    return f"(SELECT {', '.join(selected)} FROM {origin.relation}) {ROWS}"


def _partition(engine: DatabaseEngine, label: str, schema: Schema, partition: Mapping[str, str]) -> str:
    conditions = []
    for name, value in partition.items():
        if name not in schema:
            raise SourceError.unknown_filter_column(label, name, schema.names)
        try:
            equals = exp.EQ(this=sql.col(name), expression=in_terms_of(schema[name], value))
        except NotOfTypeError:
            raise SourceError.wrong_filter_value(label, name, str(value), schema[name].type) from None
        conditions.append(engine.dialect.scalar(equals, schema))
    return " AND ".join(conditions)
