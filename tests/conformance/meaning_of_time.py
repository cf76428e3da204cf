"""What parts, differences and shifts of times mean, in Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.conformance.meaning import null_safe

if TYPE_CHECKING:
    from collections.abc import Callable


@null_safe
def part(unit: str, at: date) -> int:
    """Return a part of a date or time, in UTC, as a whole number: seconds are cut."""
    moment = at.astimezone(UTC) if isinstance(at, datetime) and at.tzinfo else at
    parts: dict[str, Callable[[Any], int]] = {
        "quarter": lambda each: (each.month + 2) // 3,
        "week": lambda each: each.isocalendar().week,
        "dow": lambda each: each.isoweekday() % 7,
        "isodow": lambda each: each.isoweekday(),
        "doy": lambda each: each.timetuple().tm_yday,
    }
    return parts[unit](moment) if unit in parts else int(getattr(moment, unit, 0))


@null_safe
def truncated(unit: str, at: date) -> datetime:
    moment = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)  # noqa: DTZ001
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "hour": moment.replace(minute=0, second=0, microsecond=0),
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1),
        "year": day.replace(day=1, month=1),
    }[unit]


@null_safe
def difference(unit: str, start: date, end: date) -> int:
    """Return how many boundaries of a unit lie between two times."""
    begin, finish = (
        each if isinstance(each, datetime) else datetime(each.year, each.month, each.day)  # noqa: DTZ001
        for each in (start, end)
    )
    if unit in ("year", "month", "quarter"):
        months = {"year": lambda at: at.year, "month": lambda at: at.year * 12 + at.month}
        months["quarter"] = lambda at: at.year * 4 + (at.month - 1) // 3
        return int(months[unit](finish) - months[unit](begin))
    if unit == "week":
        return (
            _floor(finish, "day") - timedelta(finish.weekday()) - _floor(begin, "day") + timedelta(begin.weekday())
        ).days // 7
    seconds = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}[unit]
    return (_floor(finish, unit) - _floor(begin, unit)) // timedelta(seconds=seconds)


def _floor(at: datetime, unit: str) -> datetime:
    below = {"day": ("hour", "minute", "second"), "hour": ("minute", "second"), "minute": ("second",), "second": ()}
    return at.replace(microsecond=0, **dict.fromkeys(below[unit], 0))


@null_safe
def plus_months(at: date, months: int) -> datetime:
    """Return the same day of a later month, or its last day."""
    moment = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)  # noqa: DTZ001
    month = moment.month - 1 + months
    year, month = moment.year + month // 12, month % 12 + 1
    for day in range(moment.day, 0, -1):
        try:
            return moment.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    raise AssertionError


@null_safe
def plus(at: date, ago: timedelta) -> datetime:
    moment = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)  # noqa: DTZ001
    return moment + ago
