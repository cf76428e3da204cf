"""Pearson's correlation from power sums: its standard error under any law, and intervals for a difference of two."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_mlquality.stats.chisquare import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Mapping

POWERS = tuple((a, b) for a in range(5) for b in range(5) if 0 < a + b <= 4)  # noqa: PLR2004  moments up to the fourth
"""Exponents of the monomials ``x**a * y**b`` whose sums are needed."""

_LOST = 1e-3
"""Spread over size below which fourth powers have lost the digits that a moment about the mean needs."""


@dataclass(frozen=True)
class Correlation:
    """A correlation, and its variance times the number of rows.

    Parameters
    ----------
    rows
        Pairs of values.
    value
        In [-1, 1].
    variance
        Of ``sqrt(rows) * value`` in large samples, whatever law the values follow: for a normal one
        ``(1 - value**2)**2``.
    """

    rows: int
    value: float
    variance: float

    def interval(self, error_rate: float, rows: int | None = None) -> tuple[float, float]:
        """Return an interval on Fisher's scale; each side errs at half the rate.

        >>> Correlation(100, 0.5, 0.5625).interval(0.05)
        (0.33..., 0.63...)
        """
        number = max(4, rows or self.rows)
        slope = max(1e-12, 1 - self.value**2)
        error = math.sqrt(self.variance / (number - 3)) / slope
        at = math.atanh(min(max(self.value, -1 + 1e-12), 1 - 1e-12))
        far = normal_quantile(1 - error_rate / 2) * error
        return math.tanh(at - far), math.tanh(at + far)


def correlation(rows: int, sums: Mapping[tuple[int, int], float]) -> Correlation | None:
    """Return the correlation of pairs whose power sums are given; None where a column is constant or lost its digits.

    Parameters
    ----------
    rows
        Pairs.
    sums
        By exponents, as in `POWERS`.

    References
    ----------
    Steiger, J. H. and Hakstian, A. R. (1982). The asymptotic distribution of elements of a correlation matrix: theory
    and application. British Journal of Mathematical and Statistical Psychology, 35, 208-215.
    DOI 10.1111/j.2044-8317.1982.tb00653.x

    Examples
    --------
    >>> xs, ys = [1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 2.0, 4.0]
    >>> sums = {(a, b): sum(x**a * y**b for x, y in zip(xs, ys)) for a, b in POWERS}
    >>> round(correlation(4, sums).value, 6)
    0.8
    """
    if rows < 2:  # noqa: PLR2004  one pair has no spread
        return None
    moments = {(0, 0): 1.0, **{power: total / rows for power, total in sums.items()}}
    mean_x, mean_y = moments[1, 0], moments[0, 1]
    central = {
        (a, b): math.fsum(
            math.comb(a, i) * math.comb(b, j) * moments[i, j] * (-mean_x) ** (a - i) * (-mean_y) ** (b - j)
            for i in range(a + 1)
            for j in range(b + 1)
        )
        for a, b in POWERS
    }
    spread_x, spread_y = (math.sqrt(max(0.0, central[power])) for power in ((2, 0), (0, 2)))
    if spread_x <= _LOST * abs(mean_x) or spread_y <= _LOST * abs(mean_y):
        return None
    scaled = {(a, b): value / (spread_x**a * spread_y**b) for (a, b), value in central.items()}
    r = max(-1.0, min(1.0, scaled[1, 1]))
    variance = (
        scaled[2, 2] + r * r / 4 * (scaled[4, 0] + scaled[0, 4] + 2 * scaled[2, 2]) - r * (scaled[3, 1] + scaled[1, 3])
    )
    return Correlation(rows, r, max(0.0, variance))


def difference_interval(
    one: Correlation, two: Correlation, error_rate: float, rows: int | None = None
) -> tuple[float, float]:
    """Return an interval for the absolute difference of two independent correlations.

    Parameters
    ----------
    one, two
        The correlations.
    error_rate
        Of both sides together.
    rows
        As if the first had so many pairs.

    References
    ----------
    Zou, G. Y. (2007). Toward using confidence intervals to compare correlations. Psychological Methods, 12, 399-413.
    DOI 10.1037/1082-989X.12.4.399

    Examples
    --------
    >>> low, high = difference_interval(Correlation(500, 0.6, 0.41), Correlation(500, 0.2, 0.92), 0.01)
    >>> round(low, 2), round(high, 2)
    (0.27, 0.53)
    """
    between = one.value - two.value
    low_one, high_one = one.interval(error_rate, rows)
    low_two, high_two = two.interval(error_rate)
    low = between - math.hypot(one.value - low_one, high_two - two.value)
    high = between + math.hypot(high_one - one.value, two.value - low_two)
    return max(0.0, low, -high), max(abs(low), abs(high))
