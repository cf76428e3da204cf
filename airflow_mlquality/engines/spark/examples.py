"""Rows that violate: one statement reads the rows once and keeps the first few of every check that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.engines.engine import Found
from airflow_mlquality.measurements import Column, LogicalType
from airflow_mlquality.measurements.counts import RAW_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.engines.engine import Table, Violation
    from airflow_mlquality.engines.spark.connection import SparkEngine


def find_rows(
    engine: SparkEngine, table: Table, violations: Mapping[str, Violation], limit: int
) -> dict[str, list[Found]]:
    """Return the first rows of each violation by the text of what is shown, the key first."""
    conditions: dict[str, str] = {}
    for name, violation in violations.items():
        try:
            conditions[name] = engine.dialect.scalar(violation.condition, table.schema, engine.relations)
        except UnavailableError:
            continue  # examples are a help; without them the verdict stands
    if not conditions:
        return {}
    alone = [name for name, condition in conditions.items() if _has_query(condition)]
    found: dict[str, list[Found]] = {}
    for names in ([name for name in conditions if name not in alone], *([name] for name in alone)):
        if names:
            found |= _found(engine, table, {name: (violations[name], conditions[name]) for name in names}, limit)
    return found


def _has_query(condition: str) -> bool:
    """Return whether a condition asks another table; Spark allows that behind WHERE alone."""
    return "SELECT" in condition.upper()


def _found(
    engine: SparkEngine, table: Table, asked: Mapping[str, tuple[Violation, str]], limit: int
) -> dict[str, list[Found]]:
    broken = [condition for _, condition in asked.values()]
    texts = [_texts(engine, table, violation) for violation, _ in asked.values()]
    if len(asked) == 1:
        source = f"(SELECT *, 0 AS mlquality_check FROM {table.relation} WHERE {broken[0]})"
    else:
        places = ", ".join(f"CASE WHEN {condition} THEN {place} END" for place, condition in enumerate(broken))
        source = f"(SELECT *, EXPLODE(ARRAY_COMPACT(ARRAY({places}))) AS mlquality_check FROM {table.relation})"
    shown = " ".join(f"WHEN {place} THEN ARRAY({', '.join(each)})" for place, each in enumerate(texts))
    rows = engine.measure(
        "SELECT place, shown FROM "
        "(SELECT place, shown, ROW_NUMBER() OVER (PARTITION BY place ORDER BY shown) AS number "
        f"FROM (SELECT mlquality_check AS place, CASE mlquality_check {shown} END AS shown FROM {source})) "
        f"WHERE number <= {limit} ORDER BY place, number"
    )
    found: dict[str, list[Found]] = {name: [] for name in asked}
    for place, values in rows:
        name = list(asked)[int(place)]
        found[name].append(Found("", dict(zip(asked[name][0].shown, values, strict=True))))
    return found


def _texts(engine: SparkEngine, table: Table, violation: Violation) -> list[str]:
    """Return the values that are shown as text; of a column that was read from text, what was written there."""
    return [engine.dialect.text_of(_shown(table.schema[name])) for name in violation.shown]


def _shown(column: Column) -> Column:
    return Column(RAW_PREFIX + column.name, LogicalType.STRING, "string") if column.is_parsed else column
