"""Rows that violate, with their file and number: looked for among the first rows, then in one more scan."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from airflow_mlquality.engines.embedded.parts import FILE, ROW
from airflow_mlquality.engines.engine import Found
from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.counts import RAW_PREFIX, STAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.engines.embedded.connection import Embedded
    from airflow_mlquality.engines.embedded.tables import LocatedTable
    from airflow_mlquality.engines.engine import Violation


FIRST = (10_000, 250_000)
"""So many rows are looked at before all are: what breaks often is found there, and only its columns are read. Where
most rows break a check, to keep the first five of many costs more than to find them."""


def find_rows(
    engine: Embedded, table: LocatedTable, violations: Mapping[str, Violation], limit: int
) -> dict[str, list[Found]]:
    """Return the first rows of each violation, by file and row number.

    Of a violation that is about other rows, such as a key that stands more than once, the first that are found are
    those where these other rows are among the first, too.
    """
    found: dict[str, list[Found]] = {}
    few = violations
    for rows in FIRST:
        first = {STAGE: f"(SELECT * FROM {table.relation} LIMIT {rows})"}
        found |= _rows_of(engine, table, few, limit, f"(SELECT * FROM {table.located} LIMIT {rows})", first)
        few = {name: violation for name, violation in few.items() if len(found[name]) < limit}
    return found | _rows_of(engine, table, few, limit, table.located, {})


def _rows_of(
    engine: Embedded,
    table: LocatedTable,
    violations: Mapping[str, Violation],
    limit: int,
    located: str,
    relations: Mapping[str, str],
) -> dict[str, list[Found]]:
    if not violations:
        return {}
    conditions = [engine.dialect.scalar(each.condition, table.schema, relations) for each in violations.values()]
    selected = ", ".join(
        f"{_first_rows(condition, _fields(table, violation), limit)} AS e{i}"
        for i, (condition, violation) in enumerate(zip(conditions, violations.values(), strict=True))
    )
    anything = " OR ".join(f"({condition})" for condition in conditions)
    (row,) = engine.measure(f"SELECT {selected} FROM {located} WHERE {anything}")
    return {
        name: [_found(table, fields, violation) for fields in rows or ()]
        for (name, violation), rows in zip(violations.items(), row, strict=True)
    }


def _first_rows(condition: str, fields: Mapping[str, exp.Expr], limit: int) -> str:
    parts = ", ".join(f"{_quote(name)}: {sql.text(tree)}" for name, tree in fields.items())
    return f"min({{{parts}}}, {limit}) FILTER (WHERE {condition})"


def _fields(table: LocatedTable, violation: Violation) -> dict[str, exp.Expr]:
    """Return what is taken of a row: its place first, by which examples are ordered, then values as text."""
    fields: dict[str, exp.Expr] = {"file": sql.col(FILE), "row": sql.col(ROW)}
    for i, name in enumerate(violation.shown):
        shown = RAW_PREFIX + name if table.schema[name].is_parsed else name
        fields[f"v{i}"] = exp.cast(sql.col(shown), "VARCHAR")
    return fields


def _found(table: LocatedTable, fields: Mapping[str, Any], violation: Violation) -> Found:
    file = _from_source(table.unpacked.get(fields["file"], fields["file"]), table.label)
    where = f"{file} row {fields['row']}" if file else f"row {fields['row']}"
    return Found(where, {name: fields[f"v{i}"] for i, name in enumerate(violation.shown)})


def _from_source(file: str, label: str) -> str:
    """Return a file's path as seen from its source, which the report names.

    >>> _from_source("/data/day=1/a.csv", "/data/day=*/*.csv"), _from_source("/data/a.csv", "/data/a.csv")
    ('day=1/a.csv', 'a.csv')
    """
    if file.startswith(f"{label}/"):
        return file.removeprefix(f"{label}/")
    folder = re.split(r"[*?\[]", label)[0].rpartition("/")[0]
    return file.removeprefix(f"{folder}/") if folder else file


def _quote(name: str) -> str:
    return sql.text(exp.Literal.string(name))
