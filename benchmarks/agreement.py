"""Whether the gate and the work by hand found the same facts: a quicker wrong answer is no answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MISSING = (".not_null", ".null_share")


def _loaded(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def differences_w1(report: Path, by_hand: Path) -> tuple[int, list[str]]:
    """Return how many numbers were compared, and those that differ: violating and judged rows, and examples."""
    verdicts = {_hand_id(verdict["id"]): verdict for verdict in _loaded(report)["verdicts"]}
    hand = _loaded(by_hand)
    compared, wrong = 0, []
    for name, facts in hand["facts"].items():
        evidence = verdicts[name]["evidence"] if name in verdicts else {}
        for part, number in facts.items():
            compared += 1
            if evidence.get(part) != number:
                wrong.append(f"{name}: {part} {evidence.get(part)} by the gate, {number} by hand")
    for name, rows in hand["examples"].items():
        compared += 1
        found = len(verdicts.get(name, {}).get("examples", ()))
        if found != len(rows):
            wrong.append(f"{name}: {found} examples by the gate, {len(rows)} by hand")
    return compared, wrong


def _hand_id(name: str) -> str:
    for ending in MISSING:
        if name.endswith(ending):
            return name.removesuffix(ending) + ".missing"
    return name


def differences_w2(report: Path, by_hand: Path) -> tuple[int, list[str]]:
    """Return how many columns were compared, and those whose counts differ in a bin."""
    shapes = {
        fact["column"]: fact["fact"]
        for fact in _loaded(report)["profile"]["facts"]
        if fact["measurement"] == "shape" and fact["times"] == "clock"
    }
    counted = _loaded(by_hand)["counts"]
    wrong = [column for column, own in counted.items() if column not in shapes or _plain(shapes[column]) != own]
    return len(counted), [f"{column}: other counts by the gate than by hand" for column in wrong]


def _plain(shape: dict[str, Any]) -> dict[str, Any]:
    apart = [shape["non_finite"][name] for name in ("nan", "plus_inf", "minus_inf")]
    return {"counts": shape["counts"], "other": shape["other"], "nulls": shape["nulls"], "apart": apart}
