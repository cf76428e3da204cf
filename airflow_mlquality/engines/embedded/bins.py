"""Choosing the bins of a shape that has no reference yet, from a sample of the rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from airflow_mlquality.measurements import Bins, Column, Shape, sql
from airflow_mlquality.measurements.shapes import as_category, position, shape_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.engines.embedded.connection import Embedded
    from airflow_mlquality.engines.engine import Table

SAMPLE_ROWS = 100_000
SAMPLE_VALUES = 40_000_000
"""A wide table is sampled in fewer rows, so that the sample stays small."""
SAMPLE_SEED = 20_240_501

NUMBER_BINS = 50
"""Quantile bins of a number; checks merge them as the rows at hand allow."""
ATOM_SHARE = 0.02
"""A single number held by at least this share of the rows has a bin of its own."""
CATEGORIES = 50
"""Most categories that a shape tells apart."""
CATEGORY_ROWS = 10
"""A value held by fewer rows of the sample is no category: it says nothing of the shape, and may be somebody's."""


def choose_bins(engine: Embedded, table: Table, shapes: Sequence[Shape]) -> dict[Shape, Bins]:
    """Return bins for shapes that have none: quantiles and frequent numbers, or frequent values.

    The rows are read once, into a sample; tables of up to `SAMPLE_ROWS` rows are taken whole.
    """
    kinds = {shape: shape_kind(table.schema[shape.column]) for shape in shapes}
    bins = {shape: Bins("presence") for shape, kind in kinds.items() if kind == "presence"}
    bins |= {
        shape: Bins("category", values=(True, False))
        for shape, kind in kinds.items()
        if kind == "category" and table.schema[shape.column].type == "boolean"
    }
    sampled = [shape for shape in shapes if shape not in bins]
    if not sampled:
        return bins
    _take_sample(engine, table, sampled)
    numbers = {f"s{i}": shape for i, shape in enumerate(sampled) if kinds[shape] == "number"}
    quantiles = _quantiles(engine, list(numbers))
    for name, shape in numbers.items():
        bins[shape] = Bins("number", _edges(quantiles[name], _atoms(engine, name)))
    for i, shape in enumerate(sampled):
        if kinds[shape] == "category":
            bins[shape] = Bins("category", values=_categories(engine, f"s{i}"))
    engine.run("DROP TABLE mlquality_sample")
    return bins


def _take_sample(engine: Embedded, table: Table, shapes: Sequence[Shape]) -> None:
    rows = max(1_000, min(SAMPLE_ROWS, SAMPLE_VALUES // len(shapes)))
    selected = ", ".join(f"{_value(table.schema[shape.column], shape)} AS s{i}" for i, shape in enumerate(shapes))
    engine.measure(
        f"CREATE OR REPLACE TEMP TABLE mlquality_sample AS SELECT {selected} FROM "
        f"(SELECT * FROM {table.relation}) USING SAMPLE reservoir({rows} ROWS) REPEATABLE ({SAMPLE_SEED})"
    )


def _value(column: Column, shape: Shape) -> str:
    tree = position(column, shape.times) if shape_kind(column) == "number" else as_category(column)
    return tree.sql(dialect=sql.DIALECT)


def _quantiles(engine: Embedded, names: list[str]) -> dict[str, list[float]]:
    if not names:
        return {}
    at = "[" + ", ".join(repr(i / NUMBER_BINS) for i in range(1, NUMBER_BINS)) + "]"
    (row,) = engine.run(f"SELECT {', '.join(f'quantile_disc({name}, {at})' for name in names)} FROM mlquality_sample")
    return {name: list(values or ()) for name, values in zip(names, row, strict=True)}


def _atoms(engine: Embedded, name: str) -> list[float]:
    found = engine.run(
        f"SELECT {name} FROM mlquality_sample WHERE {name} IS NOT NULL GROUP BY 1 "
        f"HAVING count(*) >= {ATOM_SHARE} * (SELECT count({name}) FROM mlquality_sample) ORDER BY 1"
    )
    return [float(value) for (value,) in found]


def _edges(quantiles: list[float], atoms: list[float]) -> tuple[float, ...]:
    """Return increasing edges; an atom a has the bin (the float below a, a]."""
    edges = {float(value) for value in quantiles}
    for atom in atoms:
        edges |= {math.nextafter(atom, -math.inf), atom}
    return tuple(sorted(edge + 0.0 for edge in edges if math.isfinite(edge)))


def _categories(engine: Embedded, name: str) -> tuple[str, ...]:
    found = engine.run(
        f"SELECT {name} FROM mlquality_sample WHERE {name} IS NOT NULL GROUP BY 1 "
        f"HAVING count(*) >= {CATEGORY_ROWS} ORDER BY count(*) DESC, 1 LIMIT {CATEGORIES}"
    )
    return tuple(value for (value,) in found)
