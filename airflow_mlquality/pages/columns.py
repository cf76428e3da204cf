"""The measured columns as rows of a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_mlquality.errors.words import cut
from airflow_mlquality.measurements import (
    DistinctFact,
    Keys,
    LatestFact,
    LengthsFact,
    Moments,
    MomentsFact,
    NonFinite,
    NonFiniteCounts,
    NullCount,
    Shape,
    ShapeFact,
)
from airflow_mlquality.pages.words import plain_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_mlquality.measurements import Column
    from airflow_mlquality.profile import Profile


@dataclass
class ColumnRow:
    """What was measured of a column, as text; empty where it was not measured."""

    name: str
    type: str
    native: str
    nulls: str = ""
    null_share: float = 0.0
    low: str = ""
    middle: str = ""
    high: str = ""
    notes: list[str] = field(default_factory=list)
    shape: ShapeFact | None = None


def column_rows(profile: Profile, rows: int | None) -> list[ColumnRow]:
    """Return the columns of a profile in the order of the source."""
    table = {column.name: _row(column) for column in profile.schema}
    for measurement, fact in profile.facts.items():
        columns = measurement.columns()
        if len(columns) == 1 and columns[0] in table:
            _fill(table[columns[0]], measurement, fact, rows or 0)
    return list(table.values())


def _row(column: Column) -> ColumnRow:
    type_ = column.type.value.replace("_", " ") if column.nested is None else cut(str(column.nested))
    row = ColumnRow(column.name, type_, column.native)
    if column.is_nullable is False:
        row.notes.append("NOT NULL")
    return row


def _fill(row: ColumnRow, measurement: Any, fact: Any, rows: int) -> None:
    if isinstance(measurement, NullCount) and rows:
        row.null_share = fact / rows
        row.nulls = f"{100 * row.null_share:.3g}%"
    elif isinstance(measurement, Moments) and isinstance(fact, MomentsFact):
        row.low, row.middle, row.high = (
            "" if value is None else plain_number(value) for value in (fact.min, fact.mean, fact.max)
        )
    elif isinstance(measurement, Shape) and isinstance(fact, ShapeFact):
        row.shape = fact
    elif isinstance(measurement, Keys):
        row.notes.append(f"{fact.distinct:,} distinct")
    else:
        row.notes.extend(_notes(measurement, fact))


def _notes(measurement: Any, fact: Any) -> Iterator[str]:
    if isinstance(fact, DistinctFact) and fact.is_exact:
        yield f"{fact.count:,} distinct"
    elif isinstance(fact, DistinctFact):
        yield f"about {float(f'{fact.count:.3g}'):,.0f} distinct (± {100 * fact.error:.1f}%)"
    elif isinstance(measurement, NonFinite) and isinstance(fact, NonFiniteCounts) and fact.total:
        yield f"{fact.total:,} NaN or infinite"
    elif isinstance(fact, LengthsFact) and fact.max is not None:
        yield f"{fact.min:,} to {fact.max:,} characters"
    elif isinstance(fact, LatestFact) and fact.newest_us is not None:
        yield f"newest {_moment(fact.newest_us)}"


def _moment(micros: int) -> str:
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).strftime("%Y-%m-%d %H:%M:%S UTC")
    except OverflowError:
        return f"{micros:,} microseconds after 1970"
