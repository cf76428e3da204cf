"""Between which whole numbers the values of a column lie, as the footers of Parquet files say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from airflow_mlquality.engines.dialects.duckdb_whole import whole_column
from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_mlquality.engines.embedded.connection import Embedded
    from airflow_mlquality.engines.engine import Table
    from airflow_mlquality.engines.settings import Settings

SHARE_OF_MEMORY = 0.25
"""A bitmap of the range, one for each thread and two to put them together, takes no more of the memory limit."""
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def ranges_of(engine: Embedded, table: Table, columns: Iterable[str], settings: Settings) -> dict[str, tuple[int, int]]:
    """Return the least and the greatest value of columns of whole numbers, where a bitmap of the range is small.

    Only footers are read: of other sources, and of files whose footers leave extremes out, nothing is known.
    """
    names = {name for name in columns if whole_column(sql.col(name), table.schema) is not None}
    paths = engine.parquet_files(table) if names else ()
    most = 8 * SHARE_OF_MEMORY * in_bytes(settings.memory_limit) / (settings.threads + 2)
    found = _extremes(engine, paths) if paths else {}
    return {name: (low, high) for name, (low, high) in found.items() if name in names and high - low < most}


def _extremes(engine: Embedded, paths: Iterable[str]) -> dict[str, tuple[int, int]]:
    listed = ", ".join(sql.text(sql.literal(path)) for path in paths)
    rows = engine.run(
        "SELECT path_in_schema, MIN(TRY_CAST(stats_min_value AS BIGINT)) AS low, "
        f"MAX(TRY_CAST(stats_max_value AS BIGINT)) AS high FROM parquet_metadata([{listed}]) "
        "WHERE num_values > COALESCE(stats_null_count, 0) GROUP BY path_in_schema "
        "HAVING COUNT(*) = COUNT(stats_min_value) AND low IS NOT NULL AND high IS NOT NULL"
    )
    return {name: (int(low), int(high)) for name, low, high in rows}


def in_bytes(size: str) -> int:
    """Return a size of memory in bytes; nothing for one that is not written so.

    >>> in_bytes("2GB"), in_bytes("1.5 GiB"), in_bytes("80%")
    (2000000000, 1610612736, 0)
    """
    written = re.fullmatch(r"([0-9.]+)\s*([KMGT]?)(i?)B", size.strip(), re.IGNORECASE)
    if written is None:
        return 0
    number, unit, binary = written.groups()
    factor = _UNITS[unit.upper()]
    return int(float(number) * (1024 ** (len(str(factor)) // 3) if binary else factor))
