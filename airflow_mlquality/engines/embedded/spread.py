"""Rows from everywhere in a table, the same ones again: what facts of some rows are taken of."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from airflow_mlquality.engines.embedded.parts import FILE, ROW
from airflow_mlquality.engines.embedded.tables import LocatedTable
from airflow_mlquality.errors import EngineError, LostError
from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.sampled import SAMPLED_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.engines.embedded.connection import Embedded
    from airflow_mlquality.engines.engine import Row, Table

SPREAD = "mlquality_spread"
ALONG = "mlquality_along"
WIDEST_ALONG = 64
"""Columns that are taken along with other facts: what is collected so cannot be put on disk."""


@dataclass
class Spread:
    """A sample: one row in every few neighbouring ones.

    Neighbours depend on each other, and a file may be in the order of time: so the rows are no windows, and come from
    everywhere. Which of the neighbours it is, a hash of their place tells, whatever thread reads them. The filter is on
    no value, so that nothing depends on what footers say.

    Of Parquet files, whose footers tell the number of rows, it is taken along by the statement that reads all rows for
    other facts: to read them again costs more than all that is asked of the sample.

    Parameters
    ----------
    engine, table, columns
        What is sampled.
    one_in
        How many neighbours there are; 0 as long as nothing was taken.
    """

    engine: Embedded
    table: Table
    columns: Sequence[str]
    one_in: int = 0
    is_tried: bool = False

    def is_due(self, table: Table) -> bool:
        """Return whether a statement about all rows of a table is to take it along."""
        return table is self.table and not self.is_tried and len(self.columns) <= WIDEST_ALONG

    def along(self, aggregates: Sequence[str]) -> Row | None:
        """Return what aggregates of all rows give, and take the sample; None where it cannot be taken so."""
        self.is_tried = True
        rows = self._rows_by_footers()
        if not isinstance(self.table, LocatedTable) or _neighbours(rows) <= 1:
            return None
        one_in = _neighbours(rows)
        fields = ", ".join(f"'c{i}': {_quoted(name)}" for i, name in enumerate(self.columns))
        answers = ", ".join(f"{text} AS f{number}" for number, text in enumerate(aggregates))
        taken = f"list({{{fields}}}) FILTER (WHERE {_is_chosen(one_in, in_file=True)}) AS taken"
        named = ", ".join(f"r.c{i} AS {_quoted(name)}" for i, name in enumerate(self.columns))
        try:
            self.engine.measure(
                f"CREATE OR REPLACE TEMP TABLE {ALONG} AS SELECT {answers}, {taken} FROM {self.table.located}"
            )
            self.engine.run(
                f"CREATE OR REPLACE TEMP TABLE {SPREAD} AS SELECT {named} FROM (SELECT UNNEST(taken) AS r FROM {ALONG})"
            )
            (row,) = self.engine.run(f"SELECT {', '.join(f'f{i}' for i in range(len(aggregates)))} FROM {ALONG}")
        except LostError:
            raise
        except EngineError:
            return None
        finally:
            self._drop(ALONG)
        self.one_in = one_in
        return row

    def taken(self, rows: int) -> Table:
        """Return the sample of a table that has so many rows; it is taken now unless it was taken along."""
        one_in = _neighbours(rows)
        if one_in != self.one_in:  # of a partition there are fewer rows than footers tell
            self._take(one_in)
        return replace(self.table, relation=SPREAD)

    def _take(self, one_in: int) -> None:
        selected = ", ".join(_quoted(name) for name in self.columns) or "1 AS nothing"
        created = f"CREATE OR REPLACE TEMP TABLE {SPREAD} AS SELECT {selected} FROM"
        if one_in <= 1:
            self.engine.measure(f"{created} {self.table.relation}")
        elif isinstance(self.table, LocatedTable) and self.engine.parquet_files(self.table):
            self.engine.measure(f"{created} {self.table.located} WHERE {_is_chosen(one_in, in_file=True)}")
        else:
            numbered = f"SELECT {selected}, ROW_NUMBER() OVER () AS {_quoted(ROW)} FROM {self.table.relation}"
            with self.engine.one_thread():  # rows are numbered in their order
                self.engine.measure(f"{created} ({numbered}) WHERE {_is_chosen(one_in, in_file=False)}")
        self.one_in = one_in

    def _rows_by_footers(self) -> int:
        """Return how many rows Parquet files have; 0 of other sources."""
        paths = self.engine.parquet_files(self.table)
        if not paths:
            return 0
        listed = ", ".join(sql.text(sql.literal(path)) for path in paths)
        ((rows,),) = self.engine.run(f"SELECT SUM(num_rows) FROM parquet_file_metadata([{listed}])")
        return int(rows or 0)

    def drop(self) -> None:
        """Forget it."""
        self._drop(SPREAD)

    def _drop(self, name: str) -> None:
        with suppress(EngineError):  # an engine that is gone has forgotten it
            self.engine.run(f"DROP TABLE IF EXISTS {name}")


def _neighbours(rows: int) -> int:
    """Return of how many neighbouring rows one is looked at.

    >>> [_neighbours(rows) for rows in (0, 200_000, 200_001, 10_000_000)]
    [1, 1, 2, 50]
    """
    return max(1, -(-rows // SAMPLED_ROWS))


def _is_chosen(one_in: int, *, in_file: bool) -> str:
    """Return SQL of whether a row is the one that is looked at among its neighbours."""
    number = f"({_quoted(ROW)} - 1)"
    place = f"{_quoted(FILE)}, {number} // {one_in}" if in_file else f"{number} // {one_in}"
    return f"{number} % {one_in} = CAST(hash({place}) % {one_in} AS BIGINT)"


def _quoted(name: str) -> str:
    return sql.text(sql.col(name))
