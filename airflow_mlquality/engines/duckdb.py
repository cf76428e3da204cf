"""The embedded engine: DuckDB, bounded in memory, blind to nothing that a file's footer leaves out."""

from __future__ import annotations

import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_mlquality.errors import EngineError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb

    from airflow_mlquality.engines.settings import Settings

Row = tuple[Any, ...]

PROGRESS_SECONDS = 0.5


class Connection:
    """A connection to an embedded DuckDB of its own.

    Parameters
    ----------
    settings
        How much of the machine it may take.
    folder
        For what does not fit into memory.
    on_progress
        Called now and then with the share of the running query that is done.

    Attributes
    ----------
    queries
        How many statements were run, those that read no rows included.
    statements
        Every statement that read rows, in order.
    """

    def __init__(self, settings: Settings, folder: Path, on_progress: Callable[[float], None] | None = None) -> None:
        import duckdb

        self.queries = 0
        self.statements: list[str] = []
        self._on_progress = on_progress
        self._errors = duckdb.Error
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": settings.memory_limit,
            "temp_directory": str(folder),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        if settings.threads:
            config["threads"] = str(settings.threads)
        try:
            self._duckdb: duckdb.DuckDBPyConnection = duckdb.connect(config=config)
        except duckdb.Error as refused:
            raise EngineError.query_failed(str(refused)) from None
        # A footer of Arrow-written Parquet leaves NaN out of its extremes; the first two optimizers trust it and lose
        # NaN rows. The third turns a distinct count into a buffer of every column that the statement reads.
        self._duckdb.execute(
            "SET disabled_optimizers = 'statistics_propagation,filter_pushdown,distinct_aggregate_rewrite'"
        )
        self._duckdb.execute("SET TimeZone = 'UTC'")
        # Progress is only counted with the bar on; what it would print is told to `on_progress` instead.
        self._duckdb.execute(f"SET enable_progress_bar = {str(on_progress is not None).lower()}")
        self._duckdb.execute("SET enable_progress_bar_print = false")

    def run(self, statement: str, label: str = "") -> list[Row]:
        """Run a statement and return its rows.

        Raises
        ------
        SourceError
            When it fails and a `label` says which source it was to open.
        EngineError
            When it fails otherwise. Neither carries a value of a row.
        """
        self.queries += 1
        try:
            with self._progress():
                return self._duckdb.execute(statement).fetchall()
        except (self._errors, OSError, UnicodeError) as failed:
            message = str(failed)
            raise (SourceError.unreadable(label, message) if label else EngineError.query_failed(message)) from None

    def measure(self, statement: str) -> list[Row]:
        """Run a statement that reads the rows of a stage, and remember it."""
        self.statements.append(statement)
        return self.run(statement)

    def register(self, name: str, arrow: Any) -> None:
        """Offer an Arrow table under a name."""
        self._duckdb.register(name, arrow)

    def register_filesystem(self, filesystem: Any) -> None:
        """Offer an fsspec filesystem under its protocol."""
        self._duckdb.register_filesystem(filesystem)

    def close(self) -> None:
        """Close the connection."""
        self._duckdb.close()

    @contextmanager
    def _progress(self) -> Iterator[None]:
        if self._on_progress is None:
            yield
            return
        done = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(done, self._on_progress), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()

    def _watch(self, done: threading.Event, on_progress: Callable[[float], None]) -> None:
        while not done.wait(PROGRESS_SECONDS):
            share = self._duckdb.query_progress()
            if share >= 0:
                on_progress(min(share / 100, 1.0))


@contextmanager
def connected(
    settings: Settings, on_progress: Callable[[float], None] | None = None
) -> Iterator[tuple[Connection, Path]]:
    """Open a connection and a scratch folder, and leave nothing behind."""
    with tempfile.TemporaryDirectory(prefix="mlquality-", dir=settings.spill) as folder:
        scratch = Path(folder)
        connection = Connection(settings, scratch / "spill", on_progress)
        try:
            yield connection, scratch
        finally:
            connection.close()
