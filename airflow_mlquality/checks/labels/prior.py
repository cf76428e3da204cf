"""Whether the classes of a label come in the declared shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator
from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Family, Scope, Share
from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.labels.declared import class_name
from airflow_mlquality.checks.labels.declared_shares import DeclaredShares, Segment, by_class
from airflow_mlquality.checks.levels import bound_text, outcome_of_interval
from airflow_mlquality.checks.values.bounds import is_scalar
from airflow_mlquality.checks.wording import interval_text, rows_text, with_default_levels
from airflow_mlquality.measurements import (
    ClassCounts,
    Groups,
    LogicalType,
    Measurement,
    RowCount,
    Schema,
    in_groups,
    sql,
)
from airflow_mlquality.measurements.shapes import as_category, class_constant, class_value
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

_ADVICE = "find what changed in the labelling or the selection of rows; declare the new shares if they are meant"


class Prior(EstimatedCheck):
    """The shares of the classes stay near declared ones.

    The distance is the total variation distance: the share of rows that would have to carry another label. Classes
    are compared as text: booleans are `true` and `false`, whole numbers have no decimals. What is not declared counts
    as one class with expected share 0. Rows without label are not counted.

    Why it matters
    --------------
    A model's calibration, thresholds and accuracy all rest on the class shares it was trained on. They move when
    labelling changes, when a join drops one class, or when the world does.

    How it decides
    --------------
    The observed distance with an interval that holds for all sets of classes at once (binomial bounds of Clopper and
    Pearson, shared over the sets): fail when all of it lies at or above `fail`, warn when it lies at or above `warn`,
    pass when it lies below `fail`, otherwise undecided, naming how many rows would decide. So a distance of 0.01 among
    20,000 rows does not alarm at warn 0.02, where a chi-square test almost always would; one of 0.05 among 2,000 rows
    does in 72 % of samples, among 5,000 in 99 %, for one of two classes declared at 0.2; with `warn: 0.01` it does in
    95 % of samples of 2,000. At the margin 0.02 and 1 % false alarms no test of 2,000 rows finds it in more than 80 %.
    Undecided when no row has a label.

    With `by` every segment of at least `least_rows` rows is held against the declared shares, and the number observed
    is the largest distance; the error rate is shared by the segments. With `batches` the shares are let vary between
    batches: rows count for as many independent ones as the variance between batches says (design effect of Rao and
    Scott, Student's t for the number of batches); `design_effect` declares that number instead. Among 2,000 rows in 20
    batches with a correlation of 0.05 the plain check alarms without change in 4 % of samples and at the bound in 14 %,
    with `batches` in none and 0.1 % (measured).

    When it misleads
    ----------------
    Without `batches` rows are taken as independent: labels that come in batches vary more than the interval says. It
    sees shares, not which rows carry which label.

    References
    ----------
    Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the
    binomial. Biometrika, 26, 404-413. DOI 10.1093/biomet/26.4.404

    Rao, J. N. K. and Scott, A. J. (1981). The analysis of categorical data from complex sample surveys. Journal of the
    American Statistical Association, 76, 221-230. DOI 10.1080/01621459.1981.10477633

    Korn, E. L. and Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data. Survey Methodology, 24, 193-201.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Prior(column="late", expected={"true": 0.25, "false": 0.75})
    >>> print(trial(check, late=[True, False, False, False] * 500))
    pass: total variation distance of 'late' from its declared shares is 0 [0, 0.026] (2,000 rows), within fail 0.06
    >>> print(trial(check, late=[True, False] * 500))  # doctest: +NORMALIZE_WHITESPACE
    fail: total variation distance of 'late' from its declared shares is 0.25 [0.21, 0.29] (1,000 rows), above fail
    0.06; true deviates most: 25 % declared, 50 % observed
    >>> print(trial(check, late=[True, False, False, False]))  # doctest: +NORMALIZE_WHITESPACE
    undecided: total variation distance of 'late' from its declared shares is 0 [0, 0.85] (4 rows), too few to tell:
    about 840 rows would decide
    """

    family: ClassVar[Family] = "labels"
    scope: ClassVar[Scope] = "labels"
    short: ClassVar[str | None] = "expected"

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Return whether a value of that type can be a class: one with parts cannot."""
        return is_scalar(type_)

    expected: dict[str, Share] = Field(min_length=1)
    """The share of each class; they sum to 1."""
    warn: float | None = Field(default=None, gt=0, le=1)
    """Distance from which on it warns; 0.02, unless `fail` is set below that."""
    fail: float | None = Field(default=None, gt=0, le=1)
    """Distance from which on it fails; 0.06, unless `warn` is set above that."""

    by: str = ""
    """Column whose values are segments, each held against the shares."""
    least_rows: int = Field(default=200, ge=1)
    """Rows below which a segment is not judged."""
    batches: str = ""
    """Column that tells the batches in which labels came, when they may vary between these."""
    design_effect: float | None = Field(default=None, ge=1)
    """How many times as much as those of independent rows the shares vary; estimated with `batches`."""

    @model_validator(mode="before")
    @classmethod
    def _default_levels(cls, given: Any) -> Any:
        return with_default_levels(given, 0.02, 0.06) if isinstance(given, dict) else given

    @field_validator("expected", mode="before")
    @classmethod
    def _classes_as_text(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        named = {class_name(name): share for name, share in given.items()}
        if len(named) < len(given):
            msg = "two classes are the same as text. Name each class once"
            raise ValueError(msg)
        return named

    @field_validator("expected")
    @classmethod
    def _sums_to_one(cls, expected: dict[str, float]) -> dict[str, float]:
        DeclaredShares(expected).require_whole()
        return expected

    def named_values(self) -> tuple[object, ...]:
        """Return the classes."""
        return tuple(self.expected)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.batches and (self.by or self.design_effect):
            msg = "batches goes with neither by nor design_effect; declare design_effect to use it with by"
            raise ValueError(msg)
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the label, and what tells segments or batches."""
        return tuple(dict.fromkeys(filter(None, (self.column, self.by, self.batches))))

    @property
    def classes(self) -> ClassCounts:
        """The fact it judges."""
        return ClassCounts(self.column, tuple(self.expected))

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows per class, and per segment or batch."""
        if self._odd(schema):
            return (RowCount(),)
        return (RowCount(), self.classes, *([self._groups(schema)] if self.by or self.batches else []))

    def _odd(self, schema: Schema) -> str | None:
        return next((name for name in self.columns() if not is_scalar(schema[name].type)), None)

    def _groups(self, schema: Schema) -> Groups:
        label = schema[self.column]
        counts = [f"COUNT_IF({sql.text(class_value(label).eq(class_constant(label, name)))})" for name in self.expected]
        where = sql.text(sql.is_not_null(exp.paren(sql.finite(label), copy=False)))
        return in_groups((sql.text(as_category(schema[self.by or self.batches])),), *counts, where=where)

    def _segments(self, facts: Facts) -> list[Segment]:
        """Return rows per class of each segment that is judged, or of all rows."""
        if not self.by:
            return [Segment("", tuple(self._counts(facts)))]
        found = [Segment(facts.display(self.by, row[0]), by_class(row)) for row in self._rows(facts)]
        return [each for each in found if each.rows >= self.least_rows]

    def _rows(self, facts: Facts) -> tuple[tuple[Any, ...], ...]:
        return facts.current[self._groups(facts.current.schema)].rows

    def _effect(self, facts: Facts) -> float:
        """Return the design effect, declared or estimated between batches."""
        from airflow_mlquality.stats.batches import design_effect

        if not self.batches:
            return self.design_effect or 1.0
        return design_effect([by_class(row) for row in self._rows(facts)])

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the distance from the declared shares, or why there is none."""
        odd = self._odd(facts.current.schema)
        if odd:
            return self.undecided(
                Cause.WRONG_TYPE,
                f"{self._quantity}: '{odd}' holds no plain values",
                advice="name a column with one plain value per row",
            )
        if not sum(self._counts(facts)):
            what = "the table has no rows" if facts.current.rows == 0 else "no row has a label"
            return self.undecided(
                Cause.NO_DATA, f"{self._quantity}: {what}", advice="find out why the labels are missing"
            )
        lack = self._lack(facts)
        if lack:
            return self.undecided(Cause.TOO_SMALL, f"{self._quantity}: {lack}", advice="judge more rows at once")
        segments, effect = self._segments(facts), self._effect(facts)
        batches = len(self._rows(facts)) if self.batches else 0

        def interval(rate: float) -> tuple[float, float]:
            each = [self._declared.interval(one, effect, batches, rate / len(segments)) for one in segments]
            return max(low for low, _ in each), max(high for _, high in each)

        return Estimate(max(self._declared.distance(each.counts) for each in segments), interval)

    def _lack(self, facts: Facts) -> str:
        """Return why segments or batches tell nothing."""
        if self.by and not self._segments(facts):
            return f"no segment by '{self.by}' has {self.least_rows:,} rows"
        if self.batches and len(self._rows(facts)) < _LEAST_BATCHES:
            return f"only one batch by '{self.batches}' has labels, so how much batches vary is not known"
        return ""

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels."""
        segments, interval = self._segments(facts), estimate.interval(error_rate)
        worst = max(segments, key=lambda each: self._declared.distance(each.counts))
        outcome = outcome_of_interval(interval, self.warn, self.fail)
        where = f", {worst.name} of {len(segments):,} segments by '{self.by}'" if self.by else ""
        observed = f"{self._quantity} is {interval_text(estimate.value, interval)} ({worst.rows:,} rows{where})"
        fields: dict[str, Any] = {
            "observed": estimate.value,
            "unit": "share",
            "interval": interval,
            "evidence": {
                **self._declared.evidence(worst.counts, facts.current[self.classes].missing, error_rate),
                **self._of_segments(facts, segments),
            },
        }
        if outcome is Outcome.UNDECIDED:
            plain = len(segments) == 1 and self._effect(facts) == 1 and not self.batches
            needed = (
                self._declared.rows_needed(worst.counts, error_rate, self._decides)
                if plain
                else self._about(worst, estimate, error_rate)
            )
            return self.undecided(
                Cause.TOO_SMALL,
                f"{observed}, too few to tell: {rows_text(needed, 'widen the levels')}",
                advice="judge more labels at once, such as a longer partition, or widen the levels",
                **fields,
            )
        bound = bound_text(outcome, estimate.value, self.warn, self.fail)
        if outcome is Outcome.PASS:
            return self.verdict(outcome, f"{observed}, {bound}", **fields)
        text = f"{observed}, {bound}; {self._declared.most_moved(worst.counts)}"
        return self.verdict(outcome, text, advice=_ADVICE, **fields)

    def _about(self, worst: Segment, estimate: Estimate, error_rate: float) -> int | None:
        """Return about how many rows of a segment, or of all batches, would decide."""
        from airflow_mlquality.stats.outlook import rows_that_decide

        return rows_that_decide(estimate.value, estimate.interval(error_rate), worst.rows, self._decides)

    def _of_segments(self, facts: Facts, segments: Sequence[Segment]) -> dict[str, Any]:
        """Return what the evidence says of segments and batches."""
        if not (self.by or self.batches or self.design_effect):
            return {}
        found: dict[str, Any] = {"design_effect": self._effect(facts)}
        if self.batches:
            found["batches"] = len(self._rows(facts))
        if self.by:
            found["segments"] = self._declared.farthest(segments)
            found["segments_judged"] = len(segments)
            found["segments_too_small"] = len(self._rows(facts)) - len(segments)
        return found

    # ---- numbers and words ----

    @property
    def _declared(self) -> DeclaredShares:
        return DeclaredShares(self.expected)

    @property
    def _quantity(self) -> str:
        return f"total variation distance of '{self.column}' from its declared shares"

    def _counts(self, facts: Facts) -> list[int]:
        return [*facts.current[self.classes].counts, facts.current[self.classes].other]

    def _decides(self, interval: tuple[float, float]) -> bool:
        return outcome_of_interval(interval, self.warn, self.fail) is not Outcome.UNDECIDED


_LEAST_BATCHES = 2
