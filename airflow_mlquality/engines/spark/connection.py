"""Spark, classic or Connect: rows stay in the cluster, only facts come back."""

from __future__ import annotations

import re
import threading
import time
import uuid
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_mlquality.engines.database.worker import TaskFailedError, Worker
from airflow_mlquality.engines.dialects import dialect_named
from airflow_mlquality.engines.engine import Engine
from airflow_mlquality.engines.sources import SparkSource, label_of
from airflow_mlquality.engines.spark.bins import choose_bins
from airflow_mlquality.engines.spark.examples import find_rows
from airflow_mlquality.engines.spark.failures import failure, quiet
from airflow_mlquality.engines.spark.sessions import Session
from airflow_mlquality.engines.spark.tables import open_table
from airflow_mlquality.errors import CancelledError, LostError, MLQualityError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from airflow_mlquality.engines.engine import Found, Reading, Row, Table, Violation
    from airflow_mlquality.engines.settings import Settings
    from airflow_mlquality.measurements import Bins, Shape

T = TypeVar("T")

PROGRESS_SECONDS = 0.5
SECONDS_TO_STOP = 10.0
"""How long jobs are told to stop before they are left to their session."""


_QUOTED = re.compile(r"`(?:[^`]|``)*`|'(?:[^'\\\\]|\\\\.)*'", re.DOTALL)


def taken_literally(statement: str) -> str:
    r"""Return a statement in whose texts Spark fills in nothing: it takes ``${env:HOME}`` for a variable.

    >>> taken_literally("SELECT `${a}` = '${env:HOME}'")
    "SELECT `${a}` = '\\u0024{env:HOME}'"
    """
    if "${" not in statement:
        return statement
    return _QUOTED.sub(lambda found: found[0].replace("${", r"\u0024{") if found[0][0] == "'" else found[0], statement)


class SparkEngine(Engine):
    """A Spark session, in which sources are temporary views of names of their own.

    Everything runs in one thread, whose jobs carry the name of the task that asks, so that they are stopped together
    and whoever waits hears signals. The session's settings are left as they are.

    Parameters
    ----------
    source
        What is measured first; other sources of the same session can be opened too.
    settings
        Not used: what measuring takes is the session's to say.
    on_progress
        Called now and then with the share of the running tasks that is done, where Spark tells.

    Attributes
    ----------
    session
        What is known of the session.
    """

    def __init__(
        self,
        source: Any,
        settings: Settings | None = None,  # noqa: ARG002  see above
        on_progress: Callable[[float], None] | None = None,
    ) -> None:
        super().__init__()
        self.dialect = dialect_named("spark")
        self._label = label_of(source)
        self._on_progress = on_progress
        self._comment = source.comment if isinstance(source, SparkSource) else ""
        self._is_cancelled = False
        self._lost = ""
        self._views: list[str] = []
        self._worker = Worker()
        try:
            with quiet():
                self.session: Session = self._worker.do(lambda: Session(source))
        except TaskFailedError as failed:
            self._worker.end()
            raise failed.cause from None
        try:
            self.do(lambda: self.session.enter(self._comment))
        except BaseException:
            self.close()
            raise

    @property
    def spark(self) -> Any:
        """The `SparkSession`."""
        return self.session.spark

    def open(self, name: str, source: Any, reading: Reading) -> Table:
        """Make a source of this session a temporary view."""
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
            When the session is gone.
        CancelledError
            When somebody stopped the run.
        EngineError
            When it fails otherwise. None of them carries a value of a row.
        """
        text = taken_literally(statement)
        if self._comment:
            text = f"{self.dialect.comment(self._comment)}{text}"
        with self._progress():
            return self.do(lambda: [tuple(row) for row in self.spark.sql(text).collect()], label)

    def do(self, task: Callable[[], T], label: str = "") -> T:
        """Return what a call of Spark returns; it counts as a statement, and fails as one."""
        if self._is_cancelled:
            raise CancelledError.asked()
        if self._lost:
            raise LostError.connection(self._label, self._lost)
        self.queries += 1
        try:
            with quiet():
                return self._worker.do(task)
        except TaskFailedError as failed:
            if self._is_cancelled:
                raise CancelledError.asked() from None
            raise self._told(failed.cause, label) from None

    def _told(self, raised: Exception, label: str) -> Exception:
        if isinstance(raised, MLQualityError):
            return raised
        said = failure(raised, self._label, label)
        if isinstance(said, LostError):
            self._lost = type(raised).__name__
        return said

    def view(self, frame: Any) -> str:
        """Make a DataFrame a temporary view and return its name."""
        name = f"mlquality_{uuid.uuid4().hex}"
        frame.createOrReplaceTempView(name)
        self._views.append(name)
        return name

    # ---- the end ----

    def cancel(self) -> None:
        """Stop the running jobs in the cluster; what is still being planned is stopped when it has begun."""
        self._is_cancelled = True
        self._worker.stop()
        stopping = threading.Thread(target=self._stop, name="mlquality stops Spark", daemon=True)
        stopping.start()
        stopping.join(SECONDS_TO_STOP)

    def _stop(self) -> None:
        until = time.monotonic() + SECONDS_TO_STOP
        while self._worker.is_busy and time.monotonic() < until:
            with suppress(Exception):  # a session that is gone runs nothing
                self.session.stop()
            time.sleep(PROGRESS_SECONDS / 5)

    def close(self) -> None:
        """Drop the views; end the session where it was opened for this run."""
        with suppress(CancelledError, TaskFailedError):
            self._worker.do(lambda: self.session.close([] if self._lost else self._views))
        self._worker.end()

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
            watcher.join(SECONDS_TO_STOP)

    def _watch(self, done: threading.Event, on_progress: Callable[[float], None]) -> None:
        while not done.wait(PROGRESS_SECONDS):
            with suppress(Exception):  # how far it is, is a help; the statement itself says what is wrong
                share = self.session.progress()
                if share:
                    on_progress(share)
