"""Drift: how far the shape of a column has moved from a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from airflow_mlquality.checks.base import Facts, Scope
from airflow_mlquality.checks.drift.attribution import Attributed, attributed, by_segment
from airflow_mlquality.checks.drift.comparing import ComparedShape
from airflow_mlquality.checks.drift.evidence import evidence_of, is_only_missing, moved_cells
from airflow_mlquality.checks.drift.importance import with_weights_read
from airflow_mlquality.checks.drift.methods import METHODS
from airflow_mlquality.checks.estimates import Estimate
from airflow_mlquality.checks.levels import outcome_of_interval
from airflow_mlquality.checks.wording import interval_text, rows_text, with_default_levels
from airflow_mlquality.measurements import Column, LogicalType, Measurement, RowCount, Schema
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks.drift.cells import Cells


class Drift(ComparedShape):
    """The shape of a column stays near that of a reference.

    The shape is the share of rows in up to 20 cells: intervals of a number with about equal reference mass, frequent
    categories, one cell for the rare and one for new ones; NULL, NaN and each infinity are cells of their own. Of
    a timestamp the hour of the day is compared, in UTC, or its place on the time line with `times: position`; of
    nested values only whether there are any.

    All columns are compared where `drift:` says nothing else. Beside another check there, such as `dependence_stable`,
    it takes an option of its own: `columns: all` asks for both.

    Why it matters
    --------------
    A model is only as good as the likeness of what it is served to what it learned from. A unit that changed, a
    category renamed, a join that lost rows shows as drift before any label arrives.

    How it decides
    --------------
    The distance of `method` without the part that sampling alone gives, with an interval: fail when all of it lies at
    or above `fail`, warn when it lies at or above `warn`, pass when it lies below `fail`, otherwise undecided, naming
    how many rows would decide. The error rate is shared by all columns (false discovery rate, 1 % by default), so
    without change a run of any width alarms in at most 1 % of runs. An empty cell counts as half a row, never as an
    epsilon. A column whose kind of value changed fails.
    Undecided without reference, and without rows; a reference that is there and holds nothing is lost evidence
    (`no_data`), not a first run.

    Measured with forty columns: without change all are undecided among 100 rows and nearly all pass among 200. NaN in
    three rows of ten is found in 93 % of samples of 50 rows and in all of 100; ten points of the shape that move from
    one tenth to another, which they leave all but empty, in 70 % of samples of 1,000 rows and in all of 5,000 (PSI).

    `psi`, `js` and `hellinger` count on the cells above, under the noncentral chi-square law. The Jensen-Shannon
    distance is about ``sqrt(PSI / (8 ln 2))``, that of Hellinger about ``sqrt(PSI / 8)``: 0.13 and 0.21, 0.11 and 0.18
    are PSI 0.1 and 0.25. Both are bounded and give less weight to cells that are nearly empty.

    `tv`, `ks` and `wasserstein` are norms of a difference of shares; what sampling adds to one is at most its mean
    under no change, and it spreads no more than its widest direction (see `stats/metrics.py`). `tv` is the share of
    rows that would have to move, on the same cells. `ks` is the largest difference of the distribution functions, on
    all bins of the reference, missing values last; of categories, the largest difference of one share. `wasserstein` is
    how far rows moved on average, in standard deviations of the reference; a row that gets or loses its value moved by
    one, tails beyond the outermost bins lie at their edge, and of categories it is `tv`. Their levels are choices with
    a meaning: one row in ten and one in five (0.1, 0.2); a quarter and half of a standard deviation.

    Measured with forty columns and half a standard deviation of shift, warnings among 500 and 1,000 rows: psi 38 % and
    93 %, js and hellinger 40 % and 95 %, ks 60 % and 100 %, wasserstein 57 % and 100 %, tv 0 % and 25 % (all of 5,000).
    A whole standard deviation is found by all but tv (82 %) in every sample of 100 rows. NULL in three rows of ten is
    found in samples of 100 rows by psi and hellinger always, by js in 95 %, by ks in 40 %, tv 5 %, wasserstein 10 %; of
    1,000 rows by all.

    `segments` names columns that tell segments. Where a column warns or fails, the reason then says which segments
    carry the change: of the PSI of its cells, the part that lies within each segment, and the part that the changed mix
    of segments makes (Kitagawa 1955); the evidence has the rows of each. Of a category the 20 most frequent values of
    the reference are segments, all others one; of a number or time, ranges. It takes a scan per column and `segments`
    column, about a second for two million rows. The verdict itself is as without it.

    `importance` keeps drift of what the model ignores from stopping anybody: a column of weight w fails from
    ``fail / w`` on and warns as ever (where no `warn` is given, from `fail` on), so at 0 it cannot fail, whatever
    moved, and is not undecided for lack of rows. A column that it does not name weighs 1, and a name that is no column
    is told as a missing one. Instead of weights it may name a JSON or CSV file of columns and numbers, such as the
    importances that a training run wrote: these are divided by the largest. Predictions and scores are columns like
    others: `columns: [score]` watches a model's output, with `method: ks` or `wasserstein` where the order of scores
    matters.

    When it misleads
    ----------------
    Drift is not harm: a column may move without touching the model, and a harmful change of a relation moves no single
    column. Changes within a cell are not seen. Rows are taken as independent: hundred rows of one customer count as
    hundred. Columns that grow by themselves (keys, dates) always move: the contract's key, time and partition are left
    out of `all`, and dates unless `times: position`.

    References
    ----------
    Yurdakul, B. and Naranjo, J. (2020). Statistical properties of the population stability index. Journal of Risk
    Model Validation, 14(4), 89-100. DOI 10.21314/JRMV.2020.227

    Lin, J. (1991). Divergence measures based on the Shannon entropy. IEEE Transactions on Information Theory, 37,
    145-151. DOI 10.1109/18.61115

    Massart, P. (1990). The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality. Annals of Probability, 18,
    1269-1283. DOI 10.1214/aop/1176990746

    Kitagawa, E. M. (1955). Components of a difference between two rates. Journal of the American Statistical
    Association, 50, 1168-1194. DOI 10.1080/01621459.1955.10501299

    Benjamini, Y. and Yekutieli, D. (2005). False discovery rate-adjusted multiple confidence intervals for selected
    parameters. Journal of the American Statistical Association, 100, 71-81. DOI 10.1198/016214504000001907

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Drift(reference="train", columns=["carrier"])
    >>> train = {"carrier": ["AA", "UA", "DL", "WN"] * 500}
    >>> print(trial(check, carrier=["AA", "UA", "DL", "WN"] * 100, reference=train))
    pass: PSI of 'carrier' against train is 0 [0, 0.04] (400 rows against 2,000), within fail 0.25
    >>> print(trial(check, carrier=["AA", "UA", "DL", None] * 100, reference=train))  # doctest: +NORMALIZE_WHITESPACE
    fail: PSI of 'carrier' against train is 3 [1.8, 4.3] (400 rows against 2,000), above fail 0.25; most of it: NULL
    0 % -> 25 %
    >>> print(trial(check, carrier=["AA", "UA", "DL", "WN"], reference=train))  # doctest: +NORMALIZE_WHITESPACE
    undecided: PSI of 'carrier' against train is 0 [0, 2.8] (4 rows against 2,000), too few to tell: about
    86 rows would decide
    >>> print(trial(check, carrier=["AA"] * 100))
    undecided: PSI of 'carrier' against train: there is no reference yet

    A model's scores, none of them low any more:

    >>> scores = {"score": [i / 1000 for i in range(1000)]}
    >>> check = Drift(reference="train", columns=["score"], method="wasserstein")
    >>> print(
    ...     trial(check, score=[i / 2000 + 0.4 for i in range(1000)], reference=scores)
    ... )  # doctest: +NORMALIZE_WHITESPACE
    warn: Wasserstein distance of 'score' against train is 0.59 [0.47, 0.67] (1,000 rows against 1,000), above warn
    0.25; most of it: (0.039, 0.099] 6 % -> 0 %, (0.139, 0.199] 6 % -> 0 %, (0.239, 0.299] 6 % -> 0 %

    One of two stores no longer says what was paid:

    >>> till = {"store": ["Ulm", "Bonn"] * 500, "paid": [5, 5, 9, 9] * 250}
    >>> now = {"store": ["Ulm", "Bonn"] * 500, "paid": [None, 5, None, 9] * 250}
    >>> check = Drift(reference="train", columns=["paid"], segments=["store"])
    >>> print(trial(check, reference=till, **now))  # doctest: +NORMALIZE_WHITESPACE
    fail: PSI of 'paid' against train is 3.8 [2.3, 5.6] (1,000 rows against 1,000), above fail 0.25; only missing values
    moved: NULL 0 % -> 50 %; most in store 'Xxx': 100 % of the change
    """

    scope: ClassVar[Scope] = "drift"
    filled: ClassVar[frozenset[str]] = frozenset({"column", "at", "moving"})
    spelled: ClassVar[dict[str, str]] = {"columns": "columns_", "except": "except_"}

    columns_: Literal["all"] | tuple[str, ...] = "all"
    """Columns to compare; by default `all` of the source."""
    except_: tuple[str, ...] = ()
    """Columns to leave out."""
    warn: float | None = Field(default=None, gt=0)
    """Distance from which on it warns; by default that of the method, unless `fail` is set below that."""
    fail: float | None = Field(default=None, gt=0)
    """Distance from which on it fails; by default that of the method, unless `warn` is set above that."""
    segments: tuple[str, ...] = ()
    """Columns whose values tell segments, such as a store or a source: which of them carry the drift of a column."""
    moving: tuple[str, ...] = Field(default=(), exclude=True, repr=False)
    """Columns that move by themselves: the contract's key, time and partition."""

    @model_validator(mode="before")
    @classmethod
    def _spelled_and_with_levels(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        options: dict[str, Any] = {str(cls.spelled.get(name, name)): value for name, value in given.items()}
        if isinstance(options.get("segments"), str):
            options["segments"] = (options["segments"],)
        options = with_weights_read(options)
        method = METHODS.get(str(options.get("method")), METHODS["psi"])  # pydantic refuses what is no method
        return with_default_levels(options, method.warn, method.fail)

    @model_validator(mode="after")
    def _weighs_what_is_compared(self) -> Self:
        listed = () if self.columns_ == "all" or self.column else self.columns_
        strange = [name for name in self.importance if listed and name not in listed]
        if strange:
            msg = f"importance names '{strange[0]}', which is not among columns"
            raise ValueError(msg)
        return self

    @property
    def verdict_id(self) -> str:
        """Its id with the column."""
        return self.id or (f"drift.{self.column}" if self.column else "drift")

    def without(self, absent: frozenset[str]) -> Drift | None:
        """Return the check that leaves the columns out."""
        if self.column:
            return None if self.column in absent else self
        return self.model_copy(update={"except_": (*self.except_, *sorted(absent))})

    def expand(self, schema: Schema) -> Sequence[Drift]:
        """Return one check per column."""
        if self.column:
            return (self,)
        all_of_them = tuple(column.name for column in schema if self._is_comparable(column))
        weighed = [name for name in self.importance if name not in schema]
        chosen = (*all_of_them, *weighed) if self.columns_ == "all" else dict.fromkeys(self.columns_)
        return [
            self.model_copy(update={"column": name, "id": f"{self.id}.{name}" if self.id else ""})
            for name in chosen
            if name not in self.except_
        ]

    def _is_comparable(self, column: Column) -> bool:
        is_date = column.type is LogicalType.DATE and self.times == "clock"
        return column.name not in self.moving and not is_date

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the shape, and for that of each segment where some are named."""
        return (RowCount(), self.shape, *by_segment(self.shape, self.segments, schema))

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the distance from the reference, or why there is none."""
        nothing = self.without_evidence(facts)
        if nothing is not None:
            return nothing
        distance = self.distance(facts)
        return Estimate(distance.value, distance.interval)

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels."""
        interval = estimate.interval(error_rate)
        outcome = outcome_of_interval(interval, *self.levels)
        cells = self.cells(facts)
        observed = f"{self.quantity} is {interval_text(estimate.value, interval)} ({self._counted(facts)})"
        segments = self._attributed(facts)
        fields: dict[str, Any] = {
            "observed": estimate.value,
            "unit": self.compared_by.unit,
            "interval": interval,
            "evidence": {
                **evidence_of(cells, *self.shapes(facts)),
                "error_rate": error_rate,
                **self.shown_weight,
                **({"segments": [each.evidence for each in segments]} if segments else {}),
            },
            **self.shown_levels,
        }
        if outcome is Outcome.UNDECIDED:
            needed = self.rows_needed_to_decide(facts, error_rate)
            return self.undecided(
                Cause.TOO_SMALL,
                f"{observed}, too few to tell: {rows_text(needed, 'take a larger reference')}",
                advice="compare more rows at once, such as a longer partition, or widen the levels",
                **fields,
            )
        bound = self.bound(outcome, estimate.value)
        if outcome is Outcome.PASS:
            return self.verdict(outcome, f"{observed}, {bound}", **fields)
        moved = "; ".join([moved_cells(cells, self.compared_by), *(each.text for each in segments)])
        return self.verdict(outcome, f"{observed}, {bound}; {moved}", advice=self._advice(cells), **fields)

    def _attributed(self, facts: Facts) -> list[Attributed]:
        return [attributed(facts, self.shape, name, self.cells(facts)) for name in self.segments if name != self.column]

    def _advice(self, cells: Cells) -> str:
        way = "" if self.segments else "; `segments` of the contract's drift tells which segment carries the change"
        if is_only_missing(cells, self.compared_by):
            return f"find where '{self.column}' is lost: a join key, a field that the source no longer fills{way}"
        what = f"see which cells of '{self.column}' moved"
        return f"{what}: mend the source, or take a new reference if the change is meant{way}"

    def _counted(self, facts: Facts) -> str:
        reference, current = self.shapes(facts)
        return f"{current.rows:,} rows against {reference.rows:,}"
