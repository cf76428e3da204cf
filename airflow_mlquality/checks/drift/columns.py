"""Drift: how far the shape of a column has moved from a reference."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.drift.evidence import (
    category_text,
    edge_text_of,
    evidence_of,
    has_values,
    moved_cells,
    sort_of,
)
from airflow_mlquality.checks.drift.methods import METHODS, Distance, DriftMethod, Method
from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.levels import bound_text, outcome_of_interval
from airflow_mlquality.checks.wording import interval_text, near, rows_text, with_default_levels
from airflow_mlquality.measurements import Column, LogicalType, Measurement, RowCount, Schema, Shape, ShapeFact
from airflow_mlquality.measurements.shapes import Times
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks.drift.cells import Cells


class Drift(EstimatedCheck):
    """The shape of a column stays near that of a reference.

    The shape is the share of rows in up to 20 cells: intervals of a number with about equal reference mass, frequent
    categories, one cell for the rare and one for new ones; NULL, NaN and each infinity are cells of their own. Of
    a timestamp the hour of the day is compared, in UTC, or its place on the time line with `times: position`; of
    nested values only whether there are any.

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

    `importance` keeps drift of what the model ignores from stopping anybody: a column of weight w fails from
    ``fail / w`` on and warns as ever (where no `warn` is given, from `fail` on), so at 0 it cannot fail, whatever
    moved, and is not undecided for lack of rows. A column that it does not name weighs 1, and a name that is no column
    is told as a missing one. Predictions and scores are columns like others: `columns: [score]` watches a model's
    output, with `method: ks` or `wasserstein` where the order of scores matters.

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
    """

    family: ClassVar[Family] = "drift"
    scope: ClassVar[Scope] = "drift"
    filled: ClassVar[frozenset[str]] = frozenset({"column", "at", "moving"})
    spelled: ClassVar[dict[str, str]] = {"columns": "columns_", "except": "except_"}

    reference: str | None = None
    """Name of the stored profile to compare with, or its path; an operator or a command may name another."""
    columns_: Literal["all"] | tuple[str, ...] = "all"
    """Columns to compare; by default `all` of the source."""
    except_: tuple[str, ...] = ()
    """Columns to leave out."""
    method: Method = "psi"
    """`psi`, `js` (Jensen-Shannon), `ks` (Kolmogorov-Smirnov), `wasserstein`, `tv` (total variation) or `hellinger`."""
    times: Times = "clock"
    """What of a timestamp is compared: its hour of the day (`clock`) or its place on the time line (`position`)."""
    warn: float | None = Field(default=None, gt=0)
    """Distance from which on it warns; by default that of the method, unless `fail` is set below that."""
    fail: float | None = Field(default=None, gt=0)
    """Distance from which on it fails; by default that of the method, unless `warn` is set above that."""
    importance: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default={})
    """What a column means to the model, from 0 to 1: it fails from ``fail / weight`` on; 1 where nothing is said."""
    moving: tuple[str, ...] = Field(default=(), exclude=True, repr=False)
    """Columns that move by themselves: the contract's key, time and partition."""

    @model_validator(mode="before")
    @classmethod
    def _spelled_and_with_levels(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        options: dict[str, Any] = {str(cls.spelled.get(name, name)): value for name, value in given.items()}
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

    # ---- what the column means to the model ----

    @property
    def weight(self) -> float:
        """What the column means to the model, from 0 to 1."""
        return self.importance.get(self.column, 1.0)

    @property
    def alarm_level(self) -> float | None:
        """The distance whose crossing is an alarm."""
        warn, fail = self._levels
        return warn if warn is not None else fail

    @property
    def _levels(self) -> tuple[float | None, float | None]:
        """From where on it warns and fails: what weighs less fails later, and warns where it would have failed."""
        if self.weight == 1 or self.fail is None:
            return self.warn, self.fail
        return self.warn or self.fail, self.fail / self.weight if self.weight else math.inf

    # ---- what it asks for ----

    @property
    def shape(self) -> Shape:
        """The fact it compares."""
        return Shape(self.column, times=self.times)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the shape."""
        return (RowCount(), self.shape)

    # ---- how it judges ----

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the distance from the reference, or why there is none."""
        nothing = self._without_evidence(facts)
        if nothing is not None:
            return nothing
        distance = self._distance(facts)
        return Estimate(distance.value, distance.interval)

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels."""
        interval = estimate.interval(error_rate)
        outcome = outcome_of_interval(interval, *self._levels)
        cells = self._cells(facts)
        observed = f"{self._quantity} is {interval_text(estimate.value, interval)} ({self._counted(facts)})"
        fields: dict[str, Any] = {
            "observed": estimate.value,
            "unit": self._method.unit,
            "interval": interval,
            "evidence": {**evidence_of(cells, *self._shapes(facts)), "error_rate": error_rate} | self._weighed,
            **self._shown_levels,
        }
        if outcome is Outcome.UNDECIDED:
            needed = self._rows_needed(facts, error_rate)
            return self.undecided(
                Cause.TOO_SMALL,
                f"{observed}, too few to tell: {rows_text(needed, 'take a larger reference')}",
                advice="compare more rows at once, such as a longer partition, or widen the levels",
                **fields,
            )
        bound = self._bound(outcome, estimate.value)
        if outcome is Outcome.PASS:
            return self.verdict(outcome, f"{observed}, {bound}", **fields)
        moved = moved_cells(cells, self._method)
        return self.verdict(outcome, f"{observed}, {bound}; {moved}", advice=self._advice, **fields)

    def _without_evidence(self, facts: Facts) -> Verdict | None:
        if facts.current.rows == 0:
            return self.undecided(
                Cause.NO_DATA, f"{self._quantity}: the table has no rows", advice="find out why the stage has no rows"
            )
        lack = self._lack(facts)
        if lack is not None:
            cause, why = lack
            return self.undecided(cause, f"{self._quantity}: {why}", advice=f"take one of {TAKE_REFERENCE}")
        return self._changed_type(facts)

    def _lack(self, facts: Facts) -> tuple[Cause, str] | None:
        """Return what the reference lacks. One that is there and empty is lost evidence, not a first run.

        Raises
        ------
        FactMissingError
            When the query for the reference's shape failed.
        """
        if facts.reference is None:
            return Cause.NO_REFERENCE, "there is no reference yet"
        if self.column not in facts.reference.schema:
            return Cause.NO_REFERENCE, f"the reference has no column '{self.column}'"
        if self.shape not in facts.reference and self.shape not in facts.reference.failures:
            return Cause.NO_DATA, "the reference holds no shape of it"
        return None if facts.reference[self.shape].rows else (Cause.NO_DATA, "the reference has no rows")

    def _changed_type(self, facts: Facts) -> Verdict | None:
        if facts.reference is None or self.column not in facts.reference.schema:
            return None
        before = sort_of(facts.reference.schema[self.column], self.times)
        now = sort_of(facts.current.schema[self.column], self.times)
        if before == now or not has_values(facts.reference[self.shape]):
            return None
        if self.shape in facts.current and not has_values(facts.current[self.shape]):
            return None
        return self.verdict(
            Outcome.FAIL if self.weight else Outcome.WARN,
            f"{self._quantity}: its values were {before} and are {now}, so every row has moved",
            advice=f"restore the type of '{self.column}', or take a new reference if the change is meant",
            evidence={"reference_type": before, "current_type": now},
        )

    def _cells(self, facts: Facts, rows: int | None = None) -> Cells:
        from airflow_mlquality.checks.drift.cells import cells_of

        reference, current = self._shapes(facts)
        column = facts.current.schema[self.column]

        def display(value: str) -> str:
            return facts.display(self.column, value)

        rows = current.rows if rows is None else rows
        return cells_of(reference, current, rows, edge_text_of(column, self.times), category_text(display))

    def _shapes(self, facts: Facts) -> tuple[ShapeFact, ShapeFact]:
        assert facts.reference is not None  # noqa: S101  asked before, see _without_evidence
        reference, current = facts.reference[self.shape], facts.current[self.shape]
        if reference.bins != current.bins and has_values(reference) and has_values(current):
            msg = "the shapes were counted on different bins; measure again with this reference"
            raise ValueError(msg)
        return reference, current

    @property
    def _method(self) -> DriftMethod:
        return METHODS[self.method]

    def _distance(self, facts: Facts) -> Distance:
        return self._method.between(self._cells(facts), *self._shapes(facts))

    def _rows_needed(self, facts: Facts, error_rate: float) -> int | None:
        from airflow_mlquality.stats.sizes import rows_needed

        distance = self._distance(facts)
        reference, current = self._shapes(facts)

        def decides(rows: int) -> bool:
            cells = len(self._cells(facts, rows).cells)
            low, high = distance.outlook(error_rate, cells, 1 / rows + 1 / reference.rows)
            return any(
                outcome_of_interval(each, *self._levels) is not Outcome.UNDECIDED
                for each in ((low, float("inf")), (0.0, high))
            )

        return rows_needed(decides, rows=current.rows)

    # ---- what it says ----

    @property
    def _quantity(self) -> str:
        return f"{self._method.title} of '{self.column}' against {self.reference or 'the reference'}"

    @property
    def _weighed(self) -> dict[str, float]:
        return {"importance": self.weight} if self.importance else {}

    @property
    def _shown_levels(self) -> dict[str, float | None]:
        warn, fail = self._levels
        return {"warn": warn, "fail": None if fail == math.inf else fail}

    def _bound(self, outcome: Outcome, observed: float) -> str:
        warn, fail = self._levels
        said = f"; its importance is {near(self.weight)}" if self.weight < 1 else ""
        if fail != math.inf:
            return f"{bound_text(outcome, observed, warn, fail)}{said}"
        if outcome is Outcome.PASS:
            return "which cannot fail; its importance is 0"
        return f"{bound_text(outcome, observed, warn, None)}{said}"

    @property
    def _advice(self) -> str:
        return (
            f"see which cells of '{self.column}' moved: mend the source, or take a new reference if the change is meant"
        )

    def _counted(self, facts: Facts) -> str:
        reference, current = self._shapes(facts)
        return f"{current.rows:,} rows against {reference.rows:,}"


TAKE_REFERENCE = "the rows that it should resemble: 'mlquality profile SOURCE', or a ProfileOperator"
