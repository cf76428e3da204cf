"""The noncentral chi-square law, read backwards: which noncentrality would give what was seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from airflow_mlquality.stats.chisquare import distribution, noncentrality_of, normal_quantile, quantile_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

NORMAL_ABOVE = 1e4
"""Beyond this the square root of the variable is normal to four digits, and the exact series gets slow."""


def noncentrality(statistic: ArrayLike, degrees: ArrayLike, probability: float) -> NDArray[np.float64]:
    """Return the noncentrality under which a statistic this small or smaller has a given probability.

    Parameters
    ----------
    statistic : array_like
        Not negative.
    degrees : array_like
        Degrees of freedom, at least 1.
    probability
        In (0, 1).

    Returns
    -------
    ndarray
        0 where even the central law gives no more than that.

    Notes
    -----
    Under no change (noncentrality 0) the value for ``probability = 1 - a`` is above 0 in a share a of samples.

    References
    ----------
    Abdel-Aty, S. H. (1954). Approximate formulae for the percentage points and the probability integral of the
    non-central chi-square distribution. Biometrika, 41, 538-540. DOI 10.1093/biomet/41.3-4.538

    Patnaik, P. B. (1949). The non-central chi-square and F-distributions and their applications. Biometrika, 36,
    202-232. DOI 10.1093/biomet/36.1-2.202

    Examples
    --------
    >>> round(float(noncentrality(35.0, 4, 0.99)), 3), float(noncentrality(5.0, 4, 0.99))
    (10.566, 0.0)
    """
    seen, degrees = np.broadcast_arrays(np.asarray(statistic, float), np.asarray(degrees, float))
    found = [_noncentrality(*each, probability) for each in zip(seen.flat, degrees.flat, strict=True)]
    return np.array(found, float).reshape(seen.shape)


def _noncentrality(seen: float, degrees: float, probability: float) -> float:
    root = math.sqrt(max(0.0, seen - degrees + 1)) - normal_quantile(probability)
    if seen > NORMAL_ABOVE or math.isnan(seen):
        return max(0.0, root) ** 2
    if distribution(seen, degrees)[0] <= probability:
        return 0.0
    return noncentrality_of(seen, degrees, probability, _about(seen, degrees, probability, max(0.0, root) ** 2))


def _about(seen: float, degrees: float, probability: float, guess: float) -> float:
    """Return about the noncentrality: as if the cube root of the variable were normal, after Abdel-Aty."""
    normal = normal_quantile(probability)
    for _ in range(3):
        whole = degrees + guess
        part = 2 * (degrees + 2 * guess) / (9 * whole * whole)
        guess = max(0.0, seen / max(0.1, 1 - part + normal * math.sqrt(part)) ** 3 - degrees)
    return guess


def quantile(probability: float, degrees: int, center: float) -> float:
    """Return the quantile of the law with noncentrality `center`.

    Parameters
    ----------
    probability
        In (0, 1).
    degrees
        Degrees of freedom, at least 1.
    center
        Not negative.

    Examples
    --------
    >>> round(quantile(0.5, 4, 0.0), 3)
    3.357
    """
    if center > NORMAL_ABOVE:
        return (math.sqrt(center) + normal_quantile(probability)) ** 2 + degrees - 1
    return quantile_of(probability, degrees, center, degrees + center)
