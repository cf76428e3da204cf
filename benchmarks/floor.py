# ruff: noqa: S608  every name in the statement is one of orders.py
"""The floor: DuckDB counts the values of every column, or Arrow decodes them; the least that any measuring costs.

`python benchmarks/floor.py FILE [arrow]` prints nothing.
"""

from __future__ import annotations

import sys

from orders import COLUMNS


def main() -> None:
    """Read, and say nothing."""
    if "arrow" in sys.argv:
        import pyarrow.parquet as pq

        file = pq.ParquetFile(sys.argv[1], memory_map=True)
        for number in range(file.num_row_groups):
            file.read_row_group(number, columns=list(COLUMNS))
        return
    import duckdb

    counts = ", ".join(f"count({name})" for name in COLUMNS)
    duckdb.connect().execute(f"SELECT {counts} FROM read_parquet('{sys.argv[1]}')").fetchall()


if __name__ == "__main__":
    main()
