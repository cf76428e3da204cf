"""How like two columns of two profiles are, by the facts that both profiles hold."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks.sampling import is_known, looked_at
from airflow_mlquality.measurements import DistinctCount, Moments, NullCount, Sampled, SampledFact, TextLengths

if TYPE_CHECKING:
    from airflow_mlquality.measurements import Column, LengthsFact, Measurement, MomentsFact
    from airflow_mlquality.profile import Profile

Pair = tuple[SampledFact, SampledFact]

LIKE = 0.85
"""From here on two columns are taken for one."""

_LEAST = 0.8
"""One fact that agrees less speaks against it, whatever the others say."""

_NULLS = 0.1
"""Difference in the share of NULL at which nothing is alike any more."""
_FACTS_ENOUGH = 3
_FACTS_LEAST = 2
_NAMES = 0.6
_HALF = 0.5
"""Samples have at least half as many rows as another one: their shortest and longest texts are compared as they are."""


def likeness(before: Profile, old: Column, now: Profile, new: Column) -> float:
    """Return how like two columns are, from 0 to 1; 0 where too little is known to tell.

    The mean of how far their shares of NULL, numbers of different values, and moments or text lengths agree. Where
    fewer than three facts are there, it takes names or places that are alike too. A fact that may differ because fewer
    rows were looked at in one of them does not count.
    """
    if old.type is not new.type and not (old.type.is_number and new.type.is_number):
        return 0.0
    found = [each for each in _agreements(before, old.name, now, new.name) if each is not None]
    if len(found) < _FACTS_LEAST or min(found) < _LEAST:
        return 0.0
    is_hinted = _is_hinted(before, old.name, now, new.name)
    return sum(found) / len(found) if len(found) >= _FACTS_ENOUGH or is_hinted else 0.0


def _agreements(before: Profile, old: str, now: Profile, new: str) -> list[float | None]:
    nulls = _pair(before, NullCount(old), now, NullCount(new))
    distinct = _pair(before, DistinctCount(old), now, DistinctCount(new))
    moments = _pair(before, Moments(old), now, Moments(new))
    lengths = _pair(before, TextLengths(old), now, TextLengths(new))
    return [
        _same_nulls(*nulls) if nulls else None,
        _same_distinct(*distinct) if distinct else None,
        *(_same_moments(moments[0].of, moments[1].of) if moments else ()),
        _same_lengths(*lengths) if lengths else None,
    ]


def _pair(before: Profile, one: Measurement[Any], now: Profile, two: Measurement[Any]) -> Pair | None:
    """Return the facts of both, of as many rows in one as in the other where they are known so."""
    if not (one in before and two in now) and Sampled(one) in before and Sampled(two) in now:
        return before[Sampled(one)], now[Sampled(two)]
    return (looked_at(before, one), looked_at(now, two)) if is_known(before, one) and is_known(now, two) else None


def _same_nulls(one: SampledFact, two: SampledFact) -> float | None:
    if not (one.looked_at and two.looked_at):
        return None
    return max(0.0, 1.0 - float(abs(one.of / one.looked_at - two.of / two.looked_at)) / _NULLS)


def _same_distinct(one: SampledFact, two: SampledFact) -> float | None:
    """Compare numbers, as categories have the same, and shares, as identifiers have.

    Where neither holds, fewer rows may have fewer values: between the number when all but one of the values are rare,
    and that when all are equally frequent. Then it tells nothing.
    """
    fewer, more = sorted((one, two), key=lambda each: each.looked_at)
    few, many = fewer.of.count, more.of.count
    if not (few and many):
        return 1.0 if few == many and fewer.looked_at else None
    part = fewer.looked_at / more.looked_at
    same = max(_ratio(few, many), _ratio(few, many * part))
    most = many * (1 - (1 - part) ** (more.looked_at / many))
    is_open = same < _LEAST and many * part <= few <= most / _LEAST
    return None if is_open else same


def _same_moments(one: MomentsFact, two: MomentsFact) -> list[float | None]:
    if one.mean is None or two.mean is None:
        return []
    spread = max(one.std or 0.0, two.std or 0.0)
    if spread == 0:
        return [float(one.mean == two.mean)]
    return [max(0.0, 1 - abs(one.mean - two.mean) / spread), _ratio(one.std or 0.0, two.std or 0.0)]


def _same_lengths(one: SampledFact, two: SampledFact) -> float | None:
    """Compare the shortest and the longest texts; of far fewer rows both may lie between those of the others."""
    fewer, more = sorted((one, two), key=lambda each: each.looked_at)
    few: LengthsFact = fewer.of
    many: LengthsFact = more.of
    if few.min is None or many.min is None or few.max is None or many.max is None:
        return None
    same = (_ratio(few.min, many.min) + _ratio(few.max, many.max)) / 2
    is_within = many.min <= few.min and few.max <= many.max
    is_open = same < _LEAST and is_within and fewer.looked_at < _HALF * more.looked_at
    return None if is_open else same


def _ratio(one: float, two: float) -> float:
    return 1.0 if one == two else min(one, two) / max(one, two)


def _is_hinted(before: Profile, old: str, now: Profile, new: str) -> bool:
    """Return whether names are alike, or both columns stand at the same place."""
    names = SequenceMatcher(None, old.lower(), new.lower()).ratio() >= _NAMES
    return names or before.schema.names.index(old) == now.schema.names.index(new)
