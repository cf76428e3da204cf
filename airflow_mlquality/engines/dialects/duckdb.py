"""DuckDB: its SQL is the one that measurements are written in; counts ride along as histograms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from airflow_mlquality.engines.dialects.base import Dialect, Form, Inline, only
from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.measurements import Schema

_WHOLE_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_LARGEST_EXACT = 2**53


class DuckDB(Dialect):
    """The embedded engine, and a database of that kind."""

    name: ClassVar[str] = "duckdb"
    title: ClassVar[str] = "DuckDB"
    widest: ClassVar[int] = 4_000
    longest: ClassVar[int] = 16_000_000

    def form(self, tree: exp.Expr, schema: Schema, relations: Mapping[str, str]) -> Form:
        """Ask inline, in the one statement that reads the rows."""
        if isinstance(tree, sql.CountsInBins):
            return _counts_in_bins(tree, schema)
        if isinstance(tree, sql.CountsOfValues):
            return _counts_of_values(tree)
        if isinstance(tree, exp.Count) and isinstance(tree.this, exp.Distinct) and len(tree.this.expressions) > 1:
            tree = exp.Count(this=exp.Distinct(expressions=[_complete_row(tree.this.expressions)]))
        return Inline((self.scalar(tree, schema, relations),), only)

    def scalar(self, tree: exp.Expr, schema: Schema, relations: Mapping[str, str] | None = None) -> str:  # noqa: ARG002  views have the names of the tables
        """Return the tree as it is."""
        return tree.sql(dialect=sql.DIALECT)

    def quoted(self, name: str) -> str:
        """Return an identifier in double quotes."""
        return exp.to_identifier(name, quoted=True).sql(dialect=sql.DIALECT)


def _complete_row(columns: Sequence[exp.Expr]) -> exp.Expr:
    """Return the columns as one value, NULL where one of them is."""
    complete = exp.and_(*(sql.is_not_null(column.copy()) for column in columns))
    row = sql.function("row", *(column.copy() for column in columns))
    return exp.case().when(complete, row).else_(exp.null())


def _counts_in_bins(tree: exp.Expr, schema: Schema) -> Inline:
    """Return a histogram on given edges, on whole numbers where both can be: that is twice as quick, and exact."""
    edges = tuple(float(edge.sql()) for edge in tree.expressions)
    value, type_ = tree.this, "DOUBLE"
    floors = tuple(math.floor(edge) for edge in edges)
    column = value.this if isinstance(value, exp.Cast) else value
    if (
        isinstance(column, exp.Column)
        and schema[column.name].native in _WHOLE_NUMBERS
        and all(abs(edge) < _LARGEST_EXACT for edge in floors)
    ):
        value, type_, edges = exp.cast(column.copy(), "BIGINT"), "BIGINT", floors
    array = exp.Array(expressions=[sql.double(edge) for edge in sorted(set(edges))])
    histogram = sql.function("histogram", value.copy(), exp.cast(array, f"{type_}[]"))

    def read(values: Sequence[Any]) -> tuple[int, ...]:
        """Return the counts per edge; where several round down to one whole number, the first has the rows."""
        found = dict(values[0] or {})
        return tuple(int(found.pop(edge, 0)) for edge in edges)

    return Inline((histogram.sql(dialect=sql.DIALECT),), read)


def _counts_of_values(tree: exp.Expr) -> Inline:
    """Return a histogram of the places in the list of constants.

    A histogram on given edges is counted in place; one on the values that occur buffers every column of its statement.
    """
    places = len(tree.expressions)
    values = exp.Array(expressions=[each.copy() for each in tree.expressions])
    place = sql.function("list_position", values, tree.this.copy())
    if any(isinstance(each, exp.Null) for each in tree.expressions):  # a missing value would be found at their place
        place = exp.case().when(sql.is_not_null(tree.this.copy()), place).else_(exp.null())
    edges = exp.cast(exp.Array(expressions=[sql.literal(number) for number in range(1, places + 1)]), "INTEGER[]")
    histogram = sql.function("histogram", place, edges)

    def read(found: Sequence[Any]) -> tuple[int, ...]:
        return tuple(int((found[0] or {}).get(number, 0)) for number in range(1, places + 1))

    return Inline((histogram.sql(dialect=sql.DIALECT),), read)
