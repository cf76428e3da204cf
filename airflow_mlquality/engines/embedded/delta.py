"""Delta tables: the files that are current, their partition values and columns, as the table's log says."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from airflow_mlquality.engines.embedded.files import DELTA_LOG, Files, protocol_of
from airflow_mlquality.engines.embedded.hive import Hive, keys_of
from airflow_mlquality.engines.embedded.spool import Spool, spooled
from airflow_mlquality.errors import MLQualityError, SourceError
from airflow_mlquality.measurements import LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

KIND = "Delta"
_HARMLESS = {"timestampNtz", "typeWidening", "typeWidening-preview", "v2Checkpoint", "vacuumProtocolCheck"}
"""Features of readers that ask nothing of whoever reads the current files."""


@dataclass(frozen=True)
class DeltaFiles:
    """The current files of a table.

    Parameters
    ----------
    files
        The files; there may be none.
    hive
        Partition values, which are not in the files.
    empty
        An Arrow table with the columns of the table and no rows.
    """

    files: Files
    hive: Hive
    empty: pa.Table


def is_delta(filesystem: Any, path: str) -> bool:
    """Return whether a folder is a Delta table.

    Where a storage does not let us look it is none; whether rows can be reached is seen when they are read.
    """
    log = f"{path.rstrip('/')}/{DELTA_LOG}"
    if filesystem is None:
        return os.path.isdir(log)  # noqa: PTH112  a Path raises where it may not look
    try:
        return bool(filesystem.isdir(log))
    except Exception:  # noqa: BLE001  every filesystem raises its own errors
        return False


def open_delta(label: str, filesystem: Any, path: str, scratch: Path) -> DeltaFiles | Spool:
    """Return the current files of a Delta table, or its rows where deleted ones are only marked in the files.

    On object storage the log is copied first and read here, so that the storage is reached in one way only.

    Raises
    ------
    SourceError
        When it cannot be read, the package for it is not installed, or it uses a feature that is not read here.
    """
    try:
        from deltalake import DeltaTable
    except ImportError:
        raise SourceError.missing_extra(label, "Delta tables", "delta") from None
    try:
        table = DeltaTable(path if filesystem is None else _copied_log(filesystem, path, scratch))
        feature = _feature(table)
        if feature:
            return _scanned(label, table, feature, scratch, is_local=filesystem is None)
        return _current(label, table, filesystem, path)
    except MLQualityError:
        raise
    except Exception as failed:  # noqa: BLE001  the package raises errors of several libraries
        raise SourceError.unreadable(label, f"{type(failed).__name__}: {failed}") from None


def _copied_log(filesystem: Any, path: str, scratch: Path) -> str:
    folder = scratch / f"{len(list(scratch.iterdir()))}"
    (folder / DELTA_LOG).mkdir(parents=True)
    for name in filesystem.find(f"{path.rstrip('/')}/{DELTA_LOG}", maxdepth=1):
        filesystem.get(name, str(folder / DELTA_LOG / name.rsplit("/", 1)[-1]))
    return str(folder)


def _feature(table: Any) -> str:
    """Return the feature for which the files alone are not the rows, or nothing."""
    features = set(table.protocol().reader_features or ()) - _HARMLESS
    if table.metadata().configuration.get("delta.columnMapping.mode", "none") == "none":
        features -= {"columnMapping"}
    else:
        features |= {"columnMapping"}
    if "deletionVectors" in features and not _has_vectors(table):
        features -= {"deletionVectors"}
    return ", ".join(sorted(features))


def _has_vectors(table: Any) -> bool:
    """Return whether a current file has a deletion vector, or that cannot be told."""
    if not hasattr(table, "deletion_vectors"):
        return True
    try:
        return any(batch.num_rows for batch in table.deletion_vectors())
    except Exception:  # noqa: BLE001  such as vectors in files of their own, which only the log was copied of
        return True


def _scanned(label: str, table: Any, feature: str, scratch: Path, *, is_local: bool) -> Spool:
    """Return the rows as the package reads them."""
    import pyarrow as pa

    readable = {"deletionVectors", "columnMapping"}
    if not is_local or not hasattr(table, "scan") or not set(feature.split(", ")) <= readable:
        advice = "Rewrite it without, or read it by a database or Spark"
        raise SourceError.refused(label, KIND, feature, advice)
    with pa.RecordBatchReader.from_stream(table.scan()) as reader:
        return spooled(reader.schema, reader, scratch)


def _current(label: str, table: Any, filesystem: Any, path: str) -> DeltaFiles:
    import pyarrow as pa

    schema = pa.schema(table.schema())
    partitioned = table.metadata().partition_columns
    actions = pa.table(table.get_add_actions())
    values = actions.column("partition").to_pylist() if partitioned else [{}] * actions.num_rows
    base = path.rstrip("/") if filesystem is None else f"{protocol_of(filesystem)}://{path.strip('/')}"
    keys = {}
    for name, partition in zip(actions.column("path").to_pylist(), values, strict=True):
        keys[_path(label, base, name)] = {column: _text(partition[column]) for column in partitioned}
    types = {name: _logical(schema.field(name).type) for name in partitioned}
    in_paths = all(_is_in_path(file[len(base) :], values) for file, values in keys.items())
    files = Files(label, tuple(sorted(keys)), "parquet", filesystem)
    return DeltaFiles(files, Hive(keys, types, in_paths=in_paths and "=" not in base), schema.empty_table())


def _path(label: str, base: str, name: str) -> str:
    if "://" in name:
        raise SourceError.refused(label, KIND, "files outside its folder", "Copy it whole, not shallow")
    return f"{base}/{unquote(name)}"


def _is_in_path(path: str, values: Mapping[str, str | None]) -> bool:
    return keys_of(path) == values


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return json.dumps(value)
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)


def _logical(type_: pa.DataType) -> LogicalType:
    import pyarrow as pa

    for is_of, logical in (
        (pa.types.is_boolean, LogicalType.BOOLEAN),
        (pa.types.is_integer, LogicalType.INTEGER),
        (pa.types.is_floating, LogicalType.FLOAT),
        (pa.types.is_decimal, LogicalType.DECIMAL),
        (pa.types.is_date, LogicalType.DATE),
    ):
        if is_of(type_):
            return logical
    if pa.types.is_timestamp(type_):
        return LogicalType.TIMESTAMP_TZ if type_.tz else LogicalType.TIMESTAMP
    return LogicalType.STRING
