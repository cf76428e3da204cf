"""What DuckDB says of doubles more quickly: mean and deviation by sums about a centre, finite ones by difference.

`STDDEV_SAMP` divides once for each row. Sums of ``x - c`` and of ``(x - c) ** 2`` say the same, as long as the centre
`c` lies among the values: how much precision they lose is known from what they give, and then the slow way is asked.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from airflow_mlquality.engines.dialects.base import AGAIN, Inline
from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.measurements import Schema

MOST_LOSS = 100.0
"""The mean lies at most so many variances, in squares, from the centre: two of sixteen digits are lost."""


def about_a_centre(tree: exp.Expr, centres: Mapping[str, float]) -> Inline | None:
    """Return how a mean or a deviation of doubles is asked; None when it is none, or no centre is known."""
    if not isinstance(tree, exp.Avg | exp.StddevSamp) or not isinstance(tree.this, exp.Cast):
        return None
    columns = {column.name for column in tree.find_all(exp.Column)}
    centre = centres.get(columns.pop()) if len(columns) == 1 else None
    if centre is None:
        return None
    value = _text(tree.this)
    away = f"({value} - CAST({centre!r} AS DOUBLE))"
    plain = Inline((_text(tree),), lambda found: found[0])
    if isinstance(tree, exp.Avg):
        return Inline((f"COUNT({value})", f"SUM({away})"), lambda found: _mean(found, centre), plain)
    return Inline((f"COUNT({value})", f"SUM({away})", f"SUM({away} * {away})"), _deviation, plain)


def _mean(found: Sequence[Any], centre: float) -> Any:
    count, total = found
    if not count:
        return None
    return centre + total / count if math.isfinite(total) else AGAIN


def _deviation(found: Sequence[Any]) -> Any:
    """Return the sample standard deviation.

    >>> _deviation([4, 10.0, 30.0]), _deviation([1, 5.0, 25.0]), _deviation([4, 4e9, 4e18 + 2048]) is AGAIN
    (1.2909944487358056, None, True)
    """
    count, total, squares = found
    if not count or count == 1:
        return None
    between = total * total / count
    around = squares - between
    is_fine = math.isfinite(squares) and (between <= MOST_LOSS * around or squares == 0.0)
    return math.sqrt(max(around, 0.0) / (count - 1)) if is_fine else AGAIN


def counted(tree: exp.Expr, schema: Schema) -> Inline | None:
    """Return how finite or infinite values are counted, of what is counted of them anyway."""
    value = tree.this
    if isinstance(tree, exp.CountIf) and isinstance(value, exp.Anonymous) and value.name.lower() == "isinf":
        return Inline(_infinities(value.expressions[0].name), lambda found: sum(int(count or 0) for count in found))
    if isinstance(tree, exp.Count) and isinstance(value, exp.Case):
        columns = {column.name for column in value.find_all(exp.Column)}
        if len(columns) == 1 and value == sql.finite(schema[name := columns.pop()]):
            column = sql.col(name)
            apart = (_text(sql.count_where(sql.is_nan(column))), *_infinities(name))
            present = _text(exp.Count(this=column.copy()))
            return Inline((present, *apart), lambda found: found[0] - sum(int(count or 0) for count in found[1:]))
    return None


@cache
def _infinities(name: str) -> tuple[str, ...]:
    infinite = [sql.is_plus_infinity(sql.col(name)), minus_infinity(sql.col(name))]
    return tuple(_text(sql.count_where(each)) for each in infinite)


def minus_infinity(column: exp.Expr) -> exp.Expr:
    """Return whether a float is negative infinity."""
    return exp.EQ(this=column, expression=exp.cast(sql.literal("-Infinity"), "DOUBLE"))


def _text(tree: exp.Expr) -> str:
    return sql.text(tree)
