"""DuckDB: its SQL is the one that measurements are written in; counts ride along as histograms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from airflow_mlquality.engines.dialects.base import Dialect, Form, Inline, only
from airflow_mlquality.engines.dialects.duckdb_bins import counts_in_bins, histogram
from airflow_mlquality.engines.dialects.duckdb_floats import about_a_centre, counted
from airflow_mlquality.engines.dialects.duckdb_meaning import with_meaning
from airflow_mlquality.engines.dialects.duckdb_quick import quick
from airflow_mlquality.engines.dialects.duckdb_whole import distinct, moment
from airflow_mlquality.engines.dialects.grouping import grouped_rows
from airflow_mlquality.engines.dialects.neighbours import neighbour_pairs
from airflow_mlquality.engines.dialects.samples import sampled_rows
from airflow_mlquality.engines.embedded.types import data_type, logical_type
from airflow_mlquality.measurements import DataType, LogicalType, sql
from airflow_mlquality.measurements.distinct import CELLS, EVEN, RARE, Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.measurements import Column, Schema

_WHOLE_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")


class DuckDB(Dialect):
    """The embedded engine, and a database of that kind.

    Attributes
    ----------
    ranges
        Least and greatest value of some columns of whole numbers: those whose different values are to be counted.
    centres
        A number among the values of some columns: those whose deviation is asked for.
    """

    name: ClassVar[str] = "duckdb"
    title: ClassVar[str] = "DuckDB"
    widest: ClassVar[int] = 4_000
    longest: ClassVar[int] = 16_000_000

    def __init__(self) -> None:
        self.ranges: dict[str, tuple[int, int]] = {}
        self.centres: dict[str, float] = {}

    def form(self, tree: exp.Expr, schema: Schema, relations: Mapping[str, str]) -> Form:
        """Ask inline, in the one statement that reads the rows."""
        if isinstance(tree, sql.CountsInBins):
            value = with_meaning(tree.this, schema)
            return counts_in_bins(sql.CountsInBins(this=value, expressions=tree.expressions), schema)
        if isinstance(tree, sql.GroupedRows | sql.SampledRows | sql.NeighbourPairs):
            return self._listed(tree, schema, relations)
        if isinstance(tree, sql.CountsOfValues):
            return _counts_of_values(tree)
        if isinstance(tree, sql.DistinctValues):
            return _cells_of_values(tree, schema) if tree.args["merges"] else _estimate_of_values(tree)
        if isinstance(tree, exp.Count) and isinstance(tree.this, exp.Distinct) and len(tree.this.expressions) > 1:
            tree = exp.Count(this=exp.Distinct(expressions=[_complete_row(tree.this.expressions)]))
        quick = moment(tree, schema) or distinct(tree, schema, self.ranges) or counted(tree, schema)
        quick = quick or about_a_centre(tree, self.centres)
        return quick or Inline((self.scalar(tree, schema, relations),), only)

    def _listed(self, tree: exp.Expr, schema: Schema, relations: Mapping[str, str]) -> Form:
        if isinstance(tree, sql.GroupedRows):
            return grouped_rows(self, tree, schema, self._typed, self.scalar)
        if isinstance(tree, sql.SampledRows):
            return sampled_rows(tree, relations, lambda each: self.scalar(each, schema))
        return neighbour_pairs(self, tree, lambda each: self.scalar(each, schema))

    def scalar(self, tree: exp.Expr, schema: Schema, relations: Mapping[str, str] | None = None) -> str:
        """Return the tree as it is, but for what means something else there, and with the names that tables have."""
        meant = with_meaning(tree, schema)
        if relations and meant.find(exp.Table) is not None:
            meant = meant.transform(lambda node: _named(node, relations))
        return sql.text(quick(meant))

    def _typed(self, tree: exp.Expr, schema: Schema) -> tuple[str, LogicalType]:
        known = isinstance(tree, exp.Column) and tree.name in schema
        return self.scalar(tree, schema), schema[tree.name].type if known else LogicalType.OTHER

    def quoted(self, name: str) -> str:
        """Return an identifier in double quotes."""
        return sql.text(exp.to_identifier(name, quoted=True))

    def key_shown(self, value: str) -> str:
        """Return the key itself: its least value would be kept, and of text copied, once more per group."""
        is_constant = value[:1] in "'-0123456789"  # by a constant nothing can be ordered
        return f"MIN({value})" if is_constant else value

    def logical_type(self, native: str) -> LogicalType:
        """Return the logical type of a DuckDB type."""
        return logical_type(native)

    def data_type(self, native: str) -> DataType:
        """Return a DuckDB type with its parts."""
        return data_type(native)

    def text_of(self, column: Column) -> str:
        """Return DuckDB's own text of a value."""
        return sql.text(exp.cast(sql.col(column.name), "VARCHAR"))


