"""Tiny builders of facts, so that checks are tested with literals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow_mlquality.checks import Facts
from airflow_mlquality.measurements import Bins, Column, LogicalType, Measurement, RowCount, Schema, ShapeFact
from airflow_mlquality.profile import Profile

MOMENT = datetime(2026, 2, 1, tzinfo=UTC)


def profile(
    *, rows: int = 100, columns: dict[str, str] | None = None, facts: dict[Measurement[Any], Any] | None = None
) -> Profile:
    """Return a profile of some rows with given facts; columns are named with their logical type."""
    schema = Schema(tuple(Column(name, LogicalType(type_)) for name, type_ in (columns or {}).items()))
    return Profile(schema, {RowCount(): rows, **(facts or {})})


def facts(current: Profile, reference: Profile | None = None, *, shown: tuple[str, ...] = ()) -> Facts:
    """Return what a check judges from."""
    return Facts(current, as_of=MOMENT, reference=reference, shown_columns=frozenset(shown))


def number_shape(*counts: int, edges: tuple[float, ...] | None = None, **others: Any) -> ShapeFact:
    """Return the shape of a number on bins with edges 1, 2, 3 …, unless others are given."""
    edges = tuple(float(i) for i in range(1, len(counts))) if edges is None else edges
    return ShapeFact(Bins("number", edges), counts, **others)


def category_shape(counts: dict[Any, int], **others: Any) -> ShapeFact:
    """Return the shape of a category."""
    return ShapeFact(Bins("category", values=tuple(counts)), tuple(counts.values()), **others)
