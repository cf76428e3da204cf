"""How Airflow asks a person: the words of the question, of the answer, and what a task waits in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.store import Store

OPTIONS = {"approve": "Approve", "fallback": "Use fallback", "stop": "Stop"}
"""What a person can answer, and its label."""
NOBODY = "nobody: the default after the time-out"


def approval_folder(dag_id: str, task_id: str, run_id: str, map_index: int) -> list[str]:
    """Return where the store keeps what was answered for a task instance, beside its reports.

    >>> approval_folder("flights", "gate", "manual", -1)
    ['approvals', 'flights', 'gate', 'manual', '-1']
    """
    from airflow_mlquality.store import segment

    return ["approvals", *map(segment, (dag_id, task_id, run_id, str(map_index)))]


def answer_about(store: Store, folder: list[str], report: str) -> dict[str, Any] | None:
    """Return what was answered about a report; None when nobody was asked, or it cannot be read.

    Parameters
    ----------
    store
        Where reports are kept.
    folder
        From `approval_folder`.
    report
        The report's address.
    """
    from airflow_mlquality.errors import StoreError

    try:
        for address in reversed(store.addresses(folder)):
            answer = store.read_document(address)
            if answer.get("report") == report:
                return answer
    except (StoreError, AttributeError, ValueError):
        return None
    return None


def answer_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was answered, by whom, and when.

    >>> answer_of({"chosen_options": ["Approve"], "responded_by_user": {"id": "7", "name": "Ada"}})
    {'choice': 'approve', 'by': 'Ada', 'at': '', 'timed_out': False}
    """
    from datetime import datetime

    words = {label: word for word, label in OPTIONS.items()}
    user, at = event.get("responded_by_user"), event.get("responded_at")
    name = user.get("name") or user.get("id") if isinstance(user, dict) else getattr(user, "name", "")
    return {
        "choice": words[event["chosen_options"][0]],
        "by": str(name or NOBODY),
        "at": at.isoformat() if isinstance(at, datetime) else str(at or ""),
        "timed_out": bool(event.get("timedout")) or not name,
    }


def awaiting_input() -> Any:
    """Return what parks a task until somebody answers; None before Airflow 3.3."""
    from airflow.sdk import exceptions

    return getattr(exceptions, "TaskAwaitingInput", None)


def hitl_trigger() -> Any:
    """Return the trigger that waits for an answer where a task cannot be parked.

    Raises
    ------
    WrongUsage
        When the standard provider is not there.
    """
    from airflow_mlquality.operators.endings import WrongUsage

    try:
        from airflow.providers.standard.triggers.hitl import HITLTrigger
    except ImportError:
        msg = (
            "asking a person on this Airflow needs its standard provider. Install apache-airflow-providers-standard, "
            "or use Airflow 3.3 or later"
        )
        raise WrongUsage(msg) from None
    return HITLTrigger
