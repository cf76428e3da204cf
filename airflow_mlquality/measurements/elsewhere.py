"""Facts of the other sources that a contract names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from airflow_mlquality.measurements.base import CannotMergeError, Measurement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp

    from airflow_mlquality.measurements.schema import Schema


@dataclass(frozen=True)
class Elsewhere(Measurement[Any]):
    """A fact of another source.

    Parameters
    ----------
    source
        Its name in the contract.
    of
        What is measured there; no `Shape`, whose bins would have to be chosen.
    """

    source: str
    of: Measurement[Any]
    kind: ClassVar[str] = "elsewhere"

    def columns(self) -> tuple[str, ...]:
        """Return none: it reads no column of the stage."""
        return ()

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        """Return nothing: the stage is not asked."""
        return {}

    def read(self, values: Mapping[str, Any]) -> Any:
        """Make the fact of what the other source gave."""
        return self.of.read(values)

    def merge(self, left: Any, right: Any) -> Any:
        raise CannotMergeError(f"facts of the source '{self.source}' are of all of it, and not of a part of the stage")

    def encode(self, fact: Any) -> Any:
        return self.of.encode(fact)

    def decode(self, value: Any) -> Any:
        return self.of.decode(value)

    def to_json(self) -> dict[str, Any]:
        return {"measurement": self.kind, "source": self.source, "of": self.of.to_json()}

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        from airflow_mlquality.measurements import measurement_from_json

        return cls(parameters["source"], measurement_from_json(parameters["of"]))
