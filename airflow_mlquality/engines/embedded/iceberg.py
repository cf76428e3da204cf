"""Iceberg tables: the current snapshot, its deletes and renamed columns respected."""

from __future__ import annotations

import glob
import re
from pathlib import Path
from typing import Any

from airflow_mlquality.engines.embedded.files import Files, protocol_of
from airflow_mlquality.engines.embedded.spool import Spool, spooled
from airflow_mlquality.errors import MLQualityError, SourceError

KIND = "Iceberg"
ADVICE = "Name iceberg://catalog/schema.table, or the metadata file that is current"
_CATALOG = re.compile(r"iceberg://([^/]+)/(.+)", re.IGNORECASE)


def is_iceberg(source: Any) -> bool:
    """Return whether a source names an Iceberg table: one of a catalog, or the metadata file of one."""
    text = str(source)
    return bool(_CATALOG.fullmatch(text)) or text.endswith(".metadata.json")


def is_iceberg_folder(filesystem: Any, path: str) -> bool:
    """Return whether a folder is that of an Iceberg table, whose files are not all current."""
    pattern = f"{glob.escape(path.rstrip('/'))}/metadata/*.metadata.json"
    if filesystem is None:
        return bool(glob.glob(pattern))  # noqa: PTH207  a Path raises where it may not look
    try:
        return bool(filesystem.glob(pattern))
    except Exception:  # noqa: BLE001  every filesystem raises its own errors
        return False


def current_metadata(label: str, filesystem: Any, path: str) -> str:
    """Return the metadata file that the folder of a table points to.

    Raises
    ------
    SourceError
        When it points to none: which of them is current, only the catalog knows.
    """
    folder = Path(path) / "metadata"
    hint = folder / "version-hint.text"
    if filesystem is None and hint.is_file():
        version = hint.read_text(encoding="utf-8").strip()
        for name in (f"v{version}.metadata.json", f"{version}.metadata.json", version):
            if (folder / name).is_file():
                return str(folder / name)
    raise SourceError.part_of_a_table(label, KIND, path, ADVICE)


def open_iceberg(label: str, source: Any) -> tuple[Files | None, Any]:
    """Return the current data files where they alone are the rows, and the scan that reads them in any case.

    Raises
    ------
    SourceError
        When the table cannot be read, or the package for it is not installed.
    """
    if hasattr(type(source), "fs") and protocol_of(source.fs) != "file":
        behind = "its metadata on object storage behind a connection"
        raise SourceError.refused(label, KIND, behind, "Name iceberg://catalog/schema.table")
    try:
        from pyiceberg.catalog import load_catalog
        from pyiceberg.table import StaticTable
    except ImportError:
        raise SourceError.missing_extra(label, "Iceberg tables", "iceberg") from None
    try:
        named = _CATALOG.fullmatch(str(source))
        table = load_catalog(named[1]).load_table(named[2]) if named else StaticTable.from_metadata(str(source))
        scan = table.scan()
        return _files(label, table, scan), scan
    except Exception as failed:  # noqa: BLE001  catalogs raise errors of several libraries
        raise SourceError.unreadable(label, f"{type(failed).__name__}: {failed}") from None


def scanned(label: str, scan: Any, scratch: Path) -> Spool:
    """Return the rows as the package reads them, deletes applied, columns matched by their ids.

    Raises
    ------
    SourceError
        When it cannot, such as with deletes of a kind that it does not apply.
    """
    import pyarrow as pa

    try:
        with scan.to_arrow_batch_reader() as reader:
            schema = pa.schema([field.remove_metadata() for field in reader.schema])
            return spooled(schema, (batch.cast(schema) for batch in reader), scratch)
    except MLQualityError:
        raise
    except Exception as failed:  # noqa: BLE001  storages raise errors of their own
        raise SourceError.unreadable(label, f"{type(failed).__name__}: {failed}") from None


def _files(label: str, table: Any, scan: Any) -> Files | None:
    """Return the files, where nothing is deleted, no column was ever changed, and all lie on this machine."""
    if len(table.metadata.schemas) != 1:
        return None
    tasks = list(scan.plan_files())
    paths = [task.file.file_path.removeprefix("file://") for task in tasks]
    plain = all(not task.delete_files and str(task.file.file_format).endswith("PARQUET") for task in tasks)
    if not paths or not plain or not all(path.startswith("/") for path in paths):
        return None
    return Files(label, tuple(sorted(paths)), "parquet")
