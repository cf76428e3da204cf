"""The embedded engine: DuckDB, bounded in memory, blind to nothing that a file's footer leaves out."""

from __future__ import annotations

import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.dialects.duckdb import DuckDB
from airflow_mlquality.engines.embedded.bins import choose_bins
from airflow_mlquality.engines.embedded.examples import find_rows
from airflow_mlquality.engines.embedded.tables import LocatedTable, open_table
from airflow_mlquality.engines.engine import Engine
from airflow_mlquality.errors import EngineError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import duckdb

    from airflow_mlquality.engines.engine import Found, Reading, Row, Table, Violation
    from airflow_mlquality.engines.settings import Settings
    from airflow_mlquality.measurements import Bins, Shape

PROGRESS_SECONDS = 0.5


class Embedded(Engine):
    """A DuckDB of this process, bounded in memory.

    Parameters
    ----------
    settings
        How much of the machine it may take.
    on_progress
        Called now and then with the share of the running query that is done.

    Attributes
    ----------
    scratch
        A folder of its own, for what is unpacked, fetched or spilled; it goes when the engine is closed.
    """

    def __init__(self, settings: Settings, on_progress: Callable[[float], None] | None = None) -> None:
        import duckdb

        super().__init__()
        self.dialect = DuckDB()
        self._on_progress = on_progress
        self._errors = duckdb.Error
        self._folder = tempfile.TemporaryDirectory(prefix="mlquality-", dir=settings.spill)
        self.scratch = Path(self._folder.name)
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": settings.memory_limit,
            "temp_directory": str(self.scratch / "spill"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        if settings.threads:
            config["threads"] = str(settings.threads)
        try:
            self._duckdb: duckdb.DuckDBPyConnection = duckdb.connect(config=config)
        except duckdb.Error as refused:
            self._folder.cleanup()
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

    def open(self, name: str, source: Any, reading: Reading) -> Table:
        """Make files or an object in memory a view."""
        table = open_table(self, name, source, reading)
        self.relations[name] = table.relation
        return table

    def choose_bins(self, table: Table, shapes: Sequence[Shape]) -> dict[Shape, Bins]:
        """Choose them on a sample of the rows."""
        return choose_bins(self, table, shapes)

    def examples(self, table: Table, violations: Mapping[str, Violation], limit: int) -> dict[str, list[Found]]:
        """Find the first ones by file and row number."""
        if not isinstance(table, LocatedTable):
            return {}
        return find_rows(self, table, violations, limit)

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

    def register(self, name: str, arrow: Any) -> None:
        """Offer an Arrow table under a name."""
        self._duckdb.register(name, arrow)

    def register_filesystem(self, filesystem: Any) -> None:
        """Offer an fsspec filesystem under its protocol."""
        self._duckdb.register_filesystem(filesystem)

    def cancel(self) -> None:
        """Interrupt the running statement."""
        self._duckdb.interrupt()

    def close(self) -> None:
        """Close the connection and remove the scratch folder."""
        self._duckdb.close()
        self._folder.cleanup()

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
