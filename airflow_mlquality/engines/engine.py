"""What an engine is: whatever takes facts of rows where they lie, in its own SQL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.contract import CsvOptions
from airflow_mlquality.errors import CancelledError, EngineError, SourceError
from airflow_mlquality.measurements import LogicalType, Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from sqlglot import exp

    from airflow_mlquality.engines.dialects.base import Dialect
    from airflow_mlquality.measurements import Bins, Measurement, Shape

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Reading:
    """How to read a source.

    Parameters
    ----------
    declared
        Types of columns that the contract declares; a text source is read as them.
    csv
        How a text source is written.
    partition
        Values that columns must equal; other rows are left out.
    """

    declared: Mapping[str, LogicalType] = field(default_factory=dict)
    csv: CsvOptions | None = None
    partition: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A source as a table of an engine.

    Parameters
    ----------
    relation
        SQL that stands behind FROM: its rows, the partition's alone, under the names of the schema.
    schema
        The columns.
    label
        Where the rows lie, for people.
    sniffed
        Columns of a text source whose type the contract leaves open and their values told.
    broken
        Parts of the source that could not be read, and why; the other parts are the table.
    parts
        How many parts it has, the broken ones too, where it comes in parts.
    odd
        Parts that are read, and in which a column is of another type than in most; and which.
    lacking
        Columns that are missing in some parts, and in how many; they are NULL there.
    absent
        Why there is no part for the partition that was asked for.
    """

    relation: str
    schema: Schema
    label: str
    sniffed: frozenset[str] = frozenset()
    broken: Mapping[str, str] = field(default_factory=dict)
    parts: int = 0
    odd: Mapping[str, str] = field(default_factory=dict)
    lacking: Mapping[str, int] = field(default_factory=dict)
    absent: str = ""


@dataclass(frozen=True)
class Violation:
    """Rows that break a check, and what is shown of them.

    Parameters
    ----------
    condition
        True for such a row, in the dialect of `measurements.sql`.
    shown
        Columns whose values are shown, those of the key first.
    """

    condition: exp.Expr
    shown: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A row that breaks a check.

    Parameters
    ----------
    where
        Its file and number, where the engine knows them.
    values
        As text, by column.
    """

    where: str
    values: Mapping[str, str | None]


class Engine(ABC):
    """Whatever takes facts of rows where they lie.

    Attributes
    ----------
    dialect
        Its SQL.
    relations
        SQL of the tables that were opened, by name.
    queries
        How many statements were run, those that read no rows included.
    statements
        Every statement that read rows, in order.
    samples
        Whether it looks at some rows only of a large table, where that is all that is asked.
    is_stopped
        Whether somebody asked for the end of the run, see `stop_running`.
    """

    dialect: Dialect
    samples: ClassVar[bool] = False
    is_stopped = False

    def __init__(self) -> None:
        self.relations: dict[str, str] = {}
        self.queries = 0
        self.statements: list[str] = []

    @abstractmethod
    def open(self, name: str, source: Any, reading: Reading) -> Table:
        """Make a source a table under a name.

        Raises
        ------
        SourceError
            When it cannot be reached or read, or lies where this engine does not reach.
        """

    @abstractmethod
    def run(self, statement: str, label: str = "") -> list[Row]:
        """Run a statement and return its rows.

        Raises
        ------
        SourceError
            When it fails and a `label` says which source it was to open.
        LostError
            When the engine is gone: the connection broke, or there is no room left. Nothing else will work either.
        EngineError
            When it fails otherwise. None of them carries a value of a row.
        """

    def prepare(self, table: Table, measurements: Sequence[Measurement[Any]]) -> None:  # noqa: B027  most need nothing
        """Find out, without reading rows, what makes measuring quicker."""

    def measure(self, statement: str) -> list[Row]:
        """Run a statement that reads the rows of a table, and remember it."""
        self.statements.append(statement)
        try:
            return self.run(statement)
        except EngineError:
            if self.is_stopped:
                raise CancelledError.asked() from None
            raise

    def aggregates(self, table: Table, texts: Sequence[str]) -> Row:
        """Return what aggregates of all rows of a table give, in one statement."""
        selected = ", ".join(f"{text} AS f{number}" for number, text in enumerate(texts))
        (row,) = self.measure(f"SELECT {selected} FROM {table.relation}")
        return row

    @contextmanager
    def sampled(self, table: Table, columns: Sequence[str]) -> Iterator[Callable[[int], Table]]:  # noqa: ARG002  it has all
        """Offer a table of some rows of another, once the number of all is known; without samples it is that one."""
        yield lambda _: table

    @abstractmethod
    def choose_bins(self, table: Table, shapes: Sequence[Shape]) -> dict[Shape, Bins]:
        """Return bins for shapes that have none: quantiles and frequent numbers, or frequent values."""

    @abstractmethod
    def examples(self, table: Table, violations: Mapping[str, Violation], limit: int) -> dict[str, list[Found]]:
        """Return the first few rows of each violation; a column that cannot be shown is left out."""

    @abstractmethod
    def cancel(self) -> None:
        """Stop the statement that is running, from another thread or a signal; nothing is left running anywhere."""

    @abstractmethod
    def close(self) -> None:
        """Give everything back; nothing of the run is left behind."""

    def __enter__(self) -> Self:
        _RUNNING.append(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _RUNNING.remove(self)
        if error is not None:
            self.cancel()
        self.close()
        if self.is_stopped and (error is None or isinstance(error, EngineError | SourceError)):
            raise CancelledError.asked() from None  # a run that was stopped says nothing of the rows


_RUNNING: list[Engine] = []
"""The engines of this process, a stage's and a reference's."""


def stop_running() -> None:
    """Cancel what every engine of this process runs; whoever asked for it gets a `CancelledError`.

    For the handler of a signal: an Airflow task has a process of its own.
    """
    for engine in _RUNNING.copy():
        engine.is_stopped = True
        engine.cancel()
