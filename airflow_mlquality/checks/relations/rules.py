"""What holds between columns, and between tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import field_validator
from sqlglot import exp

from airflow_mlquality.checks.admission import admit
from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.relations.others import OfAnotherSource
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.measurements import Measurement, RowCount, RowsWhere, Schema, sql
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

_ID_LENGTH = 80


class Rule(ShareCheck):
    """A condition over the columns of a row holds.

    The condition is SQL: columns, literals, operators and plain scalar functions. A row for which it is neither
    true nor false, because a value is NULL, is counted and does not violate. A row whose value cannot be cast as the
    condition says violates; `try_cast` makes it NULL instead.

    Why it matters
    --------------
    What the business knows lies between columns: a flight that never left cannot arrive.

    How it decides
    --------------
    Exact: the share of rows for which it is false, among rows for which it is true or false. Undecided when there
    is no such row.

    When it misleads
    ----------------
    `a <> b` says nothing where one of them is NULL; write `a is distinct from b` if it should.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Rule(id="arrives_after", rule="arrival >= departure")
    >>> print(trial(check, departure=[1, 2], arrival=[3, 4]))
    pass: share of rows that break "arrival >= departure" is 0 (0 of 2 rows), within fail 0
    >>> print(trial(check, departure=[1, 5, None], arrival=[3, 4, 9]))
    fail: share of rows that break "arrival >= departure" is 0.5 (1 of 2 rows), above fail 0
    >>> print(trial(check, departure=[None], arrival=[4]))
    undecided: share of rows that break "arrival >= departure": it is neither true nor false on any of 1 rows
    """

    family: ClassVar[Family] = "relations"
    scope: ClassVar[Scope] = "rows"

    rule: str
    """SQL condition that every row should meet."""

    @field_validator("rule")
    @classmethod
    def _is_pure(cls, rule: str) -> str:
        admit(rule)
        return rule

    @property
    def verdict_id(self) -> str:
        """Its id, given or the condition itself."""
        return self.id or self.rule[:_ID_LENGTH]

    @property
    def place(self) -> str:
        """The columns of the condition."""
        return ", ".join(self.columns())

    @property
    def wrong(self) -> str:
        """What a violating row does."""
        return f'that break "{self.rule}"'

    def columns(self) -> tuple[str, ...]:
        """Return the columns of the condition, in their order in it."""
        return tuple(dict.fromkeys(column.name for column in admit(self.rule).find_all(exp.Column, bfs=False)))

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row for which the condition is false, or fails at a cast."""
        broken = exp.not_(exp.paren(admit(self.rule)))
        impossible = self._impossible()
        return exp.or_(broken, exp.and_(self._open(), impossible)) if impossible else broken

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, rows that break the condition, and rows on which it is neither true nor false."""
        return (RowCount(), self._violating(schema), self._unknown())

    def _unknown(self) -> RowsWhere:
        impossible = self._impossible()
        return RowsWhere(sql.text(exp.and_(self._open(), exp.not_(impossible)) if impossible else self._open()))

    def _open(self) -> exp.Expr:
        return sql.is_null(exp.paren(admit(self.rule)))

    def _impossible(self) -> exp.Expr | None:
        """Return the predicate of a row with a value that cannot be cast; nothing where nothing is cast."""
        casts = [cast for cast in admit(self.rule).find_all(exp.Cast) if type(cast) is exp.Cast]
        failed = [
            exp.and_(
                sql.is_not_null(exp.paren(cast.this.copy())),
                sql.is_null(exp.TryCast(this=cast.this.copy(), to=cast.to.copy())),
            )
            for cast in casts
            if not isinstance(cast.this, exp.Literal)
        ]
        return exp.paren(sql.any_of(failed)) if failed else None

    def judged_rows(self, facts: Facts) -> int:
        """Return for how many rows the condition is true or false."""
        return facts.current.rows - facts.current[self._unknown()]

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of rows that break the condition against the levels."""
        judged = self.judged_rows(facts)
        if judged == 0:
            rows = facts.current.rows
            what = "the table has no rows" if rows == 0 else f"it is neither true nor false on any of {rows:,} rows"
            return self.undecided(
                Cause.NO_DATA, f"share of rows {self.wrong}: {what}", advice="find out why its columns are empty"
            )
        unknown = facts.current.rows - judged
        return self.share_verdict(facts.current[self._violating(facts.current.schema)], judged, unknown=unknown)


class Relationships(OfAnotherSource):
    """The value exists in a column of another source.

    NULL is not judged.

    Why it matters
    --------------
    Rows whose key has no counterpart drop out of the next inner join, or become all-NULL features in a left join.

    How it decides
    --------------
    Exact: the share of rows whose value the other column lacks, among rows with a value. Undecided when no row has
    one.

    When it misleads
    ----------------
    If the other source is late, today's new keys are orphans for an hour.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Relationships(column="tailnum", to="planes", to_column="tailnum", fail=0.4)
    >>> planes = {"tailnum": ["N1", "N2", None]}
    >>> print(trial(check, tailnum=["N1", "N2", None], planes=planes))
    pass: share of rows with 'tailnum' that planes.tailnum lacks is 0 (0 of 2 rows), within fail 0.4
    >>> print(trial(check, tailnum=["N1", "N9"], planes=planes))
    fail: share of rows with 'tailnum' that planes.tailnum lacks is 0.5 (1 of 2 rows), above fail 0.4
    >>> print(trial(check, tailnum=[None], planes=planes))
    undecided: share of rows with 'tailnum' that planes.tailnum lacks: all 1 rows are null
    """

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"with '{self.column}' that {self.target} lacks"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return f"see whether {self.to} is complete and current, or whether '{self.column}' changed its form"

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of an orphaned row."""
        return self.orphans().condition()

    def violating(self, facts: Facts, judged: int) -> int:
        """Return how many rows are orphaned."""
        return facts.current[self.orphans()]
