"""How far class shares are from declared ones: an interval that holds for all classes at once."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

from airflow_mlquality.stats.binomial import lower_share, upper_share

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ENUMERATED = 8
"""Up to this many classes every set of them is looked at, beyond it bounds that hold for all sets are used."""
UNDECLARED_ALONE = 0.05
"""The part of the error rate for rows of classes that should not exist: the first few of them are plain to see."""


def total_variation_interval(
    expected: Sequence[float], counts: Sequence[int], error_rate: float
) -> tuple[float, float]:
    r"""Return an interval of the total variation distance between declared shares and those that gave the counts.

    The distance is the largest :math:`P(A) - E(A)` over sets A of classes, so bounds of P(A) give bounds of it.
    The error rate is spent on the sizes of the sets in equal parts, and within a size on its sets in equal parts:
    a change of one class is found among few rivals, one that is spread over many classes adds up before it is judged.
    Classes with declared share 0 belong to every set that counts.

    Parameters
    ----------
    expected
        Declared shares, shape (k,), with sum 1.
    counts
        Rows per class, shape (k,), with at least one row.
    error_rate
        Share of samples in which an end may be wrong, for each end.

    Returns
    -------
    tuple of float
        ``0 <= lo <= observed <= hi <= 1``.

    Raises
    ------
    ValueError
        When there are no rows, or not as many counts as shares.

    Notes
    -----
    Under no change ``lo`` is above 0 in at most `error_rate` of samples. With two classes it is the exact interval
    of Clopper and Pearson at half the error rate. Beyond 8 classes the upper end comes from the smaller of two bounds:
    class by class, and that of Weissman et al. for all sets at once.

    References
    ----------
    Clopper, C. J. and Pearson, E. S. (1934). DOI 10.1093/biomet/26.4.404.
    Weissman, T. et al. (2003). Inequalities for the L1 deviation of the empirical distribution. Hewlett-Packard
    Labs, HPL-2003-97R1.

    Examples
    --------
    >>> low, high = total_variation_interval([0.2, 0.8], [560, 1440], 0.01)
    >>> round(low, 3), round(high, 3)
    (0.054, 0.107)
    """
    rows = sum(counts)
    if rows < 1 or len(counts) != len(expected):
        msg = "one count per declared share, and one row at least"
        raise ValueError(msg)
    observed = sum(abs(count / rows - share) for count, share in zip(counts, expected, strict=True)) / 2
    low, high = _lowest(expected, counts, error_rate), _highest(expected, counts, error_rate)
    return min(low, observed), min(1.0, max(high, observed))


def likely_interval(
    expected: Sequence[float], counts: Sequence[int], rows: int, error_rate: float
) -> tuple[float, float]:
    """Return the interval ends that nine of ten samples of another size reach, were the observed shares the truth.

    Parameters
    ----------
    expected
        Declared shares, shape (k,).
    counts
        Rows per class as observed, shape (k,).
    rows
        The other size.
    error_rate
        Share of samples in which an end may be wrong, for each end.

    Examples
    --------
    >>> low, high = likely_interval([0.2, 0.8], [20, 80], 1_000, 0.01)
    >>> low, round(high, 3)
    (0.0, 0.051)
    """
    seen = sum(counts)
    scaled = [round(count * rows / seen) for count in counts]
    low, high = total_variation_interval(expected, scaled, error_rate)
    raised = sum(count / seen for count, share in zip(counts, expected, strict=True) if count / seen > share)
    variance = max(share * (1 - share) for share in (raised, *(count / seen for count in counts)))
    margin = PLANNED_DEVIATE * math.sqrt(max(0.0, variance) / rows)
    return max(0.0, low - margin), high + margin


PLANNED_DEVIATE = 1.2816
"""The normal deviate that nine of ten samples stay below."""


def share_intervals(counts: Sequence[int], error_rate: float) -> list[tuple[float, float]]:
    """Return intervals of the shares of classes that hold all at once.

    Parameters
    ----------
    counts
        Rows per class, shape (k,), with at least one row.
    error_rate
        Share of samples in which any end of any interval may be wrong.

    Returns
    -------
    list of tuple of float
        Clopper and Pearson's, at ``error_rate / (2 k)`` on each side; with two classes, of which one says all, at
        ``error_rate / 2``.

    Examples
    --------
    >>> [(round(low, 3), round(high, 3)) for low, high in share_intervals([200, 800], 0.01)]
    [(0.168, 0.234), (0.766, 0.832)]
    """
    rows = sum(counts)
    each = error_rate / (2 * (1 if len(counts) == _BINARY else len(counts)))
    return [(lower_share(count, rows, each), upper_share(count, rows, each)) for count in counts]


_BINARY = 2


def _lowest(expected: Sequence[float], counts: Sequence[int], error_rate: float) -> float:
    """Bound the distance from below by the best set of each size."""
    rows = sum(counts)
    declared, undeclared = _split(expected)
    excess = sorted(declared, key=lambda i: expected[i] - counts[i] / rows)
    best = 0.0
    for size in _sizes(declared, undeclared):
        chosen = [*excess[:size], *undeclared]
        budget = error_rate * _part(size, declared, undeclared)
        bound = lower_share(sum(counts[i] for i in chosen), rows, budget)
        best = max(best, bound - sum(expected[i] for i in chosen))
    return best


def _highest(expected: Sequence[float], counts: Sequence[int], error_rate: float) -> float:
    """Bound the distance from above by the worst of all sets."""
    declared, undeclared = _split(expected)
    if len(declared) > MOST_ENUMERATED:
        return min(_class_by_class(expected, counts, error_rate / 2), _weissman(expected, counts, error_rate / 2))
    worst = 0.0
    for size in _sizes(declared, undeclared):
        budget = error_rate * _part(size, declared, undeclared)
        for some in combinations(declared, size):
            chosen = (*some, *undeclared)
            bound = upper_share(sum(counts[i] for i in chosen), sum(counts), budget)
            worst = max(worst, bound - sum(expected[i] for i in chosen))
    return worst


def _split(expected: Sequence[float]) -> tuple[list[int], list[int]]:
    """Return classes with a share, and those without: the latter are in every set that attains the distance."""
    return [i for i, share in enumerate(expected) if share], [i for i, share in enumerate(expected) if not share]


def _sizes(declared: Sequence[int], undeclared: Sequence[int]) -> range:
    return range(0 if undeclared else 1, len(declared))


def _part(size: int, declared: Sequence[int], undeclared: Sequence[int]) -> float:
    """Return the part of the error rate for one set with `size` of the declared classes."""
    if len(declared) == 1:
        return 1.0
    if size == 0:
        return UNDECLARED_ALONE
    left = 1 - UNDECLARED_ALONE if undeclared else 1.0
    return left / ((len(declared) - 1) * math.comb(len(declared), size))


def _class_by_class(expected: Sequence[float], counts: Sequence[int], error_rate: float) -> float:
    intervals = share_intervals(counts, error_rate)
    above = sum(max(0.0, high - share) for (_, high), share in zip(intervals, expected, strict=True))
    below = sum(max(0.0, share - low) for (low, _), share in zip(intervals, expected, strict=True))
    return min(above, below)


def _weissman(expected: Sequence[float], counts: Sequence[int], error_rate: float) -> float:
    rows, classes = sum(counts), len(counts)
    observed = sum(abs(count / rows - share) for count, share in zip(counts, expected, strict=True)) / 2
    return observed + math.sqrt((classes * math.log(2) - math.log(error_rate)) / (2 * rows))
