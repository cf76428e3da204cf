"""Which segments of the rows carry the drift of a column, in words and as evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks.drift.evidence import category_text, edge_text_of
from airflow_mlquality.checks.wording import percent
from airflow_mlquality.measurements import ShapeBySegment
from airflow_mlquality.measurements.segments import NULL
from airflow_mlquality.measurements.shapes import shape_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from airflow_mlquality.checks.base import Facts
    from airflow_mlquality.checks.drift.cells import Cells
    from airflow_mlquality.measurements import Measurement, Schema, SegmentsFact, Shape

MOST_NAMED = 3
STANDS_OUT = 1.5
"""A reason names segments whose part of the change is at least so many times their share of the rows."""


@dataclass(frozen=True)
class Attributed:
    """What one column says of where a change lies.

    Parameters
    ----------
    text
        For a reason.
    evidence
        As JSON.
    """

    text: str
    evidence: dict[str, Any]


@dataclass(frozen=True)
class Segment:
    """Rows of one segment, and its part of the change."""

    label: str
    reference: list[int]
    current: list[int]
    share: float = 0.0
    rows_share: float = field(default=0.0)


def by_segment(shape: Shape, segments: Sequence[str], schema: Schema) -> Iterator[Measurement[Any]]:
    """Yield the facts that attribution needs, of the columns that are there and tell segments."""
    for name in segments:
        if name in schema and name != shape.column and shape_kind(schema[name]) != "presence":
            asked = ShapeBySegment(shape.column, name, shape.times)
            yield asked.shapes[1]
            yield asked


def attributed(facts: Facts, shape: Shape, by: str, cells: Cells) -> Attributed:
    """Return which segments carry the change of the cells of a shape."""
    asked = ShapeBySegment(shape.column, by, shape.times)
    lack = _lack(facts, asked)
    if lack:
        return Attributed(f"segments of '{by}' are not told: {lack}", {"by": by, "lack": lack})
    assert facts.reference is not None  # noqa: S101  asked before
    before, now = facts.reference[asked], facts.current[asked]
    places = sorted({*before.places, *now.places}, key=lambda place: (place < 0, place))
    tables = [[_counts(fact, place, cells) for place in places] for fact in (before, now)]
    if not all(sum(map(sum, table)) for table in tables):
        return Attributed(f"segments of '{by}' are not told: a side has no rows", {"by": by, "lack": "no rows"})
    labels = [_label(facts, before, by, place) for place in places]
    return _told(by, labels, *tables)


def _lack(facts: Facts, asked: ShapeBySegment) -> str:
    """Return why segments cannot be told, or nothing."""
    if asked.by not in facts.current.schema:
        return "there is no such column"
    if shape_kind(facts.current.schema[asked.by]) == "presence":
        return f"values of type {facts.current.schema[asked.by].type.value} tell none"
    if asked not in facts.current:
        return facts.current.failures.get(asked, "they were not counted")
    if facts.reference is None or asked not in facts.reference:
        return "the reference has no counts of them; give it as rows, or as a report of this contract"
    before, now = facts.reference[asked], facts.current[asked]
    if (before.bins, before.segments) != (now.bins, now.segments) and before.counts and now.counts:
        return "the reference counted on other bins; measure again with this reference"
    return ""


def _told(by: str, labels: Sequence[str], before: list[list[int]], now: list[list[int]]) -> Attributed:
    from airflow_mlquality.stats.attribution import attribution

    parts = attribution(before, now)
    rows, seen = sum(map(sum, before)), sum(map(sum, now))
    segments = [
        Segment(
            label,
            held,
            counted,
            float(parts.within[at]) if parts else 0.0,
            (sum(held) / rows + sum(counted) / seen) / 2,
        )
        for at, (label, held, counted) in enumerate(zip(labels, before, now, strict=True))
    ]
    mix = float(parts.mix.sum()) if parts else 0.0
    evidence = {
        "by": by,
        "mix_share": mix,
        "rows": [
            {
                "segment": each.label,
                "reference": sum(each.reference),
                "current": sum(each.current),
                "share": each.share,
                "psi": _psi(each),
            }
            for each in segments
        ],
    }
    return Attributed(_text(by, segments, mix, rows, seen) if parts else f"no segment of '{by}' moved", evidence)


def _text(by: str, segments: Sequence[Segment], mix: float, rows: int, seen: int) -> str:
    if 2 * mix >= 1:
        most = max(segments, key=lambda each: abs(sum(each.current) / seen - sum(each.reference) / rows))
        moved = f"{percent(sum(most.reference) / rows)} -> {percent(sum(most.current) / seen)}"
        return f"the mix of {by} makes {_part(mix)} of the change: {most.label} {moved}"
    named: list[Segment] = []
    for each in sorted(segments, key=lambda each: -each.share)[:MOST_NAMED]:
        named.append(each)
        if 2 * sum(one.share for one in named) >= 1:
            break
    carried, held = sum(each.share for each in named), sum(each.rows_share for each in named)
    if carried < STANDS_OUT * held:
        return f"no {by} stands out"
    return f"most in {by} {' and '.join(each.label for each in named)}: {_part(carried)} of the change"


def _part(share: float) -> str:
    """Return a part of the change; where other segments moved against it, it is more than all there is."""
    return percent(min(1.0, share))


def _psi(segment: Segment) -> float | None:
    """Return the PSI within a segment without the part that sampling gives; None where a side has no rows."""
    from airflow_mlquality.stats.divergences import Divergence

    if not sum(segment.reference) or not sum(segment.current):
        return None
    return Divergence.of_psi(segment.reference, segment.current).value


def _counts(fact: SegmentsFact, segment: int, cells: Cells) -> list[int]:
    return [sum(fact.counts.get((segment, place), 0) for place in cell.places) for cell in cells.cells]


def _label(facts: Facts, fact: SegmentsFact, by: str, place: int) -> str:
    """Return the name of a segment as it may be shown."""
    from airflow_mlquality.checks.drift.cells import interval_labels

    if place < 0:
        return {NULL: "NULL"}.get(place, "NaN or infinite")
    if fact.segments.kind == "category":
        values = fact.segments.values
        shown = category_text(lambda value: facts.display(by, value))
        return shown(values[place]) if place < len(values) else "other values"
    edges = fact.segments.edges
    edge_text = edge_text_of(facts.current.schema[by], "clock")
    return interval_labels(list(range(1, len(edges) + 1)), edges, edge_text)[place]
