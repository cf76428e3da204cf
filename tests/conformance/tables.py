"""Hard tables: every logical type with the values that engines are known to disagree on, as Arrow."""

from __future__ import annotations

import itertools
import math
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NAN, INF = math.nan, math.inf
ROWS = 97
"""A prime: columns whose values repeat in lists of other lengths meet in many combinations."""


@dataclass(frozen=True)
class HardTable:
    """A table, the other tables that its rows point to, and the columns that together may identify a row."""

    name: str
    rows: pa.Table
    related: Mapping[str, pa.Table] = field(default_factory=dict)
    keys: Sequence[tuple[str, ...]] = ()
    orphans: Sequence[tuple[str, str, str]] = ()


def below(number: float) -> float:
    """Return the double below."""
    return math.nextafter(number, -INF)


def above(number: float) -> float:
    """Return the double above."""
    return math.nextafter(number, INF)


def repeated(values: Iterable[Any], type_: pa.DataType, rows: int = ROWS) -> pa.Array:
    """Return so many rows of the values, over and over."""
    return pa.array(list(itertools.islice(itertools.cycle(values), rows)), type_, from_pandas=False)


def naive(text: str) -> datetime:
    """Return a time without zone."""
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    """Return a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# ---- values of every type ----

TEXTS = [
    "plain", "", None, "it's", 'say "no"', "back\\slash", "100%", "under_score", "new\nline", "tab\there", "\r\n",
    "cafe\u0301", "caf\u00e9", "\u00c4", "\u00e4", "stra\u00dfe", "STRASSE", "\U0001f600", "\U0001f469\u200d\U0001f680",
    "\u4e2d\u6587", "NULL", "null", "nan", "-- drop", "'; --", "{}", "$1", "%s", ":name", "?", "\u200b", "\ufeffmark",
    "x" * 300,
]  # fmt: skip
CASES = ["a", "A", "b", "B", "\u00e4", "\u00c4", None, "Z", "z", "_", "\u00df", "\u1e9e", "i", "I", "\u0131", "\u0130"]
BLANKS = ["a", "a ", " a", "a  ", " ", "", None, "\t", "a\t", "a\u00a0"]
WRITTEN = [
    "1", "-1", "+1", "0012", "9223372036854775807", "9223372036854775808", "1.5", " 7 ", "1e5", "-2.5E-3", "", " ",
    None, "abc", "12abc", "1,5", "1.5.2", "--1", "true", "FALSE", "t", "no", "maybe", "2024-02-29", "2023-02-29",
    "2024-13-01", "1969-12-31", "2024-02-29 12:30:00", "2024-02-29T12:30:00.123456", "2024-02-29 25:00:00",
    "2024-02-29 12:30:00+02:00", "2024-02-29T12:30:00Z", "23:59:59", "12:30:00.5", "25:00:00", "nan", "inf",
    "-Infinity", "1e400", "123e4567-e89b-12d3-a456-426614174000", "not-a-uuid", "12345678901234567890123456789",
]  # fmt: skip
BIG = [2**63 - 1, -(2**63), 2**53 + 1, 2**53, 2**53 - 1, 0, -1, None, -(2**53) - 1]
FLOATS = [
    0.1,
    NAN,
    INF,
    -INF,
    0.0,
    -0.0,
    None,
    1.5,
    -1.5,
    1e150,
    -1e150,
    5e-324,
    2.2250738585072014e-308,
    2.0**53,
    1 / 3,
]
DECIMALS = [
    "0.1", "-0.1", "0", None, "1234567890123456789012345678.0123456789", "-1234567890123456789012345678.0123456789",
    "0.0000000001", "1.5", "9007199254740993",
]  # fmt: skip
DATES = [
    *(date(1970, 1, 1), date(1969, 12, 31), None, date(1, 1, 1), date(9999, 12, 31), date(2000, 2, 29)),
    *(date(1582, 10, 10), date(1900, 2, 28), date(2024, 12, 30)),
]
CLOCKS = [time(0), time(23, 59, 59, 999999), None, time(12), time(12, 34, 56, 789), time(6, 0, 0, 1)]
MOMENTS = [
    "1970-01-01 00:00:00", "1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.000001", None, "0001-01-01 00:00:00",
    "9999-12-31 23:59:59.999999", "2024-02-29 12:00:00", "2024-02-29 12:00:00.000001", "1582-10-10 06:00:00",
    "2025-03-30 02:30:00", "2025-10-26 02:30:00", "1900-01-01 00:00:00",
]  # fmt: skip
NANOSECONDS = [0, -1, -999, -1000, -1001, 1, 999, 1001, None, 1_700_000_000_123_456_789, -1_000_000_000]
ZONED = [
    "2025-03-30 00:59:59.999999", "2025-03-30 01:00:00", "2025-10-26 00:30:00", "2025-10-26 01:30:00", None,
    "1970-01-01 00:00:00", "1969-12-31 23:59:59.999999", "1945-05-24 00:30:00", "2024-12-31 23:30:00",
    "1890-01-01 00:00:00",
]  # fmt: skip
INSTANTS = ["1970-01-02 00:00:00", None, "2025-10-26 00:30:00.000001", "2025-10-26 01:30:00", "2037-12-31 23:59:59"]
UUIDS = [uuid.UUID(int=0), uuid.UUID("123e4567-e89b-12d3-a456-426614174000"), None, uuid.UUID(int=2**128 - 1)]


def values(rows: int = ROWS) -> pa.Table:
    """Return a table of every type."""
    return pa.table({
        "n": pa.array(range(rows), pa.int64()),
        "boolean": repeated([True, False, None, True], pa.bool_(), rows),
        "tiny": repeated([127, -128, 0, None], pa.int8(), rows),
        "small": repeated([32767, -32768, None, 5], pa.int16(), rows),
        "int": repeated([2**31 - 1, -(2**31), 0, 3, None], pa.int32(), rows),
        "big": repeated(BIG, pa.int64(), rows),
        "unsigned": repeated([2**64 - 1, 0, None, 2**63, 1], pa.uint64(), rows),
        "single": repeated([0.5, -1.5, NAN, None, INF, -INF, 3.0, 0.0, -0.0, 2.0**-149], pa.float32(), rows),
        "double": repeated(FLOATS, pa.float64(), rows),
        "finite": repeated([0.1, -2.5, None, 1e9, 1e-9, -0.0, 3.0], pa.float64(), rows),
        "overflowing": repeated([1.7e308, 1.6e308, None, 1.5e308], pa.float64(), rows),
        "squares_overflow": repeated([1.5e200, None, -1.5e200, 1.0], pa.float64(), rows),
        "subnormal": repeated([5e-324, 1e-320, None], pa.float64(), rows),
        "all_nan": repeated([NAN, None], pa.float64(), rows),
        "offset": repeated([100_000.0 + k / 7 for k in range(13)], pa.float64(), rows),
        "decimal": repeated([each and Decimal(each) for each in DECIMALS], pa.decimal128(38, 10), rows),
        "money": repeated([Decimal("0.01"), Decimal("-9999999.99"), None, Decimal("12.50")], pa.decimal128(9, 2), rows),
        "whole": repeated([Decimal(10) ** 30, None, Decimal(-7), Decimal(0)], pa.decimal128(38, 0), rows),
        "text": repeated(TEXTS, pa.string(), rows),
        "cases": repeated(CASES, pa.string(), rows),
        "blanks": repeated(BLANKS, pa.string(), rows),
        "written": repeated(WRITTEN, pa.string(), rows),
        "empty": repeated([""], pa.string(), rows),
        "date": repeated(DATES, pa.date32(), rows),
        "clock": repeated(CLOCKS, pa.time64("us"), rows),
        "moment": repeated([each and naive(each) for each in MOMENTS], pa.timestamp("us"), rows),
        "moment_s": repeated([0, -1, 86_399, None, 1_700_000_000], pa.timestamp("s"), rows),
        "moment_ns": repeated(NANOSECONDS, pa.timestamp("ns"), rows),
        "zoned": repeated([each and utc(each) for each in ZONED], pa.timestamp("us", "Europe/Berlin"), rows),
        "instant": repeated([each and utc(each) for each in INSTANTS], pa.timestamp("us", "UTC"), rows),
        "uuid": repeated([each and each.bytes for each in UUIDS], pa.uuid(), rows),
        "binary": repeated([b"\x00\xff", b"", None, b"a", b"'"], pa.binary(), rows),
        "list": repeated([[1, 2], [], None, [None]], pa.list_(pa.int64()), rows),
        "duration": repeated([1, None, 86_400_000_000, 0], pa.duration("us"), rows),
        "map": repeated([[("a", 1)], [], None], pa.map_(pa.string(), pa.int64()), rows),
        "nothing": pa.nulls(rows),
        "struct": repeated([{"a": 1}, {"a": None}, None], pa.struct({"a": pa.int64()}), rows),
    })  # fmt: skip


HOURS = (0, 6, 12, 12, 18, 23)


def ties(rows: int = 200) -> pa.Table:
    """Return columns whose values lie on the edges of their bins, and just beside."""
    edge = [5.0, 5.0, 5.0, below(5.0), above(5.0), 5.0, 10.0, below(10.0), above(10.0), -5.0, 0.0, -0.0, None]
    return pa.table({
        "constant": pa.array([7] * rows, pa.int64()),
        "constant_double": pa.array([0.1] * rows, pa.float64()),
        "constant_text": pa.array(["same"] * rows),
        "on_the_edge": repeated(edge, pa.float64(), rows),
        "between_floats": repeated([0.1, 0.1 + 0.2, 0.3, 0.3, above(0.3), 1 / 3, 2 / 3], pa.float64(), rows),
        "integers": repeated([1, 1, 2, 3, 5, 8, 13, None, -1], pa.int32(), rows),
        "beyond_doubles": repeated([2**53, 2**53 + 1, 2**53 + 2, None], pa.int64(), rows),
        "cents": repeated([Decimal("0.10"), Decimal("0.30"), None, Decimal("0.29")], pa.decimal128(9, 2), rows),
        "hours": repeated([naive(f"2024-01-01 {hour:02}:00:00") for hour in HOURS], pa.timestamp("us"), rows),
        "days": repeated([date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 2), None], pa.date32(), rows),
        "frequent": repeated(["b"] * 5 + ["a"] * 5 + ["B"] * 3 + ["ä"] * 2 + ["z", None, "rare"], pa.string(), rows),
        "answer": repeated([True, True, False], pa.bool_(), rows),
    })  # fmt: skip


def keys() -> HardTable:
    """Return keys that repeat, hold NULL or NaN, and point to another table."""
    rows = pa.table({
        "id": repeated([*range(40), 7, None], pa.int64()),
        "code": repeated(["a", "A", "a ", "\u00e4", "a\u0308", None, "", "b"], pa.string()),
        "ratio": repeated([0.5, NAN, 0.0, -0.0, INF, None, 1.0, NAN], pa.float64()),
        "amount": repeated([Decimal("1.10"), Decimal("1.1"), None, Decimal(2)], pa.decimal128(9, 2)),
        "day": repeated([date(2024, 1, 1), None, date(2024, 1, 2)], pa.date32()),
        "at": repeated([naive("2024-01-01 00:00:00.000001"), naive("2024-01-01 00:00:00"), None], pa.timestamp("us")),
        "zoned": repeated([utc("2025-10-26 00:30:00"), utc("2025-10-26 01:30:00"), None], pa.timestamp("us", "UTC")),
        "flag": repeated([True, False, None], pa.bool_()),
        "none": repeated([None], pa.int64()),
    })  # fmt: skip
    known = pa.table({
        "id": pa.array([*range(0, 40, 2), None], pa.int64()),
        "code": pa.array(["a", "\u00e4", "b ", None, "", "A", *[None] * 15], pa.string()),
        "ratio": pa.array([0.5, NAN, 0.0, None, *[None] * 17], pa.float64(), from_pandas=False),
        "day": pa.array([date(2024, 1, 2), *[None] * 20], pa.date32()),
    })  # fmt: skip
    nothing = known.slice(0, 0)
    pairs = [("id", "code"), ("code", "ratio"), ("flag", "day"), ("id", "none"), ("amount", "at", "zoned")]
    return HardTable(
        "keys",
        rows,
        {"known": known, "nothing": nothing},
        [*((name,) for name in rows.column_names), *pairs],
        [(name, other, name) for name in known.column_names for other in ("known", "nothing")],
    )


NAMES = [
    "a b", 'a"b', "select", "Ünïcode", "a.b", "it's", "a`b", "100%", "semi;colon", "back\\slash", "[brackets]", "from",
    "Group", "order by", "dash-ed", "1st", "question?", "a:b", "$money", "%s", "{brace}", "\u4e2d\u6587", "😀",
    "x" * 60, " lead", "n0",
]  # fmt: skip
SAME_IN_OTHER_CASE = ["other", "Other", "OTHER"]


def names(columns: Sequence[str] = NAMES) -> pa.Table:
    """Return a column per name, with numbers of its own."""
    return pa.table({name: pa.array([*range(at, at + 30), None], pa.int32()) for at, name in enumerate(columns)})


def wide(columns: int) -> pa.Table:
    """Return so many columns of three rows."""
    return pa.table({f"c{at}": pa.array([at, -at, None], pa.int32()) for at in range(columns)})


def all_null(rows: int = 40) -> pa.Table:
    """Return a column of every type without any value."""
    return pa.table({each.name: pa.nulls(rows, each.type) for each in values(1).schema})
