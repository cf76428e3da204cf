"""Numbers that lie on a grid, or have so many decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from airflow_mlquality.checks.base import Family, Scope
from airflow_mlquality.checks.levels import number_text
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.measurements import Column, LogicalType, Schema, sql

if TYPE_CHECKING:
    from sqlglot import exp

_SINGLE = frozenset({"FLOAT", "FLOAT4", "REAL"})


def _tolerance(column: Column) -> float:
    """Return how far a float may be off relative to its size: some of the last digits that it holds."""
    return 4e-7 if column.native.upper() in _SINGLE else 4e-15


def _off_the_whole(value: str, tolerance: float) -> str:
    return f"ABS({value} - ROUND({value})) > {tolerance!r} * GREATEST(1, ABS({value}))"


def _guarded(column: Column, wrong: str) -> exp.Expr:
    """Return a condition, true as well where there is a value that is not finite."""
    name = sql.text(sql.col(column.name))
    if column.type is LogicalType.FLOAT:
        return sql.condition(f"CASE WHEN ISFINITE({name}) THEN {wrong} WHEN NOT {name} IS NULL THEN 1 = 1 END")
    return sql.condition(f"NOT {name} IS NULL AND ({wrong})")


class Step(ShareCheck):
    """The value is a multiple of a step, counted from a start.

    NULL is not judged; NaN and infinities are no multiples. Whole and decimal numbers are compared exactly, floats up
    to the last digits that they hold: 0.3 is a multiple of 0.1.

    Why it matters
    --------------
    Prices come in cents, readings every five minutes, doses in halves of a tablet. A value between the steps was
    computed, rounded, converted or imputed, and looks like a measured one.

    How it decides
    --------------
    Exact: the share of rows whose value lies between two steps, among rows with a value. Undecided when no row has one.

    When it misleads
    ----------------
    Far from the start a float holds too few digits to tell: from 10,000,000,000,000 steps on nothing lies between them.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(Step(column="price", size=0.05), price=[0.15, 0.3, 19.95]))
    pass: share of rows with 'price' that is no multiple of 0.05 is 0 (0 of 3 rows), within fail 0
    >>> print(trial(Step(column="minute", size=15), minute=[0, 15, 20, 45]))
    fail: share of rows with 'minute' that is no multiple of 15 is 0.25 (1 of 4 rows), above fail 0
    >>> print(trial(Step(column="price", size=0.05), price=[None]))
    undecided: share of rows with 'price' that is no multiple of 0.05: all 1 rows are null
    """

    family: ClassVar[Family] = "values"
    scope: ClassVar[Scope] = "column"
    short: ClassVar[str | None] = "size"

    size: float = Field(gt=0, allow_inf_nan=False)
    """Distance between two steps."""
    start: float = Field(default=0.0, allow_inf_nan=False)
    """A number that lies on a step."""

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only numbers are multiples."""
        return type_.is_number

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        start = f" from {number_text(self.start)}" if self.start else ""
        return f"with '{self.column}' that is no multiple of {number_text(self.size)}{start}"

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row whose value lies between two steps."""
        column = schema[self.column]
        name = sql.text(sql.col(self.column))
        is_whole = self.size.is_integer() and self.start.is_integer()
        if column.type is LogicalType.DECIMAL or (column.type is LogicalType.INTEGER and is_whole):
            size, start = (_plain(each) for each in (self.size, self.start))
            counted = f"({name} - {start})" if self.start else name
            return _guarded(column, f"{counted} % {size} <> 0")
        steps = f"((CAST({name} AS DOUBLE) - {_plain(self.start)}) / {_plain(self.size)})"
        return _guarded(column, _off_the_whole(steps, _tolerance(column)))


def _plain(number: float) -> str:
    """Return a number as a literal, all digits written out.

    >>> _plain(15.0), _plain(0.05), _plain(-1e-7)
    ('15', '0.05', '(-0.0000001)')
    """
    written = Decimal(repr(number))
    text = format(written.to_integral_value() if written == written.to_integral_value() else written, "f")
    return f"({text})" if number < 0 else text


class Precision(ShareCheck):
    """The number has at most so many decimals.

    NULL is not judged; NaN and infinities have none and violate. Zeros at the end do not count: 1.50 has one decimal.
    Floats are compared up to the last digits that they hold: 0.1 + 0.2 has one decimal.

    Why it matters
    --------------
    A price with five decimals was converted on the way, an age with any was computed, and coordinates with two say no
    more than which town. A change of precision is a change of the source.

    How it decides
    --------------
    Exact: the share of rows with more decimals, among rows with a value. Undecided when no row has one.

    When it misleads
    ----------------
    A large float holds few decimals: beyond 10,000,000,000,000 it cannot show cents.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(Precision(column="price", decimals=2), price=[19.95, 20.0, None]))
    pass: share of rows with 'price' of more than 2 decimals is 0 (0 of 2 rows), within fail 0
    >>> print(trial(Precision(column="price", decimals=2), price=[19.95, 20.125]))
    fail: share of rows with 'price' of more than 2 decimals is 0.5 (1 of 2 rows), above fail 0
    >>> print(trial(Precision(column="price", decimals=2), price=[None]))
    undecided: share of rows with 'price' of more than 2 decimals: all 1 rows are null
    """

    family: ClassVar[Family] = "values"
    scope: ClassVar[Scope] = "column"
    short: ClassVar[str | None] = "decimals"

    decimals: int = Field(ge=0, le=15)
    """Most decimals."""

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only numbers have decimals."""
        return type_.is_number

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"with '{self.column}' of more than {self.decimals} decimal{'' if self.decimals == 1 else 's'}"

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row with more decimals."""
        column = schema[self.column]
        name = sql.text(sql.col(self.column))
        if column.type is not LogicalType.FLOAT:
            return _guarded(column, f"{name} <> ROUND({name}, {self.decimals})")
        wide = f"CAST({name} AS DOUBLE)"
        return _guarded(column, f"ABS({wide} - ROUND({wide}, {self.decimals})) > {_tolerance(column)!r} * ABS({wide})")
