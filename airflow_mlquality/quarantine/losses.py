"""How much data a quarantine loses over time: one small document for each run, ordered by the moment of its data.

::

    <root>/quarantine/<dag>/<task>/<moment>~<run>~<map index>/<written>-<random>.json

As in `history`: a backfilled day stands where it belongs, and a rerun takes the place of the run that it repeats.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_mlquality.errors import StoreError
from airflow_mlquality.store import segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from airflow_mlquality.quarantine.result import Quarantined
    from airflow_mlquality.store import Store

FORMAT = "mlquality.quarantine/1"
_MOMENT = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What one run of a quarantine lost.

    Parameters
    ----------
    at
        The moment that its data is about.
    run_id, map_index
        Which run.
    rows, kept, lost
        How many rows came in, were kept and were lost; of a run that stopped, would have been.
    by_reason
        Lost rows by the first check that they break; they add up to those lost.
    stopped
        Why nothing was written; empty when it was.
    """

    at: datetime
    run_id: str
    map_index: int
    rows: int
    kept: int
    lost: int
    by_reason: Mapping[str, int]
    stopped: str = ""

    @property
    def lost_share(self) -> float:
        """Share of the rows; 0 of no rows."""
        return self.lost / self.rows if self.rows else 0.0


def remember(store: Store, result: Quarantined, subject: Mapping[str, str]) -> str:
    """Keep what a run lost, and return the address.

    Parameters
    ----------
    subject
        `dag_id`, `task_id`, `run_id`, `map_index` and `at`, the moment of its data.
    """
    at = datetime.fromisoformat(subject["at"]).astimezone(UTC)
    place = "~".join((at.strftime(_MOMENT), segment(subject["run_id"]), segment(subject.get("map_index", "-1"))))
    document = {"format": FORMAT, **dict(subject), "at": at.isoformat(), **result.to_json()}
    folder = [*_folder(subject["dag_id"], subject["task_id"]), place]
    return store.write_document(folder, json.dumps(document, separators=(",", ":")))


def losses(store: Store, dag_id: str, task_id: str) -> Iterator[Loss]:
    """Yield what each run of a quarantine lost, by the moment of its data, the latest first; a rerun counts once.

    Examples
    --------
    >>> import tempfile
    >>> from airflow_mlquality.quarantine.result import Lost, Quarantined
    >>> from airflow_mlquality.store import Store
    >>> store = Store(tempfile.mkdtemp())
    >>> for day, lost in (("2026-01-02", 5), ("2026-01-01", 3)):
    ...     done = Quarantined(contract="c", digest="", source="", rows=100, kept=100 - lost, lost=lost)
    ...     subject = {"dag_id": "d", "task_id": "t", "run_id": day, "at": f"{day}T00:00:00+00:00"}
    ...     _ = remember(store, done, subject)
    >>> [(str(each.at.date()), each.lost_share) for each in losses(store, "d", "t")]
    [('2026-01-02', 0.05), ('2026-01-01', 0.03)]
    """
    folder = _folder(dag_id, task_id)
    for place in sorted(store.folders(folder), reverse=True):
        loss = _newest(store, [*folder, place])
        if loss is not None:
            yield loss


def _folder(dag_id: str, task_id: str) -> list[str]:
    return ["quarantine", segment(dag_id), segment(task_id)]


def _newest(store: Store, folder: list[str]) -> Loss | None:
    for address in reversed(store.addresses(folder)):
        try:
            return _loss(store.read_document(address))
        except (StoreError, KeyError, TypeError, ValueError):
            continue  # written by another version, or damaged: the one before it still says what was
    return None


def _loss(document: Mapping[str, Any]) -> Loss:
    if document["format"] != FORMAT:
        msg = f"its format is {document['format']!r}, not {FORMAT!r}"
        raise ValueError(msg)
    return Loss(
        at=datetime.fromisoformat(document["at"]),
        run_id=document["run_id"],
        map_index=int(document.get("map_index", "-1")),
        rows=document["rows"],
        kept=document["kept"],
        lost=document["lost"],
        by_reason={name: each["first"] for name, each in document["reasons"].items() if each["first"]},
        stopped=document["stopped"],
    )
