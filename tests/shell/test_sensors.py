from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Asset, BaseNotifier

from airflow_mlquality.operators import Sql
from airflow_mlquality.operators.settings import store_from_config
from airflow_mlquality.sensors import QualitySensor
from tests.shell.runs import run_dag

BROKEN = {"version": 1, "contract": "people", "columns": {"age": {"betwen": {"min": 16}}}}
RETRIES = {"retries": 2, "retry_delay": timedelta(0)}
GOOD = "id,age,city\n1,21,Oslo\n"
BAD = "id,age,city\n1,98765,Oslo\n"
SLEEPING = [{}, {"deferrable": True}, {"mode": "reschedule"}]
"""How a sensor may wait."""


@pytest.fixture
def feed(tmp_path):
    """Where a feed will lie."""
    return tmp_path / "feed.csv"


class Delivery:
    """Writes a file as somebody else would: after a while, or once a DAG's sensor has measured what was there."""

    def __init__(self, path, text, once_measured=""):
        self.path, self.text = path, text
        self.waiting = store_from_config().root / "waiting" / once_measured if once_measured else None
        self.thread = threading.Thread(target=self.deliver)

    def deliver(self):
        time.sleep(0.7)
        while self.waiting and not list(self.waiting.rglob("[!.]*.json")):
            time.sleep(0.05)
        half = self.path.with_suffix(".half")
        half.write_text(self.text)
        half.replace(self.path)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.thread.join()


def reports_of(run, task_id="wait"):
    return store_from_config().report_addresses(run.dag_id, task_id, run.run_id)


def measurings_of(run, task_id="wait", try_number="1"):
    from airflow_mlquality.store import segment

    folder = ["waiting", *map(segment, (run.dag_id, task_id, run.run_id, "-1", try_number))]
    return store_from_config().addresses(folder)


# ---- what is waited for ----


@pytest.mark.parametrize("how", SLEEPING, ids=["poke", "deferrable", "reschedule"])
def test_a_source_that_is_good_is_not_waited_for(dag, good, contract, how):
    with dag:
        QualitySensor(task_id="wait", contract=contract, source=good, **how) >> EmptyOperator(task_id="train")

    run = run_dag(dag)

    assert run.states == {"train": "success", "wait": "success"}
    assert (run.xcom("wait")["outcome"], run.xcom("wait")["rows"]) == ("pass", 5)
    assert run.xcom("wait", "quality_report") == run.xcom("wait")
    assert reports_of(run) == [run.xcom("wait")["report"]]


@pytest.mark.parametrize("how", SLEEPING, ids=["poke", "deferrable", "reschedule"])
def test_a_source_that_is_not_there_is_waited_for_until_it_is_there_and_good(dag, feed, contract, how):
    with dag:
        QualitySensor(task_id="wait", contract=contract, source=str(feed), poke_interval=0.2, timeout=60, **how)

    with Delivery(feed, GOOD):
        run = run_dag(dag)

    assert run.states == {"wait": "success"}
    assert run.xcom("wait")["outcome"] == "pass"
    assert len(reports_of(run)) == 1


@pytest.mark.parametrize("how", SLEEPING, ids=["poke", "deferrable", "reschedule"])
def test_bad_data_is_measured_once_and_waited_out_until_it_is_delivered_anew(dag, feed, contract, how):
    feed.write_text(BAD)
    with dag:
        QualitySensor(task_id="wait", contract=contract, source=str(feed), poke_interval=0.1, timeout=60, **how)

    with Delivery(feed, GOOD, once_measured=dag.dag_id):
        run = run_dag(dag)

    assert run.states == {"wait": "success"}
    assert len(measurings_of(run)) == 1
    assert [store_from_config().read_report(each).outcome for each in reports_of(run)] == ["fail", "pass"]


def test_another_bad_delivery_is_measured_but_a_report_that_says_the_same_is_not_kept(dag, feed, contract):
    feed.write_text(BAD)
    with dag:
        QualitySensor(task_id="wait", contract=contract, source=str(feed), poke_interval=0.1, timeout=4)

    with Delivery(feed, BAD.replace("1,", "77,"), once_measured=dag.dag_id):
        run = run_dag(dag)

    assert run.states == {"wait": "failed"}
    assert (len(measurings_of(run)), len(reports_of(run))) == (2, 1)


