"""What the policy makes of all verdicts: proceed, degrade or stop."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks.policy import Action, Policy, action_of
from airflow_mlquality.verdict import Outcome, worst

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What the policy makes of all verdicts.

    Parameters
    ----------
    action
        The most severe action that any verdict asks for.
    outcome
        The worst outcome of the verdicts; never an average.
    because
        Ids of the verdicts that ask for `action`; empty when it is proceed.
    without_evidence
        Ids of undecided verdicts that go on all the same.
    """

    action: Action
    outcome: Outcome
    because: tuple[str, ...] = ()
    without_evidence: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object; `from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Decision:
        """Read what `to_json` wrote."""
        return cls(
            action=Action(value["action"]),
            outcome=Outcome(value["outcome"]),
            because=tuple(value["because"]),
            without_evidence=tuple(value["without_evidence"]),
        )


def decide(
    verdicts: Sequence[Verdict], policy: Policy | None = None, own_policies: Mapping[str, Policy] | None = None
) -> Decision:
    """Return the decision on all verdicts.

    Parameters
    ----------
    verdicts
        Of one gate run.
    policy
        The contract's.
    own_policies
        By verdict id, where a check has its own; it wins over the contract's.
    """
    own = own_policies or {}
    actions = {verdict.id: action_of(verdict, own.get(verdict.id), policy) for verdict in verdicts}
    action = max(actions.values(), key=lambda each: each.severity, default=Action.PROCEED)
    return Decision(
        action=action,
        outcome=worst(verdict.outcome for verdict in verdicts),
        because=tuple(name for name, each in actions.items() if each is action) if action is not Action.PROCEED else (),
        without_evidence=tuple(
            verdict.id
            for verdict in verdicts
            if verdict.outcome is Outcome.UNDECIDED and actions[verdict.id] is Action.PROCEED
        ),
    )
