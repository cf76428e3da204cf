"""Rows that another source holds too, by several columns together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from sqlglot import exp

from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.counts import RELATED_PREFIX, CountOfRows
from airflow_mlquality.measurements.types import LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.measurements.schema import Column, Schema


@dataclass(frozen=True)
class SharedRows(CountOfRows):
    """How many rows hold values that stand together in a row of another source.

    Two NULL are equal, and so are two NaN; a row without any value is not counted.

    Parameters
    ----------
    by
        Columns that are compared, of the same names in both sources; their values have no parts.
    to
        Name of the other source.
    """

    by: tuple[str, ...]
    to: str
    kind: ClassVar[str] = "shared_rows"

    def columns(self) -> tuple[str, ...]:
        return self.by

    def condition(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row that the other source holds too."""
        row = sql.function("row", *(part for name in self.by for part in _null_safe(schema[name])))
        there = exp.select(row.copy()).from_(exp.table_(RELATED_PREFIX + self.to, quoted=True))
        return exp.and_(exp.paren(given(self.by)), row.isin(query=there, copy=False))

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        return {"n": sql.count_where(self.condition(schema))}


def given(names: tuple[str, ...]) -> exp.Expr:
    """Return the predicate of a row with a value in any of some columns."""
    return sql.any_of(sql.is_not_null(sql.col(name)) for name in names)


def _null_safe(column: Column) -> tuple[exp.Expr, exp.Expr]:
    """Return whether a value is there, and the value or what stands for none: two NULL are equal."""
    value: exp.Expr = sql.col(column.name)
    name = sql.text(value)
    is_there = sql.condition(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END")
    if column.type is LogicalType.BOOLEAN:
        return is_there, sql.condition(f"CASE WHEN {name} THEN 1 ELSE 0 END")
    if column.type.is_time or column.type is LogicalType.TIME:
        return is_there, sql.condition(f"COALESCE(epoch_us({name}), 0)")
    if column.type.is_number:
        return is_there, exp.Coalesce(this=value, expressions=[exp.Literal.number(0)])
    text = value if column.type is LogicalType.STRING else exp.cast(value, "VARCHAR")
    return is_there, exp.Coalesce(this=text, expressions=[sql.literal("")])
