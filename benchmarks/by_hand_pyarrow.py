"""The whole suite W1 by hand on Arrow and numpy: facts of every column, requirements, and examples of what breaks them.

    python benchmarks/by_hand_pyarrow.py FILE

prints one JSON object of the form of `suite.py`. One column after another, so that memory holds one; numbers are
sorted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from orders import BOOLEANS, COLUMNS, FLOATS, KEY, NUMBERS, PATTERNS, RULES, SETS, TEXTS, TIMES
from suite import EXAMPLES, QUANTILES, TOP, edges_of_the_suite

Facts = dict[str, Any]
Rows = pa.Table


def main() -> None:
    """Print the facts."""
    file = pq.ParquetFile(sys.argv[1], memory_map=True)
    facts: Facts = {"rows": file.metadata.num_rows, "nulls": {}, "numbers": {}, "texts": {}, "patterns": {}, "sets": {}}
    for name in (*NUMBERS, *TEXTS, *TIMES, *BOOLEANS):
        column = file.read(columns=[name])[name]
        facts["nulls"][name] = column.null_count
        if name in NUMBERS:
            facts["numbers"][name] = number(name, column)
        if name in TEXTS:
            facts["texts"][name] = text(column)
        if name in PATTERNS:
            matches = pc.match_substring_regex(column, f"^(?:{PATTERNS[name]})$")
            facts["patterns"][name] = pc.sum(pc.invert(matches)).as_py() or 0
        if name in SETS:
            known = pc.is_in(column, pa.array(SETS[name]))
            facts["sets"][name] = pc.sum(pc.and_(pc.is_valid(column), pc.invert(known))).as_py() or 0
    key = np.sort(file.read(columns=[KEY])[KEY].to_numpy())
    facts["repeated"] = int((key[1:] == key[:-1]).sum())
    facts["rules"], keys = rules(file)
    facts["examples"] = sum(
        rows.filter(pc.is_in(rows[KEY], pa.array(keys))).num_rows
        for rows in (file.read_row_group(i) for i in range(file.num_row_groups))
    )
    print(json.dumps({**facts, "nulls": {name: facts["nulls"][name] for name in COLUMNS}}, default=str))


def number(name: str, column: pa.ChunkedArray) -> Facts:
    """Return the facts of a number: what is ordered comes of the sorted column."""
    values = pc.drop_null(column).to_numpy()
    nan = int(np.isnan(values).sum()) if name in FLOATS else 0
    values = values[np.isfinite(values)] if name in FLOATS else values
    moments = {"mean": float(values.mean(dtype=float)), "std": float(values.std(ddof=1, dtype=float))}
    values = np.sort(values)
    ends = np.searchsorted(values, edges_of_the_suite()[name], side="right")
    return {
        **moments,
        "min": values[0].item(),
        "max": values[-1].item(),
        "nan": nan,
        "quantiles": [values[int(share * (len(values) - 1))].item() for share in QUANTILES],
        "bins": np.diff([0, *ends, len(values)]).tolist(),
    }


def text(column: pa.ChunkedArray) -> Facts:
    """Return distinct and most frequent values of a text, and its greatest length."""
    counted = pc.value_counts(pc.drop_null(column))
    counts = counted.field("counts")
    most = pc.select_k_unstable(counts, k=min(TOP, len(counts)), sort_keys=[("", "descending")])
    top = [(each["values"], each["counts"]) for each in counted.take(most).to_pylist()]
    return {"distinct": len(counted), "top": top, "longest": pc.max(pc.utf8_length(column)).as_py()}


def rules(file: pq.ParquetFile) -> tuple[dict[str, int], list[int]]:
    """Return how many rows break each rule, and the first keys of them."""
    wanted = sorted({name for rule in RULES.values() for name in COLUMNS if name in rule} | {KEY})
    broken = dict.fromkeys(RULES, 0)
    keys: dict[str, list[int]] = {name: [] for name in RULES}
    for i in range(file.num_row_groups):
        rows = file.read_row_group(i, columns=wanted)
        for name, breaks in BROKEN.items():
            mask = breaks(rows)
            count = pc.sum(mask).as_py() or 0
            broken[name] += count
            if count:
                keys[name] = sorted(keys[name] + rows[KEY].filter(mask).to_pylist())[:EXAMPLES]
    return broken, sorted({key for each in keys.values() for key in each})


def _off(rows: Rows, seen: str, expected: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.greater(pc.abs(pc.subtract(rows[seen], expected)), 0.011)


BROKEN: dict[str, Callable[[Rows], pa.ChunkedArray]] = {
    "returns_fit_the_order": lambda rows: pc.greater(rows["returned"], rows["quantity"]),
    "goods_are_quantity_times_price": lambda rows: _off(rows, "goods", pc.multiply(rows["quantity"], rows["price"])),
    "total_adds_up": lambda rows: _off(
        rows,
        "total",
        pc.add(pc.add(pc.subtract(rows["goods"], rows["discount"]), rows["tax"]), rows["shipping"]),
    ),
    "discount_fits_the_goods": lambda rows: pc.greater(rows["discount"], rows["goods"]),
    "shipped_after_ordered": lambda rows: pc.less(rows["shipped_at"], rows["ordered_at"]),
    "delivered_after_shipped": lambda rows: pc.less(rows["delivered_at"], rows["shipped_at"]),
    "delivered_has_a_time": lambda rows: pc.and_(
        pc.equal(rows["status"], "delivered"), pc.is_null(rows["delivered_at"])
    ),
    "united_states_pay_in_dollars": lambda rows: pc.and_kleene(
        pc.equal(rows["country"], "US"), pc.not_equal(rows["currency"], "USD")
    ),
    "first_order_has_no_points": lambda rows: pc.and_kleene(rows["is_first"], pc.not_equal(rows["points"], 0)),
    "fraud_has_a_risk": lambda rows: pc.and_kleene(pc.equal(rows["label"], "fraud"), pc.less(rows["risk"], 0.2)),
}


if __name__ == "__main__":
    main()
