"""How many labels are wrong, as far as a model's class probabilities tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from pydantic import Field, field_validator, model_validator
from sqlglot import exp

from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.labels.classes import class_text
from airflow_mlquality.checks.labels.declared import class_name
from airflow_mlquality.checks.labels.suspects import can_name, largest, mislabelled, place_of_largest, ranked, suspects
from airflow_mlquality.checks.levels import bound_text, outcome_of_interval
from airflow_mlquality.checks.values.bounds import is_scalar
from airflow_mlquality.checks.wording import interval_text, percent, rows_text, with_default_levels
from airflow_mlquality.measurements import Groups, LogicalType, Measurement, RowCount, Schema, in_groups, sql
from airflow_mlquality.measurements.shapes import class_constant, class_value
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks.base import Facts, Family, Scope
    from airflow_mlquality.stats.confident import Array

MOST_GROUPS = 5_000
_SUSPICIOUS = 4
"""A label is suspicious when another class is more than so many times as probable."""
_FEW_CLASSES = 4


class _Noise(NamedTuple):
    """Rows by given and estimated true label, rows that the model contradicts surely and that it does at all, all rows.

    Among the sure ones, wrongly labelled or not, a calibrated model errs: one that is sure by 0.9 in a tenth.
    """

    joint: Array
    surely: int
    model_errors: float
    contradicted: int
    rows: int

    @property
    def estimate(self) -> float:
        """The share of wrong labels by confident learning, between the two ends."""
        low, high = self.shares
        return min(max(1 - float(self.joint.trace()) / self.rows, low), high)

    @property
    def shares(self) -> tuple[float, float]:
        """The share of wrong labels from below and from above."""
        return max(self.surely - self.model_errors, 0.0) / self.rows, self.contradicted / self.rows

    def interval(self, error_rate: float, rows: int = 0) -> tuple[float, float]:
        """Return the shares with the sampling of so many rows."""
        from airflow_mlquality.stats.binomial import lower_share, upper_share

        (low, high), size = self.shares, rows or self.rows
        return lower_share(low * size, size, error_rate), upper_share(high * size, size, error_rate)  # type: ignore[arg-type]  # defined for fractions


class LabelNoise(EstimatedCheck):
    """Few labels are wrong, as far as a model's class probabilities tell.

    The probabilities are columns, one per class, from a model that did not learn from these rows (cross-validated). The
    share of wrong labels is estimated by confident learning, and bounded from below by the rows whose label the model
    contradicts surely, from above by those that it contradicts at all.

    Why it matters
    --------------
    Wrong labels cost accuracy twice: the model learns them, and is measured against them. Benchmarks everybody uses
    have some percent.

    How it decides
    --------------
    The interval spans both bounds, with the sampling of rows: fail when all of it lies at or above `fail`, warn when it
    lies at or above `warn`, pass when it lies below `fail`, otherwise undecided. A row is surely of its most probable
    class when that class's probability is at least its mean among the rows labelled so. Any single number would look
    surer than it is: confident learning alone erred by up to 0.03 to either side in our runs. Examples are rows where
    another class is more than four times as probable as the label. Undecided when no row has a label and all
    probabilities. Measured on scikit-learn's digits with 5, 10 and 20 % of the labels flipped: the interval covers the
    share with a nearest-neighbour model; a model that is sure and wrong pushes both ends up.

    With `top` the evidence ranks so many suspicious rows by their margin, how much more probable another class is than
    the label, and names each by its key. Keys are shown as the contract allows; they stand in the profile as they are.

    When it misleads
    ----------------
    Probabilities of a model that learned these labels hide their errors. A weak model contradicts many right labels,
    so the upper end says more of the model than of the labels. Rows that are hard are not wrong.

    References
    ----------
    Northcutt, C., Jiang, L. and Chuang, I. (2021). Confident learning: estimating uncertainty in dataset labels.
    Journal of Artificial Intelligence Research, 70, 1373-1411. DOI 10.1613/jair.1.12125

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = LabelNoise(column="late", probabilities={1: "p1", 0: "p0"})
    >>> model = {"p1": [0.99, 0.01, 0.02, 0.01] * 100, "p0": [0.01, 0.99, 0.98, 0.99] * 100}
    >>> print(trial(check, late=[1, 0, 0, 0] * 100, **model))
    pass: share of wrong labels in 'late' is 0 [0, 0.011] (400 rows), within fail 0.15
    >>> print(trial(check, late=[1, 0, 0, 1] * 100, **model))  # doctest: +NORMALIZE_WHITESPACE
    fail: share of wrong labels in 'late' is 0.25 [0.19, 0.3] (400 rows), above fail 0.15; mostly labelled 1, but
    probably 0 (25 %)
    >>> print(trial(check, late=[None], p1=[0.5], p0=[0.5]))
    undecided: share of wrong labels in 'late': no row has a label and all probabilities
    """

    family: ClassVar[Family] = "labels"
    scope: ClassVar[Scope] = "labels"
    short: ClassVar[str | None] = "probabilities"

    probabilities: dict[str, str] = Field(min_length=2)
    """The column with the probability of each class, by class."""
    warn: float | None = Field(default=None, gt=0, le=1)
    """Share of wrong labels from which on it warns; 0.05, unless `fail` is set below that."""
    fail: float | None = Field(default=None, gt=0, le=1)
    """Share of wrong labels from which on it fails; 0.15, unless `warn` is set above that."""

    top: int = Field(default=0, ge=0, le=1_000)
    """How many suspicious rows the evidence names, the most suspicious first."""
    identified_by: tuple[str, ...] = ()
    """Columns that name a row; by default the key of the data set."""

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Return whether a value of that type can be a class: one with parts cannot."""
        return is_scalar(type_)

    @model_validator(mode="before")
    @classmethod
    def _default_levels(cls, given: Any) -> Any:
        return with_default_levels(given, 0.05, 0.15) if isinstance(given, dict) else given

    @field_validator("probabilities", mode="before")
    @classmethod
    def _classes_as_text(cls, given: Any) -> Any:
        return {class_name(name): column for name, column in given.items()} if isinstance(given, dict) else given

    def columns(self) -> tuple[str, ...]:
        """Return the label and the probabilities."""
        return tuple(dict.fromkeys((self.column, *self.probabilities.values())))

    def named_values(self) -> tuple[object, ...]:
        """Return the classes."""
        return tuple(self.probabilities)

    # ---- what it asks for ----

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows by label, most probable class and its probability."""
        if self._odd(schema):
            return ()
        named = (self._suspects(schema),) if self._names_rows(schema) else ()
        return (RowCount(), self._groups(schema), *named)

    def _names_rows(self, schema: Schema) -> bool:
        return self.top > 0 and can_name(self.identified_by, schema)

    def _suspects(self, schema: Schema) -> Groups:
        values = self._values(schema)
        margin = exp.paren(largest(values, values)) - exp.paren(self._own(schema))
        suspicious = self.violation(schema)
        return suspects(schema, self.identified_by, self.column, place_of_largest(values), margin, suspicious, self.top)

    def _odd(self, schema: Schema) -> str | None:
        return next((name for name in self.probabilities.values() if not schema[name].type.is_number), None)

    def _values(self, schema: Schema) -> list[exp.Expr]:
        return [sql.finite(schema[name]) for name in self.probabilities.values()]

    def _groups(self, schema: Schema) -> Groups:
        values = self._values(schema)
        bins = 100 if len(values) <= _FEW_CLASSES else 25
        most = exp.Floor(this=exp.paren(largest(values, values) * bins, copy=False))
        keys = [class_value(schema[self.column]), place_of_largest(values), most]
        sums = [f"SUM({sql.text(value)})" for value in values]
        where = sql.text(self._judged(schema))
        return in_groups([sql.text(key) for key in keys], *sums, where=where, limit=MOST_GROUPS)

    def _judged(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row with all probabilities and a label of one of their classes."""
        proper = [exp.and_(value >= 0, value <= 1) for value in self._values(schema)]
        return exp.and_(*proper, sql.is_not_null(self._own(schema)))

    def _own(self, schema: Schema) -> exp.Expr:
        """Return the probability of a row's own label; NULL for labels of other classes."""
        label, values = schema[self.column], self._values(schema)
        chosen = exp.case()
        for name, value in zip(self.probabilities, values, strict=True):
            chosen = chosen.when(class_value(label).eq(class_constant(label, name)), value)
        return chosen

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a suspicious row: its label is far less probable than another class."""
        values = self._values(schema)
        own = exp.paren(self._own(schema), copy=False)
        return exp.and_(self._judged(schema), own * _SUSPICIOUS < exp.paren(largest(values, values), copy=False))

    # ---- how it judges ----

    @property
    def _quantity(self) -> str:
        return f"share of wrong labels in '{self.column}'"

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the share of wrong labels, or why there is none."""
        odd = self._odd(facts.current.schema)
        if odd:
            return self.undecided(
                Cause.WRONG_TYPE, f"{self._quantity}: '{odd}' holds no probabilities", advice="name a column of numbers"
            )
        fact = facts.current[self._groups(facts.current.schema)]
        if not fact.rows:
            what = "no row has a label and all probabilities" if facts.current.rows else "the table has no rows"
            return self.undecided(
                Cause.NO_DATA, f"{self._quantity}: {what}", advice="find out why labels or probabilities are missing"
            )
        noise = self._noise(facts)
        return Estimate(noise.estimate, noise.interval)

    def _noise(self, facts: Facts) -> _Noise:
        import numpy as np

        from airflow_mlquality.stats.confident import joint_of_labels, thresholds

        schema, names = facts.current.schema, list(self.probabilities)
        type_ = schema[self.column].type
        found = facts.current[self._groups(schema)].rows
        labels = np.array([names.index(class_text(row[0], type_)) for row in found])
        likely = np.array([row[1] for row in found], dtype=np.int64)
        table = np.array([row[3:] for row in found], dtype=np.float64)
        weights, sums = table[:, 0], table[:, 1:]
        rows = np.bincount(labels, weights, minlength=len(names))
        own = np.bincount(labels, sums[np.arange(len(labels)), labels], minlength=len(names))
        surest = sums[np.arange(len(likely)), likely] / weights
        sure = surest >= thresholds(own, rows)[likely] - 1e-9
        confident = np.zeros((len(names), len(names)))
        np.add.at(confident, (labels[sure], likely[sure]), weights[sure])
        apart = labels != likely
        contradicted, surely = int(weights[apart].sum()), int(weights[apart & sure].sum())
        errors = float((weights * (1 - surest))[sure].sum())
        return _Noise(joint_of_labels(confident, rows), surely, errors, contradicted, int(weights.sum()))

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels."""
        noise, interval = self._noise(facts), estimate.interval(error_rate)
        outcome = outcome_of_interval(interval, self.warn, self.fail)
        observed = f"{self._quantity} is {interval_text(estimate.value, interval)} ({noise.rows:,} rows)"
        pairs = mislabelled(noise.joint, noise.rows, list(self.probabilities))
        fields: dict[str, Any] = {
            "observed": estimate.value,
            "unit": "share",
            "interval": interval,
            "evidence": {
                "contradicted_surely": noise.surely,
                "expected_model_errors": round(noise.model_errors, 1),
                "contradicted": noise.contradicted,
                "rows": noise.rows,
                "pairs": pairs,
                "error_rate": error_rate,
            },
        }
        if self._names_rows(facts.current.schema):
            groups = self._suspects(facts.current.schema)
            found = ranked(facts, groups, self.identified_by, self.column, list(self.probabilities))
            fields["evidence"]["suspects"] = found
        if outcome is Outcome.UNDECIDED:
            needed = self._rows_needed(noise, error_rate)
            return self.undecided(
                Cause.TOO_SMALL,
                f"{observed}, too wide to tell: {rows_text(needed, 'give the probabilities of a better model')}",
                advice="give out-of-sample probabilities of a better model, judge more rows, or widen the levels",
                **fields,
            )
        text = f"{observed}, {bound_text(outcome, estimate.value, self.warn, self.fail)}"
        if outcome is Outcome.PASS:
            return self.verdict(outcome, text, **fields)
        worst = ""
        if pairs:
            most = pairs[0]
            worst = f"; mostly labelled {most['label']}, but probably {most['probably']} ({percent(most['share'])})"
        return self.verdict(outcome, f"{text}{worst}", advice=_ADVICE, **fields)

    def _rows_needed(self, noise: _Noise, error_rate: float) -> int | None:
        from airflow_mlquality.stats.sizes import rows_needed

        def decides(rows: int) -> bool:
            outcome = outcome_of_interval(noise.interval(error_rate, rows), self.warn, self.fail)
            return outcome is not Outcome.UNDECIDED

        return rows_needed(decides, rows=noise.rows)


_ADVICE = "look at the example rows and relabel what is wrong; see whether one annotator or one source made them"
