"""Which tasks lie downstream of a gate, and which of them a skip would not stop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

try:
    from airflow.sdk import SkipMixin
except ImportError:  # its place before Airflow 3.2
    from airflow.providers.standard.utils.skipmixin import (  # type: ignore[assignment]  # the same, in its old place
        SkipMixin,
    )

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from airflow.sdk.types import Operator, RuntimeTaskInstanceProtocol

__all__ = ["STOPPED_BY_A_SKIP", "SkipMixin", "expanded", "not_stopped_by_a_skip", "teardowns_of", "to_skip"]

STOPPED_BY_A_SKIP = frozenset({"all_success", "all_failed", "none_skipped"})
"""Trigger rules under which a task never runs once one task upstream of it was skipped."""


def to_skip(task: Operator, *, direct: bool) -> list[Operator]:
    """Return the tasks that a short-circuit skips, by name; teardown tasks always run."""
    tasks: Iterable[Operator]
    tasks = task.get_direct_relatives(upstream=False) if direct else task.get_flat_relatives(upstream=False)
    return sorted((each for each in tasks if not each.is_teardown), key=lambda each: each.task_id)


def teardowns_of(task: Operator) -> list[str]:
    """Return the teardown tasks directly behind a branch: they run whatever way it takes."""
    return sorted(each.task_id for each in task.get_direct_relatives(upstream=False) if each.is_teardown)


def not_stopped_by_a_skip(tasks: Iterable[Operator]) -> list[str]:
    """Return what would run although a task upstream was skipped, such as ``report (all_done)``."""
    rules = ((task.task_id, str(getattr(task.trigger_rule, "value", task.trigger_rule))) for task in tasks)
    return [f"{task_id} ({rule})" for task_id, rule in rules if rule not in STOPPED_BY_A_SKIP]


def expanded(ti: RuntimeTaskInstanceProtocol, tasks: Sequence[Operator]) -> list[tuple[str, int]]:
    """Return the mapped task instances that exist already.

    `SkipMixin.skip` names tasks only, which reaches instances that are not mapped or not expanded yet. One that is
    expanded over a literal, or was expanded before it was cleared, and is not a direct child of the gate, would run.
    """
    mapped = [task.task_id for task in tasks if task.is_mapped or task.get_closest_mapped_task_group() is not None]
    if not mapped:
        return []
    states = ti.get_task_states(dag_id=ti.dag_id, task_ids=mapped, run_ids=[ti.run_id]).get(ti.run_id, {})
    return sorted(_instances(mapped, [name for name, state in states.items() if state != "removed"]))


def _instances(mapped: Iterable[str], names: Iterable[str]) -> Iterator[tuple[str, int]]:
    # Airflow names an instance `<task id>_<map index>`; read in two ways it names one instance too many, which is
    # not there or is downstream as well, so that nothing else is skipped
    known = set(mapped)
    for name in names:
        found = re.fullmatch(r"(.+)_(\d+)", name)
        if found and found[1] in known:
            yield found[1], int(found[2])
