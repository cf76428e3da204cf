from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlquality.errors import StoreError, UsageError
from airflow_mlquality.history import Finding, Run
from airflow_mlquality.retraining import (
    Age,
    ContractChanged,
    Drifted,
    Firing,
    Gate,
    LabelsShifted,
    NewLabels,
    Underperformed,
    decide_retraining,
    reach,
)
from airflow_mlquality.retraining.firings import Firings
from airflow_mlquality.store import Store

GATE = "flights/gate"
START = datetime(2026, 7, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def finding(id_: str, check: str = "drift", family: str = "drift", outcome: str = "fail") -> Finding:
    return Finding(id=id_, check=check, family=family, outcome=outcome)


DRIFT = finding("drift.air_time")


def run_at(number: float, *findings: Finding, **changed) -> Run:
    at = day(number).isoformat()
    given_ = {
        "dag_id": "flights",
        "task_id": "gate",
        "map_index": -1,
        "run_id": f"run-{number}",
        "at": at,
        "since": at,
        "contract": "flights",
        "digest": "aaaa",
        "outcome": "fail" if findings else "pass",
        "decision": "proceed",
        "rows": 100,
        "report": f"runs/{number}.json",
        "written_at": at,
        "findings": findings,
    }
    return Run(**{**given_, **changed})


def fired_at(number: float, **changed) -> Firing:
    given_ = {
        "name": "model",
        "dag_id": "retrain",
        "task_id": "sensor",
        "run_id": f"run-{number}",
        "map_index": -1,
        "at": day(number).isoformat(),
        "reason": "drift",
        "evidence": (),
        "address": f"retraining/model/{number}.json",
    }
    return Firing(**{**given_, **changed})


def decided(runs, conditions, firings=(), at=30.0, **how):
    return decide_retraining({GATE: runs}, conditions, firings, day(at), **how)


# ---- conditions ----


@pytest.mark.parametrize(("bad", "fires"), [([5], False), ([4, 5], False), ([1, 3, 5], True), ([-4, 4, 5], False)])
def test_drift_has_to_last_for_k_of_the_last_n_runs(bad, fires):
    numbers = sorted({*range(1, 6), *bad})
    runs = [run_at(number, *([DRIFT] if number in bad else [])) for number in numbers]

    assert decided(runs, [Drifted(persistence=(3, 5))]).fires is fires


def test_the_reason_says_how_often_since_when_and_which_checks():
    runs = [run_at(1), run_at(2, DRIFT), run_at(3), run_at(4, DRIFT, finding("drift.origin", outcome="warn"))]

    decision = decided(runs, [Drifted(persistence=(2, 4))])

    count = "drift in 2 of the last 4 runs of flights/gate, 2 of 4 needed"
    assert decision.reason == f"{count}: drift.air_time, drift.origin"
    (evidence,) = decision.evidence
    assert evidence.since == day(2).isoformat()
    assert [run["report"] for run in evidence.runs] == ["runs/4.json", "runs/2.json"]


@pytest.mark.parametrize(("at_least", "fires"), [("warn", True), ("fail", False)])
def test_a_warning_counts_unless_only_failures_do(at_least, fires):
    runs = [run_at(1, finding("drift.origin", outcome="warn"))]

    assert decided(runs, [Drifted(at_least=at_least)]).fires is fires


@pytest.mark.parametrize("outcome", ["undecided", "error"])
def test_what_was_not_decided_is_no_drift(outcome):
    assert not decided([run_at(1, finding("drift.origin", outcome=outcome))], [Drifted()]).fires


def test_a_run_whose_source_could_not_be_read_neither_speaks_for_it_nor_against_it():
    unread = [run_at(number, rows=None, outcome="error") for number in (2, 3, 4)]
    runs = [run_at(1, DRIFT), *unread, run_at(5, DRIFT)]

    decision = decided(runs, [Drifted(persistence=(2, 2))])

    assert decision.fires
    assert decision.reason.startswith("drift in 2 of the last 2 runs")


@pytest.mark.parametrize(
    ("condition", "found", "fires"),
    [
        (LabelsShifted(), finding("labels.prior", "prior", "labels"), True),
        (LabelsShifted(), finding("labels.label_shift", "label_shift", "labels"), True),
        (LabelsShifted(), DRIFT, False),
        (Drifted(checks=("drift.air_*",)), DRIFT, True),
        (Drifted(checks="drift.air_time"), DRIFT, True),
        (Drifted(checks=("drift.origin",)), DRIFT, False),
        (Underperformed(), finding("kpi.error", "kpi", "volume"), True),
        (Underperformed(), finding("kpi.error", "kpi", "volume", "warn"), False),
        (Underperformed(), DRIFT, False),
        (Underperformed(checks=("brier",)), finding("brier", "between", "values"), True),
    ],
)
def test_a_condition_looks_at_checks_of_its_kind(condition, found, fires):
    assert decided([run_at(1, found)], [condition]).fires is fires


def test_a_contract_that_changed_is_a_reason_and_one_that_changed_back_is_none():
    runs = [run_at(1), run_at(2, digest="bbbb"), run_at(3, digest="bbbb")]

    decision = decided(runs, [ContractChanged()])

    assert decision.reason == "the contract of flights/gate changed from aaaa to bbbb"
    assert decision.evidence[0].since == day(2).isoformat()
    assert decision.digests == {GATE: "bbbb"}
    assert not decided([*runs, run_at(4)], [ContractChanged()]).fires


def test_a_contract_is_compared_with_that_of_the_last_firing():
    runs = [run_at(5, digest="bbbb")]

    assert decided(runs, [ContractChanged()], [fired_at(4, digests={GATE: "aaaa"})]).fires
    assert not decided(runs, [ContractChanged()], [fired_at(4, digests={GATE: "bbbb"})]).fires


def test_rows_count_as_new_labels_only_where_the_gate_was_passed_and_since_the_last_firing():
    runs = [run_at(1), run_at(3), run_at(4, decision="stop", outcome="fail"), run_at(5, rows=None), run_at(6)]

    decision = decided(runs, [NewLabels(rows=200)], [fired_at(2)])

    assert decision.reason == "200 new rows in 2 good runs of flights/gate, 200 needed"
    assert not decided(runs, [NewLabels(rows=201)], [fired_at(2)]).fires


@pytest.mark.parametrize(
    ("since", "firings", "fires"),
    [
        (None, [], False),
        (day(1), [], True),
        (day(1), [fired_at(25)], False),
        (day(25), [], False),
        (None, [fired_at(1)], True),
    ],
)
def test_age_counts_from_the_last_training_that_is_known(since, firings, fires):
    decision = decide_retraining({}, [Age(after=timedelta(days=20), since=since)], firings, day(30))

    assert decision.fires is fires


def test_an_unknown_age_is_told():
    assert "Give since=" in decide_retraining({}, [Age(after=timedelta(days=20))], [], day(30)).reason


# ---- any and all ----


def test_all_conditions_have_to_be_met_at_once_when_all_are_needed():
    conditions = [Drifted(), NewLabels(rows=300)]
    two = [run_at(1), run_at(2, DRIFT, outcome="warn")]

    assert decided(two, conditions).fires
    assert not decided(two, conditions, need="all").fires
    decision = decided([run_at(0), *two], conditions, need="all")
    assert decision.fires
    assert [each.condition for each in decision.evidence] == ["drift", "new_labels"]


def test_each_watched_gate_is_judged_by_itself_unless_one_is_named():
    runs = {"a/gate": [run_at(1), run_at(2)], "b/gate": [run_at(1, DRIFT), run_at(2, DRIFT)]}

    assert decide_retraining(runs, [Drifted(persistence=(2, 2))], [], day(3)).evidence[0].gate == "b/gate"
    assert not decide_retraining(runs, [Drifted(gate="a/gate")], [], day(3)).fires


def test_a_gate_of_which_no_run_is_known_is_named():
    decision = decide_retraining({GATE: [run_at(1)], "b/gate": []}, [Drifted()], [], day(3))

    assert not decision.fires
    assert decision.reason.endswith("no new runs of b/gate are known up to 2026-07-04T00:00:00+00:00")


# ---- what was done before ----


def test_evidence_that_led_to_a_firing_is_consumed():
    runs = [run_at(1, DRIFT), run_at(2, DRIFT)]

    assert decided(runs, [Drifted()]).fires
    assert not decided(runs, [Drifted()], [fired_at(2)]).fires


def test_persistence_begins_anew_after_a_firing():
    runs = [run_at(number, DRIFT) for number in (1, 2, 3, 4)]

    assert not decided(runs, [Drifted(persistence=(3, 5))], [fired_at(3)]).fires


def test_runs_about_later_moments_do_not_count():
    assert not decided([run_at(5, DRIFT)], [Drifted()], at=4).fires


def test_what_the_cooldown_holds_back_is_not_lost():
    runs, before = [run_at(5, DRIFT)], [fired_at(4)]
    how = {"cooldown": timedelta(days=7)}

    held = decided(runs, [Drifted()], before, at=5, **how)

    assert not held.fires
    assert held.reason.startswith("held back by the cooldown until 2026-07-12T00:00:00+00:00: drift in 1 of")
    assert decided(runs, [Drifted()], before, at=11, **how).fires


def test_a_budget_holds_back_until_its_period_has_passed():
    before = [fired_at(1), fired_at(3)]
    how = {"budget": (2, timedelta(days=10))}

    held = decided([run_at(5, DRIFT)], [Drifted()], before, at=5, **how)

    assert held.reason.startswith("held back by the budget of 2 in 10 days until 2026-07-12T00:00:00+00:00: ")
    assert decided([run_at(5, DRIFT)], [Drifted()], before, at=11, **how).fires


def test_a_backfill_of_days_before_a_firing_does_not_fire():
    decision = decided([run_at(2, DRIFT)], [Drifted()], [fired_at(5)], at=3)

    assert decision.reason == f"it fired for {day(5).isoformat()} already, which is not before {day(3).isoformat()}"


# ---- wrong use ----


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: decided([], []), "there are no conditions"),
        (lambda: decided([], [Drifted()], need="some"), "need='some': takes one of any, all"),
        (lambda: decided([], [Drifted(gate="flight/gate")]), "Did you mean 'flights/gate'"),
        (lambda: decide_retraining({}, [Drifted()], [], day(1)), "no gate is watched"),
        (lambda: Drifted(persistence=(3, 2)), r"persistence=\(3, 2\)"),
        (lambda: Drifted(persistence=(0, 2)), r"persistence=\(0, 2\)"),
        (lambda: Drifted(at_least="error"), "at_least='error': takes one of warn, fail"),
        (lambda: Gate.of("gate"), "write dag_id/task_id"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, message):
    with pytest.raises(UsageError, match=message):
        wrong()


