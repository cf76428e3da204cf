"""Names, constants and comparisons of an engine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from airflow_mlquality.engines.dialects.base import Dialect
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.measurements import LogicalType

if TYPE_CHECKING:
    from airflow_mlquality.measurements import Column


class Words(Dialect):
    """Words of an engine.

    Attributes
    ----------
    has_booleans
        Whether a condition is a value.
    has_nan, has_infinity
        Whether a float may be such.
    nan_is_unordered
        Whether comparisons with NaN are false, as IEEE 754 has it.
    has_patterns
        Whether there are regular expressions.
    escapes
        Characters that a backslash goes before in a literal.
    singles
        What floats of 32 bits are called.
    types
        Types that the engine's parser does not know, or takes for another one.
    longest_list
        Most values of one IN.
    """

    has_booleans: ClassVar[bool] = True
    has_nan: ClassVar[bool] = True
    has_infinity: ClassVar[bool] = True
    nan_is_unordered: ClassVar[bool] = False
    has_patterns: ClassVar[bool] = True
    escapes: ClassVar[str] = ""
    singles: ClassVar[tuple[str, ...]] = ("real", "float4", "float")
    types: ClassVar[Mapping[str, LogicalType]] = {}
    double_type: ClassVar[str] = "DOUBLE PRECISION"
    whole_type: ClassVar[str] = "BIGINT"
    text_type: ClassVar[str] = "VARCHAR"
    longest_list: ClassVar[int] = 5_000
    ceiling: ClassVar[str] = "CEIL"
    quote: ClassVar[str] = '"'
    smallest: ClassVar[str] = "MIN"
    largest: ClassVar[str] = "MAX"

    # ---- names and constants ----

    def quoted(self, name: str) -> str:
        """Return an identifier, quoted."""
        return f"{self.quote}{name.replace(self.quote, self.quote * 2)}{self.quote}"

    def literal(self, text: str) -> str:
        """Return a text as a constant."""
        for character in self.escapes:
            text = text.replace(character, f"\\{character}")
        return "'" + (text if "'" in self.escapes else text.replace("'", "''")) + "'"

    def double(self, value: float) -> str:
        """Return a double as a constant that is the same double again."""
        if not math.isfinite(value):
            return self.no_number(value)
        written = repr(abs(value))
        written = written if "e" in written else f"{written}E0"
        return f"(-{written})" if value < 0 else written

    def no_number(self, value: float) -> str:
        """Return NaN or an infinity as a constant; NULL where there is none."""
        if math.isnan(value):
            return f"CAST('NaN' AS {self.double_type})" if self.has_nan else "NULL"
        if not self.has_infinity:
            return "NULL"
        return f"CAST('{'-' if value < 0 else ''}Infinity' AS {self.double_type})"

    def column_sql(self, column: Column) -> str:
        """Return a column as the translation takes it."""
        return self.quoted(column.name)

    def has_number(self, value: Decimal) -> bool:
        """Return whether a number, NaN or infinity is one of the engine's."""
        return value.is_finite() or (self.has_nan if value.is_nan() else self.has_infinity)

    def comparable(self, term: Term) -> Term:
        """Return a value so that it compares by code point, with case and trailing blanks."""
        return term

    def ordered_text(self, text: str) -> str:
        """Return a text so that it is ordered by code point."""
        return text

    def compared_texts(self, left: Term, right: Term, operator: str) -> str:
        """Return a comparison of two comparable texts."""
        return f"({left.sql} {operator} {right.sql})"

    def text_in(self, value: Term, others: Sequence[Term]) -> str:
        """Return whether a text is one of some constants."""
        subject, size = self.comparable(value).sql, self.longest_list
        written = [self.comparable(other).sql for other in others]
        parts = [written[start : start + size] for start in range(0, len(written), size)]
        return "(" + " OR ".join(f"{subject} IN ({', '.join(part)})" for part in parts) + ")"
