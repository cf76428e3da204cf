"""A divergence of two samples as one value: its estimate, its interval, and what more rows would tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_mlquality.stats.chisquare import normal_quantile
from airflow_mlquality.stats.intervals import (
    divergence_interval,
    hellinger_moments,
    js_moments,
    psi_moments,
    stretch,
    unbiased,
)
from airflow_mlquality.stats.noncentral import quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.stats.distances import Array

PLANNED_POWER = 0.9
"""`Divergence.outlook` names what nine samples of ten reach."""


@dataclass(frozen=True)
class Divergence:
    """A divergence observed between two samples of counts, on the scale of the PSI.

    Parameters
    ----------
    observed
        As it is, bias included; at least 0.
    variance
        Of `observed`, by the delta method.
    cells
        On how many cells; 1 where both samples are one constant.
    scale
        ``1/n + 1/m`` of the two numbers of rows.

    Notes
    -----
    Under no change `value` is 0 in about half of all samples, and the lower end of `interval` in all but
    a share `error_rate`. See `divergence_interval`.

    Examples
    --------
    >>> moved = Divergence.of_psi([5_000, 5_000], [600, 400])
    >>> low, high = moved.interval(0.01)
    >>> round(low, 3), round(moved.value, 3), round(high, 3)
    (0.015, 0.039, 0.077)
    """

    observed: float
    variance: float
    cells: int
    scale: float

    @classmethod
    def of_psi(cls, reference: Sequence[int], current: Sequence[int]) -> Divergence:
        """Return the PSI of two samples.

        A constant on both sides has divergence 0 exactly; its interval still tells how little a few rows prove.

        Raises
        ------
        ValueError
            When a sample has no rows, or the cells differ in number.

        Examples
        --------
        >>> constant = Divergence.of_psi([1000], [1])
        >>> constant.value, constant.interval(0.01)[1] > 0.25
        (0.0, True)
        """
        return cls._of(*psi_moments(reference, current), reference, current)

    @classmethod
    def of_js(cls, reference: Sequence[int], current: Sequence[int]) -> Divergence:
        """Return ``8 ln 2`` times the Jensen-Shannon divergence of two samples; `js_distance` makes it a distance.

        Raises
        ------
        ValueError
            When a sample has no rows, or the cells differ in number.
        """
        return cls._of(*js_moments(reference, current), reference, current)

    @classmethod
    def of_hellinger(cls, reference: Sequence[int], current: Sequence[int]) -> Divergence:
        """Return 8 times the squared Hellinger distance of two samples; `hellinger_distance` makes it a distance.

        Raises
        ------
        ValueError
            When a sample has no rows, or the cells differ in number.
        """
        return cls._of(*hellinger_moments(reference, current), reference, current)

    @classmethod
    def _of(cls, observed: Array, variance: Array, reference: Sequence[int], current: Sequence[int]) -> Divergence:
        return cls(float(observed), float(variance), len(current), 1 / sum(reference) + 1 / sum(current))

    @property
    def value(self) -> float:
        """The divergence without the part that sampling alone gives."""
        return float(unbiased(self.observed, self.cells, self.scale))

    def interval(self, error_rate: float) -> tuple[float, float]:
        """Return an interval of which each end is wrong in at most a share `error_rate` of samples.

        For a constant on both sides it ends where a second cell would have shown itself.
        """
        if self.cells == 1:
            return 0.0, normal_quantile(error_rate) ** 2 * self.scale
        low, high = divergence_interval(self.observed, self.variance, self.cells, self.scale, error_rate)
        return float(low), float(high)

    def outlook(self, error_rate: float, cells: int, scale: float) -> tuple[float, float]:
        """Return the interval ends that nine of ten samples of another size reach, were `value` the truth.

        Parameters
        ----------
        error_rate
            In (0, 0.5).
        cells
            On how many cells they would be counted.
        scale
            ``1/n + 1/m`` of the other size.

        Returns
        -------
        tuple of float
            A lower end that nine of ten exceed, and an upper end that nine of ten stay below.
        """
        low, _ = self._typical(1 - PLANNED_POWER, cells, scale).interval(error_rate)
        _, high = self._typical(PLANNED_POWER, cells, scale).interval(error_rate)
        return low, high

    def _typical(self, probability: float, cells: int, scale: float) -> Divergence:
        if cells == 1:
            return Divergence(0.0, 0.0, 1, scale)
        lawful = float(stretch(self.observed, self.variance, self.scale)) * scale
        observed = lawful * quantile(probability, cells - 1, self.value / lawful)
        return Divergence(observed, 4 * observed * lawful, cells, scale)
