"""The pieces of SQL that measurements and checks are made of, as sqlglot trees.

Identifiers are always quoted, literals always rendered by sqlglot. Conditions that travel (from a check to its
measurement, into a profile) are text in the `DIALECT` below; `condition` parses them back.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, ClassVar

from sqlglot import exp, parse_one

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from airflow_mlquality.measurements.schema import Column

DIALECT = "duckdb"

IBAN_FITS = "mlq_iban_fits"
"""A call that tells whether the check digits of a text of the form of an IBAN fit; engines have it in several ways."""
DIGITS = "mlq_digits"
"""A call that reads a text of digits alone as a whole number of 64 bits; that it is one has been seen before."""
CARD_FITS = "mlq_card_fits"
"""A call that tells whether the check digit of a payment card's number fits."""
CARD_DIGITS = 19
"""The most that a payment card's number has."""


def col(name: str) -> exp.Column:
    """Return a quoted column reference."""
    return exp.column(name, quoted=True)


def literal(value: object) -> exp.Expr:
    """Return a constant; strings are quoted, None is NULL."""
    return exp.convert(value)


def text(tree: exp.Expr) -> str:
    """Return the tree as text that `condition` reads back.

    It is not copied before, which takes five times as long as to write it: writing leaves it as it is, as a test holds.
    """
    return tree.sql(dialect=DIALECT, copy=False)


@cache
def _parsed(sql: str) -> exp.Expr:
    return parse_one(sql, dialect=DIALECT)


def condition(sql: str) -> exp.Expr:
    """Return the tree of a condition that `text` wrote."""
    return _parsed(sql).copy()


@cache
def columns_of(sql: str) -> tuple[str, ...]:
    """Return the names of the columns that a condition reads, sorted."""
    return tuple(sorted({column.name for column in _parsed(sql).find_all(exp.Column)}))


def count_where(predicate: exp.Expr) -> exp.Expr:
    """Return the number of rows for which the predicate is true, NULL counting as false."""
    return exp.CountIf(this=predicate)


def function(name: str, *arguments: exp.Expr) -> exp.Expr:
    """Return a call of a function that sqlglot has no class for."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def is_nan(column: exp.Expr) -> exp.Expr:
    """Return whether a float is NaN. Never a comparison: footers of Arrow-written Parquet leave NaN out."""
    return exp.IsNan(this=column)


def is_plus_infinity(column: exp.Expr) -> exp.Expr:
    """Return whether a float is positive infinity."""
    return exp.EQ(this=column, expression=exp.cast(literal("Infinity"), "DOUBLE"))


def is_null(column: exp.Expr) -> exp.Expr:
    """Return ``column IS NULL``."""
    return exp.Is(this=column, expression=exp.null())


def is_not_null(column: exp.Expr) -> exp.Expr:
    """Return ``NOT column IS NULL``."""
    return exp.not_(is_null(column))


def finite(column: Column) -> exp.Expr:
    """Return the column with NaN and infinities turned into NULL, as a number."""
    reference = col(column.name)
    if column.type == "float":
        return exp.case().when(function("isfinite", reference), reference).else_(exp.null())
    return reference


class CountsInBins(exp.Expression, exp.Func):
    """How many rows lie in each of the bins below some edges: an aggregate that gives one number per edge.

    A bin is ``(the edge before, its edge]``; the first is open below. What lies above the last edge, and what is NULL,
    is in none. An engine has a form of its own for it, see `airflow_mlquality.engines.dialects`.
    """

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "expressions": True}


class CountsOfValues(exp.Expression, exp.Func):
    """How many rows hold each of some constants: an aggregate that gives one number per constant."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "expressions": True}


class DistinctValues(exp.Expression, exp.Func):
    """How many different values there are, NULL not counted, NaN once: an aggregate.

    It gives the number; or a pair: what tells the hash, and the bitmap of the cells of `measurements.distinct` that the
    hashes of the values take, NULL's too. Where it need not merge, an engine may give an `Estimate` of that module.
    """

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "merges": True}


class GroupingStep(exp.Expression):
    """Rows put into groups by `keys`, with the aggregates `values`, of rows for which `where` is true."""

    arg_types: ClassVar[dict[str, bool]] = {"keys": True, "values": True, "where": False}


class GroupedRows(exp.Expression, exp.Func):
    """The groups that the last of some `GroupingStep` gives, at most `limit` and one; a list of rows.

    The first step reads the stage. A further one reads the columns ``k0 …`` and ``v0 …`` of the step before it.
    """

    arg_types: ClassVar[dict[str, bool]] = {"expressions": True, "limit": True}


class NeighbourPairs(exp.Expression, exp.Func):
    """Pairs of rows that follow each other in the order of `by`, within each `per`: all, falling and equal ones.

    A list of one row of three numbers.
    """

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "by": True, "per": False}


class SampledRows(exp.Expression, exp.Func):
    """Some values of up to `limit` rows, the same ones again: of the stage, or of the table that `relation` names."""

    arg_types: ClassVar[dict[str, bool]] = {"expressions": True, "limit": True, "relation": False}


def counts_in_bins(value: exp.Expr, edges: Iterable[float]) -> exp.Expr:
    """Return the counts of a number in the bins below increasing finite edges."""
    return CountsInBins(this=value, expressions=[double(edge) for edge in edges])


def counts_of_values(value: exp.Expr, values: Iterable[object]) -> exp.Expr:
    """Return the counts of the rows that hold each of some constants."""
    return CountsOfValues(this=value, expressions=[literal(each) for each in values])


def double(value: float) -> exp.Expr:
    """Return a number as the literal that gives the same double again."""
    number = exp.Literal.number(repr(abs(value)))
    return exp.Neg(this=number) if value < 0 else number


def decimal(value: Decimal) -> exp.Expr:
    """Return a number with all its digits; the sign that `literal` takes off would round it to 28 of them."""
    number = exp.Literal.number(format(value.copy_abs(), "f"))
    return exp.Neg(this=number) if value < 0 else number


def any_of(predicates: Iterable[exp.Expr]) -> exp.Expr:
    """Return the disjunction of the predicates; false when there is none."""
    return exp.or_(*predicates) if (predicates := list(predicates)) else exp.false()
