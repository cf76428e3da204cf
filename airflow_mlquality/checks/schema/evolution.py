"""How a column changed from one run to the next, each change with its kind and the path of what changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from airflow_mlquality.measurements import DataType, LogicalType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from airflow_mlquality.measurements import Column

Kind = Literal["removed", "retyped", "narrowed", "renamed", "widened", "added", "reordered", "nullable", "not_nullable"]

_WIDER: dict[str, tuple[LogicalType, ...]] = {
    LogicalType.BOOLEAN: (LogicalType.INTEGER,),
    LogicalType.INTEGER: (LogicalType.DECIMAL, LogicalType.FLOAT),
    LogicalType.DECIMAL: (LogicalType.FLOAT,),
    LogicalType.DATE: (LogicalType.TIMESTAMP,),
}
"""Types that hold every value of another one, all but exactly."""


@dataclass(frozen=True)
class Change:
    """One change of the columns.

    Parameters
    ----------
    kind
        What it does to whoever reads the table.
    column
        The column, or the path of a part of it, such as `address.street`; empty for all of them.
    told
        One phrase for people.
    """

    kind: Kind
    column: str
    told: str


def changes_of(before: Column, now: Column) -> Iterator[Change]:
    """Yield how a column changed that is there both times."""
    known = list(type_changes(before.data_type, now.data_type, now.name))
    yield from known
    is_told = before.nested is not None and now.nested is not None
    is_same = before.type is now.type and before.type.is_nested
    if is_same and not is_told and before.native and now.native and before.native != now.native:
        yield Change("retyped", now.name, f"'{now.name}' retyped {before.native} -> {now.native}")
    if (before.is_nullable, now.is_nullable) == (False, True):
        yield Change("nullable", now.name, f"'{now.name}' may be NULL, and was NOT NULL")
    if (before.is_nullable, now.is_nullable) == (True, False):
        yield Change("not_nullable", now.name, f"'{now.name}' is NOT NULL, and might be NULL before")


def type_changes(before: DataType, now: DataType, path: str) -> Iterator[Change]:
    """Yield how a type changed, part by part; nothing where it did not, or no value was there to tell.

    >>> was, is_ = DataType("integer"), DataType("float")
    >>> [each.told for each in type_changes(DataType.list_of(was), DataType.list_of(is_), "x")]
    ["'x.element' widened integer -> float"]
    """
    if LogicalType.NULL in (before.name, now.name):
        return
    if before.name != now.name:
        kind = _kind(before.name, now.name)
        yield Change(kind, path, f"'{path}' {kind} {before} -> {now}")
    elif before.parts is not None and now.parts is not None:
        yield from _length_changes(before, now, path)
        yield from _part_changes(dict(before.parts), dict(now.parts), path)


def _kind(before: str, now: str) -> Kind:
    if now in _WIDER.get(before, ()):
        return "widened"
    return "narrowed" if before in _WIDER.get(now, ()) else "retyped"


def _length_changes(before: DataType, now: DataType, path: str) -> Iterator[Change]:
    if before.length != now.length:
        kind: Kind = "widened" if now.length is None else "narrowed" if before.length is None else "retyped"
        was, is_ = ("any number of" if each is None else f"{each:,}" for each in (before.length, now.length))
        yield Change(kind, path, f"'{path}' {kind} {was} -> {is_} elements")


def _part_changes(before: dict[str, DataType], now: dict[str, DataType], path: str) -> Iterator[Change]:
    for name, part in before.items():
        if name in now:
            yield from type_changes(part, now[name], f"{path}.{name}")
        else:
            yield Change("removed", f"{path}.{name}", f"'{path}.{name}' removed")
    for name, part in now.items():
        if name not in before:
            yield Change("added", f"{path}.{name}", f"added '{path}.{name}' ({part})")
    moved = first_moved(before, now)
    if moved:
        yield Change("reordered", path, f"fields of '{path}' reordered: {moved}")


def first_moved(before: Iterable[str], now: Iterable[str]) -> str:
    """Return which of the names that are there both times is the first in another place; nothing where none is.

    >>> first_moved(["a", "b", "c"], ["a", "new", "c", "b"]), first_moved(["a", "b"], ["b"])
    ("'c' stands where 'b' was", '')
    """
    was, is_ = dict.fromkeys(before), dict.fromkeys(now)
    places = zip((name for name in was if name in is_), (name for name in is_ if name in was), strict=True)
    return next((f"'{new}' stands where '{old}' was" for old, new in places if old != new), "")


def advice(changes: Iterable[Change]) -> str:
    """Return what to do about changes, by their kinds.

    >>> advice([Change("renamed", "a", ""), Change("removed", "b", ""), Change("removed", "c", "")])
    'read the column by its new name, restore what is gone at the source, or take a new reference if it is meant'
    """
    ways = dict.fromkeys(_ADVICE[each.kind] for each in changes)
    return ", ".join([*ways, "or take a new reference if it is meant"])


_CAST = "cast at the source to the type that it had, or where it is read"
_ADVICE: dict[Kind, str] = {
    "removed": "restore what is gone at the source",
    "renamed": "read the column by its new name",
    "retyped": _CAST,
    "narrowed": _CAST,
    "widened": _CAST,
    "added": "see what the new column is for",
    "reordered": "read columns by name, not by place",
    "nullable": "see which rows may be NULL now, or ask for `not_null`",
    "not_nullable": "see whether rows without a value are left out now",
}
