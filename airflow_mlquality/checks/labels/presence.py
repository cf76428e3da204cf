"""Whether a feature is there at all, and how far that tells a class."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from airflow_mlquality.checks.labels.classes import MOST_CLASSES, class_key, labelled
from airflow_mlquality.measurements import Groups, Sampled, in_groups, sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.measurements import GroupsFact, Schema
    from airflow_mlquality.measurements.groups import Cell


class Presence(NamedTuple):
    """How far it tells one class from all others that a feature is there: tau, the class, and the rows."""

    tau: float
    name: Cell
    rows: int


def rows_by_presence(feature: str, label: str, schema: Schema) -> Sampled:
    """Return the measurement of rows by class, with and without a value of the feature."""
    is_there = f"CASE WHEN {sql.text(sql.finite(schema[feature]))} IS NULL THEN 0 ELSE 1 END"
    keys = (is_there, class_key(label, schema))
    groups: Groups = in_groups(keys, where=labelled((label,), schema), limit=2 * MOST_CLASSES)
    return Sampled(groups)


def presence(fact: GroupsFact, least: int) -> Presence | None:
    """Return the class of which being there tells most; of classes with fewer rows, inside or outside, none.

    >>> from airflow_mlquality.measurements import GroupsFact
    >>> presence(GroupsFact(((0, "kept", 700), (0, "lost", 200), (1, "returned", 100))), 10)
    Presence(tau=1.0, name='returned', rows=1000)
    """
    if not fact.is_complete:
        return None
    there: dict[Cell, list[int]] = {}
    for is_there, name, rows in fact.rows:
        there.setdefault(name, [0, 0])[int(is_there or 0)] += int(rows or 0)
    every = [sum(each) for each in zip(*there.values(), strict=True)]
    found = [
        Presence(tau([(inside, all_ - inside) for inside, all_ in zip(own, every, strict=True)]), name, sum(every))
        for name, own in there.items()
        if min(sum(own), sum(every) - sum(own)) >= least and all(every)
    ]
    return max(found, key=lambda each: each.tau, default=None)


def tau(table: Sequence[Sequence[int]]) -> float:
    """Return Goodman and Kruskal's tau without its bias.

    Parameters
    ----------
    table
        Rows by value, shape (values, classes); two classes with rows at least.

    Notes
    -----
    Values that occur once tell nothing. Without relation it is 0 on average.

    Examples
    --------
    >>> tau([(50, 0), (0, 50)]), round(tau([(25, 25), (25, 25)]), 3)
    (1.0, -0.01)
    """
    shared = [row for row in table if sum(row) > 1]
    agreeing = sum((sum(count * count for count in row) - sum(row)) / (sum(row) - 1) for row in shared)
    by_class = [sum(each) for each in zip(*table, strict=True)]
    return beyond_chance(agreeing / sum(map(sum, shared)), by_class, sum(by_class))


def beyond_chance(agreeing: float, by_class: Sequence[int], rows: float) -> float:
    """Return tau of how often two rows with one value agree, and of how often any two would."""
    by_chance = sum(count * (count - 1) for count in by_class) / (rows * (rows - 1))
    return (agreeing - by_chance) / (1 - by_chance)
