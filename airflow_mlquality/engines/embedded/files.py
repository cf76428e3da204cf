"""Finding the files of a source, and telling their format."""

from __future__ import annotations

import glob
import hashlib
import os
import re
import zipfile
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from airflow_mlquality.engines.sources import label_of
from airflow_mlquality.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

Format = Literal["parquet", "csv", "json", "arrow"]

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
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
"""By the end of a file's name."""

DELTA_LOG = "_delta_log"
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
FETCHED = (".zip", ".arrow", ".feather", ".ipc")
"""Files of object storage that are copied here first: their readers need them on this machine."""
_NETWORK = ("http", "https", "ftp")
_CHUNK = 1 << 22


@dataclass(frozen=True)
class Files:
    """Files of one format, as paths that DuckDB can open.

    Parameters
    ----------
    label
        The source, for people.
    paths
        In the order of their names.
    format
        Of all of them.
    filesystem
        The fsspec filesystem to register, or None for local files.
    unpacked
        Of paths that were unpacked or fetched: where they lay, for people.
    broken
        Files that could not even be offered as a path, and why.
    """

    label: str
    paths: tuple[str, ...]
    format: Format
    filesystem: Any = None
    unpacked: Mapping[str, str] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)

    def named(self, path: str) -> str:
        """Return where a path lies, for people."""
        return self.unpacked.get(path, path)

    def only(self, paths: Iterable[str]) -> Files:
        """Return some of the files."""
        return replace(self, paths=tuple(paths))

    def without(self, broken: Container[str]) -> Files:
        """Return the files that are not known to be broken."""
        return self.only(path for path in self.paths if path not in broken)

    def size(self, path: str) -> int:
        """Return how many bytes a file has.

        Raises
        ------
        SourceError
            When it cannot be reached.
        """
        try:
            return Path(path).stat().st_size if self.filesystem is None else int(self.filesystem.size(path) or 0)
        except Exception as unreachable:  # noqa: BLE001  every filesystem raises its own errors
            raise SourceError.unreadable(self.label, f"{type(unreachable).__name__}: {unreachable}") from None

    def open(self, path: str) -> Any:
        """Open a file to read its bytes."""
        return Path(path).open("rb") if self.filesystem is None else self.filesystem.open(path, "rb")

    def read_through(self, path: str) -> None:
        """Read the bytes of a file, to see whether it can be reached to its end.

        Raises
        ------
        SourceError
            When it cannot: that is a matter of the storage, not of what the file holds.
        """
        try:
            with self.open(path) as file:
                while file.read(_CHUNK):
                    pass
        except FileNotFoundError:
            raise SourceError.gone(self.label, self.named(path)) from None
        except Exception as unreachable:  # noqa: BLE001  every filesystem raises its own errors
            raise SourceError.unreadable(self.label, f"{type(unreachable).__name__}: {unreachable}") from None


def find_files(source: Any, scratch: Path) -> Files:
    """Return the files of a source: a path, a glob, a folder, or an object with a filesystem.

    Files and folders whose name starts with a dot or an underscore are not looked at: writers keep there what is not
    finished yet, or no data.

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
    filesystem, path = located(source)
    if filesystem is None:
        return _local(label, path, scratch)
    return _remote(label, filesystem, path, scratch)


def located(source: Any) -> tuple[Any, str]:
    """Return the fsspec filesystem of a source, None for this machine's own, and the path in it.

    Raises
    ------
    SourceError
        When the source is no path, or its filesystem cannot be had.
    """
    label = label_of(source)
    if hasattr(type(source), "fs") and hasattr(source, "path"):
        return _local_or(_filesystem(label, source)), str(source.path)
    if not isinstance(source, str | os.PathLike):
        raise SourceError.unsupported(f"{type(source).__module__}.{type(source).__name__}")
    text = os.fspath(source)
    scheme = _SCHEME.match(text)
    if scheme is None:
        return None, text
    if scheme[1].lower() == "file":
        return None, text[scheme.end() :]
    if scheme[1].lower() in _NETWORK:
        raise SourceError.network(label)
    return _by_url(label, text)


def _filesystem(label: str, path: Any) -> Any:
    """Return the filesystem of a path object; to ask for it may take a connection, or a package that is not there."""
    try:
        return path.fs
    except Exception as unreachable:  # noqa: BLE001  every kind of path raises its own errors
        raise SourceError.unreadable(label, f"{type(unreachable).__name__}: {unreachable}") from None


def _by_url(label: str, url: str) -> tuple[Any, str]:
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as missing:
        raise SourceError.unreadable(label, str(missing)) from None
    return _local_or(filesystem), path


def _local_or(filesystem: Any) -> Any:
    return None if protocol_of(filesystem) == "file" else filesystem


def protocol_of(filesystem: Any) -> str:
    """Return the scheme of a filesystem's URLs."""
    protocol = filesystem.protocol
    return str(protocol if isinstance(protocol, str) else protocol[0])


def _local(label: str, path: str, scratch: Path) -> Files:
    try:
        if Path(path).is_dir():
            names = _data_files(label, _walked(path), path)
        elif Path(path).is_file():
            names = [path]
        else:
            matching = glob.glob(path, recursive=True)  # noqa: PTH207  the pattern may be absolute
            names = sorted(name for name in matching if Path(name).is_file())
    except OSError as unreachable:
        where = unreachable.filename or path
        raise SourceError.unreachable_files(label, type(unreachable).__name__, str(where)) from None
    return _files(label, names, scratch)


