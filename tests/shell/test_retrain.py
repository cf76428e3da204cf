from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Asset

from airflow_mlquality.history import Finding, History, Run
from airflow_mlquality.operators import QualityGateOperator
from airflow_mlquality.retraining import Age, Drifted, NewLabels
from airflow_mlquality.retraining.firings import Firings
from airflow_mlquality.sensors import RetrainSensor
from airflow_mlquality.store import Store
from tests.shell.runs import run_dag, sync

START = datetime(2026, 7, 1, tzinfo=UTC)
GATE = "flights/gate"
DRIFT = Finding(id="drift.air_time", check="drift", family="drift", outcome="fail", observed=0.7, unit="PSI")
ONCE = {"timeout": 0, "poke_interval": 0.1}


def day(number):
    return START + timedelta(days=number)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "quality")


def remember(store, number, *findings, **changed):
    """Write what a gate leaves behind of its run about a day."""
    at = day(number).isoformat()
    run = {
        "dag_id": "flights",
        "task_id": "gate",
        "map_index": -1,
        "run_id": f"run-{number}",
        "at": at,
        "since": at,
        "contract": "flights",
        "digest": "aaaa",
        "outcome": "fail" if findings else "pass",
        "decision": "stop" if findings else "proceed",
        "rows": 100,
        "report": f"runs/flights/gate/run-{number}/-1/0001.json",
        "written_at": at,
        "findings": findings,
    }
    return History(store, "flights", "gate").remember(Run(**{**run, **changed}))


def sensor(store, at=5, conditions=None, **changed):
    given = {
        "task_id": "why",
        "gates": [GATE],
        "conditions": conditions or [Drifted()],
        "store": str(store.root),
        "as_of": day(at).isoformat() if isinstance(at, int) else at,
        **ONCE,
    }
    return RetrainSensor(**{**given, **changed})


# ---- what it waits for ----


@pytest.mark.parametrize("how", [{}, {"deferrable": True}, {"mode": "reschedule"}], ids=str)
def test_a_drift_that_lasts_is_a_reason_that_travels(dag, store, how, capsys):
    for number, findings in {1: (), 2: (DRIFT,), 3: (), 4: (DRIFT,)}.items():
        remember(store, number, *findings)
    with dag:
        why = sensor(store, conditions=[Drifted(persistence=(2, 4))], outlets=[Asset("delay_model_is_old")], **how)
        why >> EmptyOperator(task_id="train")

    run = run_dag(dag)

    assert run.states == {"train": "success", "why": "success"}
    reason = run.xcom("why", "retrain_reason")
    assert run.xcom("why") == reason
    (evidence,) = reason.pop("evidence")
    firing = reason.pop("firing")
    assert reason == {
        "name": f"{dag.dag_id}/why",
        "condition": "drift",
        "gate": GATE,
        "since": day(2).isoformat(),
        "reason": "drift in 2 of the last 4 runs of flights/gate, 2 of 4 needed: drift.air_time",
        "at": day(5).isoformat(),
        "evidence_left_out": 0,
    }
    assert [each["report"] for each in evidence["runs"]] == [
        "runs/flights/gate/run-4/-1/0001.json",
        "runs/flights/gate/run-2/-1/0001.json",
    ]
    assert [firing] == [each.address for each in Firings(store, reason["name"]).all()]
    assert [(name, extra["mlquality"]["reason"]) for name, extra in run.events()] == [
        ("delay_model_is_old", reason["reason"])
    ]
    assert f"There: {reason['reason']}" in capsys.readouterr().out


@pytest.mark.parametrize("how", [{}, {"deferrable": True}, {"mode": "reschedule"}], ids=str)
def test_a_drift_that_is_found_later_is_waited_for(dag, store, how):
    remember(store, 1)

    def drift():
        time.sleep(1)
        remember(store, 2, DRIFT)

    with dag:
        sensor(store, **{**how, "timeout": 60, "poke_interval": 0.2})

    later = threading.Thread(target=drift)
    later.start()
    run = run_dag(dag)
    later.join()

    assert run.states == {"why": "success"}


