"""Asset events: a gate publishes new data only when it found it good, and says what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context

    from airflow_mlquality.operators.audited import Audited, AuditedOperator

OURS = "mlquality"
"""Key of an event's extra, and of an asset's state store, under which a gate says what it found."""
AIRFLOWS = "airflow.dataquality.result"
"""Key under which Airflow's own data-quality provider looks for a score."""
EVENT_KEYS = ("contract", "digest", "outcome", "decision", "rows", "report")


def publish(
    task: AuditedOperator, context: Context, audited: Audited, *, proceeds: bool, approved_by: str = ""
) -> bool:
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
    approved_by
        Who let data go on that the contract stops; then it is published, and says so.
    """
    report = audited.report
    is_good = report.decision.action == "proceed" and report.outcome not in ("fail", "error")
    if not proceeds or not (is_good or approved_by) or audited.lost:
        withhold(task, context)
        return False
    _describe(task, context, event_extra(audited, approved_by), points=is_good)
    return bool(task.outlets)


def withhold(task: BaseOperator, context: Context) -> None:
    """Let a task publish nothing although it ends as a success.

    Parameters
    ----------
    task
        The one that runs.
    context
        Its Airflow context, where copies of it are.
    """
    for each in {id(each): each for each in (task, context["task"], context["ti"].task)}.values():
        each.outlets = []


def event_extra(audited: Audited, approved_by: str = "") -> dict[str, Any]:
    """Return what the asset event of a gate says: for readers of ours, and for Airflow's own `require_quality`.

    Parameters
    ----------
    audited
        What the gate found.
    approved_by
        Who approved it, where somebody had to.
    """
    summary = audited.summary
    ours = {key: summary[key] for key in EVENT_KEYS}
    ours["at"] = audited.report.subject.get("at", "")
    ours["profile"] = summary["report"]  # a report holds its profile, and stands for it wherever one is named
    if approved_by:
        ours["approved_by"] = approved_by
    return {OURS: ours, AIRFLOWS: {"score": score(audited)}}


def score(audited: Audited) -> float:
    """Return the share of checks that passed; 0 when the decision is stop, so that no average opens a door."""
    counts = audited.report.counts()
    if audited.report.decision.action == "stop":
        return 0.0
    number = sum(counts.values())
    return counts.get("pass", 0) / number if number else 0.0


def _describe(task: AuditedOperator, context: Context, extra: dict[str, Any], *, points: bool) -> None:
    from airflow.sdk import Asset

    known: Any = context
    for outlet in task.outlets:
        if isinstance(outlet, Asset):  # an alias has no event before somebody adds an asset to it
            context["outlet_events"][outlet].extra.update(extra)
            if points and "asset_state_store" in known:
                _point(task, known["asset_state_store"], outlet, extra[OURS])


def _point(task: AuditedOperator, states: Any, outlet: Any, found: dict[str, Any]) -> None:
    """Let the asset itself name its last good profile, where Airflow keeps a state of assets (from 3.3 on)."""
    try:
        kept = states[outlet].get(OURS)
        if not (isinstance(kept, dict) and str(kept.get("at", "")) > found["at"]):  # a backfill does not lead back
            states[outlet].set(OURS, found)
    except Exception as failed:  # noqa: BLE001  the store has it all the same, and the data is good
        task.log.warning("The asset's state store does not take the profile's address (%s)", type(failed).__name__)
