"""Whose runs are looked at, what was done before, and what was found in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_mlquality.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

MOST_RUNS = 20
"""Runs that a piece of evidence names; the others are counted."""
_GATE = re.compile(r"([^/\s]+)/([^/\s\[\]]+)(?:\[(\d+)\])?")


@dataclass(frozen=True)
class Gate:
    """Whose runs are watched.

    >>> Gate.of("flights/gate")
    Gate(dag_id='flights', task_id='gate', map_index=-1)
    >>> Gate.of("flights/checks.each[3]").map_index
    3
    """

    dag_id: str
    task_id: str
    map_index: int = -1

    @classmethod
    def of(cls, text: str) -> Gate:
        """Read ``dag_id/task_id``, or ``dag_id/task_id[map_index]`` of a mapped one.

        Raises
        ------
        UsageError
            When it is neither.
        """
        found = _GATE.fullmatch(text)
        if found is None:
            raise UsageError.no_gate(text)
        return cls(found[1], found[2], -1 if found[3] is None else int(found[3]))


@dataclass(frozen=True, kw_only=True)
class Past:
    """What was done before, and for which moment it is asked.

    Parameters
    ----------
    at
        The moment.
    fired
        The moment of the last firing; None when there was none.
    digests
        Of the contracts of the gates, as they were then.
    """

    at: datetime
    fired: datetime | None = None
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a condition found in the runs of a gate.

    Parameters
    ----------
    condition
        Its name.
    gate
        Whose runs; empty where it is about no gate.
    is_met
        Whether it is a reason to train anew.
    what
        For people.
    since
        Moment of the first run that speaks for it, ISO 8601; empty when none does.
    runs
        Those that speak for it, the latest first: `run_id`, `at` and `report`.
    """

    condition: str
    gate: str
    is_met: bool
    what: str
    since: str = ""
    runs: tuple[Mapping[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object, with the latest runs."""
        return {
            "condition": self.condition,
            "gate": self.gate,
            "since": self.since,
            "what": self.what,
            "runs": [dict(run) for run in self.runs[:MOST_RUNS]],
            "runs_left_out": max(0, len(self.runs) - MOST_RUNS),
        }


def in_days(duration: timedelta) -> str:
    """Return a duration in days, for people.

    >>> from datetime import timedelta
    >>> in_days(timedelta(days=10)), in_days(timedelta(hours=30))
    ('10', '1.25')
    """
    return f"{duration.total_seconds() / 86_400:,.2f}".rstrip("0").rstrip(".")
