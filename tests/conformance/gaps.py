"""What an engine's types cannot hold and its SQL cannot say: the whole list, which the tests hold to be exact."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Gaps:
    """What an engine cannot hold or say.

    Parameters
    ----------
    columns
        Of a hard table, that the engine has no type for, and why.
    types
        Logical types that columns have there instead of their own.
    values
        Kinds of values that are others there, such as NULL instead of NaN.
    rules
        Conditions that the engine refuses by name, and why.
    measurements
        What it refuses of them, by kind and parameter.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    measurements: Mapping[str, str] = field(default_factory=dict)

    def known(self, rows: pa.Table) -> pa.Table:
        """Return rows as the engine takes them that holds them."""
        if "decimals" in self.values:
            return _changed(rows, pa.types.is_decimal, _doubles)
        return rows

    def held(self, rows: pa.Table) -> pa.Table:
        """Return rows as they are written."""
        kept = rows.drop_columns([each for each in rows.column_names if each in self.columns])
        if "non_finite" in self.values:
            kept = _changed(kept, pa.types.is_floating, _finite)
        if "nan" in self.values:
            kept = _changed(kept, pa.types.is_floating, _numbers)
        if "nanoseconds" in self.values:
            kept = _changed(kept, lambda arrow: pa.types.is_timestamp(arrow) and arrow.unit != "us", _microseconds)
        return kept


def _changed(rows: pa.Table, chosen: Callable[[Any], bool], change: Callable[[Any], Any]) -> pa.Table:
    for at, each in enumerate(rows.schema):
        if chosen(each.type):
            rows = rows.set_column(at, each.name, change(rows.column(at)))
    return rows


def _finite(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))


def _numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)


def _doubles(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the doubles next to decimals; those of Arrow's cast are sometimes beside them."""
    doubles = [None if each is None else float(each) for each in column.to_pylist()]
    return pa.chunked_array([pa.array(doubles, pa.float64())])


def _microseconds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    to = pa.timestamp("us", column.type.tz)
    if column.type.unit != "ns":
        return column.cast(to)
    ticks = [None if each is None else each // 1000 for each in column.cast(pa.int64()).to_pylist()]
    return pa.chunked_array([pa.array(ticks, pa.int64()).cast(to)])


_CASE = {"cases": "names that differ in case only are one: they cannot be written, or get a number"}
_MICROSECONDS = {"nanoseconds": "times have microseconds and are cut down to them"}
_NO_ARROW = dict.fromkeys(("duration", "nothing"), "Parquet has no such type")
_NO_PARTS = dict.fromkeys(("list", "struct", "map"), "no such type")
_REFUSED = {
    "contains(s, u)": "what is looked for is not constant",
    "suffix(s, u)": "what is looked for is not constant",
    "s like u": "the pattern is not constant",
    "datepart('week', born) = 1": "no weeks of the year",
    "cast(x as float) = 0.25": "no floats of 32 bits",
    "cast(at as time) > time '12:00:00'": "no hour of a timestamp as a time",
    "born + interval 1 month = date '2024-02-29'": "no times shifted by months",
}

GAPS: dict[str, Gaps] = {
    "memory": Gaps(values=_CASE),
    "files": Gaps(columns=_NO_ARROW, values=_CASE),
    "duckdb": Gaps(values=_CASE),
    "postgres": Gaps(
        columns={
            "struct": "a composite type is one of the database's own making",
            "map": "no such type",
            "nothing": "a column has a type",
        },
        types={"unsigned": "decimal"},
        values=_MICROSECONDS,
        rules=_REFUSED,
    ),
    "mariadb": Gaps(
        columns={
            "zoned": "TIMESTAMP holds the years 1970 to 2038 only",
            **_NO_PARTS,
            "duration": "no such type",
            "nothing": "a column has a type",
            "\U0001f600": "names have characters of the basic plane",
        },
        values=_MICROSECONDS | _CASE | {"non_finite": "doubles are finite: NULL is written instead"},
        rules=_REFUSED,
    ),
    "spark": Gaps(
        columns={"uuid": "no such type", "clock": "no such type, unless its preview is turned on", **_NO_ARROW},
        types={"unsigned": "decimal"},
        values=_MICROSECONDS | _CASE,
        rules=_REFUSED,
    ),
    "sqlite": Gaps(
        columns={
            **_NO_PARTS,
            "unsigned": "integers have a sign",
            "duration": "no such type",
            "nothing": "a column has a type",
        },
        types=dict.fromkeys(("decimal", "money", "whole"), "decimal"),
        values=_MICROSECONDS
        | _CASE
        | {
            "nan": "NULL is what it makes of NaN",
            "decimals": "decimals are doubles",
            "dynamic": "a column is of the type of what it holds; its text is not held against another type",
        },
        rules=_REFUSED,
    ),
}
