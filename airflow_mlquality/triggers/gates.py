"""Starting a DAG when a gate passed, failed or recovered."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airflow_mlquality.history import Run
    from airflow_mlquality.store import Store
    from airflow_mlquality.triggers.news import News, Told

SECONDS_APART = 10.0
"""Between two events: of those that come before the scheduler has made a run for the first, Airflow leaves the others
lying until the next one comes."""


class QualityEventTrigger(BaseEventTrigger):
    """Fire once for each run of a gate that passed, failed or recovered; for the `AssetWatcher` of an asset.

    The gate need not know of the asset, and may belong to another team: the trigger reads its history in the store.
    Runs that were there when it watched first are not told. How far it told is kept with the asset where Airflow has a
    place for that (3.3 and later), else in the store, so that a restart of the triggerer neither repeats a run nor
    misses one. It is kept before the event is fired: a triggerer that dies in between loses that event. Of several new
    runs the events are ten seconds apart, so that each starts a DAG run of its own.

    A run that is repeated, by a retry or by hand, fires when it becomes what is asked for, and never twice.
    A run whose source could not be read is neither a pass nor a failure.

    Parameters
    ----------
    dag_id, task_id, map_index
        The gate.
    on
        `passed`: the DAG went on and nothing failed. `failed`: it was stopped or degraded, or a check failed.
        `recovered`: passed, while the run about the moment before it had failed.
    store
        Where the gate keeps its reports; by default ``[mlquality] store``.
    poke_interval
        Seconds between looks.

    Notes
    -----
    The event's payload, in the asset event's extra under `payload`: `on`, `dag_id`, `task_id`, `map_index`, `run_id`,
    `at`, `contract`, `outcome`, `decision`, `rows`, `report`.
    """

    def __init__(
        self,
        *,
        dag_id: str,
        task_id: str,
        on: str = "passed",
        store: str = "",
        map_index: int = -1,
        poke_interval: float = 60.0,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow's own has no types
        self.dag_id = dag_id
        self.gate_id = task_id  # Airflow sets `task_id` of a trigger itself
        self.on = on
        self.store = store
        self.map_index = map_index
        self.poke_interval = poke_interval
        self._news: News | None = None
        if on not in ("passed", "failed", "recovered"):
            from airflow_mlquality.errors import UsageError

            raise ValueError(str(UsageError.unknown_choice("on", on, ("passed", "failed", "recovered"))))

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class and the arguments; the same for the same watch, for Airflow knows it by them."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "dag_id": self.dag_id,
                "task_id": self.gate_id,
                "on": self.on,
                "store": self.store,
                "map_index": self.map_index,
                "poke_interval": self.poke_interval,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look, fire for what is new, sleep; for ever."""
        while True:
            try:
                async for run in self._new_runs():
                    yield TriggerEvent(self._payload(run))  # type: ignore[no-untyped-call]  # as above
                    await asyncio.sleep(min(self.poke_interval, SECONDS_APART))
            except Exception:
                self.log.exception("Could not read the history; the trigger looks again in %s s", self.poke_interval)
            await asyncio.sleep(self.poke_interval)

    async def _new_runs(self) -> AsyncIterator[Run]:
        """Yield the runs to tell, each when it is kept that it was told."""
        news = self._news
        if news is None:  # it remembers what it listed
            news = self._news = await asyncio.to_thread(self._history)
        kept = await self._kept()
        names = await asyncio.to_thread(news.names)
        if kept is None:
            from airflow_mlquality.triggers.news import Told

            await self._keep(Told().reading(names))
            return
        told, fresh = kept, [name for name in names if kept.is_new(name)]
        for name in fresh:
            runs, told = await asyncio.to_thread(self._chosen, news, [name], told)
            if runs or name == fresh[-1]:
                await self._keep(told)
            for run in runs:
                yield run

    def _chosen(self, news: News, names: list[str], kept: Told) -> tuple[list[Run], Told]:
        from airflow_mlquality.triggers.news import mark_of

        chosen, told = [], kept.reading(names)
        for run in news.runs(names):
            if mark_of(run) not in told.fired and news.is_told(run, self.on):
                chosen.append(run)
                told = told.telling(run)
        return chosen, told

    def _payload(self, run: Run) -> dict[str, Any]:
        names = ("dag_id", "task_id", "map_index", "run_id", "at", "contract", "outcome", "decision", "rows", "report")
        return {"on": self.on, **{name: getattr(run, name) for name in names}}

    # ---- how far it told ----

    async def _kept(self) -> Told | None:
        from airflow_mlquality.triggers.news import Told

        try:
            value = await self._state().aget(self._key())
        except (AttributeError, ValueError):  # there is no such place, or several assets have this trigger
            value = await asyncio.to_thread(self._from_store)
        return Told.from_json(value) if value else None

    async def _keep(self, told: Told) -> None:
        try:
            await self._state().aset(self._key(), told.to_json())
        except (AttributeError, ValueError):
            await asyncio.to_thread(self._store().write_document, self._folder(), json.dumps(told.to_json()))

    def _state(self) -> Any:
        """Return where Airflow keeps the state of the asset that is watched; None where there is no such place."""
        return getattr(self, "asset_state_store", None)

    def _from_store(self) -> dict[str, Any] | None:
        addresses = self._store().addresses(self._folder())
        return self._store().read_document(addresses[-1]) if addresses else None

    def _key(self) -> str:
        return ".".join(self._folder())

    def _folder(self) -> list[str]:
        from airflow_mlquality.store import segment

        return ["watched", *map(segment, (self.dag_id, self.gate_id, str(self.map_index), self.on))]

    def _store(self) -> Store:
        from airflow_mlquality.operators.settings import store_from_config

        return store_from_config(self.store)

    def _history(self) -> News:
        from airflow_mlquality.retraining import Gate
        from airflow_mlquality.triggers.news import News

        return News(self._store(), Gate(self.dag_id, self.gate_id, self.map_index))
