"""Labels: whether they are there, of the declared classes, in the declared shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, field_validator, model_validator
from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Family, Scope, Share
from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.levels import bound_text, outcome_of_interval
from airflow_mlquality.checks.literals import Scalar
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.checks.values import is_scalar
from airflow_mlquality.checks.wording import interval_text, percent, rows_text, with_default_levels
from airflow_mlquality.measurements import (
    ClassCounts,
    ClassCountsFact,
    LogicalType,
    Measurement,
    RowCount,
    RowsWhere,
    Schema,
    sql,
)
from airflow_mlquality.measurements.shapes import class_constant, class_value
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


def class_name(value: Scalar) -> str:
    """Return a class as the text by which it is counted.

    >>> class_name(True), class_name(1), class_name(1.0), class_name(0.5), class_name("late")
    ('true', '1', '1', '0.5', 'late')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def without_label(column: str, schema: Schema) -> exp.Expr:
    """Return the predicate of a row without label: NULL, NaN or infinite."""
    return sql.is_null(sql.finite(schema[column]))


class MissingShare(ShareCheck):
    """The share of rows without label stays within bounds.

    NULL, NaN and infinities are no labels. It warns at the first missing label and fails above one in twenty, unless
    levels say otherwise.

    Why it matters
    --------------
    Rows that lost their label are rarely a fair sample: they are the late, the disputed, the failed ones. Training on
    the rest learns another population.

    How it decides
    --------------
    Exact: rows without label among all rows. Undecided when there are no rows.

    When it misleads
    ----------------
    Labels that arrive late are missing by design on the newest days; check the days that are complete.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(MissingShare(column="late"), late=[0, 1, 1]))
    pass: share of rows without label 'late' is 0 (0 of 3 rows), within fail 0.05
    >>> print(trial(MissingShare(column="late"), late=[0, 1, None, None]))
    fail: share of rows without label 'late' is 0.5 (2 of 4 rows), above fail 0.05
    >>> print(trial(MissingShare(column="late"), late=[]))
    undecided: share of rows without label 'late': the table has no rows
    """

    family: ClassVar[Family] = "labels"
    scope: ClassVar[Scope] = "labels"
    short: ClassVar[str | None] = "fail"

    @model_validator(mode="before")
    @classmethod
    def _default_levels(cls, given: Any) -> Any:
        if not isinstance(given, dict) or any(given.get(name) is not None for name in ("warn", "fail", "mostly")):
            return given
        return {**given, "warn": 0.0, "fail": 0.05}

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"without label '{self.column}'"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return "wait for the labels, or find where they are lost; do not train on the rest alone"

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, and rows without label."""
        return (RowCount(), self._violating(schema))

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row without label."""
        return without_label(self.column, schema)

    def judged_rows(self, facts: Facts) -> int:
        """Return all rows."""
        return facts.current.rows


class Allowed(ShareCheck):
    """The label is one of the declared classes.

    Classes are compared as text: `1`, `1.0` and `"1"` are one class, booleans are `true` and `false`. Rows without
    label are not judged.

    Why it matters
    --------------
    A class that the model has no output for is learned as noise, or breaks the training late.

    How it decides
    --------------
    Exact: rows with another label among rows with a label. Fails at the first, unless levels say otherwise. Undecided
    when no row has a label.

    When it misleads
    ----------------
    It does not see classes that vanished, nor shares that moved: that is `prior`.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Allowed(column="late", values=[0, 1])
    >>> print(trial(check, late=[0, 1, 1]))
    pass: share of rows with label 'late' not among 2 classes is 0 (0 of 3 rows), within fail 0
    >>> print(trial(check, late=[0, 1, 2, None]))
    fail: share of rows with label 'late' not among 2 classes is 0.3333 (1 of 3 rows), above fail 0
    >>> print(trial(check, late=[None, None]))
    undecided: share of rows with label 'late' not among 2 classes: no row has a label
    """

    family: ClassVar[Family] = "labels"
    scope: ClassVar[Scope] = "labels"
    short: ClassVar[str | None] = "values"

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Return whether a value of that type can be a class: one with parts cannot."""
        return is_scalar(type_)

    values: tuple[Scalar, ...] = Field(min_length=1)
    """The classes."""

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        number = len(self.values)
        return f"with label '{self.column}' not among {number} class{'' if number == 1 else 'es'}"

    def named_values(self) -> tuple[object, ...]:
        """Return the classes."""
        return (*self.values, *map(class_name, self.values))

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, rows without label, and rows with another one."""
        return (RowCount(), self._unlabelled(schema), self._violating(schema))

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row with another label."""
        column = schema[self.column]
        known = class_value(column).isin(*(class_constant(column, class_name(value)) for value in self.values))
        return exp.and_(
            exp.not_(without_label(self.column, schema)), exp.not_(exp.func("COALESCE", known, exp.false()))
        )

    def judged_rows(self, facts: Facts) -> int:
        """Return the rows with a label."""
        return facts.current.rows - facts.current[self._unlabelled(facts.current.schema)]

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of rows with another label against the levels."""
        if facts.current.rows and not self.judged_rows(facts):
            return self.undecided(
                Cause.NO_DATA,
                f"share of rows {self.wrong}: no row has a label",
                advice="find out why the labels are missing",
            )
        return super().judge(facts)

    def _unlabelled(self, schema: Schema) -> RowsWhere:
        return RowsWhere(sql.text(without_label(self.column, schema)))


