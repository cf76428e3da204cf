"""A gate for a table that nobody wrote a contract for: learned from accepted partitions, judged by the public checks.

`detect(reference, current, meta)` is the evaluation's interface: paths of accepted partitions, the path of the one to
judge, and what is known of them; it returns what is flagged, by column and by cell, and proposed mappings.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from airflow_mlquality.audit import audit, take_profile
from airflow_mlquality.checks import (
    AcceptedValues,
    Between,
    Check,
    DateMeaning,
    DefaultSpike,
    Drift,
    DuplicateRows,
    NullShare,
    OnScale,
    RequiredColumns,
    RowCount,
    Rule,
    ScaleStable,
    SwappedColumns,
    Type,
    Vocabulary,
)
from airflow_mlquality.contract import Contract
from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.profile import Profile
    from airflow_mlquality.report import Report
    from airflow_mlquality.verdict import Verdict

MOST_CATEGORIES = 20
MOST_SEGMENTATIONS = 2
HELD_OUT = 2
"""Accepted partitions on which the levels are tried before they are used."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T].*)?")
_WHOLE = re.compile(r"-?\d+")


@dataclass(frozen=True)
class Learned:
    """What accepted partitions taught: kinds of columns, rules that hold, the contract, and their profile."""

    contract: Contract
    profile: Profile
    targets: Mapping[str, tuple[str, ...]]
    """By the id of a check, the columns that it blames."""


def detect(reference: Sequence[str], current: str, meta: Mapping[str, Any]) -> dict[str, Any]:
    """Judge a partition by what accepted ones taught."""
    if not reference:
        return {"flag": False, "score": 0.0}
    span = _span(meta)
    learned = _learned(tuple(reference), tuple(meta.get("ref_partitions") or ()), span)
    contract = _with_interval(learned.contract, span, meta.get("partition"))
    report = audit(contract, current, reference=learned.profile, as_of=_moment(meta.get("partition"), span))
    bad = [verdict for verdict in report.verdicts if verdict.outcome is Outcome.FAIL]
    columns: dict[str, dict[str, Any]] = {}
    for verdict in bad:
        for name in _blamed(verdict, learned.targets):
            known = columns.get(name)
            score = _excess(verdict)
            if known is None or score > known["score"]:
                columns[name] = {"flag": True, "score": score, "kind": verdict.check}
    return {
        "flag": bool(bad),
        "score": sum(_excess(verdict) for verdict in bad),
        "columns": columns,
        "cells": _cells(contract, current, bad, learned.targets),
        "mapping": {
            verdict.place: dict(verdict.evidence["mapping"])
            for verdict in bad
            if verdict.check == "vocabulary" and verdict.evidence.get("mapping")
        },
    }


def _excess(verdict: Verdict) -> float:
    bound = verdict.fail if isinstance(verdict.fail, int | float) else None
    return 1.0 if not bound or verdict.observed is None else float(min(verdict.observed / bound, 100.0))


