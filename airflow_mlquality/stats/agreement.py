"""How far labels agree beyond chance: the coefficients of Cohen, Fleiss and Krippendorff, with intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from airflow_mlquality.stats.binomial import lower_share, upper_share

Array = NDArray[np.float64]

_PAIR = 2


@dataclass(frozen=True)
class Agreement:
    """A coefficient of agreement: 1 where all agree, 0 where they do as by chance.

    Parameters
    ----------
    value
        In (-inf, 1].
    deviation
        Its standard deviation under repetition.
    observed, expected
        Share of pairs that agree, and that would by chance, in [0, 1].
    units
        Rows or items that were judged independently.
    """

    value: float
    deviation: float
    observed: float
    expected: float
    units: int

    def interval(self, error_rate: float) -> tuple[float, float]:
        """Return an interval; each end is wrong in about `error_rate` of samples.

        It is the wider, end by end, of the normal one (Student's t with ``units - 1`` degrees) and of the exact
        one of the observed agreement at the expected agreement as it was found. The second holds where all agree and
        the deviation is 0.
        """
        from scipy import special

        if self.units < _PAIR:
            return min(self.value, -1.0), 1.0
        margin = float(special.stdtrit(self.units - 1, 1 - error_rate)) * self.deviation
        agreeing = min(max(self.observed, 0.0), 1.0) * self.units
        exact = [bound(agreeing, self.units, error_rate) for bound in (lower_share, upper_share)]  # type: ignore[arg-type]  # defined for fractions
        low, high = ((share - self.expected) / (1 - self.expected) for share in exact)
        return min(self.value - margin, low), min(1.0, max(self.value + margin, high))


def cohen_kappa(table: ArrayLike) -> Agreement | None:
    r"""Return Cohen's kappa of two raters, :math:`(p_o - p_e) / (1 - p_e)`; None where both know one class only.

    Parameters
    ----------
    table : array_like, shape (k, k)
        Rows by the class of the first and of the second rater, with at least one row.

    Notes
    -----
    The deviation is the large-sample one of Fleiss, Cohen and Everitt. Under independence kappa is 0 on average.

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement, 20,
    37-46. DOI 10.1177/001316446002000104

    Fleiss, J. L., Cohen, J. and Everitt, B. S. (1969). Large sample standard errors of kappa and weighted kappa.
    Psychological Bulletin, 72, 323-327. DOI 10.1037/h0028106

    Examples
    --------
    >>> round(cohen_kappa([[88, 14, 18], [10, 40, 10], [2, 6, 12]]).value, 3)
    0.492
    """
    counts = np.asarray(table, dtype=np.float64)
    rows = counts.sum()
    shares = counts / rows
    first, second = shares.sum(axis=1), shares.sum(axis=0)
    observed, expected = float(np.trace(shares)), float(first @ second)
    if math.isclose(expected, 1.0):
        return None
    kappa = (observed - expected) / (1 - expected)
    both = (second[:, None] + first[None, :]) * (1 - kappa)
    same, agreed = np.diag(shares), np.diag(both)
    spread = float(same @ (1 - agreed) ** 2 + np.sum(shares * both**2) - same @ agreed**2)
    variance = (spread - (kappa - expected * (1 - kappa)) ** 2) / (rows * (1 - expected) ** 2)
    return Agreement(kappa, math.sqrt(max(0.0, variance)), observed, expected, int(rows))


def fleiss_kappa(ratings: ArrayLike, items: ArrayLike | None = None) -> float | None:
    """Return Fleiss' kappa; None where only one class occurs.

    Parameters
    ----------
    ratings : array_like, shape (items, classes)
        How many raters gave an item each class; the same number, at least 2, for every item.
    items : array_like, shape (items,), optional
        How many items have these ratings.

    Raises
    ------
    ValueError
        When items have different numbers of ratings, or fewer than two.

    References
    ----------
    Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin, 76, 378-382.
    DOI 10.1037/h0031619

    Examples
    --------
    >>> fleiss_kappa([[2, 0], [0, 2]]), fleiss_kappa([[1, 1], [1, 1]])
    (1.0, -1.0)
    """
    counts, weights = _weighted(ratings, items)
    raters = counts.sum(axis=1)
    if raters.min() != raters.max() or raters[0] < _PAIR:
        msg = "Fleiss' kappa needs the same number of ratings, two at least, on every item"
        raise ValueError(msg)
    agreeing = (np.sum(counts**2, axis=1) - raters) / (raters * (raters - 1))
    observed = float(agreeing @ weights / weights.sum())
    shares = weights @ counts / (weights @ raters)
    expected = float(shares @ shares)
    return None if math.isclose(expected, 1.0) else (observed - expected) / (1 - expected)


def krippendorff_alpha(ratings: ArrayLike, items: ArrayLike | None = None) -> Agreement | None:
    r"""Return Krippendorff's alpha for nominal classes; None where nothing can be compared.

    :math:`1 - D_o / D_e`, the disagreement within items by that between any two ratings. Items with one rating say
    nothing and are left out; items may have different numbers of ratings.

    Parameters
    ----------
    ratings : array_like, shape (items, classes)
        How many ratings of each class an item has.
    items : array_like, shape (items,), optional
        How many items have these ratings.

    Notes
    -----
    The deviation is that under resampling of whole items (the infinitesimal jackknife, to first order that of the
    bootstrap over items). Under chance alone alpha is 0 on average.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania.
    https://repository.upenn.edu/asc_papers/43

    Examples
    --------
    >>> krippendorff_alpha([[2, 0], [0, 2]]).value
    1.0
    """
    counts, weights = _weighted(ratings, items)
    size = counts.sum(axis=1)
    counts, weights, size = counts[size >= _PAIR], weights[size >= _PAIR], size[size >= _PAIR]
    agreeing = np.sum(counts * (counts - 1), axis=1) / (size - 1)
    total, classes, same = float(weights @ size), weights @ counts, float(weights @ agreeing)
    apart = total**2 - float(classes @ classes)
    if apart <= 0:
        return None
    within = (total - 1) * (total - same)
    slope_within = size * (total - same) + (total - 1) * (size - agreeing)
    slope_apart = 2 * (total * size - counts @ classes)
    influence = -(slope_within * apart - within * slope_apart) / apart**2
    units = float(weights.sum())
    variance = float(weights @ (influence - weights @ influence / units) ** 2) * units / max(1.0, units - 1)
    expected = 1 - apart / (total * (total - 1))
    return Agreement(1 - within / apart, math.sqrt(variance), same / total, expected, int(units))


def _weighted(ratings: ArrayLike, items: ArrayLike | None) -> tuple[Array, Array]:
    counts = np.asarray(ratings, dtype=np.float64)
    return counts, np.ones(len(counts)) if items is None else np.asarray(items, dtype=np.float64)
