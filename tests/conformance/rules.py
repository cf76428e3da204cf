"""Conditions that a contract may hold, each with what it means: a function of a row in Python."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tests.conformance import meaning as m
from tests.conformance.rules_of_text_and_time import TEXT_AND_TIME
from tests.conformance.tables import INF, NAN, HardTable, naive, repeated, utc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Predicate = Callable[[Mapping[str, Any]], bool | None]

ROWS = 251

TEXTS = [
    "abc", "ABC", "", None, "a b", "a%b", "a_b", "a\\b", "100%", "it's", "ab\n", "a\nb", "\u00e4", "e\u0301", "abc ",
    " abc", "\U0001f600x", "0", "12", " 12 ", 'q"q', "axb", "\t", "b", "7", "-1.5", "2024-02-29", "\u0663", "a|b",
    "A B",
]  # fmt: skip
DOUBLES = [1.5, -1.5, NAN, INF, -INF, 0.0, -0.0, None, 2.5, 0.5, -2.5, 100.0, 0.25, 1e300, -0.5]
DECIMALS = ["1.005", "-1.005", "2.500", "-2.500", "0", None, "10.125", "3"]


def table() -> HardTable:
    """Return the rows that the conditions are tried on."""
    moments = [
        *("2024-02-29 12:30:13.500000", "2024-03-01 00:00:00", "1969-12-31 23:59:59.999999", None),
        *("2024-12-30 23:59:59", "2024-12-29 00:00:00.000001", "2024-01-31 06:00:00"),
    ]
    later = ["2024-03-01 00:00:00", None, "2024-02-29 12:30:13.500000", "1970-01-02 00:00:00", "2025-01-01 00:00:00"]
    days = [date(2024, 2, 29), date(2024, 12, 30), None, date(2024, 12, 29), date(1969, 12, 31), date(2024, 1, 31)]
    return HardTable("rules", pa.table({
        "i": repeated([7, -7, 0, None, 1, -1, 2, 10, 3, -3, 1_000_000, 8, 100], pa.int64(), ROWS),
        "j": repeated([2, -2, 0, 3, None, -3, 1], pa.int64(), ROWS),
        "k": repeated([5, -5, None, 0], pa.int32(), ROWS),
        "x": repeated(DOUBLES, pa.float64(), ROWS),
        "y": repeated([0.0, 2.0, NAN, -0.5, None, INF, 3.0, 1.5, -0.0, 2.5, -1.0], pa.float64(), ROWS),
        "d": repeated([each and Decimal(each) for each in DECIMALS], pa.decimal128(12, 3), ROWS),
        "s": repeated(TEXTS, pa.string(), ROWS),
        "u": repeated(["b", "abc", None, "a", "", "%", "B", "_b", "a%"], pa.string(), ROWS),
        "flag": repeated([True, False, None], pa.bool_(), ROWS),
        "born": repeated(days, pa.date32(), ROWS),
        "at": repeated([each and naive(each) for each in moments], pa.timestamp("us"), ROWS),
        "until": repeated([each and naive(each) for each in later], pa.timestamp("us"), ROWS),
        "zoned": repeated([each and utc(each) for each in later], pa.timestamp("us", "America/New_York"), ROWS),
    }))  # fmt: skip


D = Decimal

RULES: dict[str, Predicate] = {
    # comparisons
    "x > 1": lambda r: m.gt(r["x"], 1),
    "x >= 1.5": lambda r: m.ge(r["x"], 1.5),
    "x < 1": lambda r: m.lt(r["x"], 1),
    "x <= 1.5": lambda r: m.le(r["x"], 1.5),
    "x = 0": lambda r: m.eq(r["x"], 0),
    "x <> 0": lambda r: m.ne(r["x"], 0),
    "x = y": lambda r: m.eq(r["x"], r["y"]),
    "x != y": lambda r: m.ne(r["x"], r["y"]),
    "x < y": lambda r: m.lt(r["x"], r["y"]),
    "x <= y": lambda r: m.le(r["x"], r["y"]),
    "x > y": lambda r: m.gt(r["x"], r["y"]),
    "x >= y": lambda r: m.ge(r["x"], r["y"]),
    "i = j": lambda r: m.eq(r["i"], r["j"]),
    "i > x": lambda r: m.gt(r["i"], r["x"]),
    "d > 1": lambda r: m.gt(r["d"], 1),
    "d = 2.5": lambda r: m.eq(r["d"], D("2.5")),
    "x is distinct from y": lambda r: not m.same(r["x"], r["y"]),
    "x is not distinct from y": lambda r: m.same(r["x"], r["y"]),
    "s is not distinct from u": lambda r: m.same(r["s"], r["u"]),
    "x is null": lambda r: r["x"] is None,
    "x is not null": lambda r: r["x"] is not None,
    "x between -1.5 and 2.5": lambda r: m.between(r["x"], -1.5, 2.5),
    "x between y and 100": lambda r: m.between(r["x"], r["y"], 100),
    "x not between 0 and y": lambda r: m.not_(m.between(r["x"], 0, r["y"])),
    "x in (1.5, 2.5, 100)": lambda r: m.in_(r["x"], 1.5, 2.5, 100.0),
    "i not in (7, 0)": lambda r: m.not_(m.in_(r["i"], 7, 0)),
    "i in (1, null)": lambda r: m.in_(r["i"], 1, None),
    "s in ('abc', 'ABC', '')": lambda r: m.in_(r["s"], "abc", "ABC", ""),
    "s not in ('a b', 'it''s')": lambda r: m.not_(m.in_(r["s"], "a b", "it's")),
    "isnan(x)": lambda r: m.is_nan(r["x"]),
    "isinf(x)": lambda r: m.is_inf(r["x"]),
    "isfinite(x)": lambda r: m.is_finite(r["x"]),
    "not isfinite(x) and x > 0": lambda r: m.and_(m.not_(m.is_finite(r["x"])), m.gt(r["x"], 0)),
    # logic
    "flag": lambda r: r["flag"],
    "not flag": lambda r: m.not_(r["flag"]),
    "flag and x > 0": lambda r: m.and_(r["flag"], m.gt(r["x"], 0)),
    "flag or s is null": lambda r: m.or_(r["flag"], r["s"] is None),
    "flag or null": lambda r: m.or_(r["flag"], None),
    "flag = true": lambda r: r["flag"],
    "flag <> (x > 0)": lambda r: m.ne(r["flag"], m.gt(r["x"], 0)),
    "flag is true": lambda r: r["flag"] is True,
    "flag is not false": lambda r: r["flag"] is not False,
    "flag is null": lambda r: r["flag"] is None,
    "(x > 0) is null": lambda r: m.gt(r["x"], 0) is None,
    "case when x > 0 then s = 'abc' else flag end": lambda r: m.eq(r["s"], "abc") if m.gt(r["x"], 0) else r["flag"],
    "case i when 7 then true when 0 then flag end": lambda r: {7: True, 0: r["flag"]}.get(r["i"]),
    "case when flag then i else j end > 1": lambda r: m.gt(r["i"] if r["flag"] else r["j"], 1),
    "coalesce(x, y, 1) > 0": lambda r: m.gt(m.coalesce(r["x"], r["y"], 1), 0),
    "coalesce(flag, false)": lambda r: m.coalesce(r["flag"], False),
    "ifnull(i, 0) = 0": lambda r: m.eq(m.coalesce(r["i"], 0), 0),
    "nullif(i, 7) is null": lambda r: m.nullif(r["i"], 7) is None,
    "nullif(x, 0) > -1": lambda r: m.gt(m.nullif(r["x"], 0), -1),
    "greatest(i, j) > 1": lambda r: m.gt(m.greatest(r["i"], r["j"]), 1),
    "least(i, j) < 0": lambda r: m.lt(m.least(r["i"], r["j"]), 0),
    "greatest(x, y) > 2": lambda r: m.gt(m.greatest(r["x"], r["y"]), 2),
    "least(x, y, 1) = 1": lambda r: m.eq(m.least(r["x"], r["y"], 1), 1),
    "least(s, u) = 'a'": lambda r: m.eq(m.least(r["s"], r["u"]), "a"),
    # numbers
    "i + j = 9": lambda r: m.eq(m.add(r["i"], r["j"]), 9),
    "i - j > 0": lambda r: m.gt(m.subtract(r["i"], r["j"]), 0),
    "i * j < 0": lambda r: m.lt(m.multiply(r["i"], r["j"]), 0),
    "-i > 3": lambda r: m.gt(m.multiply(r["i"], -1), 3),
    "i / j = 3.5": lambda r: m.eq(m.divide(r["i"], r["j"]), 3.5),
    "i / j > 1": lambda r: m.gt(m.divide(r["i"], r["j"]), 1),
    "i / j < 0.4": lambda r: m.lt(m.divide(r["i"], r["j"]), 0.4),
    "x / y > 1": lambda r: m.gt(m.divide(r["x"], r["y"]), 1),
    "x / 0 is null": lambda _: True,
    "d / 2 = 1.25": lambda r: m.eq(m.divide(r["d"], 2), 1.25),
    "(i + j) / 2 >= 1.5": lambda r: m.ge(m.divide(m.add(r["i"], r["j"]), 2), 1.5),
    "i // j = 3": lambda r: m.eq(m.whole_divide(r["i"], r["j"]), 3),
    "i // j = -3": lambda r: m.eq(m.whole_divide(r["i"], r["j"]), -3),
    "i // j < 0": lambda r: m.lt(m.whole_divide(r["i"], r["j"]), 0),
    "i % j = 1": lambda r: m.eq(m.modulo(r["i"], r["j"]), 1),
    "i % j = -1": lambda r: m.eq(m.modulo(r["i"], r["j"]), -1),
    "mod(i, 3) = -1": lambda r: m.eq(m.modulo(r["i"], 3), -1),
    "x % 1 = 0.5": lambda r: m.eq(m.modulo(r["x"], 1.0), 0.5),
    "d % 2 = 0.5": lambda r: m.eq(m.modulo(r["d"], 2), D("0.5")),
    "d * 2 = 5": lambda r: m.eq(m.multiply(r["d"], 2), 5),
    "d + 1 > 2.004": lambda r: m.gt(m.add(r["d"], 1), D("2.004")),
    "i ** 2 = 49": lambda r: m.eq(m.multiply(r["i"], r["i"]), 49),
    "pow(i, 2) = 49": lambda r: m.eq(m.multiply(r["i"], r["i"]), 49),
    "power(k, 3) = -125": lambda r: m.eq(r["k"], -5),
    "power(10, k) > 99": lambda r: m.gt(r["k"], 1),
    "pow(10, -400 * abs(k)) = 0": lambda r: m.ne(r["k"], 0),
    "pow(x, 0.5) >= 0": lambda r: m.ge(m.square_root(r["x"]), 0),
    "pow(i, -1) = 0.5": lambda r: m.eq(m.divide(1, r["i"]), 0.5),
    "pow(i, -1) is null": lambda r: not r["i"],
    "abs(i) = 7": lambda r: m.eq(m.null_safe(abs)(r["i"]), 7),
    "abs(x) > 2": lambda r: m.gt(m.null_safe(abs)(r["x"]), 2),
    "sign(i) = -1": lambda r: m.eq(m.sign(r["i"]), -1),
    "sign(x) = 1": lambda r: m.eq(m.sign(r["x"]), 1),
    "ceil(x) = 2": lambda r: m.eq(m.ceil(r["x"]), 2),
    "ceiling(x) = 0": lambda r: m.eq(m.ceil(r["x"]), 0),
    "floor(x) = -2": lambda r: m.eq(m.floor(r["x"]), -2),
    "floor(d) = -3": lambda r: m.eq(m.floor(r["d"]), -3),
    "round(x) = 3": lambda r: m.eq(m.rounded(r["x"]), 3),
    "round(x) = 1": lambda r: m.eq(m.rounded(r["x"]), 1),
    "round(x) = -2": lambda r: m.eq(m.rounded(r["x"]), -2),
    "round(x, 1) = 0.3": lambda r: m.eq(m.rounded(r["x"], 1), 0.3),
    "round(d, 2) = 1.01": lambda r: m.eq(m.rounded(r["d"], 2), D("1.01")),
    "round(d) = -3": lambda r: m.eq(m.rounded(r["d"]), -3),
    "round(i, -1) = 10": lambda r: m.eq(m.rounded(r["i"], -1), 10),
    "sqrt(i) > 1": lambda r: m.gt(m.square_root(r["i"]), 1),
    "sqrt(x) >= 0": lambda r: m.ge(m.square_root(r["x"]), 0),
    "ln(x) > 0": lambda r: m.gt(m.logarithm(r["x"]), 0),
    "ln(x) is null": lambda r: m.logarithm(r["x"]) is None,
    "log(i) = 2": lambda r: m.eq(m.logarithm_10(r["i"]), 2),
    "log10(i) = 1": lambda r: m.eq(m.logarithm_10(r["i"]), 1),
    "log2(i) = 3": lambda r: m.eq(m.logarithm_2(r["i"]), 3),
    "log(2, i) between 2.9 and 3.1": lambda r: m.between(m.logarithm_2(r["i"]), 2.9, 3.1),
    "exp(k) < 1": lambda r: m.lt(r["k"], 0),
    **TEXT_AND_TIME,
}
"""The conditions, in the order of the reference page."""
