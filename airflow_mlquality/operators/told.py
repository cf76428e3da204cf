"""A report in a task's log: the headline, the table folded away, the decision, where the rest lies."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_mlquality.report import Report

_LEVELS = {"pass": "info", "undecided": "warning", "warn": "warning", "fail": "error", "error": "error"}


def show(log: Any, report: Report, location: str, ti: Any) -> None:
    """Log a report.

    Parameters
    ----------
    log
        Of the task.
    report
        What to show.
    location
        Where it is kept; empty when it could not be kept.
    ti
        The task instance, for the address of its page.
    """
    from airflow_mlquality.pages.table import report_table
    from airflow_mlquality.pages.words import decision_text

    getattr(log, _LEVELS[report.outcome.value])("%s", report.headline())
    counted = ", ".join(f"{count} {outcome}" for outcome, count in report.counts().items())
    with group(log, f"Quality of {report.contract.name}: {counted}"):
        # one event, so that Airflow prefixes it once and its columns align
        log.info("%s", "\n" + report_table(report))
    log.info("Decision: %s", decision_text(report))
    if location:
        log.info("Report: %s", location)
        log.info("Page: %s", page(ti))


def page(ti: Any) -> str:
    """Return where people read the report of a task instance."""
    from airflow_mlquality.links import report_path
    from airflow_mlquality.operators.settings import base_url

    return base_url() + report_path(ti.dag_id, ti.task_id, ti.run_id, ti.map_index)


@contextmanager
def group(log: Any, title: str) -> Iterator[None]:
    """Fold what is logged within; the group is closed whatever happens."""
    log.info("::group::%s", title)
    try:
        yield
    finally:
        log.info("::endgroup::")
