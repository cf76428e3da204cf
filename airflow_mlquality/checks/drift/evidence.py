"""What a verdict on drift tells of two shapes: their cells, what is missing, and which values are compared at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks.wording import percent
from airflow_mlquality.measurements import Column, LogicalType, ShapeFact
from airflow_mlquality.measurements.shapes import Times, shape_kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_mlquality.checks.drift.cells import Cells, EdgeText
    from airflow_mlquality.checks.drift.methods import DriftMethod

ONLY_MISSING = 0.1
"""Only missing values moved when what the other cells show among themselves is below this part of the whole."""


def moved_cells(cells: Cells, method: DriftMethod) -> str:
    """Return the cells that make most of the distance."""
    from airflow_mlquality.checks.drift.cells import most_moved

    reference, current = sum(cells.reference), sum(cells.current)
    moved = [
        f"{cell.label} {percent(cell.reference / reference)} -> {percent(cell.current / current)}"
        for cell in most_moved(cells)
    ]
    said = "only missing values moved" if is_only_missing(cells, method) else "most of it"
    return f"{said}: {', '.join(moved)}"


def is_only_missing(cells: Cells, method: DriftMethod) -> bool:
    """Return whether the values that are there lie as in the reference, and only their number moved."""
    values = cells.with_values()
    if len(values.cells) == len(cells.cells) or not sum(values.reference) or not sum(values.current):
        return False
    return method.divergence(values).value <= ONLY_MISSING * method.divergence(cells).value


def evidence_of(cells: Cells, reference: ShapeFact, current: ShapeFact) -> dict[str, Any]:
    """Return cells, edges, missing shares and numbers of rows as JSON."""
    return {
        "kind": cells.kind,
        "cells": [{"label": cell.label, "reference": cell.reference, "current": cell.current} for cell in cells.cells],
        "edges": list(cells.edges),
        "missing": {
            name: {"reference": before / reference.rows, "current": now / current.rows}
            for name, before, now in _missing_rows(reference, current)
        },
        "reference_rows": reference.rows,
        "current_rows": current.rows,
    }


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


def category_text(display: Callable[[str], str]) -> Callable[[str | bool], str]:
    """Return how a category is written: a boolean as a contract writes it."""
    return lambda value: str(value).lower() if isinstance(value, bool) else display(value)


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
    from airflow_mlquality.checks.drift.cells import clock_edges, instant_edges, number_edges

    sort = sort_of(column, times)
    if sort in ("times of day", "timestamps"):
        return clock_edges
    return instant_edges if sort in ("dates", "points in time") else number_edges
