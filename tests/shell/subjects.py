"""Every operator, sensor and decorator of the provider, as the tables of docs/operators.md name it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from airflow.sdk import task

from airflow_mlquality import operators, sensors
from airflow_mlquality.operators.fallback import Candidate, Condition
from tests.shell import places
from tests.shell.places import Place

DECISIONS = ("proceed", "degrade", "stop", "error")
AT_ONCE = timedelta(milliseconds=1)

SEEN = {
    "a gate": (
        "every check passes",
        "a check fails, and the contract's policy is `fail: degrade`",
        "a check fails",
        "the source cannot be read",
    ),
    "a check that is written in Python": (
        "every check passes",
        "a check warns",
        "a check fails",
        "the source cannot be read",
    ),
    "a profile": ("the rows are good", "some rows are bad", "some rows are bad", "the source cannot be read"),
    "a merge": (
        "all parts are there",
        "a part is missing that may be `absent`",
        "a part is missing",
        "a part cannot be read",
    ),
    "a requirement": (
        "every event that started the run was found good",
        "the event says nothing of quality",
        "the event was found bad",
        "no event started the run",
    ),
    "a wait for good data": (
        "the source keeps its contract",
        "a check fails, and the contract's policy is `fail: degrade`",
        "a check fails",
        "the source is there, and cannot be read",
    ),
    "a wait for fresh data, or labels": (
        "it is fresh; the labels are there",
        "the source is not there yet",
        "it is too old; too many labels are not there yet",
        "the source is there, and cannot be read",
    ),
    "a wait for a reason to train": (
        "a condition is met",
        "a condition is met, and the cooldown holds it back",
        "no condition is met",
        "the store cannot be read",
    ),
}
"""What leads to each decision, by what an operator is; where nothing is judged, what stands in for it."""


@dataclass(frozen=True)
class Subject:
    """An operator as the tables name it.

    Parameters
    ----------
    make
        From its arguments to the operator, or what has `partial` and `expand` for it.
    given
        From its place to the arguments that lead to the decision.
    seen
        What it is, of `SEEN`.
    over
        The argument that it is mapped over.
    is_templated
        Whether the mapped task group can hand that on.
    ways
        Names of the tasks behind it; those of a branch are its arguments too.
    left
        XCom key, and key in what lies there, of what the table tells of a success.
    answer
        What somebody answers, where it asks.
    """

    make: Any
    given: Callable[[Place], dict[str, Any]]
    seen: str = "a gate"
    over: str = "source"
    is_templated: bool = True
    ways: tuple[str, ...] = ("next",)
    left: tuple[str, str] = ("", "")
    answer: str = ""


@dataclass(frozen=True)
class Made:
    """What is no class, and is used as one: called, or as `make.partial(…).expand(source=[…])`."""

    make: Callable[..., Any]
    shared: dict[str, Any] = field(default_factory=dict)

    def __call__(self, source: str, **shared: Any) -> Any:
        return self.make(lambda one: one(source), **shared)

    def partial(self, **shared: Any) -> Made:
        return Made(self.make, shared)

    def expand(self, source: list[str]) -> Any:
        return self.make(lambda one: one.expand(source), **self.shared)


def _decorated(decorator: Any) -> Made:
    def make(called: Callable[[Any], Any], **shared: Any) -> Any:
        def rows(source: str) -> str:
            return source

        function = decorator(**shared)(rows)

        class One:
            def __call__(self, source: str) -> Any:
                return function(source)

            def expand(self, source: list[str]) -> Any:
                return function.expand(source=source)

        return called(One())

    return Made(make)


def _gated_fallback(called: Callable[[Any], Any], *, task_id: str, contract: Any, outlets: Any, **shared: Any) -> Any:
    common = {"task_id": f"{task_id}_gate", "contract": contract, **shared}

    class One:
        def __call__(self, source: str) -> Any:
            return operators.QualityGateOperator(source=source, **common)

        def expand(self, source: list[str]) -> Any:
            return operators.QualityGateOperator.partial(**common).expand(source=source)

    gate = called(One())
    candidates = [Candidate("champion", when=[Condition(gates=gate.task_id)]), Candidate("baseline")]
    choose = operators.ModelFallbackOperator(
        task_id=task_id, gates=[gate.task_id], candidates=candidates, outlets=outlets
    )
    gate >> choose
    return choose


def _gate(word: str) -> Subject:
    return Subject(operators.QualityGateOperator, partial(places.people, on_fail=word))


def _asking(answer: str = "", ways: tuple[str, ...] = ("next",), **options: Any) -> Subject:
    given = partial(places.people, **options)
    return Subject(operators.QualityApprovalOperator, given, ways=ways, answer=answer)


def _requiring(word: str) -> Subject:
    given = partial(places.required, on_fail=word)
    return Subject(operators.RequireQualityOperator, given, "a requirement", "which", is_templated=False)


def _python(name: str, given: Callable[[Place], dict[str, Any]], over: str = "source") -> Subject:
    return Subject(getattr(operators, name), given, "a check that is written in Python", over)


SUBJECTS: dict[str, Subject] = {
    "QualityGateOperator, on_fail='fail'": _gate("fail"),
    "QualityGateOperator, on_fail='skip'": _gate("skip"),
    "QualityGateOperator, on_fail='skip_direct'": _gate("skip_direct"),
    "QualityGateOperator, on_fail='proceed'": _gate("proceed"),
    "@task.quality_gate": Subject(_decorated(task.quality_gate), places.people),
    "SchemaCheckOperator": _python("SchemaCheckOperator", places.schema),
    "PlausibilityCheckOperator": _python("PlausibilityCheckOperator", places.plausibility),
    "LabelPriorCheckOperator": _python("LabelPriorCheckOperator", places.labels),
    "DriftCheckOperator": _python("DriftCheckOperator", places.drift),
    "StageConservationOperator": _python("StageConservationOperator", places.stages, "source_out"),
    "QualityBranchOperator": Subject(
        operators.QualityBranchOperator, places.people, ways=("if_pass", "if_degraded", "if_stop")
    ),
    "QualityApprovalOperator (approved)": _asking("Approve"),
    "QualityApprovalOperator (stopped)": _asking("Stop"),
    "QualityApprovalOperator (fallback chosen)": _asking("Use fallback", ("next", "if_fallback")),
    "QualityApprovalOperator (nobody answers in time)": _asking(response_timeout=AT_ONCE),
    "QualityApprovalOperator (nobody is asked)": _asking(ask_on=["undecided"]),
    "QuarantineOperator": Subject(operators.QuarantineOperator, places.quarantine),
    "ModelFallbackOperator": Subject(Made(_gated_fallback), places.people, left=("model_choice", "name")),
    "RequireQualityOperator": _requiring("skip"),
    "RequireQualityOperator, on_fail='fail'": _requiring("fail"),
    "ProfileOperator": Subject(operators.ProfileOperator, places.profile, "a profile"),
    "@task.profile": Subject(_decorated(task.profile), places.profile, "a profile"),
    "MergeProfilesOperator": Subject(operators.MergeProfilesOperator, places.parts, "a merge", "profiles"),
    "QualitySensor": Subject(sensors.QualitySensor, places.waiting, "a wait for good data"),
    "QualitySensor, soft_fail=True": Subject(
        sensors.QualitySensor, partial(places.waiting, soft_fail=True), "a wait for good data"
    ),
    "FreshnessSensor": Subject(sensors.FreshnessSensor, places.fresh, "a wait for fresh data, or labels"),
    "LabelMaturitySensor": Subject(sensors.LabelMaturitySensor, places.matured, "a wait for fresh data, or labels"),
    "RetrainSensor": Subject(sensors.RetrainSensor, places.retrain, "a wait for a reason to train", "gates"),
}


def named(title: str) -> str:
    """Return the operator that a row is about.

    >>> named("QualityGateOperator, on_fail='skip'"), named("QualityApprovalOperator (approved)")
    ('QualityGateOperator', 'QualityApprovalOperator')
    """
    return re.split(r", | \(", title, maxsplit=1)[0]
