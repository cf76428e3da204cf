"""Values that lie far from the others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.drift.fences import (
    Beyond,
    absolute_deviation,
    beyond,
    excess_interval,
    infinite,
    known_better,
    sizes_of,
)
from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of_interval
from airflow_mlquality.checks.wording import interval_text, percent, with_default_levels
from airflow_mlquality.measurements import LogicalType, Measurement, Moments, RowCount, Schema, Shape, ShapeFact, sql
from airflow_mlquality.measurements.quantiles import quantile
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.measurements.numbers import MomentsFact
    from airflow_mlquality.profile import Profile

_OF_NORMAL = 1.4826
"""The standard deviation of a normal law in terms of its median absolute deviation."""
_HALF, _QUARTER = 0.5, 0.25


class OutlierShare(EstimatedCheck):
    """The share of values far from the middle does not grow beyond that of the reference.

    Fences are drawn around the reference: `iqr` (the default) three interquartile ranges beyond its quartiles, `mad`
    robust z-scores of 3.5, that is 3.5 times 1.4826 median absolute deviations around its median; or where `centre` and
    `spread` say. NULL and NaN are not judged, infinities lie beyond every fence.

    Why it matters
    --------------
    A few values that are a thousand times too large move means, scalers and least squares more than all others, and no
    share of missing values shows them. Quartiles and medians do not move with them, so they cannot hide themselves.

    How it decides
    --------------
    Observed is the share beyond the fences less that of the reference, 0 for declared fences; heavy tails are no alarm.
    Counts come of the bins of the reference, and of groups of values whose size differs by less than a fifth; what a
    fence cuts may hold outliers or not, and widens the interval, which is otherwise that of Clopper and Pearson for
    both shares. Fail when all of it lies at or above `fail`, warn when at or above `warn`, pass when below `fail`, else
    undecided. The error rate is shared with the other estimated checks of the contract. Undecided too without
    reference, and when half of its values are one and the same.

    Measured with forty columns of normal, exponential, lognormal (sigma 2) and Cauchy values, 5,000 rows against
    10,000: without change none alarms, all pass by `iqr` and nine in ten by `mad`; one row in
    ten that is 100,000 too large is found in all.

    When it misleads
    ----------------
    Outliers are not errors: the first order of a large customer is one. Two values that grow together are none. A
    column that moves as a whole has its new middle beyond the fences: drift says what happened.

    References
    ----------
    Tukey, J. W. (1977). Exploratory Data Analysis. Addison-Wesley

    Iglewicz, B. and Hoaglin, D. C. (1993). How to Detect and Handle Outliers. ASQC Quality Press

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> train = {"pay": [float(each) for each in range(1000)]}
    >>> check = OutlierShare(column="pay")
    >>> print(trial(check, pay=[float(each) for each in range(500)], reference=train))  # doctest: +NORMALIZE_WHITESPACE
    pass: share of 'pay' outside [-1,249.2, 2,247.2] is 0 [0, 0.011] above that of the reference (0 % of 500 values
    now), within fail 0.05
    >>> far = [float(each % 500) * (90 if each % 4 == 0 else 1) for each in range(500)]
    >>> print(trial(check, pay=far, reference=train))  # doctest: +NORMALIZE_WHITESPACE
    fail: share of 'pay' outside [-1,249.2, 2,247.2] is 0.24 [0.18, 0.29] above that of the reference (24 % of 500
    values now), above fail 0.05
    >>> print(trial(check, pay=[1.0, 2.0]))
    undecided: share of 'pay' beyond fences: there is no reference yet
    """

    family: ClassVar[Family] = "drift"
    scope: ClassVar[Scope] = "column"
    flag: ClassVar[bool] = True

    method: Literal["iqr", "mad"] = "iqr"
    """How fences are drawn around the reference: `iqr` or `mad`."""
    reach: float | None = Field(default=None, gt=0)
    """Spreads between the middle and a fence: 3 by default, 3.5 for `mad`."""
    centre: float | None = None
    """Middle of declared fences, instead of those of a reference."""
    spread: float | None = Field(default=None, gt=0)
    """Spread of declared fences, such as a standard deviation."""
    warn: float | None = Field(default=None, gt=0, le=1)
    """Share from which on it warns; 0.02 unless `fail` is set below that."""
    fail: float | None = Field(default=None, gt=0, le=1)
    """Share from which on it fails; 0.05 unless `warn` is set above that."""

    @model_validator(mode="before")
    @classmethod
    def _default_levels(cls, given: Any) -> Any:
        return with_default_levels(given, 0.02, 0.05) if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.centre is None) != (self.spread is None):
            msg = "centre and spread go together; give both or none"
            raise ValueError(msg)
        return self

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only numbers lie far from each other."""
        return type_.is_number

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the shape, the extremes, and how many values there are of each size."""
        return (RowCount(), Shape(self.column), Moments(self.column), sizes_of(schema[self.column]))

    # ---- fences ----

    def _fences(self, facts: Facts) -> tuple[float, float] | Verdict:
        """Return the fences, or why there are none."""
        if self.centre is not None and self.spread is not None:
            reach = (self.reach or 3.0) * self.spread
            return self.centre - reach, self.centre + reach
        what = f"share of '{self.column}' beyond fences"
        reference = facts.reference
        if reference is None:
            return self.undecided(Cause.NO_REFERENCE, f"{what}: there is no reference yet")
        advice = "give a reference that holds the column, or declare centre and spread"
        if Shape(self.column) not in reference or Moments(self.column) not in reference:
            return self.undecided(Cause.NO_DATA, f"{what}: the reference does not know the column", advice=advice)
        shape = reference[Shape(self.column)]
        if shape.bins.kind != "number" or shape.bins != facts.current[Shape(self.column)].bins or not shape.values:
            return self.undecided(Cause.NO_DATA, f"{what}: the reference holds no numbers there", advice=advice)
        drawn = self._drawn(shape, reference[Moments(self.column)])
        if drawn is None:
            return self.undecided(
                Cause.NO_DATA,
                f"{what}: half of the reference is one value, so that it has no spread",
                advice="declare centre and spread",
            )
        return drawn

    def _drawn(self, shape: ShapeFact, extremes: MomentsFact) -> tuple[float, float] | None:
        """Return fences around a shape; None where it has no spread."""
        first, median, third = (quantile(shape, share, extremes) for share in (_QUARTER, _HALF, 3 * _QUARTER))
        if first is None or median is None or third is None:
            return None
        if self.method == "iqr":
            low, high = first.estimate, third.estimate
            reach = (self.reach or 3.0) * (high - low)
        else:
            low = high = median.estimate
            reach = (self.reach or 3.5) * _OF_NORMAL * absolute_deviation(shape, median.estimate, extremes)
        return (low - reach, high + reach) if reach > 0 and math.isfinite(reach) else None

    # ---- how it judges ----

    def example(self, schema: Schema, facts: Facts) -> exp.Expr | None:
        """Return the predicate of a row beyond the fences."""
        fences = self._fences(facts)
        if isinstance(fences, Verdict):
            return None
        column = schema[self.column]
        value = sql.finite(column)
        outside: list[exp.Expr] = [
            exp.LT(this=value, expression=sql.double(fences[0])),
            exp.GT(this=value.copy(), expression=sql.double(fences[1])),
        ]
        if column.type is LogicalType.FLOAT:
            is_number = exp.and_(sql.is_not_null(sql.col(self.column)), exp.not_(sql.is_nan(sql.col(self.column))))
            outside.append(exp.paren(exp.and_(is_number, sql.is_null(value.copy()))))
        return sql.any_of(outside)

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return by how much the share beyond the fences exceeds that of the reference."""
        rows = facts.current.rows
        current = facts.current[Shape(self.column)]
        if not current.values + infinite(current):
            what = "the table has no rows" if rows == 0 else "it holds no number"
            reason = f"share of '{self.column}' beyond fences: {what}"
            return self.undecided(Cause.NO_DATA, reason, advice="find out why the stage has no values")
        fences = self._fences(facts)
        if isinstance(fences, Verdict):
            return fences
        now, before = self._counted(facts, fences)
        value = (now.surely + now.possibly) / 2 / now.rows - (
            (before.surely + before.possibly) / 2 / before.rows if before else 0.0
        )
        return Estimate(max(value, 0.0), lambda rate: excess_interval(now, before, rate))

    def _counted(self, facts: Facts, fences: tuple[float, float]) -> tuple[Beyond, Beyond | None]:
        now = self._beyond(facts.current, fences)
        if self.centre is not None or facts.reference is None:
            return now, None
        return now, self._beyond(facts.reference, fences)

    def _beyond(self, profile: Profile, fences: tuple[float, float]) -> Beyond:
        """Return how many values of a profile lie beyond fences, by whatever facts it holds."""
        shape, sizes = profile[Shape(self.column)], sizes_of(profile.schema[self.column])
        known = beyond(shape, profile[Moments(self.column)], fences)
        return known_better(known, profile[sizes], fences, infinite(shape)) if sizes in profile else known

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels."""
        fences = self._fences(facts)
        if isinstance(fences, Verdict):
            return fences
        now, before = self._counted(facts, fences)
        interval = estimate.interval(error_rate)
        outcome = outcome_of_interval(interval, self.warn, self.fail)
        low, high = (number_text(round(fence, 9)) for fence in fences)
        above = " above that of the reference" if before else ""
        share = percent((now.surely + now.possibly) / 2 / now.rows)
        reason = (
            f"share of '{self.column}' outside [{low}, {high}] is {interval_text(estimate.value, interval)}{above} "
            f"({share} of {now.rows:,} values now)"
        )
        fields: dict[str, Any] = {
            "observed": estimate.value,
            "unit": "share",
            "interval": interval,
            "evidence": {
                "fences": list(fences),
                "surely_beyond": now.surely,
                "possibly_beyond": now.possibly,
                "judged": now.rows,
                "of_reference": [before.surely, before.possibly, before.rows] if before else None,
            },
        }
        if outcome is Outcome.UNDECIDED:
            advice = "compare more rows at once, declare centre and spread, or widen the levels"
            return self.undecided(Cause.TOO_SMALL, f"{reason}, too few to tell", advice=advice, **fields)
        advice = f"look at the largest and smallest '{self.column}': a unit, a decimal point, a code for missing"
        return self.verdict(
            outcome,
            f"{reason}, {bound_text(outcome, estimate.value, self.warn, self.fail)}",
            advice="" if outcome is Outcome.PASS else advice,
            **fields,
        )
