"""What follows from an outcome: per contract, and per check where it differs."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from airflow_mlquality.verdict import Cause, Outcome, Verdict


class Action(StrEnum):
    """What the DAG does next, mildest first: proceed < degrade < stop."""

    PROCEED = "proceed"
    DEGRADE = "degrade"
    STOP = "stop"

    @property
    def severity(self) -> int:
        """Its place in the order."""
        return list(Action).index(self)


class _Policy(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UndecidedPolicy(_Policy):
    """What follows when a check lacks evidence, by the cause."""

    no_data: Action | None = None
    """No rows, no values where values are judged, or a reference that holds nothing of the column."""
    no_reference: Action | None = None
    """There is nothing to compare with yet."""
    too_small: Action | None = None
    """Too few rows to tell."""
    missing_column: Action | None = None
    """The column is not there."""
    wrong_type: Action | None = None
    """The column is there, of a type on which the check means nothing."""


class Policy(_Policy):
    """What follows from an outcome; what is left open is taken from the contract, then from the default.

    >>> Policy(fail="degrade").action(Outcome.FAIL, None)
    <Action.DEGRADE: 'degrade'>
    >>> Policy(undecided="stop").action(Outcome.UNDECIDED, Cause.NO_REFERENCE)
    <Action.STOP: 'stop'>
    """

    fail: Action | None = None
    """A check failed."""
    warn: Action | None = None
    """A check warned."""
    error: Action | None = None
    """A check could not be measured or judged."""
    undecided: Action | UndecidedPolicy | None = None
    """A check lacks evidence: one action, or one per cause."""

    def action(self, outcome: Outcome, cause: Cause | None) -> Action | None:
        """Return what the policy says of an outcome; None where it is silent."""
        if outcome is Outcome.PASS:
            return Action.PROCEED
        if outcome is Outcome.UNDECIDED:
            if not isinstance(self.undecided, UndecidedPolicy):
                return self.undecided
            return self.undecided.model_dump().get(cause.value) if cause else None
        return {Outcome.WARN: self.warn, Outcome.FAIL: self.fail, Outcome.ERROR: self.error}[outcome]


DEFAULT_POLICY = Policy(
    fail=Action.STOP,
    warn=Action.PROCEED,
    error=Action.STOP,
    undecided=UndecidedPolicy(
        no_data=Action.STOP,
        no_reference=Action.PROCEED,
        too_small=Action.PROCEED,
        missing_column=Action.STOP,
        wrong_type=Action.STOP,
    ),
)
"""Missing evidence stops, a first run does not."""


def action_of(verdict: Verdict, *policies: Policy | None) -> Action:
    """Return what follows from a verdict; the first policy that says something wins, the default is last."""
    for policy in policies:
        action = policy.action(verdict.outcome, verdict.cause) if policy else None
        if action is not None:
            return action
    return DEFAULT_POLICY.action(verdict.outcome, verdict.cause) or Action.STOP
