"""Taking all facts of a table in as few scans as possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_mlquality.errors import EngineError
from airflow_mlquality.measurements import Measurement, Shape, sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from airflow_mlquality.engines.duckdb import Connection
    from airflow_mlquality.engines.tables import Table
    from airflow_mlquality.measurements import Schema

EXPRESSIONS_PER_STATEMENT = 4_000
"""A wider statement is split; its parts read different columns, so that no column is read twice."""

Question = Measurement[Any]


def measure(
    connection: Connection, table: Table, measurements: Iterable[Question]
) -> tuple[dict[Question, Any], dict[Question, str]]:
    """Return the facts of a table, and why a measurement failed where one did.

    All aggregates go into one statement, so that the rows are read once. Where that statement fails, its halves are
    tried, until the failure is that of single measurements.
    """
    facts: dict[Question, Any] = {}
    failures: dict[Question, str] = {}
    for batch in _batches([Asked.of(each, table.schema) for each in measurements]):
        _measure_batch(connection, table, batch, facts, failures)
    return facts, failures


@dataclass(frozen=True)
class Asked:
    """A measurement and the SQL of its expressions, by label."""

    measurement: Question
    texts: dict[str, str]

    @classmethod
    def of(cls, measurement: Question, schema: Schema) -> Asked:
        """Render the expressions of a measurement."""
        trees = measurement.select(schema)
        return cls(measurement, {label: tree.sql(dialect=sql.DIALECT) for label, tree in trees.items()})

    @property
    def filed(self) -> Question:
        """Under what its fact is kept."""
        return self.measurement.question() if isinstance(self.measurement, Shape) else self.measurement

    @property
    def column(self) -> str:
        """The first column that it reads."""
        return next(iter(self.measurement.columns()), "")


def _measure_batch(
    connection: Connection,
    table: Table,
    batch: Sequence[Asked],
    facts: dict[Question, Any],
    failures: dict[Question, str],
) -> None:
    names: dict[str, str] = {}
    for asked in batch:
        for text in asked.texts.values():
            names.setdefault(text, f"f{len(names)}")
    try:
        values = _row(connection, table, names)
    except EngineError as failed:
        if len(batch) == 1:
            failures[batch[0].filed] = str(failed)
            return
        middle = len(batch) // 2
        _measure_batch(connection, table, batch[:middle], facts, failures)
        _measure_batch(connection, table, batch[middle:], facts, failures)
        return
    for asked in batch:
        read = {label: values[names[text]] for label, text in asked.texts.items()}
        facts[asked.filed] = asked.measurement.read(read)


def _row(connection: Connection, table: Table, names: dict[str, str]) -> dict[str, Any]:
    if not names:
        return {}
    selected = ", ".join(f"{text} AS {name}" for text, name in names.items())
    (row,) = connection.measure(f'SELECT {selected} FROM "{table.name}"')
    return dict(zip(names.values(), row, strict=True))


def _batches(measurements: list[Asked]) -> list[list[Asked]]:
    """Return the measurements in statements of bearable width, those of one column together."""
    batches: list[list[Asked]] = [[]]
    width, column = 0, ""
    for asked in sorted(measurements, key=lambda each: each.column):
        if width > EXPRESSIONS_PER_STATEMENT and asked.column != column:
            batches.append([])
            width = 0
        batches[-1].append(asked)
        width += len(asked.texts)
        column = asked.column
    return [batch for batch in batches if batch]
