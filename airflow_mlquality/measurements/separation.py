"""How well a classifier tells the rows of a stage from those of another source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.base import CannotMergeError, Measurement
from airflow_mlquality.measurements.counts import RELATED_PREFIX
from airflow_mlquality.measurements.shapes import as_category, position, shape_kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.measurements.schema import Column, Schema

SAMPLE_ROWS = 20_000
LEAST_ROWS = 50
"""A classifier that learns on fewer rows of either source says nothing."""


@dataclass(frozen=True)
class SeparationFact:
    """How well two samples were told apart; no row, and no value of one.

    Parameters
    ----------
    folds
        Area under the ROC curve of rows that the classifier had not seen, rows of the other source and of the stage;
        per fold. None where a sample had too few rows.
    weights
        How much the area shrinks when one column is shuffled, in the order of the columns.
    reference_rows, rows
        Of the two samples.
    """

    folds: tuple[tuple[float, int, int], ...]
    weights: tuple[float, ...]
    reference_rows: int
    rows: int


@dataclass(frozen=True)
class Separation(Measurement[SeparationFact]):
    """How well rows of the stage are told from those of another source; the embedded engine alone can say.

    A bounded sample of both leaves the engine and is forgotten once the classifier was tried. It needs scikit-learn.

    Parameters
    ----------
    over
        The columns that the classifier sees. Of a timestamp that is the hour of the day, of nested values whether there
        are any.
    source
        Name of the other source in the contract.
    sample
        Most rows of each.
    """

    over: tuple[str, ...]
    source: str
    sample: int = SAMPLE_ROWS
    kind: ClassVar[str] = "separation"

    def columns(self) -> tuple[str, ...]:
        return self.over

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        def asked(relation: str) -> exp.Expr:
            values = [seen(schema[name]) for name in self.over]
            return sql.SampledRows(expressions=values, limit=self.sample, relation=relation)

        return {"current": asked(""), "reference": asked(RELATED_PREFIX + self.source)}

    def read(self, values: Mapping[str, Any]) -> SeparationFact:
        from airflow_mlquality.measurements.classifier import separation

        before, now = values["reference"], values["current"]
        if min(len(before), len(now)) < LEAST_ROWS:
            return SeparationFact((), (), len(before), len(now))
        return SeparationFact(*separation(before, now), len(before), len(now))

    def merge(self, left: SeparationFact, right: SeparationFact) -> SeparationFact:
        raise CannotMergeError("a classifier was tried on parts of the rows; judge the rows of the whole")

    def encode(self, fact: SeparationFact) -> Any:
        return {
            "folds": [list(fold) for fold in fact.folds],
            "weights": list(fact.weights),
            "reference_rows": fact.reference_rows,
            "rows": fact.rows,
        }

    def decode(self, value: Any) -> SeparationFact:
        folds = tuple((area, before, now) for area, before, now in value["folds"])
        return SeparationFact(folds, tuple(value["weights"]), value["reference_rows"], value["rows"])


def seen(column: Column) -> exp.Expr:
    """Return what a classifier sees of a column: a number, a text, or 1 where there is a value."""
    kind = shape_kind(column)
    if kind == "number":
        return position(column, "clock")
    if kind == "category":
        return exp.cast(as_category(column), "VARCHAR")
    return exp.case().when(sql.is_not_null(sql.col(column.name)), sql.literal(1)).else_(exp.null())
