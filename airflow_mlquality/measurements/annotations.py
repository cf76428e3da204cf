"""Who said what of the same item: the fact behind the agreement of annotators."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.base import CannotMergeError, Measurement
from airflow_mlquality.measurements.shapes import as_category, class_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.measurements.groups import Cell
    from airflow_mlquality.measurements.schema import Schema

Vote = tuple[int, int, int]
"""Place of the annotator, place of the label, how often."""

MOST_ANNOTATIONS = 50_000
"""Annotations that are looked at; those of the first items come first."""


@dataclass(frozen=True)
class AnnotationsFact:
    """Items by what was said of them; what tells an item is left out.

    Parameters
    ----------
    annotators, labels
        As they occur, in one order.
    items
        How many items have the same votes, and these votes.
    is_complete
        Whether every annotation was looked at.
    """

    annotators: tuple[Cell, ...] = ()
    labels: tuple[Cell, ...] = ()
    items: tuple[tuple[int, tuple[Vote, ...]], ...] = ()
    is_complete: bool = True


@dataclass(frozen=True)
class Annotations(Measurement[AnnotationsFact]):
    """What annotators said of the same items, from one row per annotation. It takes a scan of its own.

    Rows without item, annotator or label are left out.

    Parameters
    ----------
    item, annotator, label
        The columns.
    """

    item: str
    annotator: str
    label: str
    kind: ClassVar[str] = "annotations"

    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.item, self.annotator, self.label)))

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        keys = [as_category(schema[self.item]), as_category(schema[self.annotator]), class_value(schema[self.label])]
        complete = exp.and_(*(sql.is_not_null(key.copy()) for key in keys))
        votes = sql.GroupingStep(keys=keys, values=[exp.Count(this=exp.Star())], where=complete)
        by_item = sql.GroupingStep(
            keys=[exp.column(f"k{place}") for place in range(len(keys))],
            values=[exp.Min(this=exp.Literal.number(1)), exp.Sum(this=exp.column("v0"))],
        )
        return {"votes": sql.GroupedRows(expressions=[votes, by_item], limit=MOST_ANNOTATIONS)}

    def read(self, values: Mapping[str, Any]) -> AnnotationsFact:
        rows = values["votes"]
        if len(rows) > MOST_ANNOTATIONS:  # the last item may go on
            rows = [row for row in rows if row[0] != rows[-1][0]]
        return _fact(rows, is_complete=len(values["votes"]) <= MOST_ANNOTATIONS)

    def merge(self, left: AnnotationsFact, right: AnnotationsFact) -> AnnotationsFact:
        raise CannotMergeError(f"annotations of one '{self.item}' may be in several parts; judge the rows of the whole")

    def encode(self, fact: AnnotationsFact) -> Any:
        return {
            "annotators": list(fact.annotators),
            "labels": list(fact.labels),
            "items": [[number, [list(vote) for vote in votes]] for number, votes in fact.items],
            "complete": fact.is_complete,
        }

    def decode(self, value: Any) -> AnnotationsFact:
        items = tuple((number, tuple((a, b, c) for a, b, c in votes)) for number, votes in value["items"])
        return AnnotationsFact(tuple(value["annotators"]), tuple(value["labels"]), items, value["complete"])


def _fact(rows: Sequence[Sequence[Any]], *, is_complete: bool) -> AnnotationsFact:
    annotators, labels = (sorted({row[place] for row in rows}, key=str) for place in (1, 2))
    place_of_annotator = {name: place for place, name in enumerate(annotators)}
    place_of_label = {name: place for place, name in enumerate(labels)}
    votes: dict[Any, list[Vote]] = {}
    for item, annotator, label, _, number in rows:
        votes.setdefault(item, []).append((place_of_annotator[annotator], place_of_label[label], int(number)))
    patterns = Counter(tuple(sorted(each)) for each in votes.values())
    cells = [_plain(name) for name in labels]
    items = tuple((number, pattern) for pattern, number in sorted(patterns.items(), key=lambda each: (-each[1], each)))
    return AnnotationsFact(tuple(map(str, annotators)), tuple(cells), items, is_complete)


def _plain(value: Any) -> Cell:
    return value if isinstance(value, str | int | float | bool) else float(value)
