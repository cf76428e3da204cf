"""Copies among synthetic rows: as good as real, because they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from airflow_mlquality.checks.relations.overlap import NoOverlap
from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from airflow_mlquality.verdict import Verdict

NO_COPIES = "leave the copies out, and see whether the generator learned rows by heart"


class Copies(NoOverlap):
    """Rows that another source holds too, called by what that means of synthetic ones."""

    @property
    def wrong(self) -> str:
        """What a violating row is."""
        return f"copied from {self.to}"


def with_copies(likeness: Verdict, copied: Verdict) -> Verdict:
    """Return a verdict on likeness with that on copies; the worse one decides, but a fail is told as such.

    Parameters
    ----------
    likeness
        Its verdict, whose observed number, interval and levels stay.
    copied
        Whether the share of copies lies within its level: pass, fail, undecided, or an error.
    """
    evidence = {**likeness.evidence, "copied": dict(copied.evidence)}
    if copied.outcome is Outcome.FAIL:
        reason = f"{copied.reason}; {likeness.reason}"
        return replace(likeness, outcome=Outcome.FAIL, cause=None, reason=reason, advice=NO_COPIES, evidence=evidence)
    is_known = likeness.outcome is Outcome.FAIL or copied.outcome.severity <= likeness.outcome.severity
    if is_known:
        return replace(likeness, reason=f"{likeness.reason}; {copied.reason}", evidence=evidence)
    return replace(
        likeness,
        outcome=copied.outcome,
        cause=copied.cause,
        reason=f"{copied.reason}; {likeness.reason}",
        advice=copied.advice,
        evidence=evidence,
    )
