"""Snowflake."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import ClassVar

from airflow_mlquality.engines.dialects.portable import Portable
from airflow_mlquality.engines.dialects.translation.patterns import Node
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.measurements import LogicalType


class Snowflake(Portable):
    """Snowflake."""

    name: ClassVar[str] = "snowflake"
    title: ClassVar[str] = "Snowflake"
    widest: ClassVar[int] = 2_000
    longest: ClassVar[int] = 900_000
    overflow_is_error: ClassVar[bool] = True
    escapes: ClassVar[str] = "\\"
    singles: ClassVar[tuple[str, ...]] = ()
    double_type: ClassVar[str] = "DOUBLE"
    group: ClassVar[str] = "("
    types: ClassVar[Mapping[str, LogicalType]] = {
        "fixed": LogicalType.DECIMAL,
        "number": LogicalType.DECIMAL,
        "text": LogicalType.STRING,
        "real": LogicalType.FLOAT,
        "float": LogicalType.FLOAT,
        "timestamp_ntz": LogicalType.TIMESTAMP,
        "datetime": LogicalType.TIMESTAMP,
        "timestamp_ltz": LogicalType.TIMESTAMP_TZ,
        "timestamp_tz": LogicalType.TIMESTAMP_TZ,
        "binary": LogicalType.BINARY,
        "array": LogicalType.LIST,
        "object": LogicalType.STRUCT,
        "variant": LogicalType.JSON,
    }

    def logical_type(self, native: str) -> LogicalType:
        """Return the logical type; a number without places is a whole one."""
        whole = re.fullmatch(r"(number|decimal|numeric|fixed)\s*\(\s*\d+\s*(,\s*0\s*)?\)", native.strip().lower())
        return LogicalType.INTEGER if whole else super().logical_type(native)

    def no_number(self, value: float) -> str:
        """Return NaN or an infinity."""
        name = "NaN" if math.isnan(value) else "-inf" if value < 0 else "inf"
        return f"CAST('{name}' AS DOUBLE)"

    # ---- numbers ----

    def truncated(self, value: str) -> str:
        """Return a double without what stands behind its point."""
        return f"TRUNC({value})"

    def whole_quotient(self, left: str, right: str) -> str:
        """Return a quotient of whole numbers, cut towards zero; a division has six places."""
        return f"TRUNC(({left} - MOD({left}, {right})) / {right})"

    def remainder(self, left: str, right: str) -> str:
        """Return a remainder of whole numbers."""
        return f"MOD({left}, {right})"

    def plain_logarithm(self, value: str, base: int) -> str:
        """Return a logarithm."""
        return f"LOG({base}, {value})" if base else f"LN({value})"

    # ---- text ----

    def length(self, text: str) -> str:
        """Return the number of characters."""
        return f"LENGTH({text})"

    def matched(self, text: str, pattern: Node, *, whole: bool) -> str:
        """Return whether a text matches; REGEXP_LIKE matches the whole."""
        if whole:
            return f"REGEXP_LIKE({text}, {self.literal(self.pattern(pattern))})"
        return super().matched(text, pattern, whole=False)

    def pattern_test(self, text: str, pattern: str) -> str:
        """Return whether a part of a text matches."""
        return f"(REGEXP_INSTR({text}, {pattern}) > 0)"

    def control(self, code: int) -> str:
        """Return a character that is not seen, as it is."""
        return chr(max(code, 1))

    # ---- times ----

    def column_micros(self, term: Term) -> str:
        """Return microseconds."""
        if term.type is LogicalType.DATE:
            return f"(DATEDIFF(DAY, DATE '1970-01-01', {term.sql}) * 86400000000)"
        if term.type is LogicalType.TIME:
            return f"DATEDIFF(MICROSECOND, TIME '00:00:00', {term.sql})"
        return f"DATE_PART(EPOCH_MICROSECOND, {term.sql})"

    def in_utc(self, term: Term) -> str:
        """Return a time in UTC."""
        if term.is_micros:
            return f"TO_TIMESTAMP_NTZ({term.sql}, 6)"
        return f"CONVERT_TIMEZONE('UTC', {term.sql})" if term.type is LogicalType.TIMESTAMP_TZ else term.sql

    def instant_as_text(self, term: Term) -> str:
        """Return an instant as text, in UTC."""
        return f"TO_VARCHAR({self.in_utc(term)}, 'YYYY-MM-DD HH24:MI:SS.FF6') || '+00'"

    def calendar_part(self, unit: str, term: Term) -> str:
        """Return a part of the calendar."""
        return f"DATE_PART({'DAYOFYEAR' if unit == 'doy' else unit.upper()}, {self.in_utc(term)})"

    def time_literal(self, type_: LogicalType, moment: dt.datetime) -> str:
        """Return a moment; what TIMESTAMP means is a setting."""
        written = moment.replace(tzinfo=None).isoformat(sep=" ")
        if type_ is LogicalType.TIMESTAMP:
            return f"TO_TIMESTAMP_NTZ('{written}')"
        if type_ is LogicalType.TIMESTAMP_TZ:
            return f"TO_TIMESTAMP_TZ('{written} +00:00')"
        return super().time_literal(type_, moment)

    def tried_time(self, text: str, type_: LogicalType) -> str:
        """Return a text that is a time as one."""
        if type_ is LogicalType.UUID:
            return f"LOWER({text})"
        name = {
            LogicalType.DATE: "TRY_TO_DATE",
            LogicalType.TIME: "TRY_TO_TIME",
            LogicalType.TIMESTAMP: "TRY_TO_TIMESTAMP_NTZ",
            LogicalType.TIMESTAMP_TZ: "TRY_TO_TIMESTAMP_TZ",
        }[type_]
        return f"{name}(REPLACE(TRIM({text}), '/', '-'))"

    def random(self, seed: int) -> str:
        """Return a number from 0 up to 1."""
        return f"UNIFORM(0::FLOAT, 1::FLOAT, RANDOM({seed}))"