def test_a_partition_is_waited_for_although_others_are_there(dag, tmp_path, contract):
    (tmp_path / "day=1").mkdir()
    (tmp_path / "day=1" / "a.csv").write_text(GOOD)
    (tmp_path / "day=2").mkdir()
    with dag:
        QualitySensor(
            task_id="wait",
            contract=contract,
            source=f"{tmp_path}/day=*/*.csv",
            partition={"day": 2},
            poke_interval=0.2,
            timeout=60,
        )

    with Delivery(tmp_path / "day=2" / "a.csv", GOOD):
        run = run_dag(dag)

    assert run.xcom("wait")["rows"] == 1


@pytest.mark.parametrize(("until", "state"), [("proceed", "success"), ("pass", "failed")])
def test_a_warning_is_good_enough_unless_every_check_has_to_pass(dag, bad, until, state):
    contract = {"version": 1, "contract": "p", "columns": {"age": {"between": {"max": 110, "warn": 0, "fail": 0.9}}}}
    with dag:
        QualitySensor(task_id="wait", contract=contract, source=bad, until=until, poke_interval=0.1, timeout=0.3)

    run = run_dag(dag)

    assert run.states == {"wait": state}
    assert run.xcom("wait", "quality_report")["outcome"] == "warn"


def test_an_unknown_word_for_until_is_refused_when_the_dag_is_parsed(good):
    with pytest.raises(ValueError, match=r"until='good': takes one of proceed, pass\."):
        QualitySensor(task_id="wait", contract={}, source=good, until="good")


def test_a_contract_that_is_edited_while_the_sensor_waits_is_seen(dag, bad, tmp_path):
    path = tmp_path / "people.yaml"
    path.write_text("version: 1\ncontract: people\ncolumns: {age: {between: {max: 110}}}\n")
    with dag:
        QualitySensor(task_id="wait", contract=str(path), source=bad, poke_interval=0.2, timeout=60)

    with Delivery(path, path.read_text().replace("110", "99999"), once_measured=dag.dag_id):
        run = run_dag(dag)

    assert run.states == {"wait": "success"}


def test_a_file_that_is_still_written_while_it_is_measured_has_not_passed(dag, feed, contract):
    feed.write_text("id,age,city\n1,21,Oslo\n")
    begun = threading.Event()

    def write_on():
        begun.wait()
        until = time.monotonic() + 4
        while time.monotonic() < until:
            with feed.open("a") as file:
                file.write("1,21,Oslo\n")
            time.sleep(0.005)

    with dag:
        QualitySensor(
            task_id="wait",
            contract=contract,
            source=str(feed),
            poke_interval=0.3,
            timeout=120,
            pre_execute=lambda _: begun.set(),
        )

    writing = threading.Thread(target=write_on)
    writing.start()
    run = run_dag(dag)
    writing.join()

    assert run.states == {"wait": "success"}
    assert run.xcom("wait")["rows"] == len(feed.read_text().splitlines()) - 1


@pytest.mark.parametrize("how", [{}, {"deferrable": True}], ids=str)
def test_a_table_is_measured_at_each_look_and_what_says_the_same_is_kept_once(
    dag, tmp_path, monkeypatch, contract, how
):
    path = tmp_path / "people.db"

    def write(age):
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS people (age INTEGER)")
            connection.execute("DELETE FROM people")
            connection.execute("INSERT INTO people VALUES (?)", [age])

    def mend():
        waiting = store_from_config().root / "waiting" / dag.dag_id
        while not list(waiting.rglob("[!.]*.json")):
            time.sleep(0.05)
        time.sleep(1)
        write(30)

    write(98765)
    monkeypatch.setenv("AIRFLOW_CONN_FILE", json.dumps({"conn_type": "sqlite", "host": str(path)}))
    source = Sql(conn_id="file", table="people")
    with dag:
        QualitySensor(task_id="wait", contract=contract, source=source, poke_interval=0.1, timeout=120, **how)

    mending = threading.Thread(target=mend)
    mending.start()
    run = run_dag(dag)
    mending.join()

    assert run.states == {"wait": "success"}
    assert (len(measurings_of(run)), len(reports_of(run))) == (1, 2)


# ---- how it ends ----


