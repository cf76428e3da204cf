"""A thread that owns a connection, so that whoever waits for a statement hears signals at once."""

from __future__ import annotations

import logging
import queue
import threading
import time
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_mlquality.errors import CancelledError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class TaskFailedError(Exception):
    """A task raised an exception; whatever else comes out of `Worker.do` was raised where somebody waited for it."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


SECONDS_OF_A_WAIT = 0.5
SECONDS_TO_STOP = 3.0
"""How long a cancelled statement may take to end; then it is left to its thread, which ends with the process."""
SECONDS_BETWEEN_LINES = 30.0

log = logging.getLogger(__name__)


class Worker:
    """Does one thing after another in a thread of its own.

    Drivers wait for their server in C, where Python hears no signal: a killed task would go on until the statement
    ends. And some, such as that of SQLite, want a connection used by the thread that opened it.

    Attributes
    ----------
    is_busy
        Whether a task is running.
    """

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._stopped_at: float | None = None
        self.is_busy = False
        # a daemon: a statement that nothing stops does not keep the process
        threading.Thread(target=self._work, name="mlquality database", daemon=True).start()

    def do(self, task: Callable[[], T]) -> T:
        """Return what a task returns.

        Raises
        ------
        TaskFailedError
            When it raises.
        CancelledError
            When it did not end in time after `stop`.
        """
        future: Future[T] = Future()
        self._tasks.put((task, future))
        started = told = time.monotonic()
        while not wait([future], SECONDS_OF_A_WAIT).done:
            now = time.monotonic()
            if self._stopped_at is not None and now - self._stopped_at > SECONDS_TO_STOP:
                raise CancelledError.asked()
            if now - told >= SECONDS_BETWEEN_LINES:
                told = now
                log.info("Still measuring: the database has been at this statement for %.0f s", now - started)
        failed = future.exception()
        if isinstance(failed, Exception):
            raise TaskFailedError(failed)
        return future.result()

    def stop(self) -> None:
        """Wait for the running task a short time only."""
        self._stopped_at = time.monotonic()

    def end(self) -> None:
        """End the thread when its last task has."""
        self._tasks.put(None)

    def _work(self) -> None:
        while (asked := self._tasks.get()) is not None:
            task, future = asked
            self.is_busy = True
            try:
                result = task()
            except BaseException as failed:  # noqa: BLE001  it is raised where the task was asked for
                self.is_busy = False
                future.set_exception(failed)
            else:
                self.is_busy = False
                future.set_result(result)
