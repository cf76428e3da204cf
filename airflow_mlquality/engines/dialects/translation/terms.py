"""A piece of SQL, and what is known of its value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from airflow_mlquality.measurements import LogicalType

if TYPE_CHECKING:
    from decimal import Decimal

NUMBERS = (LogicalType.INTEGER, LogicalType.DECIMAL, LogicalType.FLOAT)


@dataclass(frozen=True)
class Term:
    """An expression of an engine, in parentheses wherever it needs them.

    Parameters
    ----------
    sql
        Its text.
    type
        Of its value.
    constant
        Its value, where that is known: a text, number or boolean.
    may_be_nan
        Whether it may be NaN.
    is_single
        Whether it is a float of 32 bits.
    is_predicate
        Whether it is a condition, for engines in which a condition is no value.
    is_micros
        Whether a date, time or timestamp is written as a whole number of microseconds since 1970-01-01 or midnight.
    """

    sql: str
    type: LogicalType
    constant: str | Decimal | bool | None = None
    may_be_nan: bool = False
    is_single: bool = False
    is_predicate: bool = False
    is_micros: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it is a number, NULL included."""
        return self.type in NUMBERS or self.type is LogicalType.NULL

    def with_sql(self, sql: str) -> Term:
        """Return another text for a value of the same kind that is not known."""
        return replace(self, sql=sql, constant=None)


def predicate(sql: str) -> Term:
    """Return a condition."""
    return Term(sql, LogicalType.BOOLEAN, is_predicate=True)


def integer(sql: str) -> Term:
    """Return a whole number."""
    return Term(sql, LogicalType.INTEGER)


def number_type(*terms: Term) -> LogicalType:
    """Return the type of a number made of others: a float if one is, else a decimal if one is."""
    types = {term.type for term in terms}
    return next((each for each in reversed(NUMBERS) if each in types), LogicalType.NULL)
