"""Whether a feed keeps its rhythm: a delivery in every period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, outcome_of
from airflow_mlquality.checks.segments import listed
from airflow_mlquality.checks.time.freshness import Hours
from airflow_mlquality.measurements import (
    Groups,
    LatestTime,
    LogicalType,
    Measurement,
    RowCount,
    Schema,
    in_groups,
    sql,
)
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOUR = 3_600_000_000
_DAY = 24.0


class Cadence(Check):
    """Rows arrive in every period: every day, every hour.

    Periods are counted in UTC from midnight, or from `starts`; weeks begin on Monday. One is due when it has ended and
    `grace` has passed. Of the last periods, those from the first that has rows are expected, and all where none has.

    Why it matters
    --------------
    A missing day is no error of any row. Averages over a window get thinner, lags and rolling features take the day
    before the hole for yesterday, and nobody is told.

    How it decides
    --------------
    Exact: the number of due periods, among the last ones, in which fewer than `least_rows` rows lie. It names them, and
    when the next one is due. Undecided when the table has no rows, or no period is due since its first rows.

    When it misleads
    ----------------
    A period that has rows may be half delivered; `kpi` by day sees that. Feeds that rest on holidays miss those days;
    `weekdays` leaves out week-ends, for others give a level.

    Examples
    --------
    >>> from datetime import timedelta
    >>> from airflow_mlquality.trial import MOMENT, trial
    >>> check = Cadence(column="at", every="1d", last=7)
    >>> days = [MOMENT - timedelta(days=back, hours=-3) for back in range(1, 6)]
    >>> print(trial(check, at=days))  # doctest: +NORMALIZE_WHITESPACE
    pass: 0 of 5 periods of 'at' that were due are missing, within fail 0; the next is due at 2026-02-02 00:00 UTC
    >>> print(trial(check, at=days[1:]))  # doctest: +NORMALIZE_WHITESPACE
    fail: 1 of 5 periods of 'at' that were due is missing, above fail 0: 2026-01-31 (due at 2026-02-01 00:00 UTC);
    the next is due at 2026-02-02 00:00 UTC
    >>> print(trial(check, at=[None], id=[1]))
    undecided: periods of 'at': no row has a time up to 2026-02-01 00:00 UTC
    """

    family: ClassVar[Family] = "time"
    scope: ClassVar[Scope] = "table"
    other_scopes: ClassVar[tuple[Scope, ...]] = ("column",)
    short: ClassVar[str | None] = "every"
    filled: ClassVar[frozenset[str]] = frozenset({"column", "at", "until"})

    every: Hours = Field(gt=0)
    """How long a period is: `1h`, `1d`, `1w`."""
    last: int = Field(default=30, ge=1, le=900)
    """Number of periods that are looked at, up to the newest that is due."""
    grace: Hours = 0.0
    """How long after its end a period may come, such as `3h`."""
    starts: Hours = 0.0
    """How long after midnight UTC, or after Monday's, periods begin."""
    least_rows: int = Field(default=1, ge=1)
    """Rows that a period must have to be there."""
    weekdays: bool = Field(default=False, strict=True)
    """Whether only periods that begin from Monday to Friday are expected."""
    warn: int | None = Field(default=None, ge=0)
    """Number of missing periods above which it warns."""
    fail: int | None = Field(default=0, ge=0)
    """Number of missing periods above which it fails."""
    until: datetime | None = Field(default=None, exclude=True, repr=False)
    """The moment for which periods are due; a gate fills it in."""

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only points in time lie in periods."""
        return type_.is_time

    def as_of(self, moment: datetime) -> Cadence:
        """Return the check with its periods due at a moment."""
        return self.model_copy(update={"until": moment})

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the newest time, and the rows of each period."""
        if schema[self.column].type is LogicalType.NULL:
            return (RowCount(),)
        moment = self.until or datetime.now(UTC)
        return (RowCount(), LatestTime(self.column, _micros(moment)), self._groups(moment))

    # ---- periods, by number since 1970 ----

    @property
    def _period(self) -> int:
        return round(self.every * _HOUR)

    @property
    def _offset(self) -> int:
        """Return when period 0 begins; 1970-01-05 was a Monday."""
        weeks = 4 * _DAY if self.every % (7 * _DAY) == 0 else 0.0
        return round((weeks + self.starts) * _HOUR)

    def _number(self, micros: int) -> int:
        return (micros - self._offset) // self._period

    def _begin(self, number: int) -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=number * self._period + self._offset)

    def _due(self, number: int) -> datetime:
        return self._begin(number + 1) + timedelta(hours=self.grace)

    def _last_due(self, moment: datetime) -> int:
        return self._number(_micros(moment) - round(self.grace * _HOUR)) - 1

    def _groups(self, moment: datetime) -> Groups:
        first = (self._last_due(moment) - self.last + 1) * self._period + self._offset
        micros = f"epoch_us({sql.text(sql.col(self.column))})"
        where = f"{micros} >= {max(0, first)} AND {micros} <= {_micros(moment)}"
        return in_groups([f"({micros} - {self._offset}) // {self._period}"], where=where)

    # ---- judging ----

    def judge(self, facts: Facts) -> Verdict:
        """Count the due periods that are missing."""
        moment = self.until or facts.as_of
        if not self._has_times(facts, moment):
            why = f"no row has a time up to {moment:%Y-%m-%d %H:%M} UTC"
            advice = "see whether the feed ever came"
            return self.undecided(Cause.NO_DATA, f"periods of '{self.column}': {why}", advice=advice)
        rows = {int(key): int(count or 0) for key, count in facts.current[self._groups(moment)].rows if key is not None}
        due = self._last_due(moment)
        first = min(rows, default=due - self.last + 1)
        expected = [number for number in range(first, due + 1) if self._is_expected(number)]
        if not expected:
            why = f"none was due before {self._due(due + 1):%Y-%m-%d %H:%M} UTC"
            return self.undecided(Cause.TOO_SMALL, f"periods of '{self.column}': {why}", advice="judge it then")
        missing = [number for number in expected if rows.get(number, 0) < self.least_rows]
        outcome = outcome_of(len(missing), self.warn, self.fail)
        shown = listed([self._named(number) for number in missing])
        was = f" (due at {self._due(missing[-1]):%Y-%m-%d %H:%M} UTC)" if missing else ""
        following = self._next(due)
        return self.verdict(
            outcome,
            f"{len(missing):,} of {len(expected):,} periods of '{self.column}' that were due "
            f"{'is' if len(missing) == 1 else 'are'} missing, "
            f"{bound_text(outcome, len(missing), self.warn, self.fail)}{f': {shown}' if missing else ''}{was}; "
            f"the next is due at {self._due(following):%Y-%m-%d %H:%M} UTC",
            observed=len(missing),
            unit="periods",
            advice="" if outcome is Outcome.PASS else "see whether the feed stopped, or load the missing periods again",
            evidence={
                "missing": [self._begin(number).isoformat() for number in missing],
                "expected": len(expected),
                "next_due": self._due(following).isoformat(),
            },
        )

    def _has_times(self, facts: Facts, moment: datetime) -> bool:
        is_null = facts.current.schema[self.column].type is LogicalType.NULL
        return not is_null and facts.current[LatestTime(self.column, _micros(moment))].newest_us is not None

    def _is_expected(self, number: int) -> bool:
        return not self.weekdays or self._begin(number).weekday() < _SATURDAY

    def _next(self, due: int) -> int:
        following = due + 1
        while not self._is_expected(following) and following < due + _WEEK_OF_MINUTES:
            following += 1
        return following

    def _named(self, number: int) -> str:
        return f"{self._begin(number):{'%Y-%m-%d' if self._period % (24 * _HOUR) == 0 else '%Y-%m-%d %H:%M'}}"


_SATURDAY = 5
_WEEK_OF_MINUTES = 7 * 24 * 60


def _micros(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)
