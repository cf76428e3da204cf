"""How DuckDB counts in bins: as whole numbers wherever they say the same, which is three times as quick.

`histogram(x, edges)` searches the edges for every value. Three things make the search quick (DuckDB 2.0, two million
values a second and column before, six after): whole numbers, since two doubles are compared with NaN in mind; a number
of edges one below a power of two, since every search then takes equally many steps; and no CASE around the value.

A double x becomes the whole number ``ceil(x * 2**s)`` with an s for which the edges become whole, too. Multiplying by a
power of two rounds nothing, so ``x <= edge`` holds exactly when it holds for the whole numbers. Edges that no s
makes whole are asked one by one, ``count_if(x <= edge)``, where they are few.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from airflow_mlquality.engines.dialects.base import Inline
from airflow_mlquality.engines.dialects.duckdb_floats import minus_infinity
from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow_mlquality.measurements import Schema

    Reader = Callable[[Any], int]

EXACT_BITS = 53
"""Whole numbers of so many bits are doubles without loss."""
MOST_SHIFT = 1_000
MOST_ODD_EDGES = 30
"""As many comparisons cost what a search among doubles costs more than one among whole numbers."""

_WHOLE_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_COUNT = "COUNT(*)"


def counts_in_bins(tree: exp.Expr, schema: Schema) -> Inline:
    """Return how the counts of a number below increasing edges are asked."""
    edges = tuple(
        -float(edge.this.this) if isinstance(edge, exp.Neg) else float(edge.this) for edge in tree.expressions
    )
    if not edges:
        return Inline((_COUNT,), lambda _: ())
    value = tree.this
    whole = _whole(value, schema)
    if whole is not None:
        number, last_below = whole
        places = [last_below(edge) for edge in edges]
        if all(abs(place) < 2**EXACT_BITS for place in places):
            return _of_whole_numbers(_text(number), places)
    return _of_doubles(value, edges, schema)


def _whole(value: exp.Expr, schema: Schema) -> tuple[exp.Expr, Callable[[float], int]] | None:
    """Return a value as a whole number, and the function that gives the greatest one whose value is up to an edge."""
    column = value.this if isinstance(value, exp.Cast) else value
    if isinstance(column, exp.Column):
        return (exp.cast(column.copy(), "BIGINT"), math.floor) if _is_whole(column, schema) else None
    if isinstance(value, exp.Div) and isinstance(value.expression, exp.Literal) and _is_micros(value.this):
        divisor = int(value.expression.this)
        return value.this, lambda edge: _greatest_dividend(edge, divisor)
    return None


def _is_whole(column: exp.Column, schema: Schema) -> bool:
    return schema[column.name].native in _WHOLE_NUMBERS


def _is_micros(value: exp.Expr) -> bool:
    """Return whether a value is microseconds, perhaps those since midnight: a whole number."""
    inner = value.unnest()
    while isinstance(inner, exp.Mod | exp.Add):
        inner = inner.this.unnest()
    return isinstance(inner, exp.Anonymous) and inner.name.lower() == "epoch_us"


def _greatest_dividend(edge: float, divisor: int) -> int:
    """Return the greatest whole number whose quotient, a double, is up to an edge.

    >>> _greatest_dividend(1.5, 3_600_000_000), _greatest_dividend(0.1, 10), _greatest_dividend(-0.25, 2)
    (5400000000, 1, -1)
    """
    place = math.floor(edge * divisor)
    while place / divisor <= edge:
        place += 1
    while place / divisor > edge:
        place -= 1
    return place


def _of_whole_numbers(value: str, places: Sequence[int]) -> Inline:
    """Ask where whole numbers lie; where several edges come down to one number, the first has its rows."""

    def read(found: Sequence[Any]) -> tuple[int, ...]:
        counts = dict(found[0] or {})
        return tuple(int(counts.pop(place, 0)) for place in places)

    return Inline((histogram(value, places),), read)


def histogram(value: str, places: Sequence[int]) -> str:
    """Return SQL that counts a whole number in the bins below increasing places, and some more above them."""
    known = sorted(set(places))
    above = (1 << len(known).bit_length()) - 1 - len(known)
    padded = [*known, *(known[-1] + step for step in range(1, above + 1))]
    return f"HISTOGRAM({value}, CAST({padded} AS BIGINT[]))"


def _unguarded(value: exp.Expr, schema: Schema) -> tuple[str, str | None]:
    """Return a double and, when it may be infinite, the count of negative infinities; NaN is above all edges."""
    inner = value.this if isinstance(value, exp.Cast) else value
    columns = list(inner.find_all(exp.Column))
    if isinstance(inner, exp.Case) and len({column.name for column in columns}) == 1:
        column = columns[0]
        if inner == sql.finite(schema[column.name]):
            double = _text(exp.cast(column.copy(), "DOUBLE"))
            return double, _text(sql.count_where(minus_infinity(column.copy())))
    return _text(exp.cast(value.copy(), "DOUBLE")), None


def _of_doubles(number: exp.Expr, edges: Sequence[float], schema: Schema) -> Inline:
    """Ask how many values are up to each edge: by whole numbers for most of them, by comparison for the others."""
    shift = _shift(edges)
    even = [edge for edge in edges if _is_even(edge, shift)]
    odd = [edge for edge in edges if not _is_even(edge, shift)]
    if len(odd) > MOST_ODD_EDGES or len(even) < len(odd):
        return _searched(_text(number), edges)
    value, negative_infinities = _unguarded(number, schema)
    compared = [*odd, *even[:1]]
    texts = [f"COUNT_IF({value} <= {_double(edge)})" for edge in compared]
    if len(even) > 1:
        places = [int(math.ldexp(edge, shift)) for edge in even]
        texts.append(histogram(f"TRY_CAST(CEIL({value} * {_double(2.0**shift)}) AS BIGINT)", places))
    if negative_infinities is not None:
        texts.append(negative_infinities)

    def read(found: Sequence[Any]) -> tuple[int, ...]:
        values = list(found)
        infinite = int(values.pop() or 0) if negative_infinities is not None else 0
        up_to = {edge: int(count or 0) - infinite for edge, count in zip(compared, values, strict=False)}
        if len(even) > 1:
            counts, rows = values[-1] or {}, up_to[even[0]]
            for edge in even[1:]:
                rows += int(counts.get(int(math.ldexp(edge, shift)), 0))
                up_to[edge] = rows
        totals = [up_to[edge] for edge in edges]
        return tuple(total - below for total, below in zip(totals, [0, *totals], strict=False))

    return Inline(tuple(texts), read)


def _searched(value: str, edges: Sequence[float]) -> Inline:
    texts = (f"HISTOGRAM({value}, CAST([{', '.join(_double(edge) for edge in edges)}] AS DOUBLE[]))",)
    return Inline(texts, lambda found: tuple(int((found[0] or {}).get(edge, 0)) for edge in edges))


def _shift(edges: Sequence[float]) -> int:
    """Return the greatest power of two by which the edges stay doubles of whole numbers."""
    _, exponent = math.frexp(max(abs(edge) for edge in edges))
    return min(max(EXACT_BITS - exponent, 0), MOST_SHIFT)


def _is_even(edge: float, shift: int) -> bool:
    """Return whether an edge becomes a whole number.

    >>> _is_even(0.75, 2), _is_even(0.1, 50), _is_even(-5e-324, 53)
    (True, False, False)
    """
    place = math.ldexp(edge, shift)
    return place.is_integer() and abs(place) <= 2**EXACT_BITS


def _double(value: float) -> str:
    return f"CAST({value!r} AS DOUBLE)"


def _text(tree: exp.Expr) -> str:
    return sql.text(tree)
