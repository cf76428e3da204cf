"""What was told and who tells: small immutable documents in the store, for one gate and one receiver.

::

    <root>/alerts/<receiver>/<dag>/<task>/told/<moment>~<level>~<run's digest>~<written>-<random>.json
    <root>/alerts/<receiver>/<dag>/<task>/runs/<moment>~<run>/instances/<map index>~<level>~<written>-<random>.json
    <root>/alerts/<receiver>/<dag>/<task>/runs/<moment>~<run>/claims/<level>/<written>-<random>.json

What decides stands in the names, so that a listing suffices. A message of a mapped gate is told by one instance:
each that sees something to tell writes a claim, waits, and lists; the smallest name wins. The wait is longer than the
time from a listing to a claim, so that no two see themselves as the first.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_mlquality.alerting.alert import Trouble
from airflow_mlquality.alerting.change import Told
from airflow_mlquality.alerting.level import LEVELS
from airflow_mlquality.errors import StoreError
from airflow_mlquality.store import segment

if TYPE_CHECKING:
    from airflow_mlquality.store import Store

LEASE = timedelta(minutes=10)
"""For how long a claim holds others back; whoever claimed and has told nothing by then is taken for dead."""
_MOMENT = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True, kw_only=True)
class Instance:
    """What one instance of a mapped gate found.

    Parameters
    ----------
    map_index, label
        Which one; its label is the partition that it judged, where it has one.
    level
        How bad it is.
    headline, decision, stops, rows, report
        Of its report.
    counts
        Outcome to how many checks.
    troubles
        Its worst checks.
    """

    map_index: int
    level: str
    headline: str
    decision: str
    stops: bool
    report: str
    label: str = ""
    rows: int | None = None
    counts: dict[str, int]
    troubles: tuple[Trouble, ...] = ()

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Instance:
        """Read what `asdict` wrote."""
        return cls(**{**value, "troubles": tuple(Trouble.from_json(each) for each in value["troubles"])})


class Ledger:
    """What was told of a gate to a receiver.

    Parameters
    ----------
    store
        Where reports are kept.
    receiver
        A name of who is told; each is told apart.
    dag_id, task_id
        The gate.
    at, run_id
        The moment of the data, and the DAG run, of the state that it is about.

    Attributes
    ----------
    run
        A digest of the DAG run's id, as `Told` names it.
    """

    def __init__(self, store: Store, receiver: str, dag_id: str, task_id: str, *, at: datetime, run_id: str) -> None:
        self.store = store
        self.at = at
        self.run = hashlib.sha256(run_id.encode()).hexdigest()[:12]
        self._gate = ["alerts", *map(segment, (receiver, dag_id, task_id))]
        self._run = [*self._gate, "runs", f"{at.astimezone(UTC).strftime(_MOMENT)}~{segment(run_id)}"]

    # ---- told ----

    def told(self) -> list[Told]:
        """Return what was sent."""
        messages = []
        for address in self.store.addresses([*self._gate, "told"]):
            at, level, run, sent = _names(address, 4)
            moment, sent_at = _parsed(at), _parsed(sent)
            if moment is not None and sent_at is not None and level in LEVELS:
                messages.append(Told(level=level, at=moment, run_id=run, sent_at=sent_at))
        return messages

    def tell(self, level: str, what: dict[str, Any]) -> str:
        """Remember that a message was sent, and return the address of what was said."""
        text = json.dumps(what, separators=(",", ":"))
        prefix = f"{self.at.astimezone(UTC).strftime(_MOMENT)}~{level}~{self.run}~"
        return self.store.write_document([*self._gate, "told"], text, prefix)

    # ---- instances of a mapped gate ----

    def enter(self, instance: Instance) -> str:
        """Keep what an instance found; a rerun of it takes its place."""
        text = json.dumps(asdict(instance), separators=(",", ":"))
        prefix = f"{instance.map_index:08d}~{instance.level}~"
        return self.store.write_document([*self._run, "instances"], text, prefix)

    def levels(self) -> dict[int, tuple[str, str]]:
        """Return the level of each instance known so far, by map index, and the address of what it found."""
        latest: dict[int, tuple[datetime, str, str]] = {}
        for address in self.store.addresses([*self._run, "instances"]):
            index, level, written = _names(address, 3)
            moment = _parsed(written)
            if moment is None or not index.isdigit() or level not in LEVELS:
                continue
            if int(index) not in latest or latest[int(index)][0] < moment:
                latest[int(index)] = (moment, level, address)
        return {index: (level, address) for index, (_, level, address) in latest.items()}

    def instance(self, address: str) -> Instance | None:
        """Return what an instance found; None where that cannot be read."""
        try:
            return Instance.from_json(self.store.read_document(address))
        except (StoreError, KeyError, TypeError, ValueError):
            return None

    # ---- claims ----

    def is_claimed(self, level: str, *, now: datetime) -> bool:
        """Return whether another is about to tell of a level."""
        return bool(self._claims(level, now))

    def claim(self, level: str) -> str:
        """Say that one would tell of a level, and return the claim."""
        return self.store.write_document(self._claimed(level), json.dumps({"level": level}))

    def wins(self, claim: str, level: str, *, now: datetime) -> bool:
        """Return whether a claim was the first."""
        return min(self._claims(level, now), default=claim) == claim

    def _claims(self, level: str, now: datetime) -> list[str]:
        sent = (told.sent_at for told in self.told() if told.at == self.at and told.run_id == self.run)
        last = max(sent, default=None)
        claims = ((address, _parsed(*_names(address, 1))) for address in self.store.addresses(self._claimed(level)))
        return [
            address
            for address, moment in claims
            if moment is not None and now - moment < LEASE and (last is None or moment > last)
        ]

    def _claimed(self, level: str) -> list[str]:
        return [*self._run, "claims", level]


def _names(address: str, number: int) -> list[str]:
    """Return the parts of a document's name, the last one without what makes it unique; empty ones for other names."""
    parts = address.rsplit("/", 1)[1].removesuffix(".json").split("~")
    if len(parts) != number:
        return [""] * number
    return [*parts[:-1], parts[-1].split("-", 1)[0]]


def _parsed(name: str) -> datetime | None:
    try:
        return datetime.strptime(name, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
