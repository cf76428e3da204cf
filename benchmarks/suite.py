"""The suite W1 that is written by hand in several engines: what all of them take of the orders, and in which form.

rows, nulls of 40 columns; of 24 numbers extremes, mean, deviation, NaN, 5 quantiles and 20 bins; of 11 texts distinct
values, the 50 most frequent and the greatest length; rows that break 3 patterns, 5 sets and 10 rules; repeated keys;
the rows of the first 5 keys that break each rule.
"""

from __future__ import annotations

from functools import cache

from orders import FLOATS, NUMBERS, RANGES

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS = 20
TOP = 50
EXAMPLES = 5

_SPANS: dict[str, tuple[float, float]] = {
    **{name: RANGES[name] for name in RANGES if name in ("age", "stars", "risk", "latitude", "longitude")},
    "order_id": (1_000_000_000, 1_070_000_000),
    "customer_id": (0, 2_000_000),
    "product_id": (0, 50_000),
    "warehouse_id": (0, 500),
    "quantity": (0, 20),
    "margin": (-2, 2),
    "credit_used": (0, 1),
}


@cache
def edges_of_the_suite() -> dict[str, list[float]]:
    """Return 21 edges of equal distance per number; bins are open below and above."""
    spans = {name: _SPANS.get(name, (0, 200 if name in FLOATS else 1_000)) for name in NUMBERS}
    return {
        name: [low + (high - low) * place / BINS for place in range(BINS + 1)] for name, (low, high) in spans.items()
    }
