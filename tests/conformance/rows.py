"""Rows of Arrow as plain values, so that no library's clock or number stands between them and the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from airflow_mlquality.measurements import LogicalType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCALARS = frozenset(LogicalType) - {
    *(LogicalType.LIST, LogicalType.STRUCT, LogicalType.MAP, LogicalType.JSON, LogicalType.BINARY, LogicalType.NULL),
    *(LogicalType.DURATION, LogicalType.OTHER),
}
"""Types whose values can be keys."""

US_OF_DAY = 86_400_000_000


@dataclass(frozen=True)
class Rows:
    """The rows of an Arrow table as plain values, with those of the tables that they point to.

    Parameters
    ----------
    rows
        Arrow.
    related
        By name.
    predicates
        What the conditions of `RowsWhere` mean, by their text: a function of a row that gives True, False or None.
    has_nan
        Whether there is such a number where the rows lie.
    has_infinity
        Whether there are infinite numbers.
    is_dynamic
        Whether a column is of the type of what it holds, so that all of it is.
    """

    rows: pa.Table
    related: Mapping[str, pa.Table]
    predicates: Mapping[str, Callable[[Mapping[str, Any]], bool | None]]
    has_nan: bool = True
    has_infinity: bool = True
    is_dynamic: bool = False

    def __hash__(self) -> int:
        return id(self)

    @cached_property
    def types(self) -> dict[str, LogicalType]:
        """The logical type of each column."""
        return {field.name: logical_type(field.type) for field in self.rows.schema}

    @cached_property
    def _columns(self) -> dict[str, list[Any]]:
        return {name: plain(self.rows.column(at)) for at, name in enumerate(self.rows.column_names)}

    def values(self, column: str) -> list[Any]:
        """Return the values of a column, None for NULL."""
        return self._columns[column]

    def identities(self, column: str) -> list[Any]:
        """Return by what values are told apart; times are as fine as they are held."""
        arrow = self.rows.column(column)
        values = arrow.cast(pa.int64()).to_pylist() if pa.types.is_timestamp(arrow.type) else self.values(column)
        return [identity(value) for value in values]

    def present(self, column: str) -> list[Any]:
        """Return the values that are not NULL."""
        return [value for value in self.values(column) if value is not None]

    def finite(self, column: str) -> list[Any]:
        """Return the values that are neither NULL nor NaN nor infinite."""
        return [value for value in self.present(column) if not isinstance(value, float) or math.isfinite(value)]

    @cached_property
    def as_dicts(self) -> list[dict[str, Any]]:
        """The rows, by column, with times as times."""
        return list(self.rows.to_pylist())


def logical_type(arrow: pa.DataType) -> LogicalType:
    """Return the logical type of a type of Arrow."""
    for is_it, type_ in _LOGICAL:
        if is_it(arrow):
            return LogicalType.TIMESTAMP_TZ if pa.types.is_timestamp(arrow) and arrow.tz else type_
    return LogicalType.OTHER


_LOGICAL: tuple[tuple[Callable[[Any], bool], LogicalType], ...] = (
    (lambda arrow: isinstance(arrow, pa.UuidType), LogicalType.UUID),
    (pa.types.is_boolean, LogicalType.BOOLEAN),
    (pa.types.is_integer, LogicalType.INTEGER),
    (pa.types.is_floating, LogicalType.FLOAT),
    (pa.types.is_decimal, LogicalType.DECIMAL),
    (pa.types.is_string, LogicalType.STRING),
    (pa.types.is_date, LogicalType.DATE),
    (pa.types.is_time, LogicalType.TIME),
    (pa.types.is_timestamp, LogicalType.TIMESTAMP),
    (pa.types.is_binary, LogicalType.BINARY),
    (pa.types.is_list, LogicalType.LIST),
    (pa.types.is_struct, LogicalType.STRUCT),
    (pa.types.is_map, LogicalType.MAP),
    (pa.types.is_duration, LogicalType.DURATION),
    (pa.types.is_null, LogicalType.NULL),
)

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def plain(column: pa.ChunkedArray) -> list[Any]:
    """Return values of Arrow as plain ones: times as whole microseconds, finer ones cut down; UUIDs as text."""
    arrow = column.type
    if pa.types.is_duration(arrow):
        return list(column.cast(pa.int64()).to_pylist())
    if pa.types.is_timestamp(arrow) or pa.types.is_time64(arrow):
        ticks = column.cast(pa.int64()).to_pylist()
        per = _PER_SECOND[arrow.unit]
        return [None if each is None else each * 10**6 // per for each in ticks]
    if pa.types.is_date(arrow):
        return [None if each is None else each * US_OF_DAY for each in column.cast(pa.int32()).to_pylist()]
    if isinstance(arrow, pa.UuidType):
        return [None if each is None else str(each) for each in column.to_pylist()]
    return list(column.to_pylist())


def identity(value: Any) -> Any:
    """Return what makes a value the same as another: NaN is NaN, -0.0 is 0.0, and texts are their code points."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else value + 0.0
    return value
