"""Where rows go as Parquet: written beside, and put in place when both kinds of rows are there whole.

A place that ends in ``.parquet`` is one file. Any other is a folder; where the source is partitioned it has a folder
for each partition. Of a folder the partitions that the source has rows of are replaced, those that it has none of stay:
each day of a daily run replaces itself.

On this machine's disks each file and each folder is renamed into place, and what stood there before comes back when
one of them cannot be. On object storage, where nothing can be renamed, each file appears whole, but one after the
other: until the last is there a reader may see some of the new and some of the old ones. Rows that are lost are put in
place first, so that a row is never missing from both.
"""

from __future__ import annotations

import fnmatch
import os
import shutil
import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.embedded.files import located
from airflow_mlquality.engines.sources import label_of
from airflow_mlquality.errors import MLQualityError, SourceError, UsageError
from airflow_mlquality.quarantine.embedded import OUTPUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Self

FILE_END = ".parquet"


class Outlet(ABC):
    """A place for rows.

    Parameters
    ----------
    label
        For people.
    path
        On its filesystem.
    half
        A folder of this machine for what is not whole yet; it goes when the outlet is closed.
    """

    def __init__(self, label: str, path: str, half: Path) -> None:
        self.label = label
        self.path = path.rstrip("/") or "/"
        self.half = half
        self.is_file = self.path.lower().endswith(FILE_END)

    @property
    def target(self) -> Path:
        """Where new rows are written: a file, or a folder for partitions."""
        return self.half / "new.parquet" if self.is_file else self.half / "new"

    def new_files(self) -> dict[str, list[Path]]:
        """Return what was written, by the folder below this place."""
        files: dict[str, list[Path]] = {}
        for path in sorted(self.target.rglob(f"*{FILE_END}")):
            files.setdefault(path.parent.relative_to(self.target).as_posix(), []).append(path)
        return files

    @abstractmethod
    def check(self, folders: Iterable[str]) -> None:
        """See that nothing is replaced but former output.

        Raises
        ------
        UsageError
            When a folder holds something else.
        """

    @abstractmethod
    def place(self, folders: Sequence[str]) -> None:
        """Put what was written in place, and empty those of the folders for which nothing was."""

    def undo(self) -> None:  # noqa: B027  not every storage can
        """Bring back what stood there before."""

    def close(self) -> None:
        """Remove what is left over."""
        shutil.rmtree(self.half, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.half.mkdir(parents=True)
        except OSError as refused:
            raise SourceError.not_written(self.label, f"{type(refused).__name__}: {refused.strerror}") from None
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class LocalOutlet(Outlet):
    """A file or folder of this machine's disks; what is not whole yet lies beside it, hidden from readers."""

    def __init__(self, label: str, path: str) -> None:
        place = Path(path)
        super().__init__(label, path, place.parent / f".{place.name}.{uuid.uuid4().hex[:12]}.half")
        self._done: list[tuple[Path, Path | None]] = []

    def check(self, folders: Iterable[str]) -> None:
        """See that nothing is replaced but former output."""
        if self.is_file:
            if Path(self.path).is_dir():
                raise UsageError.foreign_files(self.label, Path(self.path).name)
            return
        for folder in folders:
            place = Path(self.path, folder)
            names = [each.name for each in place.iterdir()] if place.is_dir() else []
            _refuse_foreign(self.label, names)

    def place(self, folders: Sequence[str]) -> None:
        """Rename everything into place."""
        if self.is_file:
            self._swap(self.target, Path(self.path))
        for number, folder in enumerate(() if self.is_file else folders):
            new = self.target / folder
            self._swap(new if new.is_dir() else None, Path(self.path, folder), str(number))

    def undo(self) -> None:
        """Bring back what stood there before."""
        for place, former in reversed(self._done):
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
            if former is not None:
                former.replace(place)
        self._done.clear()

    def _swap(self, new: Path | None, place: Path, name: str = "file") -> None:
        former = self.half / f"former-{name}"
        place.parent.mkdir(parents=True, exist_ok=True)
        if self.is_file and place.exists():
            shutil.copy2(place, former)  # a file is replaced at once: there is no moment without one
            self._done.append((place, former))
        elif place.exists():
            place.rename(former)
            self._done.append((place, former))
        else:
            self._done.append((place, None))
        if new is not None:
            new.replace(place)


class RemoteOutlet(Outlet):
    """A file or folder of object storage: written here, then uploaded."""

    def __init__(self, label: str, filesystem: Any, path: str, scratch: Path) -> None:
        super().__init__(label, path, scratch / f"outlet-{uuid.uuid4().hex[:12]}")
        self._filesystem = filesystem

    def check(self, folders: Iterable[str]) -> None:
        """See that nothing is replaced but former output."""
        for folder in () if self.is_file else folders:
            _refuse_foreign(self.label, [name.rpartition("/")[2] for name in self._standing(folder)])

    def place(self, folders: Sequence[str]) -> None:
        """Upload every file, then remove those of former output that have no successor."""
        if self.is_file:
            self._upload(self.target, self.path)
            return
        files = self.new_files()
        for folder in folders:
            new = {self._below(folder, file.name): file for file in files.get(folder, ())}
            stale = [name for name in self._standing(folder) if _bare(name) not in set(map(_bare, new))]
            for name, file in new.items():
                self._upload(file, name)
            for name in stale:
                self._filesystem.rm_file(name)

    def _below(self, folder: str, name: str = "") -> str:
        return "/".join(part for part in (self.path, "" if folder == "." else folder, name) if part)

    def _standing(self, folder: str) -> list[str]:
        place = self._below(folder)
        self._filesystem.invalidate_cache()
        if not self._filesystem.exists(place):
            return []
        return [str(name) for name in self._filesystem.find(place)]

    def _upload(self, file: Path, name: str) -> None:
        self._filesystem.makedirs(name.rpartition("/")[0], exist_ok=True)
        self._filesystem.put_file(str(file), name)


@dataclass(frozen=True)
class Outlets:
    """The two places."""

    good: Outlet
    bad: Outlet

    @classmethod
    def of(cls, good: Any, bad: Any, scratch: Path) -> Outlets:
        """Return the places as they were given."""
        outlets = cls(*(_outlet(each, scratch) for each in (good, bad)))
        refuse_overlap(outlets.good, outlets.bad.path, outlets.bad.label)
        return outlets

    def refuse_source(self, source: Any) -> None:
        """See that nothing is written where the rows come from.

        Raises
        ------
        UsageError
            When it would be.
        """
        if isinstance(source, str | os.PathLike) or hasattr(type(source), "fs"):
            _, path = located(source)
            for each in (self.good, self.bad):
                refuse_overlap(each, path, label_of(source))

    def place(self) -> None:
        """Put both in place, or none: what is lost first.

        Raises
        ------
        UsageError
            When something else would be replaced.
        SourceError
            When it cannot be done.
        """
        folders = sorted({*self.good.new_files(), *self.bad.new_files()})
        both = (self.bad, self.good)
        try:
            for each in both:
                each.check(folders)
            for each in both:
                each.place(folders)
        except BaseException as failed:
            for each in both:
                each.undo()
            if isinstance(failed, MLQualityError) or not isinstance(failed, Exception):
                raise
            where = f"{self.good.label}, {self.bad.label}"
            raise SourceError.not_written(where, f"{type(failed).__name__}: {failed}") from None


def refuse_overlap(outlet: Outlet, other: str, label: str) -> None:
    """See that an outlet is apart from another path, which may be a pattern.

    Raises
    ------
    UsageError
        When one lies in the other.
    """
    mine, theirs = (os.path.normpath(path) for path in (outlet.path, other))
    inside = mine == theirs or mine.startswith(f"{theirs}/") or theirs.startswith(f"{mine}/")
    if inside or fnmatch.fnmatch(mine, theirs):
        raise UsageError.outlet_overlaps(outlet.label, label)


def _outlet(place: Any, scratch: Path) -> Outlet:
    filesystem, path = located(place)
    label = label_of(place)
    return LocalOutlet(label, path) if filesystem is None else RemoteOutlet(label, filesystem, path, scratch)


def _refuse_foreign(label: str, names: Iterable[str]) -> None:
    for name in names:
        if not (name.startswith(OUTPUT) and name.endswith(FILE_END)):
            raise UsageError.foreign_files(label, name)


def _bare(name: str) -> str:
    return name.strip("/")
