"""Numbers of segments, and those that they are compared with."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_mlquality.checks.levels import number_text

Bound = float | tuple[float | None, float | None]


@dataclass(frozen=True)
class Compared:
    """A segment, its number, and the one that it is compared with.

    >>> Compared("Ulm", 30, 40).observed, Compared("Ulm", 30, 40).text
    (-0.25, ' (40 -> 30)')
    """

    name: str
    now: float
    then: float | None = None

    @property
    def observed(self) -> float:
        """The number itself, or by how much of itself it changed."""
        return self.now if self.then is None else self.now / self.then - 1

    @property
    def text(self) -> str:
        """How it came to be."""
        return "" if self.then is None else f" ({number_text(self.then)} -> {number_text(self.now)})"


def beyond(observed: float, level: Bound | None) -> float:
    """Return how far a number lies towards, or beyond, the nearer side of a bound.

    >>> beyond(12, (0, 10)), beyond(-3, (0, None)), beyond(-3, None)
    (2, 3, 3)
    """
    if isinstance(level, tuple):
        low, high = level
        below = low - observed if low is not None else float("-inf")
        above = observed - high if high is not None else float("-inf")
        return max(below, above)
    return observed if level is not None else abs(observed)
