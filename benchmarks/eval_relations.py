"""What holds between columns of accepted rows: orders, sums up to a few amounts, straight lines; as public checks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from eval_rows import Rows, Watch

from airflow_mlquality.checks import OnScale, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HOLDS = 0.995
"""A relation is proposed when at least this share of the accepted rows keep it."""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _orders(table: pd.DataFrame, kinds: Mapping[str, str]) -> list[Watch]:
    """Return orders of two columns that hold, and are not clear from their ranges."""
    found: list[Watch] = []
    for a, b in permutations(table.columns, 2):
        if kinds[a] != kinds[b]:
            continue
        pair = table[[a, b]].dropna()
        if len(pair) < 100 or (pair[a] <= pair[b]).mean() < HOLDS:  # noqa: PLR2004  too few to tell
            continue
        if pair[a].quantile(0.9) <= pair[b].quantile(0.1) or (pair[a] == pair[b]).mean() > 0.5:  # noqa: PLR2004  no news
            continue
        rule = Rule(id=f"order_{a}_{b}", rule=f"{_quoted(a)} <= {_quoted(b)}", fail=0.002)
        found.append(Watch(rule, (a, b), _Order(a, b, is_time=kinds[a] == "time")))
    return found


@dataclass(frozen=True)
class _Order:
    low: str
    high: str
    is_time: bool

    def __call__(self, rows: Rows) -> pd.Series:
        """Return the rows in which the first is larger."""
        one, other = (rows.time(each) if self.is_time else rows.number(each) for each in (self.low, self.high))
        return one > other


def _sums(table: pd.DataFrame, kinds: Mapping[str, str]) -> list[Watch]:
    """Return columns that are the sum of others, up to a few fixed amounts that come and go."""
    numbers = [name for name in table if kinds[name] == "number" and table[name].min() < table[name].max()]
    values = table[numbers].fillna(0.0)
    found: list[Watch] = []
    for target in numbers:
        parts, amounts, tolerance = _addends(values, target, [name for name in numbers if name != target])
        if len(parts) > 1:
            terms = " + ".join(f"coalesce({_quoted(name)}, 0)" for name in parts)
            left = f"{_quoted(target)} - ({terms})"
            rule = " or ".join(f"abs({left} - ({amount:.8g})) <= {tolerance:.6g}" for amount in amounts)
            broken = _Sum(target, tuple(parts), tuple(amounts), tolerance)
            found.append(Watch(Rule(id=f"sum_{target}", rule=rule, fail=0.002), (target,), broken))
    return found


@dataclass(frozen=True)
class _Sum:
    target: str
    parts: tuple[str, ...]
    amounts: tuple[float, ...]
    tolerance: float

    def __call__(self, rows: Rows) -> pd.Series:
        """Return the rows whose sum is off by none of the known amounts."""
        left = rows.number(self.target) - sum(rows.number(name).fillna(0.0) for name in self.parts)
        near = [(left - amount).abs() <= self.tolerance for amount in self.amounts]
        return left.notna() & ~pd.concat(near, axis=1).any(axis=1)


def _addends(values: pd.DataFrame, target: str, others: Sequence[str]) -> tuple[list[str], list[float], float]:
    """Return the columns whose sum a column is in nearly all rows, and by which amounts it may differ from it."""
    if not others:
        return [], [], 0.0
    x = np.column_stack([values[list(others)].to_numpy(), np.ones(len(values))])
    y = values[target].to_numpy()
    kept, weights = np.ones(len(y), dtype=bool), np.zeros(x.shape[1])
    for _ in range(8):
        weights, *_rest = np.linalg.lstsq(x[kept], y[kept], rcond=None)
        left = np.abs(y - x @ weights)
        kept = left <= max(float(np.quantile(left, 0.9)), 1e-9)
    parts = {name for name, weight in zip(others, weights, strict=False) if abs(weight - 1) < 0.1}  # noqa: PLR2004
    if not parts:
        return [], [], 0.0
    tolerance = max(0.001 * (float(np.median(np.abs(y))) or 1.0), 1e-9)
    few = values.sample(min(len(values), 4_000), random_state=0)
    covered = _covered(few, target, parts, tolerance)
    for name in [*others, *others]:  # a column that belongs to the sum, or does not, makes what is left fewer amounts
        flipped = parts ^ {name}
        share = _covered(few, target, flipped, tolerance) if flipped else 0.0
        if share > covered:
            parts, covered = flipped, share
    left = _left(values, target, parts, tolerance)
    amounts = [float(amount) for amount, share in left.value_counts(normalize=True).head(4).items() if share >= 0.001]  # noqa: PLR2004
    is_sum = len(parts) > 1 and _covered(values, target, parts, tolerance, most=4) >= 0.98  # noqa: PLR2004
    return ([name for name in others if name in parts], amounts, 2 * tolerance) if is_sum else ([], [], 0.0)


def _left(values: pd.DataFrame, target: str, parts: set[str], tolerance: float) -> pd.Series[float]:
    """Return what is left of a column without its parts, rounded."""
    left = values[target].to_numpy() - values[sorted(parts)].sum(axis=1).to_numpy()
    return pd.Series((np.round(left / tolerance) * tolerance).round(9) + 0.0)


def _covered(values: pd.DataFrame, target: str, parts: set[str], tolerance: float, most: int = 2) -> float:
    """Return the share of rows in which one of the most frequent amounts is left."""
    return float(_left(values, target, parts, tolerance).value_counts(normalize=True).head(most).sum())


def _ratios(table: pd.DataFrame, kinds: Mapping[str, str]) -> list[Watch]:
    """Return numbers that lie near a straight line of another one, in a narrow range of multiples of it."""
    numbers = [name for name in table if kinds[name] == "number" and table[name].nunique() > 50]  # noqa: PLR2004
    best: dict[str, tuple[float, Watch]] = {}
    for x, y in permutations(numbers, 2):
        pair = table[[x, y]].dropna()
        pair = pair[(pair[x] > 0) & (pair[y] > 0)]
        if len(pair) < 500 or pair[[x, y]].corr("spearman").iloc[0, 1] < 0.8:  # noqa: PLR2004  too loose
            continue
        slope, start = np.polyfit(pair[x], pair[y], 1)
        for _ in range(3):
            near = np.abs(np.log(pair[y] / np.maximum(start + slope * pair[x], 1e-9))) < 1
            if near.sum() < len(pair) / 2:
                break
            slope, start = np.polyfit(pair[x][near], pair[y][near], 1)
        expected = start + slope * pair[x]
        if slope <= 0 or (expected <= 0).mean() > 0.001:  # noqa: PLR2004  beyond use
            continue
        ratio = (pair[y] / expected)[expected > 0]
        low, high = float(ratio.quantile(0.002)), float(ratio.quantile(0.998))
        width = high / max(low, 1e-9)
        if width > 30 or (y in best and best[y][0] <= width):  # noqa: PLR2004  a factor of ten would hide
            continue
        text = f"{start:.8g} + {slope:.8g} * nullif({_quoted(x)}, 0)"
        check = OnScale(column=y, id=f"{y}.near.{x}", expected=text, within=(low, high), fail=0.002)
        best[y] = (width, Watch(check, (y, x), _Scale(y, x, (float(start), float(slope)), (low, high))))
    return [watch for _, watch in best.values()]


@dataclass(frozen=True)
class _Scale:
    column: str
    other: str
    line: tuple[float, float]
    within: tuple[float, float]

    def __call__(self, rows: Rows) -> pd.Series:
        """Return the rows whose number is on the line only once a power of ten, or its sign, is taken away."""
        start, slope = self.line
        ratio = rows.number(self.column) / (start + slope * rows.number(self.other).replace(0, np.nan))
        low, high = self.within
        slipped = [(ratio / factor).between(low, high) for factor in (10, 100, 1000, 0.1, 0.01, 0.001, -1)]
        return ratio.notna() & ~ratio.between(low, high) & pd.concat(slipped, axis=1).any(axis=1)


def relations(table: pd.DataFrame, kinds: Mapping[str, str]) -> list[Watch]:
    """Return the checks of relations that accepted rows keep."""
    return [*_orders(table, kinds), *_sums(table, kinds), *_ratios(table, kinds)]
