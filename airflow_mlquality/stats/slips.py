"""Slips of scale: whether numbers are those of a reference times a known factor, all of them or some."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from airflow_mlquality.stats.binomial import lower_share, upper_share
from airflow_mlquality.stats.curves import Curve, distance, noise

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Change:
    """What may have happened to a number: times a factor, plus an offset.

    Parameters
    ----------
    name
        For people.
    factor, offset
        The number became ``factor * number + offset``.
    """

    name: str
    factor: float
    offset: float = 0.0

    @property
    def inverse(self) -> Change:
        """What leads back."""
        name = re.sub(r"\((.*) to (.*)\)", r"(\2 to \1)", self.name.removeprefix("times "))
        return Change(f"divided by {name}", 1 / self.factor, -self.offset / self.factor)

    @property
    def is_far(self) -> bool:
        """Whether a few such rows can be told from the rest: a factor of eight at least, or another sign."""
        return self.factor < 0 or abs(math.log10(self.factor)) >= _FAR

    def of(self, curve: Curve) -> Curve:
        """Return the curve of the changed numbers."""
        xs = [self.factor * x + self.offset for x in curve.xs]
        if self.factor > 0:
            return Curve(tuple(xs), curve.shares, curve.rows)
        return Curve(tuple(reversed(xs)), tuple(1 - share for share in reversed(curve.shares)), curve.rows)


_FAR = math.log10(8)
_UP = (
    Change("times 10", 10),
    Change("times 100", 100),
    Change("times 1000", 1000),
    Change("times 60", 60),
    Change("times 3600", 3600),
    Change("times 1.609344 (miles to kilometres)", 1.609344),
    Change("times 2.20462 (kilograms to pounds)", 2.20462262),
    Change("times 2.54 (inches to centimetres)", 2.54),
    Change("times 3.28084 (metres to feet)", 3.2808399),
    Change("times 3.6 (m/s to km/h)", 3.6),
    Change("times 3.785412 (gallons to litres)", 3.785411784),
    Change("times 4.184 (kcal to kJ)", 4.184),
    Change("times 12", 12),
    Change("times 24", 24),
    Change("times 28.3495 (ounces to grams)", 28.349523),
)
CHANGES: tuple[Change, ...] = (
    *_UP,
    *(each.inverse for each in _UP),
    Change("another sign", -1),
    Change("Celsius to Fahrenheit", 1.8, 32),
    Change("Fahrenheit to Celsius", 5 / 9, -160 / 9),
    Change("Celsius to Kelvin", 1, 273.15),
    Change("Kelvin to Celsius", 1, -273.15),
)
"""What is known to happen, the likeliest first."""

MOVED = 0.15
"""A curve moved when it lies at least so far from the reference; a factor of 1.6 moves most by more."""
EXPLAINED = 1 / 3
"""A change explains a move when what is left is below this part of it."""
ORDINARY_TAIL = 0.01
"""Share of the reference beyond which values lie apart from its body."""


@dataclass(frozen=True)
class Slip:
    """A change that explains a difference, and of which share of the rows.

    Parameters
    ----------
    change
        None where none explains it.
    share
        Of the rows, in [0, 1].
    interval
        Of the share.
    moved, left
        Distance from the reference, and from the changed reference.
    """

    change: Change | None
    share: float
    interval: tuple[float, float]
    moved: float
    left: float


@lru_cache(maxsize=2_048)
def slip_of(reference: Curve, current: Curve, error_rate: float, changes: tuple[Change, ...] = CHANGES) -> Slip:
    """Return the change that explains best how a curve differs from its reference.

    Under no change it is none, except in a share `error_rate` of samples at most.

    Parameters
    ----------
    reference, current
        With at least one row each.
    error_rate
        Of both ends of the interval, shared by all changes that are tried.
    changes
        Those to try.

    Examples
    --------
    >>> from airflow_mlquality.stats.curves import curve_of
    >>> miles = curve_of([(i, i + 1, 100) for i in range(1, 20)])
    >>> kilometres = curve_of([(1.609344 * i, 1.609344 * (i + 1), 100) for i in range(1, 20)])
    >>> slip = slip_of(miles, kilometres, 0.01)
    >>> slip.change.name, slip.share
    ('times 1.609344 (miles to kilometres)', 1.0)
    """
    rate = error_rate / max(1, len(changes))
    chance = noise(reference.rows, current.rows, rate)
    moved = distance(current, reference)
    whole = _whole(reference, current, changes, moved, chance)
    if whole is not None:
        return whole
    parts = [slip for change in changes if change.is_far for slip in _part(reference, current, change, rate, moved)]
    found = [slip for slip in parts if slip.interval[0] > 0]
    if found:
        least = min(slip.left for slip in found)
        return next(slip for slip in found if slip.left <= least + _ALIKE)
    seen = max((slip.interval[1] for slip in parts), default=0.0)
    return Slip(None, 0.0, (0.0, 1.0 if chance > MOVED else seen), moved, moved)


def _whole(reference: Curve, current: Curve, changes: Sequence[Change], moved: float, chance: float) -> Slip | None:
    if moved < max(MOVED, 2 * chance):
        return None
    left, best = min(
        ((distance(current, change.of(reference)), number) for number, change in enumerate(changes)),
        default=(1.0, 0),
    )
    if left > EXPLAINED * moved or not changes:
        return None
    return Slip(changes[best], 1.0, (max(0.0, 1 - chance / moved), 1.0), moved, left)


def _part(reference: Curve, current: Curve, change: Change, rate: float, moved: float) -> list[Slip]:
    """Return what share of the rows changed, told from where the reference has next to none."""
    changed, upwards = change.of(reference), change.factor > 1
    if change.factor < 0:
        upwards = reference.quantile(0.5) < 0
    ends = (*current.xs, *reference.xs) if change.factor > 0 else (*(x for x in current.xs if (x > 0) is upwards), 0.0)
    usual = _usual_shares(reference, ends, upwards=upwards)
    beyond = [x for x, share in zip(ends, usual, strict=True) if share <= ORDINARY_TAIL]
    beyond = sorted(set(beyond))[:: max(1, len(beyond) // _POINTS)]
    if not beyond:
        return []
    ordinary, now, then = (_shares(each, beyond, upwards=upwards) for each in (reference, current, changed))
    gains = [after - before for after, before in zip(then, ordinary, strict=True)]
    gain = max(gains)
    if gain < _TOLD:
        return []
    at = gains.index(gain)
    count, excess = round(now[at] * current.rows), now[at] - ordinary[at]
    known = upper_share(round(ordinary[at] * reference.rows), reference.rows, rate)
    low = max(0.0, lower_share(count, current.rows, rate) - known) / gain
    share = min(1.0, max(0.0, excess) / gain)
    left = max(abs(here - there - share * more) for here, there, more in zip(now, ordinary, gains, strict=True))
    left /= max(excess, 1e-12)
    if low > 0 and left > EXPLAINED:  # rows lie out there, but not as the changed reference would
        low = share = 0.0
    chance = (upper_share(count, current.rows, rate) - now[at]) / gain
    return [Slip(change, share, (low, min(1.0, share + chance)), moved, left)]


_POINTS = 50
"""Most places at which a tail is compared."""
_ALIKE = 0.1
"""Of changes that explain about the same, the likeliest is named."""
_TOLD = 0.3
"""Of the changed rows so many must lie where the reference has next to none, or a few of them cannot be told."""


@lru_cache(maxsize=16)
def _usual_shares(reference: Curve, xs: tuple[float, ...], *, upwards: bool) -> list[float]:
    return _shares(reference, xs, upwards=upwards)


def _shares(curve: Curve, xs: Sequence[float], *, upwards: bool) -> list[float]:
    """Return the shares of rows on the side of some numbers to which a change moves."""
    below = curve.below(xs)
    return [1 - share for share in below] if upwards else below
