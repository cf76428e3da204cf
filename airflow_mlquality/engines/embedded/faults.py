"""Finding out which files of a source are to blame when reading it fails."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.embedded.files import protocol_of
from airflow_mlquality.engines.engine import Engine, Row
from airflow_mlquality.errors import BrokenFilesError, EngineError, LostError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow_mlquality.engines.embedded.files import Files
    from airflow_mlquality.engines.embedded.parts import Part
    from airflow_mlquality.engines.engine import Table

_NOT_THE_FILES = (
    "Binder Error",
    "Catalog Error",
    "Constraint Error",
    "Conversion Error",
    "INTERRUPT Error",
    "Internal Error",
    "Not implemented Error",
    "Out of Memory Error",
    "Out of Range Error",
    "Parser Error",
)
"""Failures of a statement whatever it reads."""


def broken_among(files: Files, paths: Sequence[str], attempt: Callable[[Sequence[str]], object]) -> dict[str, str]:
    """Return which of some files an attempt fails on, and why.

    Halves are tried, so that one broken file of n costs about 2 log n attempts, and not n.

    Parameters
    ----------
    attempt
        Reads files and raises an `EngineError` where one is broken.

    Raises
    ------
    SourceError
        When a file cannot be reached to its end: that is infrastructure, and says nothing of what the file holds.
    """
    try:
        attempt(paths)
    except LostError:
        raise
    except EngineError as failed:
        if not may_be_a_file(failed):
            raise
        if len(paths) == 1:
            files.read_through(paths[0])
            return {paths[0]: failed.reason}
    else:
        return {}
    middle = len(paths) // 2
    return broken_among(files, paths[:middle], attempt) | broken_among(files, paths[middle:], attempt)


def may_be_a_file(failed: EngineError) -> bool:
    """Return whether a statement may have failed because of what a file holds."""
    return not failed.reason.startswith(_NOT_THE_FILES)


class FileEngine(Engine):
    """An engine that reads files, and knows afterwards which of them it could not read.

    A file whose footer is whole and whose pages are not is found only while it is read. Then every file is read once,
    by itself; those that are broken are told by a `BrokenFilesError`, and left out when the source is opened again.

    Attributes
    ----------
    broken
        Paths that are not read any more, and why.
    """

    def __init__(self) -> None:
        super().__init__()
        self.broken: dict[str, str] = {}
        self._parts: dict[str, tuple[Files, Sequence[Part]]] = {}
        self._filesystems: dict[str, Any] = {}
        self._examined: set[str] = set()

    def reach(self, files: Files) -> None:
        """Offer the filesystem of files under its protocol.

        Raises
        ------
        SourceError
            When another one, such as with other credentials, has the protocol already.
        """
        if files.filesystem is None:
            return
        protocol = protocol_of(files.filesystem)
        if protocol not in self._filesystems:
            self.register_filesystem(files.filesystem)
        elif self._filesystems[protocol] is not files.filesystem:
            raise SourceError.second_storage(files.label, protocol)
        self._filesystems[protocol] = files.filesystem

    @abstractmethod
    def register_filesystem(self, filesystem: Any) -> None:
        """Offer an fsspec filesystem under its protocol."""

    def watch(self, name: str, files: Files, parts: Sequence[Part]) -> None:
        """Remember what a table is made of."""
        self._parts[name] = files, parts

    def parquet_files(self, table: Table) -> tuple[str, ...]:
        """Return the Parquet files that a table is made of; none when it is made of something else."""
        return self.files_of(table, "parquet")

    def files_of(self, table: Table, format_: str = "") -> tuple[str, ...]:
        """Return the files that a table is made of; none when it is made of something else, or of another format."""
        for name, (files, parts) in self._parts.items():
            if self.relations.get(name) == table.relation and format_ in ("", files.format):
                return tuple(path for part in parts for path in part.paths)
        return ()

    def measure(self, statement: str) -> list[Row]:
        """Run a statement that reads the rows of a table; where it fails, see whether files are to blame."""
        try:
            return super().measure(statement)
        except LostError:
            raise
        except EngineError as failed:
            self.examine(failed)
            raise

    def examine(self, failed: EngineError) -> None:
        """See whether files are to blame for a failure, once for each table.

        Raises
        ------
        BrokenFilesError
            When some are.
        SourceError
            When one cannot be reached any more.
        """
        if self.is_stopped or not may_be_a_file(failed):
            return
        found: dict[str, str] = {}
        named: dict[str, str] = {}
        for name in self._parts.keys() - self._examined:
            files, parts = self._parts[name]
            broken = _broken_of(files, parts)
            found |= broken
            named |= {files.named(path): why for path, why in broken.items()}
        self._examined |= self._parts.keys()
        if found:
            self.broken |= found
            raise BrokenFilesError.found(named)


def _broken_of(files: Files, parts: Sequence[Part]) -> dict[str, str]:
    """Return the broken files of a table; none where all are, and columns that are whole can still be measured."""
    broken: dict[str, str] = {}
    for part in parts:
        broken |= broken_among(files, part.paths, part.probe)
    if len(broken) == sum(len(part.paths) for part in parts) and all(part.by_column for part in parts):
        return {}
    return broken
