"""The closed vocabulary of facts that can be asked of a table; each knows its SQL, its merge and its JSON."""

from __future__ import annotations

from typing import Any

from airflow_mlquality.measurements.annotations import Annotations, AnnotationsFact
from airflow_mlquality.measurements.base import CannotMergeError, Measurement
from airflow_mlquality.measurements.counts import (
    KeyCounts,
    Keys,
    NonFinite,
    NonFiniteCounts,
    NullCount,
    Orphans,
    RowCount,
    RowsWhere,
    Unparseable,
)
from airflow_mlquality.measurements.distinct import DistinctCount, DistinctFact
from airflow_mlquality.measurements.elsewhere import Elsewhere
from airflow_mlquality.measurements.groups import Groups, GroupsFact, Step, in_groups, then
from airflow_mlquality.measurements.neighbours import Neighbours, NeighboursFact
from airflow_mlquality.measurements.numbers import (
    LatestFact,
    LatestTime,
    LengthsFact,
    Moments,
    MomentsFact,
    TextLengths,
)
from airflow_mlquality.measurements.sampled import Sampled, SampledFact
from airflow_mlquality.measurements.schema import Column, Schema
from airflow_mlquality.measurements.segments import SegmentsFact, ShapeBySegment
from airflow_mlquality.measurements.separation import Separation, SeparationFact
from airflow_mlquality.measurements.shapes import Bins, ClassCounts, ClassCountsFact, Shape, ShapeFact
from airflow_mlquality.measurements.shared import SharedRows
from airflow_mlquality.measurements.texts import TextTraits, TextTraitsFact
from airflow_mlquality.measurements.types import DataType, LogicalType, TypeTextError, data_type
from airflow_mlquality.measurements.vectors import Directions, VectorFact

VOCABULARY: dict[str, type[Measurement[Any]]] = {
    measurement.kind: measurement
    for measurement in (
        RowCount,
        NullCount,
        NonFinite,
        RowsWhere,
        Unparseable,
        Keys,
        Orphans,
        SharedRows,
        Moments,
        TextLengths,
        LatestTime,
        Shape,
        ShapeBySegment,
        ClassCounts,
        DistinctCount,
        Groups,
        Neighbours,
        Annotations,
        Elsewhere,
        Sampled,
        TextTraits,
        Directions,
        Separation,
    )
}


def measurement_from_json(value: dict[str, Any]) -> Measurement[Any]:
    """Return the measurement that `Measurement.to_json` wrote.

    Raises
    ------
    KeyError
        When the vocabulary has no such measurement.
    """
    parameters = dict(value)
    return VOCABULARY[parameters.pop("measurement")].from_parameters(parameters)


__all__ = [
    "VOCABULARY",
    "Annotations",
    "AnnotationsFact",
    "Bins",
    "CannotMergeError",
    "ClassCounts",
    "ClassCountsFact",
    "Column",
    "DataType",
    "Directions",
    "DistinctCount",
    "DistinctFact",
    "Elsewhere",
    "Groups",
    "GroupsFact",
    "KeyCounts",
    "Keys",
    "LatestFact",
    "LatestTime",
    "LengthsFact",
    "LogicalType",
    "Measurement",
    "Moments",
    "MomentsFact",
    "Neighbours",
    "NeighboursFact",
    "NonFinite",
    "NonFiniteCounts",
    "NullCount",
    "Orphans",
    "RowCount",
    "RowsWhere",
    "Sampled",
    "SampledFact",
    "Schema",
    "SegmentsFact",
    "Separation",
    "SeparationFact",
    "Shape",
    "ShapeBySegment",
    "ShapeFact",
    "SharedRows",
    "Step",
    "TextLengths",
    "TextTraits",
    "TextTraitsFact",
    "TypeTextError",
    "Unparseable",
    "VectorFact",
    "data_type",
    "in_groups",
    "measurement_from_json",
    "then",
]
