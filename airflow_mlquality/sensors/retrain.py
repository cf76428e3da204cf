"""Waiting for a reason to train a model anew."""

from __future__ import annotations

import json
import random
import time
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

from airflow_mlquality.sensors.waiting import Look, WaitingSensor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from airflow.sdk import Context

    from airflow_mlquality.history import Run
    from airflow_mlquality.retraining import Condition, Firing, Retraining
    from airflow_mlquality.retraining.firings import Firings
    from airflow_mlquality.store import Store
    from airflow_mlquality.triggers.watching import ChangeTrigger

REASON_KEY = "retrain_reason"
"""XCom key under which the reason travels."""
TRIES = 8
"""How often a sensor claims the same evidence in one look, when another claims it too."""
NOW = "now"
LONGEST_REASON = 2_000
MOST_BYTES = 16_000
"""A reason fits into an XCom of 16 KB; the whole of it lies in the store."""


class RetrainSensor(WaitingSensor):
    """Wait until the runs of gates give a reason to train a model anew: the gate of a retraining DAG.

    One drift makes one retraining: a firing consumes what it was decided from, so that runs about moments up to the
    firing's do not count again. Everything is ordered by the moment that a run is about (see `as_of`), so that a
    backfill decides as the days themselves would have.

    What happens on each decision
    -----------------------------
    - It fires: the firing is kept in the store, the task succeeds and its outlets are published, with the reason. When
      the task is cleared or retried it fires again for the same reason, so that training can be repeated.
    - No condition is met, or the cooldown or the budget holds it back: the task waits. To ask once and go on, give
      ``timeout=0, soft_fail=True``: then the DAG run is skipped.
    - timeout: the task fails without a retry, or is skipped with `soft_fail`; the message says what was lacking.

    A store that cannot be read is never "no drift": it is logged and read again; if it still cannot be read at the
    timeout, the task fails and is retried, and is never skipped. A firing counts although the training that follows
    fails; clear the run to train again.

    Two sensors of one name never fire for the same evidence, also when they look at the same time. On object stores
    that holds where a listing shows what was written before it, as on Amazon S3, Google Cloud Storage and Azure Blob
    Storage.

    Parameters
    ----------
    gates
        Whose runs are watched: ``dag_id/task_id``, or ``dag_id/task_id[map_index]`` of a mapped gate.
    conditions
        Reasons, of `airflow_mlquality.retraining`: `Drifted`, `LabelsShifted`, `Underperformed`, `ContractChanged`,
        `NewLabels`, `Age`.
    need
        Whether `any` of them is enough, or `all` have to be met at once.
    cooldown
        How long after a firing nothing fires, by the moments that they are about.
    budget
        How many firings there may be in how long: ``(2, timedelta(days=30))``.
    name
        Of what is trained; sensors of the same name share their firings. By default ``dag_id/task_id``.
    as_of
        The moment that it is decided for: by default that of the DAG run, the end of its data interval. `now` for a
        DAG whose runs are about no moment, such as one that runs continuously; then every look asks for its own.
    store
        Where the gates keep their reports; by default ``[mlquality] store``.
    **kwargs
        See `WaitingSensor`: `deferrable`, `poke_interval`, `timeout`, `mode`, `soft_fail`.

    Notes
    -----
    Templated: `gates`, `name`, `as_of`, `store`.

    XCom: under `retrain_reason` and as return value, the condition, the gate, since when, the reason, the moment, and
    the evidence with the addresses of its reports. The same is in the extra of the outlets' asset events, under
    `mlquality`.
    """

    template_fields: Sequence[str] = ("gates", "name", "as_of", "store")
    ui_color = "#efe9f5"

    def __init__(
        self,
        *,
        gates: Sequence[str] = (),
        conditions: Sequence[Condition],
        need: str = "any",
        cooldown: timedelta | None = None,
        budget: tuple[int, timedelta] | None = None,
        name: str = "",
        as_of: datetime | str | None = None,
        store: Any = None,
        **kwargs: Any,
    ) -> None:
        from airflow_mlquality.errors import UsageError
        from airflow_mlquality.retraining.deciding import NEED

        super().__init__(**kwargs)
        if need not in NEED:
            raise ValueError(str(UsageError.unknown_choice("need", need, NEED)))
        self.gates = gates
        self.conditions = conditions
        self.need = need
        self.cooldown = cooldown
        self.budget = budget
        self.name = name
        self.as_of = as_of
        self.store = store
        self._seen = ""

    # ---- looking ----

    def look(self, context: Context) -> Look:
        """Decide, and claim the evidence."""
        from airflow_mlquality.errors import UsageError
        from airflow_mlquality.operators.endings import WrongUsage
        from airflow_mlquality.operators.settings import store_from_config
        from airflow_mlquality.retraining.firings import Firings
        from airflow_mlquality.sensors.seeing import runs_seen

        store = store_from_config(self.store)
        firings = Firings(store, self._of(context))
        try:
            # where the clock is asked, time alone can change the answer
            self._seen = "" if self.as_of == NOW else runs_seen(store, self._watched())
            for _ in range(TRIES):
                found = self._looked_once(context, store, firings)
                if found is not None:
                    return found
                time.sleep(random.uniform(0.05, 1))  # noqa: S311  so that two that wait do not meet again
        except UsageError as error:
            raise WrongUsage(str(error)) from None
        self._seen = ""
        return Look(is_done=False, reason="there is a reason, but others claim the same evidence at this moment")

    def _looked_once(self, context: Context, store: Store, firings: Firings) -> Look | None:
        """Return what was decided; None when somebody else claims the same evidence."""
        known, at = firings.all(), self._at(context)
        own = [firing for firing in known if firing.by == _by(context)]
        mine = firings.settled(own[-1]) if own else None  # from before this run was cleared or retried
        if mine:
            return self._fired(context, store, mine)
        decision = self._decided(store, known, at)
        if not decision.fires:
            return Look(is_done=False, reason=decision.reason)
        claimed = firings.claim(self._firing(context, decision, at), known)
        return self._fired(context, store, claimed) if claimed else None

    def change(self, context: Context, waiting: dict[str, Any]) -> ChangeTrigger:  # noqa: ARG002  others need it
        """Return the trigger that watches the histories."""
        from airflow_mlquality.triggers.watching import RunsTrigger

        store = str(getattr(self.store, "root", self.store) or "")
        seen = "" if self._last.failed else self._seen
        return RunsTrigger(store=store, gates=self._watched(), seen=seen, **waiting)

    def _watched(self) -> list[str]:
        return [self.gates] if isinstance(self.gates, str) else list(self.gates)

    def _of(self, context: Context) -> str:
        return self.name or f"{context['ti'].dag_id}/{context['ti'].task_id}"

    def _at(self, context: Context) -> datetime:
        from datetime import UTC, datetime

        from airflow_mlquality.operators.moments import moment, moments

        if self.as_of == NOW:
            return datetime.now(UTC)
        return datetime.fromisoformat(moments(context, moment(self.as_of))["at"])

    def _decided(self, store: Store, known: Sequence[Firing], at: datetime) -> Retraining:
        from airflow_mlquality.retraining import decide_retraining

        last = max((firing.moment for firing in known), default=None)
        return decide_retraining(
            {gate: self._runs(store, gate, at, last) for gate in self._watched()},
            self.conditions,
            known,
            at,
            need=self.need,
            cooldown=self.cooldown,
            budget=self.budget,
        )

    def _runs(self, store: Store, gate: str, at: datetime, last: datetime | None) -> list[Run]:
        """Return the runs of a gate that nobody has acted on, no more than are looked at."""
        from airflow_mlquality.history import History
        from airflow_mlquality.retraining import Gate, reach

        watched = Gate.of(gate)
        runs = History(store, watched.dag_id, watched.task_id, watched.map_index).upto(at)
        fresh = takewhile(lambda run: last is None or run.moment > last, runs)
        return list(islice(fresh, reach(self.conditions)))

    # ---- firing ----

    def _firing(self, context: Context, decision: Retraining, at: datetime) -> Firing:
        from airflow_mlquality.retraining import Firing

        dag_id, task_id, run_id, map_index = _by(context)
        return Firing(
            name=self._of(context),
            dag_id=dag_id,
            task_id=task_id,
            run_id=run_id,
            map_index=map_index,
            at=at.isoformat(),
            reason=decision.reason,
            evidence=tuple(evidence.to_json() for evidence in decision.evidence),
            digests=decision.digests,
        )

    def _fired(self, context: Context, store: Store, firing: Firing) -> Look:
        """Say why, everywhere where the reason travels."""
        from airflow.sdk import Asset

        reason = reason_of(firing)
        for outlet in self.outlets:
            if isinstance(outlet, Asset):  # an alias has no event before somebody adds an asset to it
                context["outlet_events"][outlet].extra["mlquality"] = reason
        if self.do_xcom_push:
            context["ti"].xcom_push(key=REASON_KEY, value=reason)
        for each in firing.evidence:
            for run in each["runs"]:
                self.log.info("Evidence of %s: %s", each["condition"], store.location(run["report"]))
        return Look(is_done=True, reason=firing.reason, value=reason)


def reason_of(firing: Firing) -> dict[str, Any]:
    """Return what travels by XCom: the first condition that was met, and evidence, at most 16 KB of it."""
    first = firing.evidence[0]
    reason = {
        "name": firing.name,
        "condition": first["condition"],
        "gate": first["gate"],
        "since": first["since"],
        "reason": firing.reason[:LONGEST_REASON],
        "at": firing.at,
        "firing": firing.address,
        "evidence": [],
        "evidence_left_out": len(firing.evidence),
    }
    size = len(json.dumps(reason))
    for each in firing.evidence:
        size += len(json.dumps(each)) + 2
        if size > MOST_BYTES:
            break
        reason["evidence"].append(dict(each))
        reason["evidence_left_out"] -= 1
    return reason


def _by(context: Context) -> tuple[str, str, str, int]:
    ti = context["ti"]
    return (ti.dag_id, ti.task_id, ti.run_id, -1 if ti.map_index is None else ti.map_index)
