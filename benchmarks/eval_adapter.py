"""A gate for a table that nobody wrote a contract for: learned from accepted partitions, judged by the public checks.

`detect(reference, current, meta)` is the evaluation's interface: paths of accepted partitions, the path of the one to
judge, and what is known of them; it returns what is flagged, by column and by cell, and proposed mappings.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from eval_relations import relations

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
    RequiredColumns,
    RowCount,
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
USELESS = 0.3
"""A check that observes so much on an accepted partition says nothing."""
HELD_OUT = 2
"""Accepted partitions on which the levels are tried before they are used."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T].*)?")
_WHOLE = re.compile(r"-?\d+")


@dataclass(frozen=True)
class Learned:
    """What accepted partitions taught: kinds of columns, rules that hold, the contract, and their profile."""

    contract: Contract
    profile: Profile
    codes: tuple[str, ...]
    """Columns of whole numbers that stand for categories."""
    targets: Mapping[str, tuple[str, ...]]
    """By the id of a check, the columns that it blames."""


def detect(reference: Sequence[str], current: str, meta: Mapping[str, Any]) -> dict[str, Any]:
    """Judge a partition by what accepted ones taught."""
    if not reference:
        return {"flag": False, "score": 0.0}
    span = _span(meta)
    learned = _learned(tuple(reference), tuple(meta.get("ref_partitions") or ()), span)
    contract = _with_interval(learned.contract, span, meta.get("partition"))
    with tempfile.TemporaryDirectory() as folder:
        return _judged(learned, contract, _as_codes(current, learned.codes, Path(folder)), meta, span)


def _judged(
    learned: Learned, contract: Contract, current: str, meta: Mapping[str, Any], span: timedelta | None
) -> dict[str, Any]:
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


def _as_codes(current: str, codes: Sequence[str], folder: Path) -> str:
    """Return a file in which whole numbers that stand for categories are written without a fraction.

    Whoever writes whole numbers with missing ones among them as doubles writes 1.0 for 1.
    """
    rows = pd.read_csv(current, dtype=str, keep_default_na=False)
    written = _without_fractions(rows, codes)
    if written.equals(rows):
        return current
    path = folder / Path(current).name
    written.to_csv(path, index=False)
    return str(path)


def _without_fractions(rows: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    known = [name for name in codes if name in rows]
    return rows.assign(**{name: rows[name].str.replace(r"^(-?\d+)\.0+$", r"\1", regex=True) for name in known})


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
    steps = [later - earlier for earlier, later in pairwise(days)]
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
    frames = [_without_fractions(frame, list(frame)) for frame in frames]
    rows = pd.concat(frames, ignore_index=True)
    kinds = {name: _kind(rows[name]) for name in rows}
    checks, targets = _checks(rows, frames, kinds, days, span)
    allowed = frozenset(name for name, kind in kinds.items() if kind in ("word", "code"))
    contract = Contract(name="learned", checks=tuple(checks), samples=allowed, allow_empty=True)
    profile = take_profile(_arrow(rows, kinds), contract=contract, as_of=_moment(days[-1] if days else None, span))
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
    codes = tuple(name for name, kind in kinds.items() if kind == "code")
    return Learned(_levelled(contract, tried), profile, codes, targets)


def _levelled(contract: Contract, tried: Sequence[Report]) -> Contract:
    """Return the contract with levels that accepted partitions keep, twice over."""
    from dataclasses import replace

    seen: dict[str, list[float]] = defaultdict(list)
    for report in tried:
        for verdict in report.verdicts:
            if verdict.observed is not None:
                seen[verdict.id].append(verdict.observed)
    checks = [_kept(check, max(seen.get(check.verdict_id, ()), default=0.0)) for check in contract.checks]
    return replace(contract, checks=tuple(check for check in checks if check is not None))


def _kept(check: Check, most: float) -> Check | None:
    """Return a check with a level above what accepted partitions showed; None where it does not hold on them."""
    level = getattr(check, "fail", None)
    if not isinstance(level, int | float) or isinstance(check, RequiredColumns):
        return check
    if isinstance(check, SwappedColumns):
        return check if most <= level else None
    if most >= USELESS and not isinstance(check, NullShare):
        return None
    return check.model_copy(update={"fail": min(1.0, max(float(level), 2 * most + level / 2))})


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
        add(
            DateMeaning(
                column=name, oldest="1900-01-01" if _in_partition(frames, name, days, span) else None, fail=0.002
            ),
            name,
        )
    for check, blamed in relations(table, kinds):
        add(check, *blamed)
    for name, by in _segmented(rows, kinds):
        add(ScaleStable(column=name, by=by, id=f"{name}.scale.{by}", fail=0.02), name)
    add(DuplicateRows(columns_=tuple(names), fail=0.005), *())
    add(SwappedColumns(columns_=tuple(name for name in names if kinds[name] not in ("time", "text"))))
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
            Between(column=name, min=low - 0.25 * abs(low), max=high + 0.25 * abs(high), fail=0.001),
            ScaleStable(column=name, fail=0.01),
        ]
    if kind not in ("text", "time"):
        found += [DefaultSpike(column=name, fail=0.005 if kind == "number" else 0.05)]
    if kind != "text":
        found += [Drift(columns_=(name,), column=name, id=f"{name}.drift", fail=0.25, warn=None)]
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


def _in_partition(frames: Sequence[pd.DataFrame], name: str, days: Sequence[str], span: timedelta | None) -> bool:
    """Return whether the dates of a column lie in their partition."""
    if span is None or len(days) != len(frames):
        return False
    for frame, day in zip(frames, days, strict=True):
        times, start = pd.to_datetime(frame[name], errors="coerce").dropna(), pd.Timestamp(day)
        if times.empty or ((times < start) | (times > start + span + timedelta(days=1))).mean() > 0.01:  # noqa: PLR2004  late rows
            return False
    return True


if __name__ == "__main__":
    import json

    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(detect(asked["reference"], asked["current"], asked["meta"]), default=float), flush=True)
