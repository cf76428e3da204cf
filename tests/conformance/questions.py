"""What is asked of a table: every measurement of every column, on bins that lie where the values are."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from airflow_mlquality.measurements import (
    Bins,
    ClassCounts,
    DistinctCount,
    Keys,
    LatestTime,
    LogicalType,
    Measurement,
    Moments,
    NonFinite,
    NullCount,
    Orphans,
    RowCount,
    Shape,
    TextLengths,
    Unparseable,
)
from tests.conformance.oracle import positions
from tests.conformance.rows import SCALARS, Rows
from tests.conformance.tables import above, below

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.conformance.tables import HardTable

Question = Measurement[Any]

UNTIL = (0, -1, 1_709_208_000_000_000)
"""Instants up to which the latest time is asked for."""
WRITTEN_TYPES = (
    "integer",
    "float",
    "decimal",
    "boolean",
    "date",
    "time",
    "timestamp",
    "timestamp_tz",
    "uuid",
    "string",
)
HOURS = (0.0, 6.0, 11.5, 12.0, 23.5)


def questions(table: HardTable, rows: Rows, *, every: bool = True) -> list[Question]:
    """Return the questions of a table as an engine holds it; of a very wide one a part of them."""
    asked: list[Question] = [RowCount()]
    for at, column in enumerate(rows.rows.column_names):
        if every:
            asked += _of_column(column, rows)
        else:
            asked += [NullCount(column), *([Moments(column), *_shapes(column, rows)] if at % 10 == 0 else [])]
    asked += [Keys(key) for key in table.keys if set(key) <= set(rows.rows.column_names)]
    asked += [Orphans(*each) for each in table.orphans if each[0] in rows.rows.column_names]
    return list(dict.fromkeys(asked))


def _of_column(column: str, rows: Rows) -> Iterator[Question]:
    type_ = rows.types[column]
    yield from (NullCount(column), NonFinite(column), Moments(column), TextLengths(column))
    yield from (LatestTime(column, until) for until in UNTIL)
    yield from _shapes(column, rows)
    if type_ in SCALARS:
        yield from (Keys((column,)), DistinctCount(column))
    if type_ in (LogicalType.STRING, LogicalType.BOOLEAN, LogicalType.UUID) or type_.is_number:
        yield ClassCounts(column, classes(column, rows))
    written = column == "written" or type_ is not LogicalType.STRING
    yield from (Unparseable(column, each) for each in (WRITTEN_TYPES if written else WRITTEN_TYPES[:1]))


def _shapes(column: str, rows: Rows) -> list[Shape]:
    type_ = rows.types[column]
    if type_.is_number or type_ is LogicalType.TIME:
        return [Shape(column, bins=Bins("number", edges(positions(rows, column))))]
    if type_.is_time:
        position = Shape(column, "position", Bins("number", edges(positions(rows, column, "position"))))
        hours = HOURS if type_ is not LogicalType.DATE else position.bins.edges if position.bins else ()
        return [Shape(column, bins=Bins("number", hours)), position]
    if type_ is LogicalType.BOOLEAN:
        return [Shape(column, bins=Bins("category", values=(True, False)))]
    if type_ in (LogicalType.STRING, LogicalType.UUID):
        counted = Counter(rows.present(column))
        return [Shape(column, bins=Bins("category", values=("nobody's", *list(counted)[::2])))]
    return [Shape(column, bins=Bins("presence"))]


def edges(numbers: Sequence[float]) -> tuple[float, ...]:
    """Return increasing edges: on values, just below and above some, between some, and 0."""
    distinct = sorted({number + 0.0 for number in numbers})
    found = {0.0, *distinct[::3], *(below(each) for each in distinct[::4]), *(above(each) for each in distinct[1::4])}
    found |= {low / 2 + high / 2 for low, high in list(pairwise(distinct))[::5]}
    return tuple(sorted(found))


def classes(column: str, rows: Rows) -> tuple[str, ...]:
    """Return some of the values as text, as a contract would write them, and some that are none."""
    counted = Counter(rows.finite(column))
    if rows.types[column] is LogicalType.BOOLEAN:
        return ("false", "true", "maybe")
    names = [str(value) for value in counted if value]
    return ("nobody's", *dict.fromkeys(names[:12]), "0", "1.50", "1e999")