@pytest.mark.parametrize("how", SLEEPING, ids=["poke", "deferrable", "reschedule"])
@pytest.mark.parametrize(("soft_fail", "state"), [(False, "failed"), (True, "skipped")])
def test_a_timeout_fails_at_once_or_skips_and_says_what_the_last_report_found(
    dag, bad, contract, capsys, how, soft_fail, state
):
    with dag:
        QualitySensor(
            task_id="wait",
            contract=contract,
            source=bad,
            poke_interval=0.2,
            timeout=0.5,
            soft_fail=soft_fail,
            **RETRIES,
            **how,
        )

    run = run_dag(dag)

    assert (run.states, run.tries["wait"]) == ({"wait": state}, 1)
    told = capsys.readouterr().out
    assert "waited 0:00:00.500000 in vain. FAIL people: 1 fail, 2 pass of 3 checks on 3 rows; decision: stop; " in told
    assert "98765" not in told
    assert run.xcom("wait", "quality_report")["decision"] == "stop"


@pytest.mark.parametrize(
    "how",
    [
        *({name: True} for name in ("soft_fail", "never_fail", "silent_fail")),
        {"soft_fail": True, "deferrable": True},
        {"soft_fail": True, "mode": "reschedule"},
    ],
    ids=str,
)
def test_a_wrong_contract_fails_at_once_whatever_may_be_skipped_and_before_the_source_is_there(dag, feed, ended, how):
    with dag:
        QualitySensor(task_id="wait", contract=BROKEN, source=str(feed), on_failure_callback=ended, **RETRIES, **how)

    run = run_dag(dag)

    assert (run.states, run.tries["wait"]) == ({"wait": "failed"}, 1)
    assert type(ended.context["exception"]).__name__ == "WrongUsage"
    assert "unknown check 'betwen'" in str(ended.context["exception"])


def test_rows_in_memory_are_refused_for_they_never_change(dag, contract, ended):
    import pandas as pd

    with dag:
        QualitySensor(
            task_id="wait",
            contract=contract,
            source=pd.DataFrame({"age": [1]}),
            soft_fail=True,
            on_failure_callback=ended,
        )

    run = run_dag(dag)

    assert run.states == {"wait": "failed"}
    assert str(ended.context["exception"]) == (
        "source=<DataFrame in memory>: rows in memory never change, so that waiting is in vain. Use a gate"
    )


@pytest.mark.parametrize("how", SLEEPING, ids=["poke", "deferrable", "reschedule"])
def test_a_source_that_cannot_be_read_is_no_verdict_and_never_a_skip(dag, tmp_path, contract, ended, how):
    folder = tmp_path / "unreadable.parquet"
    folder.write_bytes(b"PAR1 no parquet at all")
    with dag:
        QualitySensor(
            task_id="wait",
            contract=contract,
            source=str(folder),
            poke_interval=0.2,
            timeout=0.5,
            soft_fail=True,
            on_failure_callback=ended,
            retries=1,
            retry_delay=timedelta(0),
            **how,
        )

    run = run_dag(dag)

    assert (run.states, run.tries["wait"]) == ({"wait": "failed"}, 2)
    assert type(ended.context["exception"]).__name__ == "InfrastructureError"


@pytest.mark.parametrize(("is_file", "error"), [(True, "UnreachableStoreError"), (False, "FileNotFoundError")])
def test_a_store_that_cannot_be_read_or_written_to_is_no_pass(dag, good, contract, tmp_path, ended, is_file, error):
    blocked = Path("/proc/nothing can be made here")
    if is_file:
        blocked = tmp_path / "file"
        blocked.write_text("a file where a folder is needed")
    with dag:
        QualitySensor(
            task_id="wait",
            contract=contract,
            source=good,
            store=str(blocked),
            poke_interval=0.1,
            timeout=0.3,
            soft_fail=True,
            on_failure_callback=ended,
        )

    run = run_dag(dag)

    assert run.states == {"wait": "failed"}
    assert f"could not look: {error}" in str(ended.context["exception"])


# ---- what it leaves ----


def test_outlets_are_published_when_the_source_is_good_and_only_then(dag, good, bad, contract):
    with dag:
        QualitySensor(task_id="wait", contract=contract, source=good, outlets=[Asset("good_people")])
        QualitySensor(
            task_id="in_vain",
            contract=contract,
            source=bad,
            poke_interval=0.1,
            timeout=0.2,
            soft_fail=True,
            outlets=[Asset("bad_people")],
        )

    run = run_dag(dag)

    assert [(name, extra["mlquality"]["outcome"]) for name, extra in run.events()] == [("good_people", "pass")]


