"""Check digits of bank accounts and payment cards, worked out in SQL."""

from __future__ import annotations

from functools import reduce

from sqlglot import exp

from airflow_mlquality.measurements import sql

IBAN = "[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}"
"""An IBAN as it is sent: capital letters and digits without blanks, 15 to 34 of them."""
CARD = "[2-6][0-9]{3}(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{1,4}(?:[ -]?[0-9]{3})?|3[0-9]{3}[ -]?[0-9]{6}[ -]?[0-9]{4,5}"
"""A payment card's number: 13 to 19 digits that start as those of the card companies, in groups or not."""

_LEAST_DIGITS = 13


def iban_fits(text: exp.Expr) -> exp.Expr:
    """Return the predicate that a text has the form of an IBAN and its check digits: ISO 13616, ISO 7064 MOD 97-10."""
    form = sql.function("regexp_full_match", text.copy(), sql.literal(IBAN))
    return _guarded(form, sql.function(sql.IBAN_FITS, text.copy()))


def card_fits(text: exp.Expr, number: exp.Expr | None = None) -> exp.Expr:
    """Return the predicate that a text has the form of a card's number and its check digit: ISO/IEC 7812, Luhn.

    `number` is the whole number that it is the text of, where there is one.
    """
    whole = sql.function(sql.DIGITS, without(text, " -")) if number is None else number.copy()
    return _guarded(has_card_form(text), sql.function(sql.CARD_FITS, whole))


def has_card_form(text: exp.Expr) -> exp.Expr:
    """Return the predicate that a text is written as a card's number."""
    return is_written(text, CARD, "2", "7")


def is_written(text: exp.Expr, pattern: str, least: str, beyond: str) -> exp.Expr:
    """Return the predicate that a text is written as a pattern says whose texts lie from `least` to before `beyond`.

    Without `least` they lie anywhere before. Where few texts are of that form, this costs a quarter of asking the
    pattern of all.
    """
    lies_there: exp.Expr = exp.LT(this=text.copy(), expression=sql.literal(beyond))
    if least:
        lies_there = exp.and_(exp.GTE(this=text.copy(), expression=sql.literal(least)), lies_there)
    return _guarded(lies_there, sql.function("regexp_full_match", text.copy(), sql.literal(pattern)))


def is_written_with(text: exp.Expr, pattern: str, character: str) -> exp.Expr:
    """Return the predicate that a part of a text is written as a pattern says that has a certain character."""
    has_it = sql.function("contains", text.copy(), sql.literal(character))
    return _guarded(has_it, sql.function("regexp_matches", text.copy(), sql.literal(pattern)))


def among(number: exp.Expr, fits: exp.Expr) -> exp.Expr:
    """Return the predicate of a whole number that has as many digits as that of a card, and a first one that may be."""
    least, most = 2 * 10 ** (_LEAST_DIGITS - 1), 7 * 10 ** (sql.CARD_DIGITS - 1) - 1
    lies_there = exp.and_(
        exp.GTE(this=number.copy(), expression=_literal(least)), exp.LTE(this=number.copy(), expression=_literal(most))
    )
    return _guarded(lies_there, fits)


def without(text: exp.Expr, characters: str) -> exp.Expr:
    """Return a text without some characters."""
    return reduce(lambda inner, each: _replaced(inner, each, ""), characters, text.copy())


def _replaced(text: exp.Expr, old: str, new: str) -> exp.Expr:
    return exp.Replace(this=text, expression=sql.literal(old), replacement=sql.literal(new))


def _literal(number: int) -> exp.Expr:
    literal = exp.Literal.number(abs(number))
    return exp.Neg(this=literal) if number < 0 else literal


def _guarded(form: exp.Expr, fits: exp.Expr) -> exp.Expr:
    """Return whether a text of that form fits; of another form nothing is worked out, and NULL stays NULL."""
    one, zero = _literal(1), _literal(0)
    of_the_form = exp.case().when(fits, one).else_(zero)
    number = exp.case().when(form, of_the_form).when(exp.not_(form.copy()), zero.copy())
    return exp.EQ(this=exp.paren(number), expression=one.copy())