def _blamed(verdict: Verdict, targets: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if verdict.check == "swapped_columns":
        return tuple(name for pair in verdict.evidence["swapped"] for name in pair["columns"])
    return targets.get(verdict.id, ())


# ---- rows that violate ----


def _cells(
    contract: Contract, current: str, bad: Sequence[Verdict], targets: Mapping[str, tuple[str, ...]]
) -> list[list[Any]]:
    """Return row and column of every violation of a check that judges rows."""
    from airflow_mlquality.engines.engine import Reading, Violation
    from airflow_mlquality.engines.opening import engine_for
    from airflow_mlquality.engines.settings import Settings

    failed = {verdict.id: verdict for verdict in bad}
    found: list[list[Any]] = []
    with engine_for(current, Settings()) as engine:
        table = engine.open("stage", current, Reading(contract.declared, contract.csv, {}))
        violations = {}
        for check in contract.checks:
            is_there = set(check.columns()) <= {column.name for column in table.schema}
            share = failed[check.verdict_id].observed if check.verdict_id in failed else None
            if share is not None and is_there and not isinstance(check, DuplicateRows | NullShare):
                condition = check.violation(table.schema)
                if condition is not None:
                    violations[check.verdict_id] = Violation(condition, ())
        if not violations:
            return []
        for name, rows in engine.examples(table, violations, 200_000).items():
            for row in rows:
                number = int(row.where.rpartition(" ")[2]) - 1
                found += [[number, column] for column in targets.get(name, ())]
    return found


# ---- time ----


def _span(meta: Mapping[str, Any]) -> timedelta | None:
    """Return how far partitions lie apart, where that is known."""
    days = [datetime.fromisoformat(day) for day in (*(meta.get("ref_partitions") or ()), meta.get("partition")) if day]
    steps = [later - earlier for earlier, later in zip(days, days[1:], strict=False)]
    return max(steps) if steps and min(steps) > timedelta(0) and max(steps) <= 2 * min(steps) else None


def _moment(partition: str | None, span: timedelta | None) -> datetime:
    if not partition:
        return datetime.now(UTC)
    return datetime.fromisoformat(partition).replace(tzinfo=UTC) + (span or timedelta(days=1))


def _with_interval(contract: Contract, span: timedelta | None, partition: str | None) -> Contract:
    """Return the contract with the interval of a partition for its dates."""
    if not partition or span is None:
        return contract
    start = datetime.fromisoformat(partition)
    ends = {"oldest": f"{start:%Y-%m-%d}", "newest": f"{start + span:%Y-%m-%d}"}
    from dataclasses import replace

    checks = [
        check.model_copy(update=ends) if isinstance(check, DateMeaning) and check.oldest else check
        for check in contract.checks
    ]
    return replace(contract, checks=tuple(checks))


# ---- learning ----


@lru_cache(maxsize=4)
def _learned(reference: tuple[str, ...], days: tuple[str, ...], span: timedelta | None) -> Learned:
    frames = [pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""]) for path in reference]
    rows = pd.concat(frames, ignore_index=True)
    kinds = {name: _kind(rows[name]) for name in rows}
    checks, targets = _checks(rows, frames, kinds, days, span)
    allowed = frozenset(name for name, kind in kinds.items() if kind in ("word", "code"))
    contract = Contract(name="learned", checks=checks, samples=allowed, allow_empty=True)
    profile = take_profile(
        _arrow(rows, kinds), contract=contract, as_of=_moment(days[-1] if days else None, span)
    )
    places = np.unique(np.linspace(0, len(reference) - 1, HELD_OUT).round().astype(int))
    tried = [
        audit(
            _with_interval(contract, span, days[place] if days else None),
            _arrow(frames[place], kinds),
            reference=profile,
            as_of=_moment(days[place] if days else None, span),
        )
        for place in places
    ]
    return Learned(_levelled(contract, tried), profile, targets)


def _levelled(contract: Contract, tried: Sequence[Report]) -> Contract:
    """Return the contract with levels that accepted partitions keep, twice over."""
    from dataclasses import replace

    seen: dict[str, list[float]] = defaultdict(list)
    for report in tried:
        for verdict in report.verdicts:
            if verdict.observed is not None:
                seen[verdict.id].append(verdict.observed)
    checks: list[Check] = []
    for check in contract.checks:
        level, observed = getattr(check, "fail", None), seen.get(check.verdict_id, [])
        if isinstance(level, int | float) and not isinstance(check, RequiredColumns):
            most = max(observed, default=0.0)
            if isinstance(check, SwappedColumns):
                if most > level:
                    continue
            elif most >= 0.3 and not isinstance(check, NullShare):  # noqa: PLR2004  it does not hold at all
                continue
            else:
                check = check.model_copy(update={"fail": min(1.0, max(float(level), 2 * most + level / 2))})
        checks.append(check)
    return replace(contract, checks=tuple(checks))


def _kind(texts: pd.Series[str]) -> str:
    values = texts.dropna()
    if values.empty:
        return "empty"
    if values.str.fullmatch(_DATE.pattern).mean() > 0.95:  # noqa: PLR2004  the rest is what is wrong with it
        return "time"
    distinct = values.nunique()
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.notna().mean() > 0.95:  # noqa: PLR2004  as above
        whole = values.str.fullmatch(_WHOLE.pattern).all()
        return "code" if whole and distinct <= MOST_CATEGORIES else "number"
    return "word" if distinct <= 10 * MOST_CATEGORIES and distinct < len(values) / 10 else "text"