def test_only_as_many_runs_are_read_as_the_conditions_look_at():
    assert reach([Drifted(persistence=(2, 5)), Age(after=timedelta(1))]) == 20
    assert reach([Drifted(), NewLabels(rows=1)]) is None


# ---- laws ----

CONDITIONS = st.sampled_from(
    [
        [Drifted()],
        [Drifted(persistence=(2, 3))],
        [NewLabels(rows=250)],
        [ContractChanged()],
        [Drifted(persistence=(2, 4)), NewLabels(rows=300), Age(after=timedelta(days=9), since=START)],
    ]
)
RUNS = st.lists(
    st.builds(
        lambda number, has_drifted, digest: run_at(number, *([DRIFT] * has_drifted), digest=digest, outcome="warn"),
        st.integers(0, 40),
        st.booleans(),
        st.sampled_from(["aaaa", "bbbb"]),
    ),
    max_size=30,
    unique_by=lambda run: run.at,
)
MOMENTS = st.lists(st.integers(0, 45), min_size=1, max_size=30)
"""For which days it is asked, in any order, as backfills and reruns would."""


def played(runs, conditions, moments, **how):
    """Return the firings and what each consumed, of a sensor that is asked again and again."""
    firings, consumed = [], []
    for moment in moments:
        decision = decided(runs, conditions, firings, at=moment, **how)
        if decision.fires:
            firings.append(fired_at(moment, digests=decision.digests))
            consumed.append([run["run_id"] for evidence in decision.evidence for run in evidence.runs])
    return firings, consumed


