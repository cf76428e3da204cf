"""Cumulative shares of a number, from counts in intervals: what two distributions are compared by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Curve:
    """Which share of some rows lies below a number, as if the rows of an interval lay evenly in it.

    Parameters
    ----------
    xs
        Increasing finite numbers.
    shares
        Share of the rows at or below each of them; the last is 1.
    rows
        How many rows there are.
    """

    xs: tuple[float, ...]
    shares: tuple[float, ...]
    rows: int

    def below(self, xs: Sequence[float]) -> list[float]:
        """Return the shares of rows that lie below some numbers.

        >>> curve_of([(0.0, 1.0, 50), (1.0, 3.0, 50)]).below([0.5, 2.0, 9.0])
        [0.25, 0.75, 1.0]
        """
        import numpy as np

        if not self.xs:
            return [0.0] * len(xs)
        just_below = np.nextafter(np.asarray(xs, dtype=float), -np.inf)
        shares = np.interp(just_below, self.xs, self.shares, left=0.0, right=1.0)
        rounded: list[float] = np.round(shares, 12).tolist()
        return rounded

    def quantile(self, share: float) -> float:
        """Return the number below which a share of the rows lies.

        >>> curve_of([(0.0, 1.0, 50), (1.0, 3.0, 50)]).quantile(0.75)
        2.0
        """
        place = next((i for i, each in enumerate(self.shares) if each >= share), len(self.shares) - 1)
        if place == 0:
            return self.xs[0]
        gained = self.shares[place] - self.shares[place - 1]
        within = (share - self.shares[place - 1]) / gained if gained else 1.0
        return self.xs[place - 1] + (self.xs[place] - self.xs[place - 1]) * within


def curve_of(intervals: Iterable[tuple[float, float, int]]) -> Curve:
    """Return the curve of counts in disjoint intervals ``(low, high, rows)``; one value has an interval of no width."""
    held = sorted((each for each in intervals if each[2]), key=lambda each: (each[0], each[1]))
    rows = sum(each[2] for each in held)
    xs: list[float] = []
    counts: list[int] = []
    counted = 0
    for low, high, count in held:
        start = math.nextafter(low, -math.inf) if low == high else low
        if not xs or start > xs[-1]:
            xs.append(start)
            counts.append(counted)
        counted += count
        xs.append(max(high, math.nextafter(xs[-1], math.inf)))
        counts.append(counted)
    return Curve(tuple(xs), tuple(count / rows for count in counts) if rows else (), rows)


def distance(one: Curve, other: Curve) -> float:
    """Return the largest difference of two curves at the ends of the first one's intervals: Kolmogorov's distance.

    Under no change it is about ``sqrt(1 / rows + 1 / rows)``, see `noise`.

    >>> near, far = curve_of([(0.0, 1.0, 10)]), curve_of([(5.0, 6.0, 10)])
    >>> distance(near, near), distance(near, far)
    (0.0, 1.0)
    """
    pairs = zip(one.below(one.xs), other.below(one.xs), strict=True)
    return max((abs(here - there) for here, there in pairs), default=0.0)


def noise(one: int, other: int, error_rate: float) -> float:
    """Return how far two curves of so many rows differ by chance, except in a share `error_rate` of samples.

    References
    ----------
    Massart, P. (1990). The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality. Annals of Probability, 18,
    1269-1283. DOI 10.1214/aop/1176990746

    Examples
    --------
    >>> round(noise(1_000, 1_000, 0.01), 3)
    0.073
    """
    return math.sqrt(math.log(2 / error_rate) / 2 * (1 / one + 1 / other)) if one and other else math.inf
