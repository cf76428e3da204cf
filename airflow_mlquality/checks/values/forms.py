"""Named forms of values: what an e-mail address, an IBAN or a clock time looks like, as a predicate of SQL."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from airflow_mlquality.checks.values.check_digits import IBAN, iban_fits
from airflow_mlquality.checks.values.codes import COUNTRIES_2, COUNTRIES_3, CURRENCIES, LANGUAGES
from airflow_mlquality.measurements import Column, LogicalType, sql

Violation = Callable[[Column], exp.Expr]

EMAIL = (
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+(?:[A-Za-z]{2,63}|xn--[A-Za-z0-9-]{2,59})"
)
UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
URL = (
    r"(?:https?|ftp)://(?:[^\s/?#@]+@)?(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*"
    r"[A-Za-z0-9])?)*|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?(?:[/?#][^\s]*)?"
)
_CLOCK = r"(?:(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?|24:00(?::00(?:\.0+)?)?)"
_TEXT = frozenset({LogicalType.STRING})
_NUMBERS_AND_TEXT = frozenset({LogicalType.INTEGER, LogicalType.FLOAT, LogicalType.DECIMAL, LogicalType.STRING})


@dataclass(frozen=True)
class Form:
    """A named form.

    Parameters
    ----------
    title
        For people, with its article.
    types
        Of the columns that may have it.
    violation
        From a column to the predicate of a value that is not of the form; NULL where there is no value.
    """

    title: str
    types: frozenset[LogicalType]
    violation: Violation


# ---- what a violation is made of ----


def _unlike(pattern: str) -> Violation:
    def violation(column: Column) -> exp.Expr:
        if column.type is LogicalType.UUID:
            return exp.and_(sql.is_null(sql.col(column.name)), exp.false())
        return exp.not_(sql.function("regexp_full_match", sql.col(column.name), sql.literal(pattern)))

    return violation


def _not_among(codes: tuple[str, ...]) -> Violation:
    def violation(column: Column) -> exp.Expr:
        place = sql.function(
            "list_position", exp.Array(expressions=[sql.literal(code) for code in codes]), sql.col(column.name)
        )
        return exp.and_(sql.is_not_null(sql.col(column.name)), sql.is_null(place))

    return violation


def _iban(column: Column) -> exp.Expr:
    return exp.not_(exp.paren(iban_fits(sql.col(column.name))))


def _degrees(most: int) -> Violation:
    def violation(column: Column) -> exp.Expr:
        value = sql.col(column.name)
        given = sql.is_not_null(value.copy())
        number: exp.Expr = value
        if column.type is LogicalType.STRING:
            number = exp.TryCast(this=value, to=exp.DataType.build("DOUBLE", dialect=sql.DIALECT))
        outside: list[exp.Expr] = [
            exp.LT(this=number.copy(), expression=exp.Neg(this=exp.Literal.number(most))),
            exp.GT(this=number.copy(), expression=exp.Literal.number(most)),
        ]
        if column.type in (LogicalType.FLOAT, LogicalType.STRING):
            outside.append(sql.is_nan(number.copy()))
        if column.type is LogicalType.STRING:
            outside.append(sql.is_null(number.copy()))
        return exp.and_(given, exp.paren(exp.or_(*outside)))

    return violation


def _no_clock_time(column: Column) -> exp.Expr:
    if column.type is LogicalType.STRING:
        return _unlike(_CLOCK)(column)
    value = sql.col(column.name)
    name = sql.text(value)
    wrong = f"{name} < 0 OR {name} > 2400 OR {name} - 100 * FLOOR({name} / 100) > 59"
    if column.type is not LogicalType.INTEGER:
        wrong += f" OR {name} <> FLOOR({name})"
    if column.type is LogicalType.FLOAT:
        wrong += f" OR ISNAN({name})"
    return exp.and_(sql.is_not_null(value), exp.paren(sql.condition(wrong)))


FORMS: dict[str, Form] = {
    "email": Form("an e-mail address", _TEXT, _unlike(EMAIL)),
    "uuid": Form("a UUID", frozenset({LogicalType.STRING, LogicalType.UUID}), _unlike(UUID)),
    "url": Form("a URL", _TEXT, _unlike(URL)),
    "country_alpha2": Form("an ISO 3166-1 alpha-2 code", _TEXT, _not_among(COUNTRIES_2)),
    "country_alpha3": Form("an ISO 3166-1 alpha-3 code", _TEXT, _not_among(COUNTRIES_3)),
    "currency": Form("an ISO 4217 code", _TEXT, _not_among(CURRENCIES)),
    "language": Form("an ISO 639-1 code", _TEXT, _not_among(LANGUAGES)),
    "iban": Form("an IBAN with its check digits", _TEXT, _iban),
    "iban_shape": Form("an IBAN, its check digits aside", _TEXT, _unlike(IBAN)),
    "latitude": Form("a latitude", _NUMBERS_AND_TEXT, _degrees(90)),
    "longitude": Form("a longitude", _NUMBERS_AND_TEXT, _degrees(180)),
    "clock_time": Form("a clock time", _NUMBERS_AND_TEXT, _no_clock_time),
}


# ---- dates written as text ----

_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_FIELDS = {
    "Y": ("[0-9]{4}", 4),
    "y": ("[0-9]{2}", 2),
    "m": ("(?:0[1-9]|1[0-2])", 2),
    "b": (f"(?:{_MONTHS})", 3),
    "d": ("(?:0[1-9]|[12][0-9]|3[01])", 2),
    "j": ("(?:00[1-9]|0[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-6])", 3),
    "H": ("(?:[01][0-9]|2[0-3])", 2),
    "I": ("(?:0[1-9]|1[0-2])", 2),
    "p": ("(?:AM|PM)", 2),
    "M": ("[0-5][0-9]", 2),
    "S": ("(?:[0-5][0-9]|60)", 2),
    "f": ("[0-9]{6}", 6),
    "z": (r"(?:Z|[+-][0-9]{2}:?[0-9]{2})", 0),
    "%": ("%", 1),
}
"""Pattern and width of the fields of a date format; 0 for a width that differs."""
_PIECE = re.compile(r"%(.)|([^%])", re.DOTALL)


def date_form(written: str) -> Form:
    """Return the form of a date written as ``%Y-%m-%d`` or the like says.

    Raises
    ------
    ValueError
        When there is a field that it does not know, or none.
    """
    pieces: list[tuple[str | None, str]] = [(found[1], found[2]) for found in _PIECE.finditer(written)]
    unknown = [f"%{field}" for field, _ in pieces if field is not None and field not in _FIELDS]
    known = ", ".join(f"%{field}" for field in _FIELDS)
    if unknown or written.count("%") != sum(2 if field == "%" else 1 for field, _ in pieces if field is not None):
        msg = f"{unknown[0] if unknown else '% at the end'} is no field of a date format. Known are {known}"
        raise ValueError(msg)
    pattern = "".join(_FIELDS[field][0] if field else re.escape(letter) for field, letter in pieces)
    return Form(f"a date {written}", _TEXT, _no_date(pattern, _day(pieces)))


def _no_date(pattern: str, day: Callable[[exp.Expr], exp.Expr] | None) -> Violation:
    unlike = _unlike(pattern)

    def violation(column: Column) -> exp.Expr:
        if day is None:
            return unlike(column)
        written = exp.TryCast(this=day(sql.col(column.name)), to=exp.DataType.build("DATE", dialect=sql.DIALECT))
        return exp.or_(unlike(column), exp.and_(sql.is_not_null(sql.col(column.name)), sql.is_null(written)))

    return violation


def _day(pieces: list[tuple[str | None, str]]) -> Callable[[exp.Expr], exp.Expr] | None:
    """Return how the ISO date is put together of a text's parts, where year, month and day lie at known places."""
    places: dict[str, int] = {}
    at = 1
    for field, _ in pieces:
        if field in ("Y", "m", "d") and field not in places:
            places[field] = at
        width = _FIELDS[field][1] if field else 1
        if width == 0:
            break
        at += width
    if places.keys() != {"Y", "m", "d"}:
        return None

    def iso(text: exp.Expr) -> exp.Expr:
        parts: list[exp.Expr] = []
        for field in ("Y", "m", "d"):
            start, size = exp.Literal.number(places[field]), exp.Literal.number(_FIELDS[field][1])
            parts += [exp.Substring(this=text.copy(), start=start, length=size), sql.literal("-")]
        return exp.Concat(expressions=parts[:-1])

    return iso


def form_of(written: str) -> Form:
    """Return a form by its name, or that of a date format.

    Raises
    ------
    ValueError
        When there is no such form.

    Examples
    --------
    >>> form_of("iban").title, form_of("%d.%m.%Y").title
    ('an IBAN with its check digits', 'a date %d.%m.%Y')
    """
    if "%" in written:
        return date_form(written)
    if written not in FORMS:
        msg = f"is no known form. Known are {', '.join(FORMS)}, and date formats such as %Y-%m-%d"
        raise ValueError(msg)
    return FORMS[written]