@given(RUNS, CONDITIONS, MOMENTS, st.sampled_from(["any", "all"]))
def test_no_run_is_evidence_of_two_firings(runs, conditions, moments, need):
    _, consumed = played(runs, conditions, moments, need=need)
    named = [run_id for each in consumed for run_id in set(each)]

    assert len(named) == len(set(named))


@given(RUNS, CONDITIONS, MOMENTS, st.integers(1, 12))
def test_it_never_fires_within_the_cooldown(runs, conditions, moments, days):
    firings, _ = played(runs, conditions, moments, cooldown=timedelta(days=days))
    at = sorted(firing.moment for firing in firings)

    assert all(later - earlier >= timedelta(days=days) for earlier, later in pairwise(at))


@given(RUNS, CONDITIONS, MOMENTS, st.integers(0, 3), st.integers(1, 20))
def test_it_never_fires_beyond_the_budget(runs, conditions, moments, count, days):
    firings, _ = played(runs, conditions, moments, budget=(count, timedelta(days=days)))
    at = [firing.moment for firing in firings]

    assert all(sum(last - timedelta(days=days) < each <= last for each in at) <= count for last in at)


@given(RUNS, CONDITIONS, MOMENTS, st.randoms())
def test_the_order_in_which_runs_are_listed_does_not_matter(runs, conditions, moments, random):
    mixed = list(runs)
    random.shuffle(mixed)

    assert played(mixed, conditions, moments) == played(runs, conditions, moments)


