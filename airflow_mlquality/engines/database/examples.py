"""Rows that violate, the first few by the key: one statement for all checks that failed, or one each if it fails."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

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


BROKEN = "mlq_broken"
"""The rows that break anything, which the statement for all checks reads once."""


@dataclass(frozen=True)
class _Asked:
    """What is shown of the rows that break one check, and how an engine is asked for it."""

    shown: tuple[str, ...]
    texts: tuple[str, ...]
    where: str
    ordered: tuple[str, ...]
    columns: frozenset[str]


def find_rows(
    engine: DatabaseEngine, table: Table, violations: Mapping[str, Violation], limit: int
) -> dict[str, list[Found]]:
    """Return the first rows of each violation; a database knows no file and no row number, its key tells a row."""
    asked: dict[str, _Asked] = {}
    for name, violation in violations.items():
        with suppress(UnavailableError):  # examples are a help; without them the verdict stands
            asked[name] = _asked(engine, table, violation)
    try:
        return _together(engine, table, asked, limit)
    except LostError:
        raise
    except EngineError:
        found: dict[str, list[Found]] = {}
    for name, each in asked.items():
        try:
            found |= _together(engine, table, {name: each}, limit)
        except LostError:
            raise
        except EngineError:
            continue
    return found


def _asked(engine: DatabaseEngine, table: Table, violation: Violation) -> _Asked:
    columns = [table.schema[name] for name in violation.shown]
    shown = [_shown(column) for column in columns]
    # under names of their own: ORDER BY takes a name of the result for it, before one of the table
    texts = tuple(f"{engine.dialect.text_of(column)} AS mlq_text{i}" for i, column in enumerate(shown))
    ordered = tuple(engine.dialect.quoted(each.name) for each in columns if _is_ordered(each))
    read = {column.name for column in violation.condition.find_all(exp.Column)}
    where = engine.dialect.scalar(violation.condition, table.schema, engine.relations)
    needed = frozenset({*read, *violation.shown, *(column.name for column in shown)})
    return _Asked(violation.shown, texts, where, ordered, needed)


def _together(engine: DatabaseEngine, table: Table, asked: Mapping[str, _Asked], limit: int) -> dict[str, list[Found]]:
    """Return the rows of all violations by one statement that reads the table once."""
    found: dict[str, list[Found]] = {name: [] for name in asked}
    if not asked:
        return found
    width = max(len(each.texts) for each in asked.values())
    parts = [_part(engine, each, place, width, limit) for place, each in enumerate(asked.values())]
    columns = sorted(frozenset().union(*(each.columns for each in asked.values())))
    selected = ", ".join(engine.dialect.quoted(name) for name in columns)
    anything = " OR ".join(f"({each.where})" for each in asked.values())
    broken = f"SELECT {selected} FROM {table.relation} WHERE {anything}"
    for place, *values in engine.measure(f"WITH {BROKEN} AS ({broken}) {' UNION ALL '.join(parts)}"):
        name = list(asked)[int(place)]
        shown = asked[name].shown
        found[name].append(_found(shown, tuple(values[: len(shown)])))
    return found


def _part(engine: DatabaseEngine, asked: _Asked, place: int, width: int, limit: int) -> str:
    texts = [f"{place} AS mlq_place", *asked.texts]
    texts += [f"NULL AS mlq_text{each}" for each in range(len(asked.texts), width)]
    return f"SELECT * FROM ({engine.dialect.first_rows(BROKEN, texts, asked.where, asked.ordered, limit)}) mlq_{place}"


def _found(names: Sequence[str], row: Row) -> Found:
    values = (None if value is None else str(value) for value in row)
    return Found("", dict(zip(names, values, strict=True)))


def _shown(column: Column) -> Column:
    """Return the column whose text is shown: what was written there, where that may be of another type."""
    return Column(RAW_PREFIX + column.name, LogicalType.STRING) if column.is_parsed else column


def _is_ordered(column: Column) -> bool:
    return not column.type.is_nested and column.type not in _UNORDERED
