"""Values that follow each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.checks.values.bounds import is_ordered
from airflow_mlquality.measurements import LogicalType, Measurement, Neighbours, RowCount, Schema, sql
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp


class Increasing(ShareCheck):
    """The value never falls, in the order of another column.

    Rows are ordered by `by`; with `per`, within each entity: the mileage of each car by the day. NULL, NaN and infinite
    values are left out. Rows that are equal in `by` are taken in the order of the value, so that they never fall.

    Why it matters
    --------------
    A counter that falls was reset, a version that falls was written by an old program, a time of loading that falls
    before a later time of the event says that the clock or the join is wrong. Differences made of it turn negative.

    How it decides
    --------------
    Exact: the pairs of neighbours that fall (with `strict` also those that are equal), among all pairs; fails at the
    first, unless levels say otherwise. Undecided when no two rows follow each other. The embedded engine alone measures
    it: it takes a sort of the rows.

    When it misleads
    ----------------
    One value that is far too high is one fall, not many: the values after it rise again. It says nothing of gaps.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Increasing(column="miles", by="day")
    >>> print(trial(check, day=[2, 1, 3], miles=[20, 10, 20]))
    pass: share of steps of 'miles' by 'day' that fall is 0 (0 of 2 steps), within fail 0
    >>> print(trial(check, day=[2, 1, 3], miles=[20, 10, 5]))
    fail: share of steps of 'miles' by 'day' that fall is 0.5 (1 of 2 steps), above fail 0
    >>> print(trial(check, day=[1, None], miles=[10, 5]))
    undecided: share of steps of 'miles' by 'day' that fall: no two rows follow each other
    """

    family: ClassVar[Family] = "values"
    scope: ClassVar[Scope] = "column"
    short: ClassVar[str | None] = "by"

    by: str
    """Column by which rows are ordered."""
    per: tuple[str, ...] = ()
    """Columns of the entity within which values are compared."""
    strict: bool = False
    """Whether equal neighbours violate as well."""

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only values that lie before and after each other rise and fall."""
        return is_ordered(type_)

    def columns(self) -> tuple[str, ...]:
        """Return the column, and those of the order."""
        return tuple(dict.fromkeys((self.column, self.by, *self.per)))

    @property
    def wrong(self) -> str:
        """What a violating step does."""
        entity = f" per {', '.join(f'{name!r}' for name in self.per)}" if self.per else ""
        return f"of '{self.column}' by '{self.by}'{entity} that {'do not rise' if self.strict else 'fall'}"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return f"look at the rows around a fall: was '{self.column}' reset, or is '{self.by}' wrong"

    def _neighbours(self) -> Neighbours:
        return Neighbours(self.column, self.by, self.per)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, and how values compare with the one before."""
        return (RowCount(), self._neighbours())

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of no row: it takes two rows to fall."""
        return sql.condition("1 = 0")

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of steps that fall against the levels."""
        fact = facts.current[self._neighbours()]
        if not fact.pairs:
            what = "the table has no rows" if facts.current.rows == 0 else "no two rows follow each other"
            return self.undecided(
                Cause.NO_DATA, f"share of steps {self.wrong}: {what}", advice="find out why the columns are empty"
            )
        violating = fact.falls + fact.equal * self.strict
        share = violating / fact.pairs
        outcome = outcome_of(share, self.warn, self.fail)
        return self.verdict(
            outcome,
            f"share of steps {self.wrong} is {number_text(share)} ({violating:,} of {fact.pairs:,} steps), "
            f"{bound_text(outcome, share, self.warn, self.fail)}",
            observed=share,
            unit="share",
            advice="" if outcome is Outcome.PASS else self.advice,
            evidence={"violating": violating, "judged": fact.pairs, "equal": fact.equal},
        )
