"""What SQLite lacks, as functions on a connection: patterns, letters, times, standard deviations.

A value that is no time in a column of times ends the statement: it is neither a time nor missing, and a comparison that
is NULL would let it pass.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_DAY = 86_400_000_000
_CLOCK = r"(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?"
_ZONE = r"(?: ?(Z|UTC|[+-]\d{1,2}(?::?\d{2})?))?"
_MOMENT = re.compile(rf"\s*(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}})(?:[T ]{_CLOCK}{_ZONE})?\s*", re.ASCII)
_TIME = re.compile(rf"\s*{_CLOCK}{_ZONE}\s*", re.ASCII)
_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def matches(text: str | None, pattern: str) -> bool | None:
    """Return whether a part of a text matches a pattern; NULL where there is no text."""
    return None if text is None else _compiled(pattern).search(text) is not None


def micros(value: Any) -> int | None:
    """Return a date or timestamp as microseconds since 1970-01-01 UTC.

    >>> micros("1970-01-02"), micros("1970-01-01T00:00:00.5Z"), micros("1970-01-01 01:00+01:00")
    (86400000000, 500000, 0)
    """
    if value is None:
        return None
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        message = "no date or time"
        raise ValueError(message)
    year, month, day, *clock = found.groups()
    days = dt.date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY
    return days * _DAY + (_clock(*clock[:4]) - _offset(clock[4]) if clock[0] else 0)


def clock_micros(value: Any) -> int | None:
    """Return a time of the day as microseconds since midnight.

    >>> clock_micros("00:01:00.25")
    60250000
    """
    if value is None:
        return None
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        message = "no time"
        raise ValueError(message)
    return _clock(*found.groups()[:4])


def _clock(hour: str, minute: str, second: str | None, fraction: str | None) -> int:
    seconds = (int(hour) * 60 + int(minute)) * 60 + int(second or 0)
    return seconds * 1_000_000 + int((fraction or "0").ljust(6, "0")[:6])


def _offset(zone: str | None) -> int:
    """Return how far a zone lies before UTC."""
    if zone is None or zone in ("Z", "UTC"):
        return 0
    hours, _, minutes = zone[1:].partition(":") if ":" in zone else (zone[1:3], "", zone[3:])
    return (-1 if zone[0] == "-" else 1) * (int(hours) * 60 + int(minutes or 0)) * 60_000_000


def whole(text: str | None) -> int | None:
    """Return a whole number of 64 bits; a larger one is none."""
    if text is None:
        return None
    value = int(text) if len(text) < 100 else 2**63  # noqa: PLR2004  no number of 64 bits has so many digits
    return value if -(2**63) <= value < 2**63 else None


def power(base: float | None, exponent: float | None) -> float | None:
    """Return a power of doubles, NULL where there is none; one beyond all doubles is infinite.

    >>> power(2, 0.5), power(0, -1), power(-8, 1 / 3), power(-10, 309)
    (1.4142135623730951, None, None, -inf)
    """
    if base is None or exponent is None or (base == 0 and exponent < 0):
        return None
    if base < 0 and math.isfinite(exponent) and not float(exponent).is_integer():  # of minus infinity, too
        return None
    try:
        found = math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and math.fmod(exponent, 2) else math.inf
    except ValueError:
        return None
    return None if math.isnan(found) else found


def rounded(value: float | None, places: int) -> float | None:
    """Return a double rounded, halves away from zero, as the written-out formula of other engines has it.

    >>> rounded(2.5, 0), rounded(-0.125, 2), rounded(1250, -2)
    (3.0, -0.13, 1300.0)
    """
    if value is None or not math.isfinite(value):
        return value
    scale = 10.0 ** abs(places)
    scaled = value * scale if places > 0 else value / scale
    if not math.isfinite(scaled):
        return value
    whole = math.trunc(scaled) + (math.copysign(1, scaled) if abs(scaled - math.trunc(scaled)) >= 0.5 else 0)  # noqa: PLR2004  a half
    return float(whole / scale if places > 0 else whole * scale)


def replaced(text: str | None, *pairs: str | None) -> str | None:
    """Return a text with every occurrence of some others replaced, one after the other; an empty one is nowhere.

    >>> replaced("a-b c", "-", "", " ", "_")
    'ab_c'
    """
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        if text is None or old is None or new is None:
            return None
        text = text.replace(old, new) if old else text
    return text


class Deviation:
    """The sample standard deviation, by the update of Welford (1962)."""

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self.squares = 0.0

    def step(self, value: float | None) -> None:
        """Take one value."""
        if value is None:
            return
        self.count += 1
        delta = value - self.mean
        self.mean += delta / self.count
        self.squares += delta * (value - self.mean)

    def finalize(self) -> float | None:
        """Return the deviation; one value has none."""
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 and self.squares >= 0 else None


FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "mlq_matches": (2, matches),
    "mlq_lower": (1, lambda text: None if text is None else text.lower()),
    "mlq_upper": (1, lambda text: None if text is None else text.upper()),
    "mlq_micros": (1, micros),
    "mlq_clock_micros": (1, clock_micros),
    "mlq_whole": (1, whole),
    "mlq_power": (2, power),
    "mlq_round": (2, rounded),
    "mlq_replace": (-1, replaced),
}
_MATHEMATICS: dict[str, tuple[int, Callable[..., float]]] = {
    "floor": (1, math.floor),
    "ceil": (1, math.ceil),
    "exp": (1, math.exp),
    "ln": (1, math.log),
    "log2": (1, math.log2),
    "log10": (1, math.log10),
    "sqrt": (1, math.sqrt),
    "power": (2, math.pow),
}
"""What a SQLite that was built without mathematics lacks."""


def register(connection: Any) -> None:
    """Give a connection of the standard library the functions; it may have them already."""
    for name, (arguments, function) in FUNCTIONS.items():
        connection.create_function(name, arguments, function, deterministic=True)
    connection.create_aggregate("mlq_stddev", 1, Deviation)
    known = {name for (name,) in connection.execute("SELECT DISTINCT name FROM pragma_function_list")}
    for name, (arguments, function) in _MATHEMATICS.items():
        if name not in known:
            connection.create_function(name, arguments, _none_safe(function), deterministic=True)


def _none_safe(function: Callable[..., float]) -> Callable[..., float | None]:
    def guarded(*values: float | None) -> float | None:
        return None if None in values else function(*values)

    return guarded
