from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Asset, task_group
from airflow.sdk.exceptions import TaskDeferred
from sqlalchemy.exc import OperationalError

from airflow_mlquality.operators import QualityApprovalOperator
from airflow_mlquality.operators.asking import answer_about, approval_folder
from airflow_mlquality.operators.settings import store_from_config
from tests.shell.answering import answer, take_defaults
from tests.shell.runs import run_dag


class Answering:
    """Somebody who answers every question of a DAG, as Airflow's page would."""

    def __init__(self, dag_id: str, *choices: str, at_once: int = 1) -> None:
        self.dag_id, self.choices, self.at_once = dag_id, list(choices), at_once
        self.questions: list[dict] = []
        self.failed: list[Exception] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._answer)

    def __enter__(self):
        # here: two threads that first import parts of Airflow that import each other would wait for each other
        for name in ("api_fastapi.core_api.routes.public.hitl", "jobs.scheduler_job_runner", "models.serialized_dag"):
            import_module(f"airflow.{name}")
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join(30)
        assert self.failed == []

    def _answer(self) -> None:
        while not self._over.is_set():
            time.sleep(0.2)
            try:
                self._look()
            except OperationalError:  # SQLite is locked by whoever looks what is next: the next look is another try
                continue
            except Exception as failed:  # noqa: BLE001  told to the test
                self.failed.append(failed)

    def _look(self) -> None:
        if self.failed:
            self._give_up()
        elif self.choices:
            self._answer_waiting()
        else:
            take_defaults()

    def _give_up(self) -> None:
        """Fail what waits, so that the run ends."""
        from airflow.models.taskinstance import TaskInstance
        from airflow.utils.session import create_session
        from sqlalchemy import update

        with create_session() as session:
            waiting = update(TaskInstance).where(
                TaskInstance.dag_id == self.dag_id, TaskInstance.state == "awaiting_input"
            )
            session.execute(waiting.values(state="failed"))

    def _answer_waiting(self) -> None:
        from airflow.models.hitl import HITLDetail
        from airflow.models.taskinstance import TaskInstance
        from airflow.utils.session import create_session
        from sqlalchemy import select

        left, asked = list(self.choices), []
        with create_session() as session:
            waiting = select(TaskInstance).where(
                TaskInstance.dag_id == self.dag_id, TaskInstance.state == "awaiting_input"
            )
            found = session.scalars(waiting.order_by(TaskInstance.map_index)).all()
            for ti in found[: len(left)] if len(found) >= self.at_once else ():
                detail = session.scalars(select(HITLDetail).where(HITLDetail.ti_id == ti.id)).one()
                asked.append({"subject": detail.subject, "body": detail.body, "options": detail.options})
                answer(ti, left.pop(0), session)
        self.choices = left  # only here are the answers written
        self.questions += asked


def asking(dag, source, contract, **options):
    """Put behind a question: what trains, what stands in for it, and where both meet."""
    with dag:
        ask = QualityApprovalOperator(task_id="ask", contract=contract, source=source, **options)
        train = EmptyOperator(task_id="train")
        join = EmptyOperator(task_id="join", trigger_rule="none_failed_min_one_success")
        ask >> train >> join
        if options.get("if_fallback"):
            ask >> EmptyOperator(task_id="baseline") >> join
    return ask


def answer_of(run):
    folder = approval_folder(run.dag_id, "ask", run.run_id, -1)
    (address,) = store_from_config().addresses(folder)
    return store_from_config().read_document(address)


def test_good_data_goes_on_and_nobody_is_asked(dag, good, contract):
    asking(dag, good, contract, if_fallback="baseline", outlets=[Asset("asked_good")])

    run = run_dag(dag)

    assert run.states == {"ask": "success", "baseline": "skipped", "join": "success", "train": "success"}
    assert [name for name, _ in run.events()] == ["asked_good"]
    assert run.xcom("ask")["outcome"] == "pass"


def test_what_somebody_approves_goes_on_and_says_who_approved_it(dag, bad, contract):
    asking(dag, bad, {**contract, "runbook": "https://wiki/p"}, if_fallback="baseline", outlets=[Asset("asked_bad")])

    with Answering(dag.dag_id, "Approve") as somebody:
        run = run_dag(dag)

    assert run.states == {"ask": "success", "baseline": "skipped", "join": "success", "train": "success"}
    ((_, extra),) = run.events()
    assert extra["mlquality"]["approved_by"] == "Ada"
    assert extra["airflow.dataquality.result"] == {"score": 0.0}
    answer = run.xcom("ask", "quality_approval")
    assert (answer["choice"], answer["by"], answer["timed_out"]) == ("approve", "Ada", False)
    assert {**answer_of(run), "document": answer["document"]} == {
        "format": "mlquality.approval/1",
        "report": run.xcom("ask")["report"],
        **answer,
    }
    report = run.xcom("ask")["report"]
    folder = approval_folder(dag.dag_id, "ask", run.run_id, -1)
    assert answer_about(store_from_config(), folder, report)["by"] == "Ada"
    assert answer_about(store_from_config(), folder, "runs/other") is None
    (question,) = somebody.questions
    assert question["subject"] == run.xcom("ask")["headline"]
    assert question["options"] == ["Approve", "Use fallback", "Stop"]
    assert "| fail | age.between | 0.33" in question["body"]
    assert "What to do: [https://wiki/p](https://wiki/p)" in question["body"]
    assert "98765" not in question["body"]


def test_the_fallback_runs_in_place_of_what_was_asked_about(dag, bad, contract):
    asking(dag, bad, contract, if_fallback="baseline", outlets=[Asset("asked_fallback")])

    with Answering(dag.dag_id, "Use fallback"):
        run = run_dag(dag)

    assert run.states == {"ask": "success", "baseline": "success", "join": "success", "train": "skipped"}
    assert run.events() == []
    assert run.xcom("ask")["decision"] == "stop"


