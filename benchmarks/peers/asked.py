"""What is asked of every contender, under which names, and the file in which it answers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from orders import COLUMNS, FEW_VALUES, KEY, MANY_VALUES, NUMBERS, PATTERNS, RANGES, SETS

ROW_RULES = (
    "returns_fit_the_order",
    "discount_fits_the_goods",
    "shipped_after_ordered",
    "united_states_pay_in_dollars",
)
"""The rules of orders.py that every contender can state."""
PAIRS = {
    "returns_fit_the_order": ("quantity", "returned"),
    "discount_fits_the_goods": ("goods", "discount"),
    "shipped_after_ordered": ("shipped_at", "ordered_at"),
}
"""Of three of them, the column that must not be less, and the other one."""
KEY_IS_UNIQUE = f"{KEY}.unique"
NUMBER_OF_CHECKS = len(COLUMNS) + len(RANGES) + len(PATTERNS) + len(SETS) + 1 + len(ROW_RULES)

NOT_COMPARED = (KEY, "ordered_at")
"""The key and the time of a row: they always move."""
DRIFT_NUMBERS = tuple(name for name in NUMBERS if name not in NOT_COMPARED)
DRIFT_TIMES = ("shipped_at", "delivered_at")
DRIFT_CATEGORIES = (*FEW_VALUES, "label", "is_gift", "is_first")
DRIFT_MANY = MANY_VALUES
"""Texts of up to a million different values, which only some contenders can compare."""


def answer(target: str, judged: int, found: Iterable[str], wrong: Iterable[str] = ()) -> None:
    """Write how much was judged, the names of what failed or drifted, and what could not be judged."""
    written = {"judged": judged, "found": sorted(set(found)), "wrong": list(wrong)}
    Path(target).write_text(json.dumps(written), encoding="utf-8")
