"""How many values lie beyond two fences, as far as bins and groups of size tell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_mlquality.measurements import Column, Groups, GroupsFact, ShapeFact, in_groups, sql

if TYPE_CHECKING:
    from airflow_mlquality.measurements.numbers import MomentsFact

_PER_DOUBLE = 4
"""Groups of size per doubling."""


@dataclass(frozen=True)
class Beyond:
    """How many values lie beyond fences: surely, possibly, and of how many."""

    surely: int
    possibly: int
    rows: int


def sizes_of(column: Column) -> Groups:
    """Return the measurement of values by their sign and size, with the least and the greatest of each group.

    Bins of the reference end where its values do; these go on, and tell a value a little beyond from one far away.
    """
    value = f"CAST({sql.text(sql.finite(column))} AS DOUBLE)"
    size = f"FLOOR({_PER_DOUBLE} * LN(NULLIF(ABS({value}), 0)) / {math.log(2)!r})"
    return in_groups((f"SIGN({value})", size), f"MIN({value})", f"MAX({value})", where=f"NOT {value} IS NULL")


def known_better(known: Beyond, sizes: GroupsFact, fences: tuple[float, float], unbounded: int) -> Beyond:
    """Return how many values lie beyond fences, by whatever tells more: the bins or the sizes."""
    if not sizes.is_complete:
        return known
    low, high = fences
    surely = possibly = unbounded
    for *_, count, least, most in sizes.rows:
        if not (isinstance(count, int | float) and isinstance(least, int | float) and isinstance(most, int | float)):
            return known
        surely += int(count) if most < low or least > high else 0
        possibly += int(count) if least < low or most > high else 0
    return Beyond(max(known.surely, surely), min(known.possibly, possibly), known.rows)


def infinite(shape: ShapeFact) -> int:
    """Return how many values are infinite."""
    return shape.non_finite.plus_inf + shape.non_finite.minus_inf


def beyond(shape: ShapeFact, extremes: MomentsFact, fences: tuple[float, float]) -> Beyond:
    """Return how many values of a shape lie beyond fences; the extremes tell where its outer bins end."""
    low, high = fences
    least = -math.inf if extremes.min is None else extremes.min
    most = math.inf if extremes.max is None else extremes.max
    edges = shape.bins.edges
    starts, ends = (-math.inf, *edges), (*edges, math.inf)
    surely = possibly = infinite(shape)
    for start, end, count in zip(starts, ends, shape.counts, strict=True):
        smallest, largest = max(math.nextafter(start, math.inf), least), min(end, most)
        surely += count if largest < low or smallest > high else 0
        possibly += count if smallest < low or largest > high else 0
    return Beyond(surely, possibly, sum(shape.counts) + infinite(shape))


def excess_interval(now: Beyond, before: Beyond | None, error_rate: float) -> tuple[float, float]:
    """Return the interval of the share beyond fences, less that of a reference: Clopper and Pearson for each."""
    from airflow_mlquality.stats.binomial import lower_share, upper_share

    if before is None:
        return lower_share(now.surely, now.rows, error_rate), upper_share(now.possibly, now.rows, error_rate)
    half = error_rate / 2
    low = lower_share(now.surely, now.rows, half) - upper_share(before.possibly, before.rows, half)
    high = upper_share(now.possibly, now.rows, half) - lower_share(before.surely, before.rows, half)
    return max(low, 0.0), max(high, 0.0)


def absolute_deviation(shape: ShapeFact, median: float, extremes: MomentsFact) -> float:
    """Return the median absolute deviation: the reach around the median that holds half of the values."""
    total = sum(shape.counts)
    high = max(abs((extremes.max or 0.0) - median), abs(median - (extremes.min or 0.0)))
    low = 0.0
    for _ in range(60):
        middle = (low + high) / 2
        outside = beyond(shape, extremes, (median - middle, median + middle))
        is_narrow = (outside.surely + outside.possibly) / 2 > total / 2
        low, high = (middle, high) if is_narrow else (low, middle)
    return high
