"""How alike a column, or a pair of columns, is to that of a reference: one less the total variation distance."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks.drift.contingency import TOO_MANY, AnyOf
from airflow_mlquality.checks.drift.evidence import moved_cells
from airflow_mlquality.checks.wording import percent
from airflow_mlquality.verdict import Cause

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks.base import Facts
    from airflow_mlquality.checks.drift.columns import Drift
    from airflow_mlquality.checks.drift.dependence import DependenceStable
    from airflow_mlquality.checks.drift.methods import Distance
    from airflow_mlquality.stats.distances import Array


@dataclass(frozen=True)
class Likeness:
    """How far a column or a pair of columns lies from the real one, and what is elsewhere, in words."""

    place: str
    distance: Distance
    moved: str

    def evidence(self, error_rate: float) -> dict[str, Any]:
        """Return its similarity as JSON."""
        low, high = self.distance.interval(error_rate)
        return {"place": self.place, "similarity": 1 - self.distance.value, "interval": [1 - high, 1 - low]}


def likeness_of_column(shape: Drift, facts: Facts) -> Likeness:
    """Return how alike the values of a column are; not at all where they became of another kind."""
    from airflow_mlquality.stats.metrics import Metric

    place, retyped = f"'{shape.column}'", shape.without_evidence(facts)
    if retyped is None:
        return Likeness(place, shape.distance(facts), moved_cells(shape.cells(facts), shape.compared_by))
    before, now = retyped.evidence["reference_type"], retyped.evidence["current_type"]
    return Likeness(place, Metric(1.0, 0.0, 0.0, 1.0), f"its values were {before} and are {now}")


def likeness_of_pair(table: DependenceStable, facts: Facts) -> Likeness:
    """Return how alike the rows by both values of a pair are."""
    from airflow_mlquality.stats.metrics import Metric

    tables = table.tables(facts)
    distances = [Metric.of_tv(_rows(before), _rows(now)) for before, now in tables.possible()]
    cells = list(product(*tables.values))
    held, seen = tables.before[0].ravel(), tables.now[0].ravel()
    shares = dict(zip(cells, zip(held / held.sum(), seen / seen.sum(), strict=True), strict=True))
    most = max(cells, key=lambda cell: abs(shares[cell][1] - shares[cell][0]))
    names = table.columns() if len(table.columns()) > 1 else table.columns() * 2
    shown = " and ".join(table.label(facts, name, value) for name, value in zip(names, most, strict=True))
    moved = f"most of it: {shown} {percent(shares[most][0])} -> {percent(shares[most][1])}"
    return Likeness(" and ".join(f"'{name}'" for name in names), AnyOf(distances), moved)


def _rows(table: Array) -> list[int]:
    return [round(each) for each in table.ravel().tolist()]


def lack_of_pair(table: DependenceStable, facts: Facts) -> tuple[Cause, str, str] | None:
    """Return why a pair cannot be compared with the reference, and what to do; None where it can."""
    why = table.uncountable(facts.current.schema)
    if why:
        return Cause.WRONG_TYPE, why, "name text or booleans, or numbers with `edges` at which they are cut"
    reference = facts.reference
    if reference is None or (table.compared not in reference and table.compared not in reference.failures):
        advice = "give the reference as rows, or as a report of this contract"
        return Cause.NO_REFERENCE, f"it holds no facts of {table.place}", advice
    if reference.rows and table.sides(facts) is None:
        return Cause.NO_REFERENCE, TOO_MANY, "give the reference as rows"
    return None if reference.rows else (Cause.NO_DATA, "the reference has no rows", "take another reference")


def interval_below_one(found: Sequence[Likeness], error_rate: float) -> tuple[float, float]:
    """Return the interval of the largest distance less one; only the end of an alarm is one of many."""
    low = max(each.distance.interval(error_rate / len(found))[0] for each in found)
    return low - 1, max(each.distance.interval(error_rate)[1] for each in found) - 1
