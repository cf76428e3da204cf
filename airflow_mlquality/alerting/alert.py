"""What a message says: one JSON value, without the values of rows."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from airflow_mlquality.report import Report
    from airflow_mlquality.verdict import Level

FORMAT = "mlquality.alert/1"
MOST_TROUBLES = 8
"""Checks that a message names; the rest are counted."""
MOST_INSTANCES = 10
"""Instances of a mapped gate that a message names; the rest are counted."""
LONGEST = 300
"""Characters of a text in a message."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A check that did not pass, as a message tells it.

    Parameters
    ----------
    id, check, outcome
        Of the verdict.
    observed, unit, interval, warn, fail
        The number, and the bounds that it was held against.
    cause
        Why it is undecided.
    advice
        What to do.
    runbook
        Where people read what to do.
    instances
        In how many instances of a mapped gate.
    """

    id: str
    check: str
    outcome: str
    observed: float | None = None
    unit: str = ""
    interval: tuple[float, float] | None = None
    warn: Level | None = None
    fail: Level | None = None
    cause: str = ""
    advice: str = ""
    runbook: str = ""
    instances: int = 1

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Trouble:
        """Read what `asdict` wrote."""
        read = dict(value)
        for name in ("interval", "warn", "fail"):
            read[name] = tuple(read[name]) if isinstance(read[name], list) else read[name]
        return cls(**read)


def troubles_of(report: Report) -> list[Trouble]:
    """Return the verdicts that did not pass, the worst first; what their reasons say of rows is left out."""
    return [
        Trouble(
            id=verdict.id[:LONGEST],
            check=verdict.check,
            outcome=verdict.outcome.value,
            observed=verdict.observed if verdict.observed is not None and math.isfinite(verdict.observed) else None,
            unit=verdict.unit,
            interval=verdict.interval if verdict.interval and all(map(math.isfinite, verdict.interval)) else None,
            warn=verdict.warn,
            fail=verdict.fail,
            cause=verdict.cause.value if verdict.cause else "",
            advice=verdict.advice[:LONGEST],
            runbook=(verdict.runbook or "")[:LONGEST],
        )
        for verdict in report.worst_first()
        if verdict.outcome is not Outcome.PASS
    ]


def worst_troubles(troubles: Iterable[Sequence[Trouble]]) -> list[Trouble]:
    """Return each check once, as in the instance where it is worst, and in how many instances it did not pass.

    Parameters
    ----------
    troubles
        Of each instance.
    """
    worst: dict[str, Trouble] = {}
    counts: dict[str, int] = {}
    for trouble in (each for some in troubles for each in some):
        counts[trouble.id] = counts.get(trouble.id, 0) + 1
        known = worst.get(trouble.id)
        if known is None or _rank(trouble) > _rank(known):
            worst[trouble.id] = trouble
    merged = [Trouble(**{**asdict(each), "instances": counts[each.id]}) for each in worst.values()]
    return sorted(merged, key=lambda each: (-Outcome(each.outcome).severity, -each.instances))


def _rank(trouble: Trouble) -> tuple[int, float]:
    return Outcome(trouble.outcome).severity, abs(trouble.observed or 0.0)


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One message.

    Parameters
    ----------
    change
        `bad`, `worse`, `better` or `recovered`; `state` when every run is told.
    level, before
        What is, and what people were told before: `good`, `undecided`, `warn`, `fail` or `error`.
    dag_id, task_id, run_id
        The gate.
    contract, owner, runbook
        What was asked.
    at
        The moment of the data, ISO 8601 in UTC.
    since, runs, since_is_known
        The moment of the first bad run in a row, and how many there are; when not known, it is earlier still.
    decision
        `proceed`, `degrade` or `stop`.
    stops
        Whether the DAG does not go on.
    headline
        Of the report, or of the worst instance.
    rows
        How many were measured there.
    counts
        Outcome to how many checks, there.
    troubles, troubles_left_out
        The worst checks, and how many more there are.
    instances, instances_bad, instances_known, instances_of
        Bad instances of a mapped gate, the worst first and not all, how many are bad, how many are known so far, and
        how many there are; 0 where Airflow does not say.
    page
        Where people read all of it.
    report
        Address of the report in the store.
    """

    change: str
    level: str
    before: str
    dag_id: str
    task_id: str
    run_id: str
    contract: str
    at: str
    headline: str
    decision: str
    stops: bool
    owner: str = ""
    runbook: str = ""
    since: str = ""
    runs: int = 0
    since_is_known: bool = True
    rows: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    troubles_left_out: int = 0
    instances: tuple[str, ...] = ()
    instances_bad: int = 0
    instances_known: int = 0
    instances_of: int = 0
    page: str = ""
    report: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return {"format": FORMAT, **asdict(self)}
