"""Drift: how far the shape of a column has moved from a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, model_validator

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.levels import bound_text, outcome_of_interval
from airflow_mlquality.checks.wording import interval_text, percent, rows_text, with_default_levels
from airflow_mlquality.measurements import Column, LogicalType, Measurement, RowCount, Schema, Shape, ShapeFact
from airflow_mlquality.measurements.shapes import Times, shape_kind
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks.cells import Cells, EdgeText
    from airflow_mlquality.stats.divergences import Divergence

Method = Literal["psi", "js"]

DEFAULT_LEVELS: dict[Method, tuple[float, float]] = {"psi": (0.1, 0.25), "js": (0.13, 0.21)}
"""Warn and fail. Those of PSI are the field's; those of the Jensen-Shannon distance lie where it equals them."""

ONLY_MISSING = 0.1
"""Only missing values moved when what the other cells show among themselves is below this part of the whole."""


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
    PSI, or the Jensen-Shannon distance, without the part that sampling alone gives, with an interval under the
    noncentral chi-square law: fail when all of it lies at or above `fail`, warn when it lies at or above `warn`, pass
    when it lies below `fail`, otherwise undecided, naming how many rows would decide. The error rate is shared by all
    columns (false discovery rate, 1 % by default), so without change a run of any width alarms in at most 1 % of runs.
    An empty cell counts as half a row, never as an epsilon. A column whose kind of value changed fails.
    Undecided without reference, and without rows; a reference that is there and holds nothing is lost evidence
    (`no_data`), not a first run.

    Measured with forty columns: without change all are undecided among 100 rows and nearly all pass among 200. NaN in
    three rows of ten is found in 93 % of samples of 50 rows and in all of 100; ten points of the shape that move from
    one tenth to another, which they leave all but empty, in 70 % of samples of 1,000 rows and in all of 5,000 (PSI).

    The Jensen-Shannon distance d is about ``sqrt(PSI / (8 ln 2))``: 0.13 and 0.21 are PSI 0.1 and 0.25. It is bounded
    and gives less weight to cells that are nearly empty.

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
    """`psi`, or `js` for the Jensen-Shannon distance in [0, 1]."""
    times: Times = "clock"
    """What of a timestamp is compared: its hour of the day (`clock`) or its place on the time line (`position`)."""
    warn: float | None = Field(default=None, gt=0)
    """Distance from which on it warns; 0.1 for `psi` and 0.13 for `js`, unless `fail` is set below that."""
    fail: float | None = Field(default=None, gt=0)
    """Distance from which on it fails; 0.25 for `psi` and 0.21 for `js`, unless `warn` is set above that."""
    moving: tuple[str, ...] = Field(default=(), exclude=True, repr=False)
    """Columns that move by themselves: the contract's key, time and partition."""

    @model_validator(mode="before")
    @classmethod
    def _spelled_and_with_levels(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        options: dict[str, Any] = {str(cls.spelled.get(name, name)): value for name, value in given.items()}
        warn, fail = DEFAULT_LEVELS["js" if options.get("method") == "js" else "psi"]
        return with_default_levels(options, warn, fail)

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
        chosen = all_of_them if self.columns_ == "all" else dict.fromkeys(self.columns_)
        return [
            self.model_copy(update={"column": name, "id": f"{self.id}.{name}" if self.id else ""})
            for name in chosen
            if name not in self.except_
        ]

    def _is_comparable(self, column: Column) -> bool:
        is_date = column.type is LogicalType.DATE and self.times == "clock"
        return column.name not in self.moving and not is_date

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
        divergence = self._divergence(self._cells(facts))
        return Estimate(
            self._in_unit(divergence.value),
            lambda rate: tuple(self._in_unit(end) for end in divergence.interval(rate)),  # type: ignore[arg-type,return-value]  # two ends in, two out
        )

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels."""
        interval = estimate.interval(error_rate)
        outcome = outcome_of_interval(interval, self.warn, self.fail)
        cells = self._cells(facts)
        observed = f"{self._quantity} is {interval_text(estimate.value, interval)} ({self._counted(facts)})"
        fields: dict[str, Any] = {
            "observed": estimate.value,
            "unit": self._unit,
            "interval": interval,
            "evidence": self._evidence(facts, cells, error_rate),
        }
        if outcome is Outcome.UNDECIDED:
            needed = self._rows_needed(facts, error_rate)
            return self.undecided(
                Cause.TOO_SMALL,
                f"{observed}, too few to tell: {rows_text(needed, 'take a larger reference')}",
                advice="compare more rows at once, such as a longer partition, or widen the levels",
                **fields,
            )
        bound = bound_text(outcome, estimate.value, self.warn, self.fail)
        if outcome is Outcome.PASS:
            return self.verdict(outcome, f"{observed}, {bound}", **fields)
        return self.verdict(outcome, f"{observed}, {bound}; {self._moved(cells)}", advice=self._advice, **fields)

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
            Outcome.FAIL,
            f"{self._quantity}: its values were {before} and are {now}, so every row has moved",
            advice=f"restore the type of '{self.column}', or take a new reference if the change is meant",
            evidence={"reference_type": before, "current_type": now},
        )

    def _cells(self, facts: Facts, rows: int | None = None) -> Cells:
        from airflow_mlquality.checks.cells import cells_of

        reference, current = self._shapes(facts)
        column = facts.current.schema[self.column]

        def display(value: str | bool) -> str:  # noqa: FBT001  a category of a boolean column
            return str(value).lower() if isinstance(value, bool) else facts.display(self.column, value)

        return cells_of(
            reference, current, current.rows if rows is None else rows, edge_text_of(column, self.times), display
        )

    def _shapes(self, facts: Facts) -> tuple[ShapeFact, ShapeFact]:
        assert facts.reference is not None  # noqa: S101  asked before, see _without_evidence
        reference, current = facts.reference[self.shape], facts.current[self.shape]
        if reference.bins != current.bins and has_values(reference) and has_values(current):
            msg = "the shapes were counted on different bins; measure again with this reference"
            raise ValueError(msg)
        return reference, current

    def _divergence(self, cells: Cells) -> Divergence:
        from airflow_mlquality.stats.divergences import Divergence

        make = Divergence.of_js if self.method == "js" else Divergence.of_psi
        return make(cells.reference, cells.current)

    def _in_unit(self, divergence: float) -> float:
        from airflow_mlquality.stats.intervals import js_distance

        return float(js_distance(divergence)) if self.method == "js" else divergence

    def _rows_needed(self, facts: Facts, error_rate: float) -> int | None:
        from airflow_mlquality.stats.sizes import rows_needed

        divergence = self._divergence(self._cells(facts))
        reference, current = self._shapes(facts)

        def decides(rows: int) -> bool:
            cells = len(self._cells(facts, rows).cells)
            ends = divergence.outlook(error_rate, cells, 1 / rows + 1 / reference.rows)
            low, high = (self._in_unit(end) for end in ends)
            return any(
                outcome_of_interval(each, self.warn, self.fail) is not Outcome.UNDECIDED
                for each in ((low, float("inf")), (0.0, high))
            )

        return rows_needed(decides, rows=current.rows)

    # ---- what it says ----

    @property
    def _unit(self) -> str:
        return "JS distance" if self.method == "js" else "PSI"

    @property
    def _quantity(self) -> str:
        name = "Jensen-Shannon distance" if self.method == "js" else "PSI"
        return f"{name} of '{self.column}' against {self.reference or 'the reference'}"

    @property
    def _advice(self) -> str:
        return (
            f"see which cells of '{self.column}' moved: mend the source, or take a new reference if the change is meant"
        )

    def _counted(self, facts: Facts) -> str:
        reference, current = self._shapes(facts)
        return f"{current.rows:,} rows against {reference.rows:,}"

    def _moved(self, cells: Cells) -> str:
        """Return the cells that make most of the distance."""
        from airflow_mlquality.checks.cells import most_moved

        reference, current = sum(cells.reference), sum(cells.current)
        moved = [
            f"{cell.label} {percent(cell.reference / reference)} -> {percent(cell.current / current)}"
            for cell in most_moved(cells)
        ]
        said = "only missing values moved" if self._is_only_missing(cells) else "most of it"
        return f"{said}: {', '.join(moved)}"

    def _is_only_missing(self, cells: Cells) -> bool:
        values = cells.with_values()
        if len(values.cells) == len(cells.cells) or not sum(values.reference) or not sum(values.current):
            return False
        return self._divergence(values).value <= ONLY_MISSING * self._divergence(cells).value

    def _evidence(self, facts: Facts, cells: Cells, error_rate: float) -> dict[str, Any]:
        reference, current = self._shapes(facts)
        return {
            "kind": cells.kind,
            "cells": [
                {"label": cell.label, "reference": cell.reference, "current": cell.current} for cell in cells.cells
            ],
            "edges": list(cells.edges),
            "missing": {
                name: {"reference": before / reference.rows, "current": now / current.rows}
                for name, before, now in _missing_rows(reference, current)
            },
            "reference_rows": reference.rows,
            "current_rows": current.rows,
            "error_rate": error_rate,
        }


TAKE_REFERENCE = "the rows that it should resemble: 'mlquality profile SOURCE', or a ProfileOperator"


def _missing_rows(reference: ShapeFact, current: ShapeFact) -> list[tuple[str, int, int]]:
    before, now = reference.non_finite, current.non_finite
    return [
        ("null", reference.nulls, current.nulls),
        ("nan", before.nan, now.nan),
        ("inf", before.plus_inf + before.minus_inf, now.plus_inf + now.minus_inf),
        ("other", reference.other, current.other),
    ]


def has_values(shape: ShapeFact) -> bool:
    """Return whether any row holds a number, a category, NaN or an infinity."""
    return shape.nulls < shape.rows


def sort_of(column: Column, times: Times) -> str:
    """Return what a column's values are, in the words of a reason; only values of one sort are compared.

    >>> sort_of(Column("day", LogicalType.DATE), "clock"), sort_of(Column("age", LogicalType.DECIMAL), "clock")
    ('dates', 'numbers')
    """
    if column.type.is_time and times == "position":
        return "points in time"
    if column.type in _SORTS:
        return _SORTS[column.type]
    return {"number": "numbers", "category": "text", "presence": "values of another type"}[shape_kind(column)]


_SORTS = {
    LogicalType.BOOLEAN: "booleans",
    LogicalType.DATE: "dates",
    LogicalType.TIME: "times of day",
    LogicalType.TIMESTAMP: "timestamps",
    LogicalType.TIMESTAMP_TZ: "timestamps",
}


def edge_text_of(column: Column, times: Times) -> EdgeText:
    """Return how edges of a column's cells are written."""
    from airflow_mlquality.checks.cells import clock_edges, instant_edges, number_edges

    sort = sort_of(column, times)
    if sort in ("times of day", "timestamps"):
        return clock_edges
    return instant_edges if sort in ("dates", "points in time") else number_edges
