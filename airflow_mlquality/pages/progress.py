"""A bar for work that takes its time, on a terminal only."""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 1.0
"""Seconds after which work is long."""


class ProgressBar:
    """A bar on standard error; call it with the share that is done.

    It appears when the work takes longer than `PATIENCE` and standard error is a terminal, and leaves no trace.
    """

    def __init__(self, label: str, *, is_wanted: bool = True) -> None:
        self.label = label
        self._is_wanted = is_wanted and sys.stderr is not None and sys.stderr.isatty()
        self._started = monotonic()
        self._bar: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar[0].stop()

    def __call__(self, fraction: float) -> None:
        """Show that a share in [0, 1] is done."""
        if not self._is_wanted or (self._bar is None and monotonic() - self._started < PATIENCE):
            return
        if self._bar is None:
            self._bar = self._begin()
        progress, task = self._bar
        progress.update(task, completed=min(max(fraction, 0.0), 1.0))

    def _begin(self) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        label = TextColumn("{task.description}", markup=False)
        columns = (label, BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        progress = Progress(*columns, console=Console(file=sys.stderr), transient=True)
        progress.start()
        return progress, progress.add_task(self.label, total=1.0)
