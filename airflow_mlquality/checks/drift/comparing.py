"""Comparing the shape of a column with that of a reference: the facts, the distance, and why there may be none."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from airflow_mlquality.checks.base import Facts, Family
from airflow_mlquality.checks.drift.evidence import category_text, edge_text_of, has_values, sort_of
from airflow_mlquality.checks.drift.importance import WeighedCheck
from airflow_mlquality.checks.drift.methods import METHODS, Distance, DriftMethod, Method
from airflow_mlquality.checks.levels import outcome_of_interval
from airflow_mlquality.measurements import Shape, ShapeFact
from airflow_mlquality.measurements.shapes import Times
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from airflow_mlquality.checks.drift.cells import Cells

TAKE_REFERENCE = "the rows that it should resemble: 'mlquality profile SOURCE', or a ProfileOperator"


class ComparedShape(WeighedCheck):
    """A check of how far the shape of a column lies from that of a reference."""

    family: ClassVar[Family] = "drift"

    reference: str | None = None
    """Name of the stored profile to compare with, or its path; an operator or a command may name another."""
    method: Method = "psi"
    """`psi`, `js` (Jensen-Shannon), `ks` (Kolmogorov-Smirnov), `wasserstein`, `tv` (total variation) or `hellinger`."""
    times: Times = "clock"
    """What of a timestamp is compared: its hour of the day (`clock`) or its place on the time line (`position`)."""

    @property
    def shape(self) -> Shape:
        """The fact it compares."""
        return Shape(self.column, times=self.times)

    @property
    def quantity(self) -> str:
        """What is observed, in a reason."""
        return f"{self.compared_by.title} of '{self.column}' against {self.reference or 'the reference'}"

    @property
    def compared_by(self) -> DriftMethod:
        """How far two shapes lie apart."""
        return METHODS[self.method]

    def without_evidence(self, facts: Facts) -> Verdict | None:
        """Return why there is nothing to compare, or that the kind of value changed; None where shapes compare."""
        if facts.current.rows == 0:
            return self.undecided(
                Cause.NO_DATA, f"{self.quantity}: the table has no rows", advice="find out why the stage has no rows"
            )
        lack = self._lack(facts)
        if lack is not None:
            cause, why = lack
            return self.undecided(cause, f"{self.quantity}: {why}", advice=f"take one of {TAKE_REFERENCE}")
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
            f"{self.quantity}: its values were {before} and are {now}, so every row has moved",
            advice=f"restore the type of '{self.column}', or take a new reference if the change is meant",
            evidence={"reference_type": before, "current_type": now},
        )

    def cells(self, facts: Facts, rows: int | None = None) -> Cells:
        """Return the cells on which the shapes are compared, as they would be if there were some number of rows."""
        from airflow_mlquality.checks.drift.cells import cells_of

        reference, current = self.shapes(facts)
        column = facts.current.schema[self.column]

        def display(value: str) -> str:
            return facts.display(self.column, value)

        rows = current.rows if rows is None else rows
        return cells_of(reference, current, rows, edge_text_of(column, self.times), category_text(display))

    def shapes(self, facts: Facts) -> tuple[ShapeFact, ShapeFact]:
        """Return the shapes of the reference and of now.

        Raises
        ------
        ValueError
            When they were counted on different bins.
        """
        assert facts.reference is not None  # noqa: S101  asked before, see without_evidence
        reference, current = facts.reference[self.shape], facts.current[self.shape]
        if reference.bins != current.bins and has_values(reference) and has_values(current):
            msg = "the shapes were counted on different bins; measure again with this reference"
            raise ValueError(msg)
        return reference, current

    def distance(self, facts: Facts) -> Distance:
        """Return the distance between the shapes."""
        return self.compared_by.between(self.cells(facts), *self.shapes(facts))

    def rows_needed_to_decide(self, facts: Facts, error_rate: float) -> int | None:
        """Return about how many rows would decide; None where no number does."""
        from airflow_mlquality.stats.sizes import rows_needed

        distance = self.distance(facts)
        reference, current = self.shapes(facts)

        def decides(rows: int) -> bool:
            cells = len(self.cells(facts, rows).cells)
            low, high = distance.outlook(error_rate, cells, 1 / rows + 1 / reference.rows)
            return any(
                outcome_of_interval(each, *self.levels) is not Outcome.UNDECIDED
                for each in ((low, float("inf")), (0.0, high))
            )

        return rows_needed(decides, rows=current.rows)
