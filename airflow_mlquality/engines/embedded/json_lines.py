"""JSON files: lines, arrays and records one after the other; their types are told from all of their values."""

from __future__ import annotations

import gzip
import json
import re
from contextlib import nullcontext
from itertools import islice
from typing import TYPE_CHECKING

from airflow_mlquality.engines.embedded.faults import broken_among
from airflow_mlquality.engines.embedded.parts import MOST_LOCATED, Part, described, numbered, probe_of
from airflow_mlquality.errors import EngineError
from airflow_mlquality.measurements import LogicalType, Schema, sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.engines.embedded.connection import Embedded
    from airflow_mlquality.engines.embedded.files import Files
    from airflow_mlquality.engines.embedded.hive import Hive

EMPTY = "it is empty. See whether its writer finished"
_LARGEST = 1 << 28
"""Bytes of one record."""


def json_parts(engine: Embedded, files: Files, hive: Hive) -> tuple[list[Part], dict[str, str]]:
    """Return the parts of JSON files, one per set of keys in their paths, and the files that are none, and why.

    A column whose values are of several types is read as text, whether they differ within a file or between files.
    """
    alike: dict[tuple[str, ...], list[str]] = {}
    broken = dict.fromkeys((path for path in files.paths if files.size(path) == 0), EMPTY)
    for path in files.without(broken).paths:
        alike.setdefault(hive.names(path), []).append(path)
    parts: list[Part] = []
    for keys, paths in alike.items():
        found = broken_among(files, paths, lambda of, keys=keys: _columns(engine, of, hive, keys))  # type: ignore[misc]
        broken |= {path: _worded(files, path, why) for path, why in found.items()}
        whole = tuple(path for path in paths if path not in found)
        if whole:
            parts.append(_part(engine, whole, hive, keys))
    return parts, broken


def _rows(of: Sequence[str], hive: Hive, keys: tuple[str, ...]) -> str:
    paths = ", ".join(sql.text(sql.literal(path)) for path in of)
    reader = f"read_json([{paths}], union_by_name = true, sample_size = -1, maximum_object_size = {_LARGEST}"
    return f"SELECT * FROM {reader}{hive.clause(keys)})"


def _columns(engine: Embedded, of: Sequence[str], hive: Hive, keys: tuple[str, ...]) -> Schema:
    columns = described(engine, _rows(of, hive, keys))
    inside = [column for column in columns if column.name not in keys]
    if [(column.name, column.type) for column in inside] == [("json", LogicalType.JSON)]:
        raise EngineError.no_records()
    return columns


def _part(engine: Embedded, paths: tuple[str, ...], hive: Hive, keys: tuple[str, ...]) -> Part:
    columns = _columns(engine, paths, hive, keys)

    def rows(of: Sequence[str]) -> str:
        return _rows(of, hive, keys)

    mixed = frozenset(column.name for column in columns if column.type is LogicalType.JSON)
    located = " UNION ALL BY NAME ".join(numbered(rows([path]), path) for path in paths[:MOST_LOCATED])
    return Part(paths, columns, rows(paths), located, probe_of(engine, rows), mixed, frozenset(keys))


_LINE = re.compile(r"in line (\d+)")


def _worded(files: Files, path: str, why: str) -> str:
    """Return why a file is broken, with the line as people count them; the engine's own count runs ahead by one."""
    told = _LINE.search(why)
    if told is None:
        return why
    last = int(told[1])
    with files.open(path) as raw, gzip.open(raw) if path.endswith(".gz") else nullcontext(raw) as lines:
        for number, line in enumerate(islice(lines, last), start=1):
            if number >= last - 1 and not _is_json(line):
                return f"line {number:,} is no JSON"
    return why


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return not line.strip()
    return True
