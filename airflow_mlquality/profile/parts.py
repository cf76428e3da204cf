"""What a merged profile is made of, and how its parts differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, kw_only=True)
class Part:
    """One of the disjoint parts that a merged profile is of.

    Parameters
    ----------
    name
        For people, and to tell parts apart.
    rows
        How many it has.
    partition
        Values that its rows have in the columns by which the whole was cut.
    fingerprint
        Of its source when it was measured; empty where nothing tells a change.
    taken_at
        When it was measured, ISO 8601 in UTC.
    lacks
        Columns of the whole that it has not.
    types
        Of columns that are not of one type in all parts: their type in this one.
    """

    name: str
    rows: int
    partition: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    taken_at: str = ""
    lacks: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object of what there is to say; `from_json` reads it back."""
        told = {
            "name": self.name,
            "rows": self.rows,
            "partition": dict(self.partition),
            "fingerprint": self.fingerprint,
            "taken_at": self.taken_at,
            "lacks": list(self.lacks),
            "types": dict(self.types),
        }
        return {key: value for key, value in told.items() if value or key in ("name", "rows")}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Part:
        """Read what `to_json` wrote."""
        return cls(**{**value, "lacks": tuple(value.get("lacks", ()))})

    def named(self) -> bool:
        """Return whether its name tells it from any other part."""
        return bool(self.partition or self.fingerprint)


def part_name(partition: Mapping[str, str]) -> str:
    """Return the name of the part of some values.

    >>> part_name({"month": "1", "origin": "JFK"})
    'month=1,origin=JFK'
    """
    return ",".join(f"{column}={value}" for column, value in partition.items())


_SHOWN = 3


def several(names: Sequence[str]) -> str:
    """Return the first few of some names, the rest counted.

    >>> several(["a", "b"]), several(["a", "b", "c", "d", "e"])
    ('a, b', 'a, b, c and 2 more')
    """
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def changes(parts: Sequence[Part]) -> dict[str, str]:
    """Return the columns that are not the same in all parts, and how they differ."""
    found: dict[str, str] = {}
    for column in dict.fromkeys(name for part in parts for name in part.types):
        by_type: dict[str, list[str]] = {}
        for part in parts:
            if column in part.types:
                by_type.setdefault(part.types[column], []).append(part.name)
        told = "; ".join(f"{type_} in {several(names)}" for type_, names in sorted(by_type.items()))
        found[column] = f"column '{column}' is not of one type: {told}"
    for column in dict.fromkeys(name for part in parts for name in part.lacks):
        lacking = several([part.name for part in parts if column in part.lacks])
        found[column] = f"column '{column}' is not in {lacking}"
    return found
