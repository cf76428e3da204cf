"""SQL Server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.engines.dialects.portable import Portable
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.measurements import LogicalType

if TYPE_CHECKING:
    from airflow_mlquality.engines.dialects.translation.translation import Translation


class TSQL(Portable):
    """SQL Server 2019 and newer. Text is compared as the bytes of its UTF-8, for its blanks at the end do not count."""

    name: ClassVar[str] = "tsql"
    title: ClassVar[str] = "SQL Server"
    widest: ClassVar[int] = 4_000
    longest: ClassVar[int] = 1_000_000
    has_booleans: ClassVar[bool] = False
    has_nan: ClassVar[bool] = False
    has_infinity: ClassVar[bool] = False
    has_patterns: ClassVar[bool] = False
    overflow_is_error: ClassVar[bool] = True
    singles: ClassVar[tuple[str, ...]] = ("real",)
    double_type: ClassVar[str] = "FLOAT"
    text_type: ClassVar[str] = "NVARCHAR(MAX)"
    ceiling: ClassVar[str] = "CEILING"
    like_specials: ClassVar[str] = "["
    types: ClassVar[Mapping[str, LogicalType]] = {
        "bit": LogicalType.BOOLEAN,
        "real": LogicalType.FLOAT,
        "float": LogicalType.FLOAT,
        "date": LogicalType.DATE,
        "datetime": LogicalType.TIMESTAMP,
        "datetime2": LogicalType.TIMESTAMP,
        "smalldatetime": LogicalType.TIMESTAMP,
        "datetimeoffset": LogicalType.TIMESTAMP_TZ,
        "uniqueidentifier": LogicalType.UUID,
        "timestamp": LogicalType.BINARY,
        "rowversion": LogicalType.BINARY,
        "ntext": LogicalType.STRING,
        "sysname": LogicalType.STRING,
        "money": LogicalType.DECIMAL,
        "smallmoney": LogicalType.DECIMAL,
        "xml": LogicalType.OTHER,
    }

    def quoted(self, name: str) -> str:
        """Return an identifier in brackets."""
        return f"[{name.replace(']', ']]')}]"

    def literal(self, text: str) -> str:
        """Return a text of any characters."""
        return f"N{super().literal(text)}"

    # ---- comparisons ----

    def comparable(self, term: Term) -> Term:
        """Return the bytes of a text."""
        if term.type is not LogicalType.STRING:
            return term
        utf8 = f"CONVERT(VARCHAR(MAX), {term.sql} COLLATE Latin1_General_100_BIN2_UTF8)"
        return Term(f"CONVERT(VARBINARY(MAX), {utf8})", term.type, term.constant)

    def ordered_text(self, text: str) -> str:
        """Return a text that is ordered by its code units."""
        return f"({text} COLLATE Latin1_General_100_BIN2)"

    # ---- numbers ----

    def truncated(self, value: str) -> str:
        """Return a double without what stands behind its point."""
        return f"ROUND({value}, 0, 1)"

    def whole_quotient(self, left: str, right: str) -> str:
        """Return a quotient of whole numbers, cut towards zero; a constant beyond 32 bits is a decimal."""
        return f"CAST(({left} - {self.remainder(left, right)}) / {right} AS BIGINT)"

    def plain_logarithm(self, value: str, base: int) -> str:
        """Return a logarithm."""
        return {0: f"LOG({value})", 2: f"LOG({value}, 2)", 10: f"LOG10({value})"}[base]

    # ---- text ----

    def length(self, text: str) -> str:
        """Return the number of characters, blanks at the end too."""
        return f"(LEN(CONVERT(NVARCHAR(MAX), {text}) COLLATE Latin1_General_100_CI_AS_SC + N'.') - 1)"

    def joined(self, parts: Sequence[str]) -> str:
        """Return texts one after the other."""
        return f"({' + '.join(parts)})"

    def replaced(self, source: Term, old: Term, new: Term) -> str:
        """Return a text with every occurrence of another one replaced."""
        return f"REPLACE({self.ordered_text(source.sql)}, {old.sql}, {new.sql})"

    def substring(self, text: str, start: str, size: str | None) -> str:
        """Return a part of a text."""
        taken = "2147483647" if size is None else size
        return f"SUBSTRING(CONVERT(NVARCHAR(MAX), {text}) COLLATE Latin1_General_100_CI_AS_SC, {start}, {taken})"

    def trimmed(self, text: str, characters: str, side: str) -> str:
        """Return a text without some characters at its ends."""
        if side == "BOTH":
            return f"TRIM({self.literal(characters)} FROM {text})"
        if characters != " ":
            raise UnavailableError.of("trims of other characters than blanks at one end", self.title)
        return f"{'LTRIM' if side == 'LEADING' else 'RTRIM'}({text})"

    # ---- times ----

    def column_micros(self, term: Term) -> str:
        """Return microseconds."""
        if term.type is LogicalType.DATE:
            return f"(CAST(DATEDIFF(DAY, CAST('1970-01-01' AS DATE), {term.sql}) AS BIGINT) * 86400000000)"
        start = {
            LogicalType.TIME: "CAST('00:00:00' AS TIME(6))",
            LogicalType.TIMESTAMP: "CAST('1970-01-01' AS DATETIME2(6))",
            LogicalType.TIMESTAMP_TZ: "CAST('1970-01-01 00:00:00 +00:00' AS DATETIMEOFFSET(6))",
        }[term.type]
        return f"DATEDIFF_BIG(MICROSECOND, {start}, {term.sql})"

    def in_utc(self, term: Term) -> str:
        """Return a date or time without zone; of microseconds their day."""
        if term.is_micros:
            return f"DATEADD(DAY, CAST({self.floored(term.sql, 86_400_000_000)} AS INT), CAST('1970-01-01' AS DATE))"
        if term.type is LogicalType.TIMESTAMP_TZ:
            return f"CAST(SWITCHOFFSET({term.sql}, 0) AS DATETIME2(6))"
        return term.sql

    def calendar_part(self, unit: str, term: Term) -> str:
        """Return a part of the calendar."""
        return f"DATEPART({'DAYOFYEAR' if unit == 'doy' else unit.upper()}, {self.in_utc(term)})"

    def time_literal(self, type_: LogicalType, moment: dt.datetime) -> str:
        """Return a moment."""
        plain = moment.replace(tzinfo=None)
        if type_ is LogicalType.DATE:
            return f"CAST('{plain.date().isoformat()}' AS DATE)"
        if type_ is LogicalType.TIME:
            return f"CAST('{plain.time().isoformat()}' AS TIME(6))"
        written = plain.isoformat(sep=" ")
        if type_ is LogicalType.TIMESTAMP_TZ:
            return f"CAST('{written} +00:00' AS DATETIMEOFFSET(6))"
        return f"CAST('{written}' AS DATETIME2(6))"

    # ---- text that is read: there are no patterns, so that the engine's own reading decides ----

    def _holds_digit(self, text: str) -> str:
        return f"{self.ordered_text(text)} LIKE N'%[0-9]%'"

    def written_whole(self, translation: Translation, text: str, low: int, high: int) -> str:  # noqa: ARG002  one signature
        """Return a text that is written as a whole number as one."""
        value = f"TRY_CAST(TRIM({text}) AS BIGINT)"
        digits = f"{self._holds_digit(text)} AND {self.ordered_text(text)} NOT LIKE N'%[^0-9+ -]%'"
        return f"(CASE WHEN {digits} AND {value} BETWEEN {low} AND {high} THEN {value} END)"

    def read_number(self, translation: Translation, text: str) -> str:  # noqa: ARG002  one signature
        """Return a text that is a number as a double."""
        return f"(CASE WHEN {self._holds_digit(text)} THEN TRY_CAST(TRIM({text}) AS FLOAT) END)"

    def read_double(self, translation: Translation, text: str) -> str:
        """Return a text read as a double; there are no others than finite ones."""
        return self.read_number(translation, text)

    def read_decimal(self, translation: Translation, text: str, digits: int, places: int) -> str:  # noqa: ARG002  one signature
        """Return a text read as a decimal."""
        return f"(CASE WHEN {self._holds_digit(text)} THEN TRY_CAST(TRIM({text}) AS DECIMAL({digits}, {places})) END)"

    def read_time(self, translation: Translation, text: str, type_: LogicalType) -> Term:  # noqa: ARG002  one signature
        """Return a text read as a time, written as ISO 8601 has it."""
        if type_ is LogicalType.UUID:
            return Term(f"TRY_CONVERT(UNIQUEIDENTIFIER, {text})", type_)
        if type_ is LogicalType.TIME:
            return Term(f"(CASE WHEN {text} LIKE N'%:%' THEN TRY_CONVERT(TIME(6), TRIM({text}), 121) END)", type_)
        name = {
            LogicalType.DATE: "DATE",
            LogicalType.TIMESTAMP: "DATETIME2(6)",
            LogicalType.TIMESTAMP_TZ: "DATETIMEOFFSET(6)",
        }[type_]
        value = f"TRY_CONVERT({name}, REPLACE(TRIM({text}), N'T', N' '), 121)"
        iso = f"{self.ordered_text(text)} LIKE N'%[0-9][0-9][0-9][0-9]-%-%'"
        return Term(f"(CASE WHEN {iso} THEN {value} END)", type_)

    # ---- aggregates and statements ----

    def count(self, what: str) -> str:
        """Return a count of 64 bits."""
        return f"COUNT_BIG({what})"

    def distinct(self, terms: Sequence[Term]) -> str:
        """Return how many different complete rows there are."""
        if len(terms) == 1:
            return self.count(f"DISTINCT {terms[0].sql}")
        return self.distinct_texts(terms)

    def exact_text(self, term: Term) -> str:
        """Return a value of a key as text, the bytes of a text in hexadecimal."""
        if term.type is LogicalType.STRING:
            return f"CONVERT(NVARCHAR(MAX), {term.sql}, 2)"
        if term.type is LogicalType.FLOAT:
            return f"CONVERT(NVARCHAR(64), {term.sql} + 0E0, 3)"
        return self.shown(term.sql) if term.type is LogicalType.UUID else super().exact_text(term)

    def plain_deviation(self, value: str) -> str:
        """Return the sample standard deviation."""
        return f"STDEV({value})"

    def limited(self, selected: str, rest: str, limit: int) -> str:
        """Return a SELECT that stops after some rows."""
        return f"SELECT TOP ({limit}) {selected} {rest}"

    def random(self, seed: int) -> str:  # noqa: ARG002  there is no seed
        """Return a number from 0 up to 1; RAND is one for all rows."""
        return "(ABS(CAST(CHECKSUM(NEWID()) AS BIGINT)) / 2147483649E0)"
