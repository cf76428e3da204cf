"""Hive partitions: columns whose values stand in the folders of a path, as in ``day=2026-01-01/part-0.parquet``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from airflow_mlquality.measurements import LogicalType, sql

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

NO_VALUE = "__HIVE_DEFAULT_PARTITION__"

Keys = dict[str, str | None]
"""Values of a path by the name of their column; None stands for NULL."""


def keys_of(path: str) -> Keys:
    """Return the keys of a path, in its order.

    >>> keys_of("s3://bucket/day=2026-01-01/city=New%20York/part-0.parquet")
    {'day': '2026-01-01', 'city': 'New York'}
    """
    keys: Keys = {}
    for part in PurePosixPath(path).parts[:-1]:
        name, sign, value = part.partition("=")
        if sign and name:
            keys[unquote(name)] = None if value == NO_VALUE else unquote(value)
    return keys


@dataclass(frozen=True)
class Hive:
    """What the paths of a source say.

    Parameters
    ----------
    keys
        Of each path.
    types
        Of each key, over all paths; text where not every value is of the type that is declared.
    in_paths
        Whether the values stand in the folders, where the engine finds them by itself.
    """

    keys: Mapping[str, Keys] = field(default_factory=dict)
    types: Mapping[str, LogicalType] = field(default_factory=dict)
    in_paths: bool = True

    def alike(self, path: str) -> Hashable:
        """Return what the paths of one reader have in common."""
        return self.names(path) if self.in_paths else tuple(self.keys.get(path, {}).items())

    def names(self, path: str) -> tuple[str, ...]:
        """Return the names of the keys of a path."""
        return tuple(self.keys.get(path, ()))

    def clause(self, names: Iterable[str]) -> str:
        """Return what a reader of files with these keys is told, after a comma."""
        told = names if self.in_paths else ()
        types = ", ".join(f"{sql.text(sql.literal(name))}: {_SQL[self.types[name]]}" for name in told)
        return f", hive_partitioning = true, hive_types = {{{types}}}" if types else ", hive_partitioning = false"

    def constants(self, path: str) -> str:
        """Return the keys of a path as columns of a SELECT, each after a comma."""
        return "".join(
            f", CAST({sql.text(sql.literal(value))} AS {_SQL[self.types[name]]}) AS {sql.text(sql.col(name))}"
            for name, value in self.keys.get(path, {}).items()
        )


def hive_of(names: Mapping[str, str], declared: Mapping[str, LogicalType]) -> Hive:
    """Return what paths say, whose names for people may differ from what is opened.

    A declared type wins where every value is of it. Otherwise whole numbers, dates and timestamps are told from the
    values, as Spark and Arrow do: ``month=01`` is the number 1, unless the contract says that it is a string.
    """
    keys = {path: keys_of(name) for path, name in names.items()}
    values: dict[str, set[str]] = {}
    for each in keys.values():
        for name, value in each.items():
            values.setdefault(name, set()).update({value} - {None})  # type: ignore[arg-type]
    return Hive(keys, {name: _type_of(found, declared.get(name)) for name, found in values.items()})


def pruned(paths: Sequence[str], hive: Hive, partition: Mapping[str, str]) -> tuple[list[str], str]:
    """Return the files whose folders have the values of a partition, and why none has.

    Where none has, the last file stands for the columns that there are; the filter on the rows leaves none of it.
    """
    asked = {name: value for name, value in partition.items() if name in hive.types}
    if not asked:
        return list(paths), ""
    kept = [path for path in paths if all(_is_of(hive, path, name, value) for name, value in asked.items())]
    if kept or not paths:
        return kept, ""
    wanted = ", ".join(f"{name}={value}" for name, value in asked.items())
    there = sorted({", ".join(f"{name}={hive.keys[path].get(name) or 'NULL'}" for name in asked) for path in paths})
    shown = there[0] if len(there) == 1 else f"{len(there):,}, from {there[0]} to {there[-1]}"
    return [paths[-1]], f"no folder has {wanted}; there {'is' if len(there) == 1 else 'are'} {shown}"


def _is_of(hive: Hive, path: str, name: str, wanted: str) -> bool:
    value = hive.keys[path].get(name)
    return value is not None and _canonical(hive.types[name], value) == _canonical(hive.types[name], str(wanted))


def _canonical(type_: LogicalType, text: str) -> object:
    try:
        return _READ[type_](text)
    except ValueError:
        return text


def _type_of(values: set[str], declared: LogicalType | None) -> LogicalType:
    candidates = _TOLD if declared is None else [declared] if declared in _READ else []
    if values:
        for type_ in candidates:
            if all(_is_written_as(type_, value) for value in values):
                return type_
    return LogicalType.STRING


def _is_written_as(type_: LogicalType, text: str) -> bool:
    try:
        _READ[type_](text)
    except ValueError:
        return False
    return True


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise ValueError
    return int(text)


def _day(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError
    return date.fromisoformat(text)


def _moment(text: str) -> datetime:
    if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError
    return datetime.fromisoformat(text)


def _plain_moment(text: str) -> datetime:
    moment = _moment(text)
    if moment.tzinfo:
        raise ValueError
    return moment


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError from None


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError
    return text.lower() == "true"


_READ: dict[LogicalType, Callable[[str], object]] = {
    LogicalType.INTEGER: _integer,
    LogicalType.DATE: _day,
    LogicalType.TIMESTAMP: _plain_moment,
    LogicalType.TIMESTAMP_TZ: _moment,
    LogicalType.FLOAT: float,
    LogicalType.DECIMAL: _decimal,
    LogicalType.BOOLEAN: _boolean,
    LogicalType.STRING: str,
}
_TOLD = [LogicalType.INTEGER, LogicalType.DATE, LogicalType.TIMESTAMP]
"""Types that are told from the values; the first that all are of."""
_SQL = {
    LogicalType.INTEGER: "BIGINT",
    LogicalType.DATE: "DATE",
    LogicalType.TIMESTAMP: "TIMESTAMP",
    LogicalType.TIMESTAMP_TZ: "TIMESTAMPTZ",
    LogicalType.FLOAT: "DOUBLE",
    LogicalType.DECIMAL: "DECIMAL(38, 10)",
    LogicalType.BOOLEAN: "BOOLEAN",
    LogicalType.STRING: "VARCHAR",
}
