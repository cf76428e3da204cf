"""Telling the type of a text column from its values, without hiding the ones that are not of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from airflow_mlquality.measurements import LogicalType, sql
from airflow_mlquality.measurements.counts import parsed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.engines.embedded.connection import Embedded

SAMPLE_ROWS = 5_000
SHARE = 0.9
"""Share of a column's values that must be written as a type for the column to be of it; the rest are its errors."""

_CANDIDATES = (
    LogicalType.BOOLEAN,
    LogicalType.INTEGER,
    LogicalType.FLOAT,
    LogicalType.DATE,
    LogicalType.TIMESTAMP,
    LogicalType.TIMESTAMP_TZ,
    LogicalType.TIME,
)
"""The narrowest first; a column that is of none of them is text."""

_FORMS = {
    LogicalType.BOOLEAN: "(?i)true|false",
    LogicalType.INTEGER: "[+-]?(0|[1-9][0-9]*)",
    LogicalType.DATE: "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    LogicalType.TIMESTAMP: "[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:.]+",
    LogicalType.TIMESTAMP_TZ: "[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:.]+ ?(Z|[+-][0-9:]+)",
    LogicalType.TIME: "[0-9]{2}:[0-9]{2}(:[0-9.]+)?",
    LogicalType.FLOAT: "[+-]?[0-9.]+([eE][+-]?[0-9]+)?|(?i)[+-]?(nan|inf|infinity)",
}
"""How a value is written; a code with leading zeros is no number."""


def sniffed_types(engine: Embedded, relation: str, columns: Sequence[str], label: str) -> dict[str, LogicalType]:
    """Return the types of text columns that are not text, told from their first values.

    Parameters
    ----------
    relation
        Where the columns are text.
    columns
        Those to look at.
    """
    if not columns:
        return {}
    counted: list[exp.Expr] = []
    for name in columns:
        counted.append(exp.Count(this=sql.col(name)))
        counted.extend(sql.count_where(tree) for tree in written_as(name))
    selected = ", ".join(sql.text(tree) for tree in counted)
    (numbers,) = engine.run(f"SELECT {selected} FROM (SELECT * FROM {relation} LIMIT {SAMPLE_ROWS})", label)
    return types_told(columns, numbers)


def written_as(name: str) -> list[exp.Expr]:
    """Return whether a text is written as each of the types that it may be of."""
    return [_is_written_as(name, type_) for type_ in _CANDIDATES]


def types_told(columns: Sequence[str], numbers: Sequence[int]) -> dict[str, LogicalType]:
    """Return the types of columns.

    Parameters
    ----------
    numbers
        For each column, how many values it has, and how many of them `written_as` is true for, type by type.
    """
    width = len(_CANDIDATES) + 1
    types = {}
    for position, name in enumerate(columns):
        values, *written = numbers[position * width : (position + 1) * width]
        for type_, count in zip(_CANDIDATES, written, strict=True):
            if values and count >= SHARE * values:
                types[name] = type_
                break
    return types


def _is_written_as(name: str, type_: LogicalType) -> exp.Expr:
    column = sql.col(name)
    form = sql.function("regexp_full_match", column, sql.literal(_FORMS[type_]))
    return exp.and_(form, sql.is_not_null(parsed(column.copy(), type_)))
