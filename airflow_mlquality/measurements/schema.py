"""Columns and their logical types: one portable vocabulary over all sources."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class LogicalType(StrEnum):
    """What a column holds, whatever the source calls it."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    FLOAT = "float"
    DECIMAL = "decimal"
    STRING = "string"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    TIMESTAMP_TZ = "timestamp_tz"
    DURATION = "duration"
    BINARY = "binary"
    UUID = "uuid"
    LIST = "list"
    STRUCT = "struct"
    MAP = "map"
    JSON = "json"
    NULL = "null"
    """No value was ever there to tell the type from."""
    OTHER = "other"

    @property
    def is_number(self) -> bool:
        """Whether arithmetic is meant on it."""
        return self in _NUMBERS

    @property
    def is_time(self) -> bool:
        """Whether it is a point in time: a date or a timestamp, with or without zone."""
        return self in _TIMES

    @property
    def is_nested(self) -> bool:
        """Whether a value has parts."""
        return self in _NESTED


_NUMBERS = frozenset({LogicalType.INTEGER, LogicalType.FLOAT, LogicalType.DECIMAL})
_TIMES = frozenset({LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIMESTAMP_TZ})
_NESTED = frozenset({LogicalType.LIST, LogicalType.STRUCT, LogicalType.MAP, LogicalType.JSON})


@dataclass(frozen=True)
class Column:
    """One column of a source.

    Parameters
    ----------
    name
        As the source spells it.
    type
        Logical type.
    native
        The engine's own word for the type, for messages.
    is_parsed
        Whether the values were read from text (CSV), so that a value may fail to be of `type`.
    """

    name: str
    type: LogicalType
    native: str = ""
    is_parsed: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object; `from_json` reads it back."""
        return {"name": self.name, "type": self.type.value, "native": self.native, "is_parsed": self.is_parsed}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Column:
        """Read what `to_json` wrote."""
        return cls(value["name"], LogicalType(value["type"]), value.get("native", ""), value.get("is_parsed", False))


@dataclass(frozen=True)
class Schema:
    """The columns of a source, in its order."""

    columns: tuple[Column, ...] = ()

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Column:
        """Return the column of that name; KeyError when there is none."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the order of the source."""
        return tuple(column.name for column in self.columns)
