"""Values as values of another type, and text read as one."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from sqlglot import exp

from airflow_mlquality.engines.dialects.translation import reading
from airflow_mlquality.engines.dialects.translation.constants import float_constant, number, text, truth
from airflow_mlquality.engines.dialects.translation.terms import NUMBERS, Term
from airflow_mlquality.engines.dialects.translation.times import DAY, duration
from airflow_mlquality.engines.dialects.translation.translation import Translation, translates
from airflow_mlquality.measurements import LogicalType

if TYPE_CHECKING:
    from collections.abc import Callable

_WHOLE = {
    exp.DType.TINYINT: 8,
    exp.DType.SMALLINT: 16,
    exp.DType.INT: 32,
    exp.DType.BIGINT: 64,
}
"""Bits of the whole numbers with a sign."""
_UNSIGNED = {exp.DType.UTINYINT: 8, exp.DType.USMALLINT: 16, exp.DType.UINT: 32}
TYPES = {
    **dict.fromkeys((*_WHOLE, *_UNSIGNED), LogicalType.INTEGER),
    exp.DType.BOOLEAN: LogicalType.BOOLEAN,
    exp.DType.DOUBLE: LogicalType.FLOAT,
    exp.DType.DECIMAL: LogicalType.DECIMAL,
    exp.DType.TEXT: LogicalType.STRING,
    exp.DType.VARCHAR: LogicalType.STRING,
    exp.DType.DATE: LogicalType.DATE,
    exp.DType.TIME: LogicalType.TIME,
    exp.DType.TIMESTAMP: LogicalType.TIMESTAMP,
    exp.DType.TIMESTAMPNTZ: LogicalType.TIMESTAMP,
    exp.DType.TIMESTAMPTZ: LogicalType.TIMESTAMP_TZ,
    exp.DType.INTERVAL: LogicalType.DURATION,
    exp.DType.UUID: LogicalType.UUID,
}
_POINTS = (LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIMESTAMP_TZ)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@translates(exp.Cast, exp.TryCast, knows="this to")
def cast(translation: Translation, node: exp.Expr) -> Term:
    """Return a value as one of another type; where it is none, a `TryCast` is NULL and so is a `Cast`."""
    wanted = node.args["to"]
    if wanted.this not in TYPES:
        translation.refuse(f"values of type {wanted.sql(dialect='duckdb').lower()}")
    type_ = TYPES[wanted.this]
    term = translation.term(node.this)
    if type_ is LogicalType.STRING:
        return as_text(translation, term)
    if isinstance(term.constant, str) and isinstance(node.this, exp.Literal):
        return constant_as(translation, term.constant, type_)
    if term.type is LogicalType.STRING:
        return _read(translation, term, wanted, type_)
    return _converted(translation, term, wanted, type_)


def _converted(translation: Translation, term: Term, wanted: exp.Expr, type_: LogicalType) -> Term:
    """Return a value that is no text as a value of another type."""
    if type_ in _POINTS and term.type in _POINTS and type_ is not term.type:
        return _at(translation, term, type_)
    if type_ in NUMBERS and (term.type in NUMBERS or term.type is LogicalType.BOOLEAN):
        return _number_as(translation, term, wanted, type_)
    if type_ is LogicalType.BOOLEAN and term.type in NUMBERS:
        return Term(f"({term.sql} <> 0)", type_, is_predicate=True)
    if term.type not in (type_, LogicalType.NULL):
        translation.refuse(f"{term.type.value} values as {type_.value}")
    return term


def _at(translation: Translation, term: Term, type_: LogicalType) -> Term:
    """Return a point in time as one of another type: a date is its midnight, in UTC."""
    micros = translation.dialect.micros(term)
    if type_ is LogicalType.DATE:
        micros = f"({micros} - {translation.dialect.modulo(micros, DAY)})"
    return Term(micros, type_, is_micros=True)


def _number_as(translation: Translation, term: Term, wanted: exp.Expr, type_: LogicalType) -> Term:
    """Return a number or boolean as a number of another type."""
    if term.type is LogicalType.BOOLEAN:
        condition = translation.as_condition(term)
        return Term(f"(CASE WHEN {condition} THEN 1 WHEN NOT {condition} THEN 0 END)", type_)
    if type_ is LogicalType.FLOAT:
        from airflow_mlquality.engines.dialects.translation.numbers import as_double

        return Term(as_double(translation, term), type_, may_be_nan=term.may_be_nan)
    if type_ is LogicalType.INTEGER:
        return Term(translation.dialect.as_whole(term, *_limits(wanted)), type_)
    if term.type is LogicalType.FLOAT:
        translation.refuse("float values as decimal")
    return Term(translation.dialect.as_decimal(term, *_digits(wanted)), type_)


def _limits(wanted: exp.Expr) -> tuple[int, int]:
    if wanted.this in _UNSIGNED:
        return 0, 2 ** _UNSIGNED[wanted.this] - 1
    bits = _WHOLE[wanted.this]
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def _digits(wanted: exp.Expr) -> tuple[int, int]:
    digits = [int(each.this.name) for each in wanted.expressions]
    return (digits[0], digits[1] if len(digits) > 1 else 0) if digits else (18, 3)


def as_text(translation: Translation, term: Term) -> Term:
    """Return a value as text: true and false, ISO dates, numbers as they are written."""
    dialect = translation.dialect
    if term.type in (LogicalType.STRING, LogicalType.NULL):
        return term
    if term.type is LogicalType.BOOLEAN:
        condition = translation.as_condition(term)
        yes, no = dialect.literal("true"), dialect.literal("false")
        sql = f"(CASE WHEN {condition} THEN {yes} WHEN NOT {condition} THEN {no} END)"
    elif term.type in (LogicalType.INTEGER, LogicalType.DECIMAL, LogicalType.DATE, LogicalType.UUID):
        sql = dialect.as_text(term)
    else:
        translation.refuse(f"{term.type.value} values as text")
    return Term(sql, LogicalType.STRING)


# ---- constants ----


def constant_as(translation: Translation, value: str, type_: LogicalType) -> Term:
    """Return a constant, given as text, as a constant of a type."""
    make = _CONSTANTS.get(type_)
    if make is None:
        translation.refuse(f"constants of type {type_.value}")
    try:
        return make(translation, value)
    except (ValueError, InvalidOperation):
        translation.refuse(f"texts as {type_.value} that are not one")


def _number(translation: Translation, value: str) -> Term:
    written = Decimal(value)
    return (
        number(translation, written, value.strip())
        if written.is_finite()
        else float_constant(translation, float(value))
    )


def _boolean(translation: Translation, value: str) -> Term:
    return truth(translation, value=value.strip().lower() in reading.TRUE)


def _date(translation: Translation, value: str) -> Term:
    day = dt.date.fromisoformat(value.strip())
    return translation.dialect.time_constant(LogicalType.DATE, dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC))


def _timestamp(translation: Translation, value: str) -> Term:
    return translation.dialect.time_constant(LogicalType.TIMESTAMP, _moment(value).replace(tzinfo=dt.UTC))


def _timestamp_tz(translation: Translation, value: str) -> Term:
    moment = _moment(value)
    moment = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    return translation.dialect.time_constant(LogicalType.TIMESTAMP_TZ, moment)


def _moment(value: str) -> dt.datetime:
    return dt.datetime.fromisoformat(re.sub(r"\s+(?=[Z+-])", "", value.strip()))


def _time(translation: Translation, value: str) -> Term:
    clock = dt.time.fromisoformat(value.strip())
    return translation.dialect.time_constant(LogicalType.TIME, dt.datetime.combine(_EPOCH, clock, tzinfo=dt.UTC))


def _duration(translation: Translation, value: str) -> Term:
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?) ?([a-z]+?)s?", value.strip())
    if found is None:
        raise ValueError(value)
    return duration(translation, Decimal(found[1]), found[2])


def _uuid(translation: Translation, value: str) -> Term:
    written = text(translation, str(uuid.UUID(value)))
    return Term(translation.dialect.uuid_constant(written), LogicalType.UUID, written.constant)


_CONSTANTS: dict[LogicalType, Callable[[Translation, str], Term]] = {
    LogicalType.INTEGER: _number,
    LogicalType.DECIMAL: _number,
    LogicalType.FLOAT: lambda translation, value: float_constant(translation, float(value)),
    LogicalType.BOOLEAN: _boolean,
    LogicalType.DATE: _date,
    LogicalType.TIMESTAMP: _timestamp,
    LogicalType.TIMESTAMP_TZ: _timestamp_tz,
    LogicalType.TIME: _time,
    LogicalType.DURATION: _duration,
    LogicalType.UUID: _uuid,
}


# ---- text that is read ----


def _read(translation: Translation, term: Term, wanted: exp.Expr, type_: LogicalType) -> Term:
    """Return text read as a type, NULL where it is not of that type."""
    dialect = translation.dialect
    if type_ is LogicalType.INTEGER:
        return Term(dialect.read_whole(translation, term.sql, *_limits(wanted)), type_)
    if type_ is LogicalType.DECIMAL:
        return Term(dialect.read_decimal(translation, term.sql, *_digits(wanted)), type_)
    if type_ is LogicalType.FLOAT:
        return Term(dialect.read_double(translation, term.sql), type_, may_be_nan=True)
    if type_ is LogicalType.BOOLEAN:
        return dialect.read_boolean(translation, term)
    if type_ not in reading.PATTERNS:
        translation.refuse(f"texts read as {type_.value}")
    return dialect.read_time(translation, term.sql, type_)
