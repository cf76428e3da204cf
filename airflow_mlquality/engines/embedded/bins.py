"""Choosing the bins of a shape that has no reference yet, from a sample of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_mlquality.engines.binning import (
    ATOM_SHARE,
    CATEGORIES,
    CATEGORY_ROWS,
    NUMBER_BINS,
    SAMPLE_ROWS,
    bins_without_rows,
    edges_around,
)
from airflow_mlquality.engines.embedded.sample import SAMPLE, take_sample
from airflow_mlquality.measurements import Bins, Shape
from airflow_mlquality.measurements.shapes import as_category, position, shape_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.engines.embedded.connection import Embedded
    from airflow_mlquality.engines.engine import Table

SAMPLE_VALUES = 40_000_000
"""A wide table is sampled in fewer rows, so that the sample stays small."""
CATEGORY_SHARE = 0.001
"""Nor is a value held by a smaller share of them: to look for fifty such values in every row takes longer than all else
that is asked of the column."""
AT_ONCE = 100
"""Columns that one statement asks of the sample: more take memory, fewer time."""


def choose_bins(engine: Embedded, table: Table, shapes: Sequence[Shape]) -> dict[Shape, Bins]:
    """Return bins for shapes that have none: quantiles and frequent numbers, or frequent values.

    They come of a sample; tables of up to `SAMPLE_ROWS` rows are taken whole.
    """
    kinds = {shape: shape_kind(table.schema[shape.column]) for shape in shapes}
    bins = bins_without_rows(table.schema, shapes)
    sampled = [shape for shape in shapes if shape not in bins]
    if not sampled:
        return bins
    _take_sample(engine, table, sampled)
    numbers = {f"s{i}": shape for i, shape in enumerate(sampled) if kinds[shape] == "number"}
    texts = {f"s{i}": shape for i, shape in enumerate(sampled) if kinds[shape] == "category"}
    for names in _batches(list(numbers)):
        bins |= {numbers[name]: Bins("number", edges) for name, edges in _edges(engine, names).items()}
    for names in _batches(list(texts)):
        bins |= {texts[name]: Bins("category", values=found) for name, found in _categories(engine, names).items()}
    engine.run(f"DROP TABLE {SAMPLE}")
    return bins


def _batches(names: list[str]) -> list[list[str]]:
    return [names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE)]


def _take_sample(engine: Embedded, table: Table, shapes: Sequence[Shape]) -> None:
    rows = max(1_000, min(SAMPLE_ROWS, SAMPLE_VALUES // len(shapes)))
    selected = ", ".join(f"{_value(engine, table, shape)} AS s{i}" for i, shape in enumerate(shapes))
    take_sample(engine, table, selected, rows)


def _value(engine: Embedded, table: Table, shape: Shape) -> str:
    column = table.schema[shape.column]
    tree = position(column, shape.times) if shape_kind(column) == "number" else as_category(column)
    return engine.dialect.scalar(tree, table.schema)


def _edges(engine: Embedded, names: list[str]) -> dict[str, tuple[float, ...]]:
    at = "[" + ", ".join(repr(i / NUMBER_BINS) for i in range(1, NUMBER_BINS)) + "]"
    (row,) = engine.run(f"SELECT {', '.join(f'quantile_disc({name}, {at})' for name in names)} FROM {SAMPLE}")
    rows = engine.run(
        " UNION ALL ".join(
            f"(SELECT '{name}', {name} FROM {SAMPLE} WHERE {name} IS NOT NULL GROUP BY {name} "
            f"HAVING COUNT(*) >= {ATOM_SHARE} * (SELECT COUNT({name}) FROM {SAMPLE}))"
            for name in names
        )
    )
    atoms: dict[str, list[float]] = {name: [] for name in names}
    for name, atom in rows:
        atoms[name].append(float(atom))
    return {name: edges_around(values or (), atoms[name]) for name, values in zip(names, row, strict=True)}


def _categories(engine: Embedded, names: list[str]) -> dict[str, tuple[str, ...]]:
    ((sampled,),) = engine.run(f"SELECT COUNT(*) FROM {SAMPLE}")
    least = max(CATEGORY_ROWS, int(sampled * CATEGORY_SHARE))
    rows = engine.run(
        " UNION ALL ".join(
            f"(SELECT '{name}', {name} AS v, COUNT(*) FROM {SAMPLE} WHERE v IS NOT NULL GROUP BY v "
            f"HAVING COUNT(*) >= {least} ORDER BY COUNT(*) DESC, v LIMIT {CATEGORIES})"
            for name in names
        )
    )
    found: dict[str, list[tuple[int, str]]] = {name: [] for name in names}
    for name, value, count in rows:
        found[name].append((-count, value))
    return {name: tuple(value for _, value in sorted(each)) for name, each in found.items()}