@pytest.mark.parametrize(
    ("on_stop", "states"),
    [
        ("fail", {"ask": "failed", "join": "upstream_failed", "train": "upstream_failed"}),
        ("skip", {"ask": "success", "join": "skipped", "train": "skipped"}),
    ],
)
def test_what_somebody_stops_acts_as_told(dag, bad, contract, on_stop, states):
    asking(dag, bad, contract, on_stop=on_stop, outlets=[Asset(f"asked_{on_stop}")], retries=2)

    with Answering(dag.dag_id, "Stop") as somebody:
        run = run_dag(dag)

    assert run.states == states
    assert run.tries["ask"] == 1
    assert run.events() == []
    assert somebody.questions[0]["options"] == ["Approve", "Stop"]
    assert answer_of(run)["by"] == "Ada"


def test_nobody_is_asked_about_what_was_not_to_be_asked(dag, bad, contract):
    asking(dag, bad, contract, ask_on=["warn"])

    run = run_dag(dag)

    assert run.states["ask"] == "failed"


def test_a_warning_that_would_go_on_is_asked_about(dag, bad):
    contract = {"version": 1, "contract": "p", "columns": {"age": {"between": {"max": 110, "warn": 0, "fail": 0.9}}}}
    asking(dag, bad, contract)

    with Answering(dag.dag_id, "Approve"):
        run = run_dag(dag)

    assert run.states["train"] == "success"
    assert answer_of(run)["choice"] == "approve"


def test_nobody_is_asked_about_a_source_that_cannot_be_read(dag, tmp_path, contract):
    asking(dag, str(tmp_path / "no.csv"), contract, retries=1, retry_delay=timedelta(0))

    run = run_dag(dag)

    assert (run.states["ask"], run.tries["ask"]) == ("failed", 2)


@pytest.mark.parametrize(
    ("default", "states"),
    [
        ("stop", {"ask": "failed", **dict.fromkeys(("baseline", "join", "train"), "upstream_failed")}),
        ("fallback", {"ask": "success", "baseline": "success", "join": "success", "train": "skipped"}),
    ],
)
def test_the_default_counts_when_nobody_answers_in_time(dag, bad, contract, default, states):
    asking(dag, bad, contract, if_fallback="baseline", default=default, response_timeout=timedelta(seconds=1))

    with Answering(dag.dag_id):
        run = run_dag(dag)

    assert run.states == states
    answer = answer_of(run)
    assert (answer["choice"], answer["by"], answer["timed_out"]) == (
        default,
        "nobody: the default after the time-out",
        True,
    )


def test_before_airflow_3_3_the_task_is_deferred_to_the_trigger_of_the_standard_provider(contract):
    ask = QualityApprovalOperator(
        task_id="ask", contract=contract, source="a.csv", default="approve", response_timeout=timedelta(hours=1)
    )
    ask.waits_in_triggerer = True

    with pytest.raises(TaskDeferred) as deferred:
        ask._wait(SimpleNamespace(id="01a2"), {"report": "runs/a"})  # noqa: SLF001  the part that Airflow's version decides

    name, options = deferred.value.trigger.serialize()
    assert name == "airflow.providers.standard.triggers.hitl.HITLTrigger"
    assert (options["ti_id"], options["options"], options["defaults"]) == ("01a2", ["Approve", "Stop"], ["Approve"])
    assert options["timeout_datetime"] > datetime.now(UTC)
    assert (deferred.value.method_name, deferred.value.kwargs) == ("execute_complete", {"report": "runs/a"})


def test_each_instance_of_a_mapped_group_asks_for_itself(dag, good, bad, contract):
    with dag:

        @task_group
        def day(source):
            ask = QualityApprovalOperator(task_id="ask", contract=contract, source=source, on_stop="skip")
            ask >> EmptyOperator(task_id="train")

        day.expand(source=[good, bad, bad])

    with Answering(dag.dag_id, "Stop", "Approve", at_once=2):
        run = run_dag(dag)

    assert run.states == {
        "day.ask[0]": "success",
        "day.ask[1]": "skipped",
        "day.ask[2]": "success",
        "day.train[0]": "success",
        "day.train[1]": "skipped",
        "day.train[2]": "success",
    }


def test_a_mapped_question_offers_no_fallback_for_airflow_would_run_both_ways(dag, bad, contract):
    with dag:

        @task_group
        def day(source):
            ask = QualityApprovalOperator(task_id="ask", contract=contract, source=source, if_fallback="day.baseline")
            ask >> EmptyOperator(task_id="baseline")

        day.expand(source=[bad])

    assert run_dag(dag).states == {"day.ask[0]": "failed", "day.baseline[0]": "upstream_failed"}


def test_a_fallback_that_is_not_there_is_told_before_anybody_is_asked(dag, bad, contract):
    asking(dag, bad, contract, if_fallback="base")

    run = run_dag(dag)

    assert run.states["ask"] == "failed"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ask_on": ["pass"]}, r"ask_on='pass': takes one of warn, fail, undecided\."),
        ({"on_stop": "proceed"}, r"on_stop='proceed': takes one of fail, skip, skip_direct\."),
        ({"default": "fallback"}, r"default='fallback': takes one of approve, stop\."),
    ],
)
def test_words_that_nobody_knows_are_refused_when_the_dag_is_parsed(options, message):
    with pytest.raises(ValueError, match=message):
        QualityApprovalOperator(task_id="ask", contract={}, source="a.csv", **options)
