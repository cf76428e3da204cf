"""Rows that are only half there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator
from sqlglot import exp

from airflow_mlquality.checks.admission import admit
from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.measurements import (
    Column,
    LogicalType,
    Measurement,
    RowCount,
    RowsWhere,
    Schema,
    sql,
)
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


def is_missing(column: Column) -> exp.Expr:
    """Return the predicate of a row without a value: NULL, NaN, or text of blanks alone."""
    value = sql.col(column.name)
    missing: list[exp.Expr] = [sql.is_null(value)]
    if column.type is LogicalType.FLOAT:
        missing.append(sql.is_nan(value.copy()))
    if column.type is LogicalType.STRING:
        missing.append(exp.EQ(this=exp.Trim(this=value.copy()), expression=sql.literal("")))
    return sql.any_of(missing)


class FilledShare(ShareCheck):
    """Of some columns at least so many are filled in a row.

    A value is filled unless it is NULL, NaN, or text of blanks alone.

    Why it matters
    --------------
    Each column of a profile may well be empty in a third of the rows; that a third of the users have nothing at all is
    another matter, and no check of single columns sees it. The model scores them all as one average person.

    How it decides
    --------------
    Exact: the share of rows with fewer filled columns than `at_least`, among all rows. Undecided when there are none.

    When it misleads
    ----------------
    Defaults such as 0 or `unknown` are filled: `sentinels` finds them.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = FilledShare(columns=["age", "city"], at_least=1, fail=0.3)
    >>> print(trial(check, age=[30, None], city=[None, "Ulm"]))
    pass: share of rows with fewer than 1 of 'age', 'city' filled is 0 (0 of 2 rows), within fail 0.3
    >>> print(trial(check, age=[30, None], city=["Ulm", " "]))
    fail: share of rows with fewer than 1 of 'age', 'city' filled is 0.5 (1 of 2 rows), above fail 0.3
    >>> print(trial(check, age=[], city=[]))
    undecided: share of rows with fewer than 1 of 'age', 'city' filled: the table has no rows
    """

    family: ClassVar[Family] = "completeness"
    scope: ClassVar[Scope] = "rows"
    other_scopes: ClassVar[tuple[Scope, ...]] = ("table",)
    short: ClassVar[str | None] = "columns_"
    spelled: ClassVar[dict[str, str]] = {"columns": "columns_"}

    columns_: tuple[str, ...] = Field(min_length=1)
    """Columns that are counted."""
    at_least: int | None = Field(default=None, ge=1)
    """Fewest of them that are filled; by default all."""

    @model_validator(mode="before")
    @classmethod
    def _spelled(cls, given: Any) -> Any:
        return {cls.spelled.get(key, key): value for key, value in given.items()} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _not_more_than_there_are(self) -> Self:
        if self.at_least is not None and self.at_least > len(self.columns()):
            msg = f"at_least {self.at_least} is more than the {len(self.columns())} columns"
            raise ValueError(msg)
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the columns that are counted."""
        return tuple(dict.fromkeys(self.columns_))

    @property
    def place(self) -> str:
        """The columns."""
        return ", ".join(self.columns())

    @property
    def verdict_id(self) -> str:
        """Its id, given or derived from the columns."""
        return self.id or f"{'+'.join(self.columns())}.filled_share"

    @property
    def _least(self) -> int:
        return self.at_least or len(self.columns())

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        named = ", ".join(f"'{name}'" for name in self.columns())
        return f"with fewer than {self._least} of {named} filled"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return "find out which rows these are: a join that found nothing, a source that came late"

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, and rows that are too empty."""
        return (RowCount(), self._violating(schema))

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row that is too empty."""
        one, none = exp.Literal.number(1), exp.Literal.number(0)
        filled: exp.Expr = none
        for name in self.columns():
            each = exp.paren(exp.case().when(is_missing(schema[name]), none.copy()).else_(one.copy()))
            filled = exp.Add(this=filled, expression=each)
        return exp.LT(this=exp.paren(filled), expression=exp.Literal.number(self._least))

    def judged_rows(self, facts: Facts) -> int:
        """Return all rows."""
        return facts.current.rows


class RequiredWhen(ShareCheck):
    """Where a condition holds, the row has a value.

    A value is there unless it is NULL, NaN, or text of blanks alone. The condition is written as in `rule`; rows on
    which it is neither true nor false are not judged.

    Why it matters
    --------------
    A price may be empty, but not of what was sold. Over all rows the share of missing values looks as it always did.

    How it decides
    --------------
    Exact: the share of rows without a value, among those for which the condition is true. Undecided when it is true of
    none.

    When it misleads
    ----------------
    When the condition's own column changes its spelling, nothing is judged any more, and the check is undecided.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = RequiredWhen(column="price", condition="status = 'sold'")
    >>> print(trial(check, status=["sold", "open"], price=[9.5, None]))
    pass: share of rows without 'price' where "status = 'sold'" is 0 (0 of 1 rows), within fail 0
    >>> print(trial(check, status=["sold", "sold", "open"], price=[9.5, None, None]))
    fail: share of rows without 'price' where "status = 'sold'" is 0.5 (1 of 2 rows), above fail 0
    >>> print(trial(check, status=["open"], price=[None]))
    undecided: share of rows without 'price' where "status = 'sold'": it is true of none of 1 rows
    """

    family: ClassVar[Family] = "completeness"
    scope: ClassVar[Scope] = "column"
    short: ClassVar[str | None] = "condition"

    condition: str
    """SQL condition over the columns of the row."""

    @field_validator("condition")
    @classmethod
    def _is_pure(cls, condition: str) -> str:
        admit(condition)
        return condition

    def columns(self) -> tuple[str, ...]:
        """Return the column, and those of the condition."""
        named = [column.name for column in admit(self.condition).find_all(exp.Column, bfs=False)]
        return tuple(dict.fromkeys((self.column, *named)))

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"without '{self.column}' where \"{self.condition}\""

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return f"find out who fills '{self.column}' of these rows, and since when it is empty"

    def _concerned(self) -> RowsWhere:
        return RowsWhere(sql.text(admit(self.condition)))

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, those that the condition picks, and those among them without a value."""
        return (RowCount(), self._concerned(), self._violating(schema))

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a picked row without a value."""
        return exp.and_(exp.paren(admit(self.condition)), exp.paren(is_missing(schema[self.column])))

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of picked rows without a value against the levels."""
        picked, rows = facts.current[self._concerned()], facts.current.rows
        if not picked:
            what = "the table has no rows" if rows == 0 else f"it is true of none of {rows:,} rows"
            return self.undecided(
                Cause.NO_DATA, f"share of rows {self.wrong}: {what}", advice="see whether the condition still fits"
            )
        return self.share_verdict(facts.current[self._violating(facts.current.schema)], picked)
