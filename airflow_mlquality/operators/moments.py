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


def moment(as_of: datetime | str | None) -> datetime | None:
    """Return a moment with its time zone, UTC where none is named.

    >>> moment("2026-01-01")
    datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    from datetime import UTC, datetime

    from airflow_mlquality.operators.endings import WrongUsage

    if as_of is None or as_of in ("", "None"):
        return None
    try:
        parsed = datetime.fromisoformat(str(as_of))
    except ValueError:
        msg = f"as_of={as_of!r}: not a moment. Give one as in 2026-01-31T12:00:00+00:00, or {{{{ data_interval_end }}}}"
        raise WrongUsage(msg) from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
