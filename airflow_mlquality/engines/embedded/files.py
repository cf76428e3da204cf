"""Finding the files of a source, and telling their format."""

from __future__ import annotations

import glob
import os
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from airflow_mlquality.engines.sources import label_of
from airflow_mlquality.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

Format = Literal["parquet", "csv", "json"]

FORMATS: dict[str, Format] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".csv.zst": "csv",
    ".csv.zip": "csv",
    ".zip": "csv",
    ".tsv": "csv",
    ".tsv.gz": "csv",
    ".jsonl": "json",
    ".jsonl.gz": "json",
    ".ndjson": "json",
    ".ndjson.gz": "json",
    ".json": "json",
    ".json.gz": "json",
}
"""By the end of a file's name."""

_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
_NETWORK = ("http", "https", "ftp")


@dataclass(frozen=True)
class Files:
    """Files of one format, as paths that DuckDB can open.

    Parameters
    ----------
    paths
        At least one.
    format
        Of all of them.
    filesystem
        The fsspec filesystem to register, or None for local files.
    unpacked
        Of paths that were unpacked from an archive: the archive and the member, for people.
    """

    paths: tuple[str, ...]
    format: Format
    filesystem: Any = None
    unpacked: Mapping[str, str] = field(default_factory=dict)


def find_files(source: Any, scratch: Path) -> Files:
    """Return the files of a source: a path, a glob, a folder, or an object with a filesystem.

    Parameters
    ----------
    source
        Text, `os.PathLike`, or an `ObjectStoragePath` or `UPath`.
    scratch
        Folder to unpack archives into.

    Raises
    ------
    SourceError
        When nothing is there, or its format cannot be told.
    """
    label = label_of(source)
    if hasattr(type(source), "fs") and hasattr(source, "path"):
        return _remote(label, _filesystem(label, source), str(source.path), scratch)
    if not isinstance(source, str | os.PathLike):
        raise SourceError.unsupported(f"{type(source).__module__}.{type(source).__name__}")
    text = os.fspath(source)
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() == "file":
        return _local(label, text[scheme.end() :], scratch)
    if scheme:
        return _by_url(label, text, scheme[1].lower(), scratch)
    return _local(label, text, scratch)


def _filesystem(label: str, path: Any) -> Any:
    """Return the filesystem of a path object; to ask for it may take a connection, or a package that is not there."""
    try:
        return path.fs
    except Exception as unreachable:  # noqa: BLE001  every kind of path raises its own errors
        raise SourceError.unreadable(label, f"{type(unreachable).__name__}: {unreachable}") from None


def _by_url(label: str, url: str, scheme: str, scratch: Path) -> Files:
    if scheme in _NETWORK:
        raise SourceError.network(label)
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as missing:
        raise SourceError.unreadable(label, str(missing)) from None
    return _remote(label, filesystem, path, scratch)


def _local(label: str, path: str, scratch: Path) -> Files:
    if Path(path).is_dir():
        names = sorted(str(file) for file in Path(path).rglob("*") if file.is_file() and _is_data(file.name))
    elif Path(path).is_file():
        names = [path]
    else:
        found = glob.glob(path, recursive=True)  # noqa: PTH207  the pattern may be absolute
        names = sorted(name for name in found if Path(name).is_file())
    return _files(label, names, None, scratch)


def _remote(label: str, filesystem: Any, path: str, scratch: Path) -> Files:
    try:
        if filesystem.isdir(path):
            found = [name for name in filesystem.find(path) if _is_data(name.rsplit("/", 1)[-1])]
        else:
            found = filesystem.glob(path) if glob.has_magic(path) else [path] * bool(filesystem.exists(path))
    except Exception as unreachable:  # noqa: BLE001  every filesystem raises its own errors
        raise SourceError.unreadable(label, f"{type(unreachable).__name__}: {unreachable}") from None
    names = sorted(str(name) for name in found)
    protocol = filesystem.protocol if isinstance(filesystem.protocol, str) else filesystem.protocol[0]
    if protocol == "file":
        return _files(label, names, None, scratch)
    if any(name.endswith(".zip") for name in names):
        names = [_fetched(filesystem, name, scratch) for name in names]
        return _files(label, names, None, scratch)
    return _files(label, [f"{protocol}://{name.removeprefix('/')}" for name in names], filesystem, scratch)


def _fetched(filesystem: Any, name: str, scratch: Path) -> str:
    target = scratch / f"{len(list(scratch.iterdir()))}-{name.rsplit('/', 1)[-1]}"
    filesystem.get(name, str(target))
    return str(target)


def _files(label: str, names: list[str], filesystem: Any, scratch: Path) -> Files:
    if not names:
        raise SourceError.nothing_there(label)
    formats = {_format(label, name) for name in names}
    if len(formats) > 1:
        raise SourceError.mixed_formats(label, formats)
    unpacked: dict[str, str] = {}
    paths = tuple(path for name in names for path in _unpacked(label, name, scratch, unpacked))
    return Files(paths, formats.pop(), filesystem, unpacked)


def _is_data(name: str) -> bool:
    return not name.startswith((".", "_")) and any(name.lower().endswith(end) for end in FORMATS)


def _format(label: str, name: str) -> Format:
    for end, format_ in FORMATS.items():
        if name.lower().endswith(end):
            return format_
    raise SourceError.unknown_format(label, FORMATS)


def _unpacked(label: str, name: str, scratch: Path, unpacked: dict[str, str]) -> list[str]:
    """Return the CSV files in a zip archive, unpacked one by one; any other file is itself."""
    if not name.lower().endswith(".zip"):
        return [name]
    try:
        with zipfile.ZipFile(name) as archive:
            members = sorted(member for member in archive.namelist() if member.lower().endswith((".csv", ".tsv")))
            if not members:
                raise SourceError.empty_archive(label)
            folder = scratch / f"{len(list(scratch.iterdir()))}-{Path(name).name}"
            paths = {archive.extract(member, folder): f"{name}/{member}" for member in members}
    except zipfile.BadZipFile:
        raise SourceError.unreadable(label, f"{Path(name).name} is no zip archive") from None
    unpacked |= paths
    return list(paths)
