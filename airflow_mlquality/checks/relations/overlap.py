"""Rows that two sources share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import model_validator
from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Scope
from airflow_mlquality.checks.relations.others import OfAnotherSource
from airflow_mlquality.checks.segments import listed
from airflow_mlquality.checks.values.bounds import is_scalar
from airflow_mlquality.measurements import (
    Column,
    LogicalType,
    Measurement,
    RowCount,
    RowsWhere,
    Schema,
    SharedRows,
    sql,
)
from airflow_mlquality.measurements.counts import RELATED_PREFIX
from airflow_mlquality.measurements.shared import given
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


class NoOverlap(OfAnotherSource):
    """No value is in another source too: no row of the training set is in the test set.

    Under `table` or `rows` it compares several columns together, or whole rows: there two NULL are equal, and a row
    that has no value at all is not judged. Under a column, NULL is not judged.

    Why it matters
    --------------
    A test row that the model was trained on is a question whose answer it has seen; the measured quality is better
    than the true one, and nobody is told.

    How it decides
    --------------
    Exact: the share of rows whose value the other source holds too, among rows with a value; fails at the first,
    unless levels say otherwise. Undecided when no row has a value. Columns have the same names in both sources, but for
    the one of a check under a column. Of whole rows, columns whose values have parts (lists, structs) are left out.

    When it misleads
    ----------------
    Two rows of one customer under different keys are no overlap to a check of the key: check the customer's column as
    well. A key or a time of loading that is new on every row hides all shared rows: name it under `except`. In tables
    of few coarse columns equal rows are honest.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = NoOverlap(column="id", to="test")
    >>> print(trial(check, id=[1, 2, None], test={"id": [3, 4]}))
    pass: share of rows with 'id' that test.id holds too is 0 (0 of 2 rows), within fail 0
    >>> print(trial(check, id=[1, 2], test={"id": [2, 3]}))
    fail: share of rows with 'id' that test.id holds too is 0.5 (1 of 2 rows), above fail 0
    >>> print(trial(check, id=[None], test={"id": [2]}))
    undecided: share of rows with 'id' that test.id holds too: all 1 rows are null
    >>> check = NoOverlap(**{"to": "test", "except": ["id"]})
    >>> test = {"id": [7, 8], "city": ["Ulm", None], "age": [30, 41]}
    >>> print(trial(check, id=[1, 2], city=["Bonn", None], age=[30, 41], test=test))
    fail: share of rows with 'city', 'age' that test holds too is 0.5 (1 of 2 rows), above fail 0
    """

    other_scopes: ClassVar[tuple[Scope, ...]] = ("table", "rows")
    short: ClassVar[str | None] = "to"
    spelled: ClassVar[dict[str, str]] = {
        "with": "to",
        "column": "to_column",
        "columns": "columns_",
        "except": "except_",
    }

    columns_: Literal["all"] | tuple[str, ...] = "all"
    """Under `table` or `rows`, the columns that are compared together; by default `all`."""
    except_: tuple[str, ...] = ()
    """Under `table` or `rows`, columns to leave out, such as a key that is new on every row."""

    @model_validator(mode="before")
    @classmethod
    def _spelled(cls, given: Any) -> Any:
        spelled = {"columns": "columns_", "except": "except_"}
        return {spelled.get(key, key): value for key, value in given.items()} if isinstance(given, dict) else given

    @property
    def verdict_id(self) -> str:
        """Its id, given or derived from its columns."""
        return self.id or f"{'+'.join(self.columns()) or 'rows'}.no_overlap"

    @property
    def place(self) -> str:
        """The columns, or the rows as a whole."""
        return ", ".join(self.columns()) or "rows"

    def columns(self) -> tuple[str, ...]:
        """Return the columns that are named."""
        if self.column:
            return (self.column,)
        return () if self.columns_ == "all" else tuple(dict.fromkeys(self.columns_))

    def _compared(self, schema: Schema) -> tuple[str, ...]:
        """Return the columns that are compared together."""
        names = self.columns() or tuple(column.name for column in schema if _is_compared(column))
        return tuple(name for name in names if name not in self.except_)

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        if self.column:
            return f"with '{self.column}' that {self.target} holds too"
        named = listed([f"'{name}'" for name in self.columns()], _NAMED)
        return f"with {named} that {self.to} holds too" if named else f"that {self.to} holds too"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        what = f"'{self.column}'" if self.column else "row"
        return f"split again so that no {what} is on both sides, and measure the model again"

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row that the other source holds too."""
        if not self.column:
            return self._shared(schema).condition(schema)
        other = sql.col(self.to_column or self.column)
        known = exp.select(other).from_(exp.table_(RELATED_PREFIX + self.to, quoted=True))
        return sql.col(self.column).isin(query=known.where(sql.is_not_null(other.copy())), copy=False)

    def _shared(self, schema: Schema) -> SharedRows:
        return SharedRows(self._compared(schema), self.to)

    def _judged(self, schema: Schema) -> RowsWhere:
        return RowsWhere(sql.text(given(self._compared(schema))))

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, those with a value, and those that the other source holds too, or lacks."""
        if self.column:
            return super().needs(schema)
        if self._odd(schema) or not self._compared(schema):
            return (RowCount(),)
        return (RowCount(), self._judged(schema), self._shared(schema))

    def _odd(self, schema: Schema) -> str | None:
        """Return a column whose values have parts."""
        return next((name for name in self._compared(schema) if not _is_compared(schema[name])), None)

    def judged_rows(self, facts: Facts) -> int:
        """Return how many rows have a value."""
        return super().judged_rows(facts) if self.column else facts.current[self._judged(facts.current.schema)]

    def violating(self, facts: Facts, judged: int) -> int:
        """Return how many rows the other source holds too."""
        if self.column:
            return judged - facts.current[self.orphans()]
        return facts.current[self._shared(facts.current.schema)]

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of shared rows against the levels."""
        if self.column:
            return super().judge(facts)
        schema = facts.current.schema
        compared, odd, quantity = self._compared(schema), self._odd(schema), f"share of rows {self.wrong}"
        if odd:
            reason = f"{quantity}: it means nothing on '{odd}' of type {schema[odd].type.value}"
            return self.undecided(Cause.WRONG_TYPE, reason, advice="name it under `except`")
        if not compared:
            return self.undecided(Cause.NO_DATA, f"{quantity}: no column is left", advice="leave fewer columns out")
        if self.columns() or compared == schema.names:
            return super().judge(facts)
        named = self.model_copy(update={"columns_": compared, "id": self.verdict_id})
        return replace(super(NoOverlap, named).judge(facts), place=self.place)


_NAMED = 3
"""A reason names no more columns."""


def _is_compared(column: Column) -> bool:
    return is_scalar(column.type) and column.type not in (LogicalType.DURATION, LogicalType.OTHER)
