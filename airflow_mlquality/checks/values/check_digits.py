"""Check digits of bank accounts and payment cards, worked out in SQL."""

from __future__ import annotations

import string
from functools import reduce

from sqlglot import exp

from airflow_mlquality.measurements import sql

IBAN = "[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}"
"""An IBAN as it is sent: capital letters and digits without blanks, 15 to 34 of them."""
CARD = "[2-6][0-9]{3}(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{1,4}(?:[ -]?[0-9]{3})?|3[0-9]{3}[ -]?[0-9]{6}[ -]?[0-9]{4,5}"
"""A payment card's number: 13 to 19 digits that start as those of the card companies, in groups or not."""

_HALF = 36
"""An IBAN has 68 digits at most, its letters as two of them; filled up with zeros it has twice so many."""
_CARD_DIGITS = 19


def iban_fits(text: exp.Expr) -> exp.Expr:
    """Return the predicate that a text has the form of an IBAN and its check digits: ISO 13616, ISO 7064 MOD 97-10.

    The embedded engine alone can say it: letters become two digits by regular expressions that replace.
    The digits are cut into two halves, each of which is a whole number of 128 bits.
    """
    digits = _iban_digits(text)
    high, low = (_whole(_part(digits, start, _HALF), "HUGEINT") for start in (-2 * _HALF, -_HALF))
    modulus = _literal(97)
    weighted = exp.Mul(this=exp.paren(exp.Mod(this=high, expression=modulus)), expression=_literal(pow(10, _HALF, 97)))
    total = exp.Add(this=weighted, expression=exp.paren(exp.Mod(this=low, expression=modulus.copy())))
    fits = exp.EQ(this=exp.Mod(this=exp.paren(total), expression=modulus.copy()), expression=_literal(1))
    return _guarded(sql.function("regexp_full_match", text.copy(), sql.literal(IBAN)), fits)


def _iban_digits(text: exp.Expr) -> exp.Expr:
    """Return an IBAN with its first four characters last, A to Z as 10 to 35, behind zeros.

    The first of a letter's two digits is put before it, then the letter becomes the second.
    """
    digits: exp.Expr = exp.Concat(expressions=[_part(text, 5), _part(text, 1, 4)])
    for tens, letters in (("1", "[A-J]"), ("2", "[K-T]"), ("3", "[U-Z]")):
        found, instead = sql.literal(f"({letters})"), sql.literal(rf"{tens}\1")
        digits = sql.function("regexp_replace", digits, found, instead, sql.literal("g"))
    ones = "".join(str(number % 10) for number in range(26))
    digits = sql.function("translate", digits, sql.literal(string.ascii_uppercase), sql.literal(ones))
    return exp.Concat(expressions=[sql.literal("0" * 2 * _HALF), digits])


def card_fits(text: exp.Expr) -> exp.Expr:
    """Return the predicate that a text has the form of a card's number and its check digit: ISO/IEC 7812, Luhn."""
    bare = without(text, " -")
    filled = exp.Concat(expressions=[sql.literal("0" * _CARD_DIGITS), bare])
    digits = [_whole(_part(filled, -place, 1)) for place in range(1, _CARD_DIGITS + 1)]
    doubled = [_doubled(digit) if place % 2 else digit for place, digit in enumerate(digits)]
    total = reduce(lambda left, right: exp.Add(this=left, expression=right), doubled)
    remainder = exp.Mod(this=exp.paren(total), expression=_literal(10))
    return _guarded(has_card_form(text), exp.EQ(this=remainder, expression=_literal(0)))


def has_card_form(text: exp.Expr) -> exp.Expr:
    """Return the predicate that a text is written as a card's number."""
    return sql.function("regexp_full_match", text.copy(), sql.literal(CARD))


def without(text: exp.Expr, characters: str) -> exp.Expr:
    """Return a text without some characters."""
    return reduce(
        lambda inner, each: exp.Replace(this=inner, expression=sql.literal(each), replacement=sql.literal("")),
        characters,
        text.copy(),
    )


def _doubled(digit: exp.Expr) -> exp.Expr:
    """Return the sum of the digits of a doubled digit."""
    large = exp.case().when(exp.GT(this=digit.copy(), expression=_literal(4)), _literal(9))
    twice = exp.Mul(this=_literal(2), expression=digit)
    return exp.paren(exp.Sub(this=twice, expression=large.else_(_literal(0))))


def _part(text: exp.Expr, start: int, size: int | None = None) -> exp.Expr:
    first = _literal(start) if start > 0 else exp.Neg(this=_literal(-start))
    length = None if size is None else _literal(size)
    return exp.Substring(this=text.copy(), start=first, length=length)


def _whole(text: exp.Expr, type_: str = "BIGINT") -> exp.Expr:
    return exp.TryCast(this=text, to=exp.DataType.build(type_, dialect=sql.DIALECT))


def _literal(number: int) -> exp.Expr:
    return exp.Literal.number(number)


def _guarded(form: exp.Expr, fits: exp.Expr) -> exp.Expr:
    """Return whether a text of that form fits; of another form nothing is worked out, and NULL stays NULL."""
    one, zero = _literal(1), _literal(0)
    of_the_form = exp.case().when(fits, one).else_(zero)
    number = exp.case().when(form, of_the_form).when(exp.not_(form.copy()), zero.copy())
    return exp.EQ(this=exp.paren(number), expression=one.copy())
