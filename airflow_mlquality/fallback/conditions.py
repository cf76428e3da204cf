"""What a candidate is trusted for: conditions on the verdicts of gates, and its own health."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from airflow_mlquality.report import Report

TRUSTED = (Outcome.PASS.value, Outcome.WARN.value)
"""Outcomes of chosen verdicts that count as good, unless a condition says otherwise."""
MOST_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Health:
    """What a candidate's own health was found to be.

    Parameters
    ----------
    is_good
        Whether it can serve.
    why
        What was found.
    """

    is_good: bool
    why: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known when a candidate is chosen.

    Parameters
    ----------
    reports
        By gate; of a mapped gate there are several.
    missing
        Why there is no report, by gate. A gate that stands here is not trusted, even if it left other reports.
    health
        By candidate, of those that have a health.
    """

    reports: Mapping[str, Sequence[Report]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    health: Mapping[str, Health] = field(default_factory=dict)

    def gates(self) -> list[str]:
        """Return the names of all gates, those without a report too."""
        return list(dict.fromkeys([*self.reports, *self.missing]))


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What must hold for a candidate to be trusted.

    Named alone, or with `gates` only, it holds when these gates decided to proceed and no verdict is a fail or an
    error. With `families`, `checks` or `ids` it looks at such verdicts only, whatever the gate decided: each must have
    one of `outcomes`, and there must be at least one in every report. Without a report it never holds.

    Parameters
    ----------
    gates
        Names of gates; by default all that were given.
    families, checks, ids
        Only verdicts of these families, of these checks, with these ids; together they narrow each other.
    outcomes
        By default `pass` and `warn`. An `undecided` verdict is no evidence, so that it must be named to be good enough.

    Examples
    --------
    >>> Condition(gates="gate_served", families=["drift", "labels"])
    Condition(gates=('gate_served',), families=('drift', 'labels'))
    >>> Condition(outcomes=["passed"])
    Traceback (most recent call last):
    ValueError: outcomes='passed': takes one of pass, undecided, warn, fail, error. Did you mean 'pass'?
    """

    gates: Sequence[str] = ()
    families: Sequence[str] = ()
    checks: Sequence[str] = ()
    ids: Sequence[str] = ()
    outcomes: Sequence[str] = ()

    def __post_init__(self) -> None:
        for each in fields(self):
            given = getattr(self, each.name)
            named = (given,) if isinstance(given, str) else tuple(str(name) for name in given)
            object.__setattr__(self, each.name, named)
        for outcome in self.outcomes:
            if outcome not in list(Outcome):
                from airflow_mlquality.errors import UsageError

                raise ValueError(str(UsageError.unknown_choice("outcomes", outcome, [each.value for each in Outcome])))

    def __repr__(self) -> str:
        """Return what was said, and nothing that was not."""
        said = ((each.name, getattr(self, each.name)) for each in fields(self))
        return f"Condition({', '.join(f'{name}={value!r}' for name, value in said if value)})"

    @property
    def looks_closer(self) -> bool:
        """Whether it looks at verdicts, and not at what the gate decided."""
        return bool(self.families or self.checks or self.ids or self.outcomes)

    def unmet(self, evidence: Evidence) -> str:
        """Return why it does not hold; nothing when it does."""
        gates = self.gates or evidence.gates()
        if not gates:
            return "no gate was given whose verdicts could be looked at"
        return next(filter(None, (self._unmet_by(gate, evidence) for gate in gates)), "")

    def _unmet_by(self, gate: str, evidence: Evidence) -> str:
        if gate in evidence.missing:
            return f"there is no evidence of gate '{gate}': {evidence.missing[gate]}"
        reports = evidence.reports.get(gate, ())
        if not reports:
            return f"there is no evidence of gate '{gate}': no report of it was given"
        against = self._against_verdicts if self.looks_closer else _against_decision
        return next(filter(None, (against(gate, report) for report in reports)), "")

    def _against_verdicts(self, gate: str, report: Report) -> str:
        looked_at = [
            verdict
            for verdict in report.verdicts
            if (not self.families or verdict.family in self.families)
            and (not self.checks or verdict.check in self.checks)
            and (not self.ids or verdict.id in self.ids)
        ]
        if not looked_at:
            return f"there is no evidence of gate '{gate}': its report has no verdict of {self._of_what()}"
        allowed = self.outcomes or TRUSTED
        bad = [f"{verdict.id} is {verdict.outcome.value}" for verdict in looked_at if verdict.outcome not in allowed]
        return f"gate '{gate}': {_first(bad)}" if bad else ""

    def _of_what(self) -> str:
        parts = (("family", self.families), ("check", self.checks), ("id", self.ids))
        return " and ".join(f"{word} {' or '.join(names)}" for word, names in parts if names) or "any kind"


@dataclass
class Candidate:
    """One that could serve.

    Parameters
    ----------
    name
        Such as ``champion``.
    when
        A condition, or several that must all hold; without any it is trusted whatever the gates say.
    health
        What tells whether it can serve, such as an `EndpointAnswers` or an `MlflowReady`.
    ref
        What stands for it where models are served: a version, an address, any JSON value. May be the output of a
        task, or a template.
    """

    template_fields: ClassVar[tuple[str, ...]] = ("ref",)

    name: str
    _: KW_ONLY
    when: Condition | Sequence[Condition] = ()
    health: Any = None
    ref: Any = None

    def __post_init__(self) -> None:
        self.when = (self.when,) if isinstance(self.when, Condition) else tuple(self.when)

    def conditions(self) -> Iterator[Condition]:
        """Yield what must hold."""
        yield from (self.when,) if isinstance(self.when, Condition) else self.when

    def unmet(self, evidence: Evidence) -> str:
        """Return why the verdicts do not trust it; nothing when they do."""
        return next(filter(None, (condition.unmet(evidence) for condition in self.conditions())), "")

    def distrust(self, evidence: Evidence) -> str:
        """Return why it is not trusted, by the verdicts or by its health; nothing when it is."""
        unmet = self.unmet(evidence)
        if unmet:
            return unmet
        health = evidence.health.get(self.name)
        if health is None:
            return "nobody asked for its health" if self.health is not None else ""
        return "" if health.is_good else health.why


def _against_decision(gate: str, report: Report) -> str:
    decision = report.decision
    if decision.action == "proceed" and decision.outcome not in (Outcome.FAIL, Outcome.ERROR):
        return ""
    because = decision.because or [each.id for each in report.verdicts if each.outcome is decision.outcome]
    return f"gate '{gate}' decided to {decision.action.value} ({decision.outcome.value}), because of {_first(because)}"


def _first(named: Iterable[str]) -> str:
    named = list(named)
    more = f" and {len(named) - MOST_SHOWN:,} more" if len(named) > MOST_SHOWN else ""
    return ", ".join(named[:MOST_SHOWN]) + more
