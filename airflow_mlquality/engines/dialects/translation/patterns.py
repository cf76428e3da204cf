"""Regular expressions of RE2's syntax, taken apart so that each engine is given one that means the same.

Engines differ in what a dot, a blank, a letter or an end of line is. So classes are written out, capital and small
letters too where they do not matter, and only what all engines have is left: characters, classes, groups,
alternatives, repetitions and the two ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

Ranges = tuple[tuple[int, int], ...]
_LAST = 0x10FFFF
_MOST = 255
"""Repetitions that every engine counts."""


class PatternError(ValueError):
    """A pattern holds something that not every engine has; the message is a plural."""


@dataclass(frozen=True)
class Class:
    """One character of some ranges of code points."""

    ranges: Ranges


@dataclass(frozen=True)
class End:
    """The start or the end of the text."""

    is_start: bool


@dataclass(frozen=True)
class Repeat:
    """A part again and again; without `most` for ever."""

    part: Node
    least: int
    most: int | None


@dataclass(frozen=True)
class Sequence:
    """Parts one after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    """One of some parts."""

    parts: tuple[Node, ...]


Node = Class | End | Repeat | Sequence | Choice

_DIGIT: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Ranges = ((9, 10), (12, 13), (32, 32))
_POSIX: dict[str, Ranges] = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)),
    "digit": _DIGIT,
    "graph": ((33, 126),),
    "lower": ((97, 122),),
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)),
    "upper": ((65, 90),),
    "word": _WORD,
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}
_ESCAPED: dict[str, Ranges] = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_CONTROLS = {"n": 10, "r": 13, "t": 9, "f": 12, "v": 11, "a": 7}


@lru_cache(maxsize=1024)
def parse(pattern: str, flags: str = "") -> Node:
    """Return a pattern taken apart.

    Parameters
    ----------
    flags
        Of DuckDB: `i` for letters of any case, `c` for the one written, `s` for a dot that is a line's end too.

    Raises
    ------
    PatternError
        When it holds something that not every engine has.
    """
    if set(flags) - set("ics"):
        _refuse(f"regular expressions with the options '{flags}'")
    reader = _Reader(pattern, ignores_case="i" in flags, dot_is_all="s" in flags)
    tree = reader.choice()
    if not reader.is_done:
        _refuse("regular expressions with a ')' too many")
    return tree


def _refuse(what: str) -> NoReturn:
    raise PatternError(what)


def negated(ranges: Ranges) -> Ranges:
    """Return all other code points."""
    rest, after = [], 0
    for first, last in merged(ranges):
        if first > after:
            rest.append((after, first - 1))
        after = last + 1
    return (*rest, (after, _LAST)) if after <= _LAST else tuple(rest)


def merged(ranges: Ranges) -> Ranges:
    """Return ranges in order, none touching another."""
    result: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], last))
        else:
            result.append((first, last))
    return tuple(result)


def _any_case(ranges: Ranges) -> Ranges:
    """Return ranges with the other cases of their letters; of letters beyond ASCII only where they stand alone."""
    more = list(ranges)
    for first, last in ranges:
        if last - first > 127 and first > 127:  # noqa: PLR2004  ASCII
            _refuse("regular expressions with long ranges of letters of any case")
        for code in range(first, min(last, max(first + 127, 127)) + 1):
            folded = chr(code)
            others = (folded.lower(), folded.upper(), *_FOLDED.get(folded.lower(), ""))
            more += [(ord(other), ord(other)) for other in others if len(other) == 1]
    return merged(tuple(more))


_FOLDED = {"k": "\u212a", "s": "\u017f", "\u212a": "kK", "\u017f": "sS"}
"""The Kelvin sign and the long s are letters of another case for RE2."""


