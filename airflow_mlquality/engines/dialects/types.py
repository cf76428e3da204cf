"""Types of an engine in the portable vocabulary."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import SqlglotError

from airflow_mlquality.measurements import DataType, LogicalType
from airflow_mlquality.measurements.types import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_D = exp.DType
_KINDS = {
    LogicalType.BOOLEAN: {_D.BOOLEAN},
    LogicalType.INTEGER: {*exp.DataType.INTEGER_TYPES, _D.MEDIUMINT, _D.UMEDIUMINT, _D.SERIAL, _D.BIGSERIAL,
                          _D.SMALLSERIAL, _D.YEAR},
    LogicalType.FLOAT: {_D.FLOAT, _D.DOUBLE},
    LogicalType.DECIMAL: {_D.DECIMAL, _D.DECIMAL32, _D.DECIMAL64, _D.DECIMAL128, _D.DECIMAL256, _D.BIGDECIMAL,
                          _D.UDECIMAL, _D.MONEY, _D.SMALLMONEY},
    LogicalType.STRING: {*exp.DataType.TEXT_TYPES, _D.ENUM, _D.ENUM8, _D.ENUM16, _D.LOWCARDINALITY, _D.FIXEDSTRING,
                         _D.LONGTEXT, _D.MEDIUMTEXT, _D.TINYTEXT},
    LogicalType.DATE: {_D.DATE, _D.DATE32},
    LogicalType.TIME: {_D.TIME},
    LogicalType.TIMESTAMP: {_D.TIMESTAMP, _D.TIMESTAMPNTZ, _D.DATETIME, _D.DATETIME2, _D.DATETIME64,
                            _D.SMALLDATETIME, _D.TIMESTAMP_S, _D.TIMESTAMP_MS, _D.TIMESTAMP_NS},
    LogicalType.TIMESTAMP_TZ: {_D.TIMESTAMPTZ, _D.TIMESTAMPLTZ},
    LogicalType.DURATION: {_D.INTERVAL},
    LogicalType.BINARY: {_D.BINARY, _D.VARBINARY, _D.BLOB, _D.LONGBLOB, _D.MEDIUMBLOB, _D.TINYBLOB, _D.IMAGE,
                         _D.BIT},
    LogicalType.UUID: {_D.UUID},
    LogicalType.LIST: {_D.ARRAY, _D.LIST},
    LogicalType.STRUCT: {_D.STRUCT, _D.OBJECT, _D.NESTED},
    LogicalType.MAP: {_D.MAP},
    LogicalType.JSON: {_D.JSON, _D.JSONB, _D.VARIANT, _D.SUPER},
    LogicalType.NULL: {_D.NULL},
}  # fmt: skip
_LOGICAL = {kind: logical for logical, kinds in _KINDS.items() for kind in kinds}


@lru_cache(maxsize=4096)
def _parsed(native: str, dialect: str) -> exp.DataType | None:
    try:
        return exp.DataType.build(native, dialect=dialect)
    except (SqlglotError, ValueError, RecursionError):
        return None


def bare(native: str) -> str:
    """Return the name of a type without its sizes.

    >>> bare("Float(7, 3) unsigned")
    'float'
    """
    return " ".join(re.sub(r"\([^)]*\)| unsigned| zerofill", " ", native.lower()).split())


def logical_type(native: str, dialect: str, special: Mapping[str, LogicalType]) -> LogicalType:
    """Return the logical type of a type of an engine.

    Parameters
    ----------
    special
        Types whose name, without what stands in parentheses or with it, says it alone.

    Examples
    --------
    >>> logical_type("numeric(12,2)", "postgres", {}).value, logical_type("tsvector", "postgres", {}).value
    ('decimal', 'other')
    """
    for name in (" ".join(native.lower().split()), bare(native)):
        if name in special:
            return special[name]
    parsed = _parsed(native, dialect)
    return LogicalType.OTHER if parsed is None else _LOGICAL.get(parsed.this, LogicalType.OTHER)


def nested_type(native: str, dialect: str, logical: Callable[[str], LogicalType], depth: int = 0) -> DataType:
    """Return a type of an engine with its parts, as far as its name tells them.

    Parameters
    ----------
    logical
        Returns the logical type of a type of the engine.

    Examples
    --------
    >>> def logical(native):
    ...     return logical_type(native, "spark", {})
    >>> print(nested_type("map<string,array<struct<a:int>>>", "spark", logical))
    map<string, list<struct<a:integer>>>
    """
    type_ = logical(native)
    parsed = _parsed(native, dialect) if type_ in _WITH_PARTS and depth < DEEPEST else None
    parts = [] if parsed is None else [_part(each, dialect) for each in parsed.expressions]
    types = [nested_type(text, dialect, logical, depth + 1) for _, text in parts]
    if type_ is LogicalType.LIST and len(types) == 1:
        return DataType.list_of(types[0])
    if type_ is LogicalType.MAP and len(types) == 2:  # noqa: PLR2004  key and value
        return DataType.map_of(*types)
    if type_ is LogicalType.STRUCT and parts and all(name for name, _ in parts):
        return DataType.struct_of((name, each) for (name, _), each in zip(parts, types, strict=True))
    return DataType(type_.value)


_WITH_PARTS = (LogicalType.LIST, LogicalType.MAP, LogicalType.STRUCT)


def _part(part: exp.Expression, dialect: str) -> tuple[str, str]:
    """Return name and type of a part; elements have no name."""
    if isinstance(part, exp.ColumnDef) and part.kind is not None:
        return part.name, part.kind.sql(dialect)
    return "", part.sql(dialect)
