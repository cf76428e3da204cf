"""What tells whether a source has changed since it was measured, without reading its rows."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from airflow_mlquality.engines.sources import label_of
from airflow_mlquality.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DIGITS = 16
ABSENT = "absent"
"""What is seen of files that are not there."""
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_MARKS = ("ETag", "etag", "md5", "content_md5", "md5Hash", "checksum", "crc32c", "generation", "version_id", "ino")
_TIMES = ("LastModified", "last_modified", "mtime", "updated", "created")
_LOGS = ("_delta_log", "metadata")
"""Folders of tables whose log tells the version: Delta Lake's and Iceberg's."""


def digest(value: Any) -> str:
    """Return a short SHA-256 of a JSON value.

    >>> digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    True
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:DIGITS]


def fingerprint(source: Any, partition: Mapping[str, str] | None = None) -> str:
    """Return what changes when the files of a source do: their names, sizes and times or checksums.

    Empty for a source that has no files to tell by, such as a database or an object in memory, and for one whose files
    cannot be listed: it counts as changed.

    Parameters
    ----------
    source
        As for `audit`.
    partition
        Files whose path says another value of these columns, as in ``day=2026-01-31``, do not count.
    """
    found = seen(source, partition)
    return "" if found == ABSENT else found


def seen(source: Any, partition: Mapping[str, str] | None = None) -> str:
    """Return a source's fingerprint, or `absent` where files would lie and none lies.

    Somebody who waits for a source asks so, again and again: what a filesystem remembers of its listings is not asked.

    Parameters
    ----------
    source, partition
        As for `fingerprint`.
    """
    try:
        kept = [file[:3] for file in _listed(source, partition)]
    except FileNotFoundError:
        return ABSENT
    except Exception:  # noqa: BLE001  every filesystem raises its own errors; whoever reads the rows will say which
        return ""
    return digest(kept) if kept else ABSENT


def newest_file(source: Any, partition: Mapping[str, str] | None = None) -> datetime | None:
    """Return when the newest file of a source was written; None when there is none, or none tells its time.

    Parameters
    ----------
    source, partition
        As for `fingerprint`; the source has files.

    Raises
    ------
    SourceError
        When the files cannot be listed.
    """
    try:
        files = _listed(source, partition)
    except FileNotFoundError:
        return None
    except Exception as refused:  # noqa: BLE001  every filesystem raises its own errors
        raise SourceError.unlisted(label_of(source), f"{type(refused).__name__}: {refused}") from None
    return max((file.written for file in files if file.written is not None), default=None)


class _File(NamedTuple):
    path: str
    size: int
    mark: str
    """What tells its content: a checksum, or at least a time."""
    written: datetime | None


def _listed(source: Any, partition: Mapping[str, str] | None) -> list[_File]:
    """Return the files of a source by name.

    Raises
    ------
    TypeError
        When it has none to list.
    """
    remote = hasattr(type(source), "fs") and hasattr(source, "path")
    if not remote and not isinstance(source, str | os.PathLike):
        msg = "it has no files"
        raise TypeError(msg)
    text = "" if remote else os.fspath(source)
    listed = _remote(*_located(source, text)) if remote or _SCHEME.match(text) else _local(text)
    return sorted(file for file in listed if _is_of(file.path, partition or {}))


def _located(source: Any, text: str) -> tuple[Any, str]:
    if not text:
        return source.fs, str(source.path)
    import fsspec

    filesystem, path = fsspec.core.url_to_fs(text)
    return filesystem, path


def _local(text: str) -> list[_File]:
    root = Path(text)
    if root.is_dir():
        found = [path for path in root.rglob("*") if path.is_file() and _counts(path.relative_to(root).parts)]
    else:
        found = [Path(name) for name in ([text] if root.is_file() else glob.glob(text, recursive=True))]  # noqa: PTH207  the pattern may be absolute
    stats = [(path, path.stat()) for path in found if path.is_file()]
    return [
        _File(str(path), stat.st_size, str(stat.st_mtime_ns), datetime.fromtimestamp(stat.st_mtime, UTC))
        for path, stat in stats
    ]


def _remote(filesystem: Any, path: str) -> list[_File]:
    filesystem.invalidate_cache()
    if filesystem.isdir(path):
        details = filesystem.find(path, detail=True)
    elif glob.has_magic(path):
        details = filesystem.glob(path, detail=True)
    else:
        details = {path: filesystem.info(path)}
    return [
        _File(name, int(info.get("size") or 0), _mark(info), _written(info))
        for name, info in details.items()
        if info.get("type", "file") == "file" and _counts(name.removeprefix(path).strip("/").split("/"))
    ]


def _mark(info: Mapping[str, Any]) -> str:
    """Return what an object store tells of the content: a checksum, or at least a time."""
    told = [str(info[name]) for name in (*_MARKS, *_TIMES) if info.get(name)]
    return " ".join(told)


def _written(info: Mapping[str, Any]) -> datetime | None:
    """Return when a filesystem says that a file was written; they say it as a time, as text, or in seconds."""
    told = next((info[name] for name in _TIMES if info.get(name)), None)
    if isinstance(told, int | float):
        return datetime.fromtimestamp(told, UTC)
    try:
        written = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    except ValueError:
        return None
    return written if written.tzinfo else written.replace(tzinfo=UTC)


def _counts(parts: Iterable[str]) -> bool:
    """Return whether a file below a folder is data, or the log of a table."""
    parts = list(parts)
    return any(part in _LOGS for part in parts) or not any(part.startswith((".", "_")) for part in parts)


def _is_of(path: str, partition: Mapping[str, str]) -> bool:
    """Return whether a file may hold rows of a partition, by what its folders say."""
    said = dict(segment.split("=", 1) for segment in path.split("/") if "=" in segment)
    return all(unquote(said[name]) == str(value) for name, value in partition.items() if name in said)
