"""How each kind of database is talked to: what begins a run, what goes on after a failure, what stops a statement."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow_mlquality.engines.engine import Row


class Session:
    """One connection and the run on it; of a database that is told nothing in particular.

    Parameters
    ----------
    connect
        Opens a connection.
    comment
        Put before every statement.

    Attributes
    ----------
    begins
        Statements that begin a run: it sees the same rows to its end, and writes nothing, where the database can.
    """

    begins: ClassVar[tuple[str, ...]] = ()
    recovers: ClassVar[str] = ""
    """Statement that goes on after a failed one; without it the transaction is rolled back and begun again."""

    def __init__(self, connect: Callable[[], Any], comment: str) -> None:
        self._connect = connect
        self._comment = comment
        self.connection = connect()
        self.cursor = self.connection.cursor()

    def begin(self) -> None:
        """Begin the run."""
        for statement in self.begins:
            self.rows(statement)

    def rows(self, statement: str) -> tuple[list[Row], Sequence[Sequence[Any]]]:
        """Run a statement; return its rows, and how it describes its columns."""
        # never with parameters: without them, no driver takes a % for one
        self.cursor.execute(self._comment + statement)
        description = self.cursor.description or ()
        found = self.cursor.fetchall() if description else ()
        return [_plain(row) for row in found], description

    def go_on(self) -> None:
        """Make the connection usable after a failed statement."""
        if self.recovers:
            self.rows(self.recovers)
        elif hasattr(self.connection, "rollback"):
            self.connection.rollback()
            self.begin()

    def is_lost(self, failed: Exception) -> bool:
        """Return whether the connection broke; nothing will work on it again."""
        if isinstance(failed, ConnectionError) or type(failed).__name__ == "InterfaceError":
            return True
        closed = getattr(self.connection, "closed", False)
        return bool(closed() if callable(closed) else closed)

    def cancel(self) -> None:
        """Stop the running statement on the server; called from another thread."""
        for stoppable in (self.connection, self.cursor, getattr(self.cursor, "query_job", None)):
            cancel = getattr(stoppable, "cancel", None)
            if callable(cancel):
                cancel()
                return
        if hasattr(self.cursor, "abort_query"):
            self.cursor.abort_query(self.cursor.sfqid)

    def close(self) -> None:
        """Give the connection back."""
        with suppress(Exception):
            if hasattr(self.connection, "rollback"):
                self.connection.rollback()
        with suppress(Exception):
            self.connection.close()


class PostgresSession(Session):
    """PostgreSQL: one snapshot, read only; a savepoint keeps it over failures."""

    begins = (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        "SET LOCAL TIME ZONE 'UTC'",
        "SET LOCAL DateStyle = 'ISO'",
        "SET LOCAL IntervalStyle = 'postgres'",
        "SET LOCAL standard_conforming_strings = on",
        "SAVEPOINT mlquality",
    )
    recovers = "ROLLBACK TO SAVEPOINT mlquality"
    lost: ClassVar[tuple[str, ...]] = ("08", "57P01", "57P02", "57P03", "57P05", "25P03")
    """Codes of an administrator's shutdown, a crash, a time-out, and of the class of broken connections."""

    def begin(self) -> None:
        """Begin the run, and see that the server itself stops the statement of a client that is gone."""
        if getattr(self.connection, "autocommit", False):
            self.connection.autocommit = False
        super().begin()
        try:
            self.rows("SET LOCAL client_connection_check_interval = '2s'")
        except Exception:  # noqa: BLE001  of PostgreSQL 14 and newer, and not of every system
            self.go_on()
        else:
            self.rows("SAVEPOINT mlquality")

    def is_lost(self, failed: Exception) -> bool:
        """Return whether the connection broke, by the driver's own knowledge or by code."""
        code = str(getattr(failed, "pgcode", None) or getattr(failed, "sqlstate", None) or "")
        return code.startswith(self.lost) or super().is_lost(failed)


class RedshiftSession(Session):
    """Redshift: every transaction sees one snapshot; read only where the driver can say so."""

    begins = ("SET timezone TO 'UTC'",)

    def begin(self) -> None:
        """Begin the run."""
        if hasattr(self.connection, "set_session"):
            self.connection.set_session(readonly=True)
        super().begin()


