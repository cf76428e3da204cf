"""The declared shares of classes, and how counts of rows lie to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_mlquality.checks.wording import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

OTHER = "other classes"
SUM_TOLERANCE = 1e-6
_LISTED = 50
"""Segments that the evidence holds."""


class Segment(NamedTuple):
    """Rows per class of one segment, or of all rows; `name` is how the segment may be shown."""

    name: str
    counts: tuple[int, ...]

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.counts)


def by_class(row: Sequence[Any]) -> tuple[int, ...]:
    """Return rows per class of a group: those of the declared classes, then the others.

    >>> by_class(("ship 1", 10, 3, 5))
    (3, 5, 2)
    """
    _, rows, *counts = row
    known = [int(count or 0) for count in counts]
    return (*known, int(rows or 0) - sum(known))


@dataclass(frozen=True)
class DeclaredShares:
    """The shares that classes are to have; those that are not declared are one more class, of share 0.

    Counts are of the declared classes in their order, then of the others.

    Parameters
    ----------
    expected
        Shares by class.

    Examples
    --------
    >>> shares = DeclaredShares({"yes": 0.25, "no": 0.75})
    >>> shares.distance([50, 50, 0]), shares.most_moved([50, 50, 0])
    (0.25, 'yes deviates most: 25 % declared, 50 % observed')
    """

    expected: Mapping[str, float]

    @property
    def names(self) -> list[str]:
        """The classes."""
        return [*self.expected, OTHER]

    @property
    def shares(self) -> list[float]:
        """Their shares."""
        return [*self.expected.values(), 0.0]

    def require_whole(self) -> None:
        """Raise ValueError unless the shares sum to 1."""
        total = sum(self.expected.values())
        if abs(total - 1) > SUM_TOLERANCE:
            msg = f"the shares sum to {total:.6g}, not 1"
            raise ValueError(msg)

    def distance(self, counts: Sequence[int]) -> float:
        """Return the total variation distance of counts."""
        from airflow_mlquality.stats.distances import total_variation

        rows = sum(counts)
        return float(total_variation(self.shares, [count / rows for count in counts]))

    def interval(self, segment: Segment, effect: float, batches: int, rate: float) -> tuple[float, float]:
        """Return the interval of the distance, for rows of which some are alike.

        Parameters
        ----------
        effect
            How many rows are worth one, declared or estimated.
        batches
            From how many batches it was estimated; 0 when it was not.
        rate
            Error rate.
        """
        from airflow_mlquality.stats.batches import effective_part
        from airflow_mlquality.stats.priors import total_variation_interval

        if effect == 1 and not batches:
            return total_variation_interval(self.shares, segment.counts, rate)
        part = effective_part(effect, segment.rows, batches, rate) if batches else 1 / effect
        part = min(1.0, max(part, 1 / segment.rows))
        worth = [count * part for count in segment.counts]
        return total_variation_interval(self.shares, worth, rate)  # type: ignore[arg-type]  # defined for fractions

    def rows_needed(
        self, counts: Sequence[int], error_rate: float, decides: Callable[[tuple[float, float]], bool]
    ) -> int | None:
        """Return how many rows of such shares would decide."""
        from airflow_mlquality.stats.priors import likely_interval
        from airflow_mlquality.stats.sizes import rows_needed

        def enough(rows: int) -> bool:
            low, high = likely_interval(self.shares, counts, rows, error_rate)
            return decides((low, 2.0)) or decides((0.0, high))

        return rows_needed(enough, rows=sum(counts))

    def most_moved(self, counts: Sequence[int]) -> str:
        """Return the class whose share is farthest from the declared one, for people."""
        rows = sum(counts)
        moved = max(range(len(counts)), key=lambda i: round(abs(counts[i] / rows - self.shares[i]), 9))
        declared, observed = percent(self.shares[moved]), percent(counts[moved] / rows)
        return f"{self.names[moved]} deviates most: {declared} declared, {observed} observed"

    def farthest(self, segments: Sequence[Segment]) -> list[dict[str, Any]]:
        """Return what a report says of segments, those of the largest distance first."""
        judged = sorted(segments, key=lambda each: -self.distance(each.counts))
        return [
            {"segment": each.name, "rows": each.rows, "distance": self.distance(each.counts)}
            for each in judged[:_LISTED]
        ]

    def evidence(self, counts: Sequence[int], missing: int, error_rate: float) -> dict[str, Any]:
        """Return what a report says of the classes."""
        from airflow_mlquality.stats.priors import share_intervals

        rows = sum(counts)
        found = zip(self.names, self.shares, counts, share_intervals(counts, error_rate), strict=True)
        classes = [
            {
                "label": name,
                "expected": share,
                "observed": count / rows,
                "rows": count,
                "lo": low,
                "hi": high,
                "deviation": count / rows - share,
            }
            for name, share, count, (low, high) in found
            if name != OTHER or count
        ]
        return {"classes": classes, "labelled": rows, "missing": missing, "error_rate": error_rate}
