"""Choosing the bins of a shape that has no reference yet, from a sample that never leaves the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.binning import (
    CATEGORIES,
    CATEGORY_ROWS,
    QUANTILES,
    SAMPLE_ROWS,
    SAMPLE_SEED,
    bins_without_rows,
    edges_of,
)
from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.errors import EngineError
from airflow_mlquality.measurements import Bins, Shape
from airflow_mlquality.measurements.shapes import as_category, position, shape_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.engines.database.connection import DatabaseEngine
    from airflow_mlquality.engines.engine import Row, Table

SAMPLE = "mlquality_sample"
AT_ONCE = 40
"""Shapes that one statement asks for: the sample is taken once for all of them."""


def choose_bins(engine: DatabaseEngine, table: Table, shapes: Sequence[Shape]) -> dict[Shape, Bins]:
    """Return bins for shapes that have none: quantiles and frequent numbers, or frequent values.

    The rows are counted first. Then one statement takes a sample and gives the quantiles of all numbers, and another
    one the frequent values of all others; tables of up to `SAMPLE_ROWS` rows are taken whole.
    """
    bins = bins_without_rows(table.schema, shapes)
    asked = [shape for shape in shapes if shape not in bins]
    if not asked:
        return bins
    ((rows,),) = engine.measure(f"SELECT COUNT(*) FROM {table.relation}")
    relation = _sampled(engine, table, int(rows))
    for kind in ("number", "category"):
        alike = [shape for shape in asked if shape_kind(table.schema[shape.column]) == kind]
        for start in range(0, len(alike), AT_ONCE):
            bins |= _chosen(engine, table, alike[start : start + AT_ONCE], relation)
    return bins


def _sampled(engine: DatabaseEngine, table: Table, rows: int) -> str:
    if rows <= SAMPLE_ROWS:
        return table.relation
    return engine.dialect.sampled(table.relation, SAMPLE_ROWS / rows, SAMPLE_SEED)


def _chosen(engine: DatabaseEngine, table: Table, shapes: Sequence[Shape], relation: str) -> dict[Shape, Bins]:
    """Return the bins of shapes of one kind, by one statement that names the sample once per shape."""
    kind = shape_kind(table.schema[shapes[0].column])
    values = ", ".join(f"{_value(engine, table, shape)} AS s{i}" for i, shape in enumerate(shapes))
    ask = _quantiles if kind == "number" else _frequent
    parts = " UNION ALL ".join(ask(engine, i) for i in range(len(shapes)))
    found: dict[int, list[Row]] = {i: [] for i in range(len(shapes))}
    for number, *given in engine.measure(f"WITH {SAMPLE} AS (SELECT {values} FROM {relation}) {parts}"):
        found[int(number)].append(tuple(given))
    if kind == "number":
        return {shape: Bins("number", edges_of([float(value) for (value,) in found[i]])) for i, shape in _each(shapes)}
    return {shape: Bins("category", values=_by_count(found[i])) for i, shape in _each(shapes)}


def _each(shapes: Sequence[Shape]) -> list[tuple[int, Shape]]:
    return list(enumerate(shapes))


def _value(engine: DatabaseEngine, table: Table, shape: Shape) -> str:
    column = table.schema[shape.column]
    tree = position(column, shape.times) if shape_kind(column) == "number" else as_category(column)
    try:
        return engine.dialect.scalar(tree, table.schema)
    except UnavailableError as refused:
        raise EngineError.query_failed(str(refused)) from None


def _quantiles(engine: DatabaseEngine, number: int) -> str:
    quantiles = engine.dialect.quantiles(SAMPLE, f"s{number}", QUANTILES)
    return f"SELECT {number} AS shape, v FROM ({quantiles}) q{number}"


def _frequent(engine: DatabaseEngine, number: int) -> str:
    values = engine.dialect.frequent_values(SAMPLE, f"s{number}", CATEGORY_ROWS, CATEGORIES)
    return f"SELECT {number} AS shape, v, n FROM ({values}) q{number}"


def _by_count(found: Sequence[tuple[Any, ...]]) -> tuple[str, ...]:
    """Return values, the most frequent first, then by code point: a union keeps no order."""
    counted = sorted((-int(count), str(value)) for value, count in found)
    return tuple(value for _, value in counted)
