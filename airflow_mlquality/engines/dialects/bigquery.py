"""BigQuery."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from airflow_mlquality.engines.dialects.portable import Portable
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.measurements import LogicalType


class BigQuery(Portable):
    """BigQuery, in its standard SQL."""

    name: ClassVar[str] = "bigquery"
    title: ClassVar[str] = "BigQuery"
    widest: ClassVar[int] = 5_000
    longest: ClassVar[int] = 900_000
    nan_is_unordered: ClassVar[bool] = True
    overflow_is_error: ClassVar[bool] = True
    escapes: ClassVar[str] = "\\'"
    quote: ClassVar[str] = "`"
    singles: ClassVar[tuple[str, ...]] = ()
    double_type: ClassVar[str] = "FLOAT64"
    whole_type: ClassVar[str] = "INT64"
    text_type: ClassVar[str] = "STRING"
    start_of_text: ClassVar[str] = r"\A"
    end_of_text: ClassVar[str] = r"\z"
    types: ClassVar[Mapping[str, LogicalType]] = {
        "timestamp": LogicalType.TIMESTAMP_TZ,
        "datetime": LogicalType.TIMESTAMP,
        "integer": LogicalType.INTEGER,
        "float": LogicalType.FLOAT,
        "boolean": LogicalType.BOOLEAN,
        "bytes": LogicalType.BINARY,
        "record": LogicalType.STRUCT,
        "geography": LogicalType.OTHER,
    }

    def quoted(self, name: str) -> str:
        """Return an identifier, quoted as a text is."""
        return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"

    def literal(self, text: str) -> str:
        """Return a text on one line."""
        return super().literal(text).replace("\n", "\\n").replace("\r", "\\r")

    def no_number(self, value: float) -> str:
        """Return NaN or an infinity."""
        name = "nan" if math.isnan(value) else "-inf" if value < 0 else "inf"
        return f"CAST('{name}' AS FLOAT64)"

    def is_nan(self, value: str) -> str:
        """Return whether a float is NaN."""
        return f"IS_NAN({value})"

    # ---- numbers ----

    def truncated(self, value: str) -> str:
        """Return a double without what stands behind its point."""
        return f"TRUNC({value})"

    def whole_quotient(self, left: str, right: str) -> str:
        """Return a quotient of whole numbers, cut towards zero."""
        return f"DIV({left}, {right})"

    def remainder(self, left: str, right: str) -> str:
        """Return a remainder of whole numbers."""
        return f"MOD({left}, {right})"

    def plain_logarithm(self, value: str, base: int) -> str:
        """Return a logarithm."""
        return f"LOG({value}, 2)" if base == 2 else super().plain_logarithm(value, base)  # noqa: PLR2004  the base

    def as_decimal(self, term: Term, digits: int, places: int) -> str:
        """Return a number as a decimal."""
        return f"CAST({term.sql} AS BIGNUMERIC({digits}, {places}))"

    # ---- text ----

    def length(self, text: str) -> str:
        """Return the number of characters."""
        return f"LENGTH({text})"

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
        return f"REGEXP_CONTAINS({text}, {pattern})"

    # ---- times ----

    def column_micros(self, term: Term) -> str:
        """Return microseconds."""
        if term.type is LogicalType.DATE:
            return f"(UNIX_DATE({term.sql}) * 86400000000)"
        if term.type is LogicalType.TIME:
            return f"TIME_DIFF({term.sql}, TIME '00:00:00', MICROSECOND)"
        if term.type is LogicalType.TIMESTAMP_TZ:
            return f"UNIX_MICROS({term.sql})"
        return f"DATETIME_DIFF({term.sql}, DATETIME '1970-01-01 00:00:00', MICROSECOND)"

    def in_utc(self, term: Term) -> str:
        """Return a date, or a time without zone."""
        if term.is_micros:
            return f"DATETIME(TIMESTAMP_MICROS({term.sql}), 'UTC')"
        return f"DATETIME({term.sql}, 'UTC')" if term.type is LogicalType.TIMESTAMP_TZ else term.sql

    def calendar_part(self, unit: str, term: Term) -> str:
        """Return a part of the calendar."""
        return f"EXTRACT({'DAYOFYEAR' if unit == 'doy' else unit.upper()} FROM {self.in_utc(term)})"

    def time_literal(self, type_: LogicalType, moment: dt.datetime) -> str:
        """Return a moment; a TIMESTAMP is an instant."""
        written = moment.replace(tzinfo=None).isoformat(sep=" ")
        if type_ is LogicalType.TIMESTAMP:
            return f"DATETIME '{written}'"
        return (
            f"TIMESTAMP '{written}+00:00'" if type_ is LogicalType.TIMESTAMP_TZ else super().time_literal(type_, moment)
        )

    # ---- text that is read ----

    def tried(self, text: str, type_: str) -> str:
        """Return a text cast to a type, NULL where it is none."""
        return f"SAFE_CAST({text} AS {type_.replace('DECIMAL', 'BIGNUMERIC')})"

    def tried_time(self, text: str, type_: LogicalType) -> str:
        """Return a text that is a time as one."""
        if type_ is LogicalType.UUID:
            return f"LOWER({text})"
        plain = f"REPLACE(TRIM({text}), '/', '-')"
        if type_ is LogicalType.DATE:
            return f"SAFE_CAST(REGEXP_EXTRACT({plain}, '^[0-9]+-[0-9]+-[0-9]+') AS DATE)"
        names = {LogicalType.TIME: "TIME", LogicalType.TIMESTAMP: "DATETIME", LogicalType.TIMESTAMP_TZ: "TIMESTAMP"}
        return f"SAFE_CAST({plain} AS {names[type_]})"

    # ---- aggregates ----

    def distinct(self, terms: Sequence[Term]) -> str:
        """Return how many different complete rows there are; a row is its values as JSON."""
        if len(terms) == 1:
            return super().distinct(terms)
        complete = " AND ".join(f"{term.sql} IS NOT NULL" for term in terms)
        values = [f"{term.sql} + 0.0" if term.type is LogicalType.FLOAT else term.sql for term in terms]
        return f"COUNT(DISTINCT CASE WHEN {complete} THEN TO_JSON_STRING(STRUCT({', '.join(values)})) END)"

    def random(self, seed: int) -> str:  # noqa: ARG002  there is no seed
        """Return a number from 0 up to 1."""
        return "RAND()"
