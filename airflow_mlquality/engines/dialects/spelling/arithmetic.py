"""What an engine calculates."""

from __future__ import annotations

import math

from airflow_mlquality.engines.dialects.spelling.words import Words
from airflow_mlquality.engines.dialects.translation.terms import Term

GREATEST = 1.7976931348623157e308


class Arithmetic(Words):
    """Doubles and whole numbers."""

    def is_nan(self, value: str) -> str:
        """Return whether a float is NaN."""
        return f"({value} = {self.no_number(math.nan)})"

    def is_finite(self, value: str) -> str:
        """Return whether a float is neither NaN nor infinite; both lie beyond the greatest double, or in no order."""
        return f"({value} BETWEEN {self.double(-GREATEST)} AND {self.double(GREATEST)})"

    def as_double(self, term: Term) -> str:
        """Return a number as a double."""
        return f"CAST({term.sql} AS {self.double_type})"

    def truncated(self, value: str) -> str:
        """Return a double without what stands behind its point."""
        return f"(CASE WHEN {value} >= 0 THEN FLOOR({value}) ELSE {self.ceiling}({value}) END)"

    def floor(self, value: str) -> str:
        """Return the whole number below a double, as a double."""
        return f"FLOOR({value})"

    def ceil(self, value: str) -> str:
        """Return the whole number above a double, as a double."""
        return f"{self.ceiling}({value})"

    def fmod(self, left: str, right: str) -> str:
        """Return a remainder of doubles; both products are exact."""
        return f"({left} - {right} * {self.truncated(f'({left} / {right})')})"

    def rounded_double(self, value: str, places: int) -> str:
        """Return a double rounded, halves away from zero."""
        scale = self.double(10.0 ** abs(places))
        if places:
            value = f"({value} {'*' if places > 0 else '/'} {scale})"
        whole = self.truncated(value)
        away = f"(CASE WHEN ABS({value} - {whole}) >= 0.5E0 THEN (CASE WHEN {value} < 0 THEN -1 ELSE 1 END) ELSE 0 END)"
        rounded = f"({whole} + {away})"
        return f"({rounded} {'/' if places > 0 else '*'} {scale})" if places else rounded

    def rounded_decimal(self, value: str, places: int) -> str:
        """Return an exact number rounded, halves away from zero."""
        return f"ROUND({value}, {places})"

    def exponential(self, value: str) -> str:
        """Return a power of e."""
        beyond = f"WHEN {value} > 709.782712893384E0 THEN {self.double(math.inf)} "
        return f"(CASE {beyond}WHEN {value} < -745.13E0 THEN 0 ELSE EXP({value}) END)"

    def logarithm(self, value: str, base: int = 0) -> str:
        """Return a logarithm to the base e, 2 or 10, NULL where there is none."""
        return f"(CASE WHEN {value} <= 0 THEN NULL ELSE {self.plain_logarithm(value, base)} END)"

    def plain_logarithm(self, value: str, base: int) -> str:
        """Return a logarithm of a number above 0."""
        return {0: f"LN({value})", 2: f"LOG2({value})", 10: f"LOG10({value})"}[base]

    def root(self, value: str) -> str:
        """Return a square root, NULL where there is none."""
        return f"(CASE WHEN {value} < 0 THEN NULL ELSE SQRT({value}) END)"

    def power(self, base: str, exponent: str) -> str:
        """Return a power of doubles, NULL where there is none; one beyond all doubles is infinite."""
        none = f"({base} = 0 AND {exponent} < 0) OR ({base} < 0 AND {exponent} <> {self.floor(exponent)})"
        size = f"{exponent} * LN(ABS(NULLIF({base}, 0)))"
        odd = f"{base} < 0 AND {self.fmod(exponent, self.double(2.0))} <> 0"
        large = f"(CASE WHEN {odd} THEN {self.double(-math.inf)} ELSE {self.double(math.inf)} END)"
        bounds = f"WHEN {size} > 709.782712893384E0 THEN {large} WHEN {size} < -745.13E0 THEN 0"
        return f"(CASE WHEN {none} THEN NULL {bounds} ELSE POWER({base}, {exponent}) END)"

    def power_of(self, base: float, exponent: str) -> str:
        """Return a power of a constant above 1; the exponent, which may be long, is said thrice, not a dozen times."""
        most, least = (self.double(size / math.log(base)) for size in (709.782712893384, -745.13))
        bounds = f"WHEN {exponent} > {most} THEN {self.double(math.inf)} WHEN {exponent} < {least} THEN 0"
        return f"(CASE {bounds} ELSE POWER({self.double(base)}, {exponent}) END)"

    # ---- whole numbers ----

    def whole_quotient(self, left: str, right: str) -> str:
        """Return a quotient of whole numbers, cut towards zero."""
        return f"({left} / {right})"

    def modulo(self, value: str, size: int) -> str:
        """Return what is left of a whole number, never below 0."""
        inner = self.remainder(value, str(size))
        return f"({self.remainder(f'({inner} + {size})', str(size))})"

    def floored(self, value: str, size: int) -> str:
        """Return how often a size goes into a whole number, rounded down."""
        return self.whole_quotient(f"({value} - {self.modulo(value, size)})", str(size))
