"""Putting rows of files and dataframes apart, in DuckDB: rows stream from file to file, and are never all in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_mlquality.engines.embedded.hive import keys_of
from airflow_mlquality.engines.embedded.parts import FILE, ROW
from airflow_mlquality.engines.sources import is_frame
from airflow_mlquality.errors import EngineError
from airflow_mlquality.measurements import LogicalType, sql
from airflow_mlquality.measurements.counts import RAW_PREFIX
from airflow_mlquality.quarantine.result import Lost

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from airflow_mlquality.engines.embedded.connection import Embedded
    from airflow_mlquality.engines.embedded.tables import LocatedTable
    from airflow_mlquality.measurements import Column
    from airflow_mlquality.quarantine.splitting import Repeated, Split

OUTPUT = "quarantine-"
"""What the names of written files begin with."""


@dataclass(frozen=True)
class Parted:
    """Rows of a table and the conditions that put them apart, as SQL of the embedded engine.

    Parameters
    ----------
    relation
        What stands behind FROM.
    conditions
        By the id of the check: true of a row that breaks it, never NULL.
    schema
        The columns.
    """

    relation: str
    conditions: dict[str, str]
    columns: tuple[Column, ...]

    @property
    def is_lost(self) -> str:
        """True of a row that breaks anything, never NULL."""
        return " OR ".join(self.conditions.values()) or "FALSE"

    def good(self) -> str:
        """Return the SELECT of the rows that are kept, with the types that they were read as."""
        columns = ", ".join(f"{_writable(each)} AS {_quoted(each.name)}" for each in self.columns)
        return f"SELECT {columns} FROM {self.relation} WHERE NOT ({self.is_lost})"

    def bad(self, reason_column: str) -> str:
        """Return the SELECT of the rows that are lost, with the text that was written where it was parsed."""
        columns = [
            f"{_quoted(RAW_PREFIX + each.name) if each.is_parsed else _writable(each)} AS {_quoted(each.name)}"
            for each in self.columns
        ]
        selected = ", ".join([*columns, f"{self._reasons()} AS {_quoted(reason_column)}"])
        return f"SELECT {selected} FROM {self.relation} WHERE {self.is_lost}"

    def places(self) -> str:
        """Return the SELECT of the number of each lost row and its reasons, in order."""
        row = _quoted(ROW)
        return f"SELECT {row}, {self._reasons()} FROM {self.relation} WHERE {self.is_lost} ORDER BY {row}"

    def counts(self) -> str:
        """Return the SELECT of one row: all rows, lost rows, then by check those that break it, and it first."""
        flags = [f"{each} AS b{place}" for place, each in enumerate(self.conditions.values())]
        branches = " ".join(f"WHEN b{place} THEN {place}" for place in range(len(flags)))
        totals = ["COUNT(*)", "COUNT(first)"]
        for place in range(len(flags)):
            totals += [f"COUNT_IF(b{place})", f"COUNT_IF(first = {place})"]
        flagged = f"SELECT {', '.join(flags)} FROM {self.relation}"
        return f"SELECT {', '.join(totals)} FROM (SELECT *, CASE {branches} END AS first FROM ({flagged}))"

    def _reasons(self) -> str:
        found = ", ".join(f"CASE WHEN {each} THEN {_string(name)} END" for name, each in self.conditions.items())
        return f"list_filter([{found}], lambda each: each IS NOT NULL)"


def parted(engine: Embedded, table: LocatedTable, split: Split, source: Any) -> Parted:
    """Return rows and the conditions that put them apart; what repeats a key is looked up once, by place."""
    conditions = {
        each.id: f"COALESCE(({engine.dialect.scalar(each.condition, table.schema, engine.relations)}), FALSE)"
        for each in split.broken
    }
    if any(each.type is LogicalType.NULL for each in table.schema):
        conditions = {name: each for name, each in conditions.items() if _is_understood(engine, table, each)}
    columns = tuple(table.schema)
    relation = table.relation
    if split.repeated:
        relation = _placed(engine, table, source)
        is_bad = " OR ".join(conditions.values()) or "FALSE"
        for number, each in enumerate(split.repeated):
            conditions[each.id] = _repeats(engine, relation, each, is_bad, number)
    elif is_frame(source):
        relation = table.located
    return Parted(relation, conditions, columns)


def counted(engine: Embedded, rows: Parted) -> tuple[int, int, dict[str, Lost]]:
    """Return how many rows there are, how many are lost, and how many by each check."""
    ((total, lost, *found),) = engine.measure(rows.counts())
    by_check = {
        name: Lost(rows=int(found[2 * place] or 0), first=int(found[2 * place + 1] or 0))
        for place, name in enumerate(rows.conditions)
    }
    return int(total), int(lost), by_check


def write(engine: Embedded, select: str, target: Path, partitioned_by: Sequence[str]) -> int:
    """Write rows as Parquet and return how many; a folder with a folder for each partition, or one file.

    Parameters
    ----------
    target
        A file; where there are partitions the folder for them.
    """
    options = "FORMAT parquet"
    if partitioned_by:
        options += f", PARTITION_BY ({', '.join(map(_quoted, partitioned_by))}), FILENAME_PATTERN '{OUTPUT}{{i}}'"
    ((rows,),) = engine.measure(f"COPY ({select}) TO {_string(str(target))} ({options})")
    return int(rows)


def partition_columns(engine: Embedded, table: LocatedTable) -> tuple[str, ...]:
    """Return the columns that stand in the folders of a source, the outermost first."""
    names = dict.fromkeys(name for path in engine.files_of(table) for name in keys_of(path))
    return tuple(name for name in names if name in table.schema)


def _is_understood(engine: Embedded, table: LocatedTable, condition: str) -> bool:
    """Return whether a condition can be asked of columns without any value: some functions need to know a type."""
    try:
        engine.run(f"SELECT {condition} FROM {table.relation} LIMIT 0")
    except EngineError:
        return False  # NULL breaks nothing that has to be worked out of it
    return True


# ---- rows that repeat a key ----


def _placed(engine: Embedded, table: LocatedTable, source: Any) -> str:
    """Return the rows with their place, which must be the same in every statement.

    Text is parsed once, into a table of the engine that spills to disk.
    """
    if is_frame(source) or engine.parquet_files(table):
        return table.located
    place = f"'' AS {_quoted(FILE)}, row_number() OVER () AS {_quoted(ROW)}"
    engine.measure(f'CREATE OR REPLACE TEMP TABLE "mlquality placed" AS SELECT *, {place} FROM {table.relation}')
    return '"mlquality placed"'


def _repeats(engine: Embedded, relation: str, repeated: Repeated, is_bad: str, number: int) -> str:
    """Return the condition of a row beyond the first of its key, rows that break nothing else coming first.

    Only rows whose key stands more than once are put in order: of a good source, few.
    """
    keys = [f"k{place}" for place in range(len(repeated.key))]
    named = ", ".join(f"{_quoted(name)} AS {key}" for key, name in zip(keys, repeated.key, strict=True))
    present = " AND ".join(f"{_quoted(name)} IS NOT NULL" for name in repeated.key)
    complete = present if repeated.only_complete else "TRUE"
    by, place = ", ".join(keys), f"{_quoted(FILE)} AS f, {_quoted(ROW)} AS r"
    several = f"SELECT {by} FROM (SELECT {named} FROM {relation} WHERE {complete}) GROUP BY {by} HAVING COUNT(*) > 1"
    same = " AND ".join(f"mine.{key} IS NOT DISTINCT FROM several.{key}" for key in keys)
    mine = f"SELECT {named}, {place}, ({is_bad}) AS b FROM {relation} WHERE {complete}"
    numbered = (
        f"SELECT f, r, row_number() OVER (PARTITION BY {by} ORDER BY b, f, r) AS n "
        f"FROM (SELECT mine.* FROM ({mine}) mine SEMI JOIN ({several}) several ON {same})"
    )
    name = _quoted(f"mlquality repeats {number}")
    engine.measure(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT f, r FROM ({numbered}) WHERE n > 1")
    return f"(row({_quoted(FILE)}, {_quoted(ROW)}) IN (SELECT row(f, r) FROM {name}))"


# ---- words of SQL ----


def _writable(column: Column) -> str:
    """Return a column as Parquet can hold it without loss."""
    name = _quoted(column.name)
    if column.type is LogicalType.NULL:
        return f"CAST({name} AS VARCHAR)"
    return f"CAST({name} AS DECIMAL(38, 0))" if column.native in ("HUGEINT", "UHUGEINT") else name


def _quoted(name: str) -> str:
    return sql.text(sql.col(name))


def _string(text: str) -> str:
    return sql.text(sql.literal(text))
