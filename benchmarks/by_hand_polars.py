"""The whole suite W1 by hand on Polars: facts of every column, requirements, and examples of what breaks them.

    python benchmarks/by_hand_polars.py FILE

prints one JSON object of the form of `suite.py`. Lazy, on the streaming engine: one scan for sums, counts and rules,
one lazy query per number that sorts it (quantiles and bins come of the sorted column), one GROUP BY per text.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from typing import Any

import polars as pl
from orders import COLUMNS, FLOATS, KEY, NUMBERS, PATTERNS, RULES, SETS, TEXTS
from suite import EXAMPLES, QUANTILES, TOP, edges_of_the_suite

Facts = dict[str, Any]


def main() -> None:
    """Print the facts."""
    lazy = pl.scan_parquet(sys.argv[1])
    broken = {name: ~pl.sql_expr(rule) for name, rule in RULES.items()}
    asked = [pl.len().alias("rows"), *scalars(), *judged(broken)]
    row = lazy.select(asked).collect(engine="streaming").row(0, named=True)
    facts = {
        "rows": row["rows"],
        "nulls": {name: row["rows"] - row[f"present {name}"] for name in COLUMNS},
        "numbers": {name: number(lazy, name, row) for name in NUMBERS},
        "texts": {name: text(lazy, name, row) for name in TEXTS},
        "patterns": {name: row[f"pattern {name}"] for name in PATTERNS},
        "sets": {name: row[f"set {name}"] for name in SETS},
        "repeated": row["rows"] - lazy.select(pl.col(KEY).n_unique()).collect(engine="streaming").item(),
        "rules": {name: row[f"rule {name}"] for name in RULES},
    }
    places = sorted({key for name in RULES for key in row[f"example {name}"] or []})
    facts["examples"] = len(lazy.filter(pl.col(KEY).is_in(places)).collect(engine="streaming"))
    print(json.dumps(facts, default=str))


def finite(name: str) -> pl.Expr:
    """Return a column without NaN and infinities."""
    column = pl.col(name)
    return pl.when(column.is_finite()).then(column) if name in FLOATS else column


def scalars() -> list[pl.Expr]:
    """Return what is counted or summed of each column."""
    asked = [pl.col(name).count().alias(f"present {name}") for name in COLUMNS]
    for name in NUMBERS:
        asked += [finite(name).mean().alias(f"mean {name}"), finite(name).std().alias(f"std {name}")]
    for name in FLOATS:
        asked += [pl.col(name).is_nan().sum().alias(f"nan {name}")]
    return asked + [pl.col(name).str.len_chars().max().alias(f"longest {name}") for name in TEXTS]


def judged(broken: dict[str, pl.Expr]) -> list[pl.Expr]:
    """Return how many rows break each requirement, and the first keys of those that break a rule."""
    asked = [
        (~pl.col(name).str.contains(f"^(?:{pattern})$")).sum().alias(f"pattern {name}")
        for name, pattern in PATTERNS.items()
    ]
    asked += [(~pl.col(name).is_in(list(values))).sum().alias(f"set {name}") for name, values in SETS.items()]
    for name, rule in broken.items():
        first = pl.col(KEY).filter(rule).bottom_k(EXAMPLES).implode()
        asked += [rule.sum().alias(f"rule {name}"), first.alias(f"example {name}")]
    return asked


def number(lazy: pl.LazyFrame, name: str, row: Facts) -> Facts:
    """Return extremes, quantiles and bins of a sorted column, and its moments."""
    column = lazy.select(finite(name).drop_nulls().sort()).collect(engine="streaming").to_series()
    edges = pl.Series(edges_of_the_suite()[name])
    below = column.cast(pl.Float64).search_sorted(edges, side="right").to_list()
    bounds = [0, *below, len(column)]
    return {
        "min": column[0],
        "max": column[-1],
        "mean": row[f"mean {name}"],
        "std": row[f"std {name}"],
        "nan": row.get(f"nan {name}", 0),
        "quantiles": [column[int(share * (len(column) - 1))] for share in QUANTILES],
        "bins": [end - start for start, end in pairwise(bounds)],
    }


def text(lazy: pl.LazyFrame, name: str, row: Facts) -> Facts:
    """Return distinct and most frequent values of a text, and its greatest length."""
    counted = lazy.select(pl.col(name).alias("value")).drop_nulls().group_by("value").agg(pl.len().alias("n"))
    values = counted.collect(engine="streaming")
    top = values.top_k(TOP, by="n").sort("n", "value", descending=[True, False])
    return {"distinct": len(values), "top": top.rows(), "longest": row[f"longest {name}"]}


if __name__ == "__main__":
    main()
