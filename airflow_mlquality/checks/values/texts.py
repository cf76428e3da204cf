"""What text looks like: patterns and lengths."""

from __future__ import annotations

import re
from typing import ClassVar, Self

from pydantic import Field, field_validator, model_validator
from sqlglot import exp

from airflow_mlquality.checks.base import Family, Scope
from airflow_mlquality.checks.levels import level_text
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.checks.values.bounds import has_length
from airflow_mlquality.measurements import LogicalType, Schema, sql


class Matches(ShareCheck):
    """The whole text matches a regular expression.

    NULL is not judged. The syntax is RE2's: no look-around, no back-references.

    Why it matters
    --------------
    Identifiers and codes have a form; a feed that changes it breaks joins without an error.

    How it decides
    --------------
    Exact: the share of rows whose text does not match as a whole among rows with a value. Undecided when no row
    has one.

    When it misleads
    ----------------
    A pattern says how a value is written, not whether it exists: `999-999` matches `[0-9]{3}-[0-9]{3}`.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Matches(column="sku", pattern="[A-Z]{3}-[0-9]{5}")
    >>> print(trial(check, sku=["ABC-10000"]))
    pass: share of rows with 'sku' not matching [A-Z]{3}-[0-9]{5} is 0 (0 of 1 rows), within fail 0
    >>> print(trial(check, sku=["ABC-10000", "abc-1"]))
    fail: share of rows with 'sku' not matching [A-Z]{3}-[0-9]{5} is 0.5 (1 of 2 rows), above fail 0
    >>> print(trial(check, sku=[None]))
    undecided: share of rows with 'sku' not matching [A-Z]{3}-[0-9]{5}: all 1 rows are null
    """

    family: ClassVar[Family] = "values"
    scope: ClassVar[Scope] = "column"
    short: ClassVar[str | None] = "pattern"

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only text has a pattern."""
        return type_ is LogicalType.STRING

    pattern: str
    """Regular expression for the whole text."""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as broken:
            msg = f"is no regular expression: {broken}"
            raise ValueError(msg) from None
        return pattern

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"with '{self.column}' not matching {self.pattern}"

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row whose text does not match."""
        return exp.not_(sql.function("regexp_full_match", sql.col(self.column), sql.literal(self.pattern)))


class Length(ShareCheck):
    """The text has between so many characters, or the list so many items.

    NULL is not judged; empty text has length 0.

    Why it matters
    --------------
    Truncated text, padded codes and empty strings pass every type check.

    How it decides
    --------------
    Exact: the share of rows whose length lies outside the bounds among rows with a value. Undecided when no row
    has one.

    When it misleads
    ----------------
    It counts Unicode code points: an accent written as a combining mark counts as one more.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(Length(column="code", min=3, max=3), code=["EWR", "JFK"]))
    pass: share of rows with 'code' of a length outside [3, 3] is 0 (0 of 2 rows), within fail 0
    >>> print(trial(Length(column="code", min=1), code=["EWR", ""]))
    fail: share of rows with 'code' of a length outside [1, …] is 0.5 (1 of 2 rows), above fail 0
    >>> print(trial(Length(column="code", min=1), code=[]))
    undecided: share of rows with 'code' of a length outside [1, …]: the table has no rows
    """

    family: ClassVar[Family] = "values"
    scope: ClassVar[Scope] = "column"

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only text and lists have a length."""
        return has_length(type_)

    min: int | None = Field(default=None, ge=0)
    """Fewest characters or items."""
    max: int | None = Field(default=None, ge=0)
    """Most characters or items."""

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.min is None and self.max is None:
            msg = "needs min, max or both"
            raise ValueError(msg)
        if self.min is not None and self.max is not None and self.min > self.max:
            msg = f"min {self.min} lies above max {self.max}"
            raise ValueError(msg)
        return self

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"with '{self.column}' of a length outside {level_text((self.min, self.max))}"

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row of another length."""
        length = exp.Length(this=sql.col(self.column))
        outside: list[exp.Expr] = []
        if self.min is not None:
            outside.append(exp.LT(this=length, expression=sql.literal(self.min)))
        if self.max is not None:
            outside.append(exp.GT(this=length.copy(), expression=sql.literal(self.max)))
        return sql.any_of(outside)
