"""What a model gave out for groups of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks.estimates import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from airflow_mlquality.stats.label_shift import Shares

    Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class ShiftEstimate(Estimate):
    """A distance of class shares, and of what it is: classes, shares in the reference and now, how many rows tell."""

    found: tuple[list[str], Shares, Shares, int]


def mean_outputs(rows: Sequence[Sequence[Any]], classes: int, others: int) -> tuple[Array, Array]:
    """Return the mean class probabilities of groups of rows, and how many rows they are.

    Parameters
    ----------
    rows
        What tells the group, the number of its rows, then the sum of each class's probabilities.
    classes, others
        How many values tell the group: a bin for each class, and so many others.

    Examples
    --------
    >>> means, weights = mean_outputs([(9, 1, 4, 3.6, 0.4)], 2, 0)
    >>> means.round(3).tolist(), weights.tolist()
    ([[0.9, 0.1]], [4.0])
    """
    import numpy as np

    table = np.array([row[classes + others :] for row in rows], dtype=np.float64)
    means = np.maximum(table[:, 1:] / table[:, :1], 1e-12)
    return means / means.sum(axis=1, keepdims=True), table[:, 0]


def around(value: float, interval: tuple[float, float]) -> tuple[float, float]:
    """Return an interval that holds a value.

    >>> around(0.2, (0.3, 0.4))
    (0.2, 0.4)
    """
    low, high = interval
    return min(low, value), max(high, value)
