"""The measured facts of one stage at one moment: small JSON that travels where the rows cannot."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_mlquality.measurements import Column, Measurement, RowCount, Schema, measurement_from_json
from airflow_mlquality.profile.parts import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

F = TypeVar("F")

FORMAT = "mlquality.profile/1"


class NoColumn(str):
    """Why a fact is missing: another source that it is asked of lacks a column. No query failed."""

    __slots__ = ()


class FactMissingError(LookupError):
    """A fact was asked for that was not measured; `reason` says why, and is a `NoColumn` where a column is missing."""

    def __init__(self, measurement: Measurement[Any], reason: str = "") -> None:
        self.reason = reason or f"{measurement.kind} of {', '.join(measurement.columns()) or 'the table'} is missing"
        super().__init__(self.reason)


@dataclass(frozen=True)
class Profile:
    """The measured facts of one stage at one moment.

    Parameters
    ----------
    schema
        The columns, in the order of the source.
    facts
        By measurement; a `Shape` is filed under its question, with its bins in the fact.
    failures
        Measurements that have no fact, with the reason: the query failed, the facts of the parts did not merge, or
        another source lacks a column (`NoColumn`).
    source
        Where the rows lay, as text for people.
    taken_at
        When, ISO 8601 in UTC.
    part
        Name of the part of a larger stage that it is of; empty for a whole.
    partition
        Values that its rows have in some columns.
    fingerprint
        Of the source when it was measured; empty where nothing tells a change.
    asked
        Digest of what was asked of the source.
    parts
        Of a merged profile: what it is made of, by name.
    """

    schema: Schema
    facts: Mapping[Measurement[Any], Any]
    failures: Mapping[Measurement[Any], str] = field(default_factory=dict)
    source: str = ""
    taken_at: str = ""
    part: str = ""
    partition: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    asked: str = ""
    parts: tuple[Part, ...] = ()

    def __getitem__(self, measurement: Measurement[F]) -> F:
        """Return the fact of a measurement.

        Raises
        ------
        FactMissingError
            When it was not measured, its query failed, or the facts of the parts did not merge.
        """
        key = measurement.question()
        if key in self.facts:
            return self.facts[key]  # type: ignore[no-any-return]  # the mapping pairs a Measurement[F] with its F
        raise FactMissingError(key, self.failures.get(key, ""))

    def __contains__(self, measurement: Measurement[Any]) -> bool:
        key = measurement.question()
        return key in self.facts

    @property
    def rows(self) -> int:
        """How many rows the stage had."""
        return self[RowCount()]

    def merge(self, other: Profile) -> Profile:
        """Return the profile of the whole from the profiles of two disjoint parts, see `merging.merge_all`."""
        from airflow_mlquality.profile.merging import merged

        return merged(self, other)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object; `from_json` reads it back."""
        return {
            "format": FORMAT,
            "source": self.source,
            "taken_at": self.taken_at,
            "columns": [column.to_json() for column in self.schema],
            "facts": [
                {**measurement.to_json(), "fact": measurement.encode(fact)} for measurement, fact in self.facts.items()
            ],
            "missing": [{**measurement.to_json(), "why": why} for measurement, why in self.failures.items()],
            **self._provenance(),
        }

    def _provenance(self) -> dict[str, Any]:
        told = {
            "part": self.part,
            "partition": dict(self.partition),
            "fingerprint": self.fingerprint,
            "asked": self.asked,
            "parts": [part.to_json() for part in self.parts],
            "no_column": [place for place, why in enumerate(self.failures.values()) if isinstance(why, NoColumn)],
        }
        return {key: value for key, value in told.items() if value}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Profile:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            When it is no profile, or one of another format.
        """
        if value.get("format") != FORMAT:
            msg = f"its format is {value.get('format')!r}, not {FORMAT!r}"
            raise ValueError(msg)
        return cls(
            Schema(tuple(Column.from_json(column) for column in value["columns"])),
            dict(_decoded(entry) for entry in value["facts"]),
            dict(
                _reason(entry, is_column=place in value.get("no_column", ()))
                for place, entry in enumerate(value.get("missing", ()))
            ),
            source=value["source"],
            taken_at=value["taken_at"],
            part=value.get("part", ""),
            partition=value.get("partition", {}),
            fingerprint=value.get("fingerprint", ""),
            asked=value.get("asked", ""),
            parts=tuple(Part.from_json(part) for part in value.get("parts", ())),
        )

    def dumps(self) -> str:
        """Return the profile as one line of JSON."""
        return json.dumps(self.to_json(), separators=(",", ":"), allow_nan=False)


def _decoded(entry: Mapping[str, Any]) -> tuple[Measurement[Any], Any]:
    parameters = dict(entry)
    fact = parameters.pop("fact")
    measurement = measurement_from_json(parameters)
    return measurement, measurement.decode(fact)


def _reason(entry: Mapping[str, Any], *, is_column: bool) -> tuple[Measurement[Any], str]:
    parameters = dict(entry)
    why = parameters.pop("why")
    return measurement_from_json(parameters), NoColumn(why) if is_column else why
