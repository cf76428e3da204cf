"""From outcomes and policies to what the DAG does next."""

from __future__ import annotations

import pytest

from airflow_mlquality.checks.policy import Action, Policy, UndecidedPolicy
from airflow_mlquality.decision import Decision, decide
from airflow_mlquality.verdict import Cause, Outcome, Verdict


def verdict(outcome: str, cause: Cause | None = None, name: str = "x") -> Verdict:
    return Verdict(id=name, check="c", family="f", place="p", outcome=Outcome(outcome), reason="because", cause=cause)


@pytest.mark.parametrize(
    ("outcome", "cause", "action"),
    [
        ("pass", None, "proceed"),
        ("warn", None, "proceed"),
        ("fail", None, "stop"),
        ("error", None, "stop"),
        ("undecided", Cause.NO_DATA, "stop"),
        ("undecided", Cause.NO_REFERENCE, "proceed"),
        ("undecided", Cause.TOO_SMALL, "proceed"),
        ("undecided", Cause.MISSING_COLUMN, "stop"),
        ("undecided", Cause.WRONG_TYPE, "stop"),
    ],
)
def test_missing_evidence_stops_by_default_and_a_first_run_does_not(
    outcome: str, cause: Cause | None, action: str
) -> None:
    assert decide([verdict(outcome, cause)]).action == action


def test_every_cause_has_a_default() -> None:
    assert set(UndecidedPolicy.model_fields) == {cause.value for cause in Cause}


def test_the_most_severe_action_wins_and_says_because_of_what() -> None:
    verdicts = [verdict("warn", name="a"), verdict("fail", name="b"), verdict("pass", name="c")]

    assert decide(verdicts) == Decision(action=Action.STOP, outcome=Outcome.FAIL, because=("b",))


def test_the_worst_outcome_is_never_averaged_away() -> None:
    assert decide([verdict("pass", name=str(i)) for i in range(999)] + [verdict("fail")]).outcome is Outcome.FAIL


def test_what_goes_on_without_evidence_is_told() -> None:
    decision = decide([verdict("undecided", Cause.NO_REFERENCE)])

    assert (decision.action, decision.without_evidence) == (Action.PROCEED, ("x",))


def test_the_contract_overrides_the_default_and_the_check_the_contract() -> None:
    contract = Policy(fail=Action.DEGRADE)

    assert decide([verdict("fail")], contract).action is Action.DEGRADE
    assert decide([verdict("fail")], contract, {"x": Policy(fail=Action.PROCEED)}).action is Action.PROCEED
    assert decide([verdict("fail")], contract, {"x": Policy(warn=Action.STOP)}).action is Action.DEGRADE


def test_nothing_to_judge_proceeds() -> None:
    assert decide([]) == Decision(action=Action.PROCEED, outcome=Outcome.PASS)


def test_a_decision_comes_back_from_its_json() -> None:
    decision = decide([verdict("fail"), verdict("undecided", Cause.TOO_SMALL, "y")])

    assert Decision.from_json(decision.to_json()) == decision
