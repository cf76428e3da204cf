"""Every operator in every place of a DAG, on rows that lead to every decision: what became of it, in a few words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, task, task_group

from tests.shell.answering import answer_questions
from tests.shell.places import EARLIER, EVENTS, LATER, Place
from tests.shell.runs import Run, run_dag, started_by, sync
from tests.shell.subjects import SUBJECTS, Subject

PLACES = ("teardown", "plain", "mapped", "mapped group", "retry", "backfill")


def told(folder: Path, place: str, decision: str) -> dict[str, str]:
    """Run a DAG of all operators in one place; return for each what became of it and of what lies behind it."""
    name = re.sub(r"\W", "_", f"{place}_{decision}")
    with DAG(name, schedule="@daily" if place == "backfill" else None, start_date=datetime(2026, 1, 1, tzinfo=UTC),
             catchup=False) as dag:  # fmt: skip
        assets: list[Asset] = []
        arrived = _arrival(assets, decision)
        for number, subject in enumerate(SUBJECTS.values()):
            own = folder / f"{name}_{number}"
            own.mkdir()
            given = subject.given(Place(own, decision))
            laid = _lay(subject, f"s{number}", place, {**given, "outlets": [Asset(own.name)]})
            if "asset" in given:
                assets.append(given["asset"])
                arrived >> laid
        EmptyOperator(task_id="makes_them_known", outlets=assets)
        _somebody({f"s{number}_op": subject.answer for number, subject in enumerate(SUBJECTS.values())})
    run = _run(dag, place)
    published = {event for event, _ in run.events()}
    return {
        title: _words(run, subject, f"s{number}", place, is_published=f"{name}_{number}" in published)
        for number, (title, subject) in enumerate(SUBJECTS.items())
    }


def _arrival(assets: list[Asset], decision: str) -> Any:
    """Put the events of assets, those that are known when it runs, before the tasks behind it."""

    @task
    def arrive(dag_run: Any = None) -> None:
        started_by(dag_run, {asset.name: EVENTS[decision] for asset in assets})

    return arrive()


def _somebody(answers: dict[str, str]) -> None:
    """Put somebody behind the questions, who answers them when all are asked."""

    @task
    def somebody(dag_run: Any = None) -> None:
        answer_questions(dag_run, answers)

    # as far behind as no task that asks is: then nobody has to wait for a question, nor for an answer
    late = [EmptyOperator(task_id=f"late_{number}") for number in range(3)]
    late[0] >> late[1] >> late[2] >> somebody()


def _run(dag: DAG, place: str) -> Run:
    # as the scheduler, which runs no EmptyOperator either
    empty = [re.escape(name) for name, each in dag.task_dict.items() if each.task_type == "EmptyOperator"]
    marked: dict[str, Any] = {"mark_success_pattern": re.compile("|".join(empty))}
    if place != "backfill":
        return run_dag(dag, **marked)
    sync(dag)
    dag.test(logical_date=LATER, **marked)
    return run_dag(dag, logical_date=EARLIER, **marked)


def _lay(subject: Subject, prefix: str, place: str, given: dict[str, Any]) -> Any:
    ways = {way: f"{prefix}_{way}" for way in subject.ways}
    shared = {"task_id": f"{prefix}_op", **given, **_branches(ways)}
    over = {subject.over: shared.pop(subject.over)}
    if place == "retry":
        shared |= {"retries": 1, "retry_delay": timedelta(0)}
    if place == "mapped group":
        return _in_group(subject, prefix, shared, over)
    if place == "mapped":
        mapped = subject.make.partial(**shared).expand(**{name: [each] for name, each in over.items()})
        mapped >> _behind(ways)
        return mapped
    operator = subject.make(**over, **shared)
    if place == "teardown":
        before, after = EmptyOperator(task_id=f"{prefix}_before"), EmptyOperator(task_id=f"{prefix}_after")
        before >> (getattr(operator, "operator", operator).upstream_list or operator)
        operator >> after.as_teardown(setups=before)
    operator >> _behind(ways)
    return operator


def _in_group(subject: Subject, prefix: str, shared: dict[str, Any], over: dict[str, Any]) -> Any:
    ways = {way: f"{prefix}_{way}" for way in subject.ways}
    inside = _branches({way: f"{prefix}_group.{task_id}" for way, task_id in ways.items()})

    @task_group(group_id=f"{prefix}_group")
    def group(one: Any) -> None:
        handed = dict.fromkeys(over, one) if subject.is_templated else over
        subject.make(**handed, **{**shared, **inside}) >> _behind(ways)

    return group.expand(one=list(over.values()))


def _branches(ways: dict[str, str]) -> dict[str, str]:
    return {way: task_id for way, task_id in ways.items() if way != "next"}


def _behind(ways: dict[str, str]) -> list[Any]:
    return [EmptyOperator(task_id=task_id) for task_id in ways.values()]


# ---- in words ----


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
