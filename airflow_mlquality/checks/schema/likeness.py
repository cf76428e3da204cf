"""How like two columns of two profiles are, by the facts that both profiles hold."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, TypeVar

from airflow_mlquality.measurements import DistinctCount, Measurement, Moments, NullCount, TextLengths

if TYPE_CHECKING:
    from airflow_mlquality.measurements import Column, DistinctFact, LengthsFact, MomentsFact
    from airflow_mlquality.profile import Profile

F = TypeVar("F")

LIKE = 0.85
"""From here on two columns are taken for one."""

_LEAST = 0.8
"""One fact that agrees less speaks against it, whatever the others say."""

_NULLS = 0.1
"""Difference in the share of NULL at which nothing is alike any more."""
_FACTS_ENOUGH = 3
_NAMES = 0.6


def likeness(before: Profile, old: Column, now: Profile, new: Column) -> float:
    """Return how like two columns are, from 0 to 1; 0 where too little is known to tell.

    The mean of how far their shares of NULL, numbers of different values, and moments or text lengths agree. Where
    fewer than three facts are there, it takes names or places that are alike too.
    """
    if old.type is not new.type and not (old.type.is_number and new.type.is_number):
        return 0.0
    found = [each for each in _agreements(before, old.name, now, new.name) if each is not None]
    if not found:
        return 0.0
    score = sum(found) / len(found)
    if min(found) < _LEAST:
        return 0.0
    is_hinted = _is_hinted(before, old.name, now, new.name)
    return score if len(found) >= _FACTS_ENOUGH or is_hinted else 0.0


def _agreements(before: Profile, old: str, now: Profile, new: str) -> list[float | None]:
    nulls = _pair(before, NullCount(old), now, NullCount(new))
    distinct = _pair(before, DistinctCount(old), now, DistinctCount(new))
    moments = _pair(before, Moments(old), now, Moments(new))
    lengths = _pair(before, TextLengths(old), now, TextLengths(new))
    rows = before.rows, now.rows
    return [
        _same_nulls(nulls, rows) if nulls else None,
        _same_distinct(distinct, rows) if distinct else None,
        *(_same_moments(*moments) if moments else ()),
        _same_lengths(*lengths) if lengths else None,
    ]


def _pair(before: Profile, one: Measurement[F], now: Profile, two: Measurement[F]) -> tuple[F, F] | None:
    return (before[one], now[two]) if one in before and two in now else None


def _same_nulls(nulls: tuple[int, int], rows: tuple[int, int]) -> float | None:
    if not all(rows):
        return None
    return max(0.0, 1 - abs(nulls[0] / rows[0] - nulls[1] / rows[1]) / _NULLS)


def _same_distinct(distinct: tuple[DistinctFact, DistinctFact], rows: tuple[int, int]) -> float | None:
    """Compare numbers, as categories have the same, and shares, as identifiers have."""
    one, two = (each.count for each in distinct)
    if not (one and two and all(rows)):
        return None
    return max(_ratio(one, two), _ratio(one / rows[0], two / rows[1]))


def _same_moments(one: MomentsFact, two: MomentsFact) -> list[float | None]:
    if one.mean is None or two.mean is None:
        return []
    spread = max(one.std or 0.0, two.std or 0.0)
    if spread == 0:
        return [float(one.mean == two.mean)]
    return [max(0.0, 1 - abs(one.mean - two.mean) / spread), _ratio(one.std or 0.0, two.std or 0.0)]


def _same_lengths(one: LengthsFact, two: LengthsFact) -> float | None:
    if one.min is None or two.min is None or one.max is None or two.max is None:
        return None
    return (_ratio(one.min, two.min) + _ratio(one.max, two.max)) / 2


def _ratio(one: float, two: float) -> float:
    return 1.0 if one == two else min(one, two) / max(one, two)


def _is_hinted(before: Profile, old: str, now: Profile, new: str) -> bool:
    """Return whether names are alike, or both columns stand at the same place."""
    names = SequenceMatcher(None, old.lower(), new.lower()).ratio() >= _NAMES
    return names or before.schema.names.index(old) == now.schema.names.index(new)
