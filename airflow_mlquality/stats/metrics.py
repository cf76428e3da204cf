"""Distances that are norms of a difference of shares, with a written-out law for how far they are known.

With p and q the true shares, and e what sampling alone adds to the difference p - q, every distance d here is a norm.
So ``d(p - q) <= E d(p - q + e) <= d(p - q) + E d(e)``: what is observed is too large by at most ``E d(e)``, the part
that no change gives as well. And it spreads no more than a normal variable whose variance is the largest that any
direction of the norm has: a Lipschitz function of normal variables keeps to that around its median (Borell; Tsirelson,
Ibragimov and Sudakov), and the median of a convex one lies between d(p - q) and the mean. That is the whole law,
without a bootstrap.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from airflow_mlquality.stats.chisquare import normal_quantile
from airflow_mlquality.stats.divergences import PLANNED_POWER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from airflow_mlquality.stats.distances import Array

MEAN_OF_NORMAL = math.sqrt(2 / math.pi)
"""The mean size of a standard normal variable."""
DENSE_ROWS = 10
"""A cell in which the smaller sample expects fewer rows is not taken as normal; its standard deviation bounds it."""
MEAN_OF_BRIDGE = math.sqrt(math.pi / 2) * math.log(2)
"""The mean of the largest deviation of an empirical distribution, times the root of the number of rows (Kolmogorov)."""
NO_SPREAD = 1e-9
"""A standard deviation below this part of the largest number is rounding."""


@dataclass(frozen=True)
class Metric:
    """A distance observed between two samples, in its own unit.

    Parameters
    ----------
    observed
        As it is, with what sampling adds.
    bias
        Its mean under no change.
    spread
        The largest standard deviation that any direction of the norm has.
    scale
        ``1/n + 1/m`` of the two numbers of rows.
    most
        The largest value that it may have.
    is_half_lines
        Whether it is the largest difference of distribution functions, for which a sharper law is known.

    Notes
    -----
    Under no change the lower end of `interval` is above 0 in at most `error_rate` of samples, in most cases in far
    fewer.

    References
    ----------
    Tsirelson, B. S., Ibragimov, I. A. and Sudakov, V. N. (1976). Norms of Gaussian sample functions. Lecture Notes in
    Mathematics, 550, 20-41. DOI 10.1007/BFb0077482

    Massart, P. (1990). The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality. Annals of Probability, 18,
    1269-1283. DOI 10.1214/aop/1176990746

    Examples
    --------
    >>> moved = Metric.of_tv([5_000, 5_000], [600, 400])
    >>> low, high = moved.interval(0.01)
    >>> round(low, 3), round(moved.value, 3), round(high, 3)
    (0.048, 0.099, 0.139)
    """

    observed: float
    bias: float
    spread: float
    scale: float
    most: float = 1.0
    is_half_lines: bool = False

    @classmethod
    def of_tv(cls, reference: Sequence[int], current: Sequence[int]) -> Self:
        """Return the total variation distance: the share of rows that would have to move.

        Raises
        ------
        ValueError
            When a sample has no rows, or the cells differ in number.
        """
        scale = _scale(reference, current)
        observed, bias = tv_moments(reference, current)
        return cls(float(observed), float(bias), math.sqrt(scale) / 2, scale)

    @classmethod
    def of_ks(cls, reference: Sequence[int], current: Sequence[int]) -> Self:
        """Return the distance of Kolmogorov and Smirnov: the largest difference of the two distribution functions.

        Parameters
        ----------
        reference, current
            Rows per cell, in order; a lower bound of what the rows themselves would give.

        Raises
        ------
        ValueError
            When a sample has no rows, or the cells differ in number.

        Examples
        --------
        >>> round(Metric.of_ks([250] * 4, [200, 200, 300, 300]).observed, 3)
        0.1
        """
        scale = _scale(reference, current)
        gap = np.abs(np.cumsum(_difference(reference, current)))
        _, most = tv_moments(reference, current)
        bias = min(float(most), MEAN_OF_BRIDGE * math.sqrt(scale))
        return cls(float(gap.max()), bias, math.sqrt(scale) / 2, scale, is_half_lines=True)

    @classmethod
    def of_largest(cls, reference: Sequence[int], current: Sequence[int]) -> Self:
        """Return the largest difference of one cell's share (L-infinity).

        Raises
        ------
        ValueError
            When a sample has no rows, or the cells differ in number.

        Examples
        --------
        >>> round(Metric.of_largest([250] * 4, [200, 200, 250, 350]).observed, 3)
        0.1
        """
        scale = _scale(reference, current)
        _, all_cells = tv_moments(reference, current)
        largest = float(np.sqrt(_variances(reference, current)).max())
        bias = min(float(all_cells), math.sqrt(2 * math.log(2 * len(current))) * largest)
        return cls(float(np.abs(_difference(reference, current)).max()), bias, math.sqrt(scale) / 2, scale)

    @classmethod
    def of_wasserstein(
        cls,
        reference: Sequence[int],
        current: Sequence[int],
        edges: Sequence[float],
        missing: tuple[Sequence[int], Sequence[int]] = ((), ()),
    ) -> Self:
        """Return how far rows would have to move on average, in standard deviations of the reference.

        Parameters
        ----------
        reference, current
            Rows per bin, in order.
        edges
            Between the bins, one fewer than these. What lies beyond the outermost counts as lying there.
        missing
            Rows without a place, of each kind, in the reference and now: one that gets or loses its place moves by one
            standard deviation, and lies at the reference's median otherwise.

        Raises
        ------
        ValueError
            When a sample has no rows, or the bins differ in number.

        Notes
        -----
        A reference without spread (one value, or fewer than two edges) gives the total variation distance: then a row
        that is elsewhere counts as one standard deviation away.

        References
        ----------
        Vallender, S. S. (1974). Calculation of the Wasserstein distance between probability distributions on the line.
        Theory of Probability and its Applications, 18, 784-786. DOI 10.1137/1118101

        Examples
        --------
        >>> even = [25] * 4
        >>> round(Metric.of_wasserstein(even, [0, 25, 25, 50], [1.0, 2.0, 3.0]).observed, 2)
        0.63
        """
        edges = _in_reach(edges)
        places = _places(edges)
        held, now = np.array(reference, float), np.array(current, float)
        unit = _sd(held, places) if held.sum() else 0.0
        if unit <= NO_SPREAD:
            return cls.of_tv([*reference, *missing[0]], [*current, *missing[1]])
        median = int(np.searchsorted(np.cumsum(held), held.sum() / 2))
        held[median] += sum(missing[0])
        now[median] += sum(missing[1])
        scale = _scale(held, now)
        widths = _widths(edges) / unit
        pooled = np.cumsum(held + now)[:-1] / (held.sum() + now.sum())
        observed = float(widths @ np.abs(np.cumsum(_difference(held, now))[:-1]))
        bias = float(widths @ np.sqrt(pooled * (1 - pooled) * scale)) * MEAN_OF_NORMAL
        variances = [_sd(counts + _at_the_ends(len(places)), places) ** 2 / counts.sum() for counts in (held, now)]
        values = cls(observed, bias, math.sqrt(sum(variances)) / unit, scale, math.inf)
        return values._with_missing(missing, (held.sum(), now.sum()))

    def _with_missing(self, missing: tuple[Sequence[int], Sequence[int]], rows: tuple[float, float]) -> Self:
        """Return the distance with that of rows that get or lose their place."""
        lost = sum(missing[0]) + sum(missing[1])
        if not lost:
            return self
        before, now = ([*counts, total - sum(counts)] for counts, total in zip(missing, rows, strict=True))
        observed, bias = tv_moments(before, now)
        share = (lost + 1) / (sum(rows) + 2)
        return replace(
            self,
            observed=self.observed + float(observed),
            bias=self.bias + float(bias),
            spread=self.spread + math.sqrt(share * (1 - share) * self.scale),
        )

    @property
    def value(self) -> float:
        """The distance without the part that sampling alone gives."""
        return math.sqrt(max(0.0, self.observed**2 - self.bias**2))

    def interval(self, error_rate: float) -> tuple[float, float]:
        """Return an interval of which each end is wrong in at most a share `error_rate` of samples."""
        margin = -normal_quantile(error_rate) * self.spread
        above = self.bias + margin
        if self.is_half_lines:
            above = min(above, math.sqrt(math.log(2 / error_rate) / 2 * self.scale))
        return max(0.0, self.observed - above), min(self.most, self.observed + margin)

    def outlook(self, error_rate: float, cells: int, scale: float) -> tuple[float, float]:  # noqa: ARG002  those of a divergence grow with the cells
        """Return the interval ends that nine of ten samples of another size reach, were `value` the truth."""
        factor = math.sqrt(scale / self.scale)
        other = replace(self, bias=self.bias * factor, spread=self.spread * factor, scale=scale)
        aside = normal_quantile(PLANNED_POWER) * other.spread
        low, _ = replace(other, observed=max(0.0, self.value - aside)).interval(error_rate)
        _, high = replace(other, observed=math.hypot(self.value, other.bias) + aside).interval(error_rate)
        return low, high


def tv_moments(reference: ArrayLike, current: ArrayLike) -> tuple[Array, Array]:
    """Return the total variation distance of two samples as it is observed, and its mean under no change.

    Parameters
    ----------
    reference, current : array_like, shape (..., k)
        Rows per cell.

    Returns
    -------
    tuple of ndarray, each of shape (...)

    Raises
    ------
    ValueError
        When the cells differ in number, or a sample has no rows.

    Notes
    -----
    Under no change the first is about the second, which is half the sum over the cells of the mean size of a normal
    variable; of a cell where few rows are expected, of its standard deviation.

    Examples
    --------
    >>> [round(float(moment), 4) for moment in tv_moments([5_000, 5_000], [600, 400])]
    [0.1, 0.0132]
    """
    before, now = np.asarray(reference, float), np.asarray(current, float)
    m, n = before.sum(axis=-1, keepdims=True), now.sum(axis=-1, keepdims=True)
    expected = (before + now) / (m + n) * np.minimum(m, n)
    sizes = np.sqrt(_variances(before, now)) * np.where(expected >= DENSE_ROWS, MEAN_OF_NORMAL, 1.0)
    return np.abs(_difference(before, now)).sum(axis=-1) / 2, np.asarray(sizes.sum(axis=-1) / 2)


def _scale(reference: ArrayLike, current: ArrayLike) -> float:
    sizes = float(np.sum(reference)), float(np.sum(current))
    if not all(sizes):
        msg = "each sample has one row at least"
        raise ValueError(msg)
    return 1 / sizes[0] + 1 / sizes[1]


def _difference(reference: ArrayLike, current: ArrayLike) -> Array:
    before, now = np.asarray(reference, float), np.asarray(current, float)
    if before.shape[-1] != now.shape[-1] or not before.sum(axis=-1).all() or not now.sum(axis=-1).all():
        msg = "counts of two samples on the same cells, with one row at least in each"
        raise ValueError(msg)
    return np.asarray(now / now.sum(axis=-1, keepdims=True) - before / before.sum(axis=-1, keepdims=True))


def _variances(reference: ArrayLike, current: ArrayLike) -> Array:
    """Return the variance of each cell's difference under no change."""
    before, now = np.asarray(reference, float), np.asarray(current, float)
    m, n = before.sum(axis=-1, keepdims=True), now.sum(axis=-1, keepdims=True)
    pooled = (before + now) / (m + n)
    return np.asarray(pooled * (1 - pooled) * (1 / m + 1 / n))


# ---- places on the line ----


def _in_reach(edges: Sequence[float]) -> list[float]:
    """Return edges as parts of the largest, so that no sum of squares overflows."""
    largest = max(map(abs, edges), default=0.0)
    return [edge / largest for edge in edges] if largest else list(edges)


def _places(edges: Sequence[float]) -> Array:
    """Return where the rows of each bin lie: in its middle; those of the outermost at their edge."""
    inner = np.asarray(edges, float)
    if not inner.size:
        return np.zeros(1)
    return np.concatenate([inner[:1], inner[:-1] / 2 + inner[1:] / 2, inner[-1:]])


def _widths(edges: Sequence[float]) -> Array:
    """Return how much of the line each edge stands for."""
    gaps = np.concatenate([[0.0], np.diff(np.asarray(edges, float)), [0.0]])
    return np.asarray((gaps[:-1] + gaps[1:]) / 2)


def _sd(counts: Array, places: Array) -> float:
    shares = counts / counts.sum()
    return float(np.sqrt(shares @ (places - shares @ places) ** 2))


def _at_the_ends(bins: int) -> Array:
    rows = np.zeros(bins)
    rows[0] += 0.5
    rows[-1] += 0.5
    return rows
