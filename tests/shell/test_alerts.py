from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator

from airflow_mlquality.notifications import QualityWebhookNotifier
from airflow_mlquality.operators import QualityBranchOperator, QualityGateOperator
from airflow_mlquality.operators.settings import store_from_config
from tests.shell.receiver import Receiver
from tests.shell.runs import run_dag

DAY = datetime(2026, 3, 1, tzinfo=UTC)
NOW = {"retries": 0, "timeout": 2.0}
"""A notifier that asks once."""


@pytest.fixture
def receiver(tmp_path, monkeypatch):
    with Receiver(tmp_path / "receiver") as started:
        monkeypatch.setenv("AIRFLOW_CONN_CHAT", started.connection())
        yield started


class Told:
    """A gate that is told of, about one day after the other."""

    def __init__(self, dag, receiver, rows, contract, **options) -> None:
        self.dag, self.receiver, self.rows = dag, receiver, rows
        notifier = QualityWebhookNotifier("chat", **{"format": "json", "cooldown": timedelta(0), **NOW, **options})
        with dag:
            gate = QualityGateOperator(
                task_id="gate",
                contract=contract,
                source="{{ dag_run.conf.source }}",
                as_of="{{ dag_run.conf.day }}",
                on_fail="skip",
                notifiers=[notifier],
            )
            gate >> EmptyOperator(task_id="train")

    def run(self, day: int, ages: str):
        source = self.rows / "rows.csv"
        source.write_text("id,age\n" + "".join(f"{n},{age}\n" for n, age in enumerate(ages.split())))
        return run_dag(self.dag, {"source": str(source), "day": (DAY + timedelta(days=day)).isoformat()})

    @property
    def changes(self):
        return [message["change"] for message in self.receiver.messages]


@pytest.fixture
def told(dag, receiver, tmp_path, contract):
    return Told(dag, receiver, tmp_path, {**contract, "runbook": "https://wiki/people", "owner": "team@example.com"})


GOOD, BAD = "20 30 40", "20 98765 40"


def test_a_gate_is_told_of_when_it_turns_bad_and_when_it_recovers(told):
    for day, ages in enumerate([GOOD, BAD, BAD, GOOD, GOOD]):
        told.run(day, ages)

    bad, recovered = told.receiver.messages
    assert (bad["change"], bad["level"], bad["before"], bad["runs"]) == ("bad", "fail", "good", 1)
    assert bad["since"] == bad["at"] == "2026-03-02T00:00:00+00:00"
    assert (recovered["change"], recovered["level"], recovered["before"]) == ("recovered", "good", "fail")
    assert (recovered["since"], recovered["runs"], recovered["at"]) == (
        "2026-03-02T00:00:00+00:00",
        2,
        "2026-03-04T00:00:00+00:00",
    )


def test_a_message_says_what_how_bad_what_to_do_and_where_but_no_value_of_a_row(told):
    run = told.run(0, BAD)

    (message,) = told.receiver.messages
    assert (message["format"], message["contract"], message["decision"]) == ("mlquality.alert/1", "people", "stop")
    assert message["stops"] is True
    assert message["runbook"] == "https://wiki/people"
    assert message["owner"] == "team@example.com"
    assert message["counts"]["fail"] == 1
    (trouble,) = message["troubles"]
    assert (trouble["id"], trouble["outcome"], trouble["fail"]) == ("age.between", "fail", 0)
    assert trouble["observed"] == pytest.approx(1 / 3)
    assert message["page"].startswith("http://airflow.test:8080/team-a/af/mlquality/runs/")
    assert message["report"] == run.xcom("gate", "quality_report")["report"]
    text = message["text"].splitlines()
    assert text[0] == f"❌ FAIL people · {told.dag.dag_id}.gate"
    assert text[1] == "What to do: https://wiki/people"
    assert "98765" not in json.dumps(message)


def test_a_rerun_is_silent_and_one_that_mends_is_a_recovery(told):
    for ages in (BAD, BAD, GOOD):
        told.run(0, ages)

    assert told.changes == ["bad"]  # the same moment, but each of these is a DAG run of its own

    told.run(1, GOOD)

    assert told.changes == ["bad", "recovered"]


def test_a_backfill_is_silent_about_what_a_later_run_has_left(told):
    told.run(5, GOOD)
    told.run(1, BAD)
    told.run(6, BAD)

    assert [(message["change"], message["at"][:10]) for message in told.receiver.messages] == [("bad", "2026-03-07")]


def test_backfills_are_told_when_asked_for(dag, receiver, tmp_path, contract):
    told = Told(dag, receiver, tmp_path, contract, tell_backfills=True)
    told.run(5, GOOD)
    told.run(1, BAD)

    assert told.changes == ["bad"]


def test_a_receiver_that_is_down_changes_nothing_and_is_told_by_the_next_run(told):
    told.receiver.stop()

    run = told.run(0, BAD)

    assert (run.states["gate"], run.states["train"]) == ("success", "skipped")
    told.receiver.start()
    told.run(1, BAD)
    (message,) = told.receiver.messages
    assert (message["change"], message["runs"], message["since"][:10]) == ("bad", 2, "2026-03-01")


def test_a_receiver_that_refuses_is_tried_again_by_the_next_run(told):
    told.receiver.answers((403, {}, "no"), (302, {"Location": "http://127.0.0.1:1/"}, ""))

    states = [told.run(day, BAD).states["gate"] for day in range(3)]

    assert states == ["success"] * 3
    assert [request["status"] for request in told.receiver.requests] == [403, 302, 200]


