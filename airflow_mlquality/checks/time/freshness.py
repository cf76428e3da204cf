"""Age of the data."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.measurements import LatestTime, LogicalType, Measurement, RowCount, Schema
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOURS = {"s": 1 / 3600, "m": 1 / 60, "min": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0}
_DURATION = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(s|min|m|h|d|w)\s*")


def hours(duration: object) -> object:
    """Return a duration in hours; anything that is none is left for the field to refuse.

    >>> hours("90m"), hours("2d"), hours(6)
    (1.5, 48.0, 6)
    """
    if isinstance(duration, str):
        match = _DURATION.fullmatch(duration)
        if match is None:
            msg = "is no duration. Write a number and a unit: 30m, 6h, 2d, 1w"
            raise ValueError(msg)
        return float(match[1]) * _HOURS[match[2]]
    return duration


Hours = Annotated[float, Field(ge=0), BeforeValidator(hours, json_schema_input_type=float | str)]


class Freshness(Check):
    """The newest row is no older than a bound.

    The age is counted from the newest time that does not lie in the future, to the moment for which the gate runs;
    a time without zone is taken as UTC. Rows of the future are counted and do not make the data look fresh.

    Why it matters
    --------------
    A feed that stopped looks like yesterday's: every value in it is plausible.

    How it decides
    --------------
    Exact: hours since the newest row. Undecided when no row has a time up to now.

    When it misleads
    ----------------
    One late correction makes a stale table look fresh; a `row_count` on the partition sees that.

    Examples
    --------
    >>> from datetime import datetime, timedelta
    >>> from airflow_mlquality.trial import MOMENT, trial
    >>> check = Freshness(column="at", warn="6h", fail="24h")
    >>> print(trial(check, at=[MOMENT - timedelta(hours=2)]))
    pass: newest 'at' is 2 hours old (2026-01-31 22:00 UTC), within fail 24
    >>> print(trial(check, at=[MOMENT - timedelta(days=2), MOMENT + timedelta(days=9)]))
    fail: newest 'at' is 48 hours old (2026-01-30 00:00 UTC), above fail 24; 1 row lies in the future
    >>> print(trial(check, at=[None], id=[1]))
    undecided: age of 'at': no row has a time up to 2026-02-01 00:00 UTC
    """

    family: ClassVar[Family] = "time"
    scope: ClassVar[Scope] = "table"
    other_scopes: ClassVar[tuple[Scope, ...]] = ("column",)

    filled: ClassVar[frozenset[str]] = frozenset({"column", "at", "until"})

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only points in time have an age."""
        return type_.is_time

    warn: Hours | None = None
    """Age above which it warns: `6h`, or a number of hours."""
    fail: Hours | None = None
    """Age above which it fails."""
    until: datetime | None = Field(default=None, exclude=True, repr=False)
    """The moment for which the age is counted; a gate fills it in."""

    def as_of(self, moment: datetime) -> Freshness:
        """Return the check with its ages counted to a moment."""
        return self.model_copy(update={"until": moment})

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the newest time up to the moment of the gate."""
        return (RowCount(), LatestTime(self.column, _micros(self._moment)))

    @property
    def _moment(self) -> datetime:
        return self.until or datetime.now(UTC)

    def judge(self, facts: Facts) -> Verdict:
        """Hold the age of the newest row against the levels."""
        moment = self.until or facts.as_of
        latest = facts.current[LatestTime(self.column, _micros(moment))]
        if latest.newest_us is None:
            return self.undecided(
                Cause.NO_DATA,
                f"age of '{self.column}': no row has a time up to {moment:%Y-%m-%d %H:%M} UTC",
                advice="find out why the stage has no times",
                evidence={"later": latest.later},
            )
        age = (_micros(moment) - latest.newest_us) / 3_600_000_000
        newest = datetime.fromtimestamp(latest.newest_us / 1_000_000, UTC)
        outcome = outcome_of(age, self.warn, self.fail)
        future = f"; {latest.later:,} row{' lies' if latest.later == 1 else 's lie'} in the future"
        return self.verdict(
            outcome,
            f"newest '{self.column}' is {number_text(round(age, 3))} hours old ({newest:%Y-%m-%d %H:%M} UTC), "
            f"{bound_text(outcome, age, self.warn, self.fail)}{future if latest.later else ''}",
            observed=age,
            unit="hours",
            advice="" if outcome is Outcome.PASS else "see whether the feed stopped, or comes late today",
            evidence={"newest": newest.isoformat(), "later": latest.later},
        )


def _micros(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)
