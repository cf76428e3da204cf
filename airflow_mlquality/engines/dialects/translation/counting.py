"""Aggregates: counts, extremes, means, and the tables that are named in them."""

from __future__ import annotations

from sqlglot import exp

from airflow_mlquality.engines.dialects.translation.logic import picks_finite
from airflow_mlquality.engines.dialects.translation.numbers import as_double
from airflow_mlquality.engines.dialects.translation.terms import Term, integer
from airflow_mlquality.engines.dialects.translation.translation import Translation, translates
from airflow_mlquality.measurements import LogicalType, sql

_KEYS = frozenset({
    *(LogicalType.BOOLEAN, LogicalType.INTEGER, LogicalType.FLOAT, LogicalType.DECIMAL, LogicalType.STRING),
    *(LogicalType.DATE, LogicalType.TIME, LogicalType.TIMESTAMP, LogicalType.TIMESTAMP_TZ, LogicalType.UUID),
    *(LogicalType.BINARY, LogicalType.DURATION),
})  # fmt: skip


@translates(exp.Count, knows="this big_int")
def count(translation: Translation, node: exp.Expr) -> Term:
    """Return how many rows there are, or have a value, or how many different complete values there are."""
    counted, dialect = node.this, translation.dialect
    if isinstance(counted, exp.Star):
        return integer(dialect.count("*"))
    if isinstance(counted, exp.Column):
        return integer(dialect.count(dialect.quoted(counted.name)))
    if not isinstance(counted, exp.Distinct):
        return integer(dialect.count(translation.as_value(translation.term(counted))))
    terms = [translation.term(each) for each in counted.expressions]
    for term in terms:
        if term.type not in _KEYS:
            translation.refuse(f"keys of {term.type.value} values")
    return integer(dialect.distinct([dialect.comparable(_as_value(translation, term)) for term in terms]))


def _as_value(translation: Translation, term: Term) -> Term:
    return Term(translation.as_value(term), term.type, None, term.may_be_nan, term.is_single, is_micros=term.is_micros)


@translates(exp.CountIf, knows="this")
def count_if(translation: Translation, node: exp.Expr) -> Term:
    """Return in how many rows a condition is true."""
    return integer(translation.dialect.count_where(translation.condition(node.this)))


@translates(exp.Min, exp.Max, knows="this")
def extreme(translation: Translation, node: exp.Expr) -> Term:
    """Return the smallest or the largest value."""
    term = translation.term(node.this)
    dialect = translation.dialect
    return term.with_sql(f"{dialect.smallest if isinstance(node, exp.Min) else dialect.largest}({term.sql})")


@translates(exp.Sum, knows="this")
def total(translation: Translation, node: exp.Expr) -> Term:
    """Return the sum of values, as doubles."""
    term = translation.term(node.this)
    if not term.is_number:
        translation.refuse(f"sums of {term.type.value} values")
    return Term(f"SUM({as_double(translation, term)})", LogicalType.FLOAT)


@translates(exp.Avg, knows="this")
def mean(translation: Translation, node: exp.Expr) -> Term:
    """Return the mean of doubles."""
    term = translation.term(node.this)
    if not _may_overflow(translation, node):
        return term.with_sql(f"AVG({term.sql})")
    return term.with_sql(translation.dialect.mean(term.sql, raw_float(translation, node.this) or term.sql))


@translates(exp.StddevSamp, knows="this")
def deviation(translation: Translation, node: exp.Expr) -> Term:
    """Return the sample standard deviation of doubles."""
    term, dialect = translation.term(node.this), translation.dialect
    if not _may_overflow(translation, node):
        return term.with_sql(dialect.plain_deviation(term.sql))
    return term.with_sql(dialect.deviation(term.sql, raw_float(translation, node.this) or term.sql))


def _may_overflow(translation: Translation, node: exp.Expr) -> bool:
    """Return whether a sum of values, or of their squares, may be more than a double holds."""
    return any(translation.schema[each.name].type is LogicalType.FLOAT for each in node.find_all(exp.Column))


def raw_float(translation: Translation, node: exp.Expr) -> str | None:
    """Return a column as a double, NaN and infinities not taken out, where a value is its finite ones."""
    inner = node.this if isinstance(node, exp.Cast) else node
    if not isinstance(inner, exp.Case) or not picks_finite(inner):
        return None
    return as_double(translation, translation.term(inner.args["ifs"][0].args["true"]))


@translates(sql.DistinctValues, knows="this")
def distinct_values(translation: Translation, node: exp.Expr) -> Term:
    """Return how many different values there are, counted."""
    return count(translation, exp.Count(this=exp.Distinct(expressions=[node.this])))
