"""Whether labels that come late have come by now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator
from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.labels.declared import without_label
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.checks.time.freshness import Hours
from airflow_mlquality.checks.wording import age_text, with_default_levels
from airflow_mlquality.measurements import Measurement, RowCount, RowsWhere, Schema, sql
from airflow_mlquality.measurements.numbers import epoch_us
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOUR = 3_600_000_000


class LabelMaturity(ShareCheck):
    """Rows that are old enough have their label.

    A row is old enough when its time lies at least `after` before the moment for which the gate runs, and with `window`
    no longer than that before it. NULL, NaN and infinities are no labels.

    Why it matters
    --------------
    Labels such as a return, a default or a cancellation come days later. Training on rows whose labels are still on
    their way learns that nothing ever happens; a feed of labels that stopped looks like a quiet week.

    How it decides
    --------------
    Exact: rows without label among the rows that are old enough. It warns above 0.02 and fails above 0.1, unless
    levels say otherwise. A time without zone is taken as UTC. Undecided when no row is old enough.

    When it misleads
    ----------------
    Where "no event yet" is written as a label of its own, every row has one from the first day on.

    Examples
    --------
    >>> from datetime import timedelta
    >>> from airflow_mlquality.trial import MOMENT, trial
    >>> check = LabelMaturity(column="returned", time="sold", after="30d", window="10d")
    >>> sold = [MOMENT - timedelta(days=days) for days in (1, 31, 33, 90)]
    >>> print(trial(check, sold=sold, returned=[None, True, False, None]))  # doctest: +NORMALIZE_WHITESPACE
    pass: share of rows 30 to 40 days old without label 'returned' is 0 (0 of 2 rows), within fail 0.1
    >>> print(trial(check, sold=sold, returned=[None, True, None, None]))  # doctest: +NORMALIZE_WHITESPACE
    fail: share of rows 30 to 40 days old without label 'returned' is 0.5 (1 of 2 rows), above fail 0.1
    >>> print(trial(check, sold=sold[:1], returned=[None]))
    undecided: share of rows 30 to 40 days old without label 'returned': no row is that old
    """

    family: ClassVar[Family] = "labels"
    scope: ClassVar[Scope] = "labels"
    filled: ClassVar[frozenset[str]] = frozenset({"column", "at", "until"})

    time: str
    """The column that says when a row happened."""
    after: Hours
    """Age from which on a row should have its label: `30d`, or a number of hours."""
    window: Hours | None = Field(default=None, gt=0)
    """How much further back rows are judged; all of them when it is not given."""
    until: datetime | None = Field(default=None, exclude=True, repr=False)
    """The moment for which ages are counted; a gate fills it in."""

    @model_validator(mode="before")
    @classmethod
    def _default_levels(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("mostly") is not None:
            return given
        return with_default_levels(given, 0.02, 0.1)

    def as_of(self, moment: datetime) -> LabelMaturity:
        """Return the check with ages counted to a moment."""
        return self.model_copy(update={"until": moment})

    def columns(self) -> tuple[str, ...]:
        """Return the label and the time."""
        return tuple(dict.fromkeys((self.column, self.time)))

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        old = age_text(self.after, self.after + self.window) if self.window else f"at least {age_text(self.after)}"
        return f"{old} old without label '{self.column}'"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return "see whether the feed of labels stopped; train and measure on rows whose labels are complete"

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows that are old enough, and those of them without label."""
        if not schema[self.time].type.is_time:
            return (RowCount(),)
        return (RowCount(), self._mature(schema), self._violating(schema))

    def _old_enough(self) -> exp.Expr:
        end = int(((self.until or datetime.now(UTC)).timestamp() * 1_000_000) - self.after * _HOUR)
        micros = epoch_us(sql.col(self.time))
        newest = exp.LTE(this=micros, expression=sql.literal(end))
        if self.window is None:
            return newest
        oldest = exp.GT(this=micros.copy(), expression=sql.literal(end - int(self.window * _HOUR)))
        return exp.and_(newest, oldest)

    def _mature(self, schema: Schema) -> RowsWhere:
        return RowsWhere(sql.text(self._old_enough()))

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row that is old enough and has no label."""
        return exp.and_(self._old_enough(), without_label(self.column, schema))

    def judged_rows(self, facts: Facts) -> int:
        """Return the rows that are old enough."""
        return facts.current[self._mature(facts.current.schema)]

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of rows without label against the levels."""
        type_ = facts.current.schema[self.time].type
        if not type_.is_time:
            return self.undecided(
                Cause.WRONG_TYPE,
                f"share of rows {self.wrong}: '{self.time}' is of type {type_.value}, no time",
                advice="name a column of dates or timestamps",
            )
        if not self.judged_rows(facts):
            what = "no row is that old" if facts.current.rows else "the table has no rows"
            return self.undecided(
                Cause.NO_DATA, f"share of rows {self.wrong}: {what}", advice="judge a stage that goes further back"
            )
        return super().judge(facts)
