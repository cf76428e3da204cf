"""Rows that came late, or lie in a partition that is not theirs."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field
from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.levels import number_text
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.checks.time.freshness import Hours
from airflow_mlquality.measurements import LogicalType, Measurement, RowCount, RowsWhere, Schema, sql
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOUR = 3_600_000_000


class _TwoTimes(ShareCheck):
    """A check of rows by the distance of two times."""

    @property
    def place(self) -> str:
        """Its columns."""
        return ", ".join(self.columns())

    def columns(self) -> tuple[str, ...]:
        """Return both."""
        return tuple(dict.fromkeys(filter(None, self._pair)))

    @property
    @abstractmethod
    def _pair(self) -> tuple[str, str]:
        """The two columns; empty where neither the check nor the contract names one."""

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, rows with both times, and violating rows."""
        if self._not_times(schema) or self._is_empty(schema):
            return (RowCount(),)
        return (RowCount(), self._complete(schema), self._violating(schema))

    def _not_times(self, schema: Schema) -> list[str]:
        """Return the columns that are no times; text that is written as a time is one."""
        allowed = (LogicalType.STRING, LogicalType.NULL)
        wrong = [each for each in self.columns() if not (schema[each].type.is_time or schema[each].type in allowed)]
        return wrong if all(self._pair) else ["time"]

    def _is_empty(self, schema: Schema) -> bool:
        return any(schema[name].type is LogicalType.NULL for name in self.columns())

    def _complete(self, schema: Schema) -> RowsWhere:
        given = [sql.condition(f"NOT ({self._read(schema, name)}) IS NULL") for name in self.columns()]
        return RowsWhere(sql.text(exp.and_(*given)))

    def _read(self, schema: Schema, name: str) -> str:
        """Return SQL of one of the times as microseconds."""
        return _micros(schema, name)

    def judged_rows(self, facts: Facts) -> int:
        """Return how many rows have both times."""
        return facts.current[self._complete(facts.current.schema)]

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of violating rows against the levels."""
        quantity, wrong = f"share of rows {self.wrong}", self._not_times(facts.current.schema)
        if not all(self._pair):
            advice = "name the columns in the check, or under dataset"
            return self.undecided(Cause.MISSING_COLUMN, f"{quantity}: it has not two columns", advice=advice)
        if wrong:
            type_ = facts.current.schema[wrong[0]].type.value
            return self.undecided(Cause.WRONG_TYPE, f"{quantity}: '{wrong[0]}' is {type_} and no time")
        judged = 0 if self._is_empty(facts.current.schema) else self.judged_rows(facts)
        if not judged:
            why = "the table has no rows" if facts.current.rows == 0 else "no row has both times"
            return self.undecided(Cause.NO_DATA, f"{quantity}: {why}", advice="find out why the times are empty")
        violating = facts.current[self._violating(facts.current.schema)]
        return self.share_verdict(violating, judged, unjudged=facts.current.rows - judged)


def _may_be_read(schema: Schema, name: str) -> bool:
    return schema[name].type is LogicalType.STRING


def _micros(schema: Schema, name: str) -> str:
    """Return SQL of a time as microseconds; text is read as a date and time."""
    column = sql.text(sql.col(name))
    return f"epoch_us(TRY_CAST({column} AS TIMESTAMP))" if _may_be_read(schema, name) else f"epoch_us({column})"


class LateRows(_TwoTimes):
    """Rows arrive soon after what they tell happened.

    The delay of a row is from its event to its arrival; an arrival that is a date counts from its midnight. Rows
    without one of the times are not judged.

    Why it matters
    --------------
    Features of yesterday were computed without the rows that come today. A model trained on the complete past has seen
    rows that serving never has in time.

    How it decides
    --------------
    Exact: the share of rows whose delay is longer than `late_rows`, among rows with both times. Undecided when there
    is none.

    When it misleads
    ----------------
    A reload of the past makes every row late by its load time; keep the first arrival. Times without zone are taken as
    UTC: an event in local time is late, or early, by the offset.

    Examples
    --------
    >>> from datetime import timedelta
    >>> from airflow_mlquality.trial import MOMENT, trial
    >>> check = LateRows(late_rows="24h", time="at", arrived="loaded", fail=0.1)
    >>> print(trial(check, at=[MOMENT, MOMENT], loaded=[MOMENT + timedelta(hours=3)] * 2))
    pass: share of rows that arrive ('loaded') more than 24 hours after 'at' is 0 (0 of 2 rows), within fail 0.1
    >>> print(trial(check, at=[MOMENT, MOMENT], loaded=[MOMENT, MOMENT + timedelta(hours=32)]))
    fail: share of rows that arrive ('loaded') more than 24 hours after 'at' is 0.5 (1 of 2 rows), above fail 0.1
    >>> print(trial(check, at=[MOMENT], loaded=[None]))
    undecided: share of rows that arrive ('loaded') more than 24 hours after 'at': no row has both times
    """

    family: ClassVar[Family] = "time"
    scope: ClassVar[Scope] = "rows"

    late_rows: Hours
    """Delay above which a row is late: `24h`."""
    time: str = ""
    """Column with the time of the event; by default the time of the data set."""
    arrived: str
    """Column with the time at which the row arrived, or was loaded."""

    @property
    def verdict_id(self) -> str:
        """Its id, given or derived from its columns."""
        return self.id or f"{self.arrived} after {self.time}"

    @property
    def _pair(self) -> tuple[str, str]:
        return self.time, self.arrived

    @property
    def wrong(self) -> str:
        """What a violating row does."""
        return f"that arrive ('{self.arrived}') more than {number_text(self.late_rows)} hours after '{self.time}'"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return "see which feed is late; compute features again for the past that the rows belong to"

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a late row."""
        late = f"{_micros(schema, self.arrived)} - {_micros(schema, self.time)} > {round(self.late_rows * _HOUR)}"
        return sql.condition(late)


