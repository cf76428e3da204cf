# ruff: noqa: S608  every name in the statements is one of orders.py
"""The whole suite W1 by hand on DuckDB: facts of every column, requirements, and examples of what breaks them.

    python benchmarks/by_hand_duckdb.py FILE

prints one JSON object of the form of `suite.py`. One scan for all that shares one, the exact quantiles of one number
after another (together they do not fit into bounded memory), one GROUP BY per text.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from by_hand_w1 import connect
from orders import COLUMNS, FLOATS, KEY, NUMBERS, PATTERNS, RULES, SETS, TEXTS
from suite import EXAMPLES, QUANTILES, TOP, edges_of_the_suite

Facts = dict[str, Any]


def main() -> None:
    """Print the facts."""
    con, table = connect(), f"read_parquet('{sys.argv[1]}')"
    found = iter(con.execute(f"SELECT {', '.join(asked())} FROM {table}").fetchone() or ())
    rows = next(found)
    facts: Facts = {"rows": rows, "nulls": {name: rows - next(found) for name in COLUMNS}}
    facts["numbers"] = {name: number(name, found) for name in NUMBERS}
    facts["texts"] = {name: {"longest": next(found)} for name in TEXTS}
    for part, names in (("patterns", PATTERNS), ("sets", SETS)):
        facts[part] = {name: next(found) for name in names}
    facts["rules"] = {name: next(found) for name in RULES}
    keys = sorted({key for _ in RULES for key in next(found) or ()})
    for name in NUMBERS:
        quantiles = con.execute(f"SELECT quantile_cont({finite(name)}, {list(QUANTILES)}) FROM {table}").fetchone()
        facts["numbers"][name]["quantiles"] = (quantiles or [None])[0]
    for name in TEXTS:
        counted = f"SELECT {name} AS value, count(*) AS n FROM {table} WHERE {name} IS NOT NULL GROUP BY 1"
        top = f"max({{n: n, value: value}}, {TOP})"
        distinct, most = con.execute(f"SELECT count(*), {top} FROM ({counted})").fetchone() or (0, [])
        facts["texts"][name] |= {"distinct": distinct, "top": [(each["value"], each["n"]) for each in most]}
    facts["repeated"] = rows - (con.execute(f"SELECT count(DISTINCT {KEY}) FROM {table}").fetchone() or (0,))[0]
    facts["examples"] = len(con.execute(f"SELECT * FROM {table} WHERE {KEY} IN {tuple(keys)}").fetchall())
    print(json.dumps(facts, default=str))


def finite(name: str) -> str:
    """Return a column without NaN and infinities."""
    return f"CASE WHEN isfinite({name}) THEN {name} END" if name in FLOATS else name


def asked() -> list[str]:
    """Return what the one scan takes."""
    wanted = ["count(*)", *(f"count({name})" for name in COLUMNS)]
    edges = edges_of_the_suite()
    for name in NUMBERS:
        value = finite(name)
        wanted += [f"{function}({value})" for function in ("count", "min", "max", "avg", "stddev_samp")]
        wanted += [f"histogram(({value})::DOUBLE, {edges[name]}::DOUBLE[])"]
        wanted += [f"count_if(isnan({name}))"] if name in FLOATS else []
    wanted += [f"max(length({name}))" for name in TEXTS]
    wanted += [f"count_if(NOT regexp_full_match({name}, '{pattern}'))" for name, pattern in PATTERNS.items()]
    wanted += [f"count_if({name} NOT IN {values})" for name, values in SETS.items()]
    wanted += [f"count_if(NOT ({rule}))" for rule in RULES.values()]
    return wanted + [f"min({KEY}, {EXAMPLES}) FILTER (WHERE NOT ({rule}))" for rule in RULES.values()]


def number(name: str, found: Iterator[Any]) -> Facts:
    """Return the facts of a number, but for its quantiles."""
    count, least, most, mean, std, histogram = (next(found) for _ in range(6))
    edges = edges_of_the_suite()[name]
    bins = [histogram.get(edge, 0) for edge in edges]
    nan = next(found) if name in FLOATS else 0
    return {"min": least, "max": most, "mean": mean, "std": std, "nan": nan, "bins": [*bins, count - sum(bins)]}


if __name__ == "__main__":
    main()
