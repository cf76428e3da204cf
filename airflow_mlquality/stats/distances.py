"""Distances between two distributions given by counts on the same cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

HALF_A_ROW = 0.5


def smoothed_shares(reference: ArrayLike, current: ArrayLike) -> tuple[Array, Array]:
    """Return the shares of two samples, where a cell that is empty in one has a small weight instead of none.

    Every count gains half a row (the prior of Jeffreys), or as many rows as the other sample lets expect where that
    is less: no epsilon, a weight that shrinks as the sample grows, and no difference where neither has rows.

    Parameters
    ----------
    reference, current : array_like, shape (..., k)
        Rows per cell, not negative; at least one row in each sample.

    Returns
    -------
    tuple of ndarray, each of shape (..., k)
        Positive, each with sum 1.

    Raises
    ------
    ValueError
        When the cells differ in number, a count is negative or not finite, or a sample has no rows.

    Notes
    -----
    Under no change the two differ by sampling alone; the weights of empty cells add no distance of their own.

    Examples
    --------
    >>> q, p = smoothed_shares([90, 10], [4, 0])
    >>> p.round(3).tolist()
    [0.915, 0.085]
    >>> q, p = smoothed_shares([1000, 0], [4, 0])
    >>> bool(abs(p - q).max() < 1e-3)
    True
    """
    before, now = _counts(reference), _counts(current)
    if before.shape[-1] != now.shape[-1]:
        msg = f"counts on different cells: {before.shape[-1]} and {now.shape[-1]}"
        raise ValueError(msg)
    m, n = before.sum(axis=-1, keepdims=True), now.sum(axis=-1, keepdims=True)
    q = before + np.minimum(HALF_A_ROW, m * (now + HALF_A_ROW) / n)
    p = now + np.minimum(HALF_A_ROW, n * (before + HALF_A_ROW) / m)
    return q / q.sum(axis=-1, keepdims=True), p / p.sum(axis=-1, keepdims=True)


def psi(reference: ArrayLike, current: ArrayLike) -> Array:
    r"""Return the population stability index of two samples, as it is observed.

    :math:`\sum (p - q) \ln (p / q)` over the cells of `smoothed_shares`: the symmetric divergence of Jeffreys.

    Parameters
    ----------
    reference, current : array_like, shape (..., k)
        Rows per cell.

    Returns
    -------
    ndarray, shape (...)
        At least 0, no upper bound, no unit.

    Raises
    ------
    ValueError
        When the cells differ in number, a count is negative or not finite, or a sample has no rows.

    Notes
    -----
    Under no change with n and m rows it is about chi-square with k - 1 degrees of freedom times ``1/n + 1/m``, so
    its mean is ``(k - 1) (1/n + 1/m)`` and not 0: 0.09 for ten cells and a hundred rows against many. No fixed bound
    fits every n and k; `Divergence` corrects the bias and gives the interval.

    References
    ----------
    Jeffreys, H. (1946). An invariant form for the prior probability in estimation problems. Proceedings of the
    Royal Society A, 186, 453-461. DOI 10.1098/rspa.1946.0056

    Examples
    --------
    >>> float(psi([50, 50], [50, 50]))
    0.0
    >>> round(float(psi([500, 500], [300, 700])), 3)
    0.169
    """
    q, p = smoothed_shares(reference, current)
    return np.asarray(np.sum((p - q) * np.log(p / q), axis=-1))


def jensen_shannon_divergence(reference: ArrayLike, current: ArrayLike) -> Array:
    r"""Return the Jensen-Shannon divergence of two samples in bits, as it is observed.

    The mean of :math:`\sum p \log_2 (p / w)` and :math:`\sum q \log_2 (q / w)` with :math:`w = (p + q) / 2`.

    Parameters
    ----------
    reference, current : array_like, shape (..., k)
        Rows per cell.

    Returns
    -------
    ndarray, shape (...)
        In [0, 1]; near 1 when no cell holds rows of both.

    Raises
    ------
    ValueError
        When the cells differ in number, a count is negative or not finite, or a sample has no rows.

    Notes
    -----
    Under no change ``8 ln 2`` times it is about chi-square with k - 1 degrees of freedom times ``1/n + 1/m``; for
    small changes ``8 ln 2`` times it is the PSI.

    References
    ----------
    Lin, J. (1991). Divergence measures based on the Shannon entropy. IEEE Transactions on Information Theory, 37,
    145-151. DOI 10.1109/18.61115

    Examples
    --------
    >>> round(float(jensen_shannon_divergence([500, 500], [300, 700])), 3)
    0.03
    """
    q, p = smoothed_shares(reference, current)
    middle = (p + q) / 2
    divergence = np.sum(p * np.log2(p / middle) + q * np.log2(q / middle), axis=-1) / 2
    return np.asarray(np.clip(divergence, 0.0, 1.0))


def hellinger_divergence(reference: ArrayLike, current: ArrayLike) -> Array:
    r"""Return the squared Hellinger distance of two samples, as it is observed.

    Half of :math:`\sum (\sqrt p - \sqrt q)^2` over the cells of `smoothed_shares`.

    Parameters
    ----------
    reference, current : array_like, shape (..., k)
        Rows per cell.

    Returns
    -------
    ndarray, shape (...)
        In [0, 1]; near 1 when no cell holds rows of both.

    Raises
    ------
    ValueError
        When the cells differ in number, a count is negative or not finite, or a sample has no rows.

    Notes
    -----
    Under no change 8 times it is about chi-square with k - 1 degrees of freedom times ``1/n + 1/m``; for small changes
    8 times it is the PSI.

    References
    ----------
    Le Cam, L. and Yang, G. L. (2000). Asymptotics in Statistics, 2nd edition. Springer.
    DOI 10.1007/978-1-4612-1166-2

    Examples
    --------
    >>> round(float(hellinger_divergence([500, 500], [300, 700])), 4)
    0.021
    """
    q, p = smoothed_shares(reference, current)
    return np.asarray(np.clip(np.sum((np.sqrt(p) - np.sqrt(q)) ** 2, axis=-1) / 2, 0.0, 1.0))


def total_variation(expected: ArrayLike, observed: ArrayLike) -> Array:
    """Return the total variation distance of two distributions: the share of rows that would have to move.

    Parameters
    ----------
    expected, observed : array_like, shape (..., k)
        Shares, each with sum 1.

    Returns
    -------
    ndarray, shape (...)
        In [0, 1].

    Notes
    -----
    Under no change the observed distance of n rows is of the order ``sqrt(k / n)`` and not 0;
    `total_variation_interval` says how far it is known.

    References
    ----------
    Levin, D. A., Peres, Y. and Wilmer, E. L. (2009). Markov Chains and Mixing Times, chapter 4. American Mathematical
    Society.

    Examples
    --------
    >>> round(float(total_variation([0.2, 0.8], [0.25, 0.75])), 3)
    0.05
    """
    return np.asarray(np.abs(np.asarray(observed, float) - np.asarray(expected, float)).sum(axis=-1) / 2)


def _counts(counts: ArrayLike) -> Array:
    rows = np.asarray(counts, dtype=float)
    if not rows.size or not np.isfinite(rows).all() or (rows < 0).any() or not rows.sum(axis=-1).all():
        msg = "counts are finite and not negative, with one row at least in each sample"
        raise ValueError(msg)
    return rows
