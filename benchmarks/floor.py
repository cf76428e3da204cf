# ruff: noqa: S608  every name in the statement is one of orders.py
"""The floor: DuckDB counts the values of every column, the least that any measuring costs.

`python benchmarks/floor.py FILE` prints nothing.
"""

from __future__ import annotations

import sys

import duckdb
from orders import COLUMNS


def main() -> None:
    """Count, and say nothing."""
    counts = ", ".join(f"count({name})" for name in COLUMNS)
    duckdb.connect().execute(f"SELECT {counts} FROM read_parquet('{sys.argv[1]}')").fetchall()


if __name__ == "__main__":
    main()
