"""ClickHouse."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from airflow_mlquality.engines.dialects.portable import Portable
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.measurements import LogicalType


class ClickHouse(Portable):
    """ClickHouse. A DateTime is an instant there, so that its logical type has a zone."""

    name: ClassVar[str] = "clickhouse"
    title: ClassVar[str] = "ClickHouse"
    widest: ClassVar[int] = 1_000
    longest: ClassVar[int] = 200_000
    nan_is_unordered: ClassVar[bool] = True
    escapes: ClassVar[str] = "\\'"
    quote: ClassVar[str] = "`"
    singles: ClassVar[tuple[str, ...]] = ("float32", "nullable(float32)")
    double_type: ClassVar[str] = "Nullable(Float64)"
    whole_type: ClassVar[str] = "Nullable(Int64)"
    text_type: ClassVar[str] = "Nullable(String)"
    smallest: ClassVar[str] = "minOrNull"
    largest: ClassVar[str] = "maxOrNull"
    start_of_text: ClassVar[str] = r"\A"
    end_of_text: ClassVar[str] = r"\z"
    types: ClassVar[Mapping[str, LogicalType]] = {
        "datetime": LogicalType.TIMESTAMP_TZ,
        "datetime64": LogicalType.TIMESTAMP_TZ,
        "date": LogicalType.DATE,
        "date32": LogicalType.DATE,
        "bool": LogicalType.BOOLEAN,
        "tuple": LogicalType.STRUCT,
        "nothing": LogicalType.NULL,
    }

    def logical_type(self, native: str) -> LogicalType:
        """Return the logical type of what may be NULL, or is kept in a dictionary."""
        inner = native.strip()
        for wrapper in ("LowCardinality(", "Nullable("):
            if inner.startswith(wrapper):
                inner = inner[len(wrapper) : -1]
        return super().logical_type(inner)

    def no_number(self, value: float) -> str:
        """Return NaN or an infinity."""
        name = "nan" if math.isnan(value) else "-inf" if value < 0 else "inf"
        return f"CAST('{name}' AS Float64)"

    def is_nan(self, value: str) -> str:
        """Return whether a float is NaN."""
        return f"isNaN({value})"

    def occurs(self, values: Sequence[str], known: Sequence[str], relation: str) -> str:
        """Return whether values are together in expressions over another relation."""
        return f"(({', '.join(values)}) IN (SELECT {', '.join(known)} FROM {relation}))"

    # ---- numbers ----

    def truncated(self, value: str) -> str:
        """Return a double without what stands behind its point."""
        return f"trunc({value})"

    def whole_quotient(self, left: str, right: str) -> str:
        """Return a quotient of whole numbers, cut towards zero."""
        return f"intDiv({left}, {right})"

    def as_decimal(self, term: Term, digits: int, places: int) -> str:
        """Return a number as a decimal."""
        return f"CAST({term.sql} AS Nullable(Decimal({digits}, {places})))"

    # ---- text ----

    def length(self, text: str) -> str:
        """Return the number of characters."""
        return f"lengthUTF8({text})"

    def lower(self, text: str) -> str:
        """Return a text in small letters."""
        return f"lowerUTF8({text})"

    def upper(self, text: str) -> str:
        """Return a text in capital letters."""
        return f"upperUTF8({text})"

    def joined(self, parts: Sequence[str]) -> str:
        """Return texts one after the other."""
        return f"concat({', '.join(parts)})"

    def replaced(self, source: Term, old: Term, new: Term) -> str:
        """Return a text with every occurrence of another one replaced."""
        return f"replaceAll({source.sql}, {old.sql}, {new.sql})"

    def substring(self, text: str, start: str, size: str | None) -> str:
        """Return a part of a text."""
        return f"substringUTF8({text}, {start})" if size is None else f"substringUTF8({text}, {start}, {size})"

    def trimmed(self, text: str, characters: str, side: str) -> str:
        """Return a text without some characters at its ends."""
        return f"trim({side} {self.literal(characters)} FROM {text})"

    def like(self, text: str, pieces: Sequence[str | int | None]) -> str:
        """Return whether a text is like a pattern; a backslash escapes, and nothing else can."""
        pattern = ""
        for piece in pieces:
            if isinstance(piece, str):
                pattern += "".join(f"\\{each}" if each in "%_\\" else each for each in piece)
            else:
                pattern += "%" if piece is None else "_"
        return f"({text} LIKE {self.literal(pattern)})"

    def pattern_test(self, text: str, pattern: str) -> str:
        """Return whether a part of a text matches."""
        return f"match({text}, {pattern})"

    # ---- times ----

    def column_micros(self, term: Term) -> str:
        """Return microseconds."""
        if term.type is LogicalType.DATE:
            return f"(toInt64(toInt32(toDate32({term.sql}))) * 86400000000)"
        if term.type is LogicalType.TIME:
            return super().column_micros(term)
        return f"toUnixTimestamp64Micro(toDateTime64({term.sql}, 6, 'UTC'))"

    def in_utc(self, term: Term) -> str:
        """Return a date, or a time in UTC."""
        if term.is_micros:
            return f"fromUnixTimestamp64Micro({term.sql}, 'UTC')"
        return term.sql if term.type is LogicalType.DATE else f"toTimeZone({term.sql}, 'UTC')"

    def instant_as_text(self, term: Term) -> str:
        """Return an instant as text, in UTC."""
        return f"concat(toString({self.in_utc(term)}), '+00')"

    def calendar_part(self, unit: str, term: Term) -> str:
        """Return a part of the calendar."""
        names = {
            "year": "toYear",
            "quarter": "toQuarter",
            "month": "toMonth",
            "day": "toDayOfMonth",
            "doy": "toDayOfYear",
        }
        return f"toInt64({names[unit]}({self.in_utc(term)}))"

    def time_literal(self, type_: LogicalType, moment: dt.datetime) -> str:
        """Return a moment."""
        written = moment.replace(tzinfo=None)
        if type_ is LogicalType.DATE:
            return f"toDate32('{written.date().isoformat()}')"
        return f"toDateTime64('{written.isoformat(sep=' ')}', 6, 'UTC')"

    # ---- text that is read ----

    def tried(self, text: str, type_: str) -> str:
        """Return a text cast to a type, NULL where it is none."""
        if type_.startswith("DECIMAL"):
            return f"toDecimal128OrNull({text}, {type_.rpartition(',')[2].strip(' )')})"
        return f"{'toFloat64OrNull' if type_ == self.double_type else 'toInt64OrNull'}({text})"

    def tried_time(self, text: str, type_: LogicalType) -> str:
        """Return a text that is a time as one."""
        if type_ is LogicalType.UUID:
            return f"lower({text})"
        if type_ is LogicalType.DATE:
            return f"toDate32(parseDateTime64BestEffortOrNull(replaceAll({text}, '/', '-'), 6, 'UTC'))"
        if type_ is LogicalType.TIME:
            return super().tried_time(text, type_)
        return f"parseDateTime64BestEffortOrNull(replaceAll({text}, '/', '-'), 6, 'UTC')"

    # ---- aggregates ----

    def distinct(self, terms: Sequence[Term]) -> str:
        """Return how many different complete rows there are; a float is told apart by its bits."""
        values = [self._normal(term) for term in terms]
        complete = " AND ".join(f"isNotNull({term.sql})" for term in terms)
        return f"uniqExactIf({', '.join(values)}, {complete})"

    def _normal(self, term: Term) -> str:
        if term.type is not LogicalType.FLOAT:
            return term.sql
        return f"if(isNaN({term.sql}), {self.no_number(math.nan)}, {term.sql} + 0.0)"

    def plain_deviation(self, value: str) -> str:
        """Return the sample standard deviation, without loss where the mean is large."""
        return f"stddevSampStable({value})"

    def random(self, seed: int) -> str:  # noqa: ARG002  there is no seed
        """Return a number from 0 up to 1."""
        return "randCanonical()"
