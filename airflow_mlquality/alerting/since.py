"""Since when a gate is bad: the first bad run in a row, from its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_mlquality.alerting.level import GOOD, level_of_run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_mlquality.history import Run

MOST_RUNS_READ = 300


@dataclass(frozen=True, kw_only=True)
class Row:
    """Bad runs in a row.

    Parameters
    ----------
    since
        The moment of the data of the first one, ISO 8601 in UTC; empty where there is none.
    runs
        How many there are.
    is_whole
        Whether the run before the first one is known to be good, or there is none.
    """

    since: str = ""
    runs: int = 0
    is_whole: bool = True


def bad_row(runs: Iterable[Run], least: str = "undecided") -> Row:
    """Return the bad runs that the given ones begin with.

    Parameters
    ----------
    runs
        Of one gate, the latest first.
    least
        The mildest level that counts as bad.
    """
    since, count = "", 0
    for run in runs:
        if level_of_run(run, least) == GOOD:
            break
        if count == MOST_RUNS_READ:
            return Row(since=since, runs=count, is_whole=False)
        since, count = run.at, count + 1
    return Row(since=since, runs=count)
