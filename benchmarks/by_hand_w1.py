# ruff: noqa: S608  every name in the statements is one of orders.py
"""The facts of orders_w1.yaml by hand: one DuckDB statement, and one more for examples of what failed.

    python benchmarks/by_hand_w1.py FILE

prints one JSON object: violating and judged rows by the id that the gate gives the same check, and example rows.
Written as quickly as DuckDB goes: every column is decoded once, sets are looked up once per dictionary.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

import duckdb
from orders import COLUMNS, FLOATS, KEY, PATTERNS, RANGES, RULES, SETS, TOLERATED

EXAMPLES = 5


@dataclass(frozen=True)
class Asked:
    """One requirement: which rows break it, and which rows say nothing."""

    broken: str
    unknown: str
    columns: tuple[str, ...]


def connect() -> duckdb.DuckDBPyConnection:
    """Return a connection without the optimizers that lose NaN, or buffer the table to count distinct values."""
    con = duckdb.connect(config={"memory_limit": "2GB"})
    con.execute(
        "SET disabled_optimizers = 'statistics_propagation,filter_pushdown,distinct_aggregate_rewrite';"
        "SET enable_progress_bar = false"
    )
    return con


def requirements() -> dict[str, Asked]:
    """Return what is asked of the rows, one by one."""
    asked: dict[str, Asked] = {}
    for name, (low, high) in RANGES.items():
        nan = f" OR isnan({name})" if name in FLOATS else ""
        asked[f"{name}.between"] = Asked(f"{name} < {low} OR {name} > {high}{nan}", f"{name} IS NULL", (name,))
    for name, pattern in PATTERNS.items():
        broken = f"NOT regexp_full_match({name}, '{pattern}')"
        asked[f"{name}.matches"] = Asked(broken, f"{name} IS NULL", (name,))
    for name, values in SETS.items():
        broken = f"{name} IS NOT NULL AND list_position({list(values)}, {name}) IS NULL"
        asked[f"{name}.accepted_values"] = Asked(broken, f"{name} IS NULL", (name,))
    for rule_id, rule in RULES.items():
        columns = tuple(name for name in COLUMNS if name in rule.replace("(", " ").replace(")", " ").split())
        asked[rule_id] = Asked(f"NOT ({rule})", f"({rule}) IS NULL", columns)
    return asked


def count(con: duckdb.DuckDBPyConnection, table: str, asked: dict[str, Asked]) -> dict[str, dict[str, int]]:
    """Return violating and judged rows, in one scan."""
    counts = ["count(*)", f"count({KEY})", f"count(DISTINCT {KEY})"]
    counts += [f"count({name})" for name in COLUMNS]
    for name in FLOATS:
        infinite = [f"count_if({name} = '{sign}inf'::DOUBLE)" for sign in ("+", "-")]
        counts += [f"count_if(isnan({name}))", *infinite]
    for each in asked.values():
        counts += [f"count_if({each.broken})", f"count_if({each.unknown})"]
    found = iter(con.execute(f"SELECT {', '.join(counts)} FROM {table}").fetchone() or ())
    rows, keyed, distinct = next(found), next(found), next(found)
    missing = {name: rows - next(found) for name in COLUMNS}
    for name in FLOATS:
        nan, _, _ = next(found), next(found), next(found)
        missing[name] += nan
    facts = {f"{name}.missing": {"violating": number, "judged": rows} for name, number in missing.items()}
    facts[f"{KEY}.unique"] = {"violating": keyed - distinct, "judged": keyed}
    for name in asked:
        facts[name] = {"violating": next(found), "judged": rows - next(found)}
    return facts


def examples(con: duckdb.DuckDBPyConnection, table: str, asked: dict[str, Asked]) -> dict[str, list[Any]]:
    """Return the first rows that break each requirement, with their place, key and values, in one scan."""
    if not asked:
        return {}
    firsts = [f"min({fields_of(each)}, {EXAMPLES}) FILTER (WHERE {each.broken})" for each in asked.values()]
    some = " OR ".join(f"({each.broken})" for each in asked.values())
    found = con.execute(f"SELECT {', '.join(firsts)} FROM {table} WHERE {some}").fetchone() or ()
    return dict(zip(asked, (rows or [] for rows in found), strict=True))


def fields_of(asked: Asked) -> str:
    """Return what is shown of a row: its place, by which rows are ordered, then key and values as text."""
    texts = [f"{name}: {name}::VARCHAR" for name in dict.fromkeys((KEY, *asked.columns))]
    return f"{{{', '.join(['place: file_row_number', *texts])}}}"


def repeated(table: str) -> Asked:
    """Return the requirement that the key is unique, for some of the keys that are not."""
    some = f"SELECT {KEY} FROM {table} GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT {EXAMPLES}"
    return Asked(f"{KEY} IN ({some})", f"{KEY} IS NULL", (KEY,))


def tolerated(name: str, facts: dict[str, dict[str, int]]) -> float:
    """Return how many rows may break a requirement, as orders_w1.yaml says."""
    return TOLERATED.get(name, 0) * facts[name]["judged"]


def main() -> None:
    """Print the facts and the examples."""
    table = f"read_parquet('{sys.argv[1]}', file_row_number = true)"
    con, asked = connect(), requirements()
    facts = count(con, table, asked)
    failed = {name: each for name, each in asked.items() if facts[name]["violating"] > tolerated(name, facts)}
    if facts[f"{KEY}.unique"]["violating"]:
        failed[f"{KEY}.unique"] = repeated(table)
    print(json.dumps({"facts": facts, "examples": examples(con, table, failed)}, default=str))


if __name__ == "__main__":
    main()