def test_the_gate_of_the_same_run_is_evidence(dag, bad, good, store):
    contract = {
        "version": 1,
        "contract": "people",
        "drift": {"columns": ["age"], "reference": "train", "warn": 0.1, "fail": 0.2, "method": "js"},
    }
    with dag:
        gate = QualityGateOperator(
            task_id="gate", contract=contract, source=bad, reference=good, store=str(store.root), on_fail="proceed"
        )
        conditions = [NewLabels(rows=3, gate=f"{dag.dag_id}/gate")]
        gate >> sensor(store, None, conditions, gates=[f"{dag.dag_id}/gate"])

    run = run_dag(dag)

    assert run.states["why"] == "success", run.states
    assert run.xcom("why")["evidence"][0]["runs"][0]["report"] == run.xcom("gate")["report"]


# ---- how it ends without a reason ----


def test_without_a_reason_a_run_is_skipped_and_the_log_says_what_is_lacking(dag, store, capsys):
    remember(store, 1, DRIFT)
    with dag:
        sensor(store, conditions=[Drifted(persistence=(2, 3))], soft_fail=True) >> EmptyOperator(task_id="train")

    run = run_dag(dag)

    assert run.states == {"train": "skipped", "why": "skipped"}
    assert "drift in 1 of the last 1 runs of flights/gate, 2 of 3 needed" in capsys.readouterr().out
    assert run.events() == []


def test_a_gate_that_never_ran_is_named(dag, store, ended):
    with dag:
        sensor(store, on_failure_callback=ended)

    run_dag(dag)

    assert str(ended.context["exception"]) == (
        f"waited 0:00:00 in vain. no new runs of flights/gate are known up to {day(5).isoformat()}"
    )


@pytest.mark.parametrize("broken", ["history", "run", "firings"])
@pytest.mark.parametrize("how", [{}, {"deferrable": True}], ids=str)
def test_a_store_that_cannot_be_read_is_never_no_drift(dag, store, ended, broken, how):
    remember(store, 1, DRIFT)
    folder = (
        store.root / {"history": "history/flights/gate/-1", "run": "history", "firings": "retraining/model"}[broken]
    )
    if broken == "run":
        (file,) = folder.rglob("*.json")
        file.unlink()
        file.symlink_to(file)  # it is there, and nobody can read it
    else:
        for each in sorted(folder.rglob("*"), reverse=True):
            each.unlink() if each.is_file() else each.rmdir()
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            folder.rmdir()
        folder.symlink_to(folder)
    with dag:
        sensor(
            store,
            name="model",
            soft_fail=True,
            on_failure_callback=ended,
            retries=1,
            retry_delay=timedelta(0),
            **how,
        )

    run = run_dag(dag)

    assert (run.states, run.tries["why"]) == ({"why": "failed"}, 2)
    assert type(ended.context["exception"]).__name__ == "InfrastructureError"
    assert "cannot be read (OSError: " in str(ended.context["exception"])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"gates": ["gate"]}, "write dag_id/task_id"),
        ({"conditions": [Drifted(gate="flight/gate")]}, "Did you mean 'flights/gate'"),
        ({"gates": []}, "no gate is watched"),
        ({"as_of": "yesterday"}, "as_of='yesterday': not a moment"),
    ],
    ids=str,
)
def test_wrong_use_fails_at_once_whatever_may_be_skipped(dag, store, ended, wrong, message):
    with dag:
        sensor(store, soft_fail=True, on_failure_callback=ended, retries=2, **wrong)

    run = run_dag(dag)

    assert (run.states, run.tries["why"]) == ({"why": "failed"}, 1)
    assert message in str(ended.context["exception"])


def test_an_unknown_need_is_refused_when_the_dag_is_parsed(store):
    with pytest.raises(ValueError, match="need='some': takes one of any, all"):
        sensor(store, need="some")


# ---- one drift, one retraining ----


def test_a_drift_fires_once_and_again_when_it_is_found_anew(dag, store):
    remember(store, 1, DRIFT)
    with dag:
        sensor(store, "{{ params.at }}", soft_fail=True, name="model")
    dag.params.update({"at": ""})
    sync(dag)

    def state(number):
        return state_of("why", dag.test(run_conf={"at": day(number).isoformat()}))

    assert [state(2), state(3), state(4)] == ["success", "skipped", "skipped"]
    remember(store, 5, DRIFT)
    assert [state(6), state(7)] == ["success", "skipped"]


def state_of(task_id, dag_run):
    return str(next(ti.state for ti in dag_run.get_task_instances() if ti.task_id == task_id))