class InPartition(_TwoTimes):
    """The time of a row lies in the partition in which the row is.

    The partition column holds the begin of the partition, as a date, a time, or text such as `2026-01-31`; months as
    `2026-03`, ISO weeks as `2026-W09` and years as `2026` are read too where `every` says so.

    Why it matters
    --------------
    A job that reads yesterday's partition takes what is in it. Rows of other days there are counted for the wrong day,
    rows of that day elsewhere are never read; both come of time zones, retries and late rows.

    How it decides
    --------------
    Exact: the share of rows whose time lies before the begin of their partition or at or after its end, by more than
    `slack`, among rows with both. A month or a year is as long as it is in the calendar, and a week begins on Monday.
    The moment of the run plays no part: a run that catches up judges as the run in time would have. Undecided when
    there is no row with both.

    When it misleads
    ----------------
    A partition that is written otherwise cannot be read; its rows are not judged, and told. One by local days is off by
    the zone in UTC: give `slack`, or store its begin as an instant. Where rows are filed by arrival, late rows belong
    where they are; use `late_rows`.

    Examples
    --------
    >>> from datetime import date, timedelta
    >>> from airflow_mlquality.trial import MOMENT, trial
    >>> check = InPartition(time="at", partition="day")
    >>> print(trial(check, at=[MOMENT, MOMENT + timedelta(hours=23)], day=[date(2026, 2, 1)] * 2))
    pass: share of rows whose 'at' lies outside of their 'day' is 0 (0 of 2 rows), within fail 0
    >>> print(trial(check, at=[MOMENT, MOMENT - timedelta(hours=1)], day=["2026-02-01"] * 2))
    fail: share of rows whose 'at' lies outside of their 'day' is 0.5 (1 of 2 rows), above fail 0
    >>> print(trial(check, at=[MOMENT], day=[None]))
    undecided: share of rows whose 'at' lies outside of their 'day': no row has both times
    >>> check = InPartition(time="at", partition="month", every="month")
    >>> print(trial(check, at=[MOMENT, MOMENT + timedelta(days=28)], month=["2026-02"] * 2))
    fail: share of rows whose 'at' lies outside of their 'month' is 0.5 (1 of 2 rows), above fail 0
    """

    family: ClassVar[Family] = "time"
    scope: ClassVar[Scope] = "table"
    flag: ClassVar[bool] = True

    time: str = ""
    """Column with the time; by default the time of the data set."""
    partition: str = ""
    """Column with the begin of the partition; by default the partition of the data set."""
    every: Literal["week", "month", "year"] | Annotated[Hours, Field(gt=0)] = 24.0
    """How long a partition is: `1h`, `1d`, `week`, `month`, `year`."""
    slack: Hours = 0.0
    """How far outside a row may lie."""

    @property
    def _pair(self) -> tuple[str, str]:
        return self.time, self.partition

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"whose '{self.time}' lies outside of their '{self.partition}'"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return "see whether the partition is by local time or by arrival; move the rows, or declare the slack"

    def _read(self, schema: Schema, name: str) -> str:
        """Return SQL of one of the times as microseconds; of the partition, its begin."""
        return super()._read(schema, name) if name == self.time else _begin(schema, name, self.every)

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row that lies outside."""
        at, begin = self._read(schema, self.time), self._read(schema, self.partition)
        slack = round(self.slack * _HOUR)
        end = _end(schema, self.partition, self.every)
        return sql.condition(f"{at} - {begin} < {-slack} OR {at} - {end} >= {slack}")


def _begin(schema: Schema, name: str, every: str | float) -> str:
    """Return SQL of the begin of a partition as microseconds."""
    column = sql.text(sql.col(name))
    if every == "week":
        if not _may_be_read(schema, name):
            return f"epoch_us(date_trunc('week', {column}))"
        return f"COALESCE(epoch_us(date_trunc('week', TRY_CAST({column} AS TIMESTAMP))), {_iso_week(column)})"
    if every in _REST:
        return f"epoch_us({_calendar_begin(schema, name, str(every))})"
    return _micros(schema, name)


def _end(schema: Schema, name: str, every: str | float) -> str:
    """Return SQL of the end of a partition as microseconds: the begin of the next."""
    if every in _REST:
        begin = _calendar_begin(schema, name, str(every))
        return f"epoch_us(date_trunc('{every}', {begin} + INTERVAL {_REST[str(every)][1]} DAY))"
    hours = 168 if every == "week" else float(every)
    return f"({_begin(schema, name, every)} + {round(hours * _HOUR)})"


def _calendar_begin(schema: Schema, name: str, every: str) -> str:
    """Return SQL of the begin of a month or year; text may lack the day."""
    column = sql.text(sql.col(name))
    if _may_be_read(schema, name):
        rest = _REST[every][0]
        is_short = f"LENGTH({column}) = {_WHOLE_DATE - len(rest)}"
        filled = f"CASE WHEN {is_short} THEN CONCAT({column}, '{rest}') ELSE {column} END"
        column = f"TRY_CAST({filled} AS TIMESTAMP)"
    return f"date_trunc('{every}', {column})"


def _iso_week(text: str) -> str:
    """Return SQL of the Monday of a week written as 2026-W09: the fourth of January lies in week 1."""
    first = f"epoch_us(date_trunc('week', TRY_CAST(CONCAT(SUBSTRING({text}, 1, 4), '-01-04') AS TIMESTAMP)))"
    weeks = f"(TRY_CAST(SUBSTRING({text}, 7, 2) AS BIGINT) - 1) * {168 * _HOUR}"
    return f"CASE WHEN regexp_full_match({text}, '[0-9]{{4}}-W[0-9]{{2}}') THEN {first} + {weeks} END"


_REST = {"month": ("-01", 31), "year": ("-01-01", 366)}
"""What text lacks of a date, and days after a begin that lie in the next one."""
_WHOLE_DATE = len("2026-03-01")
