"""MySQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.engines.dialects.portable import Portable
from airflow_mlquality.engines.dialects.spelling import GREATEST
from airflow_mlquality.engines.dialects.translation import reading
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.engines.dialects.translation.text import matched
from airflow_mlquality.measurements import Column, LogicalType

if TYPE_CHECKING:
    from airflow_mlquality.engines.dialects.translation.translation import Translation


class MySQL(Portable):
    """MySQL 8 and newer.

    Text is compared as the bytes of its UTF-8, for every collation of the server's own either takes cases for one or
    drops trailing blanks.
    """

    name: ClassVar[str] = "mysql"
    title: ClassVar[str] = "MySQL"
    widest: ClassVar[int] = 2_000
    longest: ClassVar[int] = 1_000_000
    has_grouping_sets: ClassVar[bool] = False
    has_nan: ClassVar[bool] = False
    has_infinity: ClassVar[bool] = False
    escapes: ClassVar[str] = "\\"
    quote: ClassVar[str] = "`"
    whole_type: ClassVar[str] = "SIGNED"
    text_type: ClassVar[str] = "CHAR"
    singles: ClassVar[tuple[str, ...]] = ("float",)
    start_of_text: ClassVar[str] = r"\A"
    end_of_text: ClassVar[str] = r"\z"
    types: ClassVar[Mapping[str, LogicalType]] = {
        "tinyint(1)": LogicalType.BOOLEAN,
        "bit(1)": LogicalType.BOOLEAN,
        "bool": LogicalType.BOOLEAN,
        "boolean": LogicalType.BOOLEAN,
        "bit": LogicalType.BINARY,
        "datetime": LogicalType.TIMESTAMP,
        "timestamp": LogicalType.TIMESTAMP_TZ,
        "year": LogicalType.INTEGER,
        "enum": LogicalType.STRING,
        "set": LogicalType.STRING,
        "real": LogicalType.FLOAT,
        "float": LogicalType.FLOAT,
        "double": LogicalType.FLOAT,
        "mediumint": LogicalType.INTEGER,
    }

    def column_sql(self, column: Column) -> str:
        """Return a column; 0 is false, and a difference of numbers without sign may have one."""
        name, native = self.quoted(column.name), column.native.lower()
        if column.type is LogicalType.BOOLEAN:
            return f"({name} <> 0)"
        if column.type is LogicalType.INTEGER and "unsigned" in native:
            return f"CAST({name} AS {'DECIMAL(20, 0)' if native.startswith('bigint') else 'SIGNED'})"
        return name

    def literal(self, text: str) -> str:
        """Return a text; one beyond ASCII by its bytes, whatever the character set of the connection is."""
        if text.isascii():
            return super().literal(text)
        return f"CONVERT(X'{text.encode().hex()}' USING utf8mb4)"

    # ---- comparisons ----

    def comparable(self, term: Term) -> Term:
        """Return the bytes of a text."""
        if term.type not in (LogicalType.STRING, LogicalType.UUID):
            return term
        return Term(f"CAST({self._unicode(term.sql)} AS BINARY)", term.type, term.constant)

    def _unicode(self, text: str) -> str:
        return f"CONVERT({text} USING utf8mb4)"

    def ordered_text(self, text: str) -> str:
        """Return a text in one character set; `group_key` orders it."""
        return self._unicode(text)

    def group_key(self, value: str) -> str:
        """Return the bytes of a value."""
        return f"CAST({value} AS BINARY)"

    def liked(self, text: str) -> str:
        """Return a text whose cases are told apart."""
        return f"{self._unicode(text)} COLLATE utf8mb4_bin"

    def pattern_test(self, text: str, pattern: str) -> str:
        """Return whether a part of a text matches."""
        return f"({self.liked(text)} REGEXP {pattern})"

    def compared_times(self, left: Term, right: Term, operator: str) -> str:
        """Return a comparison of times; one in a zone is shown in the session's, so its microseconds are compared."""
        if LogicalType.TIMESTAMP_TZ in (left.type, right.type):
            return f"({self.micros(left)} {operator} {self.micros(right)})"
        return super().compared_times(left, right, operator)

    # ---- numbers ----

    def as_double(self, term: Term) -> str:
        """Return a number as a double."""
        return f"({term.sql} + 0E0)"

    def truncated(self, value: str) -> str:
        """Return a double without what stands behind its point."""
        return f"TRUNCATE({value}, 0)"

    def fmod(self, left: str, right: str) -> str:
        """Return a remainder of doubles."""
        return f"({left} % {right})"

    def whole_quotient(self, left: str, right: str) -> str:
        """Return a quotient of whole numbers, cut towards zero."""
        return f"({left} DIV {right})"

    # ---- text ----

    def joined(self, parts: Sequence[str]) -> str:
        """Return texts one after the other."""
        return f"CONCAT({', '.join(parts)})"

    def trimmed(self, text: str, characters: str, side: str) -> str:
        """Return a text without one character at its ends."""
        if len(characters) > 1:
            raise UnavailableError.of("trims of several characters", self.title)
        return f"TRIM({side} {self.literal(characters)} FROM {text})"

    # ---- times ----

    def column_micros(self, term: Term) -> str:
        """Return microseconds."""
        if term.type is LogicalType.DATE:
            return f"(DATEDIFF({term.sql}, DATE '1970-01-01') * 86400000000)"
        if term.type is LogicalType.TIME:
            time = term.sql
            seconds = f"(HOUR({time}) * 3600 + MINUTE({time}) * 60 + SECOND({time}))"
            return f"({seconds} * 1000000 + MICROSECOND({time}))"
        if term.type is LogicalType.TIMESTAMP_TZ:
            return f"CAST(UNIX_TIMESTAMP({term.sql}) * 1000000 AS SIGNED)"
        return f"TIMESTAMPDIFF(MICROSECOND, TIMESTAMP '1970-01-01 00:00:00', {term.sql})"

    def calendar_part(self, unit: str, term: Term) -> str:
        """Return a part of the calendar."""
        names = {"year": "YEAR", "quarter": "QUARTER", "month": "MONTH", "day": "DAYOFMONTH", "doy": "DAYOFYEAR"}
        return f"{names[unit]}({self.in_utc(term)})"

    def in_utc(self, term: Term) -> str:
        """Return a time as a date or timestamp without zone."""
        if term.is_micros or term.type is LogicalType.TIMESTAMP_TZ:
            return f"(TIMESTAMP '1970-01-01 00:00:00' + INTERVAL {self.micros(term)} MICROSECOND)"
        return term.sql

    # ---- text that is read ----

    def tried(self, text: str, type_: str) -> str:
        """Return a text that is a number as one; a cast that does not fit is cut, not an error."""
        if type_ == self.double_type:
            return f"({text} + 0E0)"
        return f"CAST({text} AS {'DECIMAL(65, 0)' if type_ == self.whole_type else type_})"

    def read_decimal(self, translation: Translation, text: str, digits: int, places: int) -> str:
        """Return a text read as a decimal, NULL where it has too many digits; a cast would cut it."""
        value = self.tried(self.safe_number(text), f"DECIMAL(65, {min(places, 30)})")
        fits = f"ABS({value}) < 1E{digits - places}"
        return f"(CASE WHEN {matched(translation, text, reading.NUMBER)} THEN (CASE WHEN {fits} THEN {value} END) END)"

    def mean(self, value: str, raw: str) -> str:  # noqa: ARG002  one signature
        """Return the mean; a sum that is beyond all doubles becomes the largest of them."""
        return f"(CASE WHEN ABS(SUM({value})) < {self.double(GREATEST)} THEN AVG({value}) END)"

    def occurs(self, values: Sequence[str], known: Sequence[str], relation: str) -> str:
        """Return whether values are in expressions over another relation; MariaDB's EXISTS mixes up collations."""
        there = " AND ".join(f"{each} IS NOT NULL" for each in known)
        return f"(({', '.join(values)}) IN (SELECT {', '.join(known)} FROM {relation} WHERE {there}))"

    def tried_time(self, text: str, type_: LogicalType) -> str:
        """Return a text that is a time as one."""
        if type_ is LogicalType.UUID:
            return f"LOWER({text})"
        if type_ is LogicalType.TIMESTAMP_TZ:
            raise UnavailableError.of("texts read as timestamp_tz", self.title)
        name = {LogicalType.DATE: "DATE", LogicalType.TIME: "TIME(6)", LogicalType.TIMESTAMP: "DATETIME(6)"}[type_]
        return f"CAST({text} AS {name})"

    def random(self, seed: int) -> str:
        """Return a number from 0 up to 1."""
        return f"RAND({seed})"
