"""Choosing the bins of a shape that has no reference yet, from a sample that never leaves the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_mlquality.engines.binning import (
    ATOM_SHARE,
    CATEGORIES,
    CATEGORY_ROWS,
    NUMBER_BINS,
    SAMPLE_ROWS,
    SAMPLE_SEED,
    bins_without_rows,
    edges_around,
)
from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.errors import EngineError
from airflow_mlquality.measurements import Bins, Shape
from airflow_mlquality.measurements.shapes import as_category, position, shape_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.engines.engine import Table
    from airflow_mlquality.engines.spark.connection import SparkEngine

AT_ONCE = 200
"""Shapes that one statement chooses bins for."""


def choose_bins(engine: SparkEngine, table: Table, shapes: Sequence[Shape]) -> dict[Shape, Bins]:
    """Return bins for shapes that have none: quantiles and frequent numbers, or frequent values.

    The rows are counted first; then one statement takes a sample and counts the values of all columns at once. Tables
    of up to `SAMPLE_ROWS` rows are taken whole.
    """
    bins = bins_without_rows(table.schema, shapes)
    asked = [shape for shape in shapes if shape not in bins]
    if not asked:
        return bins
    ((rows,),) = engine.measure(f"SELECT COUNT(*) FROM {table.relation}")
    relation = table.relation
    if rows > SAMPLE_ROWS:
        relation = engine.dialect.sampled(relation, SAMPLE_ROWS / rows, SAMPLE_SEED)
    for start in range(0, len(asked), AT_ONCE):
        bins |= _chosen(engine, table, asked[start : start + AT_ONCE], relation)
    return bins


def _chosen(engine: SparkEngine, table: Table, shapes: Sequence[Shape], relation: str) -> dict[Shape, Bins]:
    numbers = [shape_kind(table.schema[shape.column]) == "number" for shape in shapes]
    values = ", ".join(
        f"STRUCT({place} AS c, {_number(engine, table, shape) if is_number else 'CAST(NULL AS DOUBLE)'} AS d, "
        f"{'CAST(NULL AS STRING)' if is_number else _value(engine, table, shape)} AS t)"
        for place, (shape, is_number) in enumerate(zip(shapes, numbers, strict=True))
    )
    counted = (
        f"SELECT c, d, t, COUNT(*) AS n FROM (SELECT INLINE(ARRAY({values})) FROM {relation}) "
        "WHERE d IS NOT NULL OR t IS NOT NULL GROUP BY c, d, t"
    )
    placed = (
        "SELECT c, d, t, n, SUM(n) OVER (PARTITION BY c) AS total, "
        "SUM(n) OVER (PARTITION BY c ORDER BY d, t ROWS UNBOUNDED PRECEDING) AS upto, "
        f"ROW_NUMBER() OVER (PARTITION BY c ORDER BY n DESC, d, t) AS place FROM ({counted})"
    )
    edge = f"LEAST(upto * {NUMBER_BINS} DIV total, {NUMBER_BINS - 1}) > (upto - n) * {NUMBER_BINS} DIV total"
    rows = engine.measure(
        f"SELECT c, d, t, {edge} AS edge, n >= {ATOM_SHARE} * total AS atom FROM ({placed}) WHERE "
        f"(d IS NOT NULL AND ({edge} OR n >= {ATOM_SHARE} * total)) OR "
        f"(t IS NOT NULL AND n >= {CATEGORY_ROWS} AND place <= {CATEGORIES}) ORDER BY c, place"
    )
    found: list[list[tuple[float | None, str | None, bool, bool]]] = [[] for _ in shapes]
    for place, *row in rows:
        found[int(place)].append((row[0], row[1], bool(row[2]), bool(row[3])))
    return {
        shape: Bins("number", edges_around(
            [number for number, _, is_edge, _ in each if number is not None and is_edge],
            [number for number, _, _, is_atom in each if number is not None and is_atom],
        ))
        if is_number
        else Bins("category", values=tuple(text for _, text, _, _ in each if text is not None))
        for shape, is_number, each in zip(shapes, numbers, found, strict=True)
    }  # fmt: skip


def _number(engine: SparkEngine, table: Table, shape: Shape) -> str:
    return f"CAST({_value(engine, table, shape)} AS DOUBLE)"


def _value(engine: SparkEngine, table: Table, shape: Shape) -> str:
    column = table.schema[shape.column]
    tree = position(column, shape.times) if shape_kind(column) == "number" else as_category(column)
    try:
        return engine.dialect.scalar(tree, table.schema)
    except UnavailableError as refused:
        raise EngineError.query_failed(str(refused)) from None
