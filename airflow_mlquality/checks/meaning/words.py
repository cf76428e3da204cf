"""The words of a category, and what became of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_mlquality.checks.sampling import is_known, looked_at
from airflow_mlquality.measurements import Groups, Shape, in_groups, sql
from airflow_mlquality.stats.binomial import lower_share, upper_share

if TYPE_CHECKING:
    from airflow_mlquality.profile import Profile

MOST_WORDS = 500


@dataclass(frozen=True)
class Words:
    """Rows by word, and rows that hold others."""

    counts: dict[str, int]
    others: int = 0

    @property
    def rows(self) -> int:
        """All rows with a value."""
        return sum(self.counts.values()) + self.others


def words_of(profile: Profile, column: str) -> Words | None:
    """Return the words of a column; None where the profile does not hold them.

    It may have looked at some of the rows. A plain profile has the frequent ones: as categories, or as numbers that
    have a bin of their own.
    """
    asked = words_asked(column)
    if is_known(profile, asked):
        fact = looked_at(profile, asked).of
        counts = {str(word): int(count or 0) for word, count in fact.rows}
        return Words(counts, 0 if fact.is_complete else max(1, sum(counts.values())))
    shape = Shape(column)
    if shape not in profile or profile[shape].bins.kind == "presence":
        return None
    held = profile[shape]
    if held.bins.kind == "category":
        names = [str(value).lower() if isinstance(value, bool) else value for value in held.bins.values]
        return Words(dict(zip(names, held.counts, strict=True)), held.other)
    edges = held.bins.edges
    atoms = {
        f"{edges[at]:g}": held.counts[at]
        for at in range(1, len(edges))
        if math.nextafter(edges[at - 1], math.inf) == edges[at] and held.counts[at]
    }
    return Words(atoms, sum(held.counts) - sum(atoms.values()))


def words_asked(column: str) -> Groups:
    """Return the question: rows by value, as text."""
    name = sql.text(sql.col(column))
    return in_groups((f"CAST({name} AS VARCHAR)",), where=f"{name} IS NOT NULL", limit=MOST_WORDS)


@dataclass(frozen=True)
class Change:
    """What became of a vocabulary: rows of new words, rows that vanished words would have had, and their interval."""

    before: Words
    now: Words
    new: dict[str, int]
    gone: dict[str, int]

    @property
    def share(self) -> float:
        """Share of rows whose word changed."""
        return max(self.new_share, sum(self.gone.values()) / self.before.rows)

    @property
    def new_share(self) -> float:
        """Share of rows with a new word, less those that the reference does not tell apart."""
        return max(0.0, sum(self.new.values()) / self.now.rows - self.before.others / self.before.rows)

    def interval(self, rate: float) -> tuple[float, float]:
        """Return the interval of the share of rows whose word changed."""
        rows, known = self.now.rows, self.before.rows
        unknown = upper_share(self.before.others, known, rate / 2)
        low_new = lower_share(sum(self.new.values()), rows, rate / 2) - unknown
        part = rate / 2 / max(1, len(self.before.counts))
        missed = upper_share(0, rows, part)
        low_gone = sum(max(0.0, lower_share(count, known, part) - missed) for count in self.gone.values())
        return max(0.0, low_new, low_gone), max(self.share, upper_share(round(self.share * rows), rows, rate))
