"""Rows that violate: up to five per failed check, where they lie and what the contract allows to show of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_mlquality.engines.engine import Violation
from airflow_mlquality.errors import EngineError
from airflow_mlquality.verdict import Example

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks import Check, Facts
    from airflow_mlquality.engines.engine import Engine, Found, Table

LIMIT = 5


def find_examples(
    engine: Engine, table: Table, checks: Sequence[Check], key: Sequence[str], facts: Facts
) -> dict[str, tuple[Example, ...]]:
    """Return examples by verdict id, of checks that judge rows.

    Parameters
    ----------
    checks
        Those that did not pass.
    key
        Columns that identify a row.
    facts
        For what may be shown.
    """
    identity = [name for name in key if name in table.schema]
    violations = {}
    for check in checks:
        condition = check.example(table.schema, facts)
        if condition is not None:
            shown = dict.fromkeys([*identity, *check.columns()])
            violations[check.verdict_id] = Violation(condition, tuple(shown))
    if not violations:
        return {}
    try:
        rows = engine.examples(table, violations, LIMIT)
    except EngineError:
        return {}  # examples are a help; without them the verdicts stand
    return {name: tuple(_example(found, identity, facts) for found in each) for name, each in rows.items()}


def _example(found: Found, key: Sequence[str], facts: Facts) -> Example:
    shown = {name: facts.display(name, value) for name, value in found.values.items()}
    return Example(
        where=found.where,
        key={name: shown[name] for name in key if name in shown},
        values={name: value for name, value in shown.items() if name not in key},
    )
