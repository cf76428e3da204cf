"""Amazon Redshift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from airflow_mlquality.engines.dialects.portable import Portable
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.measurements import LogicalType


class Redshift(Portable):
    """Amazon Redshift. Texts are compared as bytes, for trailing blanks do not count in a VARCHAR there."""

    name: ClassVar[str] = "redshift"
    title: ClassVar[str] = "Redshift"
    widest: ClassVar[int] = 1_500
    longest: ClassVar[int] = 1_000_000
    nan_is_unordered: ClassVar[bool] = True
    overflow_is_error: ClassVar[bool] = True
    escapes: ClassVar[str] = "\\"
    singles: ClassVar[tuple[str, ...]] = ("real", "float4")
    text_type: ClassVar[str] = "VARCHAR(65535)"
    start_of_text: ClassVar[str] = r"\A"
    end_of_text: ClassVar[str] = r"\z"
    types: ClassVar[Mapping[str, LogicalType]] = {
        "super": LogicalType.JSON,
        "varbyte": LogicalType.BINARY,
        "bpchar": LogicalType.STRING,
        "float8": LogicalType.FLOAT,
        "float4": LogicalType.FLOAT,
        "time with time zone": LogicalType.TIME,
        "timetz": LogicalType.TIME,
    }

    def is_nan(self, value: str) -> str:
        """Return whether a float is NaN, whether or not it equals itself."""
        return f"({value} <> {value} OR {value} = {self.no_number(float('nan'))})"

    def comparable(self, term: Term) -> Term:
        """Return the bytes of a text."""
        if term.type is not LogicalType.STRING:
            return term
        return Term(f"TO_VARBYTE({term.sql}, 'utf-8')", term.type, term.constant)

    # ---- numbers ----

    def truncated(self, value: str) -> str:
        """Return a double without what stands behind its point."""
        return f"TRUNC({value})"

    def plain_logarithm(self, value: str, base: int) -> str:
        """Return a logarithm; LOG is the one to the base 10."""
        return {0: f"LN({value})", 2: f"(LN({value}) / 0.6931471805599453E0)", 10: f"LOG({value})"}[base]

    # ---- text ----

    def length(self, text: str) -> str:
        """Return the number of characters."""
        return f"LEN({text})"

    def trimmed(self, text: str, characters: str, side: str) -> str:
        """Return a text without some characters at its ends."""
        name = {"BOTH": "BTRIM", "LEADING": "LTRIM", "TRAILING": "RTRIM"}[side]
        return f"{name}({text}, {self.literal(characters)})"

    def pattern_test(self, text: str, pattern: str) -> str:
        """Return whether a part of a text matches; `p` stands for the syntax of PCRE."""
        return f"(REGEXP_INSTR({text}, {pattern}, 1, 1, 0, 'p') > 0)"

    # ---- times ----

    def column_micros(self, term: Term) -> str:
        """Return microseconds."""
        if term.type is LogicalType.DATE:
            return f"(DATEDIFF(DAY, DATE '1970-01-01', {term.sql}) * 86400000000)"
        if term.type is LogicalType.TIME:
            return f"DATEDIFF(MICROSECOND, TIME '00:00:00', {term.sql})"
        return f"DATEDIFF(MICROSECOND, TIMESTAMP '1970-01-01 00:00:00', {self.in_utc(term)})"

    def in_utc(self, term: Term) -> str:
        """Return a date, or a time without zone."""
        if term.is_micros:
            return f"DATEADD(MICROSECOND, {term.sql}, TIMESTAMP '1970-01-01 00:00:00')"
        return f"({term.sql} AT TIME ZONE 'UTC')" if term.type is LogicalType.TIMESTAMP_TZ else term.sql

    def tried_time(self, text: str, type_: LogicalType) -> str:
        """Return a text that is a time as one."""
        if type_ is LogicalType.UUID:
            return f"LOWER({text})"
        names = {
            LogicalType.DATE: "DATE",
            LogicalType.TIME: "TIME",
            LogicalType.TIMESTAMP: "TIMESTAMP",
            LogicalType.TIMESTAMP_TZ: "TIMESTAMPTZ",
        }
        return f"TRY_CAST(REPLACE(TRIM({text}), '/', '-') AS {names[type_]})"

    def distinct(self, terms: Sequence[Term]) -> str:
        """Return how many different complete rows there are."""
        if len(terms) == 1:
            return super().distinct(terms)
        plain = [self._plain(term) for term in terms]
        return self.distinct_texts(plain)

    def _plain(self, term: Term) -> Term:
        """Return a value of a key; the length before a text tells its blanks."""
        is_text = term.type is LogicalType.STRING and term.sql.startswith("TO_VARBYTE(")
        return term.with_sql(term.sql[len("TO_VARBYTE(") : -len(", 'utf-8')")]) if is_text else term
