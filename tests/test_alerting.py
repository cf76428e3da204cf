from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlquality.alerting import (
    LEVELS,
    Alert,
    Change,
    Instance,
    Ledger,
    Told,
    Trouble,
    bad_row,
    change_of,
    level_of,
    severity,
    worst_troubles,
)
from airflow_mlquality.history import Run
from airflow_mlquality.store import Store

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
levels = st.sampled_from(LEVELS)


def follow(states, *, cooldown=timedelta(0), step=DAY, told=None):
    """Let runs about one day after the other end in states; return what was told of each, and all messages."""
    told = [] if told is None else told
    changes = []
    for day, level in enumerate(states):
        at = NOON + day * DAY
        now = NOON + day * step
        change = change_of(told, level, at=at, run_id=str(day), now=now, cooldown=cooldown)
        changes.append(change)
        if change is not None:
            told.append(Told(level=level, at=at, run_id=str(day), sent_at=now))
    return changes, told


# ---- the rule ----


@given(st.lists(levels, max_size=30))
def test_no_state_is_told_twice_in_a_row(states):
    _, told = follow(states)

    assert all(first.level != second.level for first, second in pairwise(told))


@given(st.lists(levels, max_size=30))
def test_every_change_is_told_when_nothing_quiets_it(states):
    changes, _ = follow(states)

    before = ["good", *states]
    assert [change is not None for change in changes] == [a != b for a, b in zip(before, states, strict=False)]


@given(st.lists(levels, max_size=40), st.integers(0, 40), st.integers(0, 10))
def test_every_bad_state_that_was_told_has_its_recovery_told_once(states, cooldown, step):
    changes, told = follow(states, cooldown=timedelta(hours=cooldown), step=timedelta(hours=step))

    was_bad = False
    for level, change in zip(states, changes, strict=True):
        if level == "good":
            assert (change is Change.RECOVERED) == was_bad
            was_bad = False
        was_bad = was_bad or change in (Change.BAD, Change.WORSE, Change.BETTER)
    assert sum(each.level == "good" for each in told) == changes.count(Change.RECOVERED)


@given(st.lists(levels, min_size=1, max_size=30), st.data())
def test_a_rerun_that_ends_the_same_way_is_silent(states, data):
    _, told = follow(states)
    day = data.draw(st.integers(0, len(states) - 1))

    again = change_of(told, states[day], at=NOON + day * DAY, run_id=str(day), now=NOON + 99 * DAY)

    assert again is None


@given(st.lists(levels, max_size=30), st.integers(1, 30))
def test_within_the_cooldown_only_what_is_worse_than_all_that_was_told_and_recoveries_are_told(states, hours):
    cooldown = timedelta(hours=hours)
    _, told = follow(states, cooldown=cooldown, step=timedelta(hours=1))

    for number, each in enumerate(told):
        lately = [other for other in told[:number] if each.sent_at - other.sent_at < cooldown]
        assert each.level == "good" or all(severity(each.level) > severity(other.level) for other in lately)


def test_a_gate_that_flaps_is_heard_of_once_in_a_cooldown():
    changes, _ = follow(["fail", "good"] * 5, cooldown=timedelta(hours=24), step=timedelta(hours=1))

    assert changes == [Change.BAD, Change.RECOVERED, *[None] * 8]


def test_what_the_cooldown_kept_back_is_told_when_it_is_over_and_still_so():
    told = [
        Told(level="fail", at=NOON, run_id="a", sent_at=NOON),
        Told(level="good", at=NOON + timedelta(hours=1), run_id="b", sent_at=NOON + timedelta(hours=1)),
    ]
    late = NOON + timedelta(hours=5)

    def change(now):
        return change_of(told, "fail", at=late, run_id="c", now=now, cooldown=timedelta(hours=3))

    assert [change(NOON + timedelta(hours=2)), change(late)] == [None, Change.BAD]


def test_a_state_that_a_later_run_has_left_is_silent_unless_asked_for():
    def change(**options):
        return change_of([], "fail", at=NOON, run_id="a", now=NOON, is_newest=False, **options)

    assert [change(), change(tell_backfills=True)] == [None, Change.BAD]


def test_a_mapped_gate_gets_worse_at_once_and_better_only_when_all_is_known():
    told = [Told(level="warn", at=NOON - DAY, run_id="a", sent_at=NOON - DAY)]

    def change(level, *, is_complete):
        return change_of(told, level, at=NOON, run_id="b", now=NOON, is_complete=is_complete)

    assert change("fail", is_complete=False) is Change.WORSE
    assert change("good", is_complete=False) is None
    assert change("good", is_complete=True) is Change.RECOVERED


def test_another_run_about_the_same_moment_mends_nothing():
    told = [Told(level="fail", at=NOON, run_id="a", sent_at=NOON)]

    changes = [change_of(told, "good", at=NOON, run_id=run, now=NOON + DAY) for run in ("a", "b")]

    assert changes == [Change.RECOVERED, None]


@pytest.mark.parametrize(
    ("outcome", "stops", "least", "level"),
    [
        ("pass", False, "undecided", "good"),
        ("undecided", False, "undecided", "good"),
        ("undecided", True, "undecided", "undecided"),
        ("undecided", True, "warn", "good"),
        ("warn", False, "undecided", "warn"),
        ("warn", False, "fail", "good"),
        ("fail", False, "fail", "fail"),
        ("error", True, "error", "error"),
    ],
)
def test_how_bad_an_outcome_is(outcome, stops, least, level):
    assert level_of(outcome, stops=stops, least=least) == level


