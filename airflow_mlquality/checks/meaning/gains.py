"""How much larger the share of rows on a value became."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from airflow_mlquality.stats.binomial import lower_share, upper_share

Kind = Literal["spike", "frozen", "cut off", "heaped"]


@dataclass(frozen=True)
class Spike:
    """Rows on one value, or of one roundness, now and in the reference.

    Parameters
    ----------
    value
        As it may be shown.
    count, rows
        Now.
    known, before
        In the reference, at most; and its rows.
    kind
        What it looks like.
    """

    value: str
    count: int
    rows: int
    known: int
    before: int
    kind: Kind = "spike"

    @property
    def gain(self) -> float:
        """How much larger its share became."""
        return self.count / self.rows - self.known / self.before

    def interval(self, rate: float) -> tuple[float, float]:
        """Return the interval of the gain."""
        low = lower_share(self.count, self.rows, rate / 2) - upper_share(self.known, self.before, rate / 2)
        return low, upper_share(self.count, self.rows, rate / 2) - lower_share(self.known, self.before, rate / 2)


def largest_gain(spikes: list[Spike], rate: float) -> tuple[float, float]:
    """Return the interval of the largest gain, at an error rate that all values share."""
    ends = [each.interval(rate / len(spikes)) for each in spikes]
    return max(low for low, _ in ends), max(high for _, high in ends)
