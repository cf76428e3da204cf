"""What went in, came out or was dropped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, field_validator, model_validator

from airflow_mlquality.checks.aggregates import aggregate
from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.measurements import Elsewhere, Measurement, RowCount, Schema
from airflow_mlquality.measurements.groups import Groups, in_groups
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROUNDING = 1e-9
"""Relative difference of sums of doubles that is no mistake."""


class Conservation(Check):
    """What went in came out, or was dropped for a reason: counts, or sums, against another source.

    It observes what is unexplained as a share of what went in: positive is lost, negative came from nowhere.

    Why it matters
    --------------
    A filter that drops rows in silence, an inner join that loses the unmatched, a merge that doubles them: no error,
    and the rows that are left are fine. Only counting both ends and the drops tells.

    How it decides
    --------------
    Exact: (in - out - dropped) / in, of row counts or of `expression`. It fails at the first unexplained row, unless
    levels say otherwise; a level `0.001` allows a thousandth lost or invented. Undecided when nothing went in.

    When it misleads
    ----------------
    A row that was lost and one that was doubled cancel out; `reconciled` with a key sees both. The other source must
    still be what went in: a table that grows meanwhile has more rows.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> orders, rejects = {"id": [1, 2, 3, 4]}, {"id": [3]}
    >>> check = Conservation(source="orders", dropped={"invalid": "rejects", "test": 1})
    >>> print(trial(check, id=[1, 2], orders=orders, rejects=rejects))  # doctest: +NORMALIZE_WHITESPACE
    pass: of 4 rows of orders 2 came out, 1 dropped as invalid, 1 dropped as test; 0 (0 %) unexplained, within fail
    [0, 0]
    >>> print(trial(check, id=[1], orders=orders, rejects=rejects))  # doctest: +NORMALIZE_WHITESPACE
    fail: of 4 rows of orders 1 came out, 1 dropped as invalid, 1 dropped as test; 1 (25 %) unexplained, outside fail
    [0, 0]
    >>> print(trial(check, id=[1], orders={"id": []}, rejects=rejects))
    undecided: rows of orders: nothing went in
    """

    family: ClassVar[Family] = "relations"
    scope: ClassVar[Scope] = "table"
    spelled: ClassVar[dict[str, str]] = {"from": "source"}
    short: ClassVar[str | None] = "source"

    source: str
    """Name of the source from which the rows of this stage come."""
    dropped: dict[str, str | int | float] = Field(default_factory=dict)
    """By reason, how much was dropped: a number, or the name of the source where it lies."""
    expression: str = "count(*)"
    """What is conserved: an aggregate such as `sum(amount)`."""
    warn: float | tuple[float | None, float | None] | None = None
    """Unexplained share outside of which it warns; a single number is one up and down."""
    fail: float | tuple[float | None, float | None] | None = None
    """Unexplained share outside of which it fails; 0 when no level is given."""

    @model_validator(mode="before")
    @classmethod
    def _fails_at_the_first(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("warn") is None and given.get("fail") is None:
            return {**given, "fail": 0.0}
        return given

    @field_validator("expression")
    @classmethod
    def _is_aggregate(cls, expression: str) -> str:
        aggregate(expression)
        return expression

    @property
    def verdict_id(self) -> str:
        """Its id, given or derived from its source."""
        return self.id or f"conservation of {self.source}"

    @property
    def place(self) -> str:
        """The rows as a whole, or the columns that are summed."""
        return ", ".join(self.columns()) or "rows"

    def columns(self) -> tuple[str, ...]:
        """Return the columns of the expression."""
        return aggregate(self.expression).columns

    def sources(self) -> tuple[str, ...]:
        """Return where it comes from, and where it was dropped."""
        return (self.source, *(name for name in self.dropped.values() if isinstance(name, str)))

    @property
    def _sums(self) -> Groups:
        return in_groups((), *aggregate(self.expression).values)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the sums here and in the other sources."""
        if aggregate(self.expression).not_numbers(schema):
            return (RowCount(),)
        return (RowCount(), self._sums, *(Elsewhere(name, self._sums) for name in dict.fromkeys(self.sources())))

    def judge(self, facts: Facts) -> Verdict:
        """Hold the unexplained share against the levels."""
        wrong = aggregate(self.expression).not_numbers(facts.current.schema)
        if wrong:
            return self.undecided(Cause.WRONG_TYPE, f"{self.expression} of {self.source}: '{wrong[0]}' is no number")
        out = self._amount(facts, self._sums)
        entered = self._amount(facts, Elsewhere(self.source, self._sums))
        what = "rows" if self.expression == "count(*)" else self.expression
        if not entered:
            return self.undecided(Cause.NO_DATA, f"{what} of {self.source}: nothing went in", advice="see why")
        drops = {
            reason: self._amount(facts, Elsewhere(given, self._sums)) if isinstance(given, str) else float(given)
            for reason, given in self.dropped.items()
        }
        unexplained = entered - out - math.fsum(drops.values())
        if abs(unexplained) <= _ROUNDING * abs(entered):
            unexplained = 0.0
        warn, fail = (_both_ways(level) for level in (self.warn, self.fail))
        observed = unexplained / entered
        outcome = outcome_of(observed, warn, fail)
        dropped = "".join(f", {number_text(each)} dropped as {reason}" for reason, each in drops.items())
        return self.verdict(
            outcome,
            f"of {number_text(entered)} {what} of {self.source} {number_text(out)} came out{dropped}; "
            f"{number_text(unexplained)} ({number_text(100 * observed)} %) unexplained, "
            f"{bound_text(outcome, observed, warn, fail)}",
            observed=observed,
            unit="unexplained share",
            warn=warn,
            fail=fail,
            advice="" if outcome is Outcome.PASS else _LOST if observed > 0 else _INVENTED,
            evidence={"in": entered, "out": out, "dropped": drops, "unexplained": unexplained},
        )

    def _amount(self, facts: Facts, sums: Measurement[Any]) -> float:
        rows = facts.current[sums].rows
        return (aggregate(self.expression).of(rows[0][1:]) if rows else None) or 0.0


_LOST = "find the step that drops rows without saying so: an inner join, a filter on NULL, a failed task"
_INVENTED = "find the step that multiplies rows: a join on a key that is not unique, a load that ran twice"


def _both_ways(level: float | tuple[float | None, float | None] | None) -> tuple[float | None, float | None] | None:
    return (-level, level) if isinstance(level, int | float) else level
