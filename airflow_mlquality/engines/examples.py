"""Rows that violate: up to five per failed check, where they lie and what the contract allows to show of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from airflow_mlquality.engines.tables import FILE, ROW
from airflow_mlquality.errors import EngineError
from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.counts import RAW_PREFIX
from airflow_mlquality.verdict import Example

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.checks import Check, Facts
    from airflow_mlquality.engines.duckdb import Connection
    from airflow_mlquality.engines.tables import Table

LIMIT = 5


def find_examples(
    connection: Connection, table: Table, checks: Sequence[Check], key: Sequence[str], facts: Facts
) -> dict[str, tuple[Example, ...]]:
    """Return examples by verdict id, of checks that judge rows; one more scan finds all of them.

    Parameters
    ----------
    checks
        Those that did not pass.
    key
        Columns that identify a row.
    facts
        For what may be shown.
    """
    wanted = {}
    for check in checks:
        violation = check.violation(table.schema)
        if violation is not None:
            wanted[check.verdict_id] = (check, violation)
    if not wanted:
        return {}
    identity = [name for name in key if name in table.schema]
    selected = ", ".join(
        f"{_first_rows(violation, _fields(table, identity, check))} AS e{i}"
        for i, (check, violation) in enumerate(wanted.values())
    )
    try:
        anything = sql.any_of(violation.copy() for _, violation in wanted.values()).sql(dialect=sql.DIALECT)
        (row,) = connection.measure(f"SELECT {selected} FROM {table.located} WHERE {anything}")
    except EngineError:
        return {}  # examples are a help; without them the verdicts stand
    return {
        name: tuple(_example(table, found, identity, check, facts) for found in rows or ())
        for (name, (check, _)), rows in zip(wanted.items(), row, strict=True)
    }


def _first_rows(violation: exp.Expr, fields: Mapping[str, exp.Expr]) -> str:
    parts = ", ".join(f"{_quote(name)}: {tree.sql(dialect=sql.DIALECT)}" for name, tree in fields.items())
    return f"min({{{parts}}}, {LIMIT}) FILTER (WHERE {violation.sql(dialect=sql.DIALECT)})"


def _fields(table: Table, key: Sequence[str], check: Check) -> dict[str, exp.Expr]:
    """Return what is taken of a row: its place first, by which examples are ordered, then key and values as text."""
    fields: dict[str, exp.Expr] = {"file": sql.col(FILE), "row": sql.col(ROW)}
    for i, name in enumerate(key):
        fields[f"k{i}"] = exp.cast(sql.col(name), "VARCHAR")
    for i, name in enumerate(check.columns()):
        shown = RAW_PREFIX + name if table.schema[name].is_parsed else name
        fields[f"v{i}"] = exp.cast(sql.col(shown), "VARCHAR")
    return fields


def _example(table: Table, found: Mapping[str, Any], key: Sequence[str], check: Check, facts: Facts) -> Example:
    file = _from_source(table.unpacked.get(found["file"], found["file"]), table.label)
    where = f"{file} row {found['row']}" if file else f"row {found['row']}"
    return Example(
        where=where,
        key={name: facts.display(name, found[f"k{i}"]) for i, name in enumerate(key)},
        values={name: facts.display(name, found[f"v{i}"]) for i, name in enumerate(check.columns()) if name not in key},
    )


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
    return exp.Literal.string(name).sql(dialect=sql.DIALECT)
