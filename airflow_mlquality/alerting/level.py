"""How bad a gate's state is, as far as people need to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_mlquality.history import Run

GOOD = "good"
LEVELS = (GOOD, "undecided", "warn", "fail", "error")
"""The mildest first, as outcomes are ordered."""


def severity(level: str) -> int:
    """Return the place of a level in the order."""
    return LEVELS.index(level)


def level_of(outcome: str, *, stops: bool, least: str = "undecided") -> str:
    """Return how bad it is that a gate concluded this.

    Parameters
    ----------
    outcome
        The worst outcome of its verdicts.
    stops
        Whether the DAG does not go on as planned. Missing evidence is bad only when it stops something.
    least
        The mildest level that people want to hear of; anything milder is good.

    >>> level_of("undecided", stops=False), level_of("undecided", stops=True), level_of("warn", stops=False)
    ('good', 'undecided', 'warn')
    >>> level_of("warn", stops=False, least="fail")
    'good'
    """
    milder = outcome == Outcome.PASS or (outcome == Outcome.UNDECIDED and not stops)
    level = GOOD if milder else str(outcome)
    return level if severity(level) >= severity(least) else GOOD


def level_of_run(run: Run, least: str = "undecided") -> str:
    """Return how bad an earlier run was."""
    return level_of(run.outcome, stops=run.decision != "proceed", least=least)


def worst_level(levels: Iterable[str]) -> str:
    """Return the most severe level; good when there is none."""
    return max(levels, key=severity, default=GOOD)
