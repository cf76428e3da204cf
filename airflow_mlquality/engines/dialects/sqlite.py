"""SQLite."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.engines.dialects.portable import Portable
from airflow_mlquality.engines.dialects.translation import reading
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.engines.dialects.translation.text import matched
from airflow_mlquality.measurements import Column, LogicalType

if TYPE_CHECKING:
    import datetime as dt

    from airflow_mlquality.engines.dialects.translation.translation import Translation

_TIMES = (LogicalType.DATE, LogicalType.TIME, LogicalType.TIMESTAMP, LogicalType.TIMESTAMP_TZ)
_AT_ONCE = 30
"""Replacements by one call: a function takes no more than a hundred arguments."""


class SQLite(Portable):
    """SQLite, with functions of our own on its connection.

    `prepare` gives a connection of the standard library what SQLite lacks: regular expressions, letters beyond ASCII,
    times in microseconds, standard deviations. Their names begin with ``mlq_``, see `sqlite_functions`. Dates and times
    are text there, and are compared as microseconds.
    """

    name: ClassVar[str] = "sqlite"
    title: ClassVar[str] = "SQLite"
    widest: ClassVar[int] = 1_900
    longest: ClassVar[int] = 900_000
    has_grouping_sets: ClassVar[bool] = False
    has_nan: ClassVar[bool] = False
    double_type: ClassVar[str] = "REAL"
    whole_type: ClassVar[str] = "INTEGER"
    text_type: ClassVar[str] = "TEXT"
    singles: ClassVar[tuple[str, ...]] = ()
    start_of_text: ClassVar[str] = r"\A"
    end_of_text: ClassVar[str] = r"\Z"
    types: ClassVar[Mapping[str, LogicalType]] = {
        "datetime": LogicalType.TIMESTAMP,
        "timestamp": LogicalType.TIMESTAMP,
        "timestamp with time zone": LogicalType.TIMESTAMP_TZ,
        "timestamptz": LogicalType.TIMESTAMP_TZ,
        "real": LogicalType.FLOAT,
        "double": LogicalType.FLOAT,
        "double precision": LogicalType.FLOAT,
        "float": LogicalType.FLOAT,
        "clob": LogicalType.STRING,
    }

    def prepare(self, connection: Any) -> None:
        """Give a connection of the standard library the functions that statements call."""
        from airflow_mlquality.engines.dialects.sqlite_functions import register

        register(connection)

    def column(self, column: Column) -> Term:
        """Return a column; a decimal is a double here, and a time is microseconds."""
        term = super().column(column)
        if column.type is LogicalType.DECIMAL:
            return replace(term, type=LogicalType.FLOAT)
        return replace(term, is_micros=column.type in _TIMES)

    def column_sql(self, column: Column) -> str:
        """Return a column; 0 is false, whatever else is true."""
        name = self.quoted(column.name)
        if column.type is LogicalType.BOOLEAN:
            return f"({name} <> 0)"
        if column.type is LogicalType.TIME:
            return f"mlq_clock_micros({name})"
        return f"mlq_micros({name})" if column.type in _TIMES else name

    def text_of(self, column: Column) -> str:
        """Return a value as text; times are text already."""
        return self.shown(self.quoted(column.name)) if column.type in _TIMES else super().text_of(column)

    def no_number(self, value: float) -> str:
        """Return an infinity."""
        return "NULL" if math.isnan(value) else "(-9e999)" if value < 0 else "9e999"

    def comparable(self, term: Term) -> Term:
        """Return text under the collation of code points."""
        return term.with_sql(self.ordered_text(term.sql)) if self._is_text(term) else term

    def _is_text(self, term: Term) -> bool:
        return term.type is LogicalType.STRING and not isinstance(term.constant, str)

    def ordered_text(self, text: str) -> str:
        """Return text under the collation of code points."""
        return f"({text} COLLATE BINARY)"

    # ---- numbers ----

    def truncated(self, value: str) -> str:
        """Return a double without what stands behind its point."""
        return (
            f"(CASE WHEN ABS({value}) < 4503599627370496 THEN CAST(CAST({value} AS INTEGER) AS REAL) ELSE {value} END)"
        )

    def rounded_double(self, value: str, places: int) -> str:
        """Return a double rounded, by a function: its parser bears no deep parentheses."""
        return f"mlq_round({value}, {places})"

    def power(self, base: str, exponent: str) -> str:
        """Return a power of doubles."""
        return f"mlq_power({base}, {exponent})"

    def power_of(self, base: float, exponent: str) -> str:
        """Return a power of a constant."""
        return self.power(self.double(base), exponent)

    def rounded_decimal(self, value: str, places: int) -> str:
        """Return a number rounded."""
        return self.rounded_double(self.as_double(Term(value, LogicalType.FLOAT)), places)

    def as_decimal(self, term: Term, digits: int, places: int) -> str:  # noqa: ARG002  a double has no digits to keep
        """Return a number rounded to its places."""
        return self.rounded_double(self.as_double(term), places)

    # ---- text ----

    def length(self, text: str) -> str:
        """Return the number of characters."""
        return f"LENGTH({text})"

    def lower(self, text: str) -> str:
        """Return a text in small letters; SQLite's own function knows ASCII only."""
        return f"mlq_lower({text})"

    def upper(self, text: str) -> str:
        """Return a text in capital letters."""
        return f"mlq_upper({text})"

    def replaced_each(self, source: Term, pairs: Sequence[tuple[Term, Term]]) -> str:
        """Return a text with every occurrence of some others replaced; a few at once, by a function."""
        if len(pairs) == 1:
            return super().replaced_each(source, pairs)
        text = source.sql
        for start in range(0, len(pairs), _AT_ONCE):
            arguments = ", ".join(f"{old.sql}, {new.sql}" for old, new in pairs[start : start + _AT_ONCE])
            text = f"mlq_replace({text}, {arguments})"
        return text

    def like(self, text: str, pieces: Sequence[str | int | None]) -> str:
        """Return whether a text is like a pattern, by GLOB: LIKE takes small and capital letters for one."""
        glob = ""
        for piece in pieces:
            if isinstance(piece, str):
                glob += "".join(f"[{each}]" if each in "*?[" else each for each in piece)
            else:
                glob += "*" if piece is None else "?"
        return f"({text} GLOB {self.literal(glob)})"

    def pattern_test(self, text: str, pattern: str) -> str:
        """Return whether a part of a text matches."""
        return f"mlq_matches({text}, {pattern})"

    # ---- times ----

    def time_constant(self, type_: LogicalType, moment: dt.datetime) -> Term:
        """Return a moment as microseconds."""
        term = super().time_constant(type_, moment)
        return replace(term, sql=str(term.constant), is_micros=True)

    def calendar_part(self, unit: str, term: Term) -> str:
        """Return a part of the calendar."""
        seconds = f"{self.floored(self.micros(term), 1_000_000)}, 'unixepoch'"
        if unit == "quarter":
            return f"((CAST(strftime('%m', {seconds}) AS INTEGER) + 2) / 3)"
        sign = {"year": "%Y", "month": "%m", "day": "%d", "doy": "%j"}[unit]
        return f"CAST(strftime('{sign}', {seconds}) AS INTEGER)"

    def as_text(self, term: Term) -> str:
        """Return a whole number, a date or a UUID as text."""
        if term.type is LogicalType.DATE:
            return f"strftime('%Y-%m-%d', {self.floored(self.micros(term), 1_000_000)}, 'unixepoch')"
        return super().as_text(term)

    # ---- text that is read ----

    def tried(self, text: str, type_: str) -> str:
        """Return a text that is a number as one; one that is too large is none."""
        return f"mlq_whole({text})" if type_ == self.whole_type else f"CAST({text} AS REAL)"

    def read_decimal(self, translation: Translation, text: str, digits: int, places: int) -> str:
        """Return a text read as a decimal, which is a double here."""
        value = self.tried(self.safe_number(text), self.double_type)
        fits = f"ABS({value}) < {self.double(10.0 ** (digits - places))}"
        rounded = self.rounded_double(value, places)
        return (
            f"(CASE WHEN {matched(translation, text, reading.NUMBER)} THEN (CASE WHEN {fits} THEN {rounded} END) END)"
        )

    def tried_time(self, text: str, type_: LogicalType) -> str:
        """Return a text that is a time as microseconds."""
        if type_ is LogicalType.UUID:
            return f"LOWER({text})"
        start = f"mlq_micros({text})"
        if type_ is LogicalType.DATE:
            return f"({start} - {self.modulo(start, 86_400_000_000)})"
        return f"mlq_clock_micros({text})" if type_ is LogicalType.TIME else start

    def read_time(self, translation: Translation, text: str, type_: LogicalType) -> Term:
        """Return a text read as a time."""
        return replace(super().read_time(translation, text, type_), is_micros=type_ is not LogicalType.UUID)

    # ---- aggregates ----

    def distinct(self, terms: Sequence[Term]) -> str:
        """Return how many different complete rows there are; a row is the text of its values as literals."""
        if len(terms) == 1:
            return super().distinct(terms)
        complete = " AND ".join(f"{term.sql} IS NOT NULL" for term in terms)
        row = " || ',' || ".join(f"quote({self._plain(term)})" for term in terms)
        return f"COUNT(DISTINCT CASE WHEN {complete} THEN {row} END)"

    def _plain(self, term: Term) -> str:
        """Return a value whose literal is another one only where the value is; 0 has a sign."""
        return f"{term.sql} + 0.0" if term.type is LogicalType.FLOAT else term.sql

    def plain_deviation(self, value: str) -> str:
        """Return the sample standard deviation."""
        return f"mlq_stddev({value})"

    def random(self, seed: int) -> str:  # noqa: ARG002  there is no seed
        """Return a number from 0 up to 1."""
        return "((RANDOM() & 1073741823) / 1073741824.0)"
