"""Conditions over text, times and casts, each with what it means."""

from __future__ import annotations

import math
from datetime import UTC, date, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.conformance import meaning as m
from tests.conformance import meaning_of_time as t
from tests.conformance.tables import naive, utc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Predicate = Callable[[Mapping[str, Any]], bool | None]

D = Decimal
NOON = time(12)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def day(text: str) -> date:
    """Return a date."""
    return date.fromisoformat(text)


TEXT_AND_TIME: dict[str, Predicate] = {
    # text
    "s = 'abc'": lambda r: m.eq(r["s"], "abc"),
    "s <> 'abc '": lambda r: m.ne(r["s"], "abc "),
    "s < 'b'": lambda r: m.lt(r["s"], "b"),
    "s >= 'a'": lambda r: m.ge(r["s"], "a"),
    "s > u": lambda r: m.gt(r["s"], r["u"]),
    "s between 'A' and 'a'": lambda r: m.between(r["s"], "A", "a"),
    "s = 'a\\b'": lambda r: m.eq(r["s"], "a\\b"),
    "lower(s) = 'abc'": lambda r: m.eq(m.lower(r["s"]), "abc"),
    "upper(s) = 'A B'": lambda r: m.eq(m.upper(r["s"]), "A B"),
    "length(s) = 1": lambda r: m.eq(m.length(r["s"]), 1),
    "length(s) = 2": lambda r: m.eq(m.length(r["s"]), 2),
    "length(s) = 4": lambda r: m.eq(m.length(r["s"]), 4),
    "length(trim(s)) = 3": lambda r: m.eq(m.length(m.trim(r["s"])), 3),
    "trim(s) = 'abc'": lambda r: m.eq(m.trim(r["s"]), "abc"),
    "trim(s) = ''": lambda r: m.eq(m.trim(r["s"]), ""),
    "ltrim(s) = 'abc'": lambda r: m.eq(m.ltrim(r["s"]), "abc"),
    "rtrim(s) = 'abc'": lambda r: m.eq(m.rtrim(r["s"]), "abc"),
    "s || u = 'abcb'": lambda r: m.eq(m.join(r["s"], r["u"]), "abcb"),
    "concat(s, u) = 'abc'": lambda r: m.eq(m.concat(r["s"], r["u"]), "abc"),
    "concat(s, '-', u) = '-'": lambda r: m.eq(m.concat(r["s"], "-", r["u"]), "-"),
    "contains(s, '%')": lambda r: m.contains(r["s"], "%"),
    "contains(s, u)": lambda r: m.contains(r["s"], r["u"]),
    "starts_with(s, 'a')": lambda r: m.starts_with(r["s"], "a"),
    "starts_with(s, u)": lambda r: m.starts_with(r["s"], r["u"]),
    "prefix(s, 'a%')": lambda r: m.starts_with(r["s"], "a%"),
    "ends_with(s, 'b')": lambda r: m.ends_with(r["s"], "b"),
    "suffix(s, u)": lambda r: m.ends_with(r["s"], r["u"]),
    "replace(s, 'a', 'x') = 'xbc'": lambda r: m.eq(m.replace(r["s"], "a", "x"), "xbc"),
    "replace(s, '', 'x') = s": lambda r: m.eq(m.replace(r["s"], "", "x"), r["s"]),
    "substr(s, 1, 1) = 'a'": lambda r: m.eq(m.substring(r["s"], 1, 1), "a"),
    "substring(s, 2) = 'bc'": lambda r: m.eq(m.substring(r["s"], 2), "bc"),
    "substr(s, 2, 100) = 'b'": lambda r: m.eq(m.substring(r["s"], 2, 100), "b"),
    "substr(s, -1) = 'b'": lambda r: m.eq(m.substring(r["s"], -1), "b"),
    "substr(s, -2, 1) = 'b'": lambda r: m.eq(m.substring(r["s"], -2, 1), "b"),
    "substr(s, 0, 2) = 'a'": lambda r: m.eq(m.substring(r["s"], 0, 2), "a"),
    "s like 'a%'": lambda r: m.like(r["s"], "a%"),
    "s like 'a_b'": lambda r: m.like(r["s"], "a_b"),
    "s not like '%b'": lambda r: m.not_(m.like(r["s"], "%b")),
    "s like '%\\%'": lambda r: m.like(r["s"], "%\\%"),
    "s like 'a\\%b' escape '\\'": lambda r: m.like(r["s"], "a\\%b", "\\"),
    "s like 'a!_b' escape '!'": lambda r: m.like(r["s"], "a!_b", "!"),
    "s like u": lambda r: m.like(r["s"], r["u"]),
    "s ilike 'AB%'": lambda r: m.ilike(r["s"], "AB%"),
    "s ilike 'a_B'": lambda r: m.ilike(r["s"], "a_B"),
    "regexp_matches(s, '^[a-z]+$')": lambda r: m.matches(r["s"], "^[a-z]+$"),
    "regexp_matches(s, 'b|B')": lambda r: m.matches(r["s"], "b|B"),
    "regexp_matches(s, '(?i)ABC')": lambda r: m.matches(r["s"], "(?i)ABC"),
    "regexp_matches(s, '\\\\')": lambda r: m.matches(r["s"], "\\\\"),
    "regexp_matches(s, 'a.b')": lambda r: m.matches(r["s"], "a.b"),
    "regexp_matches(s, 'b$')": lambda r: m.matches(r["s"], "b$"),
    "regexp_full_match(s, '[a-z ]+')": lambda r: m.full_match(r["s"], "[a-z ]+"),
    "regexp_full_match(s, 'a|ab')": lambda r: m.full_match(r["s"], "a|ab"),
    "regexp_full_match(s, 'axb|12')": lambda r: m.full_match(r["s"], "axb|12"),
    "regexp_full_match(s, '.')": lambda r: m.full_match(r["s"], "."),
    "regexp_full_match(s, '\\d+')": lambda r: m.full_match(r["s"], "\\d+"),
    "regexp_full_match(s, '\\w+')": lambda r: m.full_match(r["s"], "\\w+"),
    "regexp_full_match(s, 'a[%_|]b')": lambda r: m.full_match(r["s"], "a[%_|]b"),
    "regexp_full_match(s, '[^''\"]*')": lambda r: m.full_match(r["s"], "[^'\"]*"),
    "not regexp_full_match(s, '(abc|ABC){1,2}')": lambda r: m.not_(m.full_match(r["s"], "(abc|ABC){1,2}")),
    # times
    "born >= date '2024-02-29'": lambda r: m.ge(r["born"], day("2024-02-29")),
    "born = '2024-02-29'": lambda r: m.eq(r["born"], day("2024-02-29")),
    "at > timestamp '2024-02-29 12:30:13.4'": lambda r: m.gt(r["at"], naive("2024-02-29 12:30:13.400000")),
    "at < until": lambda r: m.lt(r["at"], r["until"]),
    "born < at": lambda r: m.lt(r["born"], r["at"]),
    "zoned > timestamptz '2024-02-29 13:00:00+01:00'": lambda r: m.gt(r["zoned"], utc("2024-02-29 12:00:00")),
    "zoned = timestamptz '1970-01-02 00:00:00+00'": lambda r: m.eq(r["zoned"], utc("1970-01-02 00:00:00")),
    "year(born) = 2024": lambda r: m.eq(t.part("year", r["born"]), 2024),
    "month(at) = 12": lambda r: m.eq(t.part("month", r["at"]), 12),
    "day(at) = 29": lambda r: m.eq(t.part("day", r["at"]), 29),
    "hour(at) >= 12": lambda r: m.ge(t.part("hour", r["at"]), 12),
    "minute(at) = 30": lambda r: m.eq(t.part("minute", r["at"]), 30),
    "second(at) = 13": lambda r: m.eq(t.part("second", r["at"]), 13),
    "hour(zoned) = 12": lambda r: m.eq(t.part("hour", r["zoned"]), 12),
    "day(zoned) = 1": lambda r: m.eq(t.part("day", r["zoned"]), 1),
    "extract(year from at) = 1969": lambda r: m.eq(t.part("year", r["at"]), 1969),
    "extract(second from at) = 59": lambda r: m.eq(t.part("second", r["at"]), 59),
    "date_part('quarter', born) = 4": lambda r: m.eq(t.part("quarter", r["born"]), 4),
    "datepart('week', born) = 1": lambda r: m.eq(t.part("week", r["born"]), 1),
    "date_part('dow', born) = 0": lambda r: m.eq(t.part("dow", r["born"]), 0),
    "date_part('isodow', born) = 7": lambda r: m.eq(t.part("isodow", r["born"]), 7),
    "date_part('doy', born) > 300": lambda r: m.gt(t.part("doy", r["born"]), 300),
    "date_trunc('month', at) = timestamp '2024-02-01 00:00:00'": lambda r: m.eq(
        t.truncated("month", r["at"]), naive("2024-02-01")
    ),
    "datetrunc('week', born) = date '2024-12-23'": lambda r: m.eq(t.truncated("week", r["born"]), naive("2024-12-23")),
    "date_trunc('hour', at) < at": lambda r: m.lt(t.truncated("hour", r["at"]), r["at"]),
    "date_trunc('quarter', born) = date '2024-10-01'": lambda r: m.eq(
        t.truncated("quarter", r["born"]), naive("2024-10-01")
    ),
    "date_diff('day', at, until) = 1": lambda r: m.eq(t.difference("day", r["at"], r["until"]), 1),
    "date_diff('month', at, until) > 0": lambda r: m.gt(t.difference("month", r["at"], r["until"]), 0),
    "date_diff('year', at, until) = 1": lambda r: m.eq(t.difference("year", r["at"], r["until"]), 1),
    "date_diff('hour', at, until) > 1": lambda r: m.gt(t.difference("hour", r["at"], r["until"]), 1),
    "datediff('minute', at, until) < 0": lambda r: m.lt(t.difference("minute", r["at"], r["until"]), 0),
    "date_diff('second', at, until) = 1": lambda r: m.eq(t.difference("second", r["at"], r["until"]), 1),
    "date_diff('day', born, until) > 0": lambda r: m.gt(t.difference("day", r["born"], r["until"]), 0),
    "date_diff('week', born, until) = 1": lambda r: m.eq(t.difference("week", r["born"], r["until"]), 1),
    "at + interval 1 day > until": lambda r: m.gt(t.plus(r["at"], DAY), r["until"]),
    "born + interval 1 month = date '2024-02-29'": lambda r: m.eq(t.plus_months(r["born"], 1), naive("2024-02-29")),
    "at - interval '2 hours' < timestamp '2024-02-29 22:00:00'": lambda r: m.lt(
        t.plus(r["at"], -2 * HOUR), naive("2024-02-29 22:00:00")
    ),
    "until - at > interval 1 day": lambda r: m.gt(m.subtract(r["until"], r["at"]), DAY),
    # casts
    "cast(at as date) = born": lambda r: m.eq(r["at"] and r["at"].date(), r["born"]),
    "at::date = date '1969-12-31'": lambda r: m.eq(r["at"] and r["at"].date(), day("1969-12-31")),
    "cast(zoned as date) = date '2024-03-01'": lambda r: m.eq(
        r["zoned"] and r["zoned"].astimezone(UTC).date(), day("2024-03-01")
    ),
    "cast(born as timestamp) < at": lambda r: m.lt(r["born"], r["at"]),
    "cast(i as double) / 2 = 3.5": lambda r: m.eq(r["i"], 7),
    "cast(i as varchar) = '7'": lambda r: m.eq(r["i"], 7),
    "cast(i as decimal(12, 2)) = 7.00": lambda r: m.eq(r["i"], 7),
    "cast(flag as integer) = 1": lambda r: r["flag"],
    "cast(d as integer) = 3": lambda r: m.eq(m.as_integer(r["d"]), 3),
    "cast(d as double) = 2.5": lambda r: m.eq(r["d"], D("2.5")),
    "cast(case when abs(x) < 1000 then x end as integer) = 2": lambda r: (
        m.eq(m.as_integer(r["x"]), 2) if _small(r["x"]) else None
    ),
    "cast(born as varchar) = '2024-02-29'": lambda r: m.eq(r["born"], day("2024-02-29")),
    "try_cast(s as integer) = 12": lambda r: m.eq(_number(r["s"], int), 12),
    "try_cast(s as double) < 1": lambda r: m.lt(_number(r["s"], float), 1),
    "try_cast(s as date) is not null": lambda r: r["s"] == "2024-02-29",
    "cast(i as bigint) = 7": lambda r: m.eq(r["i"], 7),
    "try_cast(i as smallint) = 7": lambda r: m.eq(_within(r["i"], -(2**15), 2**15 - 1), 7),
    "try_cast(i as tinyint) is null": lambda r: _within(r["i"], -128, 127) is None,
    "try_cast(i as utinyint) >= 0": lambda r: m.ge(_within(r["i"], 0, 255), 0),
    "cast(k as boolean)": lambda r: m.ne(r["k"], 0),
    "try_cast(s as boolean)": lambda r: {"7": None, "0": False}.get(r["s"] or ""),
    "cast(s as char) = 'abc '": lambda r: m.eq(r["s"], "abc "),
    "cast(x as float) = 0.25": lambda r: m.eq(r["x"], 0.25) if r["x"] != 1e300 else None,
    "cast(s as integer) = 12": lambda r: m.eq(_number(r["s"], int), 12),
    "cast(s as double) < 1": lambda r: m.lt(_number(r["s"], float), 1),
    "cast(s as date) is null": lambda r: r["s"] != "2024-02-29",
    "cast(i as tinyint) > 99": lambda r: m.gt(_within(r["i"], -128, 127), 99),
    "cast(at as time) > time '12:00:00'": lambda r: m.gt(r["at"] and r["at"].time(), NOON),
    "try_cast(s as uuid) is null": lambda _: True,
    "try_cast(s as timestamp) >= timestamp '2024-02-29 00:00:00'": lambda r: True if r["s"] == "2024-02-29" else None,
    "s = '12' and try_cast(s as integer) > 0": lambda r: m.eq(r["s"], "12"),
}


def _small(number: float | None) -> bool:
    return number is not None and math.isfinite(number) and abs(number) < 1_000


def _within(number: int | None, least: int, most: int) -> int | None:
    return number if number is not None and least <= number <= most else None


def _number(text: str | None, kind: Callable[[str], Any]) -> Any:
    """Return text as a number; a cast to an integer rounds half away from zero."""
    if text is None or not text.isascii():
        return None
    try:
        return kind(text) if kind is float else m.as_integer(Decimal(text.strip()))
    except (ArithmeticError, ValueError):
        return None
