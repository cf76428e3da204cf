"""What DuckDB says of whole numbers more quickly than of doubles, and exactly: moments, and how many differ."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from airflow_mlquality.engines.dialects.base import Inline
from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.measurements import Schema

_WHOLE_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_SQUARES_FIT = ("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT")
"""Types whose squares are no more than a BIGINT."""


def whole_column(tree: exp.Expr, schema: Schema) -> exp.Column | None:
    """Return the column of whole numbers that an expression is, as it is or as a double."""
    column = tree.this if isinstance(tree, exp.Cast) else tree
    if not isinstance(column, exp.Column) or column.name not in schema:
        return None
    return column if schema[column.name].native in _WHOLE_NUMBERS else None


def moment(tree: exp.Expr, schema: Schema) -> Inline | None:
    """Return how a moment of whole numbers is asked; None when it is none."""
    if not isinstance(tree, exp.Min | exp.Max | exp.Avg | exp.StddevSamp):
        return None
    column = whole_column(tree.this, schema)
    if column is None:
        return None
    value = sql.text(column)
    count, total = f"COUNT({value})", f"SUM({value})"
    if isinstance(tree, exp.Avg):
        return Inline((count, total), _mean)
    if isinstance(tree, exp.Min | exp.Max):
        return Inline((f"{tree.key.upper()}({value})",), lambda found: None if found[0] is None else float(found[0]))
    if schema[column.name].native not in _SQUARES_FIT:
        return None
    return Inline((count, total, f"SUM(CAST({value} AS BIGINT) * {value})"), _deviation)


def _mean(found: Sequence[Any]) -> float | None:
    count, total = found
    return int(total) / int(count) if count else None


def _deviation(found: Sequence[Any]) -> float | None:
    """Return the sample standard deviation of exact sums.

    >>> _deviation([4, 10, 30]), _deviation([1, 5, 25])
    (1.2909944487358056, None)
    """
    count, total, squares = (int(number or 0) for number in found)
    return math.sqrt((count * squares - total * total) / (count * (count - 1))) if count > 1 else None


def distinct(tree: exp.Expr, schema: Schema, ranges: Mapping[str, tuple[int, int]]) -> Inline | None:
    """Return how the different values of a column are counted, when they are whole numbers from a known range.

    A bitmap of the range takes one bit for each number in it, where a table of the values takes dozens of bytes each.
    """
    if not (isinstance(tree, exp.Count) and isinstance(tree.this, exp.Distinct) and len(tree.this.expressions) == 1):
        return None
    column = whole_column(tree.this.expressions[0], schema)
    if column is None or column.name not in ranges:
        return None
    low, high = ranges[column.name]
    value = sql.text(column)
    cells = f"BITSTRING_AGG(CAST({value} AS BIGINT), CAST({low} AS BIGINT), CAST({high} AS BIGINT))"
    return Inline((f"BIT_COUNT({cells})",), lambda found: int(found[0] or 0))
