"""Columns that add up to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field
from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.measurements import LogicalType, Measurement, RowCount, RowsWhere, Schema, sql
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROUNDING = 1e-9
"""Relative error of a sum of doubles that is no mistake."""


class SumsTo(ShareCheck):
    """Parts add up to a total, in every row.

    A difference up to `tolerance`, and what the rounding of doubles makes, is none. Rows in which a part or the total
    is NULL are not judged; `null_is_zero` reads a NULL part as 0. NaN and infinities violate.

    Why it matters
    --------------
    Net plus tax is gross, the channels are all sales. Where they are not, a part was dropped, counted twice or came in
    another unit, and every column by itself looks fine.

    How it decides
    --------------
    Exact: the share of rows whose parts do not add up among rows that have all of them. Undecided when none has.

    When it misleads
    ----------------
    A total that was computed from wrong parts agrees with them.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = SumsTo(parts=["net", "tax"], sums_to="gross", tolerance=0.01)
    >>> print(trial(check, net=[10.0, 20.0], tax=[1.9, 3.8], gross=[11.9, 23.8]))
    pass: share of rows whose 'net' + 'tax' is not 'gross' is 0 (0 of 2 rows), within fail 0
    >>> print(trial(check, net=[10.0, 20.0], tax=[1.9, 0.0], gross=[11.9, 23.8]))
    fail: share of rows whose 'net' + 'tax' is not 'gross' is 0.5 (1 of 2 rows), above fail 0
    >>> print(trial(check, net=[10.0], tax=[None], gross=[11.9]))
    undecided: share of rows whose 'net' + 'tax' is not 'gross': no row has all of them
    """

    family: ClassVar[Family] = "relations"
    scope: ClassVar[Scope] = "rows"

    parts: tuple[str, ...] = Field(min_length=1)
    """Columns that are added."""
    sums_to: str
    """Column with their total."""
    tolerance: float = Field(default=0.0, ge=0)
    """Difference that is allowed, in the unit of the columns."""
    null_is_zero: bool = Field(default=False, strict=True)
    """Whether a part that is NULL counts as 0."""

    @property
    def verdict_id(self) -> str:
        """Its id, given or derived from its columns."""
        return self.id or f"{' + '.join(self.parts)} = {self.sums_to}"

    @property
    def place(self) -> str:
        """Its columns."""
        return ", ".join(self.columns())

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        parts = " + ".join(f"'{name}'" for name in self.parts)
        return f"whose {parts} is not '{self.sums_to}'"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return "look at the example rows: a part that is missing, counted twice or in another unit"

    def columns(self) -> tuple[str, ...]:
        """Return the parts and the total."""
        return (*self.parts, self.sums_to)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, rows that have all of them, and rows that do not add up."""
        if self._no_numbers(schema):
            return (RowCount(),)
        return (RowCount(), self._complete(), self._violating(schema))

    def _no_numbers(self, schema: Schema) -> list[str]:
        allowed = (LogicalType.NULL,)
        return [each for each in self.columns() if not schema[each].type.is_number and schema[each].type not in allowed]

    def _complete(self) -> RowsWhere:
        asked = (self.sums_to,) if self.null_is_zero else self.columns()
        return RowsWhere(sql.text(exp.and_(*(sql.is_not_null(sql.col(name)) for name in asked))))

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row that does not add up."""
        values = [self._part(name) for name in self.parts]
        total = f"CAST({sql.text(sql.col(self.sums_to))} AS DOUBLE)"
        size = " + ".join(f"ABS({each})" for each in (*values, total))
        allowed = f"{sql.text(sql.double(self.tolerance))} + {_ROUNDING!r} * ({size})"
        off = sql.condition(f"ABS({' + '.join(values)} - {total}) > {allowed}")
        floats = [name for name in self.columns() if schema[name].type is LogicalType.FLOAT]
        if not floats:
            return off
        finite = [exp.func("COALESCE", sql.function("isfinite", sql.col(name)), exp.true()) for name in floats]
        complete = sql.condition(self._complete().condition)
        return exp.and_(complete, exp.or_(exp.not_(exp.and_(*finite)), exp.paren(off)))

    def _part(self, name: str) -> str:
        value = f"CAST({sql.text(sql.col(name))} AS DOUBLE)"
        return f"COALESCE({value}, 0)" if self.null_is_zero else value

    def judged_rows(self, facts: Facts) -> int:
        """Return how many rows have all of them."""
        return facts.current[self._complete()]

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of rows that do not add up against the levels."""
        wrong = self._no_numbers(facts.current.schema)
        if wrong:
            type_ = facts.current.schema[wrong[0]].type.value
            return self.undecided(
                Cause.WRONG_TYPE, f"share of rows {self.wrong}: '{wrong[0]}' is {type_} and no number"
            )
        if not self.judged_rows(facts):
            why = "the table has no rows" if facts.current.rows == 0 else "no row has all of them"
            return self.undecided(
                Cause.NO_DATA, f"share of rows {self.wrong}: {why}", advice="find out why the columns are empty"
            )
        return self.share_verdict(facts.current[self._violating(facts.current.schema)], self.judged_rows(facts))
