"""Comparisons, in which NaN equals itself and lies above every other number."""

from __future__ import annotations

import struct
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from airflow_mlquality.engines.dialects.translation.constants import float_constant
from airflow_mlquality.engines.dialects.translation.terms import NUMBERS, Term, predicate
from airflow_mlquality.engines.dialects.translation.translation import Translation, translates, translates_binary
from airflow_mlquality.measurements import LogicalType

if TYPE_CHECKING:
    from collections.abc import Sequence

POINTS = (LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIMESTAMP_TZ)
_COMPARED = frozenset({
    *NUMBERS,
    *POINTS,
    *(LogicalType.BOOLEAN, LogicalType.STRING, LogicalType.TIME, LogicalType.UUID, LogicalType.DURATION),
})  # fmt: skip
_OPPOSITE = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}


def _comparison(operator: str, kind: type[exp.Expr]) -> None:
    @translates_binary(kind)
    def compared(translation: Translation, left: Term, right: Term) -> Term:
        return compare(translation, left, right, operator)


for _operator, _kind in (
    ("=", exp.EQ), ("<>", exp.NEQ), ("<", exp.LT), ("<=", exp.LTE), (">", exp.GT), (">=", exp.GTE),
):  # fmt: skip
    _comparison(_operator, _kind)


@translates(exp.Between, knows="this low high")
def between(translation: Translation, node: exp.Expr) -> Term:
    """Return whether a value lies between two others, both included."""
    value = translation.term(node.this)
    low = compare(translation, value, translation.term(node.args["low"]), ">=")
    high = compare(translation, value, translation.term(node.args["high"]), "<=")
    return predicate(f"({low.sql} AND {high.sql})")


@translates_binary(exp.NullSafeEQ)
def same(translation: Translation, left: Term, right: Term) -> Term:
    """Return whether two values are the same; NULL is the same as NULL."""
    equal = compare(translation, left, right, "=").sql
    both = f"{translation.as_value(left)} IS NULL AND {translation.as_value(right)} IS NULL"
    return predicate(f"(CASE WHEN {equal} THEN 1 WHEN {both} THEN 1 ELSE 0 END = 1)")


@translates_binary(exp.NullSafeNEQ)
def distinct(translation: Translation, left: Term, right: Term) -> Term:
    """Return whether two values are not the same."""
    return predicate(f"(NOT {same(translation, left, right).sql})")


def compare(translation: Translation, left: Term, right: Term, operator: str) -> Term:
    """Return a comparison that means what it means in the dialect of `measurements.sql`."""
    left, right = _alike(translation, left, right)
    dialect = translation.dialect
    if LogicalType.NULL in (left.type, right.type):
        return predicate(f"({translation.as_value(left)} {operator} {translation.as_value(right)})")
    if left.type is LogicalType.STRING:
        return predicate(dialect.compared_texts(left, right, operator))
    if left.type is LogicalType.FLOAT or right.type is LogicalType.FLOAT:
        return predicate(_compared_floats(translation, left, right, operator))
    if left.type in POINTS or left.type is LogicalType.TIME:
        return predicate(dialect.compared_times(left, right, operator))
    return predicate(f"({translation.as_value(left)} {operator} {translation.as_value(right)})")


def _alike(translation: Translation, left: Term, right: Term) -> tuple[Term, Term]:
    """Return two values of types that compare; a constant text becomes what it is compared with."""
    if left.type is not right.type:
        if isinstance(right.constant, str) and left.type is not LogicalType.NULL:
            right = retyped(translation, right, left.type)
        elif isinstance(left.constant, str) and right.type is not LogicalType.NULL:
            left = retyped(translation, left, right.type)
    left, right = _single_precision(translation, left, right), _single_precision(translation, right, left)
    fits = (
        LogicalType.NULL in (left.type, right.type)
        or (left.type is right.type and left.type in _COMPARED)
        or (left.type in NUMBERS and right.type in NUMBERS)
        or (left.type in POINTS and right.type in POINTS)
    )
    if not fits:
        translation.refuse(f"comparisons of {left.type.value} with {right.type.value}")
    return translation.dialect.comparable(left), translation.dialect.comparable(right)


