"""Watching for a change while a sensor waits. The triggerer never measures: it wakes a worker, which does."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

AT_LEAST_EVERY = 3600.0
"""Seconds after which a worker looks although nothing changed: it may see what the triggerer's host does not."""


class ChangeTrigger(BaseTrigger):
    """Fire once something is no longer as the worker saw it, or when the sensor's time is up.

    It sleeps before its first look, since the worker has just looked; and a task that wakes within seconds after it
    went to sleep is taken for a failed one by Airflow's scheduler.

    Parameters
    ----------
    seen
        What the worker saw; empty when a change cannot be told without measuring, so that a worker is woken each time.
    poke_interval
        Seconds between looks.
    started, deadline
        ISO 8601: when the sensor began to wait, and when its time is up.
    """

    def __init__(self, *, seen: str, poke_interval: float, started: str, deadline: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow's own has no types
        self.seen = seen
        self.poke_interval = poke_interval
        self.started = started
        self.deadline = deadline

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class and the arguments, as Airflow keeps them."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                **self.watched(),
                "seen": self.seen,
                "poke_interval": self.poke_interval,
                "started": self.started,
                "deadline": self.deadline,
            },
        )

    @abstractmethod
    def watched(self) -> dict[str, Any]:
        """Return the arguments of the subclass."""

    @abstractmethod
    def look(self) -> str:
        """Return what is to be seen now; it may block, for it runs in a thread."""

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Sleep, look, and fire when something changed."""
        end = datetime.fromisoformat(self.deadline)
        begun = time.monotonic()
        while True:
            left = (end - datetime.now(UTC)).total_seconds()
            await asyncio.sleep(max(0.0, min(self.poke_interval, left)))
            if datetime.now(UTC) >= end or time.monotonic() - begun >= AT_LEAST_EVERY or await self._is_changed():
                yield TriggerEvent({"started": self.started})  # type: ignore[no-untyped-call]  # as above
                return

    async def _is_changed(self) -> bool:
        if not self.seen:
            return True
        try:
            now = await asyncio.to_thread(self.look)
        except Exception:
            self.log.exception("Could not look; the trigger looks again in %s seconds", self.poke_interval)
            return False
        return now != self.seen


class SourceTrigger(ChangeTrigger):
    """Fire once the files of sources are no longer as they were: by names, sizes, times or checksums.

    Parameters
    ----------
    sources
        Paths and URLs, that of the stage first.
    partition
        Column to value: files whose path says another value do not count.
    **kwargs
        See `ChangeTrigger`.
    """

    def __init__(self, *, sources: Sequence[str], partition: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sources = list(sources)
        self.partition = dict(partition)

    def watched(self) -> dict[str, Any]:
        """Return the arguments of its own."""
        return {"sources": self.sources, "partition": self.partition}

    def look(self) -> str:
        """Return the fingerprints of all sources as one."""
        from airflow_mlquality.sensors.seeing import as_one, seen_each

        return as_one(seen_each(self.sources, self.partition))


class RunsTrigger(ChangeTrigger):
    """Fire once the histories of gates have runs that they had not.

    Parameters
    ----------
    store
        Where the histories are kept.
    gates
        As in ``dag_id/task_id``.
    **kwargs
        See `ChangeTrigger`.
    """

    def __init__(self, *, store: str, gates: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.store = store
        self.gates = list(gates)

    def watched(self) -> dict[str, Any]:
        """Return the arguments of its own."""
        return {"store": self.store, "gates": self.gates}

    def look(self) -> str:
        """Return which runs there are, as a digest."""
        from airflow_mlquality.operators.settings import store_from_config
        from airflow_mlquality.sensors.seeing import runs_seen

        return runs_seen(store_from_config(self.store), self.gates)
