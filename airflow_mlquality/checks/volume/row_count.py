"""How many rows there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality import measurements
from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, outcome_of
from airflow_mlquality.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.measurements import Measurement, Schema

RowRange = tuple[int | None, int | None]


class RowCount(Check):
    """The number of rows lies in a range.

    A contract has it built in with `fail: [1, null]`, unless the data set may be empty (`allow_empty: true`).

    Why it matters
    --------------
    An empty or half-delivered partition passes every other check: nothing in it is wrong.

    How it decides
    --------------
    Exact: the row count against inside ranges; an open side is null.

    When it misleads
    ----------------
    A fixed range knows neither week-ends nor growth.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(RowCount(fail=(1, None)), age=[30, 41]))
    pass: row count is 2, within fail [1, …]
    >>> print(trial(RowCount(fail=(1, None)), age=[]))
    fail: row count is 0, outside fail [1, …]
    """

    family: ClassVar[Family] = "volume"
    scope: ClassVar[Scope] = "table"

    warn: RowRange | None = None
    """Range outside of which it warns: `[9_000, 12_000]`."""
    fail: RowRange | None = None
    """Range outside of which it fails: `[5_000, null]`."""

    @property
    def place(self) -> str:
        """The rows as a whole."""
        return "rows"

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the row count."""
        return (measurements.RowCount(),)

    def judge(self, facts: Facts) -> Verdict:
        """Hold the row count against the ranges."""
        rows = facts.current.rows
        outcome = outcome_of(rows, self.warn, self.fail)
        advice = "see whether the feed came whole, late, or twice"
        return self.verdict(
            outcome,
            f"row count is {rows:,}, {bound_text(outcome, rows, self.warn, self.fail)}",
            observed=rows,
            unit="rows",
            advice="" if outcome is Outcome.PASS else advice,
        )