SUM_TOLERANCE = 1e-6


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
    does in 70 % of samples, among 5,000 in 99 %, for a class declared at 0.2 (measured).
    Undecided when no row has a label.

    When it misleads
    ----------------
    Rows are taken as independent: labels that come in batches vary more than the interval says. It sees shares, not
    which rows carry which label.

    References
    ----------
    Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the
    binomial. Biometrika, 26, 404-413. DOI 10.1093/biomet/26.4.404

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
        total = sum(expected.values())
        if abs(total - 1) > SUM_TOLERANCE:
            msg = f"the shares sum to {total:.6g}, not 1"
            raise ValueError(msg)
        return expected

    def named_values(self) -> tuple[object, ...]:
        """Return the classes."""
        return tuple(self.expected)

    @property
    def classes(self) -> ClassCounts:
        """The fact it judges."""
        return ClassCounts(self.column, tuple(self.expected))

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows per class."""
        return (RowCount(), self.classes)

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the distance from the declared shares, or why there is none."""
        from airflow_mlquality.stats.priors import total_variation_interval

        counts = self._counts(facts)
        if not sum(counts):
            what = "the table has no rows" if facts.current.rows == 0 else "no row has a label"
            return self.undecided(
                Cause.NO_DATA, f"{self._quantity}: {what}", advice="find out why the labels are missing"
            )
        return Estimate(self._distance(counts), lambda rate: total_variation_interval(self._shares, counts, rate))

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels."""
        counts, interval = self._counts(facts), estimate.interval(error_rate)
        outcome = outcome_of_interval(interval, self.warn, self.fail)
        observed = f"{self._quantity} is {interval_text(estimate.value, interval)} ({sum(counts):,} rows)"
        fields: dict[str, Any] = {
            "observed": estimate.value,
            "unit": "share",
            "interval": interval,
            "evidence": self._evidence(counts, facts.current[self.classes].missing, error_rate),
        }
        if outcome is Outcome.UNDECIDED:
            needed = self._rows_needed(counts, error_rate)
            return self.undecided(
                Cause.TOO_SMALL,
                f"{observed}, too few to tell: {rows_text(needed, 'widen the levels')}",
                advice="judge more labels at once, such as a longer partition, or widen the levels",
                **fields,
            )
        bound = bound_text(outcome, estimate.value, self.warn, self.fail)
        if outcome is Outcome.PASS:
            return self.verdict(outcome, f"{observed}, {bound}", **fields)
        return self.verdict(outcome, f"{observed}, {bound}; {self._most_moved(counts)}", advice=_ADVICE, **fields)

    # ---- numbers ----

    @property
    def _names(self) -> list[str]:
        return [*self.expected, OTHER]

    @property
    def _shares(self) -> list[float]:
        return [*self.expected.values(), 0.0]

    def _counts(self, facts: Facts) -> list[int]:
        fact: ClassCountsFact = facts.current[self.classes]
        return [*fact.counts, fact.other]

    def _distance(self, counts: Sequence[int]) -> float:
        from airflow_mlquality.stats.distances import total_variation

        rows = sum(counts)
        return float(total_variation(self._shares, [count / rows for count in counts]))

    def _rows_needed(self, counts: Sequence[int], error_rate: float) -> int | None:
        from airflow_mlquality.stats.priors import likely_interval
        from airflow_mlquality.stats.sizes import rows_needed

        def decides(rows: int) -> bool:
            low, high = likely_interval(self._shares, counts, rows, error_rate)
            return any(
                outcome_of_interval(each, self.warn, self.fail) is not Outcome.UNDECIDED
                for each in ((low, 2.0), (0.0, high))
            )

        return rows_needed(decides, rows=sum(counts))

    # ---- words ----

    @property
    def _quantity(self) -> str:
        return f"total variation distance of '{self.column}' from its declared shares"

    def _most_moved(self, counts: Sequence[int]) -> str:
        rows = sum(counts)
        moved = max(range(len(counts)), key=lambda i: round(abs(counts[i] / rows - self._shares[i]), 9))
        declared, observed = percent(self._shares[moved]), percent(counts[moved] / rows)
        return f"{self._names[moved]} deviates most: {declared} declared, {observed} observed"

    def _evidence(self, counts: Sequence[int], missing: int, error_rate: float) -> dict[str, Any]:
        from airflow_mlquality.stats.priors import share_intervals

        rows = sum(counts)
        found = zip(self._names, self._shares, counts, share_intervals(counts, error_rate), strict=True)
        classes = [
            {
                "label": name,
                "expected": share,
                "observed": count / rows,
                "rows": count,
                "lo": low,
                "hi": high,
                "deviation": count / rows - share,
            }
            for name, share, count, (low, high) in found
            if name != OTHER or count
        ]
        return {"classes": classes, "labelled": rows, "missing": missing, "error_rate": error_rate}


OTHER = "other classes"
_ADVICE = "find what changed in the labelling or the selection of rows; declare the new shares if they are meant"
