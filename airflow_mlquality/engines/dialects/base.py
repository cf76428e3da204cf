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

    from airflow_mlquality.measurements import Column, DataType, LogicalType, Schema


class UnavailableError(Exception):
    """A dialect cannot say what a measurement asks; the message names both."""

    @classmethod
    def of(cls, what: str, title: str) -> UnavailableError:
        """Name both; `what` is a plural, such as ``regular expressions``."""
        return cls(f"{what} are not available on {title}")


AGAIN = object()
"""What a form reads when its answers are too coarse."""


@dataclass(frozen=True, eq=False)
class Inline:
    """Aggregates that ride along in a statement with others.

    Parameters
    ----------
    texts
        Their SQL.
    read
        Makes the value that the measurement asked for of what they gave; `AGAIN` when they do not tell it well enough.
    instead
        What is asked then.

    Two forms are different questions; the same text in both is asked once.
    """

    texts: tuple[str, ...]
    read: Callable[[Sequence[Any]], Any]
    instead: Inline | None = None


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


@dataclass(frozen=True, eq=False)
class Listed:
    """A list of rows, by a statement of its own.

    Parameters
    ----------
    statement
        Makes it of the SQL of a table. The value that the measurement asked for is the list of its rows.
    truths
        Places of what is true or false, and comes as a number from engines that group by no truth.
    """

    statement: Callable[[str], str]
    truths: frozenset[int] = frozenset()

    def read(self, rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """Return the rows with what is true or false as such.

        >>> Listed(str, frozenset({0})).read([(1, 5), (None, 7)])
        [(True, 5), (None, 7)]
        """
        if not self.truths:
            return rows
        return [tuple(self._read(place, cell) for place, cell in enumerate(row)) for row in rows]

    def _read(self, place: int, cell: Any) -> Any:
        return bool(cell) if place in self.truths and cell is not None else cell


Form = Inline | Grouped | Alone | Listed


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
    fence
        What stands behind a sub-select that is to be worked out before it is grouped.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    widest: ClassVar[int] = 1_000
    longest: ClassVar[int] = 200_000
    sets: ClassVar[int] = 30
    fence: ClassVar[str] = ""

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

    @abstractmethod
    def logical_type(self, native: str) -> LogicalType:
        """Return the logical type of a type of the engine, written as the engine does; OTHER for an unknown one."""

    @abstractmethod
    def data_type(self, native: str) -> DataType:
        """Return the same with its parts, as far as the engine's word tells them."""

    @abstractmethod
    def text_of(self, column: Column) -> str:
        """Return the SQL of a column's value as text, to be shown."""

    # ---- statements that are the same nearly everywhere ----

    def prepare(self, connection: Any) -> None:  # noqa: B027  most engines need nothing
        """Give a fresh connection what the statements need, such as functions; called once per connection."""

    def first_rows(
        self, relation: str, expressions: Sequence[str], where: str, order_by: Sequence[str], limit: int
    ) -> str:
        """Return a SELECT of the first few rows; an empty `where` takes all, an empty `order_by` any."""
        condition = f" WHERE {where}" if where else ""
        order = f" ORDER BY {', '.join(order_by)}" if order_by else ""
        return self.limited(", ".join(expressions), f"FROM {relation}{condition}{order}", limit)

    def limited(self, selected: str, rest: str, limit: int) -> str:
        """Return a SELECT that stops after some rows."""
        return f"SELECT {selected} {rest} LIMIT {limit}"

    def frequent_values(self, relation: str, value: str, at_least: int, limit: int) -> str:
        """Return a SELECT of values and their counts, the most frequent first, then by code point; NULL is no value.

        Parameters
        ----------
        value
            What `scalar` gave.
        at_least
            Values held by fewer rows are left out.
        """
        key = self.group_key(value)
        counted = (
            f"FROM {relation} WHERE {value} IS NOT NULL GROUP BY {key} HAVING COUNT(*) >= {at_least} "
            f"ORDER BY COUNT(*) DESC, MIN({key})"
        )
        return self.limited(f"MIN({value}) AS v, COUNT(*) AS n", counted, limit)

    def group_key(self, value: str) -> str:
        """Return by what values are told apart, exactly."""
        return value

    def key_shown(self, value: str) -> str:
        """Return the value of a group's key; many engines select nothing beside aggregates but what they group by."""
        return f"MIN({value})"

    def truth(self, number: str) -> str:
        """Return a number, 1 or 0, as a value of a column of what is true or false."""
        return f"({number} = 1)"

    def quantiles(self, relation: str, value: str, parts: int) -> str:
        """Return a SELECT of the inner discrete quantiles of a number in order, one row each; NULL is no value.

        Quantiles that fall on one row may be given once.
        """
        place = self.remainder(f"place * {parts}", "total")
        return (
            f"SELECT v FROM (SELECT {value} AS v, ROW_NUMBER() OVER (ORDER BY {value}) AS place, "
            f"COUNT(*) OVER () AS total FROM {relation} WHERE {value} IS NOT NULL) placed "
            f"WHERE {place} < {parts} AND (place < total OR total < {parts}) ORDER BY place"
        )

    def remainder(self, left: str, right: str) -> str:
        """Return the remainder of two positive whole numbers."""
        return f"({left}) % ({right})"

    def sampled(self, relation: str, share: float, seed: int) -> str:
        """Return a relation that holds about a share of the rows, the same ones again where the engine can."""
        return f"(SELECT * FROM {relation} WHERE {self.random(seed)} < {share:.9f}) sampled"

    def random(self, seed: int) -> str:  # noqa: ARG002  most engines have no seed
        """Return a number from 0 up to 1 that is another one for every row."""
        return "RANDOM()"

    def no_rows(self, relation: str) -> str:
        """Return a SELECT of all columns that gives no row."""
        return f"SELECT * FROM {relation} WHERE 1 = 0"

    def comment(self, text: str) -> str:
        """Return a comment to put before a statement; nothing in the text can end it."""
        plain = "".join(each if " " <= each <= "~" else " " for each in text)
        return f"/* {plain.replace('*/', '* /').replace('/*', '/ *')} */ "


def only(values: Sequence[Any]) -> Any:
    """Return the one value of a form that has one text."""
    return values[0]
