"""Several paths as one source: the files of all of them."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.embedded.files import find_files
from airflow_mlquality.engines.sources import label_of
from airflow_mlquality.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.engines.embedded.files import Files


def is_several(source: object) -> bool:
    """Return whether a source is a list of paths, and not one of rows or values, which nobody may name.

    >>> is_several(["a/1.csv", Path("b.csv")]), is_several(["Ann", "Bob"]), is_several([{"x": 1}]), is_several([])
    (True, False, False, False)
    """
    return isinstance(source, list | tuple) and bool(source) and all(_is_path(each) for each in source)


def _is_path(each: object) -> bool:
    if isinstance(each, str):
        return "\n" not in each and ("/" in each or "\\" in each or PurePath(each).suffix.lower() in SUFFIXES)
    return isinstance(each, PathLike) or hasattr(each, "read_bytes")


SUFFIXES = frozenset({".parquet", ".csv", ".json", ".jsonl", ".ndjson", ".arrow", ".feather", ".ipc", ".gz", ".zip"})
"""Of names without a folder that are taken for files."""


def find_several(sources: Sequence[Any], scratch: Path) -> Files:
    """Return the files of several paths; a file that two of them name is read once.

    Raises
    ------
    SourceError
        When nothing is at one of them, or they do not go together.
    """
    found = [find_files(each, scratch) for each in sources]
    label = f"{label_of(sources[0])} and {len(sources) - 1:,} more" if len(sources) > 1 else found[0].label
    formats = {files.format for files in found}
    if len(formats) > 1:
        raise SourceError.mixed_formats(label, formats)
    if any(files.filesystem is not found[0].filesystem for files in found):
        raise SourceError.second_storage(label, "another")
    return replace(
        found[0],
        label=label,
        paths=tuple(dict.fromkeys(path for files in found for path in files.paths)),
        unpacked={path: name for files in found for path, name in files.unpacked.items()},
        broken={path: why for files in found for path, why in files.broken.items()},
    )
