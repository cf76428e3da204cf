"""How much of the machine measuring may take."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_MEMORY_LIMIT = "2GB"


@dataclass(frozen=True)
class Settings:
    """How much of the machine measuring may take.

    Parameters
    ----------
    memory_limit
        Such as `2GB`; beyond it work spills to disk.
    threads
        How many; None leaves it to the engine, which takes one per core.
    spill
        Folder for what does not fit into memory; None takes the system's for temporary files.
    """

    memory_limit: str = DEFAULT_MEMORY_LIMIT
    threads: int | None = None
    spill: str | None = None
