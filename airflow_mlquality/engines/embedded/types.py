"""DuckDB's types in the portable vocabulary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from airflow_mlquality.measurements import DataType, LogicalType
from airflow_mlquality.measurements.types import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXACT = {
    "BOOLEAN": LogicalType.BOOLEAN,
    "FLOAT": LogicalType.FLOAT,
    "DOUBLE": LogicalType.FLOAT,
    "VARCHAR": LogicalType.STRING,
    "DATE": LogicalType.DATE,
    "TIME": LogicalType.TIME,
    "TIME_NS": LogicalType.TIME,
    "TIME WITH TIME ZONE": LogicalType.TIME,
    "TIMESTAMP": LogicalType.TIMESTAMP,
    "TIMESTAMP_S": LogicalType.TIMESTAMP,
    "TIMESTAMP_MS": LogicalType.TIMESTAMP,
    "TIMESTAMP_NS": LogicalType.TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": LogicalType.TIMESTAMP_TZ,
    "INTERVAL": LogicalType.DURATION,
    "BLOB": LogicalType.BINARY,
    "BIT": LogicalType.BINARY,
    "UUID": LogicalType.UUID,
    "JSON": LogicalType.JSON,
    '"NULL"': LogicalType.NULL,
}
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "BIGNUM")


def logical_type(native: str) -> LogicalType:
    """Return the logical type of a DuckDB type.

    >>> logical_type("UBIGINT").value, logical_type("DECIMAL(18,2)").value, logical_type("STRUCT(a INTEGER)[]").value
    ('integer', 'decimal', 'list')
    """
    if native in _EXACT:
        return _EXACT[native]
    if native.removeprefix("U") in _INTEGERS:
        return LogicalType.INTEGER
    if native.endswith("]"):
        return LogicalType.LIST
    for prefix, type_ in (
        ("DECIMAL", LogicalType.DECIMAL),
        ("STRUCT", LogicalType.STRUCT),
        ("MAP", LogicalType.MAP),
        ("ENUM", LogicalType.STRING),
    ):
        if native.startswith(prefix):
            return type_
    return LogicalType.OTHER


# ---- nested types ----

_NAME = re.compile(r""""((?:[^"]|"")*)" |([^" ]+) """)


def data_type(native: str, depth: int = 0) -> DataType:
    """Return a DuckDB type with its parts.

    >>> print(data_type('STRUCT(a INTEGER, "b, c" VARCHAR[])[]'), data_type("MAP(VARCHAR, FLOAT[3])"))
    list<struct<a:integer, "b, c":list<string>>> map<string, list<float, 3>>
    """
    logical = logical_type(native)
    if depth == DEEPEST:
        return DataType(logical.value)
    if logical is LogicalType.LIST:
        inside, _, length = native[:-1].rpartition("[")
        return DataType.list_of(data_type(inside, depth + 1), int(length) if length else None)
    if logical is LogicalType.MAP:
        both = [data_type(part, depth + 1) for part in _parts(native)]
        return DataType.map_of(*both) if len(both) == 2 else DataType(logical.value)  # noqa: PLR2004  key and value
    if logical is LogicalType.STRUCT:
        named = [(_NAME.match(part), part) for part in _parts(native)]
        fields = [(_name(found), data_type(part[found.end() :], depth + 1)) for found, part in named if found]
        return DataType.struct_of(fields) if len(fields) == len(named) else DataType(logical.value)
    return DataType(logical.value)


def _name(found: re.Match[str]) -> str:
    return found[2] or found[1].replace('""', '"')


_SIGN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[()\[\],]""")


def _parts(native: str) -> Iterator[str]:
    """Yield what stands between the brackets of a type, cut at the commas that are in no other brackets."""
    inside = native.partition("(")[2][:-1]
    start = depth = 0
    for sign in _SIGN.finditer(inside):
        if sign[0] == "," and depth == 0:
            yield inside[start : sign.start()].strip()
            start = sign.end()
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign[0], 0)
    if inside.strip():
        yield inside[start:].strip()