# ---- since when ----


def run(day, outcome):
    at = (NOON + day * DAY).isoformat()
    return Run(
        dag_id="d",
        task_id="t",
        map_index=-1,
        run_id=str(day),
        at=at,
        since=at,
        contract="c",
        digest="",
        outcome=outcome,
        decision="stop" if outcome == "fail" else "proceed",
        rows=1,
        report="",
        written_at=at,
    )


def test_a_row_of_bad_runs_begins_with_the_first_one_after_a_good_one():
    runs = [run(day, outcome) for day, outcome in enumerate(["fail", "pass", "warn", "fail", "fail"])]

    row = bad_row(reversed(runs))

    assert (row.since, row.runs, row.is_whole) == ((NOON + 2 * DAY).isoformat(), 3, True)
    assert bad_row(reversed(runs), least="fail").runs == 2


def test_a_row_that_has_no_end_is_said_to_be_longer():
    row = bad_row(run(-day, "fail") for day in range(1000))

    assert (row.runs, row.is_whole) == (300, False)


# ---- what is kept ----


def ledger(tmp_path, *, at=NOON, run_id="r", receiver="chat"):
    return Ledger(Store(str(tmp_path)), receiver, "d", "g.t", at=at, run_id=run_id)


def instance(index, level="fail", troubles=()):
    return Instance(
        map_index=index,
        level=level,
        headline="h",
        decision="stop",
        stops=True,
        report="",
        counts={"fail": 1},
        troubles=troubles,
    )


def test_what_was_told_is_read_back_by_the_moment_of_its_data(tmp_path):
    ledger(tmp_path, run_id="late").tell("good", {})
    ledger(tmp_path, at=NOON - DAY, run_id="early").tell("fail", {"text": "t"})

    told = ledger(tmp_path).told()

    assert [(each.level, each.at) for each in told] == [("fail", NOON - DAY), ("good", NOON)]
    assert told[1].run_id == ledger(tmp_path, run_id="late").run
    assert ledger(tmp_path, receiver="other").told() == []


def test_an_instance_that_ran_again_counts_as_it_ended_last(tmp_path):
    book = ledger(tmp_path)
    trouble = Trouble(id="a", check="unique", outcome="fail", observed=0.5, fail=(None, 0.1), interval=(0.4, 0.6))
    book.enter(instance(3, "fail", (trouble,)))
    book.enter(instance(4, "warn"))
    assert {index: level for index, (level, _) in book.levels().items()} == {3: "fail", 4: "warn"}
    assert book.instance(book.levels()[3][1]) == instance(3, "fail", (trouble,))

    book.enter(instance(3, "good"))

    assert {index: level for index, (level, _) in book.levels().items()} == {3: "good", 4: "warn"}


def test_one_claim_of_two_hundred_wins(tmp_path):
    books = [ledger(tmp_path) for _ in range(200)]
    with ThreadPoolExecutor(32) as pool:
        claims = list(pool.map(lambda book: book.claim("fail"), books))
        wins = list(
            pool.map(lambda each: each[0].wins(each[1], "fail", now=datetime.now(UTC)), zip(books, claims, strict=True))
        )

    assert wins.count(True) == 1
    assert claims[wins.index(True)] == min(claims)


def test_a_claim_holds_only_until_its_lease_ends_or_the_message_is_sent(tmp_path):
    book, now = ledger(tmp_path), datetime.now(UTC)
    book.claim("fail")
    assert book.is_claimed("fail", now=now)
    assert not book.is_claimed("warn", now=now)
    assert not book.is_claimed("fail", now=now + timedelta(minutes=11))

    book.tell("fail", {})

    assert not book.is_claimed("fail", now=now)


def test_names_that_are_not_ours_are_passed_over(tmp_path):
    book = ledger(tmp_path)
    address = book.tell("fail", {})
    folder = (tmp_path / address).parent
    for name in ("x.json", "20260101T120000000000Z~odd~r~20260101T120000000000Z-1.json", "a~fail~r~b-1.json"):
        (folder / name).write_text("{}")

    assert [each.level for each in book.told()] == ["fail"]


# ---- what is said ----


def test_a_check_that_fails_in_many_instances_is_told_once_as_where_it_is_worst():
    def trouble(outcome, observed, name="a"):
        return Trouble(id=name, check="unique", outcome=outcome, observed=observed)

    told = worst_troubles(
        [[trouble("warn", 0.9)], [trouble("fail", 0.2), trouble("warn", 0.1, "b")], [trouble("fail", 0.7)]]
    )

    assert [(each.id, each.outcome, each.observed, each.instances) for each in told] == [
        ("a", "fail", 0.7, 3),
        ("b", "warn", 0.1, 1),
    ]


def test_the_json_of_an_alert_names_its_format():
    alert = Alert(
        change="bad",
        level="fail",
        before="good",
        dag_id="d",
        task_id="t",
        run_id="r",
        contract="c",
        at="",
        headline="h",
        decision="stop",
        stops=True,
        troubles=(Trouble(id="a", check="unique", outcome="fail"),),
    )

    written = alert.to_json()

    assert (written["format"], written["troubles"][0]["id"]) == ("mlquality.alert/1", "a")
