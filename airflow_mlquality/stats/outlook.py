"""How many rows would decide, where an interval narrows as the root of their number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from airflow_mlquality.stats.sizes import rows_needed

if TYPE_CHECKING:
    from collections.abc import Callable


def rows_that_decide(
    value: float, interval: tuple[float, float], rows: int, decides: Callable[[tuple[float, float]], bool]
) -> int | None:
    """Return about how many rows would decide were the estimate to stay; None when no number up to a billion does.

    Parameters
    ----------
    value, interval
        As estimated from `rows`.
    decides
        Whether an interval decides.

    Examples
    --------
    >>> rows_that_decide(0.5, (0.3, 0.7), 100, lambda interval: interval[0] > 0.4)
    410
    """
    low, high = interval

    def at(size: int) -> bool:
        scale = math.sqrt(rows / size)
        return decides((value - (value - low) * scale, value + (high - value) * scale))

    return rows_needed(at, rows=max(1, rows))
