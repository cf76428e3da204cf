"""Putting rows of a database apart, where they are: they never leave it.

Each row is judged once, into a temporary table of the connection; both tables are filled from it in one transaction.
A table that is not there yet is made. Of one that is there the rows are replaced, of a partition those of the
partition; a reader sees the former rows until the new ones are all there. In MySQL and MariaDB making a table cannot be
taken back, so that a run that fails there may leave an empty one where none was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from sqlglot import exp

from airflow_mlquality.checks.literals import in_terms_of
from airflow_mlquality.engines.database.connection import DatabaseEngine
from airflow_mlquality.engines.database.names import folded, parts_of
from airflow_mlquality.engines.database.sessions import MySQLSession, PostgresSession, Session, SQLiteSession
from airflow_mlquality.engines.dialects import ALIASES
from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.engines.dialects.portable import Portable
from airflow_mlquality.errors import UsageError
from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.counts import RAW_PREFIX, STAGE
from airflow_mlquality.quarantine.result import Lost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.engines.engine import Table
    from airflow_mlquality.engines.sources import Database
    from airflow_mlquality.measurements import Column
    from airflow_mlquality.quarantine.result import Quarantined
    from airflow_mlquality.quarantine.separation import Wanted
    from airflow_mlquality.quarantine.splitting import Repeated, Split

JUDGED = "mlq_judged"
"""The temporary table of all rows with the checks that they break."""


class _WritingPostgres(PostgresSession):
    """One transaction that may write."""

    begins: ClassVar[tuple[str, ...]] = (  # type: ignore[assignment]  # more than one length
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        *(each for each in PostgresSession.begins if not each.startswith("SET TRANSACTION")),
    )


class _WritingMySQL(MySQLSession):
    """A session that may write; its transaction begins when the tables are there."""

    begins: ClassVar[tuple[str, ...]] = (  # type: ignore[assignment]  # more than one length
        "SET SESSION sql_mode = ''",
        "SET SESSION time_zone = '+00:00'",
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    )


class _WritingSQLite(SQLiteSession):
    """One transaction that may write."""

    begins = ("PRAGMA temp_store = FILE", "BEGIN IMMEDIATE")


class WritingEngine(DatabaseEngine):
    """A database that is read and written on one connection."""

    dialect: Portable
    sessions: ClassVar[dict[str, type[Session]]] = {
        "postgres": _WritingPostgres,
        "mysql": _WritingMySQL,
        "mariadb": _WritingMySQL,
        "sqlite": _WritingSQLite,
    }

    def _opened(self) -> Session:
        comment = self.dialect.comment(self.source.comment) if self.source.comment else ""
        session = self.sessions[self.kind](self.source.connect, comment)
        try:
            self.dialect.prepare(session.connection)
            session.begin()
        except BaseException:
            session.close()
            raise
        return session

    def commit(self) -> None:
        """End the transaction; from now on everybody sees what was written."""
        self.run("COMMIT")


def put_apart_in_database(wanted: Wanted, source: Database) -> Quarantined:
    """Put the rows of a table or query apart into two tables of the same database.

    Raises
    ------
    UsageError
        When the database is of another kind, or the names do not fit.
    SourceError, EngineError
        When rows cannot be read or written; nothing has changed then.
    """
    if ALIASES.get(source.dialect.lower(), source.dialect.lower()) not in WritingEngine.sessions:
        raise UsageError.no_split(str(source))
    with WritingEngine(source) as engine:
        table = engine.open(STAGE, source, wanted.reading)
        good, bad = _names(engine, wanted, source)
        split = wanted.split(table)
        found = replace(wanted.found(table, split), good=str(wanted.good), bad=str(wanted.bad))
        if found.stopped:
            return found
        wanted.open_related(engine, split)
        if engine.kind == "sqlite":
            engine.run("PRAGMA query_only = OFF")  # whoever described the table left it on
        engine.measure(_judged(engine, table, split))
        result = wanted.counted(found, *_counted(engine, split))
        if result.stopped:
            return result
        _write(engine, table, wanted, split, source, (good, bad))
        engine.commit()
        return result


def _names(engine: WritingEngine, wanted: Wanted, source: Database) -> tuple[str, str]:
    """Return the names of the two tables as SQL; they and the source are three."""
    named = {}
    for word, table in (("good", wanted.good), ("bad", wanted.bad), ("source", source.table)):
        if table:
            parts = folded(table, parts_of(str(table), str(source)), engine.dialect)
            named[word] = ".".join(engine.dialect.quoted(part) for part in parts)
    for word, other in (("good", "bad"), ("good", "source"), ("bad", "source")):
        if named[word].lower() == named.get(other, "").lower():
            raise UsageError.outlet_overlaps(str(getattr(wanted, word)), other)
    return named["good"], named["bad"]


# ---- judging every row once ----


def _judged(engine: WritingEngine, table: Table, split: Split) -> str:
    """Return the statement that makes the table of all rows with the checks that they break, as 1 or 0."""
    conditions = [_condition(engine, table, each.id, each.condition) for each in split.broken]
    flags = [f"CASE WHEN {each} THEN 1 ELSE 0 END AS mlq_b{place}" for place, each in enumerate(conditions)]
    rows = f"SELECT {', '.join([*_columns(engine, table), *flags])} FROM {table.relation}"
    if split.repeated:
        is_bad = " + ".join(f"mlq_b{place}" for place in range(len(flags))) or "0"
        repeats = [
            f"{_repeats(engine, table, each, is_bad)} AS mlq_b{len(flags) + place}"
            for place, each in enumerate(split.repeated)
        ]
        kept = [*_columns(engine, table), *(f"mlq_b{place}" for place in range(len(flags)))]
        rows = f"SELECT {', '.join([*kept, *repeats])} FROM ({rows}) mlq_rows"
    dropped = " ON COMMIT DROP" if engine.kind == "postgres" else ""
    return f"CREATE TEMPORARY TABLE {JUDGED}{dropped} AS {rows}"


def _condition(engine: WritingEngine, table: Table, name: str, condition: exp.Expr) -> str:
    try:
        return engine.dialect.scalar(condition, table.schema, engine.relations)
    except UnavailableError as unavailable:
        raise UsageError.not_of_rows(name, str(unavailable)) from None


def _columns(engine: WritingEngine, table: Table) -> list[str]:
    names = [*table.schema.names, *(RAW_PREFIX + each.name for each in table.schema if each.is_parsed)]
    return [engine.dialect.quoted(name) for name in names]


def _repeats(engine: WritingEngine, table: Table, repeated: Repeated, is_bad: str) -> str:
    """Return 1 for a row beyond the first of its key, rows that break nothing else coming first."""
    quoted = [engine.dialect.quoted(name) for name in repeated.key]
    keys = [engine.dialect.group_key(_condition(engine, table, repeated.id, sql.col(each))) for each in repeated.key]
    number = f"ROW_NUMBER() OVER (PARTITION BY {', '.join(keys)} ORDER BY {is_bad})"
    complete = " AND ".join(f"{name} IS NOT NULL" for name in quoted) if repeated.only_complete else "1 = 1"
    return f"CASE WHEN {complete} AND {number} > 1 THEN 1 ELSE 0 END"


def _counted(engine: WritingEngine, split: Split) -> tuple[int, int, dict[str, Lost]]:
    count = len(split.ids)
    flags = [f"mlq_b{place}" for place in range(count)]
    branches = " ".join(f"WHEN {flag} = 1 THEN {place}" for place, flag in enumerate(flags))
    totals = ["COUNT(*)", "COUNT(mlq_first)"]
    for place, flag in enumerate(flags):
        totals += [f"SUM({flag})", f"SUM(CASE WHEN mlq_first = {place} THEN 1 ELSE 0 END)"]
    flagged = f"SELECT {', '.join(flags)}, CASE {branches} END AS mlq_first FROM {JUDGED}"
    ((rows, lost, *found),) = engine.measure(f"SELECT {', '.join(totals)} FROM ({flagged}) mlq_flagged")
    numbers = [int(each or 0) for each in found]
    reasons = {
        name: Lost(rows=numbers[2 * place], first=numbers[2 * place + 1]) for place, name in enumerate(split.ids)
    }
    return int(rows), int(lost), reasons


# ---- writing both tables ----


def _write(
    engine: WritingEngine, table: Table, wanted: Wanted, split: Split, source: Database, names: tuple[str, str]
) -> None:
    quoted = engine.dialect.quoted
    columns = [quoted(name) for name in table.schema.names]
    texts = [_as_it_was(engine, each) for each in table.schema]
    reason = quoted(wanted.reason_column)
    count = len(split.ids)
    is_bad = " + ".join(f"mlq_b{place}" for place in range(count))
    reasons = _reasons(engine, split.ids)
    good, bad = names
    made_of = source.table and engine.kind == "sqlite"  # where a column that is worked out has no type
    original = ".".join(quoted(part) for part in parts_of(source.table, str(source))) if made_of else JUDGED
    told = "''" if made_of else reasons
    _make(engine, good, f"SELECT {', '.join(columns)} FROM {original}")
    _make(engine, bad, f"SELECT {', '.join([*columns, f'{told} AS {reason}'])} FROM {original}")
    if engine.kind in ("mysql", "mariadb"):
        engine.run("SET SESSION sql_mode = 'STRICT_ALL_TABLES'")  # a value that does not fit is an error, and not cut
        engine.run("START TRANSACTION")
    where = _of_partition(engine, table, wanted)
    for name, into, values, condition in (
        (bad, [*columns, reason], [*texts, reasons], f"{is_bad} > 0"),
        (good, columns, columns, f"{is_bad} = 0"),
    ):
        engine.measure(f"DELETE FROM {name}{where}")
        engine.measure(
            f"INSERT INTO {name} ({', '.join(into)}) SELECT {', '.join(values)} FROM {JUDGED} WHERE {condition}"
        )


def _as_it_was(engine: WritingEngine, column: Column) -> str:
    """Return a value as it was stored; in SQLite one that is not of its column's type as text."""
    name = engine.dialect.quoted(column.name)
    return f"COALESCE({name}, {engine.dialect.quoted(RAW_PREFIX + column.name)})" if column.is_parsed else name


def _make(engine: WritingEngine, name: str, select: str) -> None:
    """Make a table like some rows, unless it is there."""
    engine.run(f"CREATE TABLE IF NOT EXISTS {name} AS {select} WHERE 1 = 0")


def _of_partition(engine: WritingEngine, table: Table, wanted: Wanted) -> str:
    conditions = [
        engine.dialect.scalar(
            exp.EQ(this=sql.col(name), expression=in_terms_of(table.schema[name], value)), table.schema
        )
        for name, value in wanted.reading.partition.items()
    ]
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _reasons(engine: WritingEngine, ids: Sequence[str]) -> str:
    """Return the ids of the checks that a row breaks, as one text."""
    found = []
    for place, name in enumerate(ids):
        text = engine.dialect.literal(f", {name}")
        found.append(f"CASE WHEN mlq_b{place} = 1 THEN {text} ELSE '' END")
    if engine.kind in ("mysql", "mariadb"):
        return f"CAST(SUBSTRING(CONCAT({', '.join(found)}), 3) AS CHAR({_most_characters(ids)}))"
    return f"SUBSTR({' || '.join(found)}, 3)"


def _most_characters(ids: Sequence[str]) -> int:
    return sum(len(name) + 2 for name in ids)
