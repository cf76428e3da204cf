"""Every operator in every place of a DAG, on rows that lead to every decision: what became of it, in a few words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, task, task_group

from airflow_mlquality.operators import (
    ModelFallbackOperator,
    ProfileOperator,
    QualityBranchOperator,
    QualityGateOperator,
    QuarantineOperator,
)
from airflow_mlquality.operators.fallback import Candidate, Condition
from airflow_mlquality.sensors import QualitySensor
from tests.shell.runs import Run, run_dag, sync

DECISIONS = ("proceed", "degrade", "stop", "error")
PLACES = ("teardown", "plain", "mapped", "mapped group", "retry", "backfill")
CONTRACT = {"version": 1, "contract": "people", "columns": {"age": {"between": {"min": 16, "max": 110}}}}
DEGRADING = {**CONTRACT, "policy": {"fail": "degrade"}}
LATER, EARLIER = datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 1, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Subject:
    """An operator as the table names it.

    Parameters
    ----------
    make
        From the arguments that all share to the operator, or what has `partial` and `expand` for it.
    options
        Its own arguments.
    ways
        Names of the tasks behind it.
    left
        XCom key, and key in what lies there, of what the table tells of a success.
    """

    make: Any
    options: dict[str, Any] = field(default_factory=dict)
    ways: tuple[str, ...] = ("next",)
    left: tuple[str, str] = ("", "")


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


def _decorated(called: Callable[[Any], Any], **shared: Any) -> Any:
    def rows(source: str) -> str:
        return source

    function = task.quality_gate(**shared)(rows)

    class One:
        def __call__(self, source: str) -> Any:
            return function(source)

        def expand(self, source: list[str]) -> Any:
            return function.expand(source=source)

    return called(One())


def _gated_fallback(called: Callable[[Any], Any], *, task_id: str, contract: Any, outlets: Any, **shared: Any) -> Any:
    common = {"task_id": f"{task_id}_gate", "contract": contract, **shared}

    class One:
        def __call__(self, source: str) -> Any:
            return QualityGateOperator(source=source, **common)

        def expand(self, source: list[str]) -> Any:
            return QualityGateOperator.partial(**common).expand(source=source)

    gate = called(One())
    candidates = [Candidate("champion", when=[Condition(gates=gate.task_id)]), Candidate("baseline")]
    choose = ModelFallbackOperator(task_id=task_id, gates=[gate.task_id], candidates=candidates, outlets=outlets)
    gate >> choose
    return choose


def _gate(word: str) -> Subject:
    return Subject(QualityGateOperator, {"on_fail": word})


SUBJECTS: dict[str, Subject] = {
    "QualityGateOperator, on_fail='fail'": _gate("fail"),
    "QualityGateOperator, on_fail='skip'": _gate("skip"),
    "QualityGateOperator, on_fail='skip_direct'": _gate("skip_direct"),
    "QualityGateOperator, on_fail='proceed'": _gate("proceed"),
    "QualityBranchOperator": Subject(QualityBranchOperator, ways=("if_pass", "if_degraded", "if_stop")),
    "@task.quality_gate": Subject(Made(_decorated)),
    "QuarantineOperator": Subject(QuarantineOperator, {"good": "{}/kept.parquet", "bad": "{}/lost.parquet"}),
    "ModelFallbackOperator": Subject(Made(_gated_fallback), left=("model_choice", "name")),
    "ProfileOperator": Subject(ProfileOperator, {"name": "{}"}),
    "QualitySensor": Subject(QualitySensor, {"timeout": 0, "poke_interval": 0.1}),
}


def rows(folder: Path, decision: str) -> dict[str, Any]:
    """Return the source and contract that lead to a decision."""
    good, bad = folder / "good.csv", folder / "bad.csv"
    good.write_text("id,age\n" + "".join(f"{n},{20 + n}\n" for n in range(1, 6)))
    bad.write_text("id,age\n1,21\n2,98765\n3,23\n")
    source = {"proceed": good, "error": folder / "never written.csv"}.get(decision, bad)
    return {"source": str(source), "contract": DEGRADING if decision == "degrade" else CONTRACT}


def told(folder: Path, place: str, decision: str) -> dict[str, str]:
    """Run a DAG of all operators in one place; return for each what became of it and of what lies behind it."""
    given = rows(folder, decision)
    name = re.sub(r"\W", "_", f"{place}_{decision}")
    with DAG(name, schedule="@daily" if place == "backfill" else None, start_date=datetime(2026, 1, 1, tzinfo=UTC),
             catchup=False) as dag:  # fmt: skip
        for number, subject in enumerate(SUBJECTS.values()):
            _lay(subject, f"s{number}", place, {**given, "folder": str(folder / f"{name}_{number}")})
    run = _run(dag, place)
    published = {event for event, _ in run.events()}
    return {
        title: _words(run, subject, f"s{number}", place, is_published=f"{name}_{number}" in published)
        for number, (title, subject) in enumerate(SUBJECTS.items())
    }


def _run(dag: DAG, place: str) -> Run:
    if place != "backfill":
        return run_dag(dag)
    sync(dag)
    dag.test(logical_date=LATER)
    return run_dag(dag, logical_date=EARLIER)


def _lay(subject: Subject, prefix: str, place: str, given: dict[str, Any]) -> None:
    contract, source, folder = given["contract"], given["source"], given["folder"]
    ways = {way: f"{prefix}_{way}" for way in subject.ways}
    options = {
        key: each.replace("{}", folder) if isinstance(each, str) else each for key, each in subject.options.items()
    }
    own = {**options, **({} if subject.ways == ("next",) else ways)}
    shared = {"task_id": f"{prefix}_op", "contract": contract, "outlets": [Asset(Path(folder).name)], **own}
    if place == "retry":
        shared |= {"retries": 1, "retry_delay": timedelta(0)}
    if place == "mapped group":

        @task_group(group_id=f"{prefix}_group")
        def group(one: str) -> None:
            inside = {way: f"{prefix}_group.{task_id}" for way, task_id in ways.items()}
            named = {**shared, **({} if subject.ways == ("next",) else inside)}
            subject.make(source=one, **named) >> _behind(ways)

        group.expand(one=[source])
        return
    if place == "mapped":
        subject.make.partial(**shared).expand(source=[source]) >> _behind(ways)  # type: ignore[attr-defined]
        return
    operator = subject.make(source=source, **shared)
    if place == "teardown":
        before, after = EmptyOperator(task_id=f"{prefix}_before"), EmptyOperator(task_id=f"{prefix}_after")
        before >> (getattr(operator, "operator", operator).upstream_list or operator)
        operator >> after.as_teardown(setups=before)
    operator >> _behind(ways)


def _behind(ways: dict[str, str]) -> list[Any]:
    return [EmptyOperator(task_id=task_id) for task_id in ways.values()]


def _words(run: Run, subject: Subject, prefix: str, place: str, *, is_published: bool) -> str:
    inside = f"{prefix}_group." if place == "mapped group" else ""
    is_mapped = place == "mapped group" or (place == "mapped" and f"{prefix}_op[0]" in run.states)
    instance = "[0]" if is_mapped else ""
    behind = "[0]" if place == "mapped group" else ""
    parts = [_own(run, f"{inside}{prefix}_op{instance}", place), *_after(run, subject, f"{inside}{prefix}", behind)]
    if subject.left[0] and parts[0] == "succeeds":
        found = run.xcom(f"{inside}{prefix}_op", subject.left[0], 0 if is_mapped else -1)
        parts.insert(1, f"chooses {found[subject.left[1]]}")
    if is_published:
        parts.append("published")
    if place == "teardown":
        parts.append("teardown runs" if run.states[f"{prefix}_after"] == "success" else "teardown does not run")
    return "; ".join(parts)


def _own(run: Run, task: str, place: str) -> str:
    if run.states[task] == "failed" and place == "retry":
        return "fails at once" if run.tries[task] == 1 else f"fails after {run.tries[task]} tries"
    if run.states[task] == "failed":
        return "fails"
    return {"success": "succeeds", "skipped": "is skipped"}[run.states[task]]


_RAN = {"success": "next runs", "skipped": "next is skipped", "upstream_failed": "next does not run"}


def _after(run: Run, subject: Subject, prefix: str, behind: str) -> Iterator[str]:
    # a task that was never expanded, because what it waits for was skipped or failed, has no index
    states = {way: run.states.get(f"{prefix}_{way}{behind}") or run.states[f"{prefix}_{way}"] for way in subject.ways}
    if subject.ways == ("next",):
        yield _RAN[states["next"]]
    else:
        ran = [way for way, state in states.items() if state == "success"]
        yield f"{', '.join(ran)} runs" if ran else "no way runs"
