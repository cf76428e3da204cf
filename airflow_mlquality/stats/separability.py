"""The area under a ROC curve of rows that a classifier had not seen, with an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from airflow_mlquality.stats.chisquare import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CHANCE = 0.5


@dataclass(frozen=True)
class Separability:
    """How well two samples are told apart, out of fold.

    Parameters
    ----------
    area
        Mean area over the folds, weighted by their pairs of rows.
    pairs
        Rows of both samples, per fold.

    Notes
    -----
    Within a fold the area is the statistic of Mann and Whitney: where nothing changed its mean is 1/2 and its variance
    ``(n + m + 1) / (12 n m)``; elsewhere the variance is that of Hanley and McNeil. Folds are not independent: what two
    of them have in common by chance shows in the area of either, so that under no change the variance of their mean is
    up to twice that of independent folds. It is taken twice everywhere. Of 150 pairs of samples of 200 rows of one law
    in five columns the areas of a random forest spread 1.40 times what independent folds would.

    References
    ----------
    Hanley, J. A. and McNeil, B. J. (1982). The meaning and use of the area under a receiver operating characteristic
    (ROC) curve. Radiology, 143, 29-36. DOI 10.1148/radiology.143.1.7063747

    Lopez-Paz, D. and Oquab, M. (2017). Revisiting classifier two-sample tests. International Conference on Learning
    Representations.

    Examples
    --------
    >>> found = Separability.of([(0.62, 400, 400)] * 5)
    >>> round(found.area, 2), [round(end, 2) for end in found.interval(0.01)]
    (0.62, [0.59, 0.65])
    """

    area: float
    pairs: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, folds: Iterable[tuple[float, int, int]]) -> Self:
        """Return the separability from area, rows of one and rows of the other sample, per fold."""
        told = list(folds)
        pairs = tuple((before, now) for _, before, now in told)
        parts = _weights(pairs)
        return cls(sum(part * area for part, (area, *_) in zip(parts, told, strict=True)), pairs)

    def interval(self, error_rate: float) -> tuple[float, float]:
        """Return an interval of which each end is wrong in at most about a share `error_rate` of samples."""
        return self._around(self.area, error_rate, 1.0)

    def outlook(self, error_rate: float, rows: int) -> tuple[float, float]:
        """Return about which interval ends there would be among so many rows of now, were `area` the truth."""
        now = sum(now for _, now in self.pairs)
        before = sum(before for before, _ in self.pairs)
        scale = (1 / rows + 1 / before) / (1 / now + 1 / before)
        return self._around(self.area, error_rate, scale)

    def _around(self, area: float, error_rate: float, scale: float) -> tuple[float, float]:
        parts = _weights(self.pairs)
        variance = sum(part**2 * _variance(area, *pair) for part, pair in zip(parts, self.pairs, strict=True))
        reach = normal_quantile(error_rate) * math.sqrt(2 * scale * variance)
        return min(1.0, max(CHANCE, area - abs(reach))), min(1.0, max(CHANCE, area + abs(reach)))


def _weights(pairs: Sequence[tuple[int, int]]) -> list[float]:
    products = [before * now for before, now in pairs]
    return [product / sum(products) for product in products]


def _variance(area: float, before: int, now: int) -> float:
    """Return the variance of an area, never less than a pair of rows more or less would tell."""
    held = min(max(area, 1 / (2 * before * now)), 1 - 1 / (2 * before * now))
    twice, square = held / (2 - held), 2 * held**2 / (1 + held)
    spread = held * (1 - held) + (now - 1) * (twice - held**2) + (before - 1) * (square - held**2)
    return spread / (before * now)
