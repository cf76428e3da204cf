"""The spectrum of a number: counts in cells of its logarithm, finer than a change of scale and the same everywhere."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from airflow_mlquality.checks.sampling import is_known, looked_at
from airflow_mlquality.measurements import Groups, LogicalType, Moments, MomentsFact, Shape, in_groups, sql
from airflow_mlquality.stats.curves import Curve, curve_of

if TYPE_CHECKING:
    from airflow_mlquality.measurements import Column, ShapeFact
    from airflow_mlquality.measurements.groups import Cell
    from airflow_mlquality.profile import Profile

CELLS_PER_DECADE = 40
"""A cell is 6 % wide."""
MOST_CELLS = 5_000
MOST_SEGMENTS = 50


def spectrum(column: Column, by: str = "") -> Groups:
    """Return the question: rows by sign and cell of the logarithm, and by a segment where one is named."""
    x = sql.text(sql.col(column.name))
    finite = f" AND ISFINITE({x})" if column.type is LogicalType.FLOAT else ""
    cell = f"CASE WHEN {x} <> 0 THEN FLOOR({CELLS_PER_DECADE} * LOG10(ABS({x}))) END"
    keys = (f"SIGN({x})", cell, *([sql.text(sql.col(by))] if by else ()))
    return in_groups(keys, where=f"{x} IS NOT NULL{finite}", limit=MOST_CELLS)


def curves(profile: Profile, column: Column, by: str = "", *, zeros: bool = False) -> dict[str, Curve] | None:
    """Return the curve of the numbers, by segment; None where the profile does not say.

    Without segments there is one, named by no text. A profile may have looked at some of the rows; a plain one tells it
    from its bins. Zero is left out, on which no factor tells, unless `zeros` are asked for.
    """
    asked = spectrum(column, by)
    if is_known(profile, asked):
        return curves_of_cells(looked_at(profile, asked).of.rows, zeros=zeros)
    shape = Shape(column.name)
    if by or shape not in profile or profile[shape].bins.kind != "number":
        return None
    moments = profile[Moments(column.name)] if Moments(column.name) in profile else MomentsFact()
    return {"": _of_bins(profile[shape], moments, zeros=zeros)}


def curves_of_cells(rows: tuple[tuple[Cell, ...], ...], *, zeros: bool = False) -> dict[str, Curve]:
    """Return the curve of each segment from rows by sign, cell and segment."""
    intervals: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
    for sign, cell, *segment, count in rows:
        if cell is None and not zeros:
            continue
        ends = (0.0, 0.0)
        if cell is not None:
            low, high = (10 ** ((float(cell) + end) / CELLS_PER_DECADE) for end in (0, 1))
            ends = (low, high) if float(sign or 0) > 0 else (-high, -low)
        intervals["".join("" if each is None else str(each) for each in segment)].append((*ends, int(count or 0)))
    return {name: curve_of(each) for name, each in intervals.items()}


def _of_bins(shape: ShapeFact, moments: MomentsFact, *, zeros: bool) -> Curve:
    edges = shape.bins.edges
    if not edges:
        return curve_of([])
    width = (edges[-1] - edges[0]) or max(abs(edges[0]), 1.0)
    first = edges[0] - width if moments.min is None else min(moments.min, edges[0])
    last = edges[-1] + width if moments.max is None else max(moments.max, edges[-1])
    ends = [math.nextafter(first, -math.inf), *edges, math.nextafter(last, math.inf)]
    held = zip(ends, ends[1:], shape.counts, strict=False)
    return curve_of((low, high, count) for low, high, count in held if zeros or not _is_zero(low, high))


def _is_zero(low: float, high: float) -> bool:
    return high == 0.0 and math.nextafter(low, math.inf) == high
