"""What a date may be written as, and what it may have become: told in SQL, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from airflow_mlquality.measurements import Column, LogicalType, sql

if TYPE_CHECKING:
    from datetime import date

Form = Literal[
    "iso",
    "year_first",
    "day_first",
    "month_first",
    "compact",
    "epoch_s",
    "epoch_ms",
    "epoch_us",
    "epoch_ns",
    "excel_days",
    "month_name",
]

_CLOCK = "([T ,].*)?"
_FIRST = "[0-9]{1,2}[/.-]"
_LATE = "(1[3-9]|2[0-9]|3[01])"
_YEAR = "([0-9]{4}|[0-9]{2})"
EITHER = "day_or_month_first"
"""Neither number is above twelve: it may be read both ways."""
OTHER = "other"

TEXT_FORMS: dict[str, str] = {
    "iso": f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_CLOCK}",
    "year_first": f"[0-9]{{4}}[/.][0-9]{{1,2}}[/.][0-9]{{1,2}}{_CLOCK}",
    "day_first": f"{_LATE}[/.-][0-9]{{1,2}}[/.-]{_YEAR}{_CLOCK}",
    "month_first": f"{_FIRST}{_LATE}[/.-]{_YEAR}{_CLOCK}",
    EITHER: f"{_FIRST}[0-9]{{1,2}}[/.-]{_YEAR}{_CLOCK}",
    "compact": "(18|19|20|21)[0-9]{6}([T ]?[0-9]{4,6})?",
    "epoch_s": "[0-9]{9,10}([.][0-9]+)?",
    "epoch_ms": "[0-9]{12,13}",
    "epoch_us": "[0-9]{15,16}",
    "epoch_ns": "[0-9]{18,19}",
    "month_name": "([0-9]{1,2}[ -])?[A-Z][a-z]+[ -][0-9]{1,2}.*|[0-9]{1,2}[ -][A-Z][a-z]+[ -][0-9]{2,4}.*",
}
"""How a text is written, the first that it matches."""

_NUMBER_FORMS: dict[str, tuple[float, float]] = {
    "excel_days": (20_000, 80_000),
    "compact": (18_000_101, 21_991_231),
    "epoch_s": (1e8, 1e11),
    "epoch_ms": (1e11, 1e14),
    "epoch_us": (1e14, 1e17),
    "epoch_ns": (1e17, 9.3e18),
}
"""Between which numbers a number of each form lies."""

NAMES = (*TEXT_FORMS, "excel_days", OTHER)


def form_of(column: Column) -> str:
    """Return the SQL of the place in `NAMES` of the form in which a text or a number is written."""
    x = sql.text(sql.col(column.name))
    if column.type is LogicalType.STRING:
        whens = [
            (name, f"REGEXP_FULL_MATCH({x}, {sql.text(sql.literal(pattern))})") for name, pattern in TEXT_FORMS.items()
        ]
    else:
        number = f"CAST({x} AS DOUBLE)"
        whens = [
            (name, f"{number} >= {low:.0f} AND {number} < {high:.0f}") for name, (low, high) in _NUMBER_FORMS.items()
        ]
    branches = " ".join(f"WHEN {condition} THEN {NAMES.index(name)}" for name, condition in whens)
    return f"CASE {branches} ELSE {NAMES.index(OTHER)} END"


FAULTS = (
    "in its place",
    "day and month swapped",
    "of another century",
    "the zero of a clock",
    "of the future",
    "too old",
)
"""What a date may be, beside the interval that it should lie in; the first is no fault."""
_ZEROS = (19_700_101, 19_691_231, 19_000_101, 19_000_102, 10_101, 18_991_230, 20_010_101, 19_040_101)
"""Days on which the clocks of computers begin; next to one of them, for zones shift it."""

IN_PARTITION = {"of the future": "of a later partition", "too old": "of an earlier partition"}
"""What faults are called where a date is held against the partition of its row."""
REMEDIES = {
    "day and month swapped": "read day and month of {} the other way round where it comes in; do not drop the rows",
    "of another century": "see where years of {} are read from two digits, and put the century right",
    "the zero of a clock": "read these values of {} as NULL: they stand for a time that was not there",
    "of the future": "see whether rows with such {} are booked ahead, or come of a wrong clock or time zone",
    "too old": "see whether rows with such {} were delivered late, or belong to another delivery",
}
"""What to do about a fault of a column, which is named in it."""
MOVE = "move the rows to the partition of their {}, or see whether partitions go by local time or by arrival"
"""What to do about rows of another partition."""


def number_of(day: date) -> int:
    """Return a day as a number whose digits are year, month and day."""
    return day.year * 10_000 + day.month * 100 + day.day


def fault_of(column: Column, oldest: date, newest: date) -> str:
    """Return the SQL of the place in `FAULTS` of what a date is, beside an interval."""
    x = sql.text(sql.col(column.name))
    year, month, day = (f"{part}({x})" for part in ("YEAR", "MONTH", "DAY"))
    low, high = number_of(oldest), number_of(newest)
    number = f"({year} * 10000 + {month} * 100 + {day})"
    swapped = f"({year} * 10000 + {day} * 100 + {month})"

    def inside(text: str) -> str:
        return f"{text} >= {low} AND {text} <= {high}"

    century = " OR ".join(f"({inside(f'({number} {shift})')})" for shift in ("+ 1000000", "- 1000000"))
    return _faults(inside(number), f"{day} <= 12 AND {inside(swapped)}", number, century, f"{number} > {high}")


def fault_in_partition(column: Column, begin: str, days: int) -> str:
    """Return the SQL of the place in `FAULTS` of what a date is, beside the partition of its row.

    Parameters
    ----------
    column
        Of the date.
    begin
        SQL of the first day of the partition.
    days
        How long it is.
    """
    x = sql.text(sql.col(column.name))
    year, month, day = (f"{part}({x})" for part in ("YEAR", "MONTH", "DAY"))
    first = _day_number(*(f"{part}({begin})" for part in ("YEAR", "MONTH", "DAY")))

    def inside(year: str, month: str, day: str) -> str:
        since = f"({_day_number(year, month, day)} - {first})"
        return f"{since} >= 0 AND {since} < {days}"

    century = " OR ".join(f"({inside(f'({year} {shift})', month, day)})" for shift in ("+ 100", "- 100"))
    return _faults(
        inside(year, month, day),
        f"{day} <= 12 AND {inside(year, day, month)}",
        f"({year} * 10000 + {month} * 100 + {day})",
        century,
        f"{_day_number(year, month, day)} > {first}",
    )


def _faults(inside: str, swapped: str, number: str, century: str, later: str) -> str:
    zeros = ", ".join(map(str, _ZEROS))
    return (
        f"CASE WHEN {inside} THEN 0 WHEN {swapped} THEN 1 WHEN {number} IN ({zeros}) THEN 3 "
        f"WHEN {century} THEN 2 WHEN {later} THEN 4 ELSE 5 END"
    )


def _day_number(year: str, month: str, day: str) -> str:
    """Return the SQL of a number that grows by one from day to day, in the Gregorian calendar."""
    early = f"(CASE WHEN {month} <= 2 THEN 1 ELSE 0 END)"
    years, months = f"({year} - {early})", f"({month} + 12 * {early} - 3)"
    leaps = f"FLOOR({years} / 4.0) - FLOOR({years} / 100.0) + FLOOR({years} / 400.0)"
    return f"({day} + FLOOR((153 * {months} + 2) / 5.0) + 365 * {years} + {leaps})"