_TYPES = {"time": "timestamp", "number": "float", "code": "string", "word": "string", "text": "string"}


def _checks(
    rows: pd.DataFrame,
    frames: Sequence[pd.DataFrame],
    kinds: Mapping[str, str],
    days: Sequence[str],
    span: timedelta | None,
) -> tuple[list[Check], dict[str, tuple[str, ...]]]:
    """Return the checks that accepted partitions suggest, and which columns each blames."""
    names = [name for name, kind in kinds.items() if kind != "empty"]
    checks: list[Check] = [RequiredColumns(required=names, fail=0), _volume(frames)]
    targets: dict[str, tuple[str, ...]] = {"required_columns": ()}

    def add(check: Check, *blamed: str) -> None:
        if check.verdict_id not in targets:
            targets[check.verdict_id] = blamed
            checks.append(check)

    for name in names:
        for check in _of_column(name, kinds[name], rows[name], frames):
            add(check, name)
    sample = rows.sample(min(len(rows), 20_000), random_state=0)
    table = _typed(sample, kinds)
    for name in (name for name in names if kinds[name] == "time"):
        add(DateMeaning(column=name, oldest="1900-01-01" if _in_partition(frames, name, days, span) else None, fail=0.002), name)
    for check, blamed in (*_orders(table, kinds), *_sums(table, kinds), *_ratios(table, kinds)):
        add(check, *blamed)
    for name, by in _segmented(rows, kinds):
        add(ScaleStable(column=name, by=by, id=f"{name}.scale.{by}", fail=0.02), name)
    add(DuplicateRows(columns=names, fail=0.005), *())
    add(SwappedColumns(columns=[name for name in names if kinds[name] != "time" and kinds[name] != "text"]))
    return checks, targets


def _of_column(name: str, kind: str, texts: pd.Series[str], frames: Sequence[pd.DataFrame]) -> list[Check]:
    nulls = [float(frame[name].isna().mean()) for frame in frames if name in frame]
    spread = max(nulls) - min(nulls)
    found: list[Check] = [
        Type(column=name, expected=_TYPES[kind], fail=0.002),
        NullShare(column=name, fail=min(1.0, max(nulls) + spread + 0.005)),
    ]
    if kind in ("code", "word"):
        words = sorted(texts.dropna().unique())
        found += [AcceptedValues(column=name, values=words, fail=0.002), Vocabulary(column=name, fail=0.01)]
    if kind == "number":
        numbers = pd.to_numeric(texts, errors="coerce").dropna()
        low, high = float(numbers.min()), float(numbers.max())
        found += [
            Between(column=name, min=low - 0.25 * abs(low), max=high + 0.25 * abs(high), fail=0.0005),
            ScaleStable(column=name, fail=0.01),
        ]
    if kind != "text" and kind != "time":
        found += [DefaultSpike(column=name, fail=0.005 if kind == "number" else 0.05)]
    if kind != "text":
        found += [Drift(columns=[name], column=name, id=f"{name}.drift", fail=0.25, warn=None)]
    return found


