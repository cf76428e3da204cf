"""The measured facts of one stage at one moment: small JSON that travels where the rows cannot."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_mlquality.measurements import (
    CannotMergeError,
    Column,
    Measurement,
    RowCount,
    Schema,
    Shape,
    measurement_from_json,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

F = TypeVar("F")

FORMAT = "mlquality.profile/1"


class FactMissingError(LookupError):
    """A fact was asked for that was not measured; `reason` says why where a query failed."""

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
        Measurements whose query failed, with the reason. They are not stored.
    source
        Where the rows lay, as text for people.
    taken_at
        When, ISO 8601 in UTC.
    """

    schema: Schema
    facts: Mapping[Measurement[Any], Any]
    failures: Mapping[Measurement[Any], str] = field(default_factory=dict)
    source: str = ""
    taken_at: str = ""

    def __getitem__(self, measurement: Measurement[F]) -> F:
        """Return the fact of a measurement.

        Raises
        ------
        FactMissingError
            When it was not measured, or its query failed.
        """
        key = measurement.question() if isinstance(measurement, Shape) else measurement
        if key in self.facts:
            return self.facts[key]  # type: ignore[no-any-return]  # the mapping pairs a Measurement[F] with its F
        raise FactMissingError(key, self.failures.get(key, ""))

    def __contains__(self, measurement: Measurement[Any]) -> bool:
        key = measurement.question() if isinstance(measurement, Shape) else measurement
        return key in self.facts

    @property
    def rows(self) -> int:
        """How many rows the stage had."""
        return self[RowCount()]

    def merge(self, other: Profile) -> Profile:
        """Return the profile of the whole from the profiles of two disjoint parts.

        Facts that do not merge, and facts that only one part has, are left out.
        """
        merged: dict[Measurement[Any], Any] = {}
        for measurement, fact in self.facts.items():
            if measurement in other.facts:
                try:
                    merged[measurement] = measurement.merge(fact, other.facts[measurement])
                except CannotMergeError:
                    continue
        taken_at = max(self.taken_at, other.taken_at)
        source = self.source if self.source == other.source else f"{self.source}, {other.source}"
        return Profile(self.schema, merged, source=source, taken_at=taken_at)

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
        }

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
        facts: dict[Measurement[Any], Any] = {}
        for entry in value["facts"]:
            parameters = dict(entry)
            fact = parameters.pop("fact")
            measurement = measurement_from_json(parameters)
            facts[measurement] = measurement.decode(fact)
        schema = Schema(tuple(Column.from_json(column) for column in value["columns"]))
        return cls(schema, facts, source=value["source"], taken_at=value["taken_at"])

    def dumps(self) -> str:
        """Return the profile as one line of JSON."""
        return json.dumps(self.to_json(), separators=(",", ":"), allow_nan=False)
