"""How an engine writes regular expressions."""

from __future__ import annotations

from typing import ClassVar

from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.engines.dialects.spelling.texts import Texts
from airflow_mlquality.engines.dialects.translation.patterns import (
    Choice,
    Class,
    End,
    Node,
    Ranges,
    Repeat,
    Sequence,
    negated,
)


class Patterns(Texts):
    """Patterns that are made of what all engines have."""

    def matched(self, text: str, pattern: Node, *, whole: bool) -> str:
        """Return whether a text, or a part of it, matches a pattern."""
        if not self.has_patterns:
            raise UnavailableError.of("regular expressions", self.title)
        if whole:
            pattern = Sequence((End(is_start=True), Sequence((pattern,)), End(is_start=False)))
        return self.pattern_test(text, self.literal(self.pattern(pattern)))

    def pattern_test(self, text: str, pattern: str) -> str:
        """Return whether a part of a text matches a pattern in the engine's syntax."""
        return f"(REGEXP_LIKE({text}, {pattern}))"

    group: ClassVar[str] = "(?:"
    start_of_text: ClassVar[str] = "^"
    end_of_text: ClassVar[str] = "$"

    def pattern(self, node: Node) -> str:
        """Return a pattern in the syntax of the engine."""
        if isinstance(node, Class):
            return self.pattern_class(node.ranges)
        if isinstance(node, End):
            return self.start_of_text if node.is_start else self.end_of_text
        if isinstance(node, Choice):
            return f"{self.group}{'|'.join(self.pattern(part) for part in node.parts)})"
        if isinstance(node, Repeat):
            most = "" if node.most is None else str(node.most)
            return f"{self.group}{self.pattern(node.part)}){{{node.least},{most}}}"
        return "".join(self.pattern(part) for part in node.parts)

    def pattern_class(self, ranges: Ranges) -> str:
        """Return a class of characters; one that has nearly all is written by what it lacks."""
        if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
            return self.pattern_character(ranges[0][0])
        rest = negated(ranges)
        if not rest:
            return f"{self.group}.|{self.control(10)})"
        sign, written = ("^", rest) if ranges[-1][1] == 0x10FFFF else ("", ranges)  # noqa: PLR2004  the last code point
        items = [
            self.in_brackets(first) if first == last else f"{self.in_brackets(first)}-{self.in_brackets(last)}"
            for first, last in written
        ]
        return f"[{sign}{''.join(items)}]"

    def pattern_character(self, code: int) -> str:
        """Return one character of a pattern."""
        return self._pattern_code(code, r"\.+*?()[]{}|^$/-#&~")

    def in_brackets(self, code: int) -> str:
        """Return one character of a class."""
        return self._pattern_code(code, r"\]^-[&~")

    def _pattern_code(self, code: int, special: str) -> str:
        if code < 32 or code == 127:  # noqa: PLR2004  characters that are not seen
            return self.control(code)
        return f"\\{chr(code)}" if chr(code) in special else chr(code)

    def control(self, code: int) -> str:
        """Return a character that is not seen, in a pattern."""
        return f"\\x{code:02x}"
