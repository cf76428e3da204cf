"""A sample of the rows, the same one again however many threads take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_mlquality.engines.binning import SAMPLE_SEED
from airflow_mlquality.engines.embedded.parts import FILE, ROW
from airflow_mlquality.engines.embedded.tables import LocatedTable
from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.engines.embedded.connection import Embedded
    from airflow_mlquality.engines.engine import Table

SAMPLE = "mlquality_sample"
WINDOWS = 10
"""Runs of neighbouring rows of Parquet that a sample is made of; each costs one page of every column."""
LEAST_SHARE = 0.5
"""A partition may lie elsewhere than the windows: with a smaller share of the rows all of them are looked at."""


def take_sample(engine: Embedded, table: Table, selected: str, rows: int) -> None:
    """Make the table `SAMPLE` of some of the rows.

    Of Parquet files, windows spread evenly over all rows are read, and nothing of what lies between them. Other
    sources are read once.
    """
    created = f"CREATE OR REPLACE TEMP TABLE {SAMPLE} AS SELECT {selected} FROM"
    windows = _windows(engine, table, rows)
    if windows:
        with engine.with_pushdown():  # the filter is on row numbers, so no footer's missing NaN can mislead it
            engine.measure(f"{created} {windows}")
        ((taken,),) = engine.run(f"SELECT COUNT(*) FROM {SAMPLE}")
        if taken >= LEAST_SHARE * rows:
            return
    with engine.one_thread():  # what a reservoir holds depends on which thread brings which rows
        engine.measure(
            f"{created} (SELECT * FROM {table.relation}) USING SAMPLE reservoir({rows} ROWS) REPEATABLE ({SAMPLE_SEED})"
        )


def _windows(engine: Embedded, table: Table, rows: int) -> str:
    """Return a relation of evenly spread windows over Parquet files; nothing where they would be most of the rows."""
    paths = engine.parquet_files(table)
    if not paths or not isinstance(table, LocatedTable):
        return ""
    listed = ", ".join(sql.text(sql.literal(path)) for path in paths)
    counts = engine.run(f"SELECT file_name, num_rows FROM parquet_file_metadata([{listed}])")
    lengths = {path: int(count) for path, count in counts}
    total = sum(lengths.values())
    if total <= 2 * rows:
        return ""
    places = _spread([(path, lengths[path]) for path in paths if path in lengths], rows // WINDOWS, total)
    file, row = sql.text(sql.col(FILE)), sql.text(sql.col(ROW))
    inside = " OR ".join(
        f"({file} = {sql.text(sql.literal(path))} AND {row} BETWEEN {first} AND {last})" for path, first, last in places
    )
    return f"{table.located} WHERE {inside}"


def _spread(files: Sequence[tuple[str, int]], length: int, total: int) -> list[tuple[str, int, int]]:
    """Return windows of some length, spread evenly over the rows of files: file, first and last row, from 1.

    >>> _spread([("a", 50), ("b", 150)], 5, 200)[:2], _spread([("a", 50), ("b", 150)], 5, 200)[-1]
    ([('a', 9, 13), ('a', 29, 33)], ('b', 139, 143))
    """
    windows = []
    for number in range(WINDOWS):
        start = total * (2 * number + 1) // (2 * WINDOWS) - length // 2
        left = length
        for path, rows in files:
            if start < rows and left > 0:
                last = min(start + left, rows)
                windows.append((path, start + 1, last))
                left -= last - start
                start = last
            start -= rows
            if left <= 0:
                break
    return windows