@given(RUNS, CONDITIONS, st.lists(st.integers(0, 45), unique=True, max_size=20))
def test_asking_again_for_the_same_days_changes_nothing(runs, conditions, moments):
    once = played(runs, conditions, sorted(moments))

    assert played(runs, conditions, [*sorted(moments), *sorted(moments)]) == once


# ---- firings in a store ----


def unwritten(number: float, **changed) -> Firing:
    return fired_at(number, address="", **changed)


def test_a_firing_that_was_kept_is_read_as_it_was(tmp_path):
    firings = Firings(Store(tmp_path), "model/a")

    kept = firings.claim(unwritten(1, digests={GATE: "aaaa"}, evidence=({"condition": "drift"},)), ())

    assert Firings(Store(tmp_path), "model/a").all() == [kept]
    assert Firings(Store(tmp_path), "model").all() == []


def test_a_claim_that_did_not_know_of_another_is_withdrawn_and_the_other_stays(tmp_path):
    one, two = Firings(Store(tmp_path), "model"), Firings(Store(tmp_path), "model")
    known_to_both = two.all()

    first = one.claim(unwritten(1, run_id="a"), known_to_both)

    assert two.claim(unwritten(1, run_id="b"), known_to_both) is None
    assert one.all() == two.all() == [first]


def test_a_claim_that_knows_the_other_is_no_rival(tmp_path):
    firings = Firings(Store(tmp_path), "model")
    first = firings.claim(unwritten(1), ())

    second = firings.claim(unwritten(9), firings.all())

    assert firings.all() == [first, second]
    assert firings.settled(first) == first


def test_of_many_sensors_at_once_one_fires_and_never_two(tmp_path):
    runs, won = [run_at(1, DRIFT)], []
    start = threading.Barrier(6)

    def sensor(number):
        pause = Random(number)  # noqa: S311  so that two that wait do not meet again
        firings = Firings(Store(tmp_path), "model")
        start.wait()
        while not won:
            known = firings.all()
            if decided(runs, [Drifted()], known, at=2).fires:
                claimed = firings.claim(unwritten(2, run_id=f"s{number}"), known)
                won.extend([claimed] if claimed else [])
            time.sleep(pause.uniform(0.01, 0.3))

    threads = [threading.Thread(target=sensor, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert won == Firings(Store(tmp_path), "model").all()
    assert len(won) == 1


def test_firings_are_claimed_on_an_object_store_as_on_a_disk():
    from upath import UPath

    root = UPath("memory://retraining-of-a-test")
    one, two = Firings(Store(root), "model"), Firings(Store(root), "model")
    assert one.all() == two.all() == []

    first = one.claim(unwritten(1, run_id="a"), ())

    assert two.claim(unwritten(1, run_id="b"), ()) is None
    assert two.all() == [first]
    assert two.claim(unwritten(9), two.all()) is not None


@pytest.mark.parametrize("text", ["{", '{"format":"mlquality.firing/9"}', '{"format":"mlquality.firing/1"}'])
def test_a_firing_that_cannot_be_read_is_an_error_and_never_forgotten(tmp_path, text):
    store = Store(tmp_path)
    Firings(store, "model").claim(unwritten(1), ())
    store.write_document(["retraining", "model"], text)

    with pytest.raises(StoreError, match="is damaged"):
        Firings(store, "model").all()


def test_a_firing_says_what_it_was_when_written_as_json():
    firing = fired_at(1)

    assert Firing.from_json(firing.to_json(), firing.address) == firing
    assert replace(firing, at=day(2).isoformat()).moment == day(2)
