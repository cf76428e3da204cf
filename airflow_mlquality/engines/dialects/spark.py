"""Spark SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import ClassVar

from airflow_mlquality.engines.dialects.portable import Portable
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.measurements import LogicalType


class Spark(Portable):
    """Spark 3.4 and newer, with or without its ANSI mode, in whatever zone its session is."""

    name: ClassVar[str] = "spark"
    title: ClassVar[str] = "Spark"
    widest: ClassVar[int] = 2_000
    longest: ClassVar[int] = 2_000_000
    escapes: ClassVar[str] = "\\'"
    quote: ClassVar[str] = "`"
    singles: ClassVar[tuple[str, ...]] = ("float", "real")
    double_type: ClassVar[str] = "DOUBLE"
    text_type: ClassVar[str] = "STRING"
    start_of_text: ClassVar[str] = r"\A"
    end_of_text: ClassVar[str] = r"\z"
    types: ClassVar[Mapping[str, LogicalType]] = {
        "timestamp": LogicalType.TIMESTAMP_TZ,
        "timestamp_ltz": LogicalType.TIMESTAMP_TZ,
        "timestamp_ntz": LogicalType.TIMESTAMP,
        "float": LogicalType.FLOAT,
        "binary": LogicalType.BINARY,
        "void": LogicalType.NULL,
        "variant": LogicalType.JSON,
    }

    def is_nan(self, value: str) -> str:
        """Return whether a float is NaN; ISNAN is false where there is no number."""
        return f"({value} = {self.no_number(float('nan'))})"

    # ---- numbers ----

    def floor(self, value: str) -> str:
        """Return the whole number below a double; FLOOR gives 64 bits."""
        return self._small(value, f"FLOOR({value})")

    def ceil(self, value: str) -> str:
        """Return the whole number above a double."""
        return self._small(value, f"CEIL({value})")

    def truncated(self, value: str) -> str:
        """Return a double without what stands behind its point."""
        return self._small(value, f"CAST({value} AS BIGINT)")

    def _small(self, value: str, whole: str) -> str:
        return f"(CASE WHEN ABS({value}) < 4503599627370496E0 THEN CAST({whole} AS DOUBLE) ELSE {value} END)"

    def fmod(self, left: str, right: str) -> str:
        """Return a remainder of doubles."""
        return f"({left} % {right})"

    def whole_quotient(self, left: str, right: str) -> str:
        """Return a quotient of whole numbers, cut towards zero."""
        return f"({left} DIV {right})"

    # ---- text ----

    def trimmed(self, text: str, characters: str, side: str) -> str:
        """Return a text without some characters at its ends."""
        return f"TRIM({side} {self.literal(characters)} FROM {text})"

    def pattern_test(self, text: str, pattern: str) -> str:
        """Return whether a part of a text matches."""
        return f"({text} RLIKE {pattern})"

    def iban_fits(self, text: str) -> str:
        """Return whether the check digits of an IBAN fit: a remainder of 97, carried from character to character."""
        turned = f"CONCAT(SUBSTRING({text}, 5), SUBSTRING({text}, 1, 4))"
        code = f"ASCII(SUBSTRING({turned}, i, 1))"
        digit, letter = f"(r * 10 + {code} - 48) % 97", f"(r * 100 + {code} - 55) % 97"
        carried = f"(r, i) -> CASE WHEN {code} < 65 THEN {digit} ELSE {letter} END"
        return f"(AGGREGATE(SEQUENCE(1, LENGTH({turned})), 0, {carried}) = 1)"

    # ---- times ----

    def column_micros(self, term: Term) -> str:
        """Return microseconds."""
        if term.type is LogicalType.DATE:
            return f"(UNIX_DATE({term.sql}) * 86400000000)"
        if term.type is LogicalType.TIMESTAMP_TZ:
            return f"UNIX_MICROS({term.sql})"
        if term.type is LogicalType.TIMESTAMP:  # said once: a text that is read as a time is long
            since = f"CAST({term.sql} - TIMESTAMP_NTZ '1970-01-01 00:00:00' AS INTERVAL SECOND)"
            return f"CAST(CAST({since} AS DECIMAL(20, 6)) * 1000000 AS BIGINT)"
        return self._clock(term.sql)

    def _clock(self, time: str) -> str:
        seconds = f"CAST(EXTRACT(SECOND FROM {time}) * 1000000 AS BIGINT)"
        minutes = f"(HOUR({time}) * 60 + MINUTE({time}))"
        return f"(CAST({minutes} AS BIGINT) * 60000000 + {seconds})"

    def in_utc(self, term: Term) -> str:
        """Return a timestamp without zone, or a date; the day in UTC of any other time."""
        if term.is_micros or term.type is LogicalType.TIMESTAMP_TZ:
            return f"DATE_FROM_UNIX_DATE(CAST({self.floored(self.micros(term), 86_400_000_000)} AS INT))"
        return term.sql

    def time_literal(self, type_: LogicalType, moment: dt.datetime) -> str:
        """Return a moment, in UTC, as a literal."""
        written = super().time_literal(type_, moment)
        if type_ is LogicalType.TIMESTAMP:
            return written.replace("TIMESTAMP", "TIMESTAMP_NTZ", 1)
        return written.replace(" WITH TIME ZONE", "", 1)

    def instant_as_text(self, term: Term) -> str:
        """Return an instant as text, in UTC."""
        shown = f"DATE_FORMAT(TO_UTC_TIMESTAMP({term.sql}, CURRENT_TIMEZONE()), 'yyyy-MM-dd HH:mm:ss.SSSSSS')"
        return f"CONCAT({shown}, '+00')"

    # ---- text that is read ----

    def tried_time(self, text: str, type_: LogicalType) -> str:
        """Return a text that is a time as one."""
        if type_ is LogicalType.UUID:
            return f"LOWER({text})"
        names = {
            LogicalType.DATE: "DATE",
            LogicalType.TIMESTAMP: "TIMESTAMP_NTZ",
            LogicalType.TIMESTAMP_TZ: "TIMESTAMP",
        }
        if type_ not in names:
            return super().tried_time(text, type_)
        return f"TRY_CAST(REPLACE(TRIM({text}), '/', '-') AS {names[type_]})"

    def random(self, seed: int) -> str:
        """Return a number from 0 up to 1."""
        return f"RAND({seed})"
