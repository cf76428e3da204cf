"""Oracle Database."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.engines.dialects.portable import Portable
from airflow_mlquality.engines.dialects.translation.patterns import Ranges
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.measurements import Column, LogicalType

_NEVER = {"=": "<>", "<": "<>", "<=": "<>", "<>": "=", ">": "=", ">=": "="}
"""What a comparison with the empty text is where no text is empty: how a value compares with itself."""


class Oracle(Portable):
    """Oracle Database 12.2 and newer. An empty text is NULL there."""

    name: ClassVar[str] = "oracle"
    title: ClassVar[str] = "Oracle"
    widest: ClassVar[int] = 1_000
    longest: ClassVar[int] = 500_000
    longest_list: ClassVar[int] = 1_000
    has_booleans: ClassVar[bool] = False
    singles: ClassVar[tuple[str, ...]] = ("binary_float",)
    double_type: ClassVar[str] = "BINARY_DOUBLE"
    whole_type: ClassVar[str] = "NUMBER(38)"
    text_type: ClassVar[str] = "VARCHAR2(4000)"
    group: ClassVar[str] = "("
    types: ClassVar[Mapping[str, LogicalType]] = {
        "number": LogicalType.DECIMAL,
        "float": LogicalType.DECIMAL,
        "binary_double": LogicalType.FLOAT,
        "binary_float": LogicalType.FLOAT,
        "date": LogicalType.TIMESTAMP,
        "timestamp": LogicalType.TIMESTAMP,
        "timestamp with time zone": LogicalType.TIMESTAMP_TZ,
        "timestamp with local time zone": LogicalType.TIMESTAMP_TZ,
        "varchar2": LogicalType.STRING,
        "nvarchar2": LogicalType.STRING,
        "clob": LogicalType.STRING,
        "nclob": LogicalType.STRING,
        "raw": LogicalType.BINARY,
        "long raw": LogicalType.BINARY,
        "bfile": LogicalType.BINARY,
        "interval day to second": LogicalType.DURATION,
        "interval year to month": LogicalType.DURATION,
    }

    def logical_type(self, native: str) -> LogicalType:
        """Return the logical type; a number without places is a whole one."""
        whole = re.fullmatch(r"number\s*\(\s*(\d+|\*)\s*(,\s*0\s*)?\)", native.strip().lower())
        return LogicalType.INTEGER if whole else super().logical_type(native)

    def column_sql(self, column: Column) -> str:
        """Return a column; a boolean, where there is such a type, as 1 and 0."""
        name = self.quoted(column.name)
        is_boolean = column.native.lower() in ("boolean", "bool")
        return f"(CASE WHEN {name} THEN 1 WHEN NOT {name} THEN 0 END)" if is_boolean else name

    def double(self, value: float) -> str:
        """Return a double; without its suffix it is a decimal."""
        written = super().double(value)
        if not math.isfinite(value):
            return written
        return f"{written[:-1]}d)" if written.endswith(")") else f"{written}d"

    def no_number(self, value: float) -> str:
        """Return NaN or an infinity."""
        if math.isnan(value):
            return "BINARY_DOUBLE_NAN"
        return "(-BINARY_DOUBLE_INFINITY)" if value < 0 else "BINARY_DOUBLE_INFINITY"

    # ---- comparisons ----

    def compared_texts(self, left: Term, right: Term, operator: str) -> str:
        """Return a comparison of two texts; no text there equals the empty one, and each is greater."""
        if right.constant == "":
            return f"({left.sql} {_NEVER[operator]} {left.sql})"
        if left.constant == "":
            turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(operator, operator)
            return self.compared_texts(right, left, turned)
        return super().compared_texts(left, right, operator)

    def text_in(self, value: Term, others: Sequence[Term]) -> str:
        """Return whether a text is one of some constants, none of which is empty."""
        there = [other for other in others if other.constant != ""]
        return super().text_in(value, there) if there else f"({value.sql} <> {value.sql})"

    # ---- numbers ----

    def truncated(self, value: str) -> str:
        """Return a double without what stands behind its point."""
        return f"TRUNC({value})"

    def whole_quotient(self, left: str, right: str) -> str:
        """Return a quotient of whole numbers, cut towards zero."""
        return f"TRUNC({left} / {right})"

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

    def joined(self, parts: Sequence[str]) -> str:
        """Return texts one after the other, NULL where one is."""
        missing = " OR ".join(f"{part} IS NULL" for part in parts if not part.startswith("'"))
        whole = " || ".join(parts)
        return f"(CASE WHEN {missing} THEN NULL ELSE {whole} END)" if missing else f"({whole})"

    def concatenated(self, parts: Sequence[str]) -> str:
        """Return texts one after the other; NULL is left out."""
        return f"({' || '.join(parts)})"

    def trimmed(self, text: str, characters: str, side: str) -> str:
        """Return a text without some characters at its ends."""
        set_ = self.literal(characters)
        if side == "BOTH":
            return f"RTRIM(LTRIM({text}, {set_}), {set_})"
        return f"{'LTRIM' if side == 'LEADING' else 'RTRIM'}({text}, {set_})"

    def pattern_test(self, text: str, pattern: str) -> str:
        """Return whether a part of a text matches, cases told apart."""
        return f"REGEXP_LIKE({text}, {pattern}, 'c')"

    def control(self, code: int) -> str:
        """Return a character that is not seen, as it is."""
        return chr(max(code, 1))

    def pattern_class(self, ranges: Ranges) -> str:
        """Return a class of characters; a backslash is one of them there, and nothing is escaped."""
        written = super().pattern_class(ranges)
        if not written.startswith("["):
            return written
        sign = "^" if written.startswith("[^") else ""
        items = re.findall(r"(\\?.)(?:-(\\?.))?", written[1 + len(sign) : -1], re.DOTALL)
        plain = [(first[-1], last[-1:]) for first, last in items]
        singles = {first for first, last in plain if not last}
        spans = "".join(f"{first}-{last}" for first, last in plain if last)
        rest = "".join(sorted(singles - {"]", "^", "-"}))
        ends = ("]" if "]" in singles else "", "^" if "^" in singles else "", "-" if "-" in singles else "")
        if any(first in "]^-" or last in "]^-" for first, last in plain if last):
            raise UnavailableError.of("regular expressions with a range that begins or ends with ], ^ or -", self.title)
        if not sign and ends[1] and not (ends[0] or spans or rest):
            return r"\^"
        return f"[{sign}{ends[0]}{spans}{rest}{ends[1]}{ends[2]}]"

    # ---- times ----

    def column_micros(self, term: Term) -> str:
        """Return microseconds; what is finer is cut."""
        time = self.in_utc(term)
        days = f"(TRUNC(CAST({time} AS DATE)) - DATE '1970-01-01')"
        seconds = f"TO_NUMBER(TO_CHAR({time}, 'SSSSS'))"
        fraction = f"TRUNC(TO_NUMBER(TO_CHAR(CAST({time} AS TIMESTAMP(9)), 'FF9')) / 1000)"
        return f"({days} * 86400000000 + {seconds} * 1000000 + {fraction})"

    def in_utc(self, term: Term) -> str:
        """Return a date or time without zone."""
        if term.is_micros:
            return f"(DATE '1970-01-01' + {term.sql} / 86400000000)"
        return f"SYS_EXTRACT_UTC({term.sql})" if term.type is LogicalType.TIMESTAMP_TZ else term.sql

    def instant_as_text(self, term: Term) -> str:
        """Return an instant as text, in UTC."""
        return f"(TO_CHAR({self.in_utc(term)}, 'YYYY-MM-DD HH24:MI:SS.FF6') || '+00')"

    def calendar_part(self, unit: str, term: Term) -> str:
        """Return a part of the calendar."""
        sign = {"year": "YYYY", "quarter": "Q", "month": "MM", "day": "DD", "doy": "DDD"}[unit]
        return f"TO_NUMBER(TO_CHAR({self.in_utc(term)}, '{sign}'))"

    def time_literal(self, type_: LogicalType, moment: dt.datetime) -> str:
        """Return a moment."""
        written = moment.replace(tzinfo=None).isoformat(sep=" ")
        if type_ is LogicalType.TIMESTAMP_TZ:
            return f"TIMESTAMP '{written} +00:00'"
        return super().time_literal(type_, moment)

    def as_text(self, term: Term) -> str:
        """Return a whole number as text; how a decimal or a date looks is a setting."""
        if term.type is not LogicalType.INTEGER:
            raise UnavailableError.of(f"{term.type.value} values as text", self.title)
        return f"TO_CHAR({term.sql})"

    # ---- text that is read ----

    def tried(self, text: str, type_: str) -> str:
        """Return a text cast to a type, NULL where it is none."""
        name = type_.replace("DECIMAL", "NUMBER")
        return f"CAST({text} AS {name} DEFAULT NULL ON CONVERSION ERROR)"

    def tried_time(self, text: str, type_: LogicalType) -> str:
        """Return a text that is a date as one."""
        if type_ is LogicalType.UUID:
            return f"LOWER({text})"
        if type_ is not LogicalType.DATE:
            return super().tried_time(text, type_)
        day = f"REGEXP_SUBSTR({text}, '[0-9]{{4}}[-/][0-9]{{1,2}}[-/][0-9]{{1,2}}')"
        return f"TO_DATE(REPLACE({day}, '/', '-') DEFAULT NULL ON CONVERSION ERROR, 'YYYY-MM-DD')"

    # ---- aggregates and statements ----

    def distinct(self, terms: Sequence[Term]) -> str:
        """Return how many different complete rows there are."""
        return super().distinct(terms) if len(terms) == 1 else self.distinct_texts(terms)

    def limited(self, selected: str, rest: str, limit: int) -> str:
        """Return a SELECT that stops after some rows."""
        return f"SELECT {selected} {rest} FETCH FIRST {limit} ROWS ONLY"

    def random(self, seed: int) -> str:  # noqa: ARG002  a seed would be the session's
        """Return a number from 0 up to 1."""
        return "DBMS_RANDOM.VALUE"
