"""The decision, and what is remembered of one that was to train."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_mlquality.errors import UsageError
from airflow_mlquality.retraining.evidence import Evidence, Past, in_days

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from airflow_mlquality.history import Run
    from airflow_mlquality.retraining.conditions import Condition

FORMAT = "mlquality.firing/1"
NEED = ("any", "all")


@dataclass(frozen=True, kw_only=True)
class Firing:
    """A decision to train that was made.

    Parameters
    ----------
    name
        Of what is trained.
    dag_id, task_id, run_id, map_index
        Who decided.
    at
        The moment that it was decided for, ISO 8601 in UTC.
    reason, evidence
        Why.
    digests
        Of the contracts of the gates.
    known
        Addresses of the firings that the decision knew of.
    written_at
        ISO 8601 in UTC: when this was written.
    address
        Where it is kept.
    """

    name: str
    dag_id: str
    task_id: str
    run_id: str
    map_index: int
    at: str
    reason: str
    evidence: tuple[Mapping[str, Any], ...]
    digests: Mapping[str, str] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    written_at: str = ""
    address: str = ""

    @property
    def moment(self) -> datetime:
        """The moment that it was decided for."""
        return datetime.fromisoformat(self.at)

    @property
    def by(self) -> tuple[str, str, str, int]:
        """Which task decided."""
        return (self.dag_id, self.task_id, self.run_id, self.map_index)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object; `from_json` reads it back, but for its address."""
        written = {name: value for name, value in asdict(self).items() if name != "address"}
        return {"format": FORMAT, **written}

    @classmethod
    def from_json(cls, value: Mapping[str, Any], address: str) -> Firing:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            When it is no firing of this format.
        """
        if value.get("format") != FORMAT:
            msg = f"its format is {value.get('format')!r}, not {FORMAT!r}"
            raise ValueError(msg)
        read = {name: each for name, each in value.items() if name != "format"}
        read |= {"evidence": tuple(read["evidence"]), "known": tuple(read["known"]), "address": address}
        return cls(**read)


@dataclass(frozen=True, kw_only=True)
class Retraining:
    """What was decided.

    Parameters
    ----------
    fires
        Whether to train.
    reason
        Why, or why not.
    evidence
        What the conditions found that are met, also when something else held it back.
    digests
        Of the contracts of the gates.
    """

    fires: bool
    reason: str
    evidence: tuple[Evidence, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)


def reach(conditions: Sequence[Condition]) -> int | None:
    """Return how many of the latest runs of each gate the conditions look at; None for all."""
    each = [condition.reach for condition in conditions]
    return None if None in each else max((number for number in each if number is not None), default=0)


def decide_retraining(
    runs: Mapping[str, Sequence[Run]],
    conditions: Sequence[Condition],
    firings: Sequence[Firing],
    at: datetime,
    *,
    need: str = "any",
    cooldown: timedelta | None = None,
    budget: tuple[int, timedelta] | None = None,
) -> Retraining:
    """Return whether to train at a moment.

    What is held back by the cooldown or the budget is not consumed, and counts when that is over. Nothing fires for a
    moment that is not after the last firing's: that one has consumed what was to be known.

    Parameters
    ----------
    runs
        Of each watched gate.
    conditions
        Reasons to train.
    firings
        Earlier ones of the same name.
    at
        The moment that it is decided for.
    need
        Whether `any` condition is enough, or `all` have to be met at once.
    cooldown
        How long after a firing nothing fires.
    budget
        How many firings there may be in how long.

    Raises
    ------
    UsageError
        When there are no conditions, one is about a gate that is not watched, or `need` is unknown.
    """
    _refuse_nonsense(runs, conditions, need)
    last = max(firings, key=lambda each: each.moment, default=None)
    if last is not None and last.moment >= at:
        return Retraining(fires=False, reason=f"it fired for {last.at} already, which is not before {at.isoformat()}")
    fresh = {gate: _fresh(each, last, at) for gate, each in runs.items()}
    past = Past(at=at, fired=last.moment if last else None, digests=last.digests if last else {})
    judged = [_judged(condition, fresh, past) for condition in conditions]
    met = tuple(evidence for each in judged for evidence in each if evidence.is_met)
    enough = [any(evidence.is_met for evidence in each) for each in judged]
    digests = {**past.digests, **{gate: each[0].digest for gate, each in fresh.items() if each}}
    if not (all(enough) if need == "all" else any(enough)):
        return Retraining(fires=False, reason=_why_not(judged, fresh, at), evidence=met)
    reason = "; ".join(evidence.what for evidence in met)
    held = _held(firings, at, cooldown, budget)
    if held:
        return Retraining(fires=False, reason=f"{held}: {reason}", evidence=met)
    return Retraining(fires=True, reason=reason, evidence=met, digests=digests)


def _fresh(runs: Sequence[Run], last: Firing | None, at: datetime) -> list[Run]:
    kept = [run for run in runs if run.moment <= at and (last is None or run.moment > last.moment)]
    return sorted(kept, key=lambda run: (run.moment, run.run_id), reverse=True)


def _judged(condition: Condition, fresh: Mapping[str, Sequence[Run]], past: Past) -> list[Evidence]:
    if condition.reach == 0:
        return [condition.judge("", (), past)]
    gates = [condition.gate] if condition.gate else list(fresh)
    return [condition.judge(gate, fresh[gate], past) for gate in gates]


def _why_not(judged: Sequence[Sequence[Evidence]], fresh: Mapping[str, Sequence[Run]], at: datetime) -> str:
    unknown = [gate for gate, runs in fresh.items() if not runs]
    said = [evidence.what for each in judged for evidence in each if evidence.gate not in unknown]
    since = f"no new runs of {', '.join(unknown)} are known up to {at.isoformat()}"
    return "; ".join([*said, *([since] if unknown else [])])


def _held(
    firings: Sequence[Firing], at: datetime, cooldown: timedelta | None, budget: tuple[int, timedelta] | None
) -> str:
    last = max((firing.moment for firing in firings), default=None)
    if cooldown is not None and last is not None and at - last < cooldown:
        return f"held back by the cooldown until {(last + cooldown).isoformat()}"
    if budget is not None:
        count, period = budget
        spent = sorted(firing.moment for firing in firings if firing.moment > at - period)
        if len(spent) >= count:
            until = f" until {(spent[-count] + period).isoformat()}" if count else ""
            return f"held back by the budget of {count} in {in_days(period)} days{until}"
    return ""


def _refuse_nonsense(runs: Mapping[str, Sequence[Run]], conditions: Sequence[Condition], need: str) -> None:
    if need not in NEED:
        raise UsageError.unknown_choice("need", need, NEED)
    if not conditions:
        raise UsageError.no_conditions()
    for condition in conditions:
        if condition.gate and condition.gate not in runs:
            raise UsageError.unwatched_gate(condition.gate, runs)
        if condition.reach != 0 and not runs:
            raise UsageError.nothing_watched(condition.name)
