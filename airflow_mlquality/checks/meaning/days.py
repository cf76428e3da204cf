"""Days of a column of dates or times, counted from where its table stands in time."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from airflow_mlquality.checks.sampling import is_known, looked_at
from airflow_mlquality.measurements import Column, Groups, GroupsFact, in_groups, sql
from airflow_mlquality.stats.curves import Curve, curve_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.profile import Profile

_MOST_DAYS = 20_000


def days_asked(column: Column) -> Groups:
    """Return the question: rows by year, month and day."""
    x = sql.text(sql.col(column.name))
    parts = (f"YEAR({x})", f"MONTH({x})", f"DAY({x})")
    return in_groups(parts, where=f"{x} IS NOT NULL", limit=_MOST_DAYS)


def day_curves(profile: Profile, names: Sequence[str]) -> dict[str, Curve]:
    """Return the curves of columns of time that a profile holds, in days from the latest of their medians.

    Counted so, partitions of another day lie where those before them did.
    """
    days: dict[str, list[tuple[int, int]]] = {}
    for name in names:
        if name not in profile.schema or not profile.schema[name].type.is_time:
            continue
        asked = days_asked(profile.schema[name])
        fact = looked_at(profile, asked).of if is_known(profile, asked) else GroupsFact()
        rows = fact.rows if fact.is_complete else ()
        told = [(_ordinal(row[:3]), int(row[3] or 0)) for row in rows]
        if told:
            days[name] = sorted(told)
    latest = max((_median(each) for each in days.values()), default=0)
    return {
        name: curve_of((float(day - latest), float(day - latest), rows) for day, rows in each)
        for name, each in days.items()
    }


def _ordinal(parts: Sequence[object]) -> int:
    """Return the number of a day; of years that no calendar has here, about."""
    year, month, day = (int(str(part)) for part in parts)
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        return round(year * 365.2425) + 30 * (month - 1) + day


def _median(days: Sequence[tuple[int, int]]) -> int:
    half, seen = sum(rows for _, rows in days) / 2, 0
    for day, rows in days:
        seen += rows
        if seen >= half:
            return day
    return days[-1][0]
