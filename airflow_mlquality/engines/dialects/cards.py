"""Check digit of a payment card: ISO/IEC 7812, the sum of Luhn, as a tree of `measurements.sql`.

Checks ask for it by `sql.CARD_FITS`, a call that no engine has. It is worked out of the number and not of its text: a
choice among digits, written out for every engine, takes four to ten times the SQL.
"""

from __future__ import annotations

from sqlglot import exp

from airflow_mlquality.measurements import sql


def luhn_fits(number: exp.Expr) -> exp.Expr:
    """Return whether the check digit of a whole number fits: every other digit is doubled, from the last but one on.

    A doubled digit counts by the sum of its digits, which is nine less from five on.
    """
    total = _total([_counted(number, place) for place in range(sql.CARD_DIGITS)])
    return exp.EQ(this=_mod(total, 10), expression=_number(0))


def _counted(number: exp.Expr, place: int) -> exp.Expr:
    digit = _mod(_over(number, 10**place), 10)
    if place % 2 == 0:
        return digit
    is_five_or_more = _mod(_over(number, 5 * 10**place), 2)
    return exp.Sub(this=_times(digit, 2), expression=_times(is_five_or_more, 9))


def _over(number: exp.Expr, divisor: int) -> exp.Expr:
    if divisor == 1:
        return number.copy()
    return exp.paren(exp.IntDiv(this=exp.paren(number.copy()), expression=_number(divisor)))


def _mod(number: exp.Expr, divisor: int) -> exp.Expr:
    return exp.paren(exp.Mod(this=exp.paren(number), expression=_number(divisor)))


def _times(number: exp.Expr, factor: int) -> exp.Expr:
    return exp.Mul(this=number, expression=_number(factor))


def _total(terms: list[exp.Expr]) -> exp.Expr:
    """Return a sum whose parentheses are few deep: some parsers bear no more than dozens."""
    if len(terms) == 1:
        return terms[0]
    middle = len(terms) // 2
    return exp.Add(this=exp.paren(_total(terms[:middle])), expression=exp.paren(_total(terms[middle:])))


def _number(value: int) -> exp.Expr:
    return exp.Literal.number(value)
