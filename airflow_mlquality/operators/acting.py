"""From a decision to an act: what a gate does, and which verdicts make it do so. Knows no Airflow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from airflow_mlquality.decision import Decision
    from airflow_mlquality.verdict import Verdict

WORDS = ("fail", "skip", "skip_direct", "proceed")
"""What `on_fail`, `on_warn`, `on_undecided` and `on_error` take."""


class Act(StrEnum):
    """What a gate does."""

    PROCEED = "proceed"
    """Succeed; the DAG goes on."""
    FAIL = "fail"
    """Fail at once, without a retry: no retry makes bad data good."""
    RETRY = "retry"
    """Fail, and try again while retries are left: the data was never judged."""
    SKIP = "skip"
    """Skip all tasks downstream, whatever their trigger rules; teardown tasks still run."""
    SKIP_DIRECT = "skip_direct"
    """Skip the tasks directly downstream; those behind follow their trigger rules."""


@dataclass(frozen=True, kw_only=True)
class Acting:
    """What a gate does, and why.

    Parameters
    ----------
    act
        What it does.
    cause
        The outcome that makes it stop; empty when it proceeds.
    because
        Ids of the verdicts of that outcome that make it stop.
    """

    act: Act
    cause: str = ""
    because: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Words:
    """How a gate was told to act; None leaves it to the contract's policy whether an outcome stops.

    Parameters
    ----------
    on_fail
        How a stop acts; `proceed` never stops for a fail.
    on_warn, on_undecided
        None: the policy decides whether it stops, and a stop acts like `on_fail`.
    on_error
        None: the policy decides whether it stops, and a stop is retried.
    """

    on_fail: str = "fail"
    on_warn: str | None = None
    on_undecided: str | None = None
    on_error: str | None = None

    def given(self) -> dict[str, str | None]:
        """Return each word by the outcome that it is about, the decisive outcome first.

        A certain failure of the data comes before an error: no retry can make it pass.
        """
        return {"fail": self.on_fail, "error": self.on_error, "undecided": self.on_undecided, "warn": self.on_warn}

    def act(self, outcome: str) -> Act:
        """Return how a stop for that outcome acts."""
        if outcome == "error":
            return Act.RETRY if self.on_error in (None, "fail") else Act(self.on_error)
        return Act(self.given()[outcome] or self.on_fail)


def acting_on(decision: Decision, verdicts: Sequence[Verdict], words: Words) -> Acting:
    """Return what a gate does about a decision.

    Parameters
    ----------
    decision
        What the policy makes of the verdicts.
    verdicts
        Of the same report.
    words
        How the gate was told to act.
    """
    for outcome in words.given():
        act, because = words.act(outcome), tuple(_stopping(outcome, decision, verdicts, words))
        if because and act is not Act.PROCEED:
            return Acting(act=act, cause=outcome, because=because)
    return Acting(act=Act.PROCEED)


def _stopping(outcome: str, decision: Decision, verdicts: Sequence[Verdict], words: Words) -> Iterator[str]:
    left_to_policy = outcome == "fail" or words.given()[outcome] is None
    asked = set(decision.because) if decision.action == "stop" else set()
    for verdict in verdicts:
        if verdict.outcome == outcome and (verdict.id in asked or not left_to_policy):
            yield verdict.id


def first_wrong_word(**words: str | None) -> str:
    """Return the message about the first word that nobody knows, or nothing.

    >>> first_wrong_word(on_fail="fail", on_warn=None)
    ''
    >>> first_wrong_word(on_fail="stop")
    "on_fail='stop': takes one of fail, skip, skip_direct, proceed."
    """
    for name, word in words.items():
        if word not in WORDS and not (word is None and name != "on_fail"):
            from airflow_mlquality.errors import UsageError

            return str(UsageError.unknown_choice(name, word, WORDS))
    return ""
