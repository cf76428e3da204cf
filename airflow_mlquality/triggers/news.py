"""What is new in the history of a gate, and what was told of it before. Whatever is asked here may block."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.fingerprints import digest
from airflow_mlquality.errors import StoreError, UnreachableStoreError
from airflow_mlquality.history import History, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from airflow_mlquality.retraining import Gate
    from airflow_mlquality.store import Store

ON = ("passed", "failed", "recovered")
OVERLAP = timedelta(minutes=10)
"""By how much the clocks of two workers may differ: what is written so long before the newest may still be new."""
LATEST = 50
"""Runs, by their moments, of which a rerun is noticed."""
REMEMBERED = 500
_STAMP = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True, kw_only=True)
class Told:
    """How far the history of a gate was told. Small JSON; it survives a restart.

    Parameters
    ----------
    upto
        When the newest document was written that was read; empty before the first.
    read
        Documents about as new as that, which were read.
    fired
        Runs that were told.
    """

    upto: str = ""
    read: tuple[str, ...] = ()
    fired: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object; `from_json` reads it back."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Told:
        """Read what `to_json` wrote."""
        return cls(upto=value["upto"], read=tuple(value["read"]), fired=tuple(value["fired"]))

    def is_new(self, name: str) -> bool:
        """Return whether a document was not read yet."""
        return _stamp(name) > _before(self.upto) and name not in self.read

    def reading(self, names: Iterable[str]) -> Told:
        """Return how far it is told when these documents were read."""
        known = {*self.read, *names}
        upto = max([self.upto, *map(_stamp, known)])
        return replace(self, upto=upto, read=tuple(sorted(name for name in known if _stamp(name) > _before(upto))))

    def telling(self, run: Run) -> Told:
        """Return how far it is told when a run was told."""
        return replace(self, fired=(*self.fired, mark_of(run))[-REMEMBERED:])


class News:
    """The history of a gate, as one who comes again and again reads it.

    Parameters
    ----------
    store
        Where it is kept.
    gate
        Whose it is.
    """

    def __init__(self, store: Store, gate: Gate) -> None:
        from airflow_mlquality.store import segment

        self._store = store
        self._history = History(store, gate.dag_id, gate.task_id, gate.map_index)
        self._folder = ["history", *map(segment, (gate.dag_id, gate.task_id, str(gate.map_index)))]
        self._places: dict[str, str] = {}
        self._listed: set[str] = set()

    def names(self) -> list[str]:
        """Return the names of the documents that may be new, in the order in which they were written."""
        from airflow_mlquality.sensors.seeing import refresh

        refresh(self._store)
        places = sorted(self._store.folders(self._folder))
        for place in {*places[-LATEST:], *(each for each in places if each not in self._listed)}:
            self._listed.add(place)
            for address in self._store.addresses([*self._folder, place]):
                self._places[address.rsplit("/", 1)[1]] = place
        return sorted(self._places, key=lambda name: (_stamp(name), name))

    def runs(self, names: Iterable[str]) -> Iterator[Run]:
        """Yield the runs of documents; one that this version cannot read, or that was removed, is left out."""
        for name in names:
            try:
                yield Run.from_json(self._store.read_document("/".join([*self._folder, self._places[name], name])))
            except UnreachableStoreError:
                raise
            except (StoreError, KeyError, TypeError, ValueError):
                continue

    def is_told(self, run: Run, on: str) -> bool:
        """Return whether a run is one of which is told.

        Parameters
        ----------
        run
            One that could be read; an error is neither a pass nor a failure.
        on
            `passed`, `failed`, or `recovered`: passed, while the run before it had failed.
        """
        if run.outcome == "error":
            return False
        if on != "recovered":
            return run.is_good == (on == "passed")
        before = next((each for each in self._history.before(run.moment) if each.outcome != "error"), None)
        return run.is_good and before is not None and not before.is_good


def mark_of(run: Run) -> str:
    """Return what is the same for a run and its reruns."""
    return digest([run.run_id, run.at])


def _stamp(name: str) -> str:
    return name.split("-", 1)[0]


def _before(upto: str) -> str:
    if not upto:
        return ""
    return (datetime.strptime(upto, _STAMP) - OVERLAP).strftime(_STAMP)  # noqa: DTZ007  both ends are UTC
