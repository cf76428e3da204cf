"""Asset events: a gate publishes new data only when it found it good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from airflow_mlquality.operators.audited import Audited, AuditedOperator

EVENT_KEYS = ("contract", "digest", "outcome", "decision", "rows", "report")


def publish(task: AuditedOperator, context: Context, audited: Audited, *, proceeds: bool) -> bool:
    """Describe the outlets' asset events, or withhold them; return whether there will be any.

    A short-circuit is a success for Airflow, and the outlets of a success become asset events.

    Parameters
    ----------
    task
        The gate.
    context
        Its Airflow context.
    audited
        What it found.
    proceeds
        Whether the gate lets the DAG go on.
    """
    report = audited.report
    is_good = proceeds and report.decision.action == "proceed" and report.outcome not in ("fail", "error")
    if not is_good or audited.lost:
        for each in {id(each): each for each in (task, context["task"], context["ti"].task)}.values():
            each.outlets = []
        return False
    _describe(task, context, audited.summary)
    return bool(task.outlets)


def _describe(task: AuditedOperator, context: Context, summary: Mapping[str, Any]) -> None:
    from airflow.sdk import Asset

    for outlet in task.outlets:
        if isinstance(outlet, Asset):  # an alias has no event before somebody adds an asset to it
            context["outlet_events"][outlet].extra["mlquality"] = {key: summary[key] for key in EVENT_KEYS}
