"""Columns of SQLite: each value has a type of its own, so one that is not of its column's type is counted apart.

As for a column that was read from text, the column is offered with the values that are of its type, and a second time
as the text of every value, see `measurements.counts.RAW_PREFIX`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_mlquality.engines.database.columns import Described, Origin, Presented
from airflow_mlquality.errors import SourceError
from airflow_mlquality.measurements import Column, LogicalType, Schema, sql
from airflow_mlquality.measurements.counts import parsed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.engines.database.connection import DatabaseEngine
    from airflow_mlquality.engines.engine import Reading

SAMPLE_ROWS = 5_000
MOST_COLUMNS = 1_000
"""SQLite selects 2,000 columns at most, and each is there twice."""
_CLASSES = {
    "integer": LogicalType.INTEGER,
    "real": LogicalType.FLOAT,
    "text": LogicalType.STRING,
    "blob": LogicalType.BINARY,
}
"""The types that a value can have, and what a column is whose values are of it."""


def dynamic_columns(
    engine: DatabaseEngine, origin: Origin, columns: Sequence[Described], reading: Reading
) -> list[Presented]:
    """Return the columns, each with the values of its type and the text of all.

    Raises
    ------
    SourceError
        When they are too many to be presented twice.
    """
    if len(columns) > MOST_COLUMNS:
        raise SourceError.too_wide(origin.label, len(columns), MOST_COLUMNS)
    untold = [each.name for each in columns if each.type.is_time or each.type in _UNTOLD]
    held = _held(engine, origin, untold)
    return [_presented(engine, each, _type(each, reading, held.get(each.name, {})), reading) for each in columns]


_UNTOLD = (LogicalType.OTHER, LogicalType.NULL, LogicalType.TIME)


def _held(engine: DatabaseEngine, origin: Origin, names: Sequence[str]) -> dict[str, Mapping[str, int]]:
    """Return how many of the first values are of each class, of columns whose declared type does not tell."""
    if not names:
        return {}
    counts = ", ".join(
        f"SUM(typeof({engine.dialect.quoted(name)}) = '{class_}')" for name in names for class_ in _CLASSES
    )
    (row,) = engine.run(f"SELECT {counts} FROM (SELECT * FROM {origin.relation} LIMIT {SAMPLE_ROWS})", origin.label)
    width = len(_CLASSES)
    numbers = [int(number or 0) for number in row]
    return {
        name: dict(zip(_CLASSES, numbers[place * width : (place + 1) * width], strict=True))
        for place, name in enumerate(names)
    }


def _type(column: Described, reading: Reading, held: Mapping[str, int]) -> LogicalType:
    declared = reading.declared.get(column.name)
    numbers = held.get("integer", 0) + held.get("real", 0)
    if column.type.is_time or column.type is LogicalType.TIME:
        # SQLite has no type for times: they are text, unless a table counts days or seconds
        return _of_classes(held) if numbers > held.get("text", 0) else column.type
    actual = _of_classes(held) if column.type in _UNTOLD else column.type
    if actual is LogicalType.STRING and declared is not None and (declared.is_time or declared in _WRITTEN):
        return declared
    if actual is LogicalType.INTEGER and declared is LogicalType.BOOLEAN:
        return declared
    return actual


_WRITTEN = (LogicalType.TIME, LogicalType.UUID)
"""Types that SQLite has only as text; with times."""


def _of_classes(held: Mapping[str, int]) -> LogicalType:
    most = max(held, key=lambda class_: held[class_], default="text")
    if not held.get(most):
        return LogicalType.NULL
    if held["real"] and most == "integer":
        most = "real"
    return _CLASSES[most]


def _presented(engine: DatabaseEngine, column: Described, type_: LogicalType, reading: Reading) -> Presented:
    stored = engine.dialect.quoted(column.name)
    text = f"CASE typeof({stored}) WHEN 'blob' THEN hex({stored}) ELSE CAST({stored} AS TEXT) END"
    named = Column(column.name, type_, column.native, is_parsed=True, is_nullable=column.is_nullable)
    return Presented(named, _value(engine, column, type_), text, is_sniffed=column.name not in reading.declared)


def _value(engine: DatabaseEngine, column: Described, type_: LogicalType) -> str:
    """Return a value where it is of the type, NULL where it is not."""
    stored = engine.dialect.quoted(column.name)
    if type_.is_time or type_ in _WRITTEN:
        as_text = Schema((Column(column.name, LogicalType.STRING, column.native),))
        read = engine.dialect.scalar(parsed(sql.col(column.name), type_), as_text)
        return f"CASE WHEN typeof({stored}) = 'text' AND {read} IS NOT NULL THEN {stored} END"
    if type_ is LogicalType.BOOLEAN:
        return f"CASE WHEN typeof({stored}) = 'integer' AND {stored} IN (0, 1) THEN {stored} END"
    if type_ is LogicalType.FLOAT:
        return f"CASE WHEN typeof({stored}) IN ('integer', 'real') THEN CAST({stored} AS REAL) END"
    classes = {
        LogicalType.INTEGER: "= 'integer'",
        LogicalType.DECIMAL: "IN ('integer', 'real')",
        LogicalType.BINARY: "= 'blob'",
    }
    held = classes.get(type_, "= 'text'")
    return f"CASE WHEN typeof({stored}) {held} THEN {stored} END"