def retyped(translation: Translation, term: Term, wanted: LogicalType) -> Term:
    """Return a constant text as a constant of another type."""
    from airflow_mlquality.engines.dialects.translation.casts import constant_as

    if term.type is wanted or not isinstance(term.constant, str) or wanted is LogicalType.STRING:
        return term
    return constant_as(translation, term.constant, wanted)


def _single_precision(translation: Translation, term: Term, other: Term) -> Term:
    """Return a decimal constant as the float of 32 bits that it is compared with."""
    exact = term.type in (LogicalType.INTEGER, LogicalType.DECIMAL) and isinstance(term.constant, Decimal)
    if not (exact and other.is_single):
        return term
    try:
        (nearest,) = struct.unpack("f", struct.pack("f", float(term.constant or 0)))
    except OverflowError:
        return term
    return float_constant(translation, nearest)


def _compared_floats(translation: Translation, left: Term, right: Term, operator: str) -> str:
    """Return a comparison in which NaN equals itself and lies above every other number."""
    dialect = translation.dialect
    for one, other, sign in ((left, right, operator), (right, left, _OPPOSITE[operator])):
        if isinstance(other.constant, Decimal) and not dialect.has_number(other.constant):
            return _beyond_infinity(one, other.constant, sign)
    if not dialect.nan_is_unordered or not (left.may_be_nan or right.may_be_nan):
        return f"({left.sql} {operator} {right.sql})"
    if operator == "<>":
        return f"(NOT {_compared_floats(translation, left, right, '=')})"
    if operator in (">", ">="):
        return _compared_floats(translation, right, left, _OPPOSITE[operator])
    return _ordered_floats(translation, left, right, operator)


def _ordered_floats(translation: Translation, left: Term, right: Term, operator: str) -> str:
    """Return ``=``, ``<`` or ``<=`` where one of two floats may be NaN and compares with nothing."""
    plain = f"({left.sql} {operator} {right.sql})"
    left_nan, right_nan = (translation.dialect.is_nan(term.sql) for term in (left, right))
    if not right.may_be_nan or (operator == "=" and not left.may_be_nan):
        return plain
    if operator == "=":
        return f"({plain} OR ({left_nan} AND {right_nan}))"
    is_lower = f"NOT {left_nan}" if operator == "<" and left.may_be_nan else f"{left.sql} IS NOT NULL"
    return f"({plain} OR ({right_nan} AND {is_lower}))"


def _beyond_infinity(term: Term, bound: Decimal, operator: str) -> str:
    """Return a comparison with NaN or an infinity where no value is one."""
    below = bound.is_nan() or bound > 0
    is_true = operator == "<>" or (operator in ("<", "<=") if below else operator in (">", ">="))
    return f"({term.sql} = {term.sql})" if is_true else f"({term.sql} <> {term.sql})"


@translates(exp.In, knows="this expressions query")
def in_node(translation: Translation, node: exp.Expr) -> Term:
    """Return whether a value is one of some others."""
    if node.args.get("query") is not None:
        return translation.dialect.in_query(translation, node)
    return in_(translation, translation.term(node.this), [translation.term(each) for each in node.expressions])


def in_(translation: Translation, value: Term, others: Sequence[Term]) -> Term:
    """Return whether a value is one of some others."""
    dialect = translation.dialect
    if len(others) > 1 and all(each.constant is not None for each in others):
        alike = [_alike(translation, value, each)[1] for each in others]
        finite = all(not isinstance(each.constant, Decimal) or each.constant.is_finite() for each in alike)
        if finite and value.type is LogicalType.STRING:
            return predicate(dialect.text_in(value, alike))
        if finite and value.type in NUMBERS:
            return _chunked(dialect.longest_list, value.sql, [each.sql for each in alike])
        if value.type in (*POINTS, LogicalType.TIME):
            return _chunked(dialect.longest_list, dialect.micros(value), [dialect.micros(each) for each in alike])
    return predicate("(" + " OR ".join(compare(translation, value, each, "=").sql for each in others) + ")")


def _chunked(size: int, value: str, others: Sequence[str]) -> Term:
    parts = [others[start : start + size] for start in range(0, len(others), size)]
    return predicate("(" + " OR ".join(f"{value} IN ({', '.join(part)})" for part in parts) + ")")
