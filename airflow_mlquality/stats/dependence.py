"""How far the dependence of two categories has changed: by its strength, or by what one says of the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from airflow_mlquality.stats.divergences import Divergence
from airflow_mlquality.stats.metrics import Metric, tv_moments

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from airflow_mlquality.stats.distances import Array


@dataclass(frozen=True)
class Strength:
    """Cramér's V of one table of counts.

    Parameters
    ----------
    divergence
        Pearson's mean square contingency, ``chi-square / n``, on one cell more than it has degrees of freedom.
    widest
        The largest mean square contingency that a table of this size can have.

    Notes
    -----
    Under independence `value` is 0 in about half of all samples. The interval is that of a divergence: n times the
    contingency follows the noncentral chi-square law near independence, and the delta method widens it far from it.

    References
    ----------
    Bergsma, W. (2013). A bias-correction for Cramér's V and Tschuprow's T. Journal of the Korean Statistical Society,
    42, 323-328. DOI 10.1016/j.jkss.2012.10.002

    Examples
    --------
    >>> strength = Strength.of([[400, 100], [100, 400]])
    >>> round(strength.value, 2), [round(end, 2) for end in strength.interval(0.01)]
    (0.6, [0.53, 0.67])
    """

    divergence: Divergence
    widest: int

    @classmethod
    def of(cls, counts: ArrayLike) -> Self:
        """Return the strength of a table, its empty rows and columns left out.

        Raises
        ------
        ValueError
            When fewer than two rows or columns hold any row.
        """
        table = np.asarray(counts, float)
        table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
        rows = table.sum()
        if min(table.shape) < 2:  # noqa: PLR2004  of one value nothing depends
            msg = "a dependence needs two values of each"
            raise ValueError(msg)
        p = table / rows
        down, across = p.sum(axis=1, keepdims=True), p.sum(axis=0, keepdims=True)
        parts = p**2 / (down * across)
        gradient = 2 * p / (down * across)
        gradient -= parts.sum(axis=1, keepdims=True) / down + parts.sum(axis=0, keepdims=True) / across
        mean = float((p * gradient).sum())
        variance = float((p * (gradient - mean) ** 2).sum() / rows)
        degrees = (table.shape[0] - 1) * (table.shape[1] - 1)
        contingency = Divergence(max(0.0, float(parts.sum()) - 1), variance, degrees + 1, 1 / float(rows))
        return cls(contingency, min(table.shape) - 1)

    @property
    def value(self) -> float:
        """Cramér's V without the part that sampling alone gives, in [0, 1]."""
        return self._in_unit(self.divergence.value)

    @property
    def scale(self) -> float:
        """``1 / n``."""
        return self.divergence.scale

    def interval(self, error_rate: float) -> tuple[float, float]:
        """Return an interval of which each end is wrong in at most about a share `error_rate` of samples."""
        return self._both(self.divergence.interval(error_rate))

    def outlook(self, error_rate: float, scale: float) -> tuple[float, float]:
        """Return the interval ends that nine of ten samples of another size reach, were `value` the truth."""
        return self._both(self.divergence.outlook(error_rate, self.divergence.cells, scale))

    def _both(self, ends: tuple[float, float]) -> tuple[float, float]:
        low, high = ends
        return self._in_unit(low), self._in_unit(high)

    def _in_unit(self, contingency: float) -> float:
        return math.sqrt(min(1.0, max(0.0, contingency / self.widest)))


