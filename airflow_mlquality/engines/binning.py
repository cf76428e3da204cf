"""Where the bins of a shape lie that has no reference yet: the same for every engine."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

from airflow_mlquality.measurements import Bins, Schema, Shape
from airflow_mlquality.measurements.shapes import shape_kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

SAMPLE_ROWS = 40_000
"""A bin that is to hold 2 % of the rows then holds 1.8 to 2.2 % of them; more rows cost more than they tell."""
SAMPLE_SEED = 20_240_501

NUMBER_BINS = 50
"""Quantile bins of a number; checks merge them as the rows at hand allow."""
ATOM_SHARE = 0.02
"""A single number held by at least this share of the rows has a bin of its own."""
CATEGORIES = 50
"""Most categories that a shape tells apart."""
CATEGORY_ROWS = 10
"""A value held by fewer rows of the sample is no category: it says nothing of the shape, and may be somebody's."""

FRACTION_BITS = 53
"""A double holds a whole number of so many bits."""
MOST_SHIFT = 1_000

QUANTILES = 200
"""An engine that gives quantiles only, and no counts, is asked for so many parts: an atom is repeated among them."""
_REPEATED = round(ATOM_SHARE * QUANTILES)
_STEP = QUANTILES // NUMBER_BINS


def bins_without_rows(schema: Schema, shapes: Iterable[Shape]) -> dict[Shape, Bins]:
    """Return the bins that are known without looking at rows: whether there is a value, and true and false."""
    bins = {}
    for shape in shapes:
        column = schema[shape.column]
        kind = shape_kind(column)
        if kind == "presence":
            bins[shape] = Bins("presence")
        elif kind == "category" and column.type == "boolean":
            bins[shape] = Bins("category", values=(True, False))
    return bins


def edges_around(quantiles: Iterable[float], atoms: Iterable[float]) -> tuple[float, ...]:
    """Return increasing edges; an atom a has the bin (the float below a, a].

    >>> edges_around([1.0, 2.0, float("inf")], [2.0])
    (1.0, 1.9999999999999998, 2.0)
    """
    edges = set(rounded_up({float(value) for value in quantiles if math.isfinite(value)}))
    for atom in atoms:
        edges |= {math.nextafter(atom, -math.inf), atom}
    return tuple(sorted(edge + 0.0 for edge in edges if math.isfinite(edge)))


def rounded_up(numbers: Collection[float]) -> list[float]:
    """Return numbers rounded up to fractions of one power of two, so finely that the largest are as they were.

    Whole numbers of these fractions are quicker to compare than doubles. Numbers so far apart that two of them would
    become one stay as they are.

    >>> rounded_up([0.1, 4096.0]), rounded_up([1e-30, 2e-30, 1.0])
    ([0.1000000000003638, 4096.0], [1e-30, 2e-30, 1.0])
    """
    largest = max(map(abs, numbers), default=0.0)
    shift = max(FRACTION_BITS - math.frexp(largest)[1], 0)
    if shift > MOST_SHIFT:
        return list(numbers)
    rounded = [math.ldexp(math.ceil(math.ldexp(number, shift)), -shift) for number in numbers]
    return rounded if len(set(rounded)) == len(set(numbers)) else list(numbers)


def edges_of(quantiles: Sequence[float]) -> tuple[float, ...]:
    """Return edges from the inner quantiles of `QUANTILES` parts, or from all values where these are fewer.

    >>> edges_of([1.0, 2.0, 3.0])
    (0.9999999999999999, 1.0, 1.9999999999999998, 2.0, 2.9999999999999996, 3.0)
    >>> len(edges_of([float(i) for i in range(1, 200)]))
    49
    """
    ordered = sorted(quantiles)
    if len(ordered) == QUANTILES - 1:
        repeated = [value for value, same in groupby(ordered) if len(list(same)) >= _REPEATED]
        return edges_around(ordered[_STEP - 1 :: _STEP], repeated)
    values = len(ordered)
    inner = [ordered[math.ceil(i * values / NUMBER_BINS) - 1] for i in range(1, NUMBER_BINS)] if values else []
    atoms = [value for value, same in groupby(ordered) if len(list(same)) >= ATOM_SHARE * values]
    return edges_around(inner, atoms)