def test_a_cleared_run_fires_again_for_its_own_reason(dag, store):
    remember(store, 1, DRIFT)
    failed = []

    def once(_):
        if not failed:
            failed.append(True)
            raise RuntimeError("after the firing was kept")

    with dag:
        sensor(store, name="model", post_execute=lambda _, __: once(_), retries=1, retry_delay=timedelta(0))

    run = run_dag(dag)

    assert (run.states, run.tries["why"]) == ({"why": "success"}, 2)
    assert len(Firings(store, "model").all()) == 1


def test_two_sensors_of_one_name_fire_once(dag, store):
    remember(store, 1, DRIFT)
    with dag:
        sensor(store, name="model", task_id="one", soft_fail=True)
        sensor(store, name="model", task_id="two", soft_fail=True)

    run = run_dag(dag)

    assert sorted(run.states.values()) == ["skipped", "success"]


def backfilled(dag, days):
    """Run a DAG for days, in that order, and return what became of its sensor."""
    sync(dag)
    return {number: state_of("why", dag.test(logical_date=day(number))) for number in days}


@pytest.fixture
def daily(request):
    from airflow.sdk import DAG, CronDataIntervalTimetable

    name = request.node.name.replace("[", ".").replace("]", "")
    return DAG(name, schedule=CronDataIntervalTimetable("@daily", "UTC"), start_date=START, catchup=False)


def test_a_backfill_decides_as_the_days_themselves_would_have(daily, store):
    for number in range(1, 9):
        remember(store, number, *([DRIFT] if number >= 3 else []))
    with daily:
        sensor(store, None, [Drifted(persistence=(2, 3))], soft_fail=True, cooldown=timedelta(days=3))

    assert backfilled(daily, range(1, 8)) == {
        1: "skipped",
        2: "skipped",
        3: "skipped",
        4: "success",
        5: "skipped",
        6: "skipped",
        7: "success",
    }


def test_days_that_are_backfilled_after_a_later_one_fired_do_not_fire(daily, store):
    for number in range(1, 9):
        remember(store, number, DRIFT)
    with daily:
        sensor(store, None, soft_fail=True)

    assert backfilled(daily, [5, 2, 3]) == {5: "success", 2: "skipped", 3: "skipped"}


def test_a_budget_is_counted_by_the_moments_of_the_runs(daily, store):
    for number in range(1, 9):
        remember(store, number, DRIFT)
    with daily:
        sensor(store, None, soft_fail=True, budget=(2, timedelta(days=4)))

    states = backfilled(daily, [1, 2, 3, 4, 5, 6])

    assert [number for number, state in states.items() if state == "success"] == [1, 2, 5, 6]


def test_a_model_grows_old_by_the_clock_when_it_is_asked(dag, store):
    with dag:
        sensor(store, "now", [Age(after=timedelta(days=7), since=START - timedelta(days=3000))], gates=[], name="model")

    run = run_dag(dag)

    assert run.states == {"why": "success"}
    assert (run.xcom("why")["condition"], run.xcom("why")["gate"]) == ("age", "")


# ---- the trigger ----


def test_the_trigger_tells_runs_by_their_names_and_is_made_again_from_what_it_serializes(store):
    from airflow.sdk._shared.module_loading import import_string

    from airflow_mlquality.triggers import RunsTrigger

    trigger = RunsTrigger(
        store=str(store.root), gates=[GATE], seen="", poke_interval=60, started=START.isoformat(), deadline=""
    )
    before = trigger.look()
    remember(store, 1)
    after = trigger.look()

    assert before != after == trigger.look()
    classpath, arguments = trigger.serialize()
    assert import_string(classpath)(**arguments).serialize() == (classpath, arguments)


def test_a_reason_of_many_gates_fits_into_an_xcom(dag, store):
    gates = [f"dag_{number}/gate" for number in range(100)]
    for gate in gates:
        history = History(store, *gate.split("/"))
        for number in range(20):
            at = day(number).isoformat()
            run = Run(
                dag_id=gate.split("/", maxsplit=1)[0],
                task_id="gate",
                map_index=-1,
                run_id=f"run-{number}",
                at=at,
                since=at,
                contract="c",
                digest="d",
                outcome="fail",
                decision="stop",
                rows=1,
                report=f"runs/{number}.json",
                written_at=at,
                findings=(DRIFT,),
            )
            history.remember(run)
    with dag:
        sensor(store, 30, [Drifted(persistence=(20, 20))], gates=gates)

    reason = run_dag(dag).xcom("why")

    assert len(json.dumps(reason)) <= 16_384
    assert reason["evidence_left_out"] > 80
    assert len(reason["evidence"]) + reason["evidence_left_out"] == 100
