"""How much of the machine measuring may take."""

from __future__ import annotations

from dataclasses import dataclass, field

from airflow_mlquality.engines.container import free_memory, processors

MEMORY_LIMIT = 2_000_000_000
"""Bytes that the engine takes at most when nothing else is said."""
SHARE_OF_FREE_MEMORY = 0.6
"""Where less is free it takes this share of it; Python and the reading of files need the rest."""
LEAST_MEMORY_LIMIT = 128_000_000


def default_memory_limit(free: int | None) -> str:
    """Return what the engine may take of so many free bytes; None when nobody knows.

    >>> default_memory_limit(None), default_memory_limit(1_000_000_000), default_memory_limit(1_000)
    ('2000MB', '600MB', '128MB')
    """
    limit = MEMORY_LIMIT if free is None else min(MEMORY_LIMIT, int(free * SHARE_OF_FREE_MEMORY))
    return f"{max(limit, LEAST_MEMORY_LIMIT) // 1_000_000}MB"


@dataclass(frozen=True)
class Settings:
    """How much of the machine measuring may take.

    Parameters
    ----------
    memory_limit
        Such as `2GB`; beyond it work spills to disk. By default 2 GB, or 60 % of what the machine or its container has
        left where that is less.
    threads
        How many; by default one for each processor that the container may use.
    spill
        Folder for what does not fit into memory; None takes the system's for temporary files.
    """

    memory_limit: str = field(default_factory=lambda: default_memory_limit(free_memory()))
    threads: int = field(default_factory=processors)
    spill: str | None = None

    @classmethod
    def of(cls, memory_limit: str | None = None, threads: int | None = None, spill: str | None = None) -> Settings:
        """Return settings of which some may be left open."""
        return cls(
            memory_limit=memory_limit or default_memory_limit(free_memory()),
            threads=threads or processors(),
            spill=spill or None,
        )