def test_the_history_knows_one_run_as_what_it_was_in_the_end(dag, feed, contract):
    from airflow_mlquality.history import History

    feed.write_text(BAD)
    with dag:
        QualitySensor(task_id="wait", contract=contract, source=str(feed), poke_interval=0.1, timeout=60)

    with Delivery(feed, GOOD, once_measured=dag.dag_id):
        run_dag(dag)

    runs = list(History(store_from_config(), dag.dag_id, "wait").before())
    assert [(each.outcome, each.rows) for each in runs] == [("pass", 1)]


class Note(BaseNotifier):
    """Writes what it was told into a file."""

    template_fields = ("text",)

    def __init__(self, path: str, text: str = "{{ quality.headline }}") -> None:
        super().__init__()
        self.path = path
        self.text = text

    def notify(self, context):  # noqa: ARG002  Airflow's signature
        with Path(self.path).open("a") as file:
            file.write(f"{self.text}\n")


def test_notifiers_are_told_of_a_timeout_also_when_nothing_ever_came(dag, feed, contract, tmp_path):
    with dag:
        QualitySensor(
            task_id="wait",
            contract=contract,
            source=str(feed),
            poke_interval=0.1,
            timeout=0.3,
            soft_fail=True,
            notifiers=[Note(str(tmp_path / "notes.txt"))],
        )

    run = run_dag(dag)

    assert run.states == {"wait": "skipped"}
    (note,) = (tmp_path / "notes.txt").read_text().splitlines()
    assert note.startswith("ERROR people: ")
    assert run.xcom("wait", "quality_report")["rows"] is None


def test_a_deferred_sensor_that_wakes_within_seconds_is_warned_of(dag, feed, contract, capsys):
    with dag:
        QualitySensor(
            task_id="wait", contract=contract, source=str(feed), poke_interval=0.2, timeout=0.5, deferrable=True
        )

    run_dag(dag)

    assert "can be taken for a failed one by the scheduler" in capsys.readouterr().out


# ---- the trigger ----


def watch(**changed):
    from datetime import UTC, datetime

    from airflow_mlquality.triggers import SourceTrigger

    now = datetime.now(UTC)
    given = {
        "sources": [],
        "partition": {},
        "seen": "as it was",
        "poke_interval": 0.3,
        "started": now.isoformat(),
        "deadline": (now + timedelta(seconds=30)).isoformat(),
    }
    return SourceTrigger(**{**given, **changed})


def fired(trigger):
    """Return what a trigger fired, and after how many seconds."""
    import asyncio

    async def first():
        return await anext(trigger.run())

    begun = time.monotonic()
    event = asyncio.run(first())
    return event.payload, time.monotonic() - begun


def test_the_trigger_sleeps_before_its_first_look(feed):
    feed.write_text(GOOD)
    trigger = watch(sources=[str(feed)], seen="something else")

    payload, seconds = fired(trigger)

    assert payload == {"started": trigger.started}
    assert seconds >= 0.3


def test_the_trigger_sleeps_on_while_nothing_changes_and_fires_at_the_deadline(feed):
    from datetime import UTC, datetime

    from airflow_mlquality.sensors.seeing import as_one, seen_each

    feed.write_text(GOOD)
    deadline = (datetime.now(UTC) + timedelta(seconds=1.5)).isoformat()
    trigger = watch(sources=[str(feed)], seen=as_one(seen_each([str(feed)])), deadline=deadline)

    assert fired(trigger)[1] >= 1.4


def test_the_trigger_is_made_again_from_what_it_serializes():
    from airflow.sdk._shared.module_loading import import_string

    trigger = watch(sources=["s3://conn@bucket/day.parquet"], partition={"day": "1"})
    classpath, arguments = trigger.serialize()

    assert import_string(classpath)(**arguments).serialize() == (classpath, arguments)


def test_a_file_of_the_same_size_that_was_written_again_has_changed(feed):
    from airflow_mlquality.sensors.seeing import as_one, seen_each

    feed.write_text(GOOD)
    before = as_one(seen_each([str(feed)]))
    os.utime(feed, ns=(1, 1))

    assert as_one(seen_each([str(feed)])) != before
