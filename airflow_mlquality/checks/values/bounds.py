"""Values of one column: their range, set, pattern and length."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator
from sqlglot import exp

from airflow_mlquality.checks.base import Family, Scope
from airflow_mlquality.checks.levels import level_text
from airflow_mlquality.checks.literals import NotOfTypeError, Scalar, in_terms_of
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.measurements import Column, LogicalType, Schema, sql


def is_ordered(type_: LogicalType) -> bool:
    """Return whether values of a type lie before and after each other."""
    return type_.is_number or type_.is_time or type_ in (LogicalType.TIME, LogicalType.STRING, LogicalType.DURATION)


def has_length(type_: LogicalType) -> bool:
    """Return whether values of a type have a length."""
    return type_ in (LogicalType.STRING, LogicalType.LIST)


def is_scalar(type_: LogicalType) -> bool:
    """Return whether values of a type have no parts."""
    return not type_.is_nested and type_ is not LogicalType.BINARY


class Between(ShareCheck):
    """The value lies between two bounds, both included.

    NULL is not judged. NaN lies nowhere and violates; an infinity violates the bound that it passes.

    Why it matters
    --------------
    An age of 430 or a negative price is of the right type and still wrong; models extrapolate from it in silence.

    How it decides
    --------------
    Exact: the share of rows outside the bounds among rows with a value. Undecided when no row has one.

    When it misleads
    ----------------
    A bound taken from last year's extremes fails on the first honest record. Prefer what is impossible to what is
    unusual, and give unusual values a share with `warn`.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(Between(column="age", min=16, max=110), age=[30, 41, 29]))
    pass: share of rows with 'age' outside [16, 110] is 0 (0 of 3 rows), within fail 0
    >>> print(trial(Between(column="age", min=16, max=110), age=[30, 430, None]))
    fail: share of rows with 'age' outside [16, 110] is 0.5 (1 of 2 rows), above fail 0
    >>> print(trial(Between(column="age", min=16, max=110), age=[None, None]))
    undecided: share of rows with 'age' outside [16, 110]: all 2 rows are null
    """

    family: ClassVar[Family] = "values"
    scope: ClassVar[Scope] = "column"

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only values that lie before and after each other have bounds."""
        return is_ordered(type_)

    min: Scalar | None = None
    """Smallest allowed value; dates and times as ISO 8601 text."""
    max: Scalar | None = None
    """Largest allowed value."""

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.min is None and self.max is None:
            msg = "needs min, max or both"
            raise ValueError(msg)
        if isinstance(self.min, int | float) and isinstance(self.max, int | float) and self.min > self.max:
            msg = f"min {self.min} lies above max {self.max}"
            raise ValueError(msg)
        return self

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"with '{self.column}' outside {_range_text(self.min, self.max)}"

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row outside the bounds."""
        column = schema[self.column]
        outside: list[exp.Expr] = []
        if self.min is not None:
            outside.append(exp.LT(this=sql.col(self.column), expression=_bound(column, self.min)))
        if self.max is not None:
            outside.append(exp.GT(this=sql.col(self.column), expression=_bound(column, self.max)))
        if column.type is LogicalType.FLOAT:
            outside.append(sql.is_nan(sql.col(self.column)))
        return sql.any_of(outside)


def _bound(column: Column, value: Scalar) -> exp.Expr:
    """Return a bound as a literal; a number bounds no text, for '9' lies after '10' there."""
    if column.type is LogicalType.STRING and not isinstance(value, str):
        raise NotOfTypeError.value(column, value)
    return in_terms_of(column, value)


def _range_text(low: Scalar | None, high: Scalar | None) -> str:
    if isinstance(low, int | float | None) and isinstance(high, int | float | None):
        return level_text((low, high))
    return f"[{'…' if low is None else low}, {'…' if high is None else high}]"


class AcceptedValues(ShareCheck):
    """The value is one of a closed set.

    NULL is not judged. Text is compared exactly: case and spaces count. NaN is no accepted value.

    Why it matters
    --------------
    A new spelling of a category becomes an all-zero one-hot row, and the model scores it as if it were nothing.

    How it decides
    --------------
    Exact: the share of rows whose value is not in the set among rows with a value. Undecided when no row has one.

    When it misleads
    ----------------
    Open sets (product names, cities) change every day; watch them by drift instead.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = AcceptedValues(column="origin", values=["EWR", "JFK", "LGA"])
    >>> print(trial(check, origin=["EWR", "LGA"]))
    pass: share of rows with 'origin' not among 3 accepted values is 0 (0 of 2 rows), within fail 0
    >>> print(trial(check, origin=["EWR", "lga"]))
    fail: share of rows with 'origin' not among 3 accepted values is 0.5 (1 of 2 rows), above fail 0
    >>> print(trial(check, origin=[]))
    undecided: share of rows with 'origin' not among 3 accepted values: the table has no rows
    """

    family: ClassVar[Family] = "values"
    scope: ClassVar[Scope] = "column"
    short: ClassVar[str | None] = "values"

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only a value without parts is in a set."""
        return is_scalar(type_)

    values: tuple[Scalar, ...] = Field(min_length=1)
    """The set."""

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        number = len(self.values)
        return f"with '{self.column}' not among {number} accepted value{'' if number == 1 else 's'}"

    def named_values(self) -> tuple[object, ...]:
        """Return the set."""
        return self.values

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row whose value is not in the set."""
        column = schema[self.column]
        literals = []
        for value in self.values:
            try:
                literals.append(in_terms_of(column, value))
            except NotOfTypeError:
                continue  # a value that is not of the column's type equals none of its values
        if not literals:
            return sql.is_not_null(sql.col(self.column))
        if column.type is LogicalType.STRING:  # a function call is worked out once per distinct value of a dictionary
            place = sql.function("list_position", exp.Array(expressions=literals), sql.col(self.column))
            return exp.and_(sql.is_not_null(sql.col(self.column)), sql.is_null(place))
        return exp.not_(sql.col(self.column).isin(*literals))
