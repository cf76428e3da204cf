"""What accepted partitions teach: the kinds of columns, checks that hold on them, and the levels of these."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from eval_levels import ALARMS, levelled, limit
from eval_relations import relations
from eval_rows import Rows, Watch, kind_of, read

from airflow_mlquality.audit import audit, take_profile
from airflow_mlquality.checks import (
    AcceptedValues,
    Between,
    DateMeaning,
    DefaultSpike,
    Drift,
    DuplicateRows,
    NullShare,
    RequiredColumns,
    RowCount,
    ScaleStable,
    Sentinels,
    SwappedColumns,
    TextDrift,
    Type,
    Vocabulary,
)
from airflow_mlquality.contract import Contract

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.profile import Profile

MATTERS, MATTERS_IN_ROWS = 0.01, 0.002
"""Shares of rows from which on a change matters: of a column as a whole, and of single rows that break a rule."""
MOST_TRIED = 6
"""Of so many later partitions the levels are learned, from checks that the earlier ones taught."""
MOST_SEGMENTATIONS = 2
MOST_RELATED = 8_000
ABOUT = 100
"""How many checks share the alarms, before they are counted."""


@dataclass(frozen=True)
class Learned:
    """What accepted partitions taught."""

    watches: tuple[Watch, ...]
    kinds: Mapping[str, str]
    contract: Contract
    profile: Profile
    span: timedelta | None

    def watch(self, verdict_id: str) -> Watch | None:
        """Return a check with whom it blames."""
        return next((watch for watch in self.watches if watch.check.verdict_id == verdict_id), None)

    def asked(self, day: str | None) -> Contract:
        """Return the contract with the interval of a partition for its dates."""
        if not day or self.span is None:
            return self.contract
        start = datetime.fromisoformat(day)
        ends = {"oldest": f"{start:%Y-%m-%d}", "newest": f"{start + self.span:%Y-%m-%d}"}
        checks = [
            check.model_copy(update=ends) if isinstance(check, DateMeaning) and check.oldest else check
            for check in self.contract.checks
        ]
        return replace(self.contract, checks=tuple(checks))


def moment(day: str | None, span: timedelta | None) -> datetime:
    """Return when a partition ends."""
    if not day:
        return datetime.now(UTC)
    return datetime.fromisoformat(day).replace(tzinfo=UTC) + (span or timedelta(days=1))


@lru_cache(maxsize=64)
def _read(path: str) -> pd.DataFrame:
    return read(path)


@lru_cache(maxsize=16)
def learned(paths: tuple[str, ...], days: tuple[str, ...], span: timedelta | None) -> Learned:
    """Return what partitions teach: checks from all of them, levels from the later ones judged by the earlier ones."""
    frames = [_read(path) for path in paths]
    known = days if len(days) == len(paths) else ("",) * len(paths)
    kinds = _kinds(frames)
    half = (len(frames) + 1) // 2
    early = _taught(frames[:half], kinds, known[:half], span)
    if half == len(frames):
        return early
    whole = _taught(frames, kinds, known, span, found=[watch for watch in early.watches if watch.is_found])
    places = np.unique(np.linspace(half, len(frames) - 1, min(MOST_TRIED, len(frames) - half)).round().astype(int))
    tried = [
        audit(
            early.asked(known[place]),
            Rows(frames[place]).table(early.kinds),
            reference=early.profile,
            as_of=moment(known[place], span),
        )
        for place in places
    ]
    checks = levelled(whole.contract.checks, tried, _counted(whole.watches, [Rows(frame) for frame in frames]))
    return replace(whole, contract=replace(whole.contract, checks=tuple(checks)))


def _counted(watches: Sequence[Watch], frames: Sequence[Rows]) -> dict[str, list[float]]:
    """Return the shares of rows that break a relation: a few numbers were fitted to it, to thousands of rows."""
    return {
        watch.check.verdict_id: [float(np.mean(watch.rows(frame))) for frame in frames]
        for watch in watches
        if watch.is_found and watch.rows is not None
    }


def _kinds(frames: Sequence[pd.DataFrame]) -> dict[str, str]:
    rows = pd.concat(frames, ignore_index=True)
    return {name: kind_of(rows[name]) for name in rows}


def _taught(
    frames: Sequence[pd.DataFrame],
    kinds: Mapping[str, str],
    days: Sequence[str],
    span: timedelta | None,
    found: Sequence[Watch] | None = None,
) -> Learned:
    """Return what partitions teach; relations are searched for where none are given."""
    rows = pd.concat(frames, ignore_index=True)
    kinds = {name: "empty" if rows[name].isna().all() else kind for name, kind in kinds.items() if name in rows}
    watches: dict[str, Watch] = {}
    if found is None:
        sample = Rows(rows.sample(min(len(rows), MOST_RELATED), random_state=0).reset_index(drop=True))
        found = [replace(watch, is_found=True) for watch in relations(sample.typed(kinds), kinds)]
    for watch in [*_watches(rows, frames, kinds, days, span), *found]:
        watches.setdefault(watch.check.verdict_id, watch)
    checks = tuple(watch.check for watch in watches.values())
    contract = Contract(name="learned", checks=checks, samples=frozenset(kinds), allow_empty=True)
    profile = take_profile(Rows(rows).table(kinds), contract=contract, as_of=moment(days[-1], span))
    return Learned(tuple(watches.values()), kinds, contract, profile, span)


def _watches(
    rows: pd.DataFrame,
    frames: Sequence[pd.DataFrame],
    kinds: Mapping[str, str],
    days: Sequence[str],
    span: timedelta | None,
) -> list[Watch]:
    """Return the checks that accepted partitions suggest, each with the columns that it blames."""
    names = [name for name, kind in kinds.items() if kind != "empty"]
    found = [Watch(RequiredColumns(required=names, fail=0)), Watch(_volume(frames))]
    for name in names:
        found += _of_column(name, kinds[name], rows[name], frames)
    for name in (name for name in names if kinds[name] == "time"):
        inside = _in_partition(frames, name, days, span)
        check = DateMeaning(column=name, oldest="1900-01-01" if inside else None, fail=MATTERS_IN_ROWS)
        found.append(Watch(check, (name,)))
    for name, by in _segmented(rows, kinds):
        found.append(Watch(ScaleStable(column=name, by=by, id=f"{name}.scale.{by}", fail=2 * MATTERS), (name,)))
    found.append(Watch(DuplicateRows(columns_=tuple(names), fail=MATTERS / 2)))
    swappable = tuple(name for name in names if kinds[name] != "text")
    return [*found, Watch(SwappedColumns(columns_=swappable))]


_TYPES = {"time": "timestamp", "number": "float", "code": "string", "word": "string", "text": "string"}


def _of_column(name: str, kind: str, texts: pd.Series, frames: Sequence[pd.DataFrame]) -> list[Watch]:
    rate = ALARMS / ABOUT
    nulls = limit([float(frame[name].isna().mean()) if name in frame else 1.0 for frame in frames], rate, is_share=True)
    found = [
        Watch(Type(column=name, expected=_TYPES[kind], fail=MATTERS_IN_ROWS), (name,), partial(_unread, name, kind)),
        Watch(NullShare(column=name, fail=min(1.0, nulls + MATTERS)), (name,), lambda rows: rows.text(name).isna()),
    ]
    if kind in ("code", "word"):
        words = sorted(texts.dropna().unique())
        check = AcceptedValues(column=name, values=words, fail=MATTERS_IN_ROWS)
        found.append(Watch(check, (name,), lambda rows: rows.text(name).notna() & ~rows.text(name).isin(words)))
        found.append(Watch(Vocabulary(column=name, fail=MATTERS), (name,)))
    if kind == "number":
        found += _of_number(name, texts, frames, rate)
    if kind == "text":
        found.append(Watch(TextDrift(column=name, fail=0.1, warn=None), (name,)))
    else:
        method = "ks" if kind in ("number", "time") else "tv"
        drift = Drift(columns_=(name,), column=name, id=f"{name}.drift", method=method, fail=0.1, warn=None)
        found.append(Watch(drift, (name,)))
    if kind not in ("text", "time"):
        found.append(Watch(DefaultSpike(column=name), (name,)))
    return found


def _of_number(name: str, texts: pd.Series, frames: Sequence[pd.DataFrame], rate: float) -> list[Watch]:
    numbers = pd.to_numeric(texts, errors="coerce").dropna()
    low, high = float(numbers.min()), float(numbers.max())
    low, high = low - 0.25 * abs(low), high + 0.25 * abs(high)
    bounds = Between(column=name, min=low, max=high, fail=MATTERS_IN_ROWS / 2)
    found = [
        Watch(bounds, (name,), lambda rows: (rows.number(name) < low) | (rows.number(name) > high)),
        Watch(ScaleStable(column=name), (name,)),
    ]
    zeros = [float((Rows(frame).number(name) == 0).mean()) for frame in frames]
    if max(zeros) < 0.5:  # noqa: PLR2004  else zero is what is usual, and drift watches it
        level = max(max(zeros) + MATTERS_IN_ROWS, limit(zeros, rate, is_share=True))
        check = Sentinels(column=name, values=[0], id=f"{name}.zeros", fail=level)
        found.append(Watch(check, (name,), lambda rows: rows.number(name) == 0))
    return found


def _unread(name: str, kind: str, rows: Rows) -> Any:
    if kind not in ("time", "number"):
        return pd.Series(data=False, index=rows.texts.index)
    read = rows.time(name) if kind == "time" else rows.number(name)
    return rows.text(name).notna() & read.isna()


def _segmented(rows: pd.DataFrame, kinds: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return numbers with the categories by which their scale is watched: those that split the rows most evenly."""
    spread = {}
    for name, kind in kinds.items():
        if kind in ("code", "word"):
            shares = rows[name].value_counts(normalize=True)
            if 1 < (shares > 2 * MATTERS).sum() <= 12:  # noqa: PLR2004  segments of some size, and few
                spread[name] = float(-(shares * np.log(shares)).sum())
    chosen = sorted(spread, key=lambda name: -spread[name])[:MOST_SEGMENTATIONS]
    numbers = [name for name, kind in kinds.items() if kind == "number" and rows[name].nunique() > 50]  # noqa: PLR2004
    return [(name, by) for name in numbers for by in chosen]


def _volume(frames: Sequence[pd.DataFrame]) -> RowCount:
    """Return a range of rows: that of the partitions, widened by itself, or by what chance does to a count."""
    sizes = [len(frame) for frame in frames]
    margin = max(max(sizes) - min(sizes), 3 * float(np.sqrt(max(sizes))))
    return RowCount(fail=(max(1, int(min(sizes) - margin)), int(max(sizes) + margin) + 1))


def _in_partition(frames: Sequence[pd.DataFrame], name: str, days: Sequence[str], span: timedelta | None) -> bool:
    """Return whether the dates of a column lie in their partition."""
    if span is None or not all(days):
        return False
    for frame, day in zip(frames, days, strict=True):
        times, start = Rows(frame).time(name).dropna(), pd.Timestamp(day)
        outside = (times < start) | (times > start + span + timedelta(days=1))
        if times.empty or outside.mean() > MATTERS:
            return False
    return True
