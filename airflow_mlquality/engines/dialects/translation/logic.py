"""Columns, conditions and choices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from airflow_mlquality.engines.dialects.translation import reading
from airflow_mlquality.engines.dialects.translation.comparisons import POINTS, compare, in_, retyped
from airflow_mlquality.engines.dialects.translation.terms import NUMBERS, Term, number_type, predicate
from airflow_mlquality.engines.dialects.translation.translation import Translation, translates, translates_binary
from airflow_mlquality.measurements import LogicalType

if TYPE_CHECKING:
    from collections.abc import Sequence


@translates(exp.Column, knows="this")
def column(translation: Translation, node: exp.Expr) -> Term:
    """Return a column of the schema."""
    return translation.dialect.column(translation.schema[node.name])


@translates(exp.Paren, knows="this")
def paren(translation: Translation, node: exp.Expr) -> Term:
    """Return what stands in parentheses; whatever needs some has them already."""
    return translation.term(node.this)


# ---- conditions ----


@translates_binary(exp.And)
def and_(translation: Translation, left: Term, right: Term) -> Term:
    """Return a conjunction."""
    return predicate(f"({translation.as_condition(left)} AND {translation.as_condition(right)})")


@translates_binary(exp.Or)
def or_(translation: Translation, left: Term, right: Term) -> Term:
    """Return a disjunction."""
    return predicate(f"({translation.as_condition(left)} OR {translation.as_condition(right)})")


@translates(exp.Not, knows="this")
def not_(translation: Translation, node: exp.Expr) -> Term:
    """Return a negation."""
    return predicate(f"(NOT {translation.condition(node.this)})")


@translates(exp.Is)
def is_(translation: Translation, node: exp.Expr) -> Term:
    """Return a test for NULL, true or false."""
    subject, wanted = node.this, node.expression
    if isinstance(wanted, exp.Null):
        listed = listed_in(subject)
        if listed is not None:
            list_, value = listed
            return not_in_list(translation, translation.term(value), [translation.term(each) for each in list_])
        unread = not_read(translation, subject)
        if unread is not None:
            return unread
        if isinstance(subject, exp.Column):
            return predicate(f"({translation.dialect.quoted(subject.name)} IS NULL)")
        return predicate(f"({translation.as_value(translation.term(subject))} IS NULL)")
    if not isinstance(wanted, exp.Boolean):
        translation.refuse("tests with IS for another value than NULL, true and false")
    negation = "" if wanted.this else "NOT "
    return predicate(f"(CASE WHEN {negation}{translation.condition(subject)} THEN 1 ELSE 0 END = 1)")


def not_read(translation: Translation, node: exp.Expr) -> Term | None:
    """Return whether text is not of a type, where its pattern tells; None of any other node."""
    from airflow_mlquality.engines.dialects.translation.casts import TYPES

    if isinstance(node, exp.Case) and _reads_written(node):
        node = node.args["ifs"][0].args["true"]
    type_ = TYPES.get(node.args["to"].this) if isinstance(node, exp.TryCast) else None
    if type_ not in reading.PATTERNS or not translation.dialect.has_patterns:
        return None
    term = translation.term(node.this)
    if term.type is not LogicalType.STRING or term.constant is not None:
        return None
    return predicate(translation.dialect.is_not_written(translation, term.sql, reading.PATTERNS[type_]))


def _reads_written(node: exp.Expr) -> bool:
    """Return whether a choice is the one by which `measurements.counts.parsed` reads a time of day."""
    first = node.args["ifs"][0]
    test, read = first.this, first.args["true"]
    is_test = isinstance(test, exp.RegexpFullMatch) or (isinstance(test, exp.Anonymous) and len(test.expressions) > 1)
    if not is_test or not isinstance(read, exp.TryCast) or read.args["to"].this is not exp.DType.TIME:
        return False
    pattern = test.expressions[1] if isinstance(test, exp.Anonymous) else test.expression
    return isinstance(pattern, exp.Literal) and pattern.name == reading.TIME


def listed_in(node: exp.Expr) -> tuple[list[exp.Expr], exp.Expr] | None:
    """Return the list and the value of a look-up by `list_position`."""
    if isinstance(node, exp.Anonymous) and str(node.this).lower() == "list_position":
        list_, value = node.expressions
        return list(list_.expressions), value
    return None


def not_in_list(translation: Translation, value: Term, constants: Sequence[Term]) -> Term:
    """Return whether a value is in no place of a list; NULL is in none."""
    return predicate(f"({value.sql} IS NULL OR NOT {in_(translation, value, constants).sql})")


@translates(exp.Case, knows="this ifs default")
def case(translation: Translation, node: exp.Expr) -> Term:
    """Return a choice; one by value is a choice by comparison."""
    whole = _written_whole(translation, node)
    if whole is not None:
        return whole
    if _reads_written(node):
        return translation.term(node.args["ifs"][0].args["true"])
    subject = node.args.get("this")
    by, conditions = _conditions(translation, subject, [branch.this for branch in node.args["ifs"]])
    results = [translation.term(branch.args["true"]) for branch in node.args["ifs"]]
    default = node.args.get("default")
    results.append(translation.term(default) if default is not None else Term("NULL", LogicalType.NULL))
    kind, values = united(translation, results)
    branches = " ".join(f"WHEN {when} THEN {then}" for when, then in zip(conditions, values, strict=False))
    if picks_finite(node):
        kind = Term("", kind.type, is_single=kind.is_single)
    return kind.with_sql(f"(CASE{by} {branches} ELSE {values[-1]} END)")


def _conditions(translation: Translation, subject: exp.Expr | None, tests: Sequence[exp.Expr]) -> tuple[str, list[str]]:
    """Return by what a choice is made, and what stands before each result; whole numbers are compared as they are."""
    if subject is None:
        return "", [translation.condition(test) for test in tests]
    chosen, terms = translation.term(subject), [translation.term(test) for test in tests]
    if all(term.type is LogicalType.INTEGER for term in (chosen, *terms)):
        return f" {chosen.sql}", [term.sql for term in terms]
    return "", [compare(translation, chosen, term, "=").sql for term in terms]


def _written_whole(translation: Translation, node: exp.Expr) -> Term | None:
    """Return the choice by which `measurements.counts.parsed` reads a whole number, which needs one test only."""
    first = node.args["ifs"][0]
    test, read = first.this, first.args["true"]
    if not isinstance(read, exp.TryCast) or read.args["to"].this is not exp.DType.BIGINT or len(node.args["ifs"]) > 1:
        return None
    arguments = test.expressions if isinstance(test, exp.Anonymous) else [test.this, test.args.get("expression")]
    is_pattern = len(arguments) > 1 and isinstance(arguments[1], exp.Literal) and arguments[1].name == reading.WHOLE
    if not is_pattern or arguments[0] != read.this or not isinstance(node.args.get("default"), exp.Null):
        return None
    sql = translation.dialect.written_whole(translation, translation.term(read.this).sql, -(2**63), 2**63 - 1)
    return Term(sql, LogicalType.INTEGER)


def picks_finite(node: exp.Expr) -> bool:
    """Return whether a choice is `measurements.sql.finite`: its value is never NaN."""
    first = node.args["ifs"][0]
    test = first.this
    if node.args.get("this") is not None:
        return False
    return (
        len(node.args["ifs"]) == 1
        and isinstance(test, exp.Anonymous)
        and str(test.this).lower() == "isfinite"
        and test.expressions[0] == first.args["true"]
        and isinstance(node.args.get("default"), exp.Null)
    )


@translates(exp.Coalesce, knows="this expressions")
def coalesce(translation: Translation, node: exp.Expr) -> Term:
    """Return the first value that is there."""
    kind, values = united(translation, [translation.term(each) for each in [node.this, *node.expressions]])
    return kind.with_sql(f"COALESCE({', '.join(values)})" if len(values) > 1 else values[0])


@translates_binary(exp.Nullif)
def nullif(translation: Translation, left: Term, right: Term) -> Term:
    """Return the first value, NULL where it equals the second."""
    equal = compare(translation, left, right, "=").sql
    return (replace_predicate(left)).with_sql(f"(CASE WHEN {equal} THEN NULL ELSE {translation.as_value(left)} END)")


def replace_predicate(term: Term) -> Term:
    """Return a term of the same kind that is a value."""
    return Term(term.sql, term.type, None, term.may_be_nan, term.is_single, is_micros=term.is_micros)


def united(translation: Translation, terms: Sequence[Term]) -> tuple[Term, list[str]]:
    """Return what kind of value some values are together, and their SQL as values of that kind."""
    there = [term for term in terms if term.type is not LogicalType.NULL]
    if not there:
        return Term("", LogicalType.NULL), [term.sql for term in terms]
    types = {term.type for term in there}
    if types <= set(NUMBERS):
        nan, single = any(term.may_be_nan for term in there), all(term.is_single for term in there)
        kind = Term("", number_type(*there), may_be_nan=nan, is_single=single)
        return kind, [term.sql for term in terms]
    if types <= set(POINTS) and (len(types) > 1 or any(term.is_micros for term in there)):
        micros = [translation.dialect.micros(term) if term in there else term.sql for term in terms]
        return Term("", LogicalType.TIMESTAMP, is_micros=True), micros
    if len(types) > 1:
        constants = {term.type for term in there if not isinstance(term.constant, str)}
        if len(constants) != 1:
            translation.refuse("choices between values of several types")
        wanted = constants.pop()
        return united(translation, [retyped(translation, term, wanted) for term in terms])
    is_micros = any(term.is_micros for term in there)
    return Term("", types.pop(), is_micros=is_micros), [translation.as_value(term) for term in terms]
