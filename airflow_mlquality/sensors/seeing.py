"""What a sensor, and the trigger that watches for it, can see without measuring. Whatever is asked here may block."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from airflow_mlquality.store import Store

_NO_FILES = re.compile(r"(profile:|profiles/|runs/|iceberg:)")
"""How sources begin that are named by a text and have no files to look at."""


def watchable(source: Any) -> str:
    """Return the path or URL of a source whose files can be looked at; empty of any other.

    >>> watchable("s3://conn@bucket/day.parquet"), watchable("profile:train"), watchable({"profile": "a/b.json"})
    ('s3://conn@bucket/day.parquet', '', '')
    """
    if isinstance(source, os.PathLike) or hasattr(type(source), "fs"):
        return str(source)
    return source if isinstance(source, str) and not _NO_FILES.match(source) else ""


def seen_each(sources: Sequence[str], partition: Mapping[str, str] | None = None) -> list[str]:
    """Return the fingerprint of each source: `absent` where no file is there, empty where none can be told.

    Parameters
    ----------
    sources
        Paths and URLs, that of the stage first; the partition is one of its columns.
    partition
        Column to value.
    """
    from airflow_mlquality.engines.fingerprints import seen
    from airflow_mlquality.operators.locations import located

    return [
        seen(located(source), None if number else partition) if source else "" for number, source in enumerate(sources)
    ]


def as_one(seen: Sequence[str]) -> str:
    """Return fingerprints as one; empty when one of them is, so that it counts as changed.

    >>> as_one(["a", ""]), as_one(["a", "b"]) == as_one(["a", "b"])
    ('', True)
    """
    from airflow_mlquality.engines.fingerprints import digest

    return digest(list(seen)) if seen and all(seen) else ""


def runs_seen(store: Store, gates: Iterable[str]) -> str:
    """Return which runs the histories of gates hold, as a digest; a rerun of one that is there is not seen.

    Parameters
    ----------
    store
        Where they are kept.
    gates
        As in ``dag_id/task_id``.
    """
    from airflow_mlquality.engines.fingerprints import digest
    from airflow_mlquality.retraining import Gate
    from airflow_mlquality.store import segment

    refresh(store)
    parts = {name: Gate.of(name) for name in gates}
    folders = {name: (gate.dag_id, gate.task_id, str(gate.map_index)) for name, gate in parts.items()}
    return digest({name: sorted(store.folders(["history", *map(segment, each)])) for name, each in folders.items()})


def refresh(store: Store) -> None:
    """Forget what a filesystem remembers of its listings: another process may have written since."""
    filesystem = getattr(store.root, "fs", None)
    if filesystem is not None:
        filesystem.invalidate_cache()
