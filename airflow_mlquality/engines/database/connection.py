"""Any database behind a connection: its rows stay where they are, only facts come back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.database.bins import choose_bins
from airflow_mlquality.engines.database.examples import find_rows
from airflow_mlquality.engines.database.sessions import SESSIONS, MySQLSession, Session, message_of
from airflow_mlquality.engines.database.tables import open_table
from airflow_mlquality.engines.database.worker import TaskFailedError, Worker
from airflow_mlquality.engines.dialects import ALIASES, dialect_named
from airflow_mlquality.engines.engine import Engine
from airflow_mlquality.errors import CancelledError, EngineError, LostError, MLQualityError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow_mlquality.engines.engine import Found, Reading, Row, Table, Violation
    from airflow_mlquality.engines.settings import Settings
    from airflow_mlquality.engines.sources import Database
    from airflow_mlquality.measurements import Bins, Shape


class DatabaseEngine(Engine):
    """A database that is reached by a DB-API 2.0 connection.

    Everything runs on one connection, in one transaction that reads only and, where the database can, sees the same
    rows from its first statement to its last.

    Parameters
    ----------
    source
        What it is asked for first; other sources of the same connection can be opened too.
    settings
        Not used: what measuring takes is the database's to say.
    on_progress
        Never called: a database does not tell how far it has come. The log says now and then that it still works.

    Attributes
    ----------
    source
        As given.
    kind
        Which database it is.
    """

    def __init__(
        self,
        source: Database,
        settings: Settings | None = None,  # noqa: ARG002  see above
        on_progress: Callable[[float], None] | None = None,  # noqa: ARG002  see above
    ) -> None:
        super().__init__()
        self.source = source
        self.kind = ALIASES.get(source.dialect.lower(), source.dialect.lower())
        self.dialect = dialect_named(source.dialect)
        self._is_cancelled = False
        self._lost = ""
        self._worker = Worker()
        try:
            self._session = self._worker.do(self._opened)
        except TaskFailedError as refused:
            self._worker.end()
            raise SourceError.unreachable(str(source), message_of(refused.cause)) from None
        if isinstance(self._session, MySQLSession) and self._session.is_mariadb:
            self.kind, self.dialect = "mariadb", dialect_named("mariadb")

    def _opened(self) -> Session:
        comment = self.dialect.comment(self.source.comment) if self.source.comment else ""
        session = SESSIONS.get(self.kind, Session)(self.source.connect, comment)
        try:
            self.dialect.prepare(session.connection)
            session.begin()
        except BaseException:
            session.close()
            raise
        return session

    def open(self, name: str, source: Any, reading: Reading) -> Table:
        """Name a table, or make a query one."""
        table = open_table(self, source, reading)
        self.relations[name] = table.relation
        return table

    def choose_bins(self, table: Table, shapes: Sequence[Shape]) -> dict[Shape, Bins]:
        """Choose them on a sample of the rows."""
        return choose_bins(self, table, shapes)

    def examples(self, table: Table, violations: Mapping[str, Violation], limit: int) -> dict[str, list[Found]]:
        """Find the first ones by their key."""
        return find_rows(self, table, violations, limit)

    # ---- statements ----

    def run(self, statement: str, label: str = "") -> list[Row]:
        """Run a statement and return its rows.

        Raises
        ------
        SourceError
            When it fails and a `label` says which source it was to open.
        LostError
            When the connection broke.
        CancelledError
            When somebody stopped the run.
        EngineError
            When it fails otherwise. None of them carries a value of a row.
        """
        return self._rows(statement, label)[0]

    def describe(self, statement: str, label: str) -> Sequence[Sequence[Any]]:
        """Run a statement that opens a source and return how the database describes its columns."""
        return self._rows(statement, label)[1]

    def _rows(self, statement: str, label: str) -> tuple[list[Row], Sequence[Sequence[Any]]]:
        if self._is_cancelled:
            raise CancelledError.asked()
        if self._lost:
            raise LostError.connection(str(self.source), self._lost)
        self.queries += 1
        try:
            return self._worker.do(lambda: self._session.rows(statement))
        except TaskFailedError as failed:
            raise self._told(failed.cause, label) from None

    def _told(self, failed: Exception, label: str) -> MLQualityError:
        """Return a driver's exception in our words, and make the connection usable again."""
        if self._is_cancelled:
            return CancelledError.asked()
        message = message_of(failed)
        if self._session.is_lost(failed):
            self._lost = message
        else:
            try:
                self._worker.do(self._session.go_on)
            except TaskFailedError as gone:  # a connection that cannot go on is lost, whatever it says
                self._lost = message_of(gone.cause)
        if self._lost:
            return LostError.connection(str(self.source), self._lost)
        return SourceError.unreadable(label, message) if label else EngineError.query_failed(message)

    # ---- the end ----

    def cancel(self) -> None:
        """Stop the running statement on the server."""
        self._is_cancelled = True
        self._worker.stop()
        if self._worker.is_busy:
            with suppress(Exception):  # it has ended, or its connection has
                self._session.cancel()

    def close(self) -> None:
        """Give the connection back; a statement that does not end is left to its thread."""
        with suppress(CancelledError, TaskFailedError):
            self._worker.do(self._session.close)
        self._worker.end()