def _segmented(rows: pd.DataFrame, kinds: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return numbers with the categories by which their scale is watched: those that split the rows most evenly."""
    spread = {}
    for name, kind in kinds.items():
        if kind in ("code", "word"):
            shares = rows[name].value_counts(normalize=True)
            if 1 < (shares > 0.02).sum() <= 12:  # noqa: PLR2004  segments of some size, and few
                spread[name] = float(-(shares * np.log(shares)).sum())
    chosen = sorted(spread, key=lambda name: -spread[name])[:MOST_SEGMENTATIONS]
    numbers = [name for name, kind in kinds.items() if kind == "number" and rows[name].nunique() > 50]  # noqa: PLR2004
    return [(name, by) for name in numbers for by in chosen]


def _volume(frames: Sequence[pd.DataFrame]) -> Check:
    sizes = [len(frame) for frame in frames]
    margin = max(max(sizes) - min(sizes), 3 * float(np.sqrt(max(sizes))))
    return RowCount(fail=(max(1, int(min(sizes) - margin)), int(max(sizes) + margin) + 1))


def _typed(rows: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    typed = {}
    for name, kind in kinds.items():
        if kind == "time":
            typed[name] = pd.to_datetime(rows[name], errors="coerce")
        elif kind == "number":
            typed[name] = pd.to_numeric(rows[name], errors="coerce")
    return pd.DataFrame(typed)


def _arrow(rows: pd.DataFrame, kinds: Mapping[str, str]) -> pa.Table:
    """Return rows as a table of the types that the contract declares."""
    typed = _typed(rows, kinds)
    columns = {}
    for name in rows:
        if name in typed and kinds[name] == "number":
            columns[name] = pa.array(typed[name], pa.float64(), from_pandas=True)
        elif name in typed:
            columns[name] = pa.array(typed[name], pa.timestamp("us"), from_pandas=True)
        else:
            columns[name] = pa.array(rows[name].astype(object).where(rows[name].notna(), None), pa.string())
    return pa.table(columns)


def _in_partition(
    frames: Sequence[pd.DataFrame], name: str, days: Sequence[str], span: timedelta | None
) -> bool:
    """Return whether the dates of a column lie in their partition."""
    if span is None or len(days) != len(frames):
        return False
    for frame, day in zip(frames, days, strict=True):
        times, start = pd.to_datetime(frame[name], errors="coerce").dropna(), pd.Timestamp(day)
        if times.empty or ((times < start) | (times > start + span + timedelta(days=1))).mean() > 0.01:  # noqa: PLR2004  late rows
            return False
    return True


# ---- relations ----

HOLDS = 0.995
"""A relation is proposed when at least this share of the accepted rows keep it."""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _orders(table: pd.DataFrame, kinds: Mapping[str, str]) -> list[tuple[Check, tuple[str, ...]]]:
    """Return orders of two columns that hold, and are not clear from their ranges."""
    found: list[tuple[Check, tuple[str, ...]]] = []
    for a, b in permutations(table.columns, 2):
        if kinds[a] != kinds[b]:
            continue
        pair = table[[a, b]].dropna()
        if len(pair) < 100 or (pair[a] <= pair[b]).mean() < HOLDS:  # noqa: PLR2004  too few to tell
            continue
        if pair[a].quantile(0.9) <= pair[b].quantile(0.1) or (pair[a] == pair[b]).mean() > 0.5:  # noqa: PLR2004  no news
            continue
        rule = Rule(id=f"order_{a}_{b}", rule=f"{_quoted(a)} <= {_quoted(b)}", fail=0.002)
        found.append((rule, (a, b)))
    return found


def _sums(table: pd.DataFrame, kinds: Mapping[str, str]) -> list[tuple[Check, tuple[str, ...]]]:
    """Return columns that are the sum of others, up to a few fixed amounts that come and go."""
    numbers = [name for name in table if kinds[name] == "number" and table[name].nunique() > 1]
    values = table[numbers].fillna(0.0)
    found: list[tuple[Check, tuple[str, ...]]] = []
    for target in numbers:
        parts, amounts, tolerance = _addends(values, target, [name for name in numbers if name != target])
        if len(parts) > 1:
            terms = " + ".join(f"coalesce({_quoted(name)}, 0)" for name in parts)
            left = f"{_quoted(target)} - ({terms})"
            rule = " or ".join(f"abs({left} - ({amount:.8g})) <= {tolerance:.6g}" for amount in amounts)
            found.append((Rule(id=f"sum_{target}", rule=rule, fail=0.002), (target,)))
    return found


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


def _ratios(table: pd.DataFrame, kinds: Mapping[str, str]) -> list[tuple[Check, tuple[str, ...]]]:
    """Return numbers that lie near a straight line of another one, in a narrow range of multiples of it."""
    numbers = [name for name in table if kinds[name] == "number" and table[name].nunique() > 50]  # noqa: PLR2004
    best: dict[str, tuple[float, Check, tuple[str, ...]]] = {}
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
        text = f"{start:.8g} + {slope:.8g} * {_quoted(x)}"
        check = OnScale(column=y, id=f"{y}.near.{x}", expected=text, within=(low, high), fail=0.002)
        best[y] = (width, check, (y, x))
    return [(check, blamed) for _, check, blamed in best.values()]


if __name__ == "__main__":
    import json

    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(detect(asked["reference"], asked["current"], asked["meta"]), default=float), flush=True)
