from __future__ import annotations

import pytest

from airflow_mlquality.checks.policy import Policy, UndecidedPolicy
from airflow_mlquality.decision import decide
from airflow_mlquality.operators.acting import Act, Acting, Words, acting_on, first_wrong_word
from airflow_mlquality.verdict import Cause, Outcome, Verdict

STOPS_FOR_ALL = Policy(fail="stop", warn="stop", error="stop", undecided="stop")


def verdict(outcome: str) -> Verdict:
    cause = Cause.TOO_SMALL if outcome == "undecided" else None
    return Verdict(id=outcome, check="unique", family="", place="", outcome=Outcome(outcome), reason="", cause=cause)


def acting(*outcomes: str, policy: Policy | None = None, **words: str | None) -> Acting:
    verdicts = [verdict(outcome) for outcome in outcomes]
    return acting_on(decide(verdicts, policy), verdicts, Words(**words))


@pytest.mark.parametrize(
    ("outcomes", "words", "expected"),
    [
        (("pass",), {}, Acting(act=Act.PROCEED)),
        ((), {}, Acting(act=Act.PROCEED)),
        (("fail",), {}, Acting(act=Act.FAIL, cause="fail", because=("fail",))),
        (("fail",), {"on_fail": "skip"}, Acting(act=Act.SKIP, cause="fail", because=("fail",))),
        (("fail",), {"on_fail": "skip_direct"}, Acting(act=Act.SKIP_DIRECT, cause="fail", because=("fail",))),
        (("fail",), {"on_fail": "proceed"}, Acting(act=Act.PROCEED)),
        (("error",), {}, Acting(act=Act.RETRY, cause="error", because=("error",))),
        (("error",), {"on_fail": "proceed"}, Acting(act=Act.RETRY, cause="error", because=("error",))),
        (("error",), {"on_error": "fail"}, Acting(act=Act.RETRY, cause="error", because=("error",))),
        (("error",), {"on_error": "skip"}, Acting(act=Act.SKIP, cause="error", because=("error",))),
        (("error",), {"on_error": "proceed"}, Acting(act=Act.PROCEED)),
        (("warn",), {}, Acting(act=Act.PROCEED)),
        (("warn",), {"on_warn": "skip"}, Acting(act=Act.SKIP, cause="warn", because=("warn",))),
        (("undecided",), {}, Acting(act=Act.PROCEED)),
        (("undecided",), {"on_undecided": "fail"}, Acting(act=Act.FAIL, cause="undecided", because=("undecided",))),
    ],
)
def test_the_default_policy_and_the_words_choose_the_act(outcomes, words, expected):
    assert acting(*outcomes, **words) == expected


@pytest.mark.parametrize("outcome", ["warn", "undecided"])
def test_a_stop_of_the_policy_acts_like_on_fail(outcome):
    assert acting(outcome, policy=STOPS_FOR_ALL, on_fail="skip").act is Act.SKIP
    assert acting(outcome, policy=STOPS_FOR_ALL).act is Act.FAIL
    assert acting(outcome, policy=STOPS_FOR_ALL, on_fail="proceed").act is Act.PROCEED


def test_a_word_overrides_the_policy_both_ways():
    assert acting("warn", policy=STOPS_FOR_ALL, on_warn="proceed").act is Act.PROCEED
    assert acting("undecided", policy=STOPS_FOR_ALL, on_undecided="proceed").act is Act.PROCEED
    assert acting("error", policy=Policy(error="proceed"), on_error="skip").act is Act.SKIP


def test_a_failure_that_the_policy_lets_pass_stops_nothing():
    assert acting("fail", policy=Policy(fail="degrade"), on_fail="fail").act is Act.PROCEED


def test_one_cause_that_proceeds_leaves_the_others_to_stop():
    assert acting("fail", "error", on_fail="proceed") == Acting(act=Act.RETRY, cause="error", because=("error",))


@pytest.mark.parametrize(
    ("outcomes", "decisive"),
    [
        (("warn", "undecided", "error", "fail"), "fail"),
        (("warn", "undecided", "error"), "error"),
        (("warn", "undecided"), "undecided"),
        (("warn",), "warn"),
    ],
)
def test_a_certain_failure_decides_before_an_error_before_what_is_undecided_before_a_warning(outcomes, decisive):
    assert acting(*outcomes, policy=STOPS_FOR_ALL).cause == decisive


def test_the_policy_may_stop_for_some_causes_of_undecided_only():
    policy = Policy(undecided=UndecidedPolicy(too_small="stop"))

    assert acting("undecided", policy=policy).act is Act.FAIL


def test_an_unknown_word_is_named_with_the_known_ones():
    assert first_wrong_word(on_fail="fail", on_warn=None, on_error="skip") == ""
    assert first_wrong_word(on_fail=None) == "on_fail=None: takes one of fail, skip, skip_direct, proceed."
    assert first_wrong_word(on_fail="fail", on_error="skp") == (
        "on_error='skp': takes one of fail, skip, skip_direct, proceed. Did you mean 'skip'?"
    )
