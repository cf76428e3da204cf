# ruff: noqa: S608  every name in the statement is one of orders.py
"""The facts of orders_w2.yaml by hand: one DuckDB statement counts every column on the bins of the reference.

    python benchmarks/by_hand_w2.py FILE REFERENCE.json

prints one JSON object: counts per bin, NULL, NaN and infinities, and two distances from the reference, by column.
The reference is the profile that `mlquality profile` wrote, so that both count on the same bins.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from by_hand_w1 import connect
from orders import FLOATS, INTEGERS, KEY, TIMES

Shape = dict[str, Any]

MOVING = (KEY, "ordered_at")
"""The key and the time of a row are others in every batch; that is no drift."""


def shapes_of(reference: str) -> dict[str, Shape]:
    """Return the counts of the reference by column that may drift; of a time those of its hour of the day."""
    facts = json.loads(Path(reference).read_text(encoding="utf-8"))["facts"]
    return {
        fact["column"]: fact["fact"]
        for fact in facts
        if fact["measurement"] == "shape" and fact["times"] == "clock" and fact["column"] not in MOVING
    }


def expressions(column: str, bins: Shape) -> list[str]:
    """Return what is counted of a column."""
    present = f"count({column})"
    if bins["kind"] == "category":
        values = bins["values"]
        place = f"list_position({values}, {column})"
        return [present, f"histogram({place}, {list(range(1, len(values) + 1))}::INTEGER[])" if values else "NULL"]
    if column in INTEGERS:
        return [present, f"histogram({column}::BIGINT, {whole(bins['edges'])}::BIGINT[])"]
    if column in TIMES:
        hour = f"(epoch_us({column}) % 86400000000) / 3600000000"
        return [present, f"histogram({hour}, {bins['edges']}::DOUBLE[])"]
    finite = f"CASE WHEN isfinite({column}) THEN {column} END::DOUBLE"
    infinite = [f"count_if({column} = '{sign}inf'::DOUBLE)" for sign in ("+", "-")]
    return [present, f"histogram({finite}, {bins['edges']}::DOUBLE[])", f"count_if(isnan({column}))", *infinite]


def whole(edges: Sequence[float]) -> list[int]:
    """Return edges that part whole numbers as the given ones do; whole numbers compare more quickly."""
    return sorted({math.floor(edge) for edge in edges})


def read(column: str, bins: Shape, rows: int, found: Iterator[Any]) -> Shape:
    """Return the counts of a column in the order of its bins."""
    present, histogram = next(found), next(found) or {}
    apart = [next(found), next(found), next(found)] if column in FLOATS else [0, 0, 0]
    if bins["kind"] == "category":
        counts = [histogram.get(place, 0) for place in range(1, len(bins["values"]) + 1)]
        return {"counts": counts, "other": present - sum(counts), "nulls": rows - present, "apart": apart}
    if column in INTEGERS:
        counts = [histogram.pop(math.floor(edge), 0) for edge in bins["edges"]]
    else:
        counts = [histogram.get(edge, 0) for edge in bins["edges"]]
    counts.append(present - sum(apart) - sum(counts))
    return {"counts": counts, "other": 0, "nulls": rows - present, "apart": apart}


def cells(shape: Shape) -> list[int]:
    """Return all counts of a shape; what has no number is a part of it."""
    apart = shape.get("apart") or [shape["non_finite"][name] for name in ("nan", "plus_inf", "minus_inf")]
    return [*shape["counts"], shape["other"], shape["nulls"], *apart]


def distances(expected: Sequence[int], observed: Sequence[int]) -> dict[str, float]:
    """Return the population stability index and the Jensen-Shannon distance of two lists of counts."""
    pairs = [(e, o) for e, o in zip(expected, observed, strict=True) if e or o]
    rows, others = sum(expected), sum(observed)
    psi = divergence = 0.0
    for e, o in pairs:
        p, q = (e + 0.5) / (rows + 0.5 * len(pairs)), (o + 0.5) / (others + 0.5 * len(pairs))
        psi += (p - q) * math.log(p / q)
        middle = (p + q) / 2
        divergence += (p * math.log2(p / middle) + q * math.log2(q / middle)) / 2
    return {"psi": psi, "js": math.sqrt(max(divergence, 0.0))}


def main() -> None:
    """Print counts and distances of every column."""
    file, reference = sys.argv[1:]
    shapes = shapes_of(reference)
    asked = [text for column, shape in shapes.items() for text in expressions(column, shape["bins"])]
    row = connect().execute(f"SELECT count(*), {', '.join(asked)} FROM read_parquet('{file}')").fetchone()
    found = iter(row or ())
    rows = next(found)
    counted = {column: read(column, shape["bins"], rows, found) for column, shape in shapes.items()}
    moved = {column: distances(cells(shapes[column]), cells(shape)) for column, shape in counted.items()}
    print(json.dumps({"counts": counted, "distances": moved}))


if __name__ == "__main__":
    main()
