"""Parquet files: all footers are read in one pass, and files of the same columns by one reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.embedded.faults import broken_among
from airflow_mlquality.engines.embedded.parts import FILE, ROW, Part, described, probe_of
from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from airflow_mlquality.engines.embedded.connection import Embedded
    from airflow_mlquality.engines.embedded.files import Files
    from airflow_mlquality.engines.embedded.hive import Hive


def parquet_parts(engine: Embedded, files: Files, hive: Hive) -> tuple[list[Part], dict[str, str]]:
    """Return the parts of Parquet files, and the files whose footer cannot be read, and why.

    Files are not read with ``union_by_name``: it reads every footer again for every statement, and casts columns whose
    type differs between files without saying so.
    """
    footers: dict[str, Footer] = {}
    broken = broken_among(files, files.paths, lambda paths: footers.update(_footers(engine, paths)))
    alike: dict[Hashable, list[str]] = {}
    for path in files.without(broken).paths:
        columns = footers[path].columns if path in footers else None
        alike.setdefault((columns, hive.alike(path)), []).append(path)
    return [
        _part(engine, hive, tuple(paths), files.label, _nullable([footers[each] for each in paths if each in footers]))
        for paths in alike.values()
    ], broken


@dataclass(frozen=True)
class Footer:
    """What a file says of its columns: what tells it from other files, and which may be NULL."""

    columns: Hashable
    nullable: frozenset[str]
    required: frozenset[str]


def _footers(engine: Embedded, paths: Sequence[str]) -> dict[str, Footer]:
    rows = engine.run(
        "SELECT file_name, name, duckdb_type, num_children, logical_type, repetition_type "
        f"FROM parquet_schema({_list(paths)})"
    )
    found: dict[str, list[tuple[Any, ...]]] = {}
    for path, *column in rows:
        found.setdefault(path, []).append(tuple(column))
    return {path: _footer(columns[1:]) for path, columns in found.items()}  # the first is the name of the whole


def _footer(columns: Sequence[tuple[Any, ...]]) -> Footer:
    """Return a footer from its columns, the parts of each after it."""
    nullable: set[str] = set()
    required: set[str] = set()
    inside = 0
    for name, _, children, _, repetition in columns:
        if inside == 0:
            (required if repetition == "REQUIRED" else nullable).add(name)
        inside += (children or 0) - (inside > 0)
    return Footer(tuple(column[:-1] for column in columns), frozenset(nullable), frozenset(required))


def _nullable(footers: Sequence[Footer]) -> dict[str, bool | None]:
    """Return which columns may be NULL in a file of several."""
    nullable = {name for each in footers for name in each.nullable}
    return {name: name in nullable for each in footers for name in (*each.nullable, *each.required)}


def _part(
    engine: Embedded, hive: Hive, paths: tuple[str, ...], label: str, is_nullable: Mapping[str, bool | None]
) -> Part:
    names = hive.names(paths[0])
    constants = "" if hive.in_paths else hive.constants(paths[0])

    def reader(of: Sequence[str]) -> str:
        return f"read_parquet({_list(of)}{hive.clause(names)}"

    def rows(of: Sequence[str]) -> str:
        return f"SELECT *{constants} FROM {reader(of)})"

    numbered = f"{reader(paths)}, filename = {_string(FILE)}, file_row_number = true)"
    row = f"file_row_number + 1 AS {sql.text(sql.col(ROW))}"
    return Part(
        paths,
        described(engine, rows(paths), label, is_nullable),
        rows(paths),
        f"SELECT * EXCLUDE (file_row_number){constants}, {row} FROM {numbered}",
        probe_of(engine, rows),
        keys=frozenset(names),
        by_column=True,
    )


def _list(paths: Sequence[str]) -> str:
    return "[" + ", ".join(_string(path) for path in paths) + "]"


def _string(text: str) -> str:
    return sql.text(sql.literal(text))
