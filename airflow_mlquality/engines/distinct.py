"""Counting different values exactly where a sketch says that they are few."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.measuring import measure
from airflow_mlquality.measurements import DistinctCount, DistinctFact, Keys, Shape, ShapeFact
from airflow_mlquality.measurements.distinct import EXACT_BELOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.engines.engine import Engine, Table
    from airflow_mlquality.measurements import Measurement

    Facts = Mapping[Measurement[Any], Any]


def counted_exactly(engine: Engine, table: Table, facts: Facts) -> dict[Measurement[Any], DistinctFact]:
    """Return exact counts for the estimated ones that are small.

    Where the categories of a shape hold every row they are the values; the others take one cheap statement more. A
    count that fails stays an estimate.
    """
    exact: dict[Measurement[Any], DistinctFact] = {}
    open_: dict[Keys, DistinctCount] = {}
    for asked, fact in facts.items():
        if not isinstance(asked, DistinctCount) or fact.is_exact or fact.count > EXACT_BELOW:
            continue
        shape = facts.get(Shape(asked.column))
        if isinstance(shape, ShapeFact) and shape.bins.kind == "category" and not shape.other:
            exact[asked] = replace(fact, count=sum(map(bool, shape.counts)), error=0.0)
        else:
            open_[Keys((asked.column,))] = asked
    counted = measure(engine, table, open_)[0] if open_ else {}
    for key, asked in open_.items():
        if key in counted:
            exact[asked] = replace(facts[asked], count=counted[key].distinct, error=0.0)
    return exact
