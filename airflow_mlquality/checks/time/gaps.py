"""Stretches of time without rows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, model_validator

from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, outcome_of
from airflow_mlquality.measurements import Groups, LogicalType, Measurement, RowCount, Schema, in_groups, sql
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

Unit = Literal["minute", "hour", "day", "week", "month"]
_MOST = 20_000
"""Units that are listed; hours of two years."""
_NAMED = 5
_EPOCH = date(1970, 1, 1)


class NoGaps(Check):
    """Between the first and the last row no day is without any, nor hour, week or month.

    A time belongs to the unit in which it lies, in UTC; weeks start on Monday.

    Why it matters
    --------------
    A day that was never loaded is not in any share of missing values. Lags, rolling means and seasonal features made
    over the gap are wrong on many days after it.

    How it decides
    --------------
    Exact: the number of units without rows between the first and the last that has some; fails at the first, unless
    levels say otherwise. Undecided when there is no time, or when there are more than 20,000 units.

    When it misleads
    ----------------
    Shops that close on Sundays have honest gaps: `except_weekdays: [sunday]`. One row makes a day complete: `row_count`
    on the partition sees half a day. What is missing after the last row is a matter of `freshness`.

    Examples
    --------
    >>> from datetime import date
    >>> from airflow_mlquality.trial import trial
    >>> check = NoGaps(column="day", every="day")
    >>> print(trial(check, day=[date(2026, 1, 2), date(2026, 1, 1)]))
    pass: days without rows between 2026-01-01 and 2026-01-02: 0 of 2 days, within fail 0
    >>> print(trial(check, day=[date(2026, 1, 1), date(2026, 1, 4)]))  # doctest: +NORMALIZE_WHITESPACE
    fail: days without rows between 2026-01-01 and 2026-01-04: 2 of 4 days, above fail 0; the first: 2026-01-02,
    2026-01-03
    >>> print(trial(check, day=[None]))
    undecided: days without rows in 'day': all 1 rows are null
    """

    family: ClassVar[Family] = "time"
    scope: ClassVar[Scope] = "table"
    other_scopes: ClassVar[tuple[Scope, ...]] = ("column",)
    short: ClassVar[str | None] = "every"

    every: Unit
    """Unit of which none is without rows: `minute`, `hour`, `day`, `week` or `month`."""
    except_weekdays: tuple[
        Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], ...
    ] = ()
    """Days of the week that may be without rows."""
    warn: int | None = Field(default=None, ge=0)
    """Units without rows above which it warns."""
    fail: int | None = Field(default=None, ge=0)
    """Units without rows above which it fails; 0 when no level is given."""

    @model_validator(mode="before")
    @classmethod
    def _levels(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("warn") is None and given.get("fail") is None:
            return {**given, "fail": 0}
        return given

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only points in time lie in days and hours."""
        return type_.is_time

    def _groups(self) -> Groups:
        time = sql.col(self.column)
        unit = f"DATE_DIFF('{self.every}', CAST('1970-01-01' AS DATE), {sql.text(time)})"
        return in_groups((unit,), where=sql.text(sql.is_not_null(time.copy())), limit=_MOST)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, and how many there are per unit."""
        return (RowCount(), self._groups())

    def judge(self, facts: Facts) -> Verdict:
        """Hold the number of units without rows against the levels."""
        found = facts.current[self._groups()]
        present = {int(row[0]) for row in found.rows if isinstance(row[0], int | float)}
        what = f"{self.every}s without rows in '{self.column}'"
        if not present:
            rows = facts.current.rows
            why = "the table has no rows" if rows == 0 else f"all {rows:,} rows are null"
            return self.undecided(Cause.NO_DATA, f"{what}: {why}", advice="find out why the stage has no times")
        if not found.is_complete:
            reason = f"{what}: there are more than {_MOST:,} {self.every}s"
            return self.undecided(Cause.TOO_SMALL, reason, advice="judge a shorter time, or a longer unit")
        first, last = min(present), max(present)
        return self._counted(present, first, last)

    def _counted(self, present: set[int], first: int, last: int) -> Verdict:
        missing = (unit for unit in range(first, last + 1) if unit not in present and not self._is_spared(unit))
        named = [unit for _, unit in zip(range(_NAMED), missing, strict=False)]
        gaps = len(named) + sum(1 for _ in missing)
        outcome = outcome_of(gaps, self.warn, self.fail)
        these = f"; the first: {', '.join(self._text(unit) for unit in named)}" if named else ""
        return self.verdict(
            outcome,
            f"{self.every}s without rows between {self._text(first)} and {self._text(last)}: "
            f"{gaps:,} of {last - first + 1:,} {self.every}s, {bound_text(outcome, gaps, self.warn, self.fail)}{these}",
            observed=gaps,
            unit=f"{self.every}s",
            advice="" if outcome is Outcome.PASS else f"load these {self.every}s again, or see why they have no rows",
            evidence={"missing": gaps, "between": last - first + 1, "first": [self._text(unit) for unit in named]},
        )

    def _is_spared(self, unit: int) -> bool:
        if not self.except_weekdays or self.every in ("week", "month"):
            return False
        return f"{self._start(unit):%A}".lower() in self.except_weekdays

    def _start(self, unit: int) -> datetime:
        """Return when a unit begins, counted from 1970."""
        origin = datetime.combine(_EPOCH, datetime.min.time())
        if self.every == "month":
            return origin.replace(year=1970 + unit // 12, month=unit % 12 + 1)
        if self.every == "week":
            return origin - timedelta(days=3) + timedelta(weeks=unit)  # 1970 began on a Thursday
        return origin + timedelta(**{f"{self.every}s": unit})

    def _text(self, unit: int) -> str:
        try:
            start = self._start(unit)
        except (OverflowError, ValueError):
            return f"{self.every} {unit}"  # beyond the years that a calendar has
        form = {"month": "%Y-%m", "day": "%Y-%m-%d", "week": "%Y-%m-%d"}.get(self.every, "%Y-%m-%d %H:%M")
        return f"{start:{form}}"
