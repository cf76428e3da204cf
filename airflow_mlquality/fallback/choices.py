"""What was chosen before: small documents in the store, ordered by the moment that a choice is about.

::

    <root>/choices/<name>/<moment>~<run>/<written>-<random>.json

A choice is written before it is applied, and written again when it was, or was not: so whoever comes after a task
that died in between knows. Of several documents about one moment the newest counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from airflow_mlquality.errors import StoreError
from airflow_mlquality.fallback.choosing import Memory
from airflow_mlquality.store import segment

if TYPE_CHECKING:
    from airflow_mlquality.fallback.choosing import Choice
    from airflow_mlquality.store import Store

FORMAT = "mlquality.choice/1"
_MOMENT = "%Y%m%dT%H%M%S%fZ"

INTENDED, APPLIED, WITHHELD, DRY = "intended", "applied", "withheld", "dry"
"""States: about to be applied; applied; not to be applied; of a dry run."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A choice, as the store keeps it.

    Parameters
    ----------
    name
        Of what is chosen.
    at
        ISO 8601 in UTC: the moment that the choice is about.
    run_id
        Of the run that chose.
    candidate
        Which one; empty when none could be trusted.
    ref
        What stands for it where models are served.
    reason
        Why this one.
    before
        Which one served before.
    state
        `intended`, `applied`, `withheld` or `dry`.
    why_withheld
        Of a choice that was not applied.
    trusted
        All that could serve.
    why_not
        Why the others could not.
    reports
        Addresses of the reports that were looked at, by gate.
    target
        Where it is applied.
    written_at
        ISO 8601 in UTC: when this was written.
    """

    name: str
    at: str
    run_id: str
    candidate: str
    ref: Any
    reason: str
    before: str = ""
    state: str = INTENDED
    why_withheld: str = ""
    trusted: tuple[str, ...] = ()
    why_not: Mapping[str, str] = field(default_factory=dict)
    reports: Mapping[str, Sequence[str]] = field(default_factory=dict)
    target: str = ""
    written_at: str = ""

    @property
    def moment(self) -> datetime:
        """The moment that the choice is about."""
        return datetime.fromisoformat(self.at)

    @property
    def serves(self) -> bool:
        """Whether it was applied, or is about to be."""
        return self.state in (INTENDED, APPLIED)

    @classmethod
    def of(cls, choice: Choice, *, name: str, at: str, run_id: str, **more: Any) -> Record:
        """Return the record of a choice."""
        return cls(
            name=name,
            at=at,
            run_id=run_id,
            candidate=choice.name,
            ref=choice.ref,
            reason=choice.reason,
            before=choice.before,
            trusted=tuple(choice.trusted()),
            why_not={each.name: each.why_not for each in choice.assessments if not each.is_trusted},
            **more,
        )

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object; `from_json` reads it back."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Record:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            When it is no choice of this format.
        """
        if value.get("format") != FORMAT:
            msg = f"its format is {value.get('format')!r}, not {FORMAT!r}"
            raise ValueError(msg)
        read = {name: each for name, each in value.items() if name != "format"}
        return cls(**{**read, "trusted": tuple(read["trusted"])})


class Choices:
    """What was chosen under a name.

    Parameters
    ----------
    store
        Where reports are kept.
    name
        Of what is chosen.
    dry
        Those of dry runs, which stand apart: they change nothing, neither where models are served nor here.
    """

    def __init__(self, store: Store, name: str, *, dry: bool = False) -> None:
        self.store = store
        self._folder = ["dry_choices" if dry else "choices", segment(name)]

    def write(self, record: Record) -> tuple[str, Record]:
        """Keep a record; return its address, and the record as it is kept."""
        kept = replace(record, written_at=datetime.now(UTC).isoformat())
        text = json.dumps(kept.to_json(), separators=(",", ":"), allow_nan=False)
        return self.store.write_document([*self._folder, _place(kept)], text), kept

    def memory(self, at: datetime, back_after: int) -> Memory:
        """Return what was before a moment.

        Parameters
        ----------
        at
            Choices about this moment itself are no part of it: a rerun takes their place.
        back_after
            How far back it has to reach.
        """
        trusted: list[frozenset[str]] = []
        serving: str | None = None
        for records in self._moments(at.astimezone(UTC).strftime(_MOMENT)):
            if len(trusted) < back_after:
                trusted.append(frozenset(records[0].trusted))
            if serving is None:
                serving = next((each.candidate for each in records if each.state in (APPLIED, DRY)), None)
            if serving is not None and len(trusted) >= back_after:
                break
        return Memory(serving=serving or "", trusted=tuple(trusted))

    def newest(self, target: str) -> Record | None:
        """Return the choice about the latest moment that was applied or is about to be; None when there is none.

        Parameters
        ----------
        target
            Where; what is applied elsewhere takes nobody's place here.
        """
        for records in self._moments():
            serving = next((each for each in records if each.serves and each.target == target), None)
            if serving is not None:
                return serving
        return None

    def last_applied(self) -> str:
        """Return what tells the newest choice that was applied from every other; empty when none was."""
        for records in self._moments():
            applied = next((each for each in records if each.state == APPLIED), None)
            if applied is not None:
                return f"{applied.at} {applied.candidate} {applied.written_at}"
        return ""

    def about(self, at: datetime) -> list[Record]:
        """Return what is kept about a moment, the newest first."""
        moment = at.astimezone(UTC).strftime(_MOMENT)
        places = self.store.folders(self._folder)
        return list(self._read([place for place in places if place.split("~", 1)[0] == moment]))

    def _moments(self, before: str | None = None) -> Iterator[list[Record]]:
        """Yield the records about each moment, the latest moment first, the newest record first."""
        places = sorted(self.store.folders(self._folder), reverse=True)
        for moment, of_moment in groupby(places, key=lambda place: place.split("~", 1)[0]):
            if before is None or moment < before:
                records = list(self._read(of_moment))
                if records:
                    yield records

    def _read(self, places: Iterator[str] | Sequence[str]) -> Iterator[Record]:
        found = [address for place in places for address in self.store.addresses([*self._folder, place])]
        for address in sorted(found, key=lambda each: each.rsplit("/", 1)[1], reverse=True):
            try:
                yield Record.from_json(self.store.read_document(address))
            except (AttributeError, KeyError, TypeError, ValueError):
                continue  # written by another version, or damaged: the others still say what was
            except StoreError:
                self.store.addresses(self._folder)  # raises when the store is away; else one document was removed


def _place(record: Record) -> str:
    return f"{record.moment.astimezone(UTC).strftime(_MOMENT)}~{segment(record.run_id)}"
