"""What a measurement is: one fact that can be asked of a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp

    from airflow_mlquality.measurements.schema import Schema

F = TypeVar("F")


class CannotMergeError(ValueError):
    """Two facts of parts of a table do not give the fact of the whole."""


@dataclass(frozen=True)
class Measurement(ABC, Generic[F]):
    """One fact that can be asked of a table.

    A measurement is a value: equal ones are measured once. It knows its SQL aggregate expressions, how the
    numbers they give make the fact, how the facts of two parts merge into the fact of the whole, and its JSON.
    """

    kind: ClassVar[str]

    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """Return the columns it reads."""

    @abstractmethod
    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        """Return its aggregate expressions by label; the engine evaluates them in one scan with others."""

    @abstractmethod
    def read(self, values: Mapping[str, Any]) -> F:
        """Make the fact of what the expressions gave, by label."""

    @abstractmethod
    def merge(self, left: F, right: F) -> F:
        """Return the fact of the whole from the facts of two disjoint parts.

        Raises
        ------
        CannotMergeError
            When the facts of the parts do not suffice.
        """

    def question(self) -> Measurement[F]:
        """Return under what its fact is filed: itself, without what only says where to count."""
        return self

    def encode(self, fact: F) -> Any:
        """Return the fact as a JSON value."""
        return fact

    def decode(self, value: Any) -> F:
        """Read what `encode` gave."""
        return value  # type: ignore[no-any-return]  # plain numbers are their own JSON

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that names the measurement; `measurement_from_json` reads it back."""
        parameters = {field.name: _plain(getattr(self, field.name)) for field in fields(self)}
        return {"measurement": self.kind, **parameters}

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Make the measurement of the parameters that `to_json` gave."""
        return cls(**{name: _frozen(value) for name, value in parameters.items()})


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
