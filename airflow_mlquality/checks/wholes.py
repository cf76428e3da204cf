"""Checks that observe a share which no single row shows: of groups of rows, of keys, of sums."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from airflow_mlquality.checks.base import Check, Share
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.verdict import Outcome, Verdict


class WholeShareCheck(Check):
    """A check of the table as a whole that observes a share of it.

    It fails at the first violation, unless levels say otherwise.
    """

    warn: Share | None = None
    """Share above which it warns."""
    fail: Share | None = None
    """Share above which it fails; 0 when no level is given."""

    @model_validator(mode="before")
    @classmethod
    def _fails_at_the_first(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("warn") is None and given.get("fail") is None:
            return {**given, "fail": 0.0}
        return given

    def whole_verdict(self, what: str, counted: tuple[int, int, str], *, advice: str, **fields: Any) -> Verdict:
        """Return the verdict on a share.

        Parameters
        ----------
        what
            Of what it is the share, with what follows it.
        counted
            How many violate, of how many, and what they are.
        advice
            What to do when it does not pass.
        fields
            Of the verdict; ``beside`` is said at the end, where it does not pass.
        """
        violating, judged, things = counted
        share = violating / judged
        outcome = outcome_of(share, self.warn, self.fail)
        beside = fields.pop("beside", "")
        bound = bound_text(outcome, share, self.warn, self.fail)
        evidence = {"violating": violating, "judged": judged, **fields.pop("evidence", {})}
        return self.verdict(
            outcome,
            f"{what} is {number_text(share)} ({violating:,} of {judged:,} {things}), {bound}"
            f"{beside if outcome is not Outcome.PASS else ''}",
            observed=share,
            unit="share",
            advice="" if outcome is Outcome.PASS else advice,
            evidence=evidence,
            **fields,
        )
