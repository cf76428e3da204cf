"""Quantiles of a column from its shape: between which numbers they lie is known, and how far an estimate is off."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_mlquality.measurements.numbers import MomentsFact
    from airflow_mlquality.measurements.shapes import ShapeFact


@dataclass(frozen=True)
class Quantile:
    """A quantile as far as bins tell it.

    Parameters
    ----------
    low, high
        It is above `low` and at most `high`, or equal to both.
    estimate
        Between them, as if the rows of a bin lay evenly in it.
    """

    low: float
    high: float
    estimate: float

    @property
    def error(self) -> float:
        """How far the estimate is off at most."""
        return max(self.estimate - self.low, self.high - self.estimate)


def quantile(shape: ShapeFact, share: float, extremes: MomentsFact | None = None) -> Quantile | None:
    """Return the quantile of the finite values of a number; None when there are none.

    The quantile is that of most libraries: linear between the two values around the place ``share * (n - 1)``.

    Parameters
    ----------
    shape
        On bins of a number.
    share
        In [0, 1].
    extremes
        The moments of the same column: no quantile lies beyond them, so that the outer bins end there.

    Examples
    --------
    >>> from airflow_mlquality.measurements import Bins, MomentsFact, ShapeFact
    >>> shape = ShapeFact(Bins("number", edges=(1.0, 2.0, 4.0)), (0, 50, 50, 0))
    >>> quantile(shape, 0.75)
    Quantile(low=2.0, high=4.0, estimate=2.99)
    >>> round(quantile(shape, 0.75).error, 3)
    1.01
    """
    ends = list(accumulate(shape.counts))
    if shape.bins.kind != "number" or not ends[-1]:
        return None
    least, most = (extremes.min, extremes.max) if extremes else (None, None)
    edges = [
        -math.inf if least is None else math.nextafter(least, -math.inf),
        *shape.bins.edges,
        math.inf if most is None else most,
    ]
    place = share * (ends[-1] - 1)
    first, last = bisect_right(ends, math.floor(place)), bisect_right(ends, math.ceil(place))
    low = edges[first] if least is None else max(edges[first], edges[0])
    high = edges[last + 1] if most is None else min(edges[last + 1], edges[-1])
    if high == math.nextafter(low, math.inf):  # a bin of one value
        return Quantile(high, high, high)
    start = ends[first - 1] if first else 0
    within = (place - start + 0.5) / (ends[last] - start)
    estimate = low + (high - low) * within if math.isfinite(high - low) else (low if math.isfinite(low) else high)
    return Quantile(low, high, estimate)
