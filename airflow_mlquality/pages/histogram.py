"""Counts on bins of unequal width, drawn as counts on bins of equal width."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = 30
TAIL = 0.1
"""Share of rows at either end that may lie outside the drawn range, when they would flatten the rest."""


@dataclass(frozen=True)
class Drawn:
    """Shares of rows on columns of equal width from `low` to `high`, and beyond either end."""

    low: float
    high: float
    columns: tuple[float, ...]
    below: float
    above: float

    @property
    def width(self) -> float:
        """Width of a column."""
        return (self.high - self.low) / len(self.columns)


LEAST_RANGE, LEAST_NUMBER = 1e-12, 1e-300
"""A range that is narrower, beside its numbers or at all, is one value: two edges may be neighbouring doubles."""


def are_drawable(edges: Sequence[float]) -> bool:
    """Return whether edges increase over a range that a number can hold."""
    return (
        bool(edges)
        and math.isfinite(8 * (edges[-1] - edges[0]))
        and all(left < right for left, right in pairwise(edges))
    )


def drawn_range(edges: Sequence[float], *counts: Sequence[float]) -> tuple[float, float]:
    """Return the range to draw: from the first edge to the last, or the middle of the rows where tails are long."""
    low, high = edges[0], edges[-1]
    shares = [[count / (sum(each) or 1) for count in each] for each in counts]
    heaviest = [max(column) for column in zip(*shares, strict=True)]
    core_low = edges[max(_bin_at(heaviest, TAIL) - 1, 0)]
    core_high = edges[min(_bin_at(heaviest, 1 - TAIL), len(edges) - 1)]
    core = core_high - core_low
    if core > 0 and high - low > 4 * core:
        low, high = max(low, core_low - core / 2), min(high, core_high + core / 2)
    if high - low > max(LEAST_RANGE * max(abs(low), abs(high)), LEAST_NUMBER):
        return low, high
    return low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2


def closed(edges: Sequence[float]) -> tuple[float, ...]:
    """Return edges with one more at either end, so that the open bins can be drawn: twice as wide as their neighbours.

    >>> closed([0.0, 1.0, 2.0, 6.0]), closed([10.0])
    ((-2.0, 0.0, 1.0, 2.0, 6.0, 14.0), (5.0, 10.0, 15.0))
    """
    least = (edges[-1] - edges[0]) / 12
    if not least:
        return (edges[0] - (abs(edges[0]) or 1) / 2, *edges, edges[0] + (abs(edges[0]) or 1) / 2)
    left, right = max(2 * (edges[1] - edges[0]), least), max(2 * (edges[-1] - edges[-2]), least)
    return (edges[0] - left, *edges, edges[-1] + right)


def _bin_at(shares: Sequence[float], level: float) -> int:
    """Return the bin in which a quantile lies."""
    wanted = level * sum(shares)
    return next((index for index, passed in enumerate(accumulate(shares)) if passed >= wanted), len(shares) - 1)


def drawn(edges: Sequence[float], counts: Sequence[float], rows: float, span: tuple[float, float]) -> Drawn:
    """Return counts on ``len(edges) + 1`` bins as shares of `rows` on columns; a bin's rows spread evenly over it."""
    low, high = span
    columns = [0.0] * COLUMNS
    below, above = counts[0] / rows, counts[-1] / rows
    step = (high - low) / COLUMNS
    for (left, right), count in zip(pairwise(edges), counts[1:], strict=False):
        share = count / rows
        if right - left < step / 1000:
            position = (right - low) / step
            if right < low:
                below += share
            elif right > high:
                above += share
            else:
                columns[min(int(position), COLUMNS - 1)] += share
            continue
        below += share * _overlap(left, right, left, low) / (right - left)
        above += share * _overlap(left, right, high, right) / (right - left)
        first = max(int((left - low) / step), 0)
        last = min(int((right - low) / step), COLUMNS - 1)
        for index in range(first, last + 1):
            start = low + index * step
            columns[index] += share * _overlap(left, right, start, start + step) / (right - left)
    return Drawn(low, high, tuple(columns), below, above)


def _overlap(left: float, right: float, start: float, end: float) -> float:
    return max(min(right, end) - max(left, start), 0.0)
