"""Row-level checks: they observe the share of rows that violate something."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from pydantic import model_validator

from airflow_mlquality.checks.base import Check, Facts, Share
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.measurements import Measurement, NullCount, RowCount, RowsWhere, Schema, sql
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp


class ShareCheck(Check):
    """A check of rows one by one: it observes the share of rows with a value that violate something.

    It fails at the first violation, unless levels say otherwise.
    """

    warn: Share | None = None
    """Share of violating rows above which it warns."""
    fail: Share | None = None
    """Share of violating rows above which it fails; 0 when no level is given."""
    mostly: Share | None = None
    """Share of rows that must keep it: `mostly: 0.995` is `fail: 0.005`."""

    @model_validator(mode="before")
    @classmethod
    def _levels(cls, options: Any) -> Any:
        if not isinstance(options, dict):
            return options
        given = dict(options)
        mostly = given.get("mostly")
        if mostly is not None and given.get("fail") is not None:
            msg = "mostly and fail say the same; give one of them"
            raise ValueError(msg)
        if isinstance(mostly, int | float) and not isinstance(mostly, bool) and 0 <= mostly <= 1:
            given["fail"] = round(1 - mostly, 12)
            given["mostly"] = None
        if given.get("warn") is None and given.get("fail") is None:
            given["fail"] = 0.0
        return given

    @abstractmethod
    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a violating row."""

    @property
    @abstractmethod
    def wrong(self) -> str:
        """What a violating row has, after "share of rows"."""

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return "look at the example rows; mend the source, or correct the contract"

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, nulls, and violating rows."""
        return (RowCount(), NullCount(self.column), self._violating(schema))

    def _violating(self, schema: Schema) -> RowsWhere:
        return RowsWhere(sql.text(self.violation(schema)))

    def judged_rows(self, facts: Facts) -> int:
        """Return how many rows have a value to judge."""
        return facts.current.rows - facts.current[NullCount(self.column)]

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of violating rows against the levels."""
        violating = self._violating(facts.current.schema)
        judged = self.judged_rows(facts)
        if judged == 0:
            what = "the table has no rows" if facts.current.rows == 0 else f"all {facts.current.rows:,} rows are null"
            return self.undecided(
                Cause.NO_DATA, f"share of rows {self.wrong}: {what}", advice="find out why the stage has no values"
            )
        return self.share_verdict(facts.current[violating], judged)

    def share_verdict(self, violating: int, judged: int, *, beside: str = "", **evidence: Any) -> Verdict:
        """Return the verdict on a share of violating rows; `beside` is said at the end, where it does not pass."""
        share = violating / judged
        outcome = outcome_of(share, self.warn, self.fail)
        bound = bound_text(outcome, share, self.warn, self.fail)
        return self.verdict(
            outcome,
            f"share of rows {self.wrong} is {number_text(share)} ({violating:,} of {judged:,} rows), {bound}"
            f"{'' if outcome is Outcome.PASS else beside}",
            observed=share,
            unit="share",
            advice="" if outcome is Outcome.PASS else self.advice,
            evidence={"violating": violating, "judged": judged, **evidence},
        )
