"""What an engine does with text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.engines.dialects.spelling.arithmetic import Arithmetic
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.measurements import LogicalType


class Texts(Arithmetic):
    """Lengths, parts and patterns of LIKE, and other values as text."""

    def length(self, text: str) -> str:
        """Return the number of characters."""
        return f"CHAR_LENGTH({text})"

    def lower(self, text: str) -> str:
        """Return a text in small letters."""
        return f"LOWER({text})"

    def upper(self, text: str) -> str:
        """Return a text in capital letters."""
        return f"UPPER({text})"

    def joined(self, parts: Sequence[str]) -> str:
        """Return texts one after the other, NULL where one is."""
        return f"({' || '.join(parts)})"

    def concatenated(self, parts: Sequence[str]) -> str:
        """Return texts one after the other; NULL is left out."""
        return self.joined([f"COALESCE({part}, {self.literal('')})" for part in parts])

    def replaced(self, source: Term, old: Term, new: Term) -> str:
        """Return a text with every occurrence of another one replaced."""
        return f"REPLACE({source.sql}, {old.sql}, {new.sql})"

    def replaced_each(self, source: Term, pairs: Sequence[tuple[Term, Term]]) -> str:
        """Return a text with every occurrence of some others replaced, one after the other."""
        for old, new in pairs:
            source = source.with_sql(self.replaced(source, old, new))
        return source.sql

    def substring(self, text: str, start: str, size: str | None) -> str:
        """Return a part of a text; the start is at least 1."""
        return f"SUBSTR({text}, {start})" if size is None else f"SUBSTR({text}, {start}, {size})"

    def trimmed(self, text: str, characters: str, side: str) -> str:
        """Return a text without some characters at its ends."""
        name = {"BOTH": "TRIM", "LEADING": "LTRIM", "TRAILING": "RTRIM"}[side]
        return f"{name}({text}, {self.literal(characters)})"

    def like(self, text: str, pieces: Sequence[str | int | None]) -> str:
        """Return whether a text is like a pattern: texts, None for any text and 1 for any character."""
        special = "%_!" + self.like_specials
        fixed = "".join(piece for piece in pieces if isinstance(piece, str))
        escape = any(character in special + "\\" for character in fixed)
        pattern = ""
        for piece in pieces:
            if isinstance(piece, str):
                pattern += "".join(f"!{each}" if escape and each in special else each for each in piece)
            else:
                pattern += "%" if piece is None else "_"
        return f"({self.liked(text)} LIKE {self.literal(pattern)}" + (" ESCAPE '!')" if escape else ")")

    def liked(self, text: str) -> str:
        """Return a text so that a pattern of LIKE tells its cases apart."""
        return self.ordered_text(text)

    like_specials: ClassVar[str] = ""

    def shown(self, value: str) -> str:
        """Return any value as text, as the engine does."""
        return f"CAST({value} AS {self.text_type})"

    def as_text(self, term: Term) -> str:
        """Return a whole or decimal number, a date or a UUID as text."""
        if term.is_micros:
            raise UnavailableError.of("computed times as text", self.title)
        text = self.shown(term.sql)
        return f"LOWER({text})" if term.type is LogicalType.UUID else text

    def uuid_constant(self, text: Term) -> str:
        """Return a UUID, given as text, as a constant."""
        return text.sql

    def iban_fits(self, text: str) -> str:  # noqa: ARG002  for engines that have a way of their own
        """Return whether the check digits of an IBAN fit, where the engine says it shorter than in pieces."""
        return ""
