"""How far the divergence of two samples is known, from their counts alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from airflow_mlquality.stats.chisquare import normal_quantile
from airflow_mlquality.stats.distances import (
    Array,
    hellinger_divergence,
    jensen_shannon_divergence,
    psi,
    smoothed_shares,
)
from airflow_mlquality.stats.noncentral import noncentrality

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

JS_TO_PSI = 8 * math.log(2)
"""The Jensen-Shannon divergence in bits times this is the PSI of a small change."""
HELLINGER_TO_PSI = 8.0
"""The squared Hellinger distance times this is the PSI of a small change."""


def psi_moments(reference: ArrayLike, current: ArrayLike) -> tuple[Array, Array]:
    """Return the PSI as it is observed, and its variance by the delta method.

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
        When the cells differ in number, a count is negative or not finite, or a sample has no rows.

    Notes
    -----
    Under no change both tend to 0, the variance as the square of ``1/n + 1/m``.

    Examples
    --------
    >>> [round(float(moment), 5) for moment in psi_moments([5_000, 5_000], [600, 400])]
    [0.04046, 0.00018]
    """
    q, p = smoothed_shares(reference, current)
    ratio = p / q
    variance = _variance(p, np.log(ratio) + 1 - 1 / ratio, current) + _variance(q, 1 - np.log(ratio) - ratio, reference)
    return psi(reference, current), variance


def js_moments(reference: ArrayLike, current: ArrayLike) -> tuple[Array, Array]:
    """Return ``8 ln 2`` times the Jensen-Shannon divergence in bits as it is observed, and the variance of that.

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
        When the cells differ in number, a count is negative or not finite, or a sample has no rows.

    Notes
    -----
    Under no change both tend to 0, the variance as the square of ``1/n + 1/m``.

    Examples
    --------
    >>> [round(float(moment), 5) for moment in js_moments([5_000, 5_000], [600, 400])]
    [0.04039, 0.00018]
    """
    q, p = smoothed_shares(reference, current)
    middle = (p + q) / 2
    variance = _variance(p, 4 * np.log(p / middle), current) + _variance(q, 4 * np.log(q / middle), reference)
    return JS_TO_PSI * jensen_shannon_divergence(reference, current), variance


def hellinger_moments(reference: ArrayLike, current: ArrayLike) -> tuple[Array, Array]:
    """Return 8 times the squared Hellinger distance as it is observed, and the variance of that.

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
        When the cells differ in number, a count is negative or not finite, or a sample has no rows.

    Notes
    -----
    Under no change both tend to 0, the variance as the square of ``1/n + 1/m``.

    Examples
    --------
    >>> [round(float(moment), 5) for moment in hellinger_moments([5_000, 5_000], [600, 400])]
    [0.04043, 0.00018]
    """
    q, p = smoothed_shares(reference, current)
    ratio = np.sqrt(q / p)
    variance = _variance(p, -4 * ratio, current) + _variance(q, -4 / ratio, reference)
    return HELLINGER_TO_PSI * hellinger_divergence(reference, current), variance


def hellinger_distance(divergence: ArrayLike) -> Array:
    """Return the Hellinger distance, in [0, 1], of a divergence on the scale of the PSI.

    Examples
    --------
    >>> hellinger_distance([0.1, 0.25, 100.0]).round(3).tolist()
    [0.112, 0.177, 1.0]
    """
    return np.sqrt(np.clip(np.asarray(divergence, float) / HELLINGER_TO_PSI, 0.0, 1.0))


def js_distance(divergence: ArrayLike) -> Array:
    """Return the Jensen-Shannon distance, in [0, 1], of a divergence on the scale of the PSI.

    Examples
    --------
    >>> js_distance([0.1, 0.25, 100.0]).round(3).tolist()
    [0.134, 0.212, 1.0]
    """
    return np.sqrt(np.clip(np.asarray(divergence, float) / JS_TO_PSI, 0.0, 1.0))


def unbiased(observed: ArrayLike, cells: ArrayLike, scale: ArrayLike) -> Array:
    """Return a divergence without the part that sampling alone gives, ``(cells - 1) scale``, and not below 0.

    Examples
    --------
    >>> round(float(unbiased(0.1, 10, 1 / 100)), 3)
    0.01
    """
    return np.asarray(np.maximum(0.0, np.asarray(observed) - (np.asarray(cells) - 1) * np.asarray(scale)))


def stretch(observed: ArrayLike, variance: ArrayLike, scale: ArrayLike) -> Array:
    """Return by how much the variance of a divergence exceeds that of the noncentral chi-square law, at least 1.

    Examples
    --------
    >>> float(stretch(0.0, 0.0, 0.01)), round(float(stretch(0.1, 0.008, 0.01)), 3)
    (1.0, 2.0)
    """
    lawful = 4 * np.asarray(observed) * np.asarray(scale)
    found = np.divide(variance, lawful, out=np.ones_like(lawful, dtype=float), where=lawful > 0)
    return np.asarray(np.maximum(1.0, found))


def divergence_interval(
    observed: ArrayLike, variance: ArrayLike, cells: ArrayLike, scale: ArrayLike, error_rate: float
) -> tuple[Array, Array]:
    """Return an interval of the true divergence, of which each end is wrong in at most `error_rate` of samples.

    Parameters
    ----------
    observed, variance : array_like
        What `psi_moments` or `js_moments` give.
    cells : array_like
        On how many cells, at least 2.
    scale : array_like
        ``1/n + 1/m`` of the two numbers of rows.
    error_rate
        In (0, 0.5).

    Returns
    -------
    tuple of ndarray
        ``0 <= lo <= unbiased <= hi``.

    Notes
    -----
    ``observed / scale`` follows about a noncentral chi-square law with ``cells - 1`` degrees of freedom and
    noncentrality ``true / scale``. Its variance grows with the truth as that of the divergence does, but as fast only
    for small changes of cells with many rows. Where the delta method finds a larger variance, the scale is stretched
    to it: there, too, the variance grows in proportion to the truth (one cell that fills is a Poisson count). The
    upper end is the larger one of this law and of the normal law, and never below what a sample of the same size
    gives that shows no change at all. A share below half a row counts as half a row.

    Under no change the lower end is above 0 in about `error_rate` of samples.

    Measured with 20,000 pairs of samples (20,000 rows against 50 to 5,000, true PSI 0.1 and 0.25; a ramp, one cell that
    grows or empties, NULL that grows or vanishes, new values), at a stated 1 %: the lower end exceeded the truth in
    at most 1.1 %, and at a stated 0.025 % in at most 0.055 %, from 50 rows on; where a cell is all but emptied hardly
    ever, so such changes are found later. The upper end fell below it in at most 0.7 % from 200 rows on and 1.3 % at
    100; for the PSI in up to 2.4 % where a cell is all but emptied, and in up to 3 %, 5 % at 100 rows, where the change
    lies in a cell of which the reference expects less than ten rows. The Jensen-Shannon divergence kept the rate there.

    References
    ----------
    Yurdakul, B. and Naranjo, J. (2020). Statistical properties of the population stability index. Journal of Risk
    Model Validation, 14(4), 89-100. DOI 10.21314/JRMV.2020.227

    Examples
    --------
    >>> observed, variance = psi_moments([5_000, 5_000], [600, 400])
    >>> low, high = divergence_interval(observed, variance, 2, 1 / 10_000 + 1 / 1_000, 0.01)
    >>> round(float(low), 3), round(float(high), 3)
    (0.015, 0.077)
    """
    value = unbiased(observed, cells, scale)
    low = lower_end(observed, variance, cells, scale, error_rate)
    high = upper_end(observed, variance, cells, scale, error_rate)
    return np.minimum(low, value), np.maximum(high, value)


def lower_end(observed: ArrayLike, variance: ArrayLike, cells: ArrayLike, scale: ArrayLike, error_rate: float) -> Array:
    """Return the lower end alone, see `divergence_interval`."""
    seen, lawful = np.asarray(observed, float), np.asarray(scale) * stretch(observed, variance, scale)
    return np.asarray(lawful * noncentrality(seen / lawful, np.asarray(cells) - 1, 1 - error_rate))


def upper_end(observed: ArrayLike, variance: ArrayLike, cells: ArrayLike, scale: ArrayLike, error_rate: float) -> Array:
    """Return the upper end alone, see `divergence_interval`."""
    seen, lawful = np.asarray(observed, float), np.asarray(scale) * stretch(observed, variance, scale)
    degrees = np.asarray(cells) - 1
    high = lawful * noncentrality(np.maximum(seen / lawful, degrees), degrees, error_rate)
    return np.maximum(high, seen - normal_quantile(error_rate) * np.sqrt(variance))


def _variance(shares: Array, gradient: Array, counts: ArrayLike) -> Array:
    mean = np.sum(shares * gradient, axis=-1, keepdims=True)
    spread = np.sum(shares * (gradient - mean) ** 2, axis=-1)
    return np.asarray(spread / np.sum(counts, axis=-1))
