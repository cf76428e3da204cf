"""The embedded engine: DuckDB, bounded in memory, blind to nothing that a file's footer leaves out."""

from __future__ import annotations

import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.engines.dialects.duckdb import DuckDB
from airflow_mlquality.engines.embedded.bins import choose_bins
from airflow_mlquality.engines.embedded.examples import find_rows
from airflow_mlquality.engines.embedded.faults import FileEngine
from airflow_mlquality.engines.embedded.ranges import ranges_of
from airflow_mlquality.engines.embedded.spread import Spread
from airflow_mlquality.engines.embedded.tables import LocatedTable, open_table
from airflow_mlquality.errors import EngineError, LostError, SourceError
from airflow_mlquality.measurements import Keys, Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import duckdb

    from airflow_mlquality.engines.engine import Found, Reading, Row, Table, Violation
    from airflow_mlquality.engines.settings import Settings
    from airflow_mlquality.measurements import Bins, Measurement

PROGRESS_SECONDS = 0.5
SECONDS_TO_STOP = 10.0
"""How long an interrupted statement may take to end."""
NO_ROOM = ("failed to offload data block", "No space left on device")
"""What DuckDB says when the disk for what does not fit into memory is full, or its share of it."""

PUSHDOWN = "filter_pushdown"
MISLED = ("statistics_propagation", "distinct_aggregate_rewrite", "late_materialization")
"""Optimizers that are off. A footer of Arrow-written Parquet leaves NaN out of its extremes; the first two trust it and
lose NaN rows. Another turns a distinct count into a buffer of every column that the statement reads; the last one reads
the rows behind a LIMIT twice."""


class Embedded(FileEngine):
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

    dialect: DuckDB
    samples: ClassVar[bool] = True

    def __init__(self, settings: Settings, on_progress: Callable[[float], None] | None = None) -> None:
        import duckdb

        super().__init__()
        self.dialect = DuckDB()
        self._sample: Spread | None = None
        self._on_progress = on_progress
        self._errors = duckdb.Error
        self._folder = tempfile.TemporaryDirectory(prefix="mlquality-", dir=settings.spill)
        self.scratch = Path(self._folder.name)
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": settings.memory_limit,
            "temp_directory": str(self.scratch / "spill"),
            "threads": str(settings.threads),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        try:
            self._duckdb: duckdb.DuckDBPyConnection = duckdb.connect(config=config)
        except duckdb.Error as refused:
            self._folder.cleanup()
            raise EngineError.query_failed(str(refused)) from None
        self._settings = settings
        self._set("disabled_optimizers", f"'{','.join((PUSHDOWN, *MISLED))}'")
        self._set("error_on_division_by_zero", "false")
        self._set("ieee_floating_point_ops", "false")  # x / 0 is NULL, and no infinity
        self._set("TimeZone", "'UTC'")
        # Progress is only counted with the bar on; what it would print is told to `on_progress` instead.
        self._set("enable_progress_bar", str(on_progress is not None).lower())
        self._set("enable_progress_bar_print", "false")

    def open(self, name: str, source: Any, reading: Reading) -> Table:
        """Make files or an object in memory a view."""
        table = open_table(self, name, source, reading)
        self.relations[name] = table.relation
        return table

    def prepare(self, table: Table, measurements: Sequence[Measurement[Any]]) -> None:
        """Find the ranges of keys that are whole numbers, so that a bitmap counts the different ones; and centres."""
        keys = {each.key[0] for each in measurements if isinstance(each, Keys) and len(each.key) == 1}
        self.dialect.ranges = ranges_of(self, table, keys, self._settings)
        edges = {each.column: each.bins.edges for each in measurements if isinstance(each, Shape) and each.bins}
        self.dialect.centres = {name: between[len(between) // 2] for name, between in edges.items() if between}

    def choose_bins(self, table: Table, shapes: Sequence[Shape]) -> dict[Shape, Bins]:
        """Choose them on a sample of the rows."""
        return choose_bins(self, table, shapes)

    @contextmanager
    def sampled(self, table: Table, columns: Sequence[str]) -> Iterator[Callable[[int], Table]]:
        """Offer some columns of about `SAMPLED_ROWS` rows from everywhere, the same ones again."""
        self._sample = Spread(self, table, columns)
        try:
            yield self._sample.taken
        finally:
            self._sample.drop()
            self._sample = None

    def aggregates(self, table: Table, texts: Sequence[str]) -> Row:
        """Return what aggregates of all rows of a table give; a sample that is wanted is taken along."""
        along = self._sample.along(texts) if self._sample and self._sample.is_due(table) else None
        return super().aggregates(table, texts) if along is None else along

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
        LostError
            When there is no room left on disk for what does not fit into memory.
        EngineError
            When it fails otherwise. None of them carries a value of a row.
        """
        self.queries += 1
        try:
            return self._rows(statement)
        except (self._errors, OSError, UnicodeError) as failed:
            message = str(failed)
            if any(words in message for words in NO_ROOM):
                raise LostError.no_room(str(self.scratch), message.splitlines()[0]) from None
            raise (SourceError.unreadable(label, message) if label else EngineError.query_failed(message)) from None

    @contextmanager
    def with_pushdown(self) -> Iterator[None]:
        """Skip what a filter rules out by the footers of files; only for filters on which NaN has no part."""
        self._set("disabled_optimizers", f"'{','.join(MISLED)}'")
        try:
            yield
        finally:
            self._set("disabled_optimizers", f"'{','.join((PUSHDOWN, *MISLED))}'")

    @contextmanager
    def one_thread(self) -> Iterator[None]:
        """Run statements on one thread, so that rows come in their order."""
        self._set("threads", "1")
        try:
            yield
        finally:
            self._set("threads", str(self._settings.threads))

    def _set(self, option: str, value: str) -> None:
        self._duckdb.execute(f"SET {option} = {value}")

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

    def _rows(self, statement: str) -> list[Row]:
        """Run a statement in a thread of its own: DuckDB works in C, where a waiting Python hears no signal."""
        done = threading.Event()
        rows: list[Row] = []
        failures: list[BaseException] = []

        def work() -> None:
            try:
                rows.extend(self._duckdb.execute(statement).fetchall())
            except BaseException as failed:  # noqa: BLE001  it is raised where somebody waits
                failures.append(failed)
            finally:
                done.set()

        worker = threading.Thread(target=work, name="mlquality duckdb", daemon=True)
        worker.start()
        try:
            while not done.wait(PROGRESS_SECONDS):
                self._tell_progress()
        except BaseException:
            self._duckdb.interrupt()
            worker.join(SECONDS_TO_STOP)
            raise
        if failures:
            raise failures[0]
        return rows

    def _tell_progress(self) -> None:
        if self._on_progress is not None:
            share = self._duckdb.query_progress()
            if share >= 0:
                self._on_progress(min(share / 100, 1.0))
