"""The chi-square law, central and noncentral: its distribution and the inverses of it, to about ten digits.

They are written out here because importing them costs more than a whole gate on a small table.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_NORMAL = NormalDist()
_TINY = 1e-300
_NEGLIGIBLE = 1e-16
_CLOSE = 1e-11
_CLOSE_BY_NEWTON = 1e-6
"""A step of Newton's method leaves an error of about its square."""
_MOST_STEPS = 200


def normal_quantile(probability: float) -> float:
    """Return the quantile of the standard normal law.

    >>> round(normal_quantile(0.975), 6)
    1.959964
    """
    return _NORMAL.inv_cdf(probability)


def regularized_gamma(shape: float, at: float) -> float:
    """Return the lower incomplete gamma function over the whole one.

    Parameters
    ----------
    shape
        Positive.
    at
        Not negative.

    References
    ----------
    Press, W. H., Teukolsky, S. A., Vetterling, W. T. and Flannery, B. P. (2007). Numerical Recipes, 3rd edition,
    section 6.2: the series below the mean, the continued fraction above it.

    Examples
    --------
    >>> round(regularized_gamma(2.0, 3.0), 12), regularized_gamma(2.0, 0.0)
    (0.800851726529, 0.0)
    """
    if at <= 0:
        return 0.0
    weight = _weight(shape, at)
    if at < shape + 1:
        term = total = 1.0
        divisor = shape
        while term > total * _NEGLIGIBLE:
            divisor += 1
            term *= at / divisor
            total += term
        return weight * total
    return 1 - weight * shape * _continued_fraction(shape, at)


def _weight(shape: float, at: float) -> float:
    """Return ``at ** shape * exp(-at) / gamma(shape + 1)``."""
    return math.exp(shape * math.log(at) - at - math.lgamma(shape + 1))


def _continued_fraction(shape: float, at: float) -> float:
    """Return the fraction of the upper function, by the method of Lentz."""
    b = at + 1 - shape
    c, d = 1 / _TINY, 1 / b
    fraction = d
    for i in range(1, 10_000):
        a = -i * (i - shape)
        b += 2
        d = 1 / ((a * d + b) or _TINY)
        c = (b + a / c) or _TINY
        fraction *= d * c
        if abs(d * c - 1) < 1e-15:  # noqa: PLR2004  as near as doubles come
            break
    return fraction


def distribution(statistic: float, degrees: float, center: float = 0.0) -> tuple[float, float, float]:
    """Return the probability of at most a statistic, and how it changes with the statistic and with the noncentrality.

    The noncentral law is a mixture of central ones, weighted by the law of Poisson; the sum starts at its heaviest
    member and goes both ways, each member made of the one before it.

    Parameters
    ----------
    statistic
        Not negative.
    degrees
        Degrees of freedom, positive.
    center
        The noncentrality, not negative.

    References
    ----------
    Ding, C. G. (1992). Algorithm AS 275: computing the non-central chi-squared distribution function. Journal of the
    Royal Statistical Society C, 41, 478-482. DOI 10.2307/2347584

    Examples
    --------
    >>> [round(part, 6) for part in distribution(10.0, 4, 5.0)]
    [0.638229, 0.065231, -0.073496]
    """
    if statistic <= 0:
        return 0.0, 0.0, 0.0
    mean, at = center / 2, statistic / 2
    heaviest = int(mean)
    share = math.exp(heaviest * math.log(mean) - mean - math.lgamma(heaviest + 1)) if mean > 0 else 1.0
    shape = degrees / 2 + heaviest
    below, step = regularized_gamma(shape, at), _weight(shape, at)
    total, slope, fall = share * below, share * step * shape / at, share * step
    p, up, s, j = share, below, step, heaviest
    while p > _NEGLIGIBLE and mean > 0:  # members above: more mass, less of it below the statistic
        up -= s
        s *= at / (degrees / 2 + j + 1)
        j += 1
        p *= mean / j
        total, slope, fall = total + p * up, slope + p * s * (degrees / 2 + j) / at, fall + p * s
    p, down, s, j = share, below, step, heaviest
    while j > 0 and p > _NEGLIGIBLE:  # members below
        s *= (degrees / 2 + j) / at
        down += s
        p *= j / mean
        j -= 1
        total, slope, fall = total + p * down, slope + p * s * (degrees / 2 + j) / at, fall + p * s
    return min(1.0, max(0.0, total)), slope / 2, -fall / 2


@lru_cache(maxsize=4_096)
def noncentrality_of(statistic: float, degrees: float, probability: float, guess: float) -> float:
    """Return the noncentrality under which a statistic this small or smaller has a probability.

    The central law must give it more. `guess` is where the search starts.

    Examples
    --------
    >>> round(noncentrality_of(35.0, 4, 0.99, 10.0), 3)
    10.566
    """

    def excess(center: float) -> tuple[float, float]:
        below, _, slope = distribution(statistic, degrees, center)
        return probability - below, -slope

    return _root(excess, guess)


def quantile_of(probability: float, degrees: float, center: float, guess: float) -> float:
    """Return the statistic that has a probability below it.

    Examples
    --------
    >>> round(quantile_of(0.5, 4, 0.0, 3.0), 3)
    3.357
    """

    def excess(statistic: float) -> tuple[float, float]:
        below, slope, _ = distribution(statistic, degrees, center)
        return below - probability, slope

    return _root(excess, guess)


def _root(function: Callable[[float], tuple[float, float]], guess: float) -> float:
    """Return where a function that grows from below 0 is 0: by Newton's method, halving where it would leave."""
    low, high = 0.0, math.inf
    at = max(guess, 1e-6)
    for _ in range(_MOST_STEPS):
        value, slope = function(at)
        low, high = (at, high) if value < 0 else (low, at)
        after = at - value / slope if slope > 0 else math.nan
        is_newtons = low < after < high
        if not is_newtons:
            after = (low + high) / 2 if high < math.inf else 2 * at
        if abs(after - at) <= (_CLOSE_BY_NEWTON if is_newtons else _CLOSE) * after:
            return after
        at = after
    return at
