"""Rows per pair of values of two columns, the rare values as one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks.sampling import is_known, looked_at
from airflow_mlquality.checks.wording import near
from airflow_mlquality.measurements import sql
from airflow_mlquality.stats.binning import LEAST_ROWS, frequent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.checks.drift.methods import Distance
    from airflow_mlquality.measurements import GroupsFact, Measurement, SampledFact
    from airflow_mlquality.profile import Profile
    from airflow_mlquality.stats.distances import Array

MOST_VALUES = 10
"""Values of a column that are told apart; the others are one."""
LEAST_SECOND = 50
"""Rows that a column has beside those of one value, for the strength to follow its law (measured: 5 % beside 95 %)."""
RARE, MISSING = "rare values", "NULL"
_TWO = 2
_MANY = 0.1
TOO_MANY = "there are too many pairs of values, and the reference does not tell the rows of each value"


def information(held: Any, seen: Any) -> dict[str, float]:
    """Return how many bits one column says of the other, in the reference and now."""
    from airflow_mlquality.stats.dependence import mutual_information

    return {"reference": mutual_information(held), "current": mutual_information(seen)}


def strengths(held: Any, seen: Any) -> str:
    """Return in words how strongly the columns depended on each other in the reference, and do now."""
    from airflow_mlquality.stats.dependence import Strength

    before, now = Strength.of(held).value, Strength.of(seen).value
    return f"Cramér's V {near(before)} -> {near(now)}"


def group_key(name: str, cuts: Sequence[float] | None) -> str:
    """Return what tells a group, as SQL: the value of a column, or between which cuts a number lies."""
    column = sql.text(sql.col(name))
    if cuts is None:
        return column
    parts = [f"WHEN {column} <= {sql.text(sql.double(cut))} THEN {i}" for i, cut in enumerate(cuts)]
    return f"CASE {' '.join(parts)} WHEN {column} IS NULL THEN NULL ELSE {len(parts)} END"


def _text(value: object) -> str:
    if value is None:
        return MISSING
    return str(value).lower() if isinstance(value, bool) else f"{value}"


@dataclass(frozen=True)
class Pairs:
    """Rows per pair of values of one side, as far as a profile keeps them.

    Parameters
    ----------
    rows
        All of them.
    counts
        Rows per pair of values.
    margins
        Rows per value of the first column, and of the second.
    beyond
        Most rows that a pair may have which is not in `counts`; 0 where all pairs are.
    """

    rows: int
    counts: Mapping[tuple[str, str], int]
    margins: tuple[Mapping[str, int], Mapping[str, int]]
    beyond: int = 0

    @classmethod
    def of(cls, fact: GroupsFact, rows: int, margins: Sequence[GroupsFact]) -> Pairs:
        """Return them from the groups of both columns, and from those of each where not all pairs are kept."""
        counts = {(_text(one), _text(two)): int(number or 0) for one, two, number in fact.rows}
        if fact.is_complete:
            return cls(rows, counts, (sums(counts, 0), sums(counts, 1)))
        first, second = ({_text(value): int(number or 0) for value, number in each.rows} for each in margins)
        return cls(rows, counts, (first, second), min(counts.values()))

    @classmethod
    def of_profile(cls, profile: Profile, seen: SampledFact, margins: Sequence[Measurement[Any]]) -> Pairs | None:
        """Return those of a profile; None where it keeps not all pairs, nor the rows of each value."""
        if seen.of.is_complete:
            return cls.of(seen.of, seen.looked_at, ())
        if not all(is_known(profile, each) for each in margins):
            return None
        return cls.of(seen.of, seen.looked_at, [looked_at(profile, each).of for each in margins])

    def expected(self, side: int, value: str, rows: int) -> float:
        """Return how many of so many rows would have a value."""
        return self.margins[side].get(value, 0) * rows / max(1, self.rows)

    def others(self, side: int, values: Sequence[str], rows: int) -> float:
        """Return how many of so many rows would have none of some values."""
        margin = self.margins[side]
        return (self.rows - sum(margin.get(value, 0) for value in values)) * rows / max(1, self.rows)

    def table(self, values: tuple[Sequence[str], Sequence[str]]) -> list[Array]:
        """Return rows per pair of values: the fewest that each may have, and where that is not known the most.

        What a value has beyond its known pairs, it has with rare values. Where these are not among the values, their
        rows are left out.
        """
        import numpy as np

        named = [[each for each in side if each != RARE] for side in values]
        sizes = len(named[0]), len(named[1])
        pairs = list(product(named[0], named[1]))
        least: Array = np.array([self.counts.get(pair, 0) for pair in pairs], np.float64).reshape(sizes)
        down, across = (np.array([self.margins[at].get(each, 0) for each in named[at]], np.float64) for at in (0, 1))
        left = np.minimum((down - least.sum(axis=1))[:, None], across - least.sum(axis=0))
        unknown = np.array([pair not in self.counts for pair in pairs]).reshape(sizes)
        most: Array = least + unknown * np.clip(left, 0, self.beyond)
        ends = tuple(size + (RARE in side) for size, side in zip(sizes, values, strict=True))
        found = [least, most] if (most > least).any() else [least]
        return [_with_rare(each, down, across, self.rows)[: ends[0], : ends[1]] for each in found]


def _with_rare(pairs: Array, down: Array, across: Array, rows: int) -> Array:
    """Return a table with the rows of each value beside others, and with those of none of the values."""
    import numpy as np

    right = np.maximum(0, down - pairs.sum(axis=1))
    below = np.maximum(0, across - pairs.sum(axis=0))
    corner = max(0.0, rows - pairs.sum() - right.sum() - below.sum())
    return np.block([[pairs, right[:, None]], [below[None, :], np.array([[corner]])]])


def sums(counts: Mapping[tuple[str, str], int], side: int) -> dict[str, int]:
    """Return rows per value of the first or the second column; those that have any."""
    found: dict[str, int] = {}
    for key, number in counts.items():
        found[key[side]] = found.get(key[side], 0) + number
    return {value: number for value, number in found.items() if number}


def told_apart(before: Pairs, now: Pairs, side: int) -> list[str]:
    """Return the values of a column that are told apart, alike on both sides.

    The ten most frequent of the reference of which the smaller side expects enough rows. NULL, and the other values as
    one, where either side has enough such rows, or a tenth; otherwise they are left out, as long as two are left.
    """
    smaller = min(before.rows, now.rows)
    held = {value: number for value, number in before.margins[side].items() if value != MISSING}
    names = list(held)
    least = LEAST_ROWS * before.rows / smaller if smaller else 1
    kept = [names[i] for i in frequent([held[name] for name in names], most=MOST_VALUES, least=least)]
    if max(each.expected(side, MISSING, smaller) for each in (before, now)) >= LEAST_ROWS:
        kept.append(MISSING)
    others = max(each.others(side, kept, smaller) for each in (before, now))
    if others >= min(LEAST_ROWS, _MANY * smaller) or (len(kept) < _TWO and others):
        kept.append(RARE)
    return kept


def second_value(before: Pairs, now: Pairs, side: int, kept: Sequence[str]) -> float:
    """Return how many rows of the smaller side have the second most frequent of the kept values."""
    smaller = min(before.rows, now.rows)
    named = [each for each in kept if each != RARE]
    found = [max(each.expected(side, value, smaller) for each in (before, now)) for value in named]
    if RARE in kept:
        found.append(max(each.others(side, named, smaller) for each in (before, now)))
    return sorted(found)[-2] if len(found) > 1 else 0.0


@dataclass(frozen=True)
class Tables:
    """Rows per pair of the values that are told apart.

    Parameters
    ----------
    values
        Of both columns.
    before, now
        The likeliest table of the reference and of now, then others that are possible.
    rows
        Of the reference and now.
    second
        How many rows of the smaller side have the second most frequent value, of the column with fewer of them.
    """

    values: tuple[list[str], list[str]]
    before: list[Array]
    now: list[Array]
    rows: tuple[int, int]
    second: float

    def possible(self) -> list[tuple[Array, Array]]:
        """Return tables of the reference and of now that are possible together, the likeliest first."""
        return list(product(self.before, self.now))

    def scale_of_enough(self) -> float:
        """Return ``1/n + 1/m`` of a table with enough rows of a second value; 0 where the reference has too few."""
        before, smaller = self.rows[0], min(self.rows)
        needed = LEAST_SECOND * smaller / self.second if self.second else math.inf
        return 1 / needed + 1 / before if needed <= before else 0.0


def tables_of(sides: tuple[Pairs, Pairs]) -> Tables:
    """Return the tables of the reference and now."""
    values = told_apart(*sides, 0), told_apart(*sides, 1)
    before, now = (side.table(values) for side in sides)
    second = min(second_value(*sides, side, each) for side, each in enumerate(values))
    return Tables(values, before, now, (sides[0].rows, sides[1].rows), second)


def between(cuts: Sequence[float], place: int) -> str:
    """Return between which cuts a number lies.

    >>> between([5, 20], 0), between([5, 20], 1), between([5, 20], 2)
    ('≤ 5', '> 5 and ≤ 20', '> 20')
    """
    low = f"> {near(cuts[place - 1])}" if place else ""
    high = f"≤ {near(cuts[place])}" if place < len(cuts) else ""
    return " and ".join(filter(None, (low, high)))


# ---- what so few rows tell ----


@dataclass(frozen=True)
class AnyOf:
    """A change of which is known only that it is one of several; the first is the likeliest."""

    distances: Sequence[Distance]

    @property
    def value(self) -> float:
        """The likeliest."""
        return self.distances[0].value

    def interval(self, error_rate: float) -> tuple[float, float]:
        """Return an interval that covers those of all."""
        return _widest([each.interval(error_rate) for each in self.distances])

    def outlook(self, error_rate: float, cells: int, scale: float) -> tuple[float, float]:
        """Return the interval ends of another size."""
        return _widest([each.outlook(error_rate, cells, scale) for each in self.distances])


def _widest(intervals: list[tuple[float, float]]) -> tuple[float, float]:
    return min(low for low, _ in intervals), max(high for _, high in intervals)


@dataclass(frozen=True)
class OfRareValues:
    """A change of which so few rows tell nothing: a column has hardly any row beside those of one value.

    Parameters
    ----------
    distance
        What more rows would tell.
    scale
        ``1/n + 1/m`` of the numbers of rows that are enough.
    """

    distance: Distance
    scale: float

    @property
    def value(self) -> float:
        """The change as it looks."""
        return self.distance.value

    def interval(self, error_rate: float) -> tuple[float, float]:
        """Return all that it may be."""
        return 0.0, 1.0

    def outlook(self, error_rate: float, cells: int, scale: float) -> tuple[float, float]:
        """Return the interval ends of another size."""
        return self.distance.outlook(error_rate, cells, scale) if scale <= self.scale else (0.0, 1.0)
