"""What every measurement is of rows in Python: the documented meaning, told without any SQL.

Engines are held against this, never against each other.
"""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from airflow_mlquality.measurements import (
    Bins,
    ClassCounts,
    ClassCountsFact,
    DistinctCount,
    DistinctFact,
    KeyCounts,
    Keys,
    LatestFact,
    LatestTime,
    LengthsFact,
    LogicalType,
    Measurement,
    Moments,
    MomentsFact,
    NonFinite,
    NonFiniteCounts,
    NullCount,
    Orphans,
    RowCount,
    RowsWhere,
    Shape,
    ShapeFact,
    TextLengths,
    Unparseable,
)
from tests.conformance.meaning import HAS_NAN
from tests.conformance.rows import US_OF_DAY, Rows
from tests.conformance.writing import is_no_number, is_written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LARGEST = 1.7976931348623157e308


def fact(measurement: Measurement[Any], rows: Rows) -> Any:
    """Return the fact that a measurement is of some rows."""
    return ORACLE[type(measurement)](measurement, rows)


def _row_count(_: RowCount, rows: Rows) -> int:
    return int(rows.rows.num_rows)


def _null_count(asked: NullCount, rows: Rows) -> int:
    return sum(value is None for value in rows.values(asked.column))


def _non_finite(asked: NonFinite, rows: Rows) -> NonFiniteCounts:
    return _apart(rows, asked.column)


def _apart(rows: Rows, column: str) -> NonFiniteCounts:
    if rows.types[column] is not LogicalType.FLOAT:
        return NonFiniteCounts()
    numbers = rows.present(column)
    return NonFiniteCounts(
        sum(math.isnan(number) for number in numbers), numbers.count(math.inf), numbers.count(-math.inf)
    )


def _rows_where(asked: RowsWhere, rows: Rows) -> int:
    predicate = rows.predicates[asked.condition]
    token = HAS_NAN.set(rows.has_nan)
    try:
        return sum(predicate(row) is True for row in rows.as_dicts)
    finally:
        HAS_NAN.reset(token)


def _unparseable(asked: Unparseable, rows: Rows) -> int:
    if rows.types[asked.column] is not LogicalType.STRING or rows.is_dynamic:
        return 0
    numbers = asked.type == "float" and not rows.has_infinity
    return sum(
        not is_written(text, LogicalType(asked.type)) or (numbers and is_no_number(text))
        for text in rows.present(asked.column)
    )


def _keys(asked: Keys, rows: Rows) -> KeyCounts:
    found = zip(*(rows.identities(name) for name in asked.key), strict=True)
    complete = [key for key in found if None not in key]
    return KeyCounts(len(complete), len(set(complete)))


def _orphans(asked: Orphans, rows: Rows) -> int:
    known = set(Rows(rows.related[asked.to], {}, {}).identities(asked.to_column))
    return sum(value is not None and value not in known for value in rows.identities(asked.column))


def _distinct_count(asked: DistinctCount, rows: Rows) -> DistinctFact:
    return DistinctFact(len(set(rows.identities(asked.column)) - {None}))


def _moments(asked: Moments, rows: Rows) -> MomentsFact:
    if not rows.types[asked.column].is_number:
        return MomentsFact()
    numbers = [float(value) for value in rows.finite(asked.column)]
    if not numbers:
        return MomentsFact()
    exact = [Fraction(number) for number in numbers]
    mean = sum(exact) / len(exact)
    std = None
    if len(exact) > 1:
        squares = sum((number - mean) ** 2 for number in exact)
        std = _root(squares / (len(exact) - 1)) if squares <= LARGEST else None
    return MomentsFact(
        len(numbers), min(numbers), max(numbers), float(mean) if abs(sum(exact)) <= LARGEST else None, std
    )


def _root(number: Fraction) -> float:
    """Return the square root, of numbers too large or small for a double too."""
    shift = 2 ** (2 * 600)
    return math.sqrt(number) if number == 0 or number > Fraction(1, 2**900) else math.sqrt(number * shift) / 2.0**600


def _text_lengths(asked: TextLengths, rows: Rows) -> LengthsFact:
    if rows.types[asked.column] is not LogicalType.STRING:
        return LengthsFact()
    lengths = [len(text) for text in rows.present(asked.column)]
    return LengthsFact(min(lengths, default=None), max(lengths, default=None))


def _latest_time(asked: LatestTime, rows: Rows) -> LatestFact:
    if not rows.types[asked.column].is_time:
        return LatestFact()
    times = rows.present(asked.column)
    past = [each for each in times if each <= asked.until_us]
    return LatestFact(max(past, default=None), len(times) - len(past))


def positions(rows: Rows, column: str, times: str = "clock") -> list[float]:
    """Return the finite values of a column as the numbers that are binned."""
    type_ = rows.types[column]
    if type_ is LogicalType.TIME:
        return [value / 3_600_000_000 for value in rows.present(column)]
    if type_.is_time and (times == "position" or type_ is LogicalType.DATE):
        return [value / 1_000_000 for value in rows.present(column)]
    if type_.is_time:
        return [value % US_OF_DAY / 3_600_000_000 for value in rows.present(column)]
    return [float(value) for value in rows.finite(column)]


def _shape(asked: Shape, rows: Rows) -> ShapeFact:
    bins, column = asked.bins, asked.column
    assert bins is not None
    nulls = _null_count(NullCount(column), rows)
    if bins.kind == "number":
        counts = _in_bins(positions(rows, column, asked.times), bins)
        return ShapeFact(bins, counts, 0, nulls, _apart(rows, column))
    present = rows.present(column)
    if bins.kind == "presence":
        return ShapeFact(bins, (len(present),), 0, nulls)
    counted = Counter(present)
    counts = tuple(counted[value] for value in bins.values)
    return ShapeFact(bins, counts, len(present) - sum(counts), nulls)


def _in_bins(numbers: Sequence[float], bins: Bins) -> tuple[int, ...]:
    """Return how many numbers lie in each of the bins ``(edge before, edge]``, the outer ones open."""
    lows, highs = (-math.inf, *bins.edges), (*bins.edges, math.inf)
    return tuple(sum(low < number <= high for number in numbers) for low, high in zip(lows, highs, strict=True))


def _class_counts(asked: ClassCounts, rows: Rows) -> ClassCountsFact:
    labels = rows.finite(asked.column)
    found = Counter(
        next((at for at, each in enumerate(asked.classes) if _is_class(label, each)), -1) for label in labels
    )
    counts = tuple(found[at] for at in range(len(asked.classes)))
    return ClassCountsFact(counts, len(labels) - sum(counts), rows.rows.num_rows - len(labels))


def _is_class(label: Any, text: str) -> bool:
    if isinstance(label, bool):
        return text == str(label).lower()
    if isinstance(label, str):
        return label == text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    if not number.is_finite():
        return False
    return bool(label == float(number)) if isinstance(label, float) else bool(label == number)


ORACLE: dict[type[Measurement[Any]], Callable[[Any, Rows], Any]] = {
    RowCount: _row_count,
    NullCount: _null_count,
    NonFinite: _non_finite,
    RowsWhere: _rows_where,
    Unparseable: _unparseable,
    Keys: _keys,
    Orphans: _orphans,
    Moments: _moments,
    TextLengths: _text_lengths,
    LatestTime: _latest_time,
    Shape: _shape,
    ClassCounts: _class_counts,
    DistinctCount: _distinct_count,
}