def _walked(folder: str) -> Iterator[str]:
    """Return all files below a folder, those behind links too, each once."""
    seen: set[str] = set()
    for above, below, names in os.walk(folder.rstrip("/") or "/", onerror=_raise, followlinks=True):
        seen.add(os.path.realpath(above))
        below[:] = [name for name in below if os.path.realpath(f"{above}/{name}") not in seen]
        yield from (f"{above}/{name}" for name in names)


def _raise(failed: OSError) -> None:
    raise failed


def _remote(label: str, filesystem: Any, path: str, scratch: Path) -> Files:
    try:
        filesystem.invalidate_cache()  # a listing that was kept from before the writer ran is stale
        if filesystem.isdir(path):
            names = _data_files(label, filesystem.find(path), path)
        else:
            found = filesystem.glob(path) if glob.has_magic(path) else [path] * bool(filesystem.exists(path))
            names = sorted(str(name) for name in found)
        if not any(name.lower().endswith(FETCHED) for name in names):
            scheme = protocol_of(filesystem)
            urls = [f"{scheme}://{name.removeprefix('/')}" for name in names]
            return replace(_files(label, urls, scratch), filesystem=filesystem)
        fetched = {_fetched(filesystem, name, scratch): name for name in names}
    except SourceError:
        raise
    except Exception as unreachable:  # noqa: BLE001  every filesystem raises its own errors
        raise SourceError.unreadable(label, f"{type(unreachable).__name__}: {unreachable}") from None
    return _files(label, list(fetched), scratch, fetched)


def _data_files(label: str, found: Iterable[str], folder: str) -> list[str]:
    """Return the data files among all files of a folder.

    Raises
    ------
    SourceError
        When a Delta table is in it, whose files are not all current.
    """
    names = []
    for name in found:
        below = PurePosixPath(name.strip("/").removeprefix(folder.strip("/")).lstrip("/")).parts
        if DELTA_LOG in below:
            table = name.partition(f"/{DELTA_LOG}/")[0]
            raise SourceError.part_of_a_table(label, "Delta", table, f"Name {table}")
        if _is_data(below):
            names.append(name)
    return sorted(names)


def _fetched(filesystem: Any, name: str, scratch: Path) -> str:
    target = _place(scratch, name) / PurePosixPath(name).name
    target.parent.mkdir(parents=True, exist_ok=True)
    filesystem.get(name, str(target))
    return str(target)


def _place(scratch: Path, name: str) -> Path:
    """Return the folder for what a file becomes, always the same; ``day=2026-01-01`` stays part of its path."""
    keys = [part for part in PurePosixPath(name).parts[:-1] if "=" in part]
    return scratch.joinpath(hashlib.sha256(name.encode()).hexdigest()[:16], *keys)


def _files(label: str, names: list[str], scratch: Path, fetched: Mapping[str, str] | None = None) -> Files:
    if not names:
        raise SourceError.nothing_there(label)
    formats = {_format(label, name) for name in names}
    if len(formats) > 1:
        raise SourceError.mixed_formats(label, formats)
    unpacked, broken = dict(fetched or {}), {}
    paths: list[str] = []
    for name in names:
        shown = unpacked.get(name, name)
        if re.search(r"[*?]", name.partition("://")[2] or name):
            broken[shown] = "its name holds '*' or '?', which the reader takes for a pattern. Rename it"
        elif name.lower().endswith(".zip"):
            members, why = _unpacked(label, name, shown, scratch)
            if why:
                broken[shown] = why
            unpacked |= members
            paths += members
        else:
            paths.append(name)
    return Files(label, tuple(paths), formats.pop(), None, unpacked, broken)


_IS_TEXT = re.compile(r"\.(csv|tsv)$", re.IGNORECASE)


def _unpacked(label: str, name: str, shown: str, scratch: Path) -> tuple[dict[str, str], str]:
    """Unpack the CSV files in a zip archive, one by one; return where each lies and lay, and why there is none."""
    try:
        with zipfile.ZipFile(name) as archive:
            members = sorted(member for member in archive.namelist() if _IS_TEXT.search(member) and _is_shown(member))
            folder = _place(scratch, shown)
            paths = {archive.extract(member, folder): f"{shown}/{member}" for member in members}
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return {}, "it is no zip archive, or a damaged one"
    except (RuntimeError, NotImplementedError):
        return {}, "it is packed in a way that is not read: with a password, or by an unknown method"
    except OSError as failed:  # such as no room for what is in it
        raise SourceError.unreadable(label, f"{type(failed).__name__}: {failed.strerror}") from None
    return paths, "" if paths else "the archive holds no .csv or .tsv file"


def _is_shown(member: str) -> bool:
    return not any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(member).parts)


def _is_data(parts: Iterable[str]) -> bool:
    """Return whether the parts of a path, below the source, are those of a data file."""
    *folders, name = parts
    hidden = any(part.startswith((".", "_")) and "=" not in part for part in folders) or name.startswith((".", "_"))
    return not hidden and any(name.lower().endswith(end) for end in FORMATS)


def _format(label: str, name: str) -> Format:
    for end, format_ in FORMATS.items():
        if name.lower().endswith(end):
            return format_
    raise SourceError.unknown_format(label, FORMATS)
