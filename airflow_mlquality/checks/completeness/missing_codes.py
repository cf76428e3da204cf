"""Values that are known to stand for a missing one, and how likely they are values after all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlglot import exp

from airflow_mlquality.measurements import Column, Groups, LogicalType, Step, sql
from airflow_mlquality.measurements.numbers import epoch_us

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.measurements.groups import Cell

TEXTS = (
    *("", "n/a", "na", "n.a.", "#n/a", "null", "(null)", "<null>", "nan", "nil", "none", "-", "--", "?", ".", "..."),
    *("undefined", "missing", "not available", "not applicable", "unknown", "tbd"),
)
"""Compared without blanks around them, and in small letters."""
_NINES = (99, 999, 9_999, 99_999, 999_999, 9_999_999, 99_999_999, 999_999_999)
NUMBERS = (*_NINES, *(-nines for nines in _NINES), 2_147_483_647, -2_147_483_647, -2_147_483_648)
DATES = tuple(
    date.fromisoformat(text)
    for text in (
        *("0001-01-01", "1753-01-01", "1800-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1901-01-01"),
        *("1970-01-01", "2099-12-31", "2999-12-31", "9999-01-01", "9999-12-31"),
    )
)
"""What spreadsheets, databases and clocks write where there is no date."""
_REPEATED = 2
"""A value that stands once may be anything."""


@dataclass(frozen=True)
class Code:
    """A value that stands for a missing one, and in how many rows it stands."""

    text: str
    rows: int

    @property
    def told(self) -> str:
        """The value as a reason names it, with its rows."""
        return f"{self.text or 'empty text'} ({self.rows:,} row{'' if self.rows == 1 else 's'})"


def candidates(column: Column) -> tuple[str, ...]:
    """Return the known codes of a column's type, as people write them."""
    if column.type is LogicalType.STRING:
        return TEXTS
    if column.type.is_number:
        return tuple(str(number) for number in NUMBERS)
    return tuple(day.isoformat() for day in DATES) if column.type.is_time else ()


def counts(column: Column) -> Groups:
    """Return the measurement of how often each known code stands, and between which bounds the other values lie.

    Of text the bounds are those of its length. The values are in the order of `candidates`, then the smallest and the
    largest of the others, then how many of these there are.
    """
    if column.type is LogicalType.STRING:
        plain = sql.text(exp.Lower(this=exp.Trim(this=sql.col(column.name))))
        size, codes = f"LENGTH({sql.text(sql.col(column.name))})", [sql.text(sql.literal(text)) for text in TEXTS]
    else:
        is_time = column.type.is_time
        plain = size = sql.text(epoch_us(sql.col(column.name)) if is_time else sql.finite(column))
        codes = [str(_micros(day)) for day in DATES] if is_time else [str(number) for number in NUMBERS]
    other = f"CASE WHEN NOT {plain} IN ({', '.join(codes)}) THEN {size} END"
    found = [f"COUNT_IF({plain} = {code})" for code in codes]
    return Groups((Step((), (*found, f"MIN({other})", f"MAX({other})", f"COUNT({other})")),))


def _micros(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400_000_000


def codes_found(column: Column, row: Sequence[Cell], spared: frozenset[str]) -> list[Code]:
    """Return the codes that stand for missing values, of what `counts` gave."""
    *found, least, most, others = row
    standing = {
        text: int(count)
        for text, count in zip(candidates(column), found, strict=True)
        if isinstance(count, int | float) and count >= _REPEATED and text not in spared
    }
    if not others or not isinstance(least, int | float) or not isinstance(most, int | float):
        return []
    return [Code(text, rows) for text, rows in standing.items() if _is_code(column, text, least, most)]


def _is_code(column: Column, text: str, least: float, most: float) -> bool:
    """Return whether a value is none that the others would make likely."""
    if column.type is LogicalType.STRING:
        return not text or not least == most == len(text)
    place = float(_micros(date.fromisoformat(text))) if column.type.is_time else float(text)
    if least <= place <= most:
        return False
    if column.type.is_time:
        return True
    return (place < 0 <= least) or (max(least - place, place - most) > most - least)
