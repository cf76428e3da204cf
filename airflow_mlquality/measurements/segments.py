"""The shape of a column in each segment of the rows: exact counts per segment and bin, in one statement."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.base import CannotMergeError, Measurement
from airflow_mlquality.measurements.counts import NonFiniteCounts
from airflow_mlquality.measurements.schema import Column
from airflow_mlquality.measurements.shapes import Bins, Shape, ShapeFact, Times, as_category, position
from airflow_mlquality.measurements.types import LogicalType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.measurements.schema import Schema

SEGMENTS = 20
"""Segments that are told apart; the frequent ones, and all others together."""
NULL, NAN, PLUS_INF, MINUS_INF = -1, -2, -3, -4
"""Places of what lies in no bin. Bins are numbered from 0 on, other values come after the last one."""


@dataclass(frozen=True)
class SegmentsFact:
    """Rows by segment and bin.

    Parameters
    ----------
    bins
        Where the column was counted.
    segments
        Where the column that tells the segment was counted.
    counts
        Rows by the place of the segment and the place of the value; empty ones are left out.
    """

    bins: Bins
    segments: Bins
    counts: Mapping[tuple[int, int], int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.counts.values())

    @property
    def places(self) -> tuple[int, ...]:
        """Places of the segments that hold rows, in order; `NULL` and other places below 0 come last."""
        return tuple(sorted({segment for segment, _ in self.counts}, key=lambda place: (place < 0, place)))

    def shape(self, segment: int) -> ShapeFact:
        """Return the shape of one segment; of no rows where it has none."""
        cells = len(ShapeFact.empty(self.bins).counts)
        found = {value: rows for (place, value), rows in self.counts.items() if place == segment}
        return ShapeFact(
            self.bins,
            tuple(found.get(cell, 0) for cell in range(cells)),
            found.get(cells, 0),
            found.get(NULL, 0),
            NonFiniteCounts(found.get(NAN, 0), found.get(PLUS_INF, 0), found.get(MINUS_INF, 0)),
        )


@dataclass(frozen=True)
class ShapeBySegment(Measurement[SegmentsFact]):
    """The shape of a column in each segment. It takes a scan of its own.

    As a question it has no bins. When it is measured, those of the two columns' `Shape` are taken, so that it counts
    where they count and, by way of them, where the reference does; whoever asks for it asks for these, too.

    Parameters
    ----------
    column
        Whose shape is counted.
    by
        What tells the segment: a category, of which the frequent ones are told apart, or a number or time by its bins.
    times
        What of a timestamp `column` is counted, see `Shape`.
    limit
        Most segments that are told apart; all others are one.
    bins, segments
        Where to count; None leaves it open.
    """

    column: str
    by: str
    times: Times = "clock"
    limit: int = SEGMENTS
    bins: Bins | None = None
    segments: Bins | None = None
    kind: ClassVar[str] = "shape_by_segment"

    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.column, self.by)))

    def question(self) -> ShapeBySegment:
        """Return it with its bins left open, under which its fact is filed."""
        return replace(self, bins=None, segments=None)

    @property
    def shapes(self) -> tuple[Shape, Shape]:
        """The shapes on whose bins it counts: that of the column, and that of what tells the segment."""
        return Shape(self.column, self.times), Shape(self.by)

    def bound(self, bins: Mapping[Shape, Bins]) -> ShapeBySegment:
        """Return it on the bins of its shapes, where both are known."""
        values, segments = self.shapes
        if self.bins is not None or values not in bins or segments not in bins:
            return self
        return replace(self, bins=bins[values], segments=fewer(bins[segments], self.limit))

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        if self.bins is None or self.segments is None:
            msg = f"the bins of {self.column} by {self.by} are still open"
            raise ValueError(msg)
        keys = [place(schema[self.by], self.segments, "clock"), place(schema[self.column], self.bins, self.times)]
        step = sql.GroupingStep(keys=keys, values=[exp.Count(this=exp.Star())])
        limit = (_places(self.bins) + 5) * (_places(self.segments) + 5)
        return {"groups": sql.GroupedRows(expressions=[step], limit=limit)}

    def read(self, values: Mapping[str, Any]) -> SegmentsFact:
        if self.bins is None or self.segments is None:
            msg = f"the bins of {self.column} by {self.by} are still open"
            raise ValueError(msg)
        counts = {(int(segment), int(value)): int(rows) for segment, value, rows in values["groups"]}
        return SegmentsFact(self.bins, self.segments, dict(sorted(counts.items())))

    def merge(self, left: SegmentsFact, right: SegmentsFact) -> SegmentsFact:
        if not left.counts or not right.counts:
            return right if not left.counts else left
        if (left.bins, left.segments) != (right.bins, right.segments):
            raise CannotMergeError(
                f"'{self.column}' by '{self.by}' was counted on different bins; measure all parts like one profile"
            )
        counts = dict(left.counts)
        for each, rows in right.counts.items():
            counts[each] = counts.get(each, 0) + rows
        return replace(left, counts=dict(sorted(counts.items())))

    def encode(self, fact: SegmentsFact) -> Any:
        places = [_encoded(each) for each in (fact.bins, fact.segments)]
        return {"bins": places, "counts": [[*key, rows] for key, rows in fact.counts.items()]}

    def decode(self, value: Any) -> SegmentsFact:
        bins, segments = (Bins(each["kind"], tuple(each["edges"]), tuple(each["values"])) for each in value["bins"])
        return SegmentsFact(bins, segments, {(segment, cell): rows for segment, cell, rows in value["counts"]})

    def to_json(self) -> dict[str, Any]:
        names = {"column": self.column, "by": self.by, "times": self.times, "limit": self.limit}
        return {"measurement": self.kind, **names}


def fewer(bins: Bins, limit: int) -> Bins:
    """Return at most so many bins: the first values, or evenly chosen edges; a single value keeps its bin if all do.

    >>> fewer(Bins("category", values=("a", "b", "c")), 2).values, fewer(Bins("number", (1.0, 2.0, 3.0, 4.0)), 2).edges
    (('a', 'b'), (2.0, 4.0))
    """
    edges = bins.edges
    if len(edges) > limit and len(_atoms(edges)) * 2 < len(edges):
        step = -(-len(edges) // limit)
        edges = edges[step - 1 :: step]
    return replace(bins, values=bins.values[:limit], edges=edges[: 2 * limit])


def _atoms(edges: Sequence[float]) -> list[float]:
    """Return the single values that have a bin of their own."""
    return [edge for below, edge in pairwise(edges) if math.nextafter(below, math.inf) == edge]


def _places(bins: Bins) -> int:
    return len(ShapeFact.empty(bins).counts)


def _encoded(bins: Bins) -> dict[str, Any]:
    return {"kind": bins.kind, "edges": list(bins.edges), "values": list(bins.values)}


# ---- the place of a row, in SQL ----


def place(column: Column, bins: Bins, times: Times) -> exp.Expr:
    """Return the number of the bin that a row lies in, of other values or of what is in no bin."""
    reference = sql.col(column.name)
    cases = exp.case().when(sql.is_null(reference), _number(NULL))
    if bins.kind == "presence":
        return cases.else_(_number(0))
    if bins.kind == "category":
        value = as_category(column)
        for number, each in enumerate(bins.values):
            cases = cases.when(exp.EQ(this=value.copy(), expression=sql.literal(each)), _number(number))
        return cases.else_(_number(len(bins.values)))
    if column.type is LogicalType.FLOAT:
        cases = cases.when(sql.is_nan(reference.copy()), _number(NAN))
        cases = cases.when(sql.is_plus_infinity(reference.copy()), _number(PLUS_INF))
        cases = cases.when(sql.function("isinf", reference.copy()), _number(MINUS_INF))
    return cases.else_(_halved(position(column, times), bins.edges, 0))


def _halved(value: exp.Expr, edges: Sequence[float], first: int) -> exp.Expr:
    """Return the place of a number among edges, found by halving them again and again."""
    if not edges:
        return _number(first)
    middle = len(edges) // 2
    is_below = exp.LTE(this=value.copy(), expression=sql.double(edges[middle]))
    upper = _halved(value, edges[middle + 1 :], first + middle + 1)
    return exp.case().when(is_below, _halved(value, edges[:middle], first)).else_(upper)


def _number(value: int) -> exp.Expr:
    return sql.literal(value)
