"""The moment that a run is about: of its data, not of the clock, so that a backfill stands where it belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import Context


def moments(context: Context, as_of: datetime | None = None) -> dict[str, str]:
    """Return `at`, `since` and `partition_key` of a run, as a report's subject keeps them.

    `at` is the moment that was asked for, else the date of the run's partition, else the end of its data interval,
    else when it was due to run. `since` is the start of the data interval, or `at` where there is none.

    Parameters
    ----------
    context
        Of the task.
    as_of
        The moment that the task was asked to judge by.
    """
    known: Any = context
    at = as_of or known.get("partition_date") or known.get("data_interval_end") or _due(known)
    since = None if as_of or known.get("partition_date") else known.get("data_interval_start")
    return {"at": _text(at), "since": _text(since or at), "partition_key": str(known.get("partition_key") or "")}


def _due(context: Any) -> datetime:
    run = context["dag_run"]
    due: datetime = getattr(run, "run_after", None) or run.start_date
    return due


def _text(moment: datetime) -> str:
    from datetime import UTC

    return moment.astimezone(UTC).isoformat()
