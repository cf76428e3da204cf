"""PostgreSQL."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from airflow_mlquality.engines.dialects.portable import Portable
from airflow_mlquality.engines.dialects.translation import reading
from airflow_mlquality.engines.dialects.translation.counting import raw_float
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.engines.dialects.translation.text import matched
from airflow_mlquality.measurements import Column, LogicalType

if TYPE_CHECKING:
    from sqlglot import exp

    from airflow_mlquality.engines.dialects.translation.translation import Translation


class PostgreSQL(Portable):
    """PostgreSQL 12 and newer."""

    name: ClassVar[str] = "postgres"
    title: ClassVar[str] = "PostgreSQL"
    widest: ClassVar[int] = 1_600
    fence: ClassVar[str] = " OFFSET 0"  # else each place is taken for as many values as its column, and is sorted
    overflow_is_error: ClassVar[bool] = True
    longest: ClassVar[int] = 4_000_000
    singles: ClassVar[tuple[str, ...]] = ("real", "float4")
    text_type: ClassVar[str] = "TEXT"
    end_of_text: ClassVar[str] = r"\Z"
    start_of_text: ClassVar[str] = r"\A"
    types: ClassVar[Mapping[str, LogicalType]] = {
        "citext": LogicalType.STRING,
        "name": LogicalType.STRING,
        "bpchar": LogicalType.STRING,
        "float8": LogicalType.FLOAT,
        "float4": LogicalType.FLOAT,
        "money": LogicalType.OTHER,
        "oid": LogicalType.INTEGER,
        "time with time zone": LogicalType.TIME,
        "timetz": LogicalType.TIME,
        "bit": LogicalType.BINARY,
        "bit varying": LogicalType.BINARY,
        "varbit": LogicalType.BINARY,
    }

    def column_sql(self, column: Column) -> str:
        """Return a column; a text of fixed length or without case as plain text."""
        name = self.quoted(column.name)
        plain = column.native.lower().partition("(")[0].strip() in ("", "text", "varchar", "character varying")
        return name if column.type is not LogicalType.STRING or plain else f"CAST({name} AS TEXT)"

    def comparable(self, term: Term) -> Term:
        """Return text under the collation of code points."""
        if term.type is not LogicalType.STRING or isinstance(term.constant, str):
            return term
        return term.with_sql(self.ordered_text(term.sql))

    def ordered_text(self, text: str) -> str:
        """Return text under the collation of code points."""
        return f'({text} COLLATE "C")'

    def duration_micros(self, column: Column) -> str:
        """Return a duration as microseconds; a month has 30 days."""
        name = self.quoted(column.name)
        part = {
            unit: f"CAST(EXTRACT({unit} FROM {name}) AS BIGINT)"
            for unit in ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "MICROSECONDS")
        }
        days = f"({part['YEAR']} * 360 + {part['MONTH']} * 30 + {part['DAY']})"
        clock = f"({part['HOUR']} * 60 + {part['MINUTE']}) * 60000000 + {part['MICROSECONDS']}"
        return f"({days} * 86400000000 + {clock})"

    def uuid_constant(self, text: Term) -> str:
        """Return a UUID."""
        return f"CAST({text.sql} AS UUID)"

    def compared_times(self, left: Term, right: Term, operator: str) -> str:
        """Return a comparison of two times; a date compares with a timestamp, and neither with one in a zone."""
        zoned = LogicalType.TIMESTAMP_TZ in (left.type, right.type) and left.type is not right.type
        if zoned or left.is_micros or right.is_micros:
            return f"({self.micros(left)} {operator} {self.micros(right)})"
        return f"({left.sql} {operator} {right.sql})"

    # ---- numbers ----

    def truncated(self, value: str) -> str:
        """Return a double without what stands behind its point."""
        return f"TRUNC({value})"

    def plain_logarithm(self, value: str, base: int) -> str:
        """Return a logarithm; to the base 2 there is none of doubles."""
        return {0: f"LN({value})", 2: f"(LN({value}) / 0.6931471805599453E0)", 10: f"LOG({value})"}[base]

    # ---- text ----

    def trimmed(self, text: str, characters: str, side: str) -> str:
        """Return a text without some characters at its ends."""
        name = {"BOTH": "BTRIM", "LEADING": "LTRIM", "TRAILING": "RTRIM"}[side]
        return f"{name}({text}, {self.literal(characters)})"

    def control(self, code: int) -> str:
        """Return a character that is not seen; there is no text with the first of them."""
        return f"\\u{max(code, 1):04x}"

    def pattern_test(self, text: str, pattern: str) -> str:
        """Return whether a part of a text matches."""
        return f"({self.ordered_text(text)} ~ {pattern})"

    def literal(self, text: str) -> str:
        """Return a text, whatever the server takes a backslash for."""
        return f"E{super().literal(text)}".replace("\\", r"\\") if "\\" in text else super().literal(text)

    # ---- times ----

    def column_micros(self, term: Term) -> str:
        """Return microseconds; those of an infinite date are none."""
        if term.type is LogicalType.DATE:
            return f"(CASE WHEN ISFINITE({term.sql}) THEN ({term.sql} - DATE '1970-01-01') * 86400000000 END)"
        micros = f"CAST(EXTRACT(EPOCH FROM {term.sql}) * 1000000 AS BIGINT)"
        return micros if term.type is LogicalType.TIME else f"(CASE WHEN ISFINITE({term.sql}) THEN {micros} END)"

    def in_utc(self, term: Term) -> str:
        """Return a timestamp in UTC, or a date."""
        if term.is_micros:
            return f"(TIMESTAMP '1970-01-01' + {term.sql} * INTERVAL '1 microsecond')"
        return f"({term.sql} AT TIME ZONE 'UTC')" if term.type is LogicalType.TIMESTAMP_TZ else term.sql

    def calendar_part(self, unit: str, term: Term) -> str:
        """Return a part of the calendar as a whole number."""
        return f"CAST(EXTRACT({unit.upper()} FROM {self.in_utc(term)}) AS BIGINT)"

    # ---- text that is read ----

    def digits(self, text: str) -> str:
        """Return the whole number that a text of digits is."""
        return f"CAST({text} AS BIGINT)"

    def read_whole(self, translation: Translation, text: str, low: int, high: int) -> str:
        """Return a text read as a whole number."""
        value = f"ROUND({self._numeric(text)})"
        return self._read(
            translation, text, reading.NUMBER, f"{value} BETWEEN {low} AND {high}", f"CAST({value} AS BIGINT)"
        )

    def written_whole(self, translation: Translation, text: str, low: int, high: int) -> str:
        """Return a text that is written as a whole number as one."""
        value = self._numeric(text)
        return self._read(
            translation, text, reading.WHOLE, f"{value} BETWEEN {low} AND {high}", f"CAST({value} AS BIGINT)"
        )

    def read_number(self, translation: Translation, text: str) -> str:
        """Return a text that is a finite number as a double; one too large is infinite, one too small is 0."""
        value = self._numeric(text)
        infinite = f"(CASE WHEN {value} < 0 THEN {self.double(-math.inf)} ELSE {self.double(math.inf)} END)"
        ends = f"WHEN ABS({value}) > 1.7976931348623157E308 THEN {infinite} WHEN ABS({value}) < 5E-324 THEN 0"
        number = f"(CASE {ends} ELSE CAST({value} AS FLOAT8) END)"
        return f"(CASE WHEN {matched(translation, text, reading.NUMBER)} THEN {number} END)"

    def read_decimal(self, translation: Translation, text: str, digits: int, places: int) -> str:
        """Return a text read as a decimal."""
        value = f"ROUND({self._numeric(text)}, {places})"
        return self._read(translation, text, reading.NUMBER, f"ABS({value}) < 1E{digits - places}", value)

    def _numeric(self, text: str) -> str:
        return f"CAST(REPLACE({text}, '_', '') AS NUMERIC)"

    def _read(self, translation: Translation, text: str, pattern: str, fits: str, value: str) -> str:
        return f"(CASE WHEN {matched(translation, text, pattern)} THEN (CASE WHEN {fits} THEN {value} END) END)"

    def tried_time(self, text: str, type_: LogicalType) -> str:
        """Return a text that is known to be a time as one."""
        name = {
            LogicalType.DATE: "DATE",
            LogicalType.TIME: "TIME",
            LogicalType.TIMESTAMP: "TIMESTAMP",
            LogicalType.TIMESTAMP_TZ: "TIMESTAMPTZ",
            LogicalType.UUID: "UUID",
        }[type_]
        return f"CAST({text} AS {name})"

    # ---- aggregates ----

    def count_where(self, condition: str) -> str:
        """Return in how many rows a condition is true."""
        return f"COUNT(*) FILTER (WHERE {condition})"

    def distinct(self, terms: Sequence[Term]) -> str:
        """Return how many different complete rows there are."""
        if len(terms) == 1:
            return super().distinct(terms)
        complete = " AND ".join(f"{term.sql} IS NOT NULL" for term in terms)
        return f"COUNT(DISTINCT ({', '.join(term.sql for term in terms)})) FILTER (WHERE {complete})"

    def bin_of(self, translation: Translation, value: exp.Expr, edges: Sequence[float]) -> str:
        """Return the place that a binary search finds: how many thresholds are reached, each just above an edge."""
        column = raw_float(translation, value)  # NaN and infinity are above all edges
        subject = translation.term(value).sql if column is None else f"NULLIF({column}, {self.double(-math.inf)})"
        thresholds = ", ".join(repr(math.nextafter(edge, math.inf)) for edge in edges)
        found = f"WIDTH_BUCKET({subject}, CAST('{{{thresholds}}}' AS FLOAT8[]))"
        return f"COALESCE(({found} + 1) % {len(edges) + 1}, 0)"

    # ---- statements ----

    def quantiles(self, relation: str, value: str, parts: int) -> str:
        """Return a SELECT of discrete quantiles."""
        at = ", ".join(repr(part / parts) for part in range(1, parts))
        found = f"PERCENTILE_DISC(ARRAY[{at}]) WITHIN GROUP (ORDER BY {value})"
        return f"SELECT UNNEST({found}) AS v FROM {relation}"
