"""Whether the gate and the work by hand found the same facts: a quicker wrong answer is no answer."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from orders import KEY, NUMBERS, PATTERNS, RULES, SETS, TEXTS
from suite import QUANTILES

from airflow_mlquality.measurements import DistinctCount, Moments, Shape
from airflow_mlquality.measurements.quantiles import quantile
from airflow_mlquality.report import Report

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


def differences_of_the_suite(scratch: Path) -> tuple[int, list[str]]:
    """Return how many numbers were compared, and those that differ between the gate and the work by hand."""
    report = Report.from_json(_loaded(scratch / "suite.json"))
    compared, wrong = 0, []
    for path in sorted(scratch.glob("suite_*.json")):
        for name, told, expected, is_same in _suite(report, _loaded(path)):
            compared += 1
            if not is_same:
                wrong.append(f"{name}: {told} by the gate, {expected} in {path.stem}")
    return compared, wrong


Compared = tuple[str, Any, Any, bool]


def _suite(report: Report, hand: dict[str, Any]) -> Iterator[Compared]:
    evidence = {verdict.id: verdict.evidence for verdict in report.verdicts}
    yield _exact("rows", report.profile.rows, hand["rows"])
    yield _exact("repeated", evidence[f"{KEY}.unique"]["violating"], hand["repeated"])
    for name in PATTERNS:
        yield _exact(f"{name}.matches", evidence[f"{name}.matches"]["violating"], hand["patterns"][name])
    for name in SETS:
        yield _exact(f"{name}.accepted_values", evidence[f"{name}.accepted_values"]["violating"], hand["sets"][name])
    for name in RULES:
        yield _exact(name, evidence[name]["violating"], hand["rules"][name])
    for name in NUMBERS:
        yield from _number(report, name, hand["numbers"][name])
    for name in TEXTS:
        yield from _text(report, name, hand["texts"][name])


def _exact(name: str, told: Any, expected: Any) -> Compared:
    return name, told, expected, told == expected


def _number(report: Report, name: str, expected: dict[str, Any]) -> Iterator[Compared]:
    """Compare extremes, moments and NaN, and see whether the bounds of each quantile hold the exact one."""
    moments, shape = report.profile[Moments(name)], report.profile[Shape(name)]
    for part in ("min", "max", "mean", "std"):
        told = getattr(moments, part)
        yield f"{part} of {name}", told, expected[part], math.isclose(told, expected[part], rel_tol=1e-6, abs_tol=1e-9)
    yield _exact(f"NaN of {name}", shape.non_finite.nan, expected["nan"])
    for share, exact in zip(QUANTILES, expected["quantiles"], strict=True):
        found = quantile(shape, share, moments)
        slack = 1e-6 * abs(exact)
        inside = found is not None and found.low - slack <= exact <= found.high + slack
        yield f"quantile {share} of {name}", found, exact, inside


def _text(report: Report, name: str, expected: dict[str, Any]) -> Iterator[Compared]:
    """Compare the number of different values, as far as an estimate goes, and the greatest length."""
    distinct = report.profile[DistinctCount(name)]
    off = abs(distinct.count - expected["distinct"])
    yield f"distinct of {name}", distinct.count, expected["distinct"], off <= 5 * distinct.error * expected["distinct"]


AGREEMENTS: dict[str, Callable[[Path], tuple[int, list[str]]]] = {
    "gate": lambda scratch: differences_w1(scratch / "gate.json", scratch / "hand.json"),
    "suite": differences_of_the_suite,
    "drift": lambda scratch: differences_w2(scratch / "drift.json", scratch / "hand_w2.json"),
}
