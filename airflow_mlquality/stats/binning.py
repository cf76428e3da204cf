"""Merging fine cells into fewer, so that every one expects enough rows to be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CELLS = 20
LEAST_CELLS = 5
ROWS_PER_CELL = 20
"""As many cells as leave this many rows to each, between the least and the most."""
LEAST_ROWS = 10
"""The smaller of the two samples expects at least this many rows in every merged cell."""


def cell_number(rows: int) -> int:
    """Return into how many cells the smaller of two samples is spread.

    Examples
    --------
    >>> [cell_number(rows) for rows in (10, 50, 200, 100_000)]
    [5, 5, 10, 20]
    """
    return min(MOST_CELLS, max(LEAST_CELLS, rows // ROWS_PER_CELL))


def equal_mass_groups(counts: Sequence[int], *, most: int, least: float) -> list[tuple[int, int]]:
    """Return neighbouring cells in groups of about equal mass.

    Parameters
    ----------
    counts
        Rows per cell in the reference, shape (k,).
    most
        Most groups, at least 2.
    least
        Least rows of a group.

    Returns
    -------
    list of tuple of int
        ``(start, stop)`` of each group; together they cover all cells. Empty cells before the first row and after the
        last are groups of their own, beyond `most`: what falls there lies outside of all that was seen. A cell that
        is as heavy as a group stays alone. As long as two cells hold rows there are two groups, whatever `least` says.

    Examples
    --------
    >>> equal_mass_groups([10] * 6, most=3, least=10)
    [(0, 2), (2, 4), (4, 6)]
    >>> equal_mass_groups([0, 5, 90, 5], most=4, least=5)
    [(0, 1), (1, 2), (2, 3), (3, 4)]
    """
    held = [i for i, count in enumerate(counts) if count]
    if not held:
        return [(0, len(counts))]
    first, last = held[0], held[-1] + 1
    groups = _groups(counts, first, last, most, least)
    if len(groups) == 1 and len(held) > 1:
        groups = _groups(counts, first, last, 2, 1)
    before = [(0, first)] if first else []
    after = [(last, len(counts))] if last < len(counts) else []
    return before + groups + after


def _groups(counts: Sequence[int], first: int, last: int, most: int, least: float) -> list[tuple[int, int]]:
    stops: list[int] = []
    ahead, mass = sum(counts[first:last]), 0
    for i in range(first, last):
        target = max(least, (ahead + mass) / (most - len(stops))) if len(stops) < most else float("inf")
        if mass >= least and counts[i] >= target and len(stops) < most - 1:
            stops.append(i)
            mass = 0
        mass += counts[i]
        ahead -= counts[i]
        following = counts[i + 1] if i + 1 < last else 0
        if _is_full(mass, following, target, least) and ahead >= least and len(stops) < most - 1:
            stops.append(i + 1)
            mass = 0
    starts = [first, *stops]
    return list(zip(starts, [*stops, last], strict=True))


def _is_full(mass: int, following: int, target: float, least: float) -> bool:
    """Return whether a group is nearer to its target now than with the following cell."""
    return mass >= least and mass + following / 2 >= target


def frequent(counts: Sequence[int], *, most: int, least: float) -> list[int]:
    """Return which categories have enough rows to be told apart; the most frequent always, if it has any row.

    Parameters
    ----------
    counts
        Rows per category in the reference, shape (k,).
    most
        Most categories that are kept.
    least
        Least rows of a category that is kept.

    Returns
    -------
    list of int
        Indices, most frequent first.

    Examples
    --------
    >>> frequent([50, 3, 20, 0], most=5, least=10), frequent([2, 1], most=5, least=10)
    ([0, 2], [0])
    """
    order = sorted(range(len(counts)), key=lambda i: -counts[i])
    kept = [i for i in order[:most] if counts[i] >= least]
    return kept or [i for i in order[:1] if counts[i]]