def _named(node: exp.Expr, relations: Mapping[str, str]) -> exp.Expr:
    is_known = isinstance(node, exp.Table) and node.name in relations
    return exp.Var(this=relations[node.name]) if is_known else node


def _complete_row(columns: Sequence[exp.Expr]) -> exp.Expr:
    """Return the columns as one value, NULL where one of them is."""
    complete = exp.and_(*(sql.is_not_null(column.copy()) for column in columns))
    row = sql.function("row", *(column.copy() for column in columns))
    return exp.case().when(complete, row).else_(exp.null())


def _counts_of_values(tree: exp.Expr) -> Inline:
    """Return a histogram of the places in the list of constants.

    A histogram on given edges is counted in place; one on the values that occur buffers every column of its statement.
    """
    constants = tree.expressions
    if all(isinstance(each, exp.Boolean) for each in constants):
        value = sql.text(tree.this)
        return Inline(tuple(f"COUNT_IF({value} = {sql.text(each)})" for each in constants), _numbers)
    place = _place(tree.this, constants)
    if any(isinstance(each, exp.Null) for each in constants):  # a missing value would be found at their place
        place = exp.case().when(sql.is_not_null(tree.this.copy()), place).else_(exp.null())
    places = range(1, len(constants) + 1)

    def read(found: Sequence[Any]) -> tuple[int, ...]:
        return tuple(int((found[0] or {}).get(number, 0)) for number in places)

    return Inline((histogram(sql.text(place), places),), read)


def _place(value: exp.Expr, constants: Sequence[exp.Expr]) -> exp.Expr:
    """Return the place of a value among constants; a map of texts finds it in half the time of a list."""
    values = exp.Array(expressions=[each.copy() for each in constants])
    texts = [each.name for each in constants if isinstance(each, exp.Literal) and each.is_string]
    if len(set(texts)) < len(constants):
        return sql.function("list_position", values, value.copy())
    places = exp.Array(expressions=[sql.literal(number) for number in range(1, len(constants) + 1)])
    return sql.function("map_extract_value", sql.function("map", values, places), value.copy())


def _numbers(found: Sequence[Any]) -> tuple[int, ...]:
    """Return counts; of no rows they are NULL."""
    return tuple(int(count or 0) for count in found)


ESTIMATE_ERROR = 0.033
"""Relative standard error of DuckDB's HyperLogLog: 1.04 / sqrt(1024)."""


def _estimate_of_values(tree: exp.Expr) -> Inline:
    """Return DuckDB's own estimate: a fifth of the cost of cells that merge, and the cells stay in the engine."""
    text = f"APPROX_COUNT_DISTINCT({sql.text(tree.this)})"
    return Inline((text,), lambda found: Estimate(int(found[0] or 0), ESTIMATE_ERROR))


def _cells_of_values(tree: exp.Expr, schema: Schema) -> Inline:
    """Return the cells that the hashes of the values take, and what tells the hash.

    Numbers of different width hash differently, so that they are widened first. The hash of a few constants tells
    whether another release of DuckDB hashes as this one does.
    """
    native = schema[tree.this.name].native
    wide = "BIGINT" if native in _WHOLE_NUMBERS else "DOUBLE" if native == "FLOAT" else native
    value = sql.text(tree.this.copy() if wide == native else exp.cast(tree.this.copy(), wide))
    hashed = f"hash({value})"
    pairs = f"({hashed} & ({hashed} >> 16))"
    cell = f"({hashed} & (({pairs} & ({pairs} >> 32) & {RARE}) | {EVEN}))::USMALLINT"
    cells = f"bitstring_agg({cell}, 0::USMALLINT, {CELLS - 1}::USMALLINT)::BLOB"

    def read(values: Sequence[Any]) -> tuple[str, bytes | None]:
        return f"duckdb {values[0]:x} {wide}", values[1]

    return Inline(("hash('mlquality', 1::BIGINT, 0.5::DOUBLE, true)", cells), read)
