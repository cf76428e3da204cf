"""Whether the class shares moved, judged from what a model says of rows that have no labels yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field, model_validator
from sqlglot import exp

from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.labels.classes import class_key, class_text, labelled, rows_by_class
from airflow_mlquality.checks.labels.declared import class_name
from airflow_mlquality.checks.labels.outputs import ShiftEstimate, around, mean_outputs
from airflow_mlquality.checks.levels import bound_text, outcome_of_interval
from airflow_mlquality.checks.values.bounds import is_scalar
from airflow_mlquality.checks.wording import interval_text, percent, rows_text, with_default_levels
from airflow_mlquality.measurements import Groups, Measurement, RowCount, Schema, in_groups, sql
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks.base import Facts, Family, Scope
    from airflow_mlquality.profile import Profile
    from airflow_mlquality.stats.label_shift import Shares

MOST_GROUPS = 5_000
"""Groups of rows with similar class probabilities."""
ILL_CONDITIONED = 30.0
"""Condition number above which predictions do not tell the classes apart."""
_TWO = 2


class LabelShift(EstimatedCheck):
    """The class shares stay near those of the reference, as far as a model's output tells.

    It needs no labels now; the reference has them. Where the model's class probabilities are columns, the shares are
    estimated by expectation maximisation (Saerens); where only the predicted class is, by black box shift estimation
    from the reference's confusion of labels and predictions. The distance is the total variation distance: the share of
    rows that would have to be of another class.

    Why it matters
    --------------
    Labels come late. A model's thresholds and its calibration rest on the class shares it was trained on, and these can
    be read off its output long before the labels are there. The shares of the predicted classes themselves mislead:
    they are blurred by the model's errors.

    How it decides
    --------------
    The distance with an interval for the sampling of both sides: fail when all of it lies at or above `fail`, warn when
    it lies at or above `warn`, pass when it lies below `fail`, otherwise undecided, naming how many rows would decide.
    Undecided without reference, when the reference lacks its labels, and when the confusion is ill conditioned (above
    30), since the predictions do not tell the classes apart then. Class probabilities are calibrated on the reference
    (one factor, one offset per class) and rounded to groups, whose means are used; the shares now are compared with the
    shares estimated alike in the reference, so that what is left of a miscalibration raises no alarm. Measured:
    without change it alarms in 1 % of samples of 50 to 5,000 rows or fewer; a distance of 0.15 is found among 2,000
    rows in all samples, for two classes told apart with 88 % accuracy. On scikit-learn's digits with a logistic
    regression the shares miss by 0.022 (mean L1), where counting predicted classes misses by 0.035.

    When it misleads
    ----------------
    It holds when only the shares of the classes moved, and the rows within a class are as they were. Where these moved,
    or the model was trained again, it tells a shift that is none: read it beside `drift`. The reference must be rows
    that the model did not learn from.

    References
    ----------
    Saerens, M., Latinne, P. and Decaestecker, C. (2002). Adjusting the outputs of a classifier to new a priori
    probabilities: a simple procedure. Neural Computation, 14, 21-41. DOI 10.1162/089976602753284446

    Alexandari, A., Kundaje, A. and Shrikumar, A. (2020). Maximum likelihood with bias-corrected calibration is
    hard-to-beat at label shift adaptation. Proceedings of the 37th International Conference on Machine Learning,
    222-232. arXiv:1901.06852

    Lipton, Z. C., Wang, Y.-X. and Smola, A. (2018). Detecting and correcting for label shift with black box
    predictors. Proceedings of the 35th International Conference on Machine Learning, 3122-3130. arXiv:1802.03916

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = LabelShift(column="late", prediction="predicted")
    >>> train = {"late": [1, 0, 0, 0] * 500, "predicted": [1, 0, 0, 0] * 450 + [0, 0, 0, 1] * 50}
    >>> print(trial(check, predicted=[1, 0, 0, 0] * 500, reference=train))  # doctest: +NORMALIZE_WHITESPACE
    pass: estimated distance of the classes of 'late' from the reference is 0 [0, 0.041] (2,000 rows), within fail 0.15
    >>> print(trial(check, predicted=[1, 0] * 1000, reference=train))  # doctest: +NORMALIZE_WHITESPACE
    fail: estimated distance of the classes of 'late' from the reference is 0.29 [0.24, 0.34] (2,000 rows), above fail
    0.15; '#' moved most: 75 % -> 46 %
    >>> print(trial(check, predicted=[1, 0, 0, 0] * 500))
    undecided: estimated distance of the classes of 'late' from the reference: there is no reference yet
    """

    family: ClassVar[Family] = "labels"
    scope: ClassVar[Scope] = "labels"

    prediction: str = ""
    """The column with the predicted class."""
    probabilities: dict[str, str] = Field(default_factory=dict)
    """Instead: the column with the probability of each class, by class."""
    warn: float | None = Field(default=None, gt=0, le=1)
    """Distance from which on it warns; 0.05, unless `fail` is set below that."""
    fail: float | None = Field(default=None, gt=0, le=1)
    """Distance from which on it fails; 0.15, unless `warn` is set above that."""

    @model_validator(mode="before")
    @classmethod
    def _default_levels(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        named = given.get("probabilities")
        if isinstance(named, dict):
            given = {**given, "probabilities": {class_name(name): column for name, column in named.items()}}
        return with_default_levels(given, 0.05, 0.15)

    @model_validator(mode="after")
    def _one_output(self) -> Self:
        if bool(self.prediction) == bool(self.probabilities):
            msg = "give either prediction or probabilities"
            raise ValueError(msg)
        if len(self.probabilities) == 1:
            msg = "probabilities of one class tell nothing; give those of all classes"
            raise ValueError(msg)
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the columns with the model's output; the label may be absent now."""
        return tuple(dict.fromkeys(self.probabilities.values())) or (self.prediction,)

    def named_values(self) -> tuple[object, ...]:
        """Return the classes that the contract names."""
        return tuple(self.probabilities)

    # ---- what it asks for ----

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the model's output, and where there are labels for them as well."""
        if self._odd(schema):
            return ()
        is_reference = self.column in schema and is_scalar(schema[self.column].type)
        return (RowCount(), self._output(schema), *([self._labels(schema)] if is_reference else []))

    def _odd(self, schema: Schema) -> str | None:
        """Return a column of the output that cannot be one."""
        for name in self.columns():
            type_ = schema[name].type
            if not (type_.is_number if self.probabilities else is_scalar(type_)):
                return name
        return None

    def _output(self, schema: Schema, *, label: bool = False) -> Groups:
        """Return rows by the model's output, and by the label too."""
        if not self.probabilities:
            return rows_by_class((self.prediction, *([self.column] if label else [])), schema)
        steps = {2: 200, 3: 40}.get(len(self.probabilities), 10)
        values = [sql.finite(schema[name]) for name in self.probabilities.values()]
        keys = [sql.text(exp.Floor(this=exp.paren(value * steps + 0.5, copy=False))) for value in values]
        picked = [sql.text(exp.and_(*(exp.and_(value >= 0, value <= 1) for value in values)))]
        if label:
            keys, picked = [*keys, class_key(self.column, schema)], [*picked, labelled((self.column,), schema)]
        sums = [f"SUM({sql.text(value)})" for value in values]
        return in_groups(keys, *sums, where=" AND ".join(f"({each})" for each in picked), limit=MOST_GROUPS)

    def _labels(self, schema: Schema) -> Groups:
        return self._output(schema, label=True)

    # ---- how it judges ----

    @property
    def _quantity(self) -> str:
        return f"estimated distance of the classes of '{self.column}' from the reference"

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the distance, or why there is none."""
        from airflow_mlquality.stats.label_shift import distance_interval

        found = self._found(facts)
        if isinstance(found, Verdict):
            return found
        _, before, now, _ = found
        distance = round(float(abs(now.values - before.values).sum()) / 2, 12)
        return ShiftEstimate(distance, lambda rate: around(distance, distance_interval(now, before, rate)), found)

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels."""
        from airflow_mlquality.stats.outlook import rows_that_decide

        assert isinstance(estimate, ShiftEstimate)  # noqa: S101  its own
        classes, before, now, rows = estimate.found
        interval = estimate.interval(error_rate)
        outcome = outcome_of_interval(interval, self.warn, self.fail)
        observed = f"{self._quantity} is {interval_text(estimate.value, interval)} ({rows:,} rows)"
        shown = [facts.display(self.column, name) for name in classes]
        told: list[dict[str, Any]] = [
            {"label": name, "reference": float(one), "now": float(two), "deviation": float(two - one)}
            for name, one, two in zip(shown, before.values, now.values, strict=True)
        ]
        method = "expectation maximisation" if self.probabilities else "black box shift estimation"
        fields: dict[str, Any] = {
            "observed": estimate.value,
            "unit": "share",
            "interval": interval,
            "evidence": {"classes": told, "rows": rows, "method": method, "error_rate": error_rate},
        }
        if outcome is Outcome.UNDECIDED:
            needed = rows_that_decide(
                estimate.value,
                interval,
                rows,
                lambda each: outcome_of_interval(each, self.warn, self.fail) is not Outcome.UNDECIDED,
            )
            return self.undecided(
                Cause.TOO_SMALL,
                f"{observed}, too few to tell: {rows_text(needed, 'widen the levels')}",
                advice="judge more rows at once, take a larger reference, or widen the levels",
                **fields,
            )
        text = f"{observed}, {bound_text(outcome, estimate.value, self.warn, self.fail)}"
        if outcome is Outcome.PASS:
            return self.verdict(outcome, text, **fields)
        most = max(told, key=lambda each: round(abs(each["deviation"]), 9))
        moved = f"{most['label']} moved most: {percent(most['reference'])} -> {percent(most['now'])}"
        return self.verdict(outcome, f"{text}; {moved}", advice=_ADVICE, **fields)

    def _found(self, facts: Facts) -> tuple[list[str], Shares, Shares, int] | Verdict:  # noqa: PLR0911  one per lack
        """Return the classes, their shares in the reference and now, and how many rows tell; or why they are not."""
        odd = self._odd(facts.current.schema)
        if odd:
            return self._none(Cause.WRONG_TYPE, f"'{odd}' holds no output of a model", "name the model's output")
        if not facts.current[self._output(facts.current.schema)].rows:
            what = "no row has a model's output" if facts.current.rows else "the table has no rows"
            return self._none(Cause.NO_DATA, what, "find out why the model's output is missing")
        reference = facts.reference
        if reference is None:
            return self._none(Cause.NO_REFERENCE, "there is no reference yet", _HOW)
        lack = next((name for name in (self.column, *self.columns()) if name not in reference.schema), None)
        if lack:
            return self._none(Cause.NO_REFERENCE, f"the reference has no column '{lack}'", _HOW)
        wanted = [] if self._odd(reference.schema) else [self._labels(reference.schema), self._output(reference.schema)]
        if not wanted or any(each not in reference for each in wanted) or not reference[wanted[0]].rows:
            return self._none(Cause.NO_DATA, "the reference holds no labels beside the model's output", _HOW)
        both = [(reference, each) for each in wanted] + [(facts.current, self._output(facts.current.schema))]
        if not all(profile[each].is_complete for profile, each in both):
            return self._none(Cause.WRONG_TYPE, "there are too many different outputs", "name columns with classes")
        return self._by_em(facts.current, reference) if self.probabilities else self._by_bbse(facts.current, reference)

    def _none(self, cause: Cause, why: str, advice: str) -> Verdict:
        return self.undecided(cause, f"{self._quantity}: {why}", advice=advice)

    def _by_em(self, current: Profile, reference: Profile) -> tuple[list[str], Shares, Shares, int] | Verdict:
        from airflow_mlquality.stats.label_shift import calibration, em_shares

        classes, type_ = list(self.probabilities), reference.schema[self.column].type
        rows = reference[self._labels(reference.schema)].rows
        names = [class_text(row[len(classes)], type_) for row in rows]
        if set(names) != set(classes):
            return self._none(
                Cause.NO_DATA, "the reference's labels are not of the classes of `probabilities`", "name every class"
            )
        means, weights = mean_outputs(rows, len(classes), 1)
        labels = weights[:, None] * [[name == each for each in classes] for name in names]
        calibrated = calibration(means, labels)
        prior = labels.sum(axis=0) / labels.sum()
        found = []
        for profile in (reference, current):
            means, weights = mean_outputs(profile[self._output(profile.schema)].rows, len(classes), 0)
            found.append(em_shares(calibrated.of(means), weights, prior))
        return classes, found[0], found[1], int(weights.sum())

    def _by_bbse(self, current: Profile, reference: Profile) -> tuple[list[str], Shares, Shares, int] | Verdict:
        import numpy as np

        from airflow_mlquality.stats.label_shift import condition_number, counted_shares, solved_shares

        types = [reference.schema[name].type for name in (self.prediction, self.column)]
        pairs = {
            (class_text(said, types[0]), class_text(true, types[1])): int(n or 0)
            for said, true, n in reference[self._labels(reference.schema)].rows
        }
        classes, outputs = sorted({true for _, true in pairs}), sorted({said for said, _ in pairs})
        confusion = np.array([[pairs.get((said, true), 0) for true in classes] for said in outputs])
        type_ = current.schema[self.prediction].type
        now = {class_text(name, type_): int(n or 0) for name, n in current[self._output(current.schema)].rows}
        predicted = np.array([now.get(said, 0) for said in outputs])
        if len(classes) < _TWO:
            return self._none(Cause.NO_DATA, "the reference's labels are of one class", "take a reference with several")
        if not predicted.any():
            return self._none(Cause.NO_DATA, "no prediction is one that the reference had", "see what the model says")
        number = condition_number(confusion) if len(outputs) >= len(classes) else float("inf")
        if number > ILL_CONDITIONED:
            return self._none(
                Cause.TOO_SMALL,
                f"the predictions do not tell the classes apart (condition number {number:.3g} of their confusion)",
                "give class probabilities, or a better model",
            )
        shares = solved_shares(confusion, predicted)
        return classes, counted_shares(confusion.sum(axis=0)), shares, int(predicted.sum())


_HOW = "give the reference as rows with labels and the model's output, or as a report of this contract"
_ADVICE = "wait for labels of some rows, then adjust the model's thresholds to the new shares, or train it again"
