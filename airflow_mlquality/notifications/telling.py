"""One gate run and one receiver: see what changed, agree with the other instances who tells, send, remember."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_mlquality.alerting import Change, Instance, Ledger, change_of, level_of, severity, troubles_of, worst_level
from airflow_mlquality.errors import StoreError
from airflow_mlquality.history import History

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.alerting import Told
    from airflow_mlquality.notifications.webhook import QualityWebhookNotifier
    from airflow_mlquality.operators.audited import Audited

GOOD = "good"
TELLS_NOTHING = frozenset({"removed", "skipped", "success", "upstream_failed"})
"""States of an instance of which nothing is known and nothing will be."""
MOST_KEPT = 50
"""Checks that an instance of a mapped gate tells the others of, the worst first."""
MOST_READ = 200
"""Instances whose findings are read for one message, the worst first."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What an instance sees.

    Parameters
    ----------
    levels
        Map index to level, and the address of what was found; empty where the gate is not mapped.
    level, before
        The state of the gate as far as it is known, and as it was told.
    last
        The last message; None when there was none.
    change
        What there is to tell.
    """

    levels: Mapping[int, tuple[str, str]]
    level: str
    before: str
    last: Told | None
    change: Change | None


class Telling:
    """What a notifier does for one run of a gate.

    Parameters
    ----------
    options
        The notifier.
    context
        Of the task, with what the gate found.
    """

    def __init__(self, options: QualityWebhookNotifier, context: Mapping[str, Any]) -> None:
        self.options = options
        self.ti = context["ti"]
        self.audited: Audited = context["quality_audited"]
        report, stops = self.audited.report, bool(context["quality_stops"])
        self.map_index = -1 if self.ti.map_index is None else int(self.ti.map_index)
        self.at = datetime.fromisoformat(report.subject.get("at") or report.started_at)
        self.own = Instance(
            map_index=self.map_index,
            label=report.subject.get("partition_key") or _label(report.profile.partition),
            level=level_of(report.outcome.value, stops=stops, least=options.least),
            headline=report.headline(),
            decision=report.decision.action.value,
            stops=stops,
            report=str(self.audited.summary["report"]),
            rows=report.rows,
            counts=report.counts(),
            troubles=tuple(troubles_of(report)[:MOST_KEPT]),
        )
        receiver = options.receiver or options.conn_id
        self.ledger = Ledger(
            self.audited.store, receiver, self.ti.dag_id, self.ti.task_id, at=self.at, run_id=self.ti.run_id
        )

    @property
    def is_mapped(self) -> bool:
        """Whether other instances of the gate run beside this one."""
        return self.map_index >= 0

    def tell(self) -> None:
        """Send a message if there is something to tell, and if it is for this instance to do so."""
        if not self.options.only_changes:
            self._send("state", self._nothing_told())
            return
        try:
            seen = self._worth_telling()
        except (OSError, StoreError):
            if self.own.level == GOOD or self.is_mapped:
                raise
            self._send(Change.BAD, self._nothing_told())  # better told twice than never
            return
        if seen is not None and seen.change is not None:
            said = self._send(seen.change, seen)
            self.ledger.tell(seen.level, said)

    def _worth_telling(self) -> Seen | None:
        if not self.is_mapped:
            return self._see()
        self.ledger.enter(self.own)
        seen = self._see()
        if seen.change is None or self.ledger.is_claimed(seen.level, now=datetime.now(UTC)):
            return None
        claim = self.ledger.claim(seen.level)
        time.sleep(self.options.settling)
        if not self.ledger.wins(claim, seen.level, now=datetime.now(UTC)):
            return None
        settled = self._see()
        return settled if settled.level == seen.level else None  # whoever made it worse meanwhile tells of that

    def _see(self) -> Seen:
        levels = self.ledger.levels() if self.is_mapped else {}
        level = worst_level(level for level, _ in levels.values()) if levels else self.own.level
        told = self.ledger.told()
        last = max(
            (each for each in told if each.at <= self.at), key=lambda each: (each.at, each.sent_at), default=None
        )
        before = last.level if last else GOOD
        return Seen(
            levels=levels, level=level, before=before, last=last, change=self._change(level, before, told, levels)
        )

    def _change(self, level: str, before: str, told: list[Told], levels: Mapping[int, object]) -> Change | None:
        if level == before:  # before anything costs a question
            return None
        return change_of(
            told,
            level,
            at=self.at,
            run_id=self.ledger.run,
            now=datetime.now(UTC),
            cooldown=self.options.cooldown,
            is_complete=severity(level) > severity(before) or self._is_complete(levels),
            is_newest=self.options.tell_backfills or self._is_newest(),
            tell_backfills=self.options.tell_backfills,
        )

    def _is_newest(self) -> bool:
        latest = next(History.of(self.audited.store, self.audited.report.subject).before(), None)
        return latest is None or latest.moment <= self.at

    def _is_complete(self, known: Mapping[int, object]) -> bool:
        """Return whether nothing more will be known of the instances of a mapped gate."""
        if not self.is_mapped:
            return True
        unknown = (state for index, state in self._states().items() if index not in known)
        return all(state in TELLS_NOTHING for state in unknown)

    def number_of_instances(self) -> int:
        """Return how many instances the gate has; 0 where Airflow does not say, for that must not silence a message."""
        try:
            return sum(state != "removed" for state in self._states().values())
        except Exception:  # noqa: BLE001  whatever is wrong with Airflow, people are told of the data
            return 0

    def _states(self) -> dict[int | None, str]:
        """Return the states of all instances of the gate, by map index."""
        ti = self.ti
        states = ti.get_task_states(dag_id=ti.dag_id, task_ids=[ti.task_id], run_ids=[ti.run_id]).get(ti.run_id, {})
        return {_map_index(name): str(getattr(state, "value", state)) for name, state in states.items()}

    def _nothing_told(self) -> Seen:
        levels = {self.map_index: (self.own.level, "")} if self.is_mapped else {}
        return Seen(levels=levels, level=self.own.level, before=GOOD, last=None, change=None)

    def _send(self, change: str, seen: Seen) -> dict[str, Any]:
        from airflow_mlquality.hooks.webhook import WebhookHook
        from airflow_mlquality.notifications.composing import composed
        from airflow_mlquality.notifications.messages import FORMATS

        options = self.options
        alert = composed(self, change, seen)
        receiver = WebhookHook(
            options.conn_id, endpoint=options.endpoint, timeout=options.timeout, retries=options.retries
        )
        receiver.send(FORMATS[options.format](alert))
        options.log.info("Told '%s': %s, %s", options.conn_id, alert.change, alert.level)
        return alert.to_json()

    def found(self, seen: Seen) -> list[Instance]:
        """Return what the instances of a state found, this one's first, then the worst; not all of many."""
        others = sorted(
            ((level, index, address) for index, (level, address) in seen.levels.items() if index != self.map_index),
            key=lambda each: (-severity(each[0]), each[1]),
        )
        read = (self.ledger.instance(address) for level, _, address in others[:MOST_READ] if level != GOOD)
        return [self.own, *(instance for instance in read if instance is not None)]


def _label(partition: Mapping[str, str]) -> str:
    return ", ".join(f"{column}={value}" for column, value in partition.items())


def _map_index(name: str) -> int | None:
    """Return the map index in the name by which Airflow tells the state of an instance, such as ``gate_17``."""
    found = re.fullmatch(r".+_(\d+)", name)
    return int(found[1]) if found else None
