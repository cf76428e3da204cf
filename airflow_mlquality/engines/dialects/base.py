"""What a dialect is: the one place that knows how an engine's SQL says what a measurement asks.

Measurements and rules are trees in the dialect of `measurements.sql`, which is DuckDB's. A dialect turns each into
SQL of its engine *that means the same*, or refuses it by name before anything runs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlglot import exp

    from airflow_mlquality.measurements import Schema


class UnavailableError(Exception):
    """A dialect cannot say what a measurement asks; the message names both."""


@dataclass(frozen=True, eq=False)
class Inline:
    """Aggregates that ride along in a statement with others.

    Parameters
    ----------
    texts
        Their SQL.
    read
        Makes the value that the measurement asked for of what they gave.

    Two forms are different questions; the same text in both is asked once.
    """

    texts: tuple[str, ...]
    read: Callable[[Sequence[Any]], Any]


@dataclass(frozen=True)
class Grouped:
    """Rows per place, counted by a statement that groups by it; cheaper than one aggregate per place.

    Parameters
    ----------
    place
        SQL of a whole number per row: the place from 1, or 0 for a row that is counted nowhere; never NULL.
    places
        How many there are. The value that the measurement asked for is a tuple of so many counts.
    """

    place: str
    places: int


@dataclass(frozen=True)
class Alone:
    """A count of rows that takes a statement of its own, such as one with a sub-query.

    Parameters
    ----------
    where
        SQL of the condition.
    """

    where: str


Form = Inline | Grouped | Alone


class Dialect(ABC):
    """One engine's SQL.

    Attributes
    ----------
    name
        As sqlglot calls it.
    title
        As people call the engine.
    widest
        Most expressions of one statement.
    longest
        Most characters of one statement.
    sets
        Most places sets that one grouping statement counts.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    widest: ClassVar[int] = 1_000
    longest: ClassVar[int] = 200_000
    sets: ClassVar[int] = 30

    @abstractmethod
    def form(self, tree: exp.Expr, schema: Schema, relations: Mapping[str, str]) -> Form:
        """Return how an aggregate that a measurement selects is asked.

        Parameters
        ----------
        tree
            In the dialect of `measurements.sql`, over the columns of the schema.
        relations
            SQL of the tables that it may name, by the names that `measurements.counts` gives them.

        Raises
        ------
        UnavailableError
            When the engine has no way to say it.
        """

    @abstractmethod
    def scalar(self, tree: exp.Expr, schema: Schema, relations: Mapping[str, str] | None = None) -> str:
        """Return the SQL of an expression over one row, such as the condition of a violation.

        Raises
        ------
        UnavailableError
            When the engine has no way to say it.
        """

    @abstractmethod
    def quoted(self, name: str) -> str:
        """Return an identifier, quoted."""


def only(values: Sequence[Any]) -> Any:
    """Return the one value of a form that has one text."""
    return values[0]
