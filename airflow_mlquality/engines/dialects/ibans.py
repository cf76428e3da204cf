"""Check digits of an IBAN: ISO 13616, ISO 7064 MOD 97-10, as trees of `measurements.sql`.

Checks ask for them by `sql.IBAN_FITS`, a call that no engine has; `in_halves` takes whole numbers of 128 bits and
expressions that replace, which DuckDB has; `in_pieces` takes what every engine has, and seven times as long there.
"""

from __future__ import annotations

import string
from functools import reduce
from typing import TYPE_CHECKING

from sqlglot import exp

from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

_MODULUS = 97
_HALF = 36
_PIECE = 17
_PIECES = 4
"""An IBAN has 68 digits at most, its letters as two of them: so many pieces that are whole numbers of 64 bits."""


def in_pieces(text: exp.Expr) -> exp.Expr:
    """Return whether the check digits of a text of the form of an IBAN fit.

    Zeros are put behind the digits, so that there are 68; what that makes of the remainder 1 tells their length. The
    number is cut into pieces, each weighted by what its power of ten leaves of 97.
    """
    letters = enumerate(string.ascii_uppercase, start=10)
    digits = reduce(lambda inner, each: _replaced(inner, each[1], str(each[0])), letters, _turned(text))
    zeros = sql.literal("0" * _PIECE * _PIECES)
    filled = exp.Concat(expressions=[digits, zeros])
    pieces = [sql.function(sql.DIGITS, _part(filled, 1 + place * _PIECE, _PIECE)) for place in range(_PIECES)]
    powers = [pow(10, (_PIECES - 1 - place) * _PIECE, _MODULUS) for place in range(_PIECES)]
    lengths = range(_PIECES * _PIECE + 1)
    wanted = [
        exp.If(this=_number(length), true=_number(pow(10, _PIECES * _PIECE - length, _MODULUS))) for length in lengths
    ]
    return exp.EQ(
        this=exp.paren(_weighted(pieces, powers)), expression=exp.Case(this=exp.Length(this=digits.copy()), ifs=wanted)
    )


def in_halves(text: exp.Expr) -> exp.Expr:
    """Return the same of two whole numbers of 128 bits.

    The first of a letter's two digits is put before it, then the letter becomes the second.
    """
    digits: exp.Expr = _turned(text)
    for tens, letters in (("1", "[A-J]"), ("2", "[K-T]"), ("3", "[U-Z]")):
        found, instead = sql.literal(f"({letters})"), sql.literal(rf"{tens}\1")
        digits = sql.function("regexp_replace", digits, found, instead, sql.literal("g"))
    ones = "".join(str(number % 10) for number in range(26))
    digits = sql.function("translate", digits, sql.literal(string.ascii_uppercase), sql.literal(ones))
    filled = exp.Concat(expressions=[sql.literal("0" * 2 * _HALF), digits])
    halves = [_wide(_part(filled, start, _HALF)) for start in (-2 * _HALF, -_HALF)]
    return exp.EQ(this=exp.paren(_weighted(halves, [pow(10, _HALF, _MODULUS), 1])), expression=_number(1))


def _turned(text: exp.Expr) -> exp.Expr:
    """Return an IBAN with its first four characters last."""
    return exp.Concat(expressions=[_part(text, 5), _part(text, 1, 4)])


def _weighted(pieces: Sequence[exp.Expr], powers: Sequence[int]) -> exp.Expr:
    """Return what a sum of pieces, each times what its power of ten leaves, leaves of 97."""
    parts = [
        exp.Mul(this=exp.paren(exp.Mod(this=piece, expression=_number(_MODULUS))), expression=_number(power))
        for piece, power in zip(pieces, powers, strict=True)
    ]
    total = reduce(lambda left, right: exp.Add(this=left, expression=right), parts)  # type: ignore[arg-type,return-value]  # sums of products
    return exp.Mod(this=exp.paren(total), expression=_number(_MODULUS))


def _replaced(text: exp.Expr, old: str, new: str) -> exp.Expr:
    return exp.Replace(this=text, expression=sql.literal(old), replacement=sql.literal(new))


def _part(text: exp.Expr, start: int, size: int | None = None) -> exp.Expr:
    length = None if size is None else _number(size)
    return exp.Substring(this=text.copy(), start=_number(start), length=length)


def _wide(text: exp.Expr) -> exp.Expr:
    return exp.TryCast(this=text, to=exp.DataType.build("HUGEINT", dialect=sql.DIALECT))


def _number(value: int) -> exp.Expr:
    number = exp.Literal.number(abs(value))
    return exp.Neg(this=number) if value < 0 else number
