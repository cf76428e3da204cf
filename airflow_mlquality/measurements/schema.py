"""Columns of a source, as it declares them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow_mlquality.measurements.types import DataType, LogicalType, data_type

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    nested
        The type with its parts, of a list, struct or map whose source tells them.
    is_nullable
        Whether the source declares that a value may be NULL; None where it declares nothing. How many are, only the
        rows tell.

    Examples
    --------
    >>> tags = Column("tags", LogicalType.LIST, "VARCHAR[]", nested=data_type("list<string>"), is_nullable=False)
    >>> Column.from_json(tags.to_json()) == tags, str(tags.data_type)
    (True, 'list<string>')
    """

    name: str
    type: LogicalType
    native: str = ""
    is_parsed: bool = False
    nested: DataType | None = None
    is_nullable: bool | None = None

    @property
    def data_type(self) -> DataType:
        """Its type, with the parts where they are known."""
        return self.nested or DataType(self.type.value)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object; `from_json` reads it back. What the source does not tell is left out."""
        told: dict[str, Any] = {} if self.nested is None else {"nested": str(self.nested)}
        told |= {} if self.is_nullable is None else {"is_nullable": self.is_nullable}
        return {"name": self.name, "type": self.type.value, "native": self.native, "is_parsed": self.is_parsed, **told}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Column:
        """Read what `to_json` wrote."""
        return cls(
            value["name"],
            LogicalType(value["type"]),
            value.get("native", ""),
            value.get("is_parsed", False),
            data_type(value["nested"]) if "nested" in value else None,
            value.get("is_nullable"),
        )

    @classmethod
    def of(cls, name: str, type_: DataType, native: str = "", *, is_nullable: bool | None = None) -> Column:
        """Return a column of a type that may have parts."""
        logical = LogicalType(type_.name)
        return cls(name, logical, native, nested=None if type_.parts is None else type_, is_nullable=is_nullable)

    def merged(self, other: Column) -> Column:
        """Return the column of the values of both; its type is `other` where they are of no one type."""
        type_ = self.data_type.merged(other.data_type)
        natives = sorted({native for side in (self, other) for native in side.native.split(" | ") if native})
        declared = {self.is_nullable, other.is_nullable}
        return replace(
            Column.of(self.name, type_, " | ".join(natives)),
            is_parsed=self.is_parsed or other.is_parsed,
            is_nullable=next(each for each in (True, None, False) if each in declared),
        )


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
