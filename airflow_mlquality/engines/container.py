"""What the machine, or the container on it, leaves to this process: memory and processors."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path("/")
_UNLIMITED = 1 << 60
"""Control groups of version 1 write a number about this large for no limit."""


def free_memory(root: Path = _ROOT) -> int | None:
    """Return how many bytes can still be taken before the machine or a control group refuses; None when untold.

    Parameters
    ----------
    root
        Where `proc` and `sys` lie.
    """
    free = [number for folder in _groups(root, "memory") if (number := _free_in(folder)) is not None]
    available = _table(root / "proc/meminfo").get("MemAvailable:")
    if available is not None:
        free.append(available * 1024)
    return min(free, default=None)


def processors(root: Path = _ROOT) -> int:
    """Return how many processors this process may keep busy: those it may run on, within the quota of its groups."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [quota for folder in _groups(root, "cpu") if (quota := _quota_of(folder)) is not None]
    return max(1, min([usable, *(math.ceil(quota) for quota in quotas)]))


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Yield the folders of the control groups that this process is in, the innermost first."""
    mounted = root / "sys/fs/cgroup"
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = mounted / controller if controllers else mounted
        inner = top / path.lstrip("/")
        for folder in (inner, *inner.parents):
            if folder.is_dir():  # inside a container the path may be that of the machine, and only the top is there
                yield folder
            if folder == top:
                break


def _free_in(group: Path) -> int | None:
    """Return what is left in a group; the cache of files counts as left, for it is given up first."""
    for limit_file, used_file, cached in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        limit, used = _number(group / limit_file), _number(group / used_file)
        if limit is not None and used is not None and limit < _UNLIMITED:
            return max(0, limit - used + _table(group / "memory.stat").get(cached, 0))
    return None


def _quota_of(group: Path) -> float | None:
    words = " ".join(_lines(group / "cpu.max")).split()
    if words:
        return int(words[0]) / int(words[1]) if words[0].isdecimal() else None
    quota, period = _number(group / "cpu.cfs_quota_us"), _number(group / "cpu.cfs_period_us")
    return quota / period if quota is not None and period and quota > 0 else None


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def _number(file: Path) -> int | None:
    text = "".join(_lines(file)).strip()
    return int(text) if text.removeprefix("-").isdecimal() else None


def _table(file: Path) -> dict[str, int]:
    rows = [line.split() for line in _lines(file)]
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdecimal()}