@dataclass(frozen=True)
class StrengthChange:
    """The difference of two strengths, without sign.

    Notes
    -----
    The interval combines those of the two (MOVER). Under no change its lower end is above 0 in at most about
    `error_rate` of samples.

    References
    ----------
    Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect measures: a general approach.
    Statistics in Medicine, 27, 1693-1702. DOI 10.1002/sim.3095

    Examples
    --------
    >>> change = StrengthChange.of([[4000, 1000], [1000, 4000]], [[250, 250], [250, 250]])
    >>> round(change.value, 2), [round(end, 2) for end in change.interval(0.01)]
    (0.6, [0.48, 0.62])
    """

    before: Strength
    now: Strength

    @classmethod
    def of(cls, reference: ArrayLike, current: ArrayLike) -> Self:
        """Return the change between two tables of counts.

        Raises
        ------
        ValueError
            When fewer than two rows or columns of one of them hold any row.
        """
        return cls(Strength.of(reference), Strength.of(current))

    @property
    def value(self) -> float:
        """The difference of the two strengths, without sign."""
        return abs(self.now.value - self.before.value)

    def interval(self, error_rate: float) -> tuple[float, float]:
        """Return an interval of which each end is wrong in at most about a share `error_rate` of samples."""
        low, high = self._signed(error_rate / 2)
        wide_low, wide_high = self._signed(error_rate)
        return min(self.value, max(0.0, low, -high)), max(self.value, abs(wide_low), abs(wide_high))

    def outlook(self, error_rate: float, cells: int, scale: float) -> tuple[float, float]:  # noqa: ARG002  the cells stay
        """Return about which interval ends nine of ten samples of another size reach, were `value` the truth."""
        size = max(scale - self.before.scale, 1e-12)
        low, high = (self._combined(self.now.outlook(rate, size), rate) for rate in (error_rate / 2, error_rate))
        return max(0.0, low[0], -low[1]), max(abs(high[0]), abs(high[1]))

    def _signed(self, error_rate: float) -> tuple[float, float]:
        return self._combined(self.now.interval(error_rate), error_rate)

    def _combined(self, ends: tuple[float, float], error_rate: float) -> tuple[float, float]:
        one, other = self.now.value, self.before.value
        (low, high), (other_low, other_high) = ends, self.before.interval(error_rate)
        difference = one - other
        return (
            difference - math.hypot(one - low, other_high - other),
            difference + math.hypot(high - one, other - other_low),
        )


def mutual_information(counts: ArrayLike) -> float:
    """Return how many bits one value says of the other, without the part that sampling alone gives.

    Parameters
    ----------
    counts : array_like, shape (first values, second values)
        Rows of each pair; at least one.

    Returns
    -------
    float
        From 0, where one says nothing of the other, to the entropy of the poorer one.

    Notes
    -----
    Under independence the sum over the cells is biased by ``(k - 1) (l - 1) / (2 n ln 2)`` bits, which are taken off
    (Miller 1955).

    References
    ----------
    Miller, G. A. (1955). Note on the bias of information estimates. In Information Theory in Psychology, 95-100.
    Free Press.

    Examples
    --------
    >>> round(mutual_information([[500, 0], [0, 500]]), 2), mutual_information([[250, 250], [250, 250]])
    (1.0, 0.0)
    """
    table = np.asarray(counts, float)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    p = table / table.sum()
    independent = p.sum(axis=1, keepdims=True) * p.sum(axis=0, keepdims=True)
    held = p > 0
    observed = float((p[held] * np.log2(p[held] / independent[held])).sum())
    bias = (table.shape[0] - 1) * (table.shape[1] - 1) / (2 * float(table.sum()) * math.log(2))
    return float(max(0.0, observed - bias))


def conditional_change(reference: ArrayLike, current: ArrayLike) -> Metric:
    """Return in which share of rows the second value would have to be another one, given the first.

    The mean, over present rows, of the total variation distance between what the second value is now and what it was
    where the first is the same. First values that one sample lacks are left out.

    Parameters
    ----------
    reference, current : array_like, shape (first values, second values)
        Rows of each pair.

    Raises
    ------
    ValueError
        When no first value has rows in both.

    Notes
    -----
    Under no change the lower end of its interval is above 0 in at most the error rate of samples.

    Examples
    --------
    >>> round(conditional_change([[400, 100], [100, 400]], [[80, 20], [80, 20]]).observed, 2)
    0.3
    """
    before, now = np.asarray(reference, float), np.asarray(current, float)
    shared = (before.sum(axis=1) > 0) & (now.sum(axis=1) > 0)
    if not shared.any():
        msg = "no first value has rows in both samples"
        raise ValueError(msg)
    before, now = before[shared], now[shared]
    held, seen = before.sum(axis=1), now.sum(axis=1)
    weights: Array = seen / seen.sum()
    scales = 1 / held + 1 / seen
    observed, bias = tv_moments(before, now)
    spread = math.sqrt(float((weights**2 * scales).sum())) / 2
    return Metric(float(weights @ observed), float(weights @ bias), spread, float(1 / held.sum() + 1 / seen.sum()))
