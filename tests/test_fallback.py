"""Down at once, up again only after several good runs; and what cannot be known is never trusted."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_mlquality.decision import decide
from airflow_mlquality.errors import StoreError
from airflow_mlquality.fallback import Candidate, Choices, Condition, Evidence, Health, Memory, Record, choose
from airflow_mlquality.report import ContractInfo, Report
from airflow_mlquality.store import Store
from airflow_mlquality.verdict import Outcome, Verdict
from tests.builders import profile

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MODELS = ("champion", "previous", "baseline", "people")


def verdict(outcome: str, check: str = "drift", family: str = "drift", id_: str = "") -> Verdict:
    return Verdict(
        id=id_ or f"age.{check}", check=check, family=family, place="age", outcome=Outcome(outcome), reason=outcome
    )


def report(*verdicts: Verdict) -> Report:
    return Report(
        contract=ContractInfo(name="served"),
        profile=profile(),
        verdicts=verdicts,
        decision=decide(verdicts),
        started_at=FIRST.isoformat(),
    )


def evidence(*verdicts: Verdict, gate: str = "gate", **more: Any) -> Evidence:
    return Evidence(reports={gate: [report(*verdicts)]}, **more)


# ---- conditions ----


@pytest.mark.parametrize(
    ("condition", "outcome", "trusted"),
    [
        (Condition(), "pass", True),
        (Condition(), "warn", True),
        (Condition(), "fail", False),
        (Condition(), "error", False),
        (Condition(gates=["gate"]), "pass", True),
        (Condition(gates=["other"]), "pass", False),
        (Condition(families=["drift"]), "warn", True),
        (Condition(families=["drift"]), "undecided", False),
        (Condition(families=["drift"], outcomes=["pass", "undecided"]), "undecided", True),
        (Condition(families=["drift"], outcomes=["pass"]), "warn", False),
        (Condition(families=["labels"]), "pass", False),
        (Condition(checks=["drift"]), "fail", False),
        (Condition(checks=["drift"], families=["labels"]), "pass", False),
        (Condition(ids=["age.drift"]), "pass", True),
        (Condition(ids=["income.drift"]), "pass", False),
        (Condition(outcomes=["fail", "pass"]), "fail", True),
    ],
)
def test_a_condition_holds_when_the_verdicts_it_names_are_good(
    condition: Condition, outcome: str, trusted: bool
) -> None:
    assert (Candidate("champion", when=condition).distrust(evidence(verdict(outcome))) == "") is trusted


def test_a_condition_looks_past_what_the_gate_decided_when_it_names_verdicts() -> None:
    found = evidence(verdict("pass"), verdict("fail", "null_share", "completeness"))

    assert Condition(families=["drift"]).unmet(found) == ""
    assert Condition().unmet(found) == "gate 'gate' decided to stop (fail), because of age.null_share"


def test_every_condition_and_every_report_of_a_gate_must_hold() -> None:
    parts = Evidence(reports={"gate": [report(verdict("pass")), report(verdict("fail"))]})

    assert Condition().unmet(parts) == "gate 'gate' decided to stop (fail), because of age.drift"
    both = Candidate("champion", when=[Condition(families=["drift"]), Condition(families=["labels"])])
    assert both.distrust(evidence(verdict("pass"))) == (
        "there is no evidence of gate 'gate': its report has no verdict of family labels"
    )


def test_no_evidence_is_never_trusted() -> None:
    needs = Candidate("champion", when=Condition())

    assert needs.distrust(Evidence()) == "no gate was given whose verdicts could be looked at"
    assert needs.distrust(Evidence(missing={"gate": "it left no report"})) == (
        "there is no evidence of gate 'gate': it left no report"
    )
    some = evidence(verdict("pass"), missing={"gate": "only 1 of its 2 mapped instances left a report"})
    assert needs.distrust(some).endswith("only 1 of its 2 mapped instances left a report")
    assert Candidate("champion", health="its own").distrust(Evidence()) == "nobody asked for its health"
    assert Candidate("people").distrust(Evidence()) == ""


def test_many_bad_verdicts_are_counted() -> None:
    found = evidence(*(verdict("fail", id_=f"c{n}.drift") for n in range(5)))

    assert Condition(checks="drift").unmet(found) == (
        "gate 'gate': c0.drift is fail, c1.drift is fail, c2.drift is fail and 2 more"
    )


# ---- choosing ----


def models(*names: str) -> list[Candidate]:
    return [Candidate(name, health="its own", ref=place) for place, name in enumerate(names or MODELS)]


def up(*names: str) -> Evidence:
    return Evidence(health={name: Health(is_good=name in names, why=f"{name} is down") for name in MODELS})


def test_the_first_choice_is_the_first_that_can_be_trusted() -> None:
    choice = choose(models(), up("previous", "people"))

    assert (choice.name, choice.ref, choice.before, choice.is_switch) == ("previous", 1, "", False)
    assert choice.trusted() == ["previous", "people"]
    assert [each.why_not for each in choice.assessments] == ["champion is down", "", "baseline is down", ""]


def test_down_at_once_and_past_better_ones_that_have_not_had_their_good_runs() -> None:
    choice = choose(models(), up("champion", "people"), Memory(serving="previous"), back_after=3)

    assert (choice.name, choice.is_switch) == ("people", True)
    assert choice.reason == "down from 'previous' at once: previous is down"


def test_a_better_one_comes_back_after_its_good_runs_in_a_row() -> None:
    def after(*earlier: str) -> str:
        memory = Memory(serving="baseline", trusted=[frozenset([name]) for name in earlier])
        return choose(models(), up("champion", "baseline"), memory, back_after=3).name

    assert after() == "baseline"
    assert after("champion") == "baseline"
    assert after("champion", "previous", "champion") == "baseline"
    assert after("champion", "champion") == "champion"


def test_when_nothing_behind_can_be_trusted_a_better_one_is_taken_rather_than_none() -> None:
    choice = choose(models(), up("champion"), Memory(serving="people"), back_after=9)

    assert choice.name == "champion"
    assert choice.reason.startswith("'people' cannot be trusted (people is down), and nothing behind it can")


def test_without_one_that_can_be_trusted_none_is_chosen() -> None:
    choice = choose(models(), up(), Memory(serving="champion"))

    assert (choice.name, choice.ref, choice.is_switch) == ("", None, False)


def test_one_that_is_no_candidate_any_more_makes_way() -> None:
    choice = choose(models(), up("champion"), Memory(serving="gone"), back_after=5)

    assert choice.name == "champion"
    assert choice.reason.startswith("'gone', which served, is no candidate any more")


# ---- laws ----


def play(days: Sequence[frozenset[int]], number: int, back_after: int, *, last_always: bool) -> list[tuple[int, int]]:
    """Choose on each day, given which could be trusted; return (from, to) of each day."""
    names = [str(place) for place in range(number)]
    candidates = [Candidate(name, health="its own") for name in names]
    memory, places = Memory(), []
    for day in days:
        good = day | {number - 1} if last_always else day
        health = {name: Health(is_good=int(name) in good, why="down") for name in names}
        choice = choose(candidates, Evidence(health=health), memory, back_after=back_after)
        before = int(memory.serving) if memory.serving else -1
        places.append((before, int(choice.name) if choice.name else -1))
        memory = Memory(
            serving=choice.name or memory.serving, trusted=[frozenset(choice.trusted()), *memory.trusted][:back_after]
        )
    return places


DAYS = st.lists(st.frozensets(st.integers(0, 3)), min_size=1, max_size=40)


@settings(max_examples=300)
@given(DAYS, st.integers(1, 4), st.integers(1, 5))
def test_whatever_the_verdicts_a_worse_one_is_never_left_before_its_good_runs(
    days: list[frozenset[int]], number: int, back_after: int
) -> None:
    for day, (before, after) in enumerate(play(days, number, back_after, last_always=True)):
        good = days[day] | {number - 1}
        assert after in good, "what cannot be trusted never serves"
        if before >= 0 and after < before:
            assert day + 1 >= back_after
            assert all(after in days[each] for each in range(day + 1 - back_after, day + 1))
        if after > before >= 0:
            assert before not in good, "down only when it must"


@settings(max_examples=300)
@given(DAYS, st.integers(2, 4), st.integers(1, 5))
def test_whatever_the_verdicts_the_switches_are_bounded(
    days: list[frozenset[int]], number: int, back_after: int
) -> None:
    """One that was left downwards needs a bad day and then `back_after` good ones before it is climbed back to."""
    places = play(days, number, back_after, last_always=True)
    climbs = [after for before, after in places if before > after >= 0]
    falls = sum(after > before >= 0 for before, after in places)
    most = -(-len(days) // (back_after + 1))

    for place in range(number - 1):
        assert climbs.count(place) <= most
    assert len(climbs) <= (number - 1) * most
    climbed = sum(before - after for before, after in places if before > after >= 0)
    assert falls <= climbed + number - 1
    if number == 2:
        assert falls <= len(climbs) + 1


@settings(max_examples=200)
@given(DAYS, st.integers(1, 4), st.integers(1, 5))
def test_whatever_the_verdicts_what_serves_can_be_trusted_or_nothing_is_chosen(
    days: list[frozenset[int]], number: int, back_after: int
) -> None:
    for day, (_, after) in zip(days, play(days, number, back_after, last_always=False), strict=True):
        good = {place for place in day if place < number}
        assert (after in good) if good else after == -1


# ---- memory ----


def remember(choices: Choices, day: int, candidate: str, *, state: str = "applied", run: str = "", **more: Any) -> None:
    choices.write(
        Record(
            name="model",
            at=(FIRST + timedelta(days=day)).isoformat(),
            run_id=run or f"day-{day}",
            candidate=candidate,
            ref=None,
            reason="",
            state=state,
            **{"trusted": (candidate,), **more},
        )
    )


def at(day: int) -> datetime:
    return FIRST + timedelta(days=day)


@pytest.fixture
def choices(tmp_path: Path) -> Choices:
    return Choices(Store(tmp_path), "model")


def test_a_record_comes_back_as_it_was(choices: Choices) -> None:
    choice = choose(models(), up("champion"))
    address, kept = choices.write(
        Record.of(choice, name="model", at=FIRST.isoformat(), run_id="r", reports={"gate": ["runs/a.json"]})
    )

    document = choices.store.read_document(address)
    assert Record.from_json(json.loads(json.dumps(document))) == kept
    assert (kept.candidate, kept.state, kept.trusted, kept.why_not["people"]) == (
        "champion",
        "intended",
        ("champion",),
        "people is down",
    )
    assert address.startswith("choices/model/20260101T000000000000Z~r/")


def test_what_serves_is_what_was_applied_last_by_the_moments_of_the_data(choices: Choices) -> None:
    remember(choices, 5, "champion")
    remember(choices, 1, "baseline")
    remember(choices, 6, "previous", state="intended")
    remember(choices, 7, "people", state="withheld")

    assert choices.memory(at(9), 3).serving == "champion"
    assert choices.memory(at(3), 3).serving == "baseline"
    assert choices.memory(at(1), 3) == Memory()
    newest = choices.newest("")
    assert newest is not None
    assert newest.candidate == "previous"
    assert choices.newest("elsewhere") is None


def test_a_rerun_counts_once_and_in_the_place_of_the_run_that_it_repeats(choices: Choices) -> None:
    remember(choices, 1, "champion")
    remember(choices, 2, "baseline", run="scheduled")
    remember(choices, 1, "people")
    remember(choices, 2, "champion", run="by hand")

    assert choices.memory(at(3), 5).trusted == (frozenset({"champion"}), frozenset({"people"}))


def test_an_application_is_not_forgotten_when_a_rerun_dies_before_its_own(choices: Choices) -> None:
    remember(choices, 1, "champion")
    remember(choices, 1, "baseline", state="intended")

    assert choices.memory(at(2), 1) == Memory(serving="champion", trusted=(frozenset({"baseline"}),))


def test_dry_runs_have_a_memory_of_their_own(choices: Choices) -> None:
    dry = Choices(choices.store, "model", dry=True)
    remember(choices, 1, "champion")
    remember(dry, 2, "baseline", state="dry")

    assert (choices.memory(at(3), 1).serving, dry.memory(at(3), 1).serving) == ("champion", "baseline")


def test_a_damaged_or_foreign_document_does_not_hide_the_others(choices: Choices, tmp_path: Path) -> None:
    remember(choices, 1, "champion")
    (folder,) = (tmp_path / "choices" / "model").iterdir()
    (folder / "99990101T000000000000Z-half.json").write_text('{"format": "mlqua')
    (folder / "99990102T000000000000Z-list.json").write_text("[1]")
    (folder / "99990103T000000000000Z-new.json").write_text('{"format": "mlquality.choice/9"}')

    assert choices.memory(at(2), 1).serving == "champion"


def test_a_store_that_is_away_is_no_empty_memory(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)

    with pytest.raises(StoreError, match="See that it is reachable"):
        Choices(Store(loop), "model").memory(at(1), 1)


def test_names_never_leave_their_folder(tmp_path: Path) -> None:
    choices = Choices(Store(tmp_path / "store"), "../../outside")
    remember(choices, 1, "champion", run="../../../run")

    assert choices.memory(at(2), 1).serving == "champion"
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


@settings(max_examples=40)
@given(st.permutations(range(6)), st.lists(st.sampled_from(MODELS), min_size=6, max_size=6))
def test_the_order_in_which_days_were_run_does_not_matter(order: list[int], chosen: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        choices = Choices(Store(Path(folder)), "model")
        for day in order:
            remember(choices, day, chosen[day])

        assert choices.memory(at(6), 3) == Memory(
            serving=chosen[5], trusted=tuple(frozenset({name}) for name in chosen[:2:-1])
        )
