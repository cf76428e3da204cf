"""Dates that can be read and mean something else."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, field_validator

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.meaning.date_forms import (
    EITHER,
    FAULTS,
    IN_PARTITION,
    MOVE,
    NAMES,
    OTHER,
    REMEDIES,
    Form,
    fault_in_partition,
    fault_of,
    form_of,
)
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.checks.time.freshness import hours
from airflow_mlquality.checks.wording import percent
from airflow_mlquality.measurements import Groups, LogicalType, Measurement, RowCount, Schema, in_groups, sql
from airflow_mlquality.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

_MOST_DAYS = 5_000
_LAST_MONTH = 12
_SEEN_DAYS, _SEEN_MONTHS, _SEEN_ROWS = 8, 3, 100
"""From so many days of the month, months and rows on, it is no chance that no day is above twelve."""
_USUAL = 0.01
"""A form of at least this share of the reference is one of its forms."""


class DateMeaning(ShareCheck):
    """The date means the day that it is read as: it lies in its interval, and is written as the others are.

    A date or timestamp should lie between `oldest` and `newest`, or with `every`, which is how long a partition is, in
    the partition of its row. A text or a number that stands for a date should be of
    `form`; without it, of the forms of the reference, and without one, of that of most rows.

    Why it matters
    --------------
    `03/04/2025` is a valid date in April and in March. Parsed the wrong way it lands in another partition, another
    season, another price; days above twelve fall out as NULL, the rest looks like data. Seconds read as milliseconds
    put everybody into January 1970.

    How it decides
    --------------
    Exact: the share of rows whose date is not in its place, told apart as *day and month swapped* (swapped back, it
    lies in the interval), *of another century*, *the zero of a clock* (1970-01-01 and its like), *of the future* and
    *too old*; or the share of rows that are written in a form that is not expected: ISO, day first, month first, year
    first, compact, epoch seconds to nanoseconds, spreadsheet days, with a month's name. Day first and month first are
    told apart by the rows with a number above twelve. Dates on eight or more days of the month in three or more months,
    none of them after the twelfth, count as swapped, all of them, from 100 rows on. Undecided when no row has a value.

    When it misleads
    ----------------
    A wide interval hides swapped days; give the partition's own, by `every` or as ``oldest: 35d`` for a month. Late
    records and bookings ahead are real: give them a share. Rows that are all on days up to the twelfth cannot be told
    apart without an interval. With `every`, rows without a partition are not judged.

    Examples
    --------
    >>> from datetime import date
    >>> from airflow_mlquality.trial import trial
    >>> check = DateMeaning(column="sold", oldest="31d")
    >>> print(trial(check, sold=[date(2026, 1, 5), date(2026, 1, 30)]))
    pass: share of rows with 'sold' not in its place is 0 (0 of 2 rows), within fail 0
    >>> print(trial(check, sold=[date(2026, 5, 1), date(2026, 1, 30), date(1970, 1, 1)]))
    ... # doctest: +NORMALIZE_WHITESPACE
    fail: share of rows with 'sold' not in its place is 0.6667 (2 of 3 rows), above fail 0; 33 % day and month swapped,
    33 % the zero of a clock
    >>> print(trial(DateMeaning(column="sold"), sold=["13/01/2026", "01/02/2026", "01/25/2026", "28/01/2026"]))
    ... # doctest: +NORMALIZE_WHITESPACE
    fail: share of rows with 'sold' written otherwise than day_first is 0.25 (1 of 4 rows), above fail 0; 25 %
    month_first
    >>> print(trial(check, sold=[None]))
    undecided: share of rows with 'sold' not in its place: all 1 rows are null
    """

    family: ClassVar[Family] = "meaning"
    scope: ClassVar[Scope] = "column"
    flag: ClassVar[bool] = True
    filled: ClassVar[frozenset[str]] = frozenset({"column", "at", "until"})

    oldest: str | None = None
    """First day that a date may be, ISO 8601, or how long before the moment of the gate: `31d`."""
    newest: str = "1d"
    """Last day that a date may be, ISO 8601, or how long after the moment of the gate."""
    every: str | None = None
    """How long a partition is, such as `1d`: then a date should lie in that of its row, whatever `oldest` says."""
    partition: str = ""
    """Column with the begin of the partition; by default the partition of the data set."""
    form: Form | None = None
    """How texts or numbers that stand for dates are written."""
    until: datetime | None = Field(default=None, exclude=True, repr=False)
    """The moment for which the interval is counted; a gate fills it in."""

    @field_validator("oldest", "newest")
    @classmethod
    def _is_day_or_duration(cls, given: str | None) -> str | None:
        if given is not None and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", given):
            hours(given)
        elif given is not None:
            date.fromisoformat(given)
        return given

    @field_validator("every")
    @classmethod
    def _is_duration(cls, given: str | None) -> str | None:
        if given is not None and _hours(given) <= 0:
            msg = "every is a duration above 0, such as 1d"
            raise ValueError(msg)
        return given

    def columns(self) -> tuple[str, ...]:
        """Return the column, and that of the partition where it is compared with."""
        return (self.column, self.partition) if self._is_partitioned else (self.column,)

    @property
    def _is_partitioned(self) -> bool:
        return bool(self.every and self.partition)

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Points in time, and what may stand for them."""
        return type_.is_time or type_.is_number or type_ is LogicalType.STRING

    def as_of(self, moment: datetime) -> DateMeaning:
        """Return the check with its interval counted from a moment."""
        return self.model_copy(update={"until": moment})

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"with '{self.column}' not in its place"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return f"see in which form the source sends '{self.column}' now, and read it in that; do not drop the rows"

    # ---- what it asks for ----

    def _day(self, given: str | None, direction: int, otherwise: date) -> date:
        if given is None:
            return otherwise
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", given):
            return date.fromisoformat(given)
        moment = self.until or datetime.now(UTC)
        length = timedelta(hours=_hours(given))
        return (moment + direction * length).date()

    def _begin(self, schema: Schema) -> str:
        """Return the SQL of the first day of a row's partition."""
        name = sql.text(sql.col(self.partition))
        return name if schema[self.partition].type.is_time else f"TRY_CAST({name} AS TIMESTAMP)"

    def _kind(self, schema: Schema) -> str:
        """Return the SQL of what a row's date is: of its place, or of its form."""
        column = schema[self.column]
        if not column.type.is_time:
            return form_of(column)
        if self._is_partitioned:
            return fault_in_partition(column, self._begin(schema), math.ceil(_hours(str(self.every)) / 24))
        return fault_of(column, self._day(self.oldest, -1, date(1900, 1, 3)), self._day(self.newest, 1, date.max))

    def _groups(self, schema: Schema) -> Groups:
        column, x = schema[self.column], sql.text(sql.col(self.column))
        finite = f" AND ISFINITE({x})" if column.type is LogicalType.FLOAT else ""
        parts = (f"MONTH({x})", f"DAY({x})") if column.type.is_time else ()
        known = f" AND {self._begin(schema)} IS NOT NULL" if column.type.is_time and self._is_partitioned else ""
        where = f"{x} IS NOT NULL{finite}{known}"
        return in_groups((self._kind(schema), *parts), where=where, limit=_MOST_DAYS)

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row out of its place, or not of the declared form; else of no row."""
        column = schema[self.column]
        if column.type.is_time:
            return sql.condition(f"{self._kind(schema)} <> 0").copy()
        if self.form is None:
            return sql.condition("FALSE").copy()
        usual = ", ".join(str(NAMES.index(name)) for name in _with_either({self.form}))
        return sql.condition(f"{self._kind(schema)} NOT IN ({usual})").copy()

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the rows by what their dates are."""
        return (RowCount(), self._groups(schema))

    # ---- how it judges ----

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of rows out of their place, or of another form, against the levels."""
        column = facts.current.schema[self.column]
        rows = facts.current[self._groups(facts.current.schema)].rows
        judged = sum(int(row[-1] or 0) for row in rows)
        if not judged:
            return super().judge(_without_values(facts, self.column))
        return self._of_places(rows, judged) if column.type.is_time else self._of_forms(facts, rows, judged)

    def _of_places(self, rows: Sequence[Sequence[Any]], judged: int) -> Verdict:
        counts = dict.fromkeys(FAULTS, 0)
        for fault, _, _, count in rows:
            counts[FAULTS[int(fault)]] += int(count)
        if _is_swapped(rows, judged):
            counts = {**dict.fromkeys(FAULTS, 0), FAULTS[1]: judged}
        wrong = {name: count for name, count in counts.items() if count and name != FAULTS[0]}
        verdict = self._told(self.share_verdict(sum(wrong.values()), judged, faults=wrong), self._words(wrong), judged)
        if verdict.outcome is Outcome.PASS or not wrong:
            return verdict
        most = _largest(wrong)[0][0]
        remedy = MOVE if self._is_partitioned and most in IN_PARTITION else REMEDIES[most]
        return replace(verdict, advice=remedy.format(f"'{self.column}'"))

    def _words(self, wrong: dict[str, int]) -> dict[str, int]:
        """Return the rows by what people call their fault."""
        words = IN_PARTITION if self._is_partitioned else {}
        return {words.get(name, name): count for name, count in wrong.items()}

    def _of_forms(self, facts: Facts, rows: Sequence[Sequence[Any]], judged: int) -> Verdict:
        counts = {NAMES[int(form)]: int(count) for form, count in rows}
        usual = self._usual(facts, counts)
        wrong = {name: count for name, count in counts.items() if name not in usual}
        named = " or ".join(sorted(usual - {EITHER})) or EITHER
        verdict = self.share_verdict(sum(wrong.values()), judged, forms=counts, usual=sorted(usual))
        reason = verdict.reason.replace(self.wrong, f"with '{self.column}' written otherwise than {named}")
        return self._told(replace(verdict, reason=reason), wrong, judged)

    def _usual(self, facts: Facts, counts: dict[str, int]) -> set[str]:
        """Return the forms that are expected: the declared one, those of the reference, or that of most rows."""
        if self.form:
            return _with_either({self.form})
        before = self._of_reference(facts)
        if before:
            total = sum(before.values())
            return _with_either({name for name, count in before.items() if count >= _USUAL * total})
        clear = {name: count for name, count in counts.items() if name != EITHER} or counts
        return _with_either({max(clear, key=lambda name: (clear[name], name != OTHER, name))})

    def _of_reference(self, facts: Facts) -> dict[str, int]:
        if facts.reference is None or self.column not in facts.reference.schema:
            return {}
        column = facts.reference.schema[self.column]
        if column.type.is_time:
            return {"iso": 1}
        asked = self._groups(facts.reference.schema)
        held = facts.reference[asked].rows if asked in facts.reference else ()
        return {NAMES[int(str(form))]: int(str(count)) for form, count in held}

    def _told(self, verdict: Verdict, wrong: dict[str, int], judged: int) -> Verdict:
        if verdict.outcome is Outcome.PASS or not wrong:
            return verdict
        parts = ", ".join(f"{percent(count / judged)} {name}" for name, count in _largest(wrong))
        return replace(verdict, reason=f"{verdict.reason}; {parts}")


def _with_either(forms: set[str]) -> set[str]:
    """Return the forms, with what may be read both ways where one of these ways is expected."""
    return forms | {EITHER} if forms & {"day_first", "month_first"} else forms


def _largest(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: -each[1])


def _hours(duration: str) -> float:
    return float(str(hours(duration)))


def _is_swapped(rows: Sequence[Sequence[Any]], judged: int) -> bool:
    """Return whether dates lie on many days of many months, and on none after the twelfth."""
    months, days = {row[1] for row in rows}, {row[2] for row in rows}
    is_seen = judged >= _SEEN_ROWS and len(months) >= _SEEN_MONTHS and len(days) >= _SEEN_DAYS
    return is_seen and max(days) <= _LAST_MONTH


def _without_values(facts: Facts, column: str) -> Facts:
    """Return facts in which all rows are NULL: what is not finite is no date either."""
    from airflow_mlquality.measurements import NullCount

    current = facts.current
    return replace(facts, current=replace(current, facts={**current.facts, NullCount(column): current.rows}))
