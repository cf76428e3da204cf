"""Estimated numbers of which more is better: they are held against lower bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pydantic import model_validator

from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.levels import bound_text, outcome_of_interval
from airflow_mlquality.checks.wording import interval_text, rows_text
from airflow_mlquality.stats.outlook import rows_that_decide
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

Interval = tuple[float, float]


class AtLeastCheck(EstimatedCheck):
    """A check whose levels are the least values that are fine; a run judges its estimate with the sign turned."""

    @model_validator(mode="after")
    def _ordered_levels(self) -> Self:
        if self.warn is not None and self.fail is not None and self.warn < self.fail:
            msg = f"warn {self.warn:g} lies beyond fail {self.fail:g}, so it could never warn. Warn comes first"
            raise ValueError(msg)
        return self

    @property
    def alarm_level(self) -> float | None:
        """The bound whose crossing is an alarm, its sign turned."""
        level = self.warn if self.warn is not None else self.fail
        return None if level is None else -level

    def outcome(self, interval: Interval) -> Outcome:
        """Return the outcome of an estimate that is only known to lie in an interval."""
        warn, fail = (None if level is None else -level for level in (self.warn, self.fail))
        return outcome_of_interval(turned(interval), warn, fail)

    def held(self, what: str, estimate: Estimate, error_rate: float, units: tuple[int, str], **told: Any) -> Verdict:
        """Return the verdict on an estimate whose sign is turned.

        Parameters
        ----------
        what
            The quantity, for people.
        units
            How many rows or items it comes from, and what they are called.
        told
            `found`: what is said of an alarm; `advice`; `evidence`; `unit`.
        """
        value, interval = 0.0 - estimate.value, turned(estimate.interval(error_rate))
        outcome, (number, name) = self.outcome(interval), units
        observed = f"{what} is {interval_text(value, interval)} ({number:,} {name})"
        warn, fail = (None if level is None else (level, None) for level in (self.warn, self.fail))
        fields: dict[str, Any] = {"observed": value, "unit": told["unit"], "interval": interval, "warn": warn}
        fields |= {"fail": fail, "evidence": {**told["evidence"], "error_rate": error_rate}}
        if outcome is Outcome.UNDECIDED:
            needed = rows_that_decide(value, interval, number, lambda each: self.outcome(each) is not outcome)
            text = rows_text(needed, "change the levels").replace("rows would", f"{name} would")
            return self.undecided(
                Cause.TOO_SMALL,
                f"{observed}, too few to tell: {text}",
                advice=f"judge more {name} at once, or change the levels",
                **fields,
            )
        text = f"{observed}, {bound_text(outcome, value, warn, fail)}"
        if outcome is Outcome.PASS:
            return self.verdict(outcome, text, **fields)
        return self.verdict(outcome, f"{text}{told['found']}", advice=told["advice"], **fields)


def turned(interval: Interval) -> Interval:
    """Return an interval with its sign turned.

    >>> turned((0.2, 0.6)), turned((-1.0, 0.0))
    ((-0.6, -0.2), (0.0, 1.0))
    """
    low, high = interval
    return 0.0 - high, 0.0 - low  # there is no -0


def with_least_levels(given: Mapping[str, Any], warn: float, fail: float) -> dict[str, Any]:
    """Return options with default lower bounds, except one that would contradict a level that is given.

    >>> with_least_levels({}, 0.8, 0.6), with_least_levels({"fail": 0.9}, 0.8, 0.6)
    ({'warn': 0.8, 'fail': 0.6}, {'fail': 0.9})
    """
    options = dict(given)
    fails, warns = given.get("fail"), given.get("warn")
    if "warn" not in given and not (isinstance(fails, int | float) and fails >= warn):
        options["warn"] = warn
    if "fail" not in given and not (isinstance(warns, int | float) and warns <= fail):
        options["fail"] = fail
    return options
