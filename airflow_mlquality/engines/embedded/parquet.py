"""Parquet files: all footers are read in one pass, and files of the same columns by one reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_mlquality.engines.embedded.faults import broken_among
from airflow_mlquality.engines.embedded.parts import FILE, ROW, Part, described, probe_of
from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from airflow_mlquality.engines.embedded.connection import Embedded
    from airflow_mlquality.engines.embedded.files import Files
    from airflow_mlquality.engines.embedded.hive import Hive


def parquet_parts(engine: Embedded, files: Files, hive: Hive) -> tuple[list[Part], dict[str, str]]:
    """Return the parts of Parquet files, and the files whose footer cannot be read, and why.

    Files are not read with ``union_by_name``: it reads every footer again for every statement, and casts columns whose
    type differs between files without saying so.
    """
    footers: dict[str, Hashable] = {}
    broken = broken_among(files, files.paths, lambda paths: footers.update(_footers(engine, paths)))
    alike: dict[Hashable, list[str]] = {}
    for path in files.without(broken).paths:
        alike.setdefault((footers.get(path), hive.alike(path)), []).append(path)
    return [_part(engine, hive, tuple(paths), files.label) for paths in alike.values()], broken


def _footers(engine: Embedded, paths: Sequence[str]) -> dict[str, Hashable]:
    """Return the columns of each file, as far as they tell it from others."""
    rows = engine.run(
        f"SELECT file_name, name, duckdb_type, num_children, logical_type FROM parquet_schema({_list(paths)})"
    )
    footers: dict[str, list[Hashable]] = {}
    for path, *column in rows:
        footers.setdefault(path, []).append(tuple(column))
    return {path: tuple(columns[1:]) for path, columns in footers.items()}  # the first is the name of the whole


def _part(engine: Embedded, hive: Hive, paths: tuple[str, ...], label: str) -> Part:
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
        described(engine, rows(paths), label),
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