class MySQLSession(Session):
    """MySQL and MariaDB: one snapshot, read only; a statement is stopped by another connection.

    Attributes
    ----------
    is_mariadb
        Which of the two it is.
    """

    begins = (
        "SET SESSION sql_mode = ''",
        "SET SESSION time_zone = '+00:00'",
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "SET SESSION TRANSACTION READ ONLY",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    )
    lost: ClassVar[frozenset[int]] = frozenset({1053, 1077, 1152, 1184, 1927, 2006, 2013, 2055, 3169, 4031})
    """Codes of a shutdown, an aborted, killed or closed connection."""

    def __init__(self, connect: Callable[[], Any], comment: str) -> None:
        super().__init__(connect, comment)
        for speak in ("set_character_set", "set_charset_collation"):  # each driver has one of them
            if hasattr(self.connection, speak):
                getattr(self.connection, speak)("utf8mb4")
                break
        ((number, version),) = self.rows("SELECT CONNECTION_ID(), VERSION()")[0]
        self._number = int(number)
        self.is_mariadb = "mariadb" in str(version).lower()

    def go_on(self) -> None:
        """Do nothing: a failed statement leaves the transaction as it was."""

    def is_lost(self, failed: Exception) -> bool:
        """Return whether the connection broke, by code."""
        code = getattr(failed, "errno", None) or next(iter(failed.args), None)
        return code in self.lost or super().is_lost(failed)

    def cancel(self) -> None:
        """Tell the server by another connection."""
        other = self._connect()
        try:
            other.cursor().execute(f"{self._comment}KILL QUERY {self._number}")
        finally:
            other.close()


class SQLiteSession(Session):
    """SQLite: one read transaction, read only."""

    begins = ("PRAGMA query_only = ON", "BEGIN")

    def __init__(self, connect: Callable[[], Any], comment: str) -> None:
        super().__init__(connect, comment)
        self.connection.isolation_level = None
        self.connection.text_factory = lambda text: text.decode("utf-8", "replace")

    def go_on(self) -> None:
        """Do nothing: a failed statement leaves the transaction as it was."""

    def is_lost(self, failed: Exception) -> bool:  # noqa: ARG002  there is no server
        """Return whether the connection is closed: nothing else can break it."""
        return False

    def cancel(self) -> None:
        """Interrupt the statement."""
        self.connection.interrupt()


class DuckDBSession(Session):
    """A DuckDB of one's own: one transaction, read only."""

    begins = (
        "SET TimeZone = 'UTC'",
        # footers of Arrow-written Parquet leave NaN out of their extremes, and these two trust them
        "SET disabled_optimizers = 'statistics_propagation,filter_pushdown,distinct_aggregate_rewrite'",
        "BEGIN TRANSACTION READ ONLY",
    )

    def go_on(self) -> None:
        """Roll back on the cursor: in DuckDB each is a connection of its own."""
        with suppress(Exception):  # not every failure ends the transaction
            self.rows("ROLLBACK")
        self.begin()

    def cancel(self) -> None:
        """Interrupt the statement."""
        self.cursor.interrupt()

    def close(self) -> None:
        """Give the cursor back too."""
        with suppress(Exception):
            self.rows("ROLLBACK")
        with suppress(Exception):
            self.cursor.close()
        super().close()


class OracleSession(Session):
    """Oracle: one snapshot, read only."""

    begins = (
        "ALTER SESSION SET TIME_ZONE = 'UTC'",
        "ALTER SESSION SET NLS_COMP = BINARY",
        "ALTER SESSION SET NLS_SORT = BINARY",
        "ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,'",
        "SET TRANSACTION READ ONLY",
    )


class SnowflakeSession(Session):
    """Snowflake: in UTC."""

    begins = ("ALTER SESSION SET TIMEZONE = 'UTC'",)


SESSIONS: Mapping[str, type[Session]] = {
    "postgres": PostgresSession,
    "redshift": RedshiftSession,
    "mysql": MySQLSession,
    "mariadb": MySQLSession,
    "sqlite": SQLiteSession,
    "duckdb": DuckDBSession,
    "oracle": OracleSession,
    "snowflake": SnowflakeSession,
}
"""By the name of the dialect; any other database is told nothing in particular."""


def message_of(failed: Exception) -> str:
    """Return what a driver says went wrong, without the details that quote rows.

    >>> message_of(RuntimeError(1064, "You have an error near 'x'"))
    "RuntimeError: You have an error near 'x'"
    """
    diagnosed = getattr(getattr(failed, "diag", None), "message_primary", None)
    text = next((each for each in failed.args if isinstance(each, str) and each), str(failed))
    return f"{type(failed).__name__}: {diagnosed or text}"


def _plain(row: Any) -> Row:
    """Return a row as a tuple; a connection may be set to give dicts."""
    return tuple(row.values() if isinstance(row, Mapping) else row)