class _Reader:
    """Reads one pattern, by recursive descent."""

    def __init__(self, pattern: str, *, ignores_case: bool, dot_is_all: bool) -> None:
        self.pattern = pattern
        self.at = 0
        self.ignores_case = ignores_case
        self.dot_is_all = dot_is_all

    @property
    def is_done(self) -> bool:
        return self.at >= len(self.pattern)

    def peek(self, text: str) -> bool:
        return self.pattern.startswith(text, self.at)

    def take(self, expression: str) -> str | None:
        found = re.compile(expression, re.DOTALL).match(self.pattern, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found.group()

    def choice(self) -> Node:
        flags = self.ignores_case, self.dot_is_all
        parts = [self.sequence()]
        while self.take(r"\|"):
            parts.append(self.sequence())
        self.ignores_case, self.dot_is_all = flags
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def sequence(self) -> Node:
        parts: list[Node] = []
        while not self.is_done and not self.peek("|") and not self.peek(")"):
            part = self.atom()
            if part is not None:
                parts.append(self.repeated(part))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def repeated(self, part: Node) -> Node:
        written = self.take(r"[*+?]|\{\d+(,\d*)?\}")
        if written is None:
            return part
        self.take(r"\?")  # whether as few or as many as can be does not matter for whether there is a match
        if isinstance(part, End):
            _refuse("regular expressions that repeat an end of the text")
        if self.take(r"[*+?]|\{\d+(,\d*)?\}"):
            _refuse("regular expressions with repetitions of repetitions")
        least, most = _bounds(written)
        if max(least, most or 0) > _MOST:
            _refuse(f"regular expressions with more than {_MOST} repetitions")
        return Repeat(part, least, most)

    def atom(self) -> Node | None:
        """Return one part; options in parentheses are none."""
        if self.take(r"\(\?[is]+\)"):
            written = self.pattern[: self.at].rpartition("(?")[2]
            self.ignores_case |= "i" in written
            self.dot_is_all |= "s" in written
            return None
        if self.take(r"\((?!\?)|\(\?:|\(\?P?<\w+>"):
            return self.group()
        if self.take(r"\["):
            return self.bracket()
        return self.character(self.take(r"\\.|.") or "")

    def group(self) -> Node:
        """Return what stands in parentheses, whose opening one was read."""
        inner = self.choice()
        if not self.take(r"\)"):
            _refuse("regular expressions that lack a ')'")
        return Sequence((inner,)) if isinstance(inner, Choice) else inner

    def character(self, character: str) -> Node:
        """Return what one character means, perhaps with a backslash before it."""
        if character in ("^", r"\A", "$", r"\z"):
            return End(is_start=character in ("^", r"\A"))
        if character == ".":
            return Class(((0, _LAST),) if self.dot_is_all else negated(((10, 10),)))
        if character in ("(", ")", "*", "+", "?"):
            _refuse("regular expressions with groups of another kind or a repetition of nothing")
        return self.of_case(self.escaped(character))

    def of_case(self, ranges: Ranges) -> Class:
        return Class(_any_case(ranges) if self.ignores_case else merged(ranges))

    def escaped(self, character: str) -> Ranges:
        """Return what a character stands for, perhaps with a backslash before it."""
        if len(character) == 1:
            if character == "\\":
                _refuse("regular expressions that end with a backslash")
            return ((ord(character), ord(character)),)
        name = character[1]
        if name == "x":
            digits = self.take(r"[0-9a-fA-F]{2}|\{[0-9a-fA-F]{1,6}\}") or _refuse(
                "regular expressions with '\\x' alone"
            )
            code = int(digits.strip("{}"), 16)
        elif name.lower() in _ESCAPED:
            ranges = _ESCAPED[name.lower()]
            return ranges if name.islower() else negated(ranges)
        elif name in _CONTROLS:
            code = _CONTROLS[name]
        elif name.isalnum():
            _refuse(f"regular expressions with '\\{name}'")
        else:
            code = ord(name)
        return ((code, code),)

    def bracket(self) -> Class:
        """Return a class in brackets, whose opening one was read."""
        is_negated = self.take(r"\^") is not None
        ranges: list[tuple[int, int]] = []
        while not self.peek("]") or not ranges:
            if self.is_done:
                _refuse("regular expressions that lack a ']'")
            ranges += self.bracketed()
        self.at += 1
        class_ = self.of_case(tuple(ranges))
        return Class(negated(class_.ranges)) if is_negated else class_

    def bracketed(self) -> Ranges:
        """Return one item of a class in brackets."""
        named = self.take(r"\[:\^?\w+:\]")
        if named:
            name = named.strip("[:]^")
            if name not in _POSIX:
                _refuse(f"regular expressions with '{named}'")
            return negated(_POSIX[name]) if "^" in named else _POSIX[name]
        first = self.escaped(self.take(r"\\.|.") or "")
        if (
            len(first) > 1
            or first[0][0] != first[0][1]
            or not self.peek("-")
            or self.pattern[self.at + 1 : self.at + 2] == "]"
        ):
            return first
        self.at += 1
        last = self.escaped(self.take(r"\\.|.") or _refuse("regular expressions that lack a ']'"))
        if len(last) > 1 or last[0][0] < first[0][0]:
            _refuse("regular expressions with a range that is none")
        return ((first[0][0], last[0][0]),)


def _bounds(written: str) -> tuple[int, int | None]:
    """Return how often a part is repeated.

    >>> _bounds("*"), _bounds("{3}"), _bounds("{2,}")
    ((0, None), (3, 3), (2, None))
    """
    if written in ("*", "+", "?"):
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[written]
    least, comma, most = written.strip("{}").partition(",")
    if not comma:
        return int(least), int(least)
    return int(least), int(most) if most else None
