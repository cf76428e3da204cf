"""The pieces of SQL that measurements and checks are made of, as sqlglot trees.

Identifiers are always quoted, literals always rendered by sqlglot. Conditions that travel (from a check to its
measurement, into a profile) are text in the `DIALECT` below; `condition` parses them back.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlglot import exp, parse_one

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from airflow_mlquality.measurements.schema import Column

DIALECT = "duckdb"


def col(name: str) -> exp.Column:
    """Return a quoted column reference."""
    return exp.column(name, quoted=True)


def literal(value: object) -> exp.Expr:
    """Return a constant; strings are quoted, None is NULL."""
    return exp.convert(value)


def text(tree: exp.Expr) -> str:
    """Return the tree as text that `condition` reads back."""
    return tree.sql(dialect=DIALECT)


@cache
def _parsed(sql: str) -> exp.Expr:
    return parse_one(sql, dialect=DIALECT)


def condition(sql: str) -> exp.Expr:
    """Return the tree of a condition that `text` wrote."""
    return _parsed(sql).copy()


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


def place_in(values: Iterable[object], column: exp.Expr) -> exp.Expr:
    """Return the place of a column's value in a list of constants, the first being 1, NULL where it is not in it."""
    return function("list_position", exp.Array(expressions=[literal(value) for value in values]), column)


def counts_by_place(places: int, place: exp.Expr) -> exp.Expr:
    """Return a map from each of so many places to the number of rows that hold it.

    A histogram on given edges is counted in place; one on the values that occur buffers every column of its statement.
    """
    edges = exp.cast(exp.Array(expressions=[literal(number) for number in range(1, places + 1)]), "INTEGER[]")
    return function("histogram", place, edges)


def counts_of(histogram: Mapping[object, int] | None, places: int) -> tuple[int, ...]:
    """Return the counts of `counts_by_place` in the order of the places."""
    return tuple(int((histogram or {}).get(number, 0)) for number in range(1, places + 1))


def any_of(predicates: Iterable[exp.Expr]) -> exp.Expr:
    """Return the disjunction of the predicates; false when there is none."""
    return exp.or_(*predicates) if (predicates := list(predicates)) else exp.false()
