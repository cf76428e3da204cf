"""What a calibration is made of: a check, facts drawn as counts, and how far the truth moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from airflow_mlquality.checks import Estimate, EstimatedCheck, Facts
from airflow_mlquality.checks.at_least import AtLeastCheck
from airflow_mlquality.measurements import Column, LogicalType, RowCount, Schema
from airflow_mlquality.profile import Profile

MOMENT = datetime(2026, 2, 1, tzinfo=UTC)
REFERENCE_ROWS = 100_000
STEPS = 14
"""Halvings until how much has to move is known."""
TRUTH = 1_000_000_000
"""Rows whose expected counts tell the true value of what a check estimates."""
SIZES = (50, 500, 5_000, 50_000, 1_000_000)
CATEGORIES = (2, 10, 100, 1_000)
NAMES = [f"c{at}" for at in range(max(CATEGORIES))]

Shares = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Sampler:
    """Draws counts, or gives the expected ones where there is no random generator."""

    random: np.random.Generator | None = None

    def counts(self, rows: int, shares: Any) -> list[int]:
        """Return rows per cell, with the shape of the shares."""
        flat = np.asarray(shares, dtype=np.float64).ravel()
        flat = flat / flat.sum()
        if self.random is not None:
            return [int(count) for count in self.random.multinomial(rows, flat)]
        ends = np.floor(np.cumsum(flat) * rows + 0.5).astype(np.int64)
        return [int(count) for count in np.diff(ends, prepend=0)]

    def binomial(self, rows: int, share: float) -> int:
        """Return rows that have something."""
        return round(rows * share) if self.random is None else int(self.random.binomial(rows, share))


Drawn = Callable[[Any, Sampler, int, int, float], Facts]
"""From a check, a sampler, rows, categories and how much moved (0 to 1) to facts."""


@dataclass(frozen=True)
class Scene:
    """A check, and facts for it.

    Parameters
    ----------
    check
        Its YAML key.
    title
        What is drawn, where a check has several.
    made
        The check, by the number of categories.
    drawn
        Facts.
    value
        The true value of what is estimated, by how much moved; where there is none, the estimate from a billion rows.
    categories
        How many there are; (0,) for what has none.
    repetitions
        By the number of categories.
    """

    check: str
    title: str
    made: Callable[[int], EstimatedCheck]
    drawn: Drawn
    value: Callable[[int, float], float] | None = None
    categories: tuple[int, ...] = CATEGORIES
    repetitions: Callable[[int], int] = lambda _: 40

    def true_value(self, check: EstimatedCheck, categories: int, moved: float) -> float | None:
        """Return the true value, where more of what is bad is larger; None where it has none."""
        if self.value is not None:
            return self.value(categories, moved)
        found = check.estimate(self.drawn(check, Sampler(), TRUTH, categories, moved))
        return found.value if isinstance(found, Estimate) else None

    def changes(self, categories: int) -> dict[str, float] | None:
        """Return how much has to move for each state of the truth; None where the check never judges."""
        check = self.made(categories)
        start = self.true_value(check, categories, 0.0)
        if start is None or check.alarm_level is None:
            return None
        alarm, fail = check.alarm_level, self.fail_level(check)
        aims = {"inside": start + (alarm - start) / 2, "bound": alarm, "beyond": fail + (fail - start) / 2}
        moved = {"none": 0.0} | {name: self._moved_to(check, categories, aim) for name, aim in aims.items()}
        reached = self.true_value(check, categories, moved["beyond"])
        if reached is None or reached <= fail:  # even if all moves
            del moved["beyond"]
        return moved

    @staticmethod
    def fail_level(check: EstimatedCheck) -> float:
        """Return the level beyond which a pass is wrong."""
        level = check.fail if check.fail is not None else check.warn
        assert level is not None  # noqa: S101  every scene has levels
        return -level if isinstance(check, AtLeastCheck) else level

    def _moved_to(self, check: EstimatedCheck, categories: int, aim: float) -> float:
        """Return how much has to move, at most all, for the true value to be an aim; never beyond it."""
        low, high = 0.0, 1.0
        for _ in range(STEPS):
            middle = (low + high) / 2
            value = self.true_value(check, categories, middle)
            low, high = (middle, high) if value is not None and value < aim else (low, middle)
        return low


def zipf(categories: int) -> Shares:
    """Return shares of categories of which each is less frequent than the one before."""
    shares = 1 / np.arange(1, categories + 1)
    return np.asarray(shares / shares.sum())


def turned_by(categories: int, moved: float) -> float:
    """Return the total variation distance of shares on their way to the opposite order."""
    return float(abs(turned(zipf(categories), moved) - zipf(categories)).sum()) / 2


def turned(shares: Shares, moved: float) -> Shares:
    """Return shares on their way to the opposite order."""
    return np.asarray((1 - moved) * shares + moved * shares[::-1])


def profile(rows: int, columns: dict[str, str], facts: dict[Any, Any]) -> Profile:
    """Return a profile that holds facts."""
    schema = schema_of(columns)
    return Profile(schema, {RowCount(): rows, **facts})


def schema_of(columns: dict[str, str]) -> Schema:
    """Return a schema of columns by their logical type."""
    return Schema(tuple(Column(name, LogicalType(type_)) for name, type_ in columns.items()))


def both(now: Profile, then: Profile | None = None) -> Facts:
    """Return what a check judges from."""
    return Facts(now, as_of=MOMENT, reference=then)


def sides(sampler: Sampler, rows: int, moved: float) -> tuple[tuple[int, float], tuple[int, float]]:
    """Return rows and change of the present table and of the reference, which is large and never changed."""
    return (rows, moved), (REFERENCE_ROWS if sampler.random is not None else TRUTH, 0.0)
