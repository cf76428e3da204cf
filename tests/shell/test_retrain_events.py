"""A DAG that a gate's runs start: the trigger of an asset's watcher."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from airflow.triggers.base import BaseEventTrigger

from airflow_mlquality.history import Finding, History, Run
from airflow_mlquality.store import Store
from airflow_mlquality.triggers import QualityEventTrigger
from airflow_mlquality.triggers.news import Told

START = datetime(2026, 7, 1, tzinfo=UTC)
DRIFT = Finding(id="drift.air_time", check="drift", family="drift", outcome="fail")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "quality")


def remember(store, number, *, good=True, **changed):
    """Write what a gate leaves behind of its run about a day."""
    at = (START + timedelta(days=number)).isoformat()
    run = {
        "dag_id": "flights",
        "task_id": "gate",
        "map_index": -1,
        "run_id": f"run-{number}",
        "at": at,
        "since": at,
        "contract": "flights",
        "digest": "aaaa",
        "outcome": "pass" if good else "fail",
        "decision": "proceed" if good else "stop",
        "rows": 100,
        "report": f"runs/{number}.json",
        "written_at": at,
        "findings": () if good else (DRIFT,),
    }
    History(store, "flights", "gate").remember(Run(**{**run, **changed}))


class Watch:
    """A trigger that runs in a triggerer of its own, until it is stopped."""

    def __init__(self, store, on="passed"):
        self.trigger = QualityEventTrigger(
            dag_id="flights", task_id="gate", on=on, store=str(store.root), poke_interval=0.01
        )

    def told(self, *, within=0.4):
        """Return the ids of the runs that it fires for from its start until it was quiet for a while."""

        async def listen():
            heard = []
            events = self.trigger.run()
            while True:
                try:
                    event = await asyncio.wait_for(anext(events), within)
                except TimeoutError:
                    return heard
                heard.append(event.payload)

        return [each["run_id"] for each in asyncio.run(listen())]


def test_runs_that_were_there_before_it_watched_are_not_told(store):
    remember(store, 1)

    assert Watch(store).told() == []


@pytest.mark.parametrize(
    ("on", "told"), [("passed", ["run-1", "run-4"]), ("failed", ["run-2", "run-3"]), ("recovered", ["run-4"])]
)
def test_each_run_is_told_once_by_what_became_of_it_also_after_a_restart(store, on, told):
    assert Watch(store, on).told() == []
    for number, good in {1: True, 2: False, 3: False, 4: True}.items():
        remember(store, number, good=good)

    assert Watch(store, on).told() == told
    assert Watch(store, on).told() == []


def test_a_run_that_ended_while_the_triggerer_was_down_is_told(store):
    Watch(store).told()
    remember(store, 1)

    assert Watch(store).told() == ["run-1"]


def test_a_rerun_is_told_when_it_becomes_good_and_never_twice(store):
    Watch(store).told()
    remember(store, 1, good=False)
    assert Watch(store).told() == []

    remember(store, 1)
    remember(store, 1)
    assert Watch(store).told() == ["run-1"]

    remember(store, 1)
    assert Watch(store).told() == []


def test_a_backfilled_run_about_an_earlier_day_is_told(store):
    Watch(store).told()
    remember(store, 9)
    remember(store, 3)

    assert Watch(store).told() == ["run-9", "run-3"]


def test_an_error_is_neither_a_pass_nor_a_failure_and_no_run_to_recover_from(store):
    for on in ("passed", "failed", "recovered"):
        Watch(store, on).told()
    remember(store, 1)
    remember(store, 2, outcome="error", decision="stop", rows=None)
    remember(store, 3)

    assert Watch(store, "failed").told() == []
    assert Watch(store, "recovered").told() == []
    assert Watch(store).told() == ["run-1", "run-3"]


def test_the_event_says_which_run_it_was_and_where_its_report_lies(store):
    Watch(store).told()
    remember(store, 1)

    async def first():
        return await anext(Watch(store).trigger.run())

    assert asyncio.run(first()).payload == {
        "on": "passed",
        "dag_id": "flights",
        "task_id": "gate",
        "map_index": -1,
        "run_id": "run-1",
        "at": (START + timedelta(days=1)).isoformat(),
        "contract": "flights",
        "outcome": "pass",
        "decision": "proceed",
        "rows": 100,
        "report": "runs/1.json",
    }


def test_a_store_that_cannot_be_read_is_asked_again(store):
    Watch(store).told()
    folder = store.root / "history"
    folder.symlink_to(folder)
    assert Watch(store).told() == []

    folder.unlink()
    remember(store, 1)
    assert Watch(store).told() == ["run-1"]


def test_a_run_whose_document_cannot_be_read_is_left_out(store):
    Watch(store).told()
    store.write_document(["history", "flights", "gate", "-1", "20260702T000000000000Z~run-1"], "{")
    remember(store, 2)

    assert Watch(store).told() == ["run-2"]


def test_a_document_that_is_written_by_a_clock_that_is_behind_is_new_all_the_same():
    told = Told().reading(["20260701T120000000000Z-a.json"])

    assert told.is_new("20260701T115500000000Z-b.json")
    assert not told.is_new("20260701T114500000000Z-b.json")
    assert not told.reading(["20260701T115500000000Z-b.json"]).is_new("20260701T115500000000Z-b.json")
    assert Told.from_json(told.to_json()) == told


def test_events_come_apart_and_a_triggerer_that_dies_between_them_misses_none(store):
    """Airflow makes one run of events that come at once, and tells it of the first alone."""
    Watch(store).told()
    for number in (1, 2, 3):
        remember(store, number)

    async def listen_to_two():
        trigger = QualityEventTrigger(dag_id="flights", task_id="gate", store=str(store.root), poke_interval=0.3)
        events = trigger.run()
        heard = [(await anext(events)).payload["run_id"]]
        began = time.monotonic()
        heard.append((await anext(events)).payload["run_id"])
        await events.aclose()
        return heard, time.monotonic() - began

    heard, apart = asyncio.run(listen_to_two())

    assert heard == ["run-1", "run-2"]
    assert apart >= 0.3
    assert Watch(store).told() == ["run-3"]


def test_airflow_knows_the_same_watch_by_the_same_hash():
    one, same = (QualityEventTrigger(dag_id="flights", task_id="gate") for _ in range(2))
    other = QualityEventTrigger(dag_id="flights", task_id="gate", on="failed")

    assert BaseEventTrigger.hash(*one.serialize()) == BaseEventTrigger.hash(*same.serialize())
    assert BaseEventTrigger.hash(*one.serialize()) != BaseEventTrigger.hash(*other.serialize())
    classpath, arguments = other.serialize()
    assert QualityEventTrigger(**arguments).serialize() == (classpath, arguments)


def test_an_unknown_word_is_refused_when_the_dag_is_parsed():
    with pytest.raises(ValueError, match="on='pass': takes one of passed, failed, recovered"):
        QualityEventTrigger(dag_id="flights", task_id="gate", on="pass")
