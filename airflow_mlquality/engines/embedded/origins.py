"""Where the rows of a source come from: how the engine reads them before their columns have their types."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from airflow_mlquality.contract import CsvOptions
from airflow_mlquality.engines.embedded import delta, iceberg
from airflow_mlquality.engines.embedded.arrow_files import arrow_parts
from airflow_mlquality.engines.embedded.files import Files, find_files, located
from airflow_mlquality.engines.embedded.frames import as_arrow
from airflow_mlquality.engines.embedded.hive import Hive, hive_of, pruned
from airflow_mlquality.engines.embedded.json_lines import json_parts
from airflow_mlquality.engines.embedded.parquet import parquet_parts
from airflow_mlquality.engines.embedded.parts import FILE, ROW, Part, declared_by_arrow, described, joined, strangers
from airflow_mlquality.engines.embedded.several import find_several, is_several
from airflow_mlquality.engines.embedded.text import csv_parts
from airflow_mlquality.engines.sources import is_frame, label_of
from airflow_mlquality.errors import EngineError, SourceError
from airflow_mlquality.measurements import Schema, sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from airflow_mlquality.engines.embedded.connection import Embedded
    from airflow_mlquality.engines.engine import Reading


@dataclass(frozen=True)
class Origin:
    """How the engine reads a source, before its columns have their types.

    Parameters
    ----------
    label
        The source, for people.
    relation, located
        What stands behind FROM, without and with the place of each row.
    columns
        As they are read.
    text, sniffable
        Names of those that were read as text, whatever they hold; and of those whose values may tell a type.
    unpacked, broken, parts, odd, lacking, absent
        As of the table.
    """

    label: str
    relation: str
    located: str
    columns: Schema
    text: frozenset[str] = frozenset()
    sniffable: frozenset[str] = frozenset()
    unpacked: Mapping[str, str] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)
    parts: int = 0
    odd: Mapping[str, str] = field(default_factory=dict)
    lacking: Mapping[str, int] = field(default_factory=dict)
    absent: str = ""


def origin_of(engine: Embedded, name: str, source: Any, reading: Reading) -> Origin:
    """Return how a source is read: an object in memory, a table format, or files.

    Raises
    ------
    SourceError
        When it cannot be reached, or nothing of it can be read.
    """
    label = label_of(source)
    try:
        if is_frame(source):
            is_own = type(source).__module__.partition(".")[0] == "pyarrow"
            return _of_arrow(engine, name, as_arrow(source, engine.scratch), label, is_own=is_own)
        if iceberg.is_iceberg(source):
            return _of_iceberg(engine, name, source, label, reading)
        if is_several(source):
            return _of_several(engine, name, source, reading)
        filesystem, path = located(source)
        is_file = filesystem is None and os.path.isfile(path)  # noqa: PTH113  a Path raises where it may not look
        around = [] if is_file else list(PurePosixPath(path).parents)
        _refuse_parts_of_tables(label, filesystem, around)
        if delta.is_delta(filesystem, path):
            return _of_delta(engine, name, delta.open_delta(label, filesystem, path, engine.scratch), label, reading)
        if iceberg.is_iceberg_folder(filesystem, path):
            return _of_iceberg(engine, name, iceberg.current_metadata(label, filesystem, path), label, reading)
        files = find_files(source, engine.scratch)
        if around and filesystem is None:
            _refuse_parts_of_tables(label, None, _folders(files.paths))
        names = {each: files.named(each) for each in files.paths}
        return _of_files(engine, name, files, hive_of(names, reading.declared), reading)
    except EngineError as failed:
        raise SourceError.failed(label, failed) from None


def _of_several(engine: Embedded, name: str, sources: Sequence[Any], reading: Reading) -> Origin:
    files = find_several(sources, engine.scratch)
    if files.filesystem is None:
        _refuse_parts_of_tables(files.label, None, _folders(files.paths))
    return _of_files(
        engine, name, files, hive_of({each: files.named(each) for each in files.paths}, reading.declared), reading
    )


def _of_arrow(engine: Embedded, name: str, arrow: Any, label: str, *, is_own: bool = True) -> Origin:
    """Return how rows are read that another library may have made; Arrow calls columns of most of them nullable."""
    engine.register(f"{name} rows", arrow)
    relation = sql.text(sql.col(f"{name} rows"))
    rows = getattr(arrow, "num_rows", None)
    label = label if rows is None else f"{label} of {rows:,} rows"
    row = f"row_number() OVER () AS {sql.text(sql.col(ROW))}"
    located_rows = f"(SELECT *, '' AS {sql.text(sql.col(FILE))}, {row} FROM {relation})"
    declared = declared_by_arrow(arrow.schema)
    is_nullable = declared if is_own else {each: value for each, value in declared.items() if not value}
    return Origin(label, relation, located_rows, described(engine, f"SELECT * FROM {relation}", label, is_nullable))


def _of_files(engine: Embedded, name: str, files: Files, hive: Hive, reading: Reading) -> Origin:
    kept, absent = pruned(files.paths, hive, reading.partition)
    wanted = files.only(kept)
    whole = wanted.without(engine.broken)
    engine.reach(files)
    parts, broken = _parts(engine, whole, hive, reading)
    broken |= {path: engine.broken[path] for path in wanted.paths if path in engine.broken}
    if parts:
        alien = strangers(parts)
        broken |= alien
        parts = [part for part in parts if part.paths[0] not in alien]
    told = {**files.broken, **{files.named(path): why for path, why in broken.items()}}
    if not parts:
        raise SourceError.nothing_readable(files.label, told)
    engine.watch(name, files, parts)
    table = joined(engine, parts, files.label)
    keys = frozenset(each for part in parts for each in part.keys)
    return Origin(
        files.label,
        table.relation,
        table.located,
        table.columns,
        table.text | {each for each in keys if hive.types[each] == "string"},
        table.text - table.clashing,
        files.unpacked,
        dict(sorted(told.items())),
        len(wanted.paths) + len(files.broken),
        {files.named(path): why for path, why in table.odd.items()},
        table.lacking,
        absent,
    )


def _parts(engine: Embedded, files: Files, hive: Hive, reading: Reading) -> tuple[list[Part], dict[str, str]]:
    if not files.paths:
        return [], {}
    if files.format == "parquet":
        return parquet_parts(engine, files, hive)
    if files.format == "csv":
        return csv_parts(engine, files, hive, reading.csv or CsvOptions())
    if files.format == "json":
        return json_parts(engine, files, hive)
    return arrow_parts(engine, files, hive)


# ---- table formats ----


def _of_delta(engine: Embedded, name: str, found: Any, label: str, reading: Reading) -> Origin:
    if not isinstance(found, delta.DeltaFiles):
        return _of_arrow(engine, name, found, label)
    kept, absent = pruned(found.files.paths, found.hive, reading.partition)
    files = found.files.only(kept).without(engine.broken)
    engine.reach(found.files)
    parts, broken = parquet_parts(engine, files, found.hive) if files.paths else ([], {})
    broken |= {path: engine.broken[path] for path in kept if path in engine.broken}
    if kept and not parts:
        raise SourceError.nothing_readable(label, broken)
    engine.watch(name, files, parts)
    table = joined(engine, [_empty(engine, f"{name} columns", found.empty), *parts], label)
    is_nullable = declared_by_arrow(found.empty.schema)  # of the table, whatever its files say
    return Origin(
        label,
        table.relation,
        table.located,
        Schema(tuple(replace(each, is_nullable=is_nullable.get(each.name)) for each in table.columns)),
        broken=broken,
        parts=len(kept),
        odd=table.odd,
        absent=absent,
    )


def _empty(engine: Embedded, name: str, columns: Any) -> Part:
    """Return a part without rows: the columns of a table, those included that no file has yet."""
    engine.register(name, columns)
    rows = f"SELECT * FROM {sql.text(sql.col(name))}"
    place = f"'' AS {sql.text(sql.col(FILE))}, 0 AS {sql.text(sql.col(ROW))}"
    return Part((), described(engine, rows), rows, f"SELECT *, {place} FROM ({rows})", lambda _: None)


def _of_iceberg(engine: Embedded, name: str, source: Any, label: str, reading: Reading) -> Origin:
    files, scan = iceberg.open_iceberg(label, source)
    if files is not None:
        plain = Hive(in_paths=False)
        parts, broken = parquet_parts(engine, files, plain)
        if not broken and len(parts) == 1 and set(parts[0].columns.names) == set(scan.projection().column_names):
            return _of_files(engine, name, files, plain, reading)
    return _of_arrow(engine, name, iceberg.scanned(label, scan, engine.scratch), label)


def _folders(paths: Iterable[str]) -> list[PurePosixPath]:
    folders = {PurePosixPath(path).parent for path in paths}
    return sorted({above for folder in folders for above in (folder, *folder.parents)})


def _refuse_parts_of_tables(label: str, filesystem: Any, folders: Iterable[PurePosixPath]) -> None:
    """Refuse files inside a table: those of deleted and replaced rows would be among them.

    Raises
    ------
    SourceError
        When one of the folders is a table.
    """
    for folder in map(str, folders):
        if folder == "." or re.search(r"[*?\[]", folder):
            continue
        if delta.is_delta(filesystem, folder):
            advice = f"Name {folder}, and its partition, such as --partition day=2026-01-01"
            raise SourceError.part_of_a_table(label, delta.KIND, folder, advice)
        if filesystem is None and iceberg.is_iceberg_folder(None, folder):
            raise SourceError.part_of_a_table(label, iceberg.KIND, folder, iceberg.ADVICE)
