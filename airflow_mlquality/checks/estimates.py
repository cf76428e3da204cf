"""Checks whose observed number is an estimate: they decide on an interval, and share one budget of false alarms."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_mlquality.checks.base import Check, Facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_mlquality.verdict import Verdict


@dataclass(frozen=True)
class Estimate:
    """An estimated number, and its interval for any error rate.

    Parameters
    ----------
    value
        Corrected for bias.
    interval
        From an error rate to ``(lo, hi)``: under repetition `lo` lies above the true number at most that often,
        and `hi` below it at most that often. It shrinks as the rate grows.
    """

    value: float
    interval: Callable[[float], tuple[float, float]]


class EstimatedCheck(Check):
    """A check that decides on an interval, whose error rate depends on how many such checks the contract has."""

    warn: float | None = None
    fail: float | None = None

    @abstractmethod
    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the estimate, or an undecided verdict where there is nothing to estimate from."""

    @abstractmethod
    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Return the conclusion from the interval at an error rate."""

    @property
    def alarm_level(self) -> float | None:
        """The lowest bound whose crossing is an alarm."""
        return self.warn if self.warn is not None else self.fail

    def judge(self, facts: Facts) -> Verdict:
        """Judge alone, at the default error rate."""
        estimate = self.estimate(facts)
        return self.conclude(facts, estimate, FALSE_DISCOVERY_RATE) if isinstance(estimate, Estimate) else estimate


FALSE_DISCOVERY_RATE = 0.01
"""Expected share of false alarms among the alarms of one run's estimated checks."""


def shared_error_rate(
    estimates: list[tuple[Estimate, float | None]], false_discovery_rate: float = FALSE_DISCOVERY_RATE
) -> float:
    """Return the error rate at which every interval of a run is taken.

    The step-up procedure of Benjamini and Hochberg (1995), written for intervals (Benjamini and Yekutieli 2005,
    DOI 10.1198/016214504000001907): of m estimates, the largest R such that at least R of them alarm at rate
    q R / m; that rate then serves all of them, those that do not alarm included.

    Parameters
    ----------
    estimates
        Each with the level whose crossing is an alarm.
    false_discovery_rate
        q, in (0, 1).

    Notes
    -----
    Under no change (every true number below its level) the probability of any alarm is at most q.
    """
    total = candidates = len(estimates)
    while candidates:
        rate = false_discovery_rate * candidates / total
        alarms = sum(level is not None and estimate.interval(rate)[0] >= level for estimate, level in estimates)
        if alarms >= candidates:
            return rate
        candidates = alarms  # fewer alarm at a smaller rate, so no number between can do
    return false_discovery_rate / total if total else false_discovery_rate
