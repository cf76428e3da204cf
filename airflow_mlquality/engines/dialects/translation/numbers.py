"""Arithmetic, rounding, and tests of what a float holds."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from airflow_mlquality.engines.dialects.translation.comparisons import compare
from airflow_mlquality.engines.dialects.translation.logic import united
from airflow_mlquality.engines.dialects.translation.terms import NUMBERS, Term, number_type, predicate
from airflow_mlquality.engines.dialects.translation.times import minus, plus
from airflow_mlquality.engines.dialects.translation.translation import (
    Translation,
    translates,
    translates_binary,
    translates_function,
)
from airflow_mlquality.measurements import LogicalType

if TYPE_CHECKING:
    from collections.abc import Sequence


def _numbers(translation: Translation, *terms: Term) -> None:
    for term in terms:
        if not term.is_number:
            translation.refuse(f"calculations with {term.type.value}")


def _calculated(operator: str, left: Term, right: Term) -> Term:
    type_ = number_type(left, right)
    return Term(f"({left.sql} {operator} {right.sql})", type_, may_be_nan=type_ is LogicalType.FLOAT)


@translates(exp.Neg, knows="this")
def negative(translation: Translation, node: exp.Expr) -> Term:
    """Return a number with its sign changed."""
    term = translation.term(node.this)
    _numbers(translation, term)
    if isinstance(term.constant, Decimal):
        return Term(f"(-{term.sql})", term.type, term.constant.copy_negate())  # a minus would round it to 28 digits
    return Term(f"(- {term.sql})", term.type, may_be_nan=term.may_be_nan, is_single=term.is_single)


@translates_binary(exp.Add)
def add(translation: Translation, left: Term, right: Term) -> Term:
    """Return a sum, of a time and a duration too."""
    if not (left.is_number and right.is_number):
        return plus(translation, left, right)
    return _calculated("+", left, right)


@translates_binary(exp.Sub)
def subtract(translation: Translation, left: Term, right: Term) -> Term:
    """Return a difference, of times too."""
    if not (left.is_number and right.is_number):
        return minus(translation, left, right)
    return _calculated("-", left, right)


@translates_binary(exp.Mul)
def multiply(translation: Translation, left: Term, right: Term) -> Term:
    """Return a product."""
    _numbers(translation, left, right)
    return _calculated("*", left, right)


@translates_binary(exp.Div)
def divide(translation: Translation, left: Term, right: Term) -> Term:
    """Return a quotient of doubles, NULL where the divisor is 0."""
    _numbers(translation, left, right)
    divided, divisor = as_double(translation, left), as_double(translation, right)
    return Term(
        f"({divided} / {_not_zero(right, divisor)})", LogicalType.FLOAT, may_be_nan=_may_divide_to_nan(left, right)
    )


def _may_divide_to_nan(left: Term, right: Term) -> bool:
    return left.may_be_nan or right.may_be_nan or LogicalType.FLOAT in (left.type, right.type)


def _not_zero(term: Term, sql: str) -> str:
    return sql if isinstance(term.constant, Decimal) and term.constant != 0 else f"NULLIF({sql}, 0)"


def as_double(translation: Translation, term: Term) -> str:
    """Return a number as a double."""
    if isinstance(term.constant, Decimal) and term.constant.is_finite():
        return translation.dialect.double(float(term.constant))
    is_double = term.type is LogicalType.FLOAT and not term.is_single
    return term.sql if is_double else translation.dialect.as_double(term)


@translates_binary(exp.IntDiv)
def divide_whole(translation: Translation, left: Term, right: Term) -> Term:
    """Return a quotient: of whole numbers cut towards zero, of others as it is."""
    _numbers(translation, left, right)
    if number_type(left, right) is not LogicalType.INTEGER:
        return divide(translation, left, right)
    return Term(translation.dialect.whole_quotient(left.sql, _not_zero(right, right.sql)), LogicalType.INTEGER)


@translates_binary(exp.Mod)
def modulo(translation: Translation, left: Term, right: Term) -> Term:
    """Return a remainder that has the sign of what is divided."""
    _numbers(translation, left, right)
    if number_type(left, right) is LogicalType.FLOAT:
        return _fmod(translation, left, right)
    remainder = translation.dialect.remainder(left.sql, _not_zero(right, right.sql))
    return Term(f"({remainder})", number_type(left, right))


@translates_function("fmod")
def fmod(translation: Translation, arguments: Sequence[exp.Expr]) -> Term:
    """Return a remainder of doubles."""
    left, right = (translation.term(each) for each in arguments)
    return _fmod(translation, left, right)


def _fmod(translation: Translation, left: Term, right: Term) -> Term:
    divisor = _not_zero(right, as_double(translation, right))
    sql = translation.dialect.fmod(as_double(translation, left), divisor)
    return Term(sql, LogicalType.FLOAT, may_be_nan=_may_divide_to_nan(left, right))


# ---- what a float holds ----


@translates(exp.IsNan, knows="this")
def is_nan(translation: Translation, node: exp.Expr) -> Term:
    """Return whether a number is NaN."""
    term = translation.term(node.this)
    _numbers(translation, term)
    if term.type is not LogicalType.FLOAT or not translation.dialect.has_nan:
        return predicate(f"({term.sql} <> {term.sql})")  # false, or NULL where there is no number
    return predicate(translation.dialect.is_nan(term.sql))


@translates_function("isnan")
def is_nan_call(translation: Translation, arguments: Sequence[exp.Expr]) -> Term:
    """Return whether a number is NaN."""
    return is_nan(translation, exp.IsNan(this=arguments[0]))


@translates(exp.IsInf, knows="this")
def is_infinite(translation: Translation, node: exp.Expr) -> Term:
    """Return whether a number is infinite."""
    term = translation.term(node.this)
    _numbers(translation, term)
    dialect = translation.dialect
    if term.type is not LogicalType.FLOAT or not dialect.has_infinity:
        return predicate(f"({term.sql} <> {term.sql})")
    return predicate(f"({term.sql} IN ({dialect.double(float('inf'))}, {dialect.double(float('-inf'))}))")


@translates_function("isinf")
def is_infinite_call(translation: Translation, arguments: Sequence[exp.Expr]) -> Term:
    """Return whether a number is infinite."""
    return is_infinite(translation, exp.IsInf(this=arguments[0]))


@translates_function("isfinite")
def is_finite(translation: Translation, arguments: Sequence[exp.Expr]) -> Term:
    """Return whether a number is neither NaN nor infinite."""
    term = translation.term(arguments[0])
    _numbers(translation, term)
    if term.type is not LogicalType.FLOAT or not translation.dialect.has_infinity:
        return predicate(f"({term.sql} = {term.sql})")
    return predicate(translation.dialect.is_finite(term.sql))


# ---- functions of numbers ----


@translates(exp.Abs, exp.Ceil, exp.Floor, knows="this")
def whole(translation: Translation, node: exp.Expr) -> Term:
    """Return the size of a number, or the whole number above or below it."""
    term = translation.term(node.this)
    _numbers(translation, term)
    if term.type is LogicalType.INTEGER and not isinstance(node, exp.Abs):
        return term.with_sql(term.sql)
    dialect = translation.dialect
    if isinstance(node, exp.Abs):
        return term.with_sql(f"ABS({term.sql})")
    if term.type is LogicalType.FLOAT:
        return term.with_sql(dialect.floor(term.sql) if isinstance(node, exp.Floor) else dialect.ceil(term.sql))
    return term.with_sql(f"{'FLOOR' if isinstance(node, exp.Floor) else dialect.ceiling}({term.sql})")


@translates(exp.Sign, knows="this")
def sign(translation: Translation, node: exp.Expr) -> Term:
    """Return -1, 0 or 1; 0 for NaN."""
    term = translation.term(node.this)
    _numbers(translation, term)
    zero = Term("0", LogicalType.INTEGER, Decimal(0))
    above, below = (compare(translation, term, zero, operator).sql for operator in (">", "<"))
    nan = ""
    if term.may_be_nan and translation.dialect.has_nan:
        nan = f"WHEN {translation.dialect.is_nan(term.sql)} THEN 0 "
    sql = f"(CASE {nan}WHEN {above} THEN 1 WHEN {below} THEN -1 WHEN {term.sql} IS NOT NULL THEN 0 END)"
    return Term(sql, LogicalType.INTEGER)


@translates(exp.Round, knows="this decimals")
def rounded(translation: Translation, node: exp.Expr) -> Term:
    """Return a number rounded, halves away from zero."""
    term = translation.term(node.this)
    _numbers(translation, term)
    places = _constant_places(translation, node.args.get("decimals"))
    if term.type is LogicalType.FLOAT:
        return Term(
            translation.dialect.rounded_double(as_double(translation, term), places),
            term.type,
            may_be_nan=term.may_be_nan,
        )
    if term.type is LogicalType.INTEGER and places >= 0:
        return term.with_sql(term.sql)
    return term.with_sql(translation.dialect.rounded_decimal(term.sql, places))


def _constant_places(translation: Translation, node: exp.Expr | None) -> int:
    constant = Decimal(0) if node is None else translation.term(node).constant
    if not isinstance(constant, Decimal) or abs(constant) > 30 or constant % 1:  # noqa: PLR2004  more digits than a double has
        translation.refuse("roundings to a number of places that is not constant")
    return int(constant)


@translates(exp.Exp, exp.Ln, exp.Sqrt, knows="this")
def curve(translation: Translation, node: exp.Expr) -> Term:
    """Return a power of e, a logarithm or a root; where there is none: NaN, or NULL on an engine without NaN."""
    term = translation.term(node.this)
    _numbers(translation, term)
    value = as_double(translation, term)
    dialect = translation.dialect
    if isinstance(node, exp.Exp):
        written = dialect.exponential(value)
    else:
        written = dialect.logarithm(value) if isinstance(node, exp.Ln) else dialect.root(value)
    return Term(written, LogicalType.FLOAT, may_be_nan=True)


@translates(exp.Log, knows="this expression")
def logarithm(translation: Translation, node: exp.Expr) -> Term:
    """Return a logarithm to a base, to the base 10 where none is named."""
    base, value = node.this, node.args.get("expression")
    if value is None:
        base, value = exp.Literal.number(10), base
    of_base = translation.term(base)
    term = translation.term(value)
    _numbers(translation, term, of_base)
    if of_base.constant not in (Decimal(2), Decimal(10)):
        translation.refuse("logarithms to another base than e, 2 and 10")
    sql = translation.dialect.logarithm(as_double(translation, term), int(of_base.constant or 0))
    return Term(sql, LogicalType.FLOAT, may_be_nan=True)


@translates_binary(exp.Pow)
def power(translation: Translation, left: Term, right: Term) -> Term:
    """Return a power of doubles."""
    _numbers(translation, left, right)
    base, exponent, dialect = left.constant, as_double(translation, right), translation.dialect
    if isinstance(base, Decimal) and base > 1:
        sql = dialect.power_of(float(base), exponent)
    else:
        sql = dialect.power(as_double(translation, left), exponent)
    return Term(sql, LogicalType.FLOAT, may_be_nan=True)


@translates(exp.Greatest, exp.Least, knows="this expressions")
def extreme(translation: Translation, node: exp.Expr) -> Term:
    """Return the greatest or the least of some values; NULL is none of them."""
    terms = [translation.term(each) for each in [node.this, *node.expressions]]
    kind, values = united(translation, terms)
    if len(values) == 1:
        return kind.with_sql(values[0])
    if kind.type not in (
        *NUMBERS,
        LogicalType.DATE,
        LogicalType.TIMESTAMP,
        LogicalType.TIMESTAMP_TZ,
        LogicalType.STRING,
    ):
        translation.refuse(f"the greatest or least of {kind.type.value} values")
    # each value, or the first of the others where it is NULL: the same extreme, and NULL only where all are
    filled = [kind.with_sql(f"COALESCE({', '.join(values[i:] + values[:i])})") for i in range(len(values))]
    operator = ">=" if isinstance(node, exp.Greatest) else "<="
    branches = []
    for i, candidate in enumerate(filled[:-1]):
        beats = [compare(translation, candidate, other, operator).sql for other in filled[i + 1 :]]
        branches.append(f"WHEN {' AND '.join(beats)} THEN {candidate.sql}")
    return kind.with_sql(f"(CASE {' '.join(branches)} ELSE {filled[-1].sql} END)")
