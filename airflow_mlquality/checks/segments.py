"""Rows by the value of a column: how a group is told in SQL, and named in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_mlquality.measurements import Column, LogicalType, sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks.base import Facts

_PLAIN = (LogicalType.STRING, LogicalType.INTEGER, LogicalType.DECIMAL, LogicalType.NULL)
_NAMES_SHOWN = 5


def can_tell_groups(type_: LogicalType) -> bool:
    """Return whether rows are put into groups by values of a type."""
    return not type_.is_nested and type_ not in (LogicalType.BINARY, LogicalType.OTHER, LogicalType.NULL)


def group_key(column: Column) -> str:
    r"""Return SQL of what tells a group: texts and numbers that every engine gives alike.

    >>> group_key(Column("paid", LogicalType.BOOLEAN))
    'CASE WHEN "paid" THEN \'true\' WHEN NOT "paid" THEN \'false\' END'
    """
    name = sql.text(sql.col(column.name))
    if column.type is LogicalType.BOOLEAN:
        return f"CASE WHEN {name} THEN 'true' WHEN NOT {name} THEN 'false' END"
    if column.type is LogicalType.FLOAT:
        return sql.text(sql.finite(column))
    return name if column.type in _PLAIN else f"CAST({name} AS VARCHAR)"


def has_value(column: Column) -> str:
    """Return SQL of whether a row has a value there; NaN and infinities are none."""
    return f"NOT {sql.text(sql.finite(column))} IS NULL"


def segment_name(value: Any) -> str:
    """Return what tells a group as the text that a contract writes.

    >>> segment_name(None), segment_name(3.0), segment_name(True), segment_name("EWR")
    ('null', '3', 'true', 'EWR')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def shown_segment(facts: Facts, column: str, name: str) -> str:
    """Return a segment as it may be shown."""
    return name if name == "null" else facts.display(column, name)


def listed(names: Sequence[str], most: int = _NAMES_SHOWN) -> str:
    """Return a few names.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")
