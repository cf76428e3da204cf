"""Which segments of the rows carry a change: the parts of a divergence that lie within segments, and in their mix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from airflow_mlquality.stats.distances import smoothed_shares

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from airflow_mlquality.stats.distances import Array


@dataclass(frozen=True)
class Attribution:
    """How a change of the shares of cells is made up.

    Parameters
    ----------
    within
        Per segment, the part of the change that its rows make by lying in other cells than before; shape (segments,).
    mix
        Per segment, the part made by its share of the rows having changed; shape (segments,).

    All parts sum to 1. A part is below 0 where a segment moved against the change of the whole.
    """

    within: Array
    mix: Array


def attribution(reference: ArrayLike, current: ArrayLike) -> Attribution | None:
    """Return how the PSI of the cells' shares is made up; None where nothing changed.

    The PSI is a sum over cells of the change of their share, weighted by the logarithm of its ratio. That change is a
    sum over segments, and for each of them of two parts: its cells' shares change while it keeps its mean share of the
    rows, and its share of the rows changes while its cells keep their mean shares (Kitagawa 1955).

    Parameters
    ----------
    reference, current : array_like, shape (segments, cells)
        Rows.

    Raises
    ------
    ValueError
        When a sample has no rows.

    Notes
    -----
    The parts are exact for the samples at hand; of a change that is not more than sampling gives they are parts of
    noise, so ask only once a change is established. A segment that is new or gone has no change within: its part is one
    of the mix.

    References
    ----------
    Kitagawa, E. M. (1955). Components of a difference between two rates. Journal of the American Statistical
    Association, 50, 1168-1194. DOI 10.1080/01621459.1955.10501299

    Examples
    --------
    One of two segments moved, then only their mix:

    >>> [round(float(part), 2) for part in attribution([[50, 50], [50, 50]], [[50, 50], [90, 10]]).within]
    [0.0, 1.0]
    >>> round(float(attribution([[90, 10], [10, 90]], [[45, 5], [15, 135]]).mix.sum()), 2)
    1.0
    """
    before, now = np.asarray(reference, float), np.asarray(current, float)
    if not before.sum() or not now.sum():
        msg = "a sample has no rows"
        raise ValueError(msg)
    share_before, share_now = (each.sum(axis=1) / each.sum() for each in (before, now))
    held, seen = _conditional(before, now), _conditional(now, before)
    shares = smoothed_shares(before.sum(axis=0), now.sum(axis=0))
    weights = np.log(shares[1] / shares[0])
    middle = (before.sum(axis=0) / before.sum() + now.sum(axis=0) / now.sum()) / 2
    weights -= weights @ middle  # a constant changes no sum, only how much of the mix a growing segment is given
    within = (share_before + share_now) / 2 * ((seen - held) @ weights)
    mix = (share_now - share_before) * ((seen + held) / 2 @ weights)
    whole = float(within.sum() + mix.sum())
    return Attribution(within / whole, mix / whole) if whole > 0 else None


def _conditional(table: Array, other: Array) -> Array:
    """Return the share of each cell in each segment; of a segment without rows that of the other sample."""
    filled = np.where(table.sum(axis=1, keepdims=True) > 0, table, other)
    sums: Array = filled.sum(axis=1, keepdims=True)
    return filled / np.where(sums > 0, sums, 1)
