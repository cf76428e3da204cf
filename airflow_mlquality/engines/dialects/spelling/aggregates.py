"""What an engine counts and sums up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.engines.dialects.spelling.arithmetic import GREATEST
from airflow_mlquality.engines.dialects.spelling.times import TIMES, Times
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.measurements import LogicalType


class Aggregates(Times):
    """Counts, means and deviations."""

    def count(self, what: str) -> str:
        """Return a count of rows, or of values."""
        return f"COUNT({what})"

    def count_where(self, condition: str) -> str:
        """Return in how many rows a condition is true."""
        return self.count(f"CASE WHEN {condition} THEN 1 END")

    def distinct(self, terms: Sequence[Term]) -> str:
        """Return how many different complete rows of comparable values there are."""
        if len(terms) == 1:
            return f"COUNT(DISTINCT {terms[0].sql})"
        return f"COUNT(DISTINCT {', '.join(term.sql for term in terms)})"

    overflow_is_error: ClassVar[bool] = False
    """Whether a sum of doubles that is beyond all doubles ends the statement."""

    def exact_text(self, term: Term) -> str:
        """Return a value of a key as text that is another one wherever the value is."""
        if term.type in (LogicalType.STRING, LogicalType.UUID):
            return term.sql
        if term.type is LogicalType.FLOAT:
            raise UnavailableError.of("keys of several columns, a float among them,", self.title)
        return self.shown(self.micros(term) if term.type in TIMES else term.sql)

    def distinct_texts(self, terms: Sequence[Term]) -> str:
        """Return how many different complete rows there are; a row is the texts of its values and their lengths."""
        complete = " AND ".join(f"{term.sql} IS NOT NULL" for term in terms)
        parts = []
        for term in terms:
            text = self.exact_text(term)
            parts += [self.shown(self.length(text)), self.literal(":"), text]
        return self.count(f"DISTINCT CASE WHEN {complete} THEN {self.joined(parts)} END")

    def mean(self, value: str, raw: str) -> str:
        """Return the mean of finite doubles, NULL where their sum is beyond all doubles.

        Parameters
        ----------
        raw
            The same, NaN and infinities not taken out.
        """
        if not self.overflow_is_error:
            return f"AVG({value})"
        least, largest, scale = 4e-314, GREATEST, 2.0**-34  # a product that comes down to 0 is an error too
        above = f"{raw} BETWEEN {self.double(least)} AND {self.double(largest)}"
        below = f"{raw} BETWEEN {self.double(-largest)} AND {self.double(-least)}"
        total = f"COALESCE(SUM(CASE WHEN {above} OR {below} THEN {raw} * {self.double(scale)} END), 0)"
        mean = f"{total} / NULLIF({self.count(value)}, 0) * {self.double(1 / scale)}"
        return f"(CASE WHEN ABS({total}) <= {self.double(largest * scale)} THEN {mean} END)"

    def deviation(self, value: str, raw: str) -> str:
        """Return the sample standard deviation of finite doubles, NULL where their squares are beyond all doubles."""
        low, high = self.double(-1e150), self.double(1e150)
        inside = f"CASE WHEN {raw} BETWEEN {low} AND {high} THEN {raw} END" if self.overflow_is_error else value
        within = f"{self.smallest}({value}) >= {low} AND {self.largest}({value}) <= {high}"
        return f"(CASE WHEN {within} THEN {self.plain_deviation(inside)} END)"

    def plain_deviation(self, value: str) -> str:
        """Return the sample standard deviation of doubles that are not too large to be squared."""
        return f"STDDEV_SAMP({value})"
