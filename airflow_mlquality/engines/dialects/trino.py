"""Trino."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from airflow_mlquality.engines.dialects.portable import Portable
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.measurements import LogicalType


class Trino(Portable):
    """Trino; Athena and Presto are asked the same. Times of day are cut to the millisecond."""

    name: ClassVar[str] = "trino"
    title: ClassVar[str] = "Trino"
    widest: ClassVar[int] = 1_000
    longest: ClassVar[int] = 900_000
    nan_is_unordered: ClassVar[bool] = True
    singles: ClassVar[tuple[str, ...]] = ("real",)
    double_type: ClassVar[str] = "DOUBLE"
    start_of_text: ClassVar[str] = r"\A"
    end_of_text: ClassVar[str] = r"\z"
    types: ClassVar[Mapping[str, LogicalType]] = {
        "timestamp with time zone": LogicalType.TIMESTAMP_TZ,
        "timestamp": LogicalType.TIMESTAMP,
        "time with time zone": LogicalType.TIME,
        "row": LogicalType.STRUCT,
        "char": LogicalType.STRING,
        "interval day to second": LogicalType.DURATION,
        "interval year to month": LogicalType.DURATION,
        "unknown": LogicalType.NULL,
    }

    def no_number(self, value: float) -> str:
        """Return NaN or an infinity."""
        if math.isnan(value):
            return "NAN()"
        return "(-INFINITY())" if value < 0 else "INFINITY()"

    def is_nan(self, value: str) -> str:
        """Return whether a float is NaN."""
        return f"IS_NAN({value})"

    def truncated(self, value: str) -> str:
        """Return a double without what stands behind its point."""
        return f"TRUNCATE({value})"

    def length(self, text: str) -> str:
        """Return the number of characters."""
        return f"LENGTH({text})"

    def trimmed(self, text: str, characters: str, side: str) -> str:
        """Return a text without some characters at its ends."""
        return f"TRIM({side} {self.literal(characters)} FROM {text})"

    def uuid_constant(self, text: Term) -> str:
        """Return a UUID."""
        return f"CAST({text.sql} AS UUID)"

    # ---- times ----

    def column_micros(self, term: Term) -> str:
        """Return microseconds; exact up to the year 2106, where doubles of seconds end to have so many places."""
        if term.type is LogicalType.DATE:
            return f"(DATE_DIFF('day', DATE '1970-01-01', {term.sql}) * 86400000000)"
        if term.type is LogicalType.TIME:
            return f"(DATE_DIFF('millisecond', TIME '00:00:00', {term.sql}) * 1000)"
        instant = term.sql if term.type is LogicalType.TIMESTAMP_TZ else f"WITH_TIMEZONE({term.sql}, 'UTC')"
        return f"CAST(ROUND(TO_UNIXTIME({instant}) * 1E6) AS BIGINT)"

    def in_utc(self, term: Term) -> str:
        """Return a date, or a time in UTC."""
        if term.is_micros:
            return f"FROM_UNIXTIME({term.sql} / 1E6, 'UTC')"
        return f"({term.sql} AT TIME ZONE 'UTC')" if term.type is LogicalType.TIMESTAMP_TZ else term.sql

    def instant_as_text(self, term: Term) -> str:
        """Return an instant as text, in UTC."""
        return self.shown(self.in_utc(term))

    def tried_time(self, text: str, type_: LogicalType) -> str:
        """Return a text that is a time as one."""
        names = {
            LogicalType.DATE: "DATE",
            LogicalType.TIME: "TIME(6)",
            LogicalType.TIMESTAMP: "TIMESTAMP(6)",
            LogicalType.TIMESTAMP_TZ: "TIMESTAMP(6) WITH TIME ZONE",
            LogicalType.UUID: "UUID",
        }
        return f"TRY_CAST(REPLACE(TRIM({text}), '/', '-') AS {names[type_]})"

    def distinct(self, terms: Sequence[Term]) -> str:
        """Return how many different complete rows there are."""
        if len(terms) == 1:
            return super().distinct(terms)
        complete = " AND ".join(f"{term.sql} IS NOT NULL" for term in terms)
        return f"COUNT(DISTINCT CASE WHEN {complete} THEN ROW({', '.join(term.sql for term in terms)}) END)"
