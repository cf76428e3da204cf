"""Text read as numbers, booleans, dates and times, NULL where it is none; never an error that ends the statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.engines.dialects.spelling import Spelling
from airflow_mlquality.engines.dialects.translation import reading
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.engines.dialects.translation.text import matched
from airflow_mlquality.measurements import LogicalType

if TYPE_CHECKING:
    from airflow_mlquality.engines.dialects.translation.translation import Translation


class Readers(Spelling):
    """How an engine reads text; its pattern is tried first, so that the cast behind it cannot fail."""

    def tried(self, text: str, type_: str) -> str:
        """Return a text cast to a type of the engine, NULL where it is none."""
        return f"TRY_CAST({text} AS {type_})"

    def digits(self, text: str) -> str:
        """Return the whole number that a text of digits is; that it is one has been seen before."""
        return self.tried(text, self.whole_type)

    def safe_number(self, text: str) -> str:
        """Return a text that is a number without its blanks and underscores."""
        return f"REPLACE(TRIM({text}), '_', '')"

    def is_not_written(self, translation: Translation, text: str, pattern: str) -> str:
        """Return whether a text does not match the pattern of a type; NULL is none of that type."""
        return f"({text} IS NULL OR NOT {matched(translation, text, pattern)})"

    def read_whole(self, translation: Translation, text: str, low: int, high: int) -> str:
        """Return a text read as a whole number; a fraction is rounded, halves away from zero."""
        whole = self.written_whole(translation, text, low, high)
        other = self.read_number(translation, text)
        rounded = self.rounded_double(other, 0)
        inside = f"{other} BETWEEN {self.double(float(low))} AND {self.double(float(high))}"
        return f"COALESCE({whole}, (CASE WHEN {inside} THEN CAST({rounded} AS {self.whole_type}) END))"

    def written_whole(self, translation: Translation, text: str, low: int, high: int) -> str:
        """Return a text that is written as a whole number as one, NULL where it is none or too large."""
        value = self.tried(self.safe_number(text), self.whole_type)
        return (
            f"(CASE WHEN {matched(translation, text, reading.WHOLE)} THEN "
            f"(CASE WHEN {value} BETWEEN {low} AND {high} THEN {value} END) END)"
        )

    def read_number(self, translation: Translation, text: str) -> str:
        """Return a text that is a finite number as a double."""
        value = self.tried(self.safe_number(text), self.double_type)
        return f"(CASE WHEN {matched(translation, text, reading.NUMBER)} THEN {value} END)"

    def read_double(self, translation: Translation, text: str) -> str:
        """Return a text read as a double; NaN and the infinities are some where the engine has them."""
        other = matched(translation, text, reading.NO_NUMBER, "i")
        written = f"LOWER(TRIM({text}))"
        nan, plus, minus = (self.double(float(each)) for each in ("nan", "inf", "-inf"))
        special = f"(CASE WHEN {written} LIKE '%nan' THEN {nan} WHEN {written} LIKE '-%' THEN {minus} ELSE {plus} END)"
        return f"(CASE WHEN {other} THEN {special} ELSE {self.read_number(translation, text)} END)"

    def read_decimal(self, translation: Translation, text: str, digits: int, places: int) -> str:
        """Return a text read as a decimal."""
        value = self.tried(self.safe_number(text), f"DECIMAL({digits}, {places})")
        return f"(CASE WHEN {matched(translation, text, reading.NUMBER)} THEN {value} END)"

    def read_boolean(self, translation: Translation, term: Term) -> Term:  # noqa: ARG002  one signature
        """Return a text read as a boolean."""
        text = self.comparable(Term(self.lower(term.sql), LogicalType.STRING))
        yes, no = (
            self.text_in(text, [Term(self.literal(word), LogicalType.STRING, word) for word in words])
            for words in (reading.TRUE, reading.FALSE)
        )
        true, false = ("TRUE", "FALSE") if self.has_booleans else ("1", "0")
        return Term(f"(CASE WHEN {yes} THEN {true} WHEN {no} THEN {false} END)", LogicalType.BOOLEAN)

    def read_time(self, translation: Translation, text: str, type_: LogicalType) -> Term:
        """Return a text read as a date, time, timestamp or UUID."""
        test = matched(translation, text, reading.PATTERNS[type_])
        return Term(f"(CASE WHEN {test} THEN {self.tried_time(text, type_)} END)", type_)

    def tried_time(self, text: str, type_: LogicalType) -> str:  # noqa: ARG002  for engines that can
        """Return a text that is a time as one of the engine's."""
        raise UnavailableError.of(f"texts read as {type_.value}", self.title)

    # ---- numbers as numbers of another type ----

    def as_whole(self, term: Term, low: int, high: int) -> str:
        """Return a number as a whole one, NULL where it is too large.

        Halves of decimals are rounded away from zero, of floats to the even number.
        """
        if term.type is LogicalType.INTEGER:
            return f"(CASE WHEN {term.sql} BETWEEN {low} AND {high} THEN {term.sql} END)"
        if term.type is LogicalType.DECIMAL:
            rounded = self.rounded_decimal(term.sql, 0)
            return f"(CASE WHEN {rounded} BETWEEN {low} AND {high} THEN CAST({rounded} AS {self.whole_type}) END)"
        half, even = f"ABS({term.sql} - {self.floor(term.sql)}) = 0.5E0", self.floor(f"({term.sql} / 2.0E0 + 0.5E0)")
        rounded = f"(CASE WHEN {half} THEN 2.0E0 * {even} ELSE {self.rounded_double(term.sql, 0)} END)"
        inside = f"{term.sql} BETWEEN {self.double(float(low))} AND {self.double(float(high))}"
        return f"(CASE WHEN {inside} THEN CAST({rounded} AS {self.whole_type}) END)"

    def as_decimal(self, term: Term, digits: int, places: int) -> str:
        """Return a number as a decimal."""
        return f"CAST({term.sql} AS DECIMAL({digits}, {places}))"
