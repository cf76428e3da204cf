"""What a message says, put together from the report, the other instances, and the history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airflow_mlquality.alerting import Alert, Change, Instance, Row, bad_row, severity, worst_troubles
from airflow_mlquality.alerting.alert import MOST_INSTANCES, MOST_TROUBLES
from airflow_mlquality.errors import StoreError
from airflow_mlquality.history import History
from airflow_mlquality.links import report_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_mlquality.history import Run
    from airflow_mlquality.notifications.telling import Seen, Telling

GOOD = "good"


def composed(telling: Telling, change: str, seen: Seen) -> Alert:
    """Return the message about a change.

    Parameters
    ----------
    telling
        The run of a gate.
    change
        What it is about.
    seen
        What is known.
    """
    from airflow_mlquality.operators.settings import base_url

    ti, contract = telling.ti, telling.audited.report.contract
    found = telling.found(seen)
    worst = max(found, key=lambda each: severity(each.level))
    bad = sorted((each for each in found if each.level != GOOD), key=lambda each: -severity(each.level))
    troubles = worst_troubles(each.troubles for each in bad)
    row = _row(telling, worst, change, seen)
    return Alert(
        change=str(change),
        level=seen.level,
        before=seen.before,
        dag_id=ti.dag_id,
        task_id=ti.task_id,
        run_id=ti.run_id,
        contract=contract.name,
        owner=contract.owner or "",
        runbook=contract.runbook or "",
        at=_shown(telling.at.isoformat()),
        since=_shown(row.since),
        runs=row.runs,
        since_is_known=row.is_whole,
        decision=worst.decision,
        stops=worst.stops,
        headline=worst.headline,
        rows=worst.rows,
        counts=worst.counts,
        troubles=tuple(troubles[:MOST_TROUBLES]),
        troubles_left_out=max(0, len(troubles) - MOST_TROUBLES),
        instances=tuple(_named(each) for each in bad[:MOST_INSTANCES]) if telling.is_mapped else (),
        instances_bad=sum(level != GOOD for level, _ in seen.levels.values()),
        instances_known=len(seen.levels),
        instances_of=telling.number_of_instances() if telling.is_mapped else 0,
        page=base_url() + report_path(ti.dag_id, ti.task_id, ti.run_id, worst.map_index),
        report=worst.report,
    )


def _row(telling: Telling, worst: Instance, change: str, seen: Seen) -> Row:
    """Return the bad runs in a row: those that go on, or those that are over; nothing when the store is away."""
    ti, least = telling.ti, telling.options.least
    runs = History(telling.audited.store, ti.dag_id, ti.task_id, worst.map_index).upto(telling.at)
    try:
        return _bad_row(runs, least, telling, change, seen)
    except (OSError, StoreError):
        return Row()


def _bad_row(runs: Iterator[Run], least: str, telling: Telling, change: str, seen: Seen) -> Row:
    if change != Change.RECOVERED:
        return bad_row(runs, least)
    row = bad_row((run for run in runs if run.run_id != telling.ti.run_id), least)
    if row.runs or seen.last is None:
        return row
    return Row(since=seen.last.at.isoformat(), runs=1)  # it was this run that was bad, before it was repeated


def _named(instance: Instance) -> str:
    return f"{instance.map_index} ({instance.label})" if instance.label else str(instance.map_index)


def _shown(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(UTC).isoformat(timespec="seconds") if moment else ""
