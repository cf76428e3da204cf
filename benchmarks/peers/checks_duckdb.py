# ruff: noqa: S608  every name in the statement is one of orders.py
"""The checks as one plain DuckDB query.

    python benchmarks/peers/checks_duckdb.py FILE ANSWER

The optimizers that lose NaN are off, as in `by_hand_w1.py`; no examples are shown.
"""

from __future__ import annotations

import sys

import duckdb
from asked import KEY_IS_UNIQUE, ROW_RULES, answer
from orders import COLUMNS, KEY, PATTERNS, RANGES, RULES, SETS


def main() -> None:
    """Count what breaks each check, and write which ones are broken."""
    file, target = sys.argv[1:3]
    con = duckdb.connect()
    con.execute(
        "SET disabled_optimizers = 'statistics_propagation,filter_pushdown,distinct_aggregate_rewrite';"
        "SET enable_progress_bar = false"
    )
    broken = {f"{name}.not_null": f"{name} IS NULL" for name in COLUMNS}
    broken |= {f"{name}.between": f"{name} NOT BETWEEN {low} AND {high}" for name, (low, high) in RANGES.items()}
    broken |= {f"{name}.matches": f"NOT regexp_full_match({name}, '{pattern}')" for name, pattern in PATTERNS.items()}
    broken |= {f"{name}.accepted_values": f"{name} NOT IN {values}" for name, values in SETS.items()}
    broken |= {name: f"NOT ({RULES[name]})" for name in ROW_RULES}
    counts = [f"count_if({condition})" for condition in broken.values()]
    repeated = f"count({KEY}) - count(DISTINCT {KEY})"
    row = con.execute(f"SELECT {', '.join([*counts, repeated])} FROM read_parquet('{file}')").fetchone() or ()
    names = [*broken, KEY_IS_UNIQUE]
    answer(target, len(names), [name for name, count in zip(names, row, strict=True) if count])


if __name__ == "__main__":
    main()
