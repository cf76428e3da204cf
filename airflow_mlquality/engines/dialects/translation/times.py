"""Dates, times, timestamps and durations.

What is computed of them is computed in microseconds since 1970-01-01 UTC (a time: since midnight), which every engine
counts alike.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from airflow_mlquality.engines.dialects.translation.terms import Term, integer
from airflow_mlquality.engines.dialects.translation.translation import Translation, translates, translates_function
from airflow_mlquality.measurements import LogicalType

if TYPE_CHECKING:
    from collections.abc import Sequence

SECOND = 1_000_000
DAY = 86_400 * SECOND
UNITS = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": SECOND,
    "minute": 60 * SECOND,
    "hour": 3_600 * SECOND,
    "day": DAY,
    "week": 7 * DAY,
}
"""Microseconds of the units that always have the same."""
CALENDAR = {"month": 30 * DAY, "quarter": 90 * DAY, "year": 360 * DAY}
"""Microseconds by which durations in other units compare."""
_MONDAY = 3 * DAY
"""1970-01-01 was a Thursday: so long after a Monday."""
_SPELLINGS = {
    **dict.fromkeys(("us", "usec", "microseconds", "usecs"), "microsecond"),
    **dict.fromkeys(("ms", "msec", "milliseconds", "msecs"), "millisecond"),
    **dict.fromkeys(("s", "sec", "secs", "seconds"), "second"),
    **dict.fromkeys(("m", "min", "mins", "minutes"), "minute"),
    **dict.fromkeys(("h", "hr", "hrs", "hours"), "hour"),
    **dict.fromkeys(("d", "days", "dayofmonth"), "day"),
    **dict.fromkeys(("w", "weeks", "weekofyear"), "week"),
    **dict.fromkeys(("mon", "mons", "months"), "month"),
    **dict.fromkeys(("quarters",), "quarter"),
    **dict.fromkeys(("y", "yr", "yrs", "years"), "year"),
    **dict.fromkeys(("weekday", "dayofweek"), "dow"),
    **dict.fromkeys(("dayofyear",), "doy"),
}
_POINTS = (LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIMESTAMP_TZ)


def unit_of(translation: Translation, node: exp.Expr | None) -> str:
    """Return a unit by its one name."""
    if not isinstance(node, exp.Var | exp.Literal):
        translation.refuse("units of time that are not constant")
    name = node.name.lower()
    return _SPELLINGS.get(name, name)


@translates_function("epoch_us")
def epoch_us(translation: Translation, arguments: Sequence[exp.Expr]) -> Term:
    """Return microseconds since 1970-01-01 UTC, of a time since midnight."""
    return integer(translation.dialect.micros(translation.term(arguments[0])))


# ---- calculations ----


@translates(exp.Interval, knows="this unit")
def interval(translation: Translation, node: exp.Expr) -> Term:
    """Return a constant duration; a month is 30 days in comparisons."""
    amount = node.this
    if not isinstance(amount, exp.Literal) or not re.fullmatch(r"-?\d+(\.\d+)?", amount.name):
        translation.refuse("durations that are not constant")
    return duration(translation, Decimal(amount.name), unit_of(translation, node.args.get("unit")))


def duration(translation: Translation, amount: Decimal, unit: str) -> Term:
    """Return a constant duration as microseconds."""
    size = UNITS.get(unit) or CALENDAR.get(unit)
    if size is None:
        translation.refuse(f"durations in {unit}s")
    micros = int(amount * size)
    months = unit in CALENDAR
    return Term(f"({micros})", LogicalType.DURATION, None if months else Decimal(micros))


def plus(translation: Translation, left: Term, right: Term) -> Term:
    """Return a time so much later, or two durations together."""
    if left.type is LogicalType.DURATION and right.type in _POINTS:
        left, right = right, left
    if left.type is LogicalType.DATE and right.type is LogicalType.INTEGER:
        sql = f"({translation.dialect.micros(left)} + {right.sql} * {DAY})"
        return Term(sql, LogicalType.DATE, is_micros=True)
    return _shifted(translation, left, "+", right)


def minus(translation: Translation, left: Term, right: Term) -> Term:
    """Return a time so much earlier, or the duration between two times."""
    dialect = translation.dialect
    if left.type is LogicalType.DATE and right.type is LogicalType.INTEGER:
        return Term(f"({dialect.micros(left)} - {right.sql} * {DAY})", LogicalType.DATE, is_micros=True)
    if left.type is right.type is LogicalType.DATE:
        between = f"({dialect.micros(left)} - {dialect.micros(right)})"
        return integer(dialect.floored(between, DAY))
    if left.type in _POINTS and right.type in _POINTS:
        return Term(f"({dialect.micros(left)} - {dialect.micros(right)})", LogicalType.DURATION)
    return _shifted(translation, left, "-", right)


def _shifted(translation: Translation, left: Term, operator: str, right: Term) -> Term:
    if left.type is LogicalType.DURATION and right.type is LogicalType.DURATION:
        return Term(f"({left.sql} {operator} {right.sql})", LogicalType.DURATION)
    if left.type not in _POINTS or right.type is not LogicalType.DURATION:
        translation.refuse(f"calculations with {left.type.value} and {right.type.value}")
    if not isinstance(right.constant, Decimal):
        translation.refuse("times shifted by months, years or a duration that is not constant")
    type_ = LogicalType.TIMESTAMP_TZ if left.type is LogicalType.TIMESTAMP_TZ else LogicalType.TIMESTAMP
    return Term(f"({translation.dialect.micros(left)} {operator} {right.sql})", type_, is_micros=True)


# ---- parts ----


@translates(exp.Day, exp.Hour, exp.Minute, exp.Month, exp.Second, exp.Year, knows="this")
def named_part(translation: Translation, node: exp.Expr) -> Term:
    """Return a part of a time, by the function of its name."""
    return part(translation, type(node).__name__.lower(), node.this)


@translates(exp.Extract)
def extract(translation: Translation, node: exp.Expr) -> Term:
    """Return a part of a time."""
    return part(translation, unit_of(translation, node.this), node.expression)


@translates_function("date_part", "datepart")
def date_part(translation: Translation, arguments: Sequence[exp.Expr]) -> Term:
    """Return a part of a time."""
    unit, time = arguments
    return part(translation, unit_of(translation, unit), time)


def part(translation: Translation, unit: str, node: exp.Expr) -> Term:
    """Return a part of a time, in UTC."""
    term, dialect = translation.term(node), translation.dialect
    if term.type not in (*_POINTS, LogicalType.TIME):
        translation.refuse(f"parts of {term.type.value} values")
    micros = dialect.micros(term)
    if unit == "epoch":
        return Term(f"({dialect.as_double(integer(micros))} / 1000000.0)", LogicalType.FLOAT)
    if unit in _CYCLES:
        inner, cycle = _CYCLES[unit]
        within = dialect.modulo(micros, cycle)
        return integer(dialect.floored(within, inner) if inner > 1 else within)
    if unit in ("dow", "isodow"):
        monday = dialect.modulo(dialect.floored(f"({micros} + {_MONDAY})", DAY), 7)
        return integer(f"({monday} + 1)" if unit == "isodow" else dialect.modulo(f"({monday} + 1)", 7))
    if unit not in ("year", "quarter", "month", "day", "doy") or term.type is LogicalType.TIME:
        translation.refuse(f"parts of times called '{unit}'")
    return integer(dialect.calendar_part(unit, term))


_CYCLES = {
    "hour": (3_600 * SECOND, DAY),
    "minute": (60 * SECOND, 3_600 * SECOND),
    "second": (SECOND, 60 * SECOND),
    "millisecond": (1_000, 60 * SECOND),
    "microsecond": (1, 60 * SECOND),
}


@translates(exp.TimestampTrunc, exp.DateTrunc, knows="this unit")
def truncated(translation: Translation, node: exp.Expr) -> Term:
    """Return the start of the unit in which a time lies."""
    unit, term = unit_of(translation, node.args.get("unit")), translation.term(node.this)
    if term.type not in _POINTS:
        translation.refuse(f"starts of units of {term.type.value} values")
    dialect, micros = translation.dialect, translation.dialect.micros(term)
    type_ = LogicalType.TIMESTAMP_TZ if term.type is LogicalType.TIMESTAMP_TZ else LogicalType.TIMESTAMP
    if unit in UNITS:
        shift = _MONDAY if unit == "week" else 0
        start = f"({micros} - {dialect.modulo(f'({micros} + {shift})' if shift else micros, UNITS[unit])})"
    elif unit in CALENDAR:
        start = _calendar_start(translation, unit, term)
    else:
        translation.refuse(f"starts of units called '{unit}'")
    return Term(start, type_, is_micros=True)


def _calendar_start(translation: Translation, unit: str, term: Term) -> str:
    """Return the first instant of a month, quarter or year, counted back from the day."""
    dialect = translation.dialect
    micros = dialect.micros(term)
    midnight = f"({micros} - {dialect.modulo(micros, DAY)})"
    if unit == "month":
        return f"({midnight} - ({dialect.calendar_part('day', term)} - 1) * {DAY})"
    new_year = f"({midnight} - ({dialect.calendar_part('doy', term)} - 1) * {DAY})"
    if unit == "year":
        return new_year
    year, quarter = (dialect.calendar_part(each, term) for each in ("year", "quarter"))
    leap = (
        f"(CASE WHEN {dialect.modulo(year, 4)} = 0 AND ({dialect.modulo(year, 100)} <> 0 "
        f"OR {dialect.modulo(year, 400)} = 0) THEN 1 ELSE 0 END)"
    )
    days = f"(CASE {quarter} WHEN 1 THEN 0 WHEN 2 THEN 90 + {leap} WHEN 3 THEN 181 + {leap} ELSE 273 + {leap} END)"
    return f"({new_year} + {days} * {DAY})"


@translates(exp.DateDiff, knows="this expression unit")
def difference(translation: Translation, node: exp.Expr) -> Term:
    """Return how many boundaries of a unit lie between two times."""
    unit = unit_of(translation, node.args.get("unit"))
    later, earlier = (_boundaries(translation, unit, translation.term(each)) for each in (node.this, node.expression))
    return integer(f"({later} - {earlier})")


def _boundaries(translation: Translation, unit: str, term: Term) -> str:
    """Return how many boundaries of a unit lie between year 0 or 1970 and a time."""
    dialect = translation.dialect
    if term.type not in _POINTS:
        translation.refuse(f"differences between {term.type.value} values")
    if unit in UNITS:
        shift = _MONDAY if unit == "week" else 0
        micros = dialect.micros(term)
        return dialect.floored(f"({micros} + {shift})" if shift else micros, UNITS[unit])
    if unit not in CALENDAR:
        translation.refuse(f"differences in {unit}s")
    year = dialect.calendar_part("year", term)
    per_year = {"month": 12, "quarter": 4, "year": 1}[unit]
    within = "" if unit == "year" else f" + {dialect.calendar_part(unit, term)}"
    return f"({year} * {per_year}{within})"
