"""Taking all facts of a table in as few scans as possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_mlquality.errors import EngineError
from airflow_mlquality.measurements import Measurement, Schema, Shape, sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from airflow_mlquality.engines.duckdb import Connection
    from airflow_mlquality.engines.tables import Table

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
    for batch in _batches(list(measurements), table.schema):
        _measure_batch(connection, table, batch, facts, failures)
    return facts, failures


def _measure_batch(
    connection: Connection,
    table: Table,
    batch: Sequence[Question],
    facts: dict[Question, Any],
    failures: dict[Question, str],
) -> None:
    labels: dict[str, str] = {}
    reads = [
        {label: labels.setdefault(text, f"f{len(labels)}") for label, text in _texts(each, table.schema)}
        for each in batch
    ]
    try:
        values = _row(connection, table, labels)
    except EngineError as failed:
        if len(batch) == 1:
            failures[_filed(batch[0])] = str(failed)
            return
        middle = len(batch) // 2
        _measure_batch(connection, table, batch[:middle], facts, failures)
        _measure_batch(connection, table, batch[middle:], facts, failures)
        return
    for measurement, read in zip(batch, reads, strict=True):
        facts[_filed(measurement)] = measurement.read({label: values[name] for label, name in read.items()})


def _row(connection: Connection, table: Table, labels: dict[str, str]) -> dict[str, Any]:
    if not labels:
        return {}
    selected = ", ".join(f"{text} AS {name}" for text, name in labels.items())
    (row,) = connection.measure(f'SELECT {selected} FROM "{table.name}"')
    return dict(zip(labels.values(), row, strict=True))


def _texts(measurement: Question, schema: Schema) -> list[tuple[str, str]]:
    return [(label, tree.sql(dialect=sql.DIALECT)) for label, tree in measurement.select(schema).items()]


def _filed(measurement: Question) -> Question:
    return measurement.question() if isinstance(measurement, Shape) else measurement


def _batches(measurements: list[Question], schema: Schema) -> list[list[Question]]:
    """Return the measurements in statements of bearable width, those of one column together."""
    ordered = sorted(measurements, key=lambda each: each.columns()[:1])
    batches: list[list[Question]] = [[]]
    width, column = 0, ""
    for measurement in ordered:
        first = measurement.columns()[0] if measurement.columns() else ""
        if width > EXPRESSIONS_PER_STATEMENT and first != column:
            batches.append([])
            width = 0
        batches[-1].append(measurement)
        width += len(measurement.select(schema))
        column = first
    return [batch for batch in batches if batch]
