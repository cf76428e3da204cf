"""Whether features were known before the label was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field
from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.measurements import LogicalType, Measurement, RowCount, RowsWhere, Schema, sql
from airflow_mlquality.measurements.numbers import epoch_us
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


class KnownBeforeLabel(ShareCheck):
    """What features are made of is known before the label is.

    Rows violate where one of the `times` lies after the time of the label. Rows without the label's time, or without
    any of the others, are not judged.

    Why it matters
    --------------
    A feature that was read after the event, such as the last status of an order, knows how it ended. Joined by key
    alone, without regard to time, it looks like any other column.

    How it decides
    --------------
    Exact: rows with a time after the label's among rows that have both. Fails at the first, unless levels say
    otherwise. Times without zone are taken as UTC. Undecided when no row has both.

    When it misleads
    ----------------
    It sees what the times say: a feature that was corrected later and kept its old time looks known.

    Examples
    --------
    >>> from airflow_mlquality.trial import MOMENT, trial
    >>> from datetime import timedelta
    >>> check = KnownBeforeLabel(column="paid", label_time="due", times=["read"])
    >>> due, day = [MOMENT, MOMENT], timedelta(days=1)
    >>> print(trial(check, paid=[0, 1], due=due, read=[MOMENT - day, MOMENT]))
    pass: share of rows with 'read' after 'due' is 0 (0 of 2 rows), within fail 0
    >>> print(trial(check, paid=[0, 1], due=due, read=[MOMENT - day, MOMENT + day]))
    fail: share of rows with 'read' after 'due' is 0.5 (1 of 2 rows), above fail 0
    >>> print(trial(check, paid=[0], due=[MOMENT], read=[None]))
    undecided: share of rows with 'read' after 'due': no row has both
    """

    family: ClassVar[Family] = "labels"
    scope: ClassVar[Scope] = "labels"

    label_time: str
    """The column that says when the label was known, or when what it tells happened."""
    times: tuple[str, ...] = Field(min_length=1)
    """The columns that say when features were known."""

    def columns(self) -> tuple[str, ...]:
        """Return the times."""
        return tuple(dict.fromkeys((self.label_time, *self.times)))

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"with {' or '.join(repr(name) for name in self.times)} after '{self.label_time}'"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return "join features as they were known before the label: the last value up to its time"

    def _odd(self, schema: Schema) -> str | None:
        allowed = LogicalType.NULL
        return next((n for n in self.columns() if not schema[n].type.is_time and schema[n].type is not allowed), None)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows with both times, and violating rows."""
        is_empty = any(schema[name].type is LogicalType.NULL for name in self.columns())
        if self._odd(schema) or is_empty:
            return (RowCount(),)
        return (RowCount(), self._both(schema), self._violating(schema))

    def _both(self, schema: Schema) -> RowsWhere:
        some = sql.any_of([sql.is_not_null(sql.col(name)) for name in self.times])
        return RowsWhere(sql.text(exp.and_(sql.is_not_null(sql.col(self.label_time)), some)))

    def violation(self, schema: Schema) -> exp.Expr | None:  # type: ignore[override]  # nothing to look for where types forbid it
        """Return the predicate of a row with a time after the label's."""
        if self._odd(schema):
            return None
        known = epoch_us(sql.col(self.label_time))
        return sql.any_of([exp.GT(this=epoch_us(sql.col(name)), expression=known.copy()) for name in self.times])

    def judged_rows(self, facts: Facts) -> int:
        """Return the rows with both."""
        both = self._both(facts.current.schema)
        return facts.current[both] if both in facts.current or both in facts.current.failures else 0

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of violating rows against the levels."""
        odd = self._odd(facts.current.schema)
        if odd:
            return self.undecided(
                Cause.WRONG_TYPE, f"share of rows {self.wrong}: '{odd}' is no time", advice="name columns of time"
            )
        if not self.judged_rows(facts):
            what = "no row has both" if facts.current.rows else "the table has no rows"
            return self.undecided(
                Cause.NO_DATA, f"share of rows {self.wrong}: {what}", advice="find out why the times are missing"
            )
        return super().judge(facts)
