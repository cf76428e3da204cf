"""Values that a contract names, as SQL literals of the type of a column."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from airflow_mlquality.measurements import Column, LogicalType, sql

Scalar = bool | int | float | str


class NotOfTypeError(ValueError):
    """A value of the contract is not of the type of the column that it is held against."""

    @classmethod
    def value(cls, column: Column, value: object) -> NotOfTypeError:
        """Name both."""
        return cls(f"{value!r} in the contract is no {column.type.value}, the type of '{column.name}'")


_DAY = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?"
_MOMENT = rf"{_DAY}([T ]{_CLOCK})?"
_TEMPORAL = {
    LogicalType.DATE: (_DAY, "DATE"),
    LogicalType.TIME: (_CLOCK, "TIME"),
    LogicalType.TIMESTAMP: (_MOMENT, "TIMESTAMP"),
    LogicalType.TIMESTAMP_TZ: (rf"{_MOMENT} ?(Z|[+-]\d{{2}}(:?\d{{2}})?)?", "TIMESTAMPTZ"),
    LogicalType.DURATION: (r"-?\d+(\.\d+)? ?(second|minute|hour|day|week)s?", "INTERVAL"),
    LogicalType.UUID: (r"[0-9a-fA-F-]{32,36}", "UUID"),
}
"""How a value is written in a contract, ISO 8601 where that applies, and what SQL calls its type."""


def in_terms_of(column: Column, value: Scalar) -> exp.Expr:
    """Return a value of a contract as a literal of the column's type.

    Raises
    ------
    NotOfTypeError
        When the value is not of that type.
    """
    if column.type is LogicalType.BOOLEAN:
        return sql.literal(_boolean(column, value))
    if column.type.is_number:
        return _number(column, value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if column.type not in _TEMPORAL:
        return sql.literal(text)
    form, type_ = _TEMPORAL[column.type]
    if not re.fullmatch(form, text):
        raise NotOfTypeError.value(column, value)
    return exp.cast(sql.literal(text), type_, dialect=sql.DIALECT)


def _boolean(column: Column, value: Scalar) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise NotOfTypeError.value(column, value)


def _number(column: Column, value: Scalar) -> exp.Expr:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        raise NotOfTypeError.value(column, value)
    size = number.copy_abs()  # a sign taken off by arithmetic would round it to 28 digits
    positive = exp.Literal.number(format(size, "f") if size < Decimal("1e30") else str(size))
    return exp.Neg(this=positive) if number < 0 else positive