def test_what_nobody_could_be_told_and_is_over_is_not_told(told):
    told.receiver.stop()
    told.run(0, BAD)
    told.receiver.start()
    told.run(1, GOOD)

    assert told.changes == []


def test_a_receiver_that_is_busy_is_asked_again_when_it_says(dag, receiver, tmp_path, contract):
    receiver.answers((429, {"Retry-After": "1"}, ""), (503, {}, ""))
    told = Told(dag, receiver, tmp_path, contract, retries=3)

    told.run(0, BAD)

    assert [request["status"] for request in receiver.requests] == [429, 503, 200]


def test_the_cooldown_quiets_a_gate_that_flaps(dag, receiver, tmp_path, contract):
    told = Told(dag, receiver, tmp_path, contract, cooldown=timedelta(hours=1))

    for day, ages in enumerate([BAD, GOOD, BAD, GOOD]):
        told.run(day, ages)

    assert told.changes == ["bad", "recovered"]


def test_a_mild_state_is_told_only_when_it_is_asked_for(dag, receiver, tmp_path):
    contract = {"version": 1, "contract": "p", "columns": {"age": {"between": {"max": 110, "warn": 0, "fail": 0.9}}}}
    told = Told(dag, receiver, tmp_path, contract, least="fail")
    told.run(0, BAD)

    assert told.changes == []


def test_a_warning_that_becomes_a_failure_is_told_again(dag, receiver, tmp_path):
    contract = {"version": 1, "contract": "p", "columns": {"age": {"between": {"max": 110, "warn": 0, "fail": 0.5}}}}
    told = Told(dag, receiver, tmp_path, contract)
    for day, ages in enumerate([BAD, "200 300 30", BAD, GOOD]):
        told.run(day, ages)

    assert [(message["change"], message["before"], message["level"]) for message in receiver.messages] == [
        ("bad", "good", "warn"),
        ("worse", "warn", "fail"),
        ("better", "fail", "warn"),
        ("recovered", "warn", "good"),
    ]
    assert [message["runs"] for message in receiver.messages] == [1, 2, 3, 3]


def test_every_run_is_told_to_those_who_draw_it(dag, receiver, tmp_path, contract):
    told = Told(dag, receiver, tmp_path, contract, only_changes=False, format="powerbi")
    for ages in (GOOD, BAD, BAD):
        told.run(0, ages)

    rows = [row for message in receiver.messages for row in message["rows"]]
    assert [(row["level"], row["check_id"], row["outcome"]) for row in rows] == [
        ("good", "", ""),
        ("fail", "age.between", "fail"),
        ("fail", "age.between", "fail"),
    ]


def test_an_error_is_told_only_when_no_try_is_left(dag, receiver, tmp_path, contract):
    notifier = QualityWebhookNotifier("chat", format="json", **NOW)
    with dag:
        QualityGateOperator(
            task_id="gate",
            contract=contract,
            source=str(tmp_path / "no.csv"),
            retries=2,
            retry_delay=timedelta(0),
            notifiers=[notifier],
        )

    run = run_dag(dag)

    assert run.tries["gate"] == 3
    assert [(message["level"], message["headline"]) for message in receiver.messages] == [
        ("error", run.xcom("gate")["headline"])
    ]


def test_a_branch_tells_too(dag, receiver, bad, contract):
    with dag:
        branch = QualityBranchOperator(
            task_id="choose",
            contract=contract,
            source=bad,
            if_pass="model",
            if_stop="baseline",
            notifiers=[QualityWebhookNotifier("chat", format="json", **NOW)],
        )
        branch >> [EmptyOperator(task_id="model"), EmptyOperator(task_id="baseline")]

    run = run_dag(dag)

    assert run.states["baseline"] == "success"
    assert [message["task_id"] for message in receiver.messages] == ["choose"]


def test_a_store_that_is_away_does_not_silence_a_failure(dag, receiver, bad, contract, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with dag:
        QualityGateOperator(
            task_id="gate",
            contract=contract,
            source=bad,
            store=str(tmp_path / "file"),
            notifiers=[QualityWebhookNotifier("chat", format="json", **NOW)],
        )

    run_dag(dag)

    assert [(message["change"], message["runs"]) for message in receiver.messages] == [("bad", 0)]


@pytest.mark.parametrize("name", ["chat", "nobody"])
def test_the_secret_address_is_in_no_log(told, capsys, monkeypatch, name):
    told.receiver.answers((500, {}, "s3cr3tend"))
    monkeypatch.setenv("AIRFLOW_CONN_CHAT", told.receiver.connection()) if name == "chat" else monkeypatch.delenv(
        "AIRFLOW_CONN_CHAT"
    )

    run = told.run(0, BAD)

    assert run.states["gate"] == "success"
    log = capsys.readouterr().out
    assert "The notifier QualityWebhookNotifier failed; the gate acts as it would have" in log
    assert "s3cr3tend" not in log


def test_what_was_told_lies_in_the_store(told):
    told.run(0, BAD)

    folder = ["alerts", "chat", told.dag.dag_id, "gate", "told"]
    (address,) = store_from_config().addresses(folder)
    assert store_from_config().read_document(address)["change"] == "bad"


def test_words_that_nobody_knows_are_refused_when_the_dag_is_parsed():
    with pytest.raises(ValueError, match=r"format='mail': takes one of slack, teams, json, powerbi\."):
        QualityWebhookNotifier(format="mail")
