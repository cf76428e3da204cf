"""Rows that violate: one statement per check that failed, the first few by the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.engines.engine import Found
from airflow_mlquality.errors import EngineError, LostError
from airflow_mlquality.measurements import Column, LogicalType
from airflow_mlquality.measurements.counts import RAW_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.engines.database.connection import DatabaseEngine
    from airflow_mlquality.engines.engine import Row, Table, Violation

_UNORDERED = (LogicalType.OTHER, LogicalType.NULL, LogicalType.BINARY)


def find_rows(
    engine: DatabaseEngine, table: Table, violations: Mapping[str, Violation], limit: int
) -> dict[str, list[Found]]:
    """Return the first rows of each violation; a database knows no file and no row number, its key tells a row."""
    found = {}
    for name, violation in violations.items():
        try:
            found[name] = _first(engine, table, violation, limit)
        except LostError:
            raise
        except (EngineError, UnavailableError):
            continue  # examples are a help; without them the verdict stands
    return found


def _first(engine: DatabaseEngine, table: Table, violation: Violation, limit: int) -> list[Found]:
    columns = [table.schema[name] for name in violation.shown]
    # under names of their own: ORDER BY takes a name of the result for it, before one of the table
    texts = [f"{engine.dialect.text_of(_shown(column))} AS mlq_text{i}" for i, column in enumerate(columns)]
    where = engine.dialect.scalar(violation.condition, table.schema, engine.relations)
    ordered = [engine.dialect.quoted(each.name) for each in columns if _is_ordered(each)]
    statement = engine.dialect.first_rows(table.relation, texts, where, ordered, limit)
    return [_found(violation.shown, row) for row in engine.measure(statement)]


def _found(names: Sequence[str], row: Row) -> Found:
    values = (None if value is None else str(value) for value in row)
    return Found("", dict(zip(names, values, strict=True)))


def _shown(column: Column) -> Column:
    """Return the column whose text is shown: what was written there, where that may be of another type."""
    return Column(RAW_PREFIX + column.name, LogicalType.STRING) if column.is_parsed else column


def _is_ordered(column: Column) -> bool:
    return not column.type.is_nested and column.type not in _UNORDERED
