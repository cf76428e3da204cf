"""How many rows would tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_ROWS = 1_000_000_000


def rows_needed(decides: Callable[[int], bool], *, rows: int) -> int | None:
    """Return the least number of rows, rounded up, that decides; None when no number up to a billion does.

    Parameters
    ----------
    decides
        Whether a number of rows decides; once it does, more rows do as well.
    rows
        The number that did not decide.

    Examples
    --------
    >>> rows_needed(lambda rows: rows > 1234, rows=10)
    1300
    >>> rows_needed(lambda rows: False, rows=10)
    """
    too_few, enough = rows, 2 * rows
    while not decides(enough):
        if enough > MOST_ROWS:
            return None
        too_few, enough = enough, 2 * enough
    while enough - too_few > max(1, enough // 200):
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if decides(middle) else (middle, enough)
    return rounded_up(enough)


def rounded_up(number: int) -> int:
    """Return a number rounded up to two leading digits.

    Examples
    --------
    >>> rounded_up(7), rounded_up(1234), rounded_up(1300)
    (7, 1300, 1300)
    """
    unit = int(10 ** max(0, len(str(number)) - 2))
    return -(-number // unit) * unit
