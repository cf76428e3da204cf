"""What can be wrong with a contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from airflow_mlquality.errors.base import MLQualityError
from airflow_mlquality.errors.words import cut, did_you_mean, known_names, quoted, shown


@dataclass(frozen=True)
class Place:
    """Where in a contract: file, path such as ``columns.age.between``, line (0 when there is none)."""

    where: str
    path: str = ""
    line: int = 0

    def __str__(self) -> str:
        """Return ``file:line``."""
        return f"{self.where}:{self.line}" if self.line else self.where


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong with a contract: where, what, what was given, what to do."""

    where: str
    path: str
    message: str
    line: int = 0

    def __str__(self) -> str:
        """Return ``file:line: path: message``."""
        at = Place(self.where, self.path, self.line)
        return f"{at}: {self.path}: {self.message}" if self.path else f"{at}: {self.message}"

    @classmethod
    def at(cls, place: Place, message: str) -> Problem:
        """Any other problem at a place."""
        return cls(where=place.where, path=place.path, line=place.line, message=message)

    # ---- the text ----

    @classmethod
    def unreadable(cls, where: str, why: str) -> Problem:
        """The file cannot be read."""
        return cls(where=where, path="", message=f"cannot be read: {why}. Give a path, YAML text, a dict or a Contract")

    @classmethod
    def empty(cls, where: str) -> Problem:
        """Nothing is written there."""
        return cls(where=where, path="", message="the contract is empty. It starts with 'version: 1', 'contract: NAME'")

    @classmethod
    def not_yaml(cls, where: str, line: int, what: str) -> Problem:
        """The text is no YAML that is read here."""
        return cls(where=where, path="", line=line, message=f"cannot be read as YAML: {what}{_yaml_advice(what)}")

    @classmethod
    def key_twice(cls, place: Place, first_line: int) -> Problem:
        """A mapping has a key two times."""
        return cls.at(place, f"given twice, first in line {first_line}. Keep one of them")

    # ---- keys ----

    @classmethod
    def unknown_key(cls, place: Place, key: str, known: Iterable[str]) -> Problem:
        """A key that means nothing there."""
        return cls.at(place, f"unknown key {quoted(key)}{known_names(key, known)}")

    @classmethod
    def unknown_check(cls, place: Place, key: str, known: Iterable[str]) -> Problem:
        """No check has that name."""
        return cls.at(place, f"unknown check {quoted(key)}{known_names(key, known)}")

    @classmethod
    def misplaced_check(cls, place: Place, key: str, sections: Iterable[str]) -> Problem:
        """A check stands in a part of the contract where it means nothing."""
        return cls.at(place, f"check '{key}' does not belong here. Move it to {' or '.join(sections)}")

    @classmethod
    def missing_key(cls, place: Place, key: str) -> Problem:
        """A key that must be there is not."""
        return cls.at(place, f"needs '{key}'")

    @classmethod
    def no_row_check(cls, place: Place, known: Iterable[str]) -> Problem:
        """An item of rows says nothing to check."""
        return cls.at(place, f"names no check. Give it one of {', '.join(known)}")

    @classmethod
    def no_label_check(cls, place: Place, column: str, known: Iterable[str]) -> Problem:
        """The labels are named, and nothing must hold for them."""
        return cls.at(place, f"names no check of '{column}'. Give it one of {', '.join(known)}")

    @classmethod
    def many_row_checks(cls, place: Place, given: Iterable[str]) -> Problem:
        """An item of rows says two things."""
        return cls.at(place, f"names {' and '.join(repr(name) for name in given)}. Give each an item of its own")

    # ---- values ----

    @classmethod
    def wrong_value(cls, place: Place, given: object, wanted: str, advice: str = "") -> Problem:
        """A value of the wrong kind."""
        return cls.at(place, f"{shown(given)} is not {wanted}{f'. {advice}' if advice else ''}")

    @classmethod
    def unknown_word(cls, place: Place, given: object, words: Iterable[str]) -> Problem:
        """A value that is none of a few words."""
        words = list(words)
        hint = did_you_mean(str(given), words)
        return cls.at(place, f"{shown(given)} is not one of {', '.join(words)}{f'.{hint}' if hint else ''}")

    @classmethod
    def out_of_range(cls, place: Place, given: float, wanted: str, bound: float) -> Problem:
        """A number beyond a bound; `wanted` says on which side it should lie."""
        is_percent = bound == 1 < given <= 100  # noqa: PLR2004  per cent
        advice = f". It is a share: write {given:g} % as {given / 100:g}" if is_percent else ""
        return cls.at(place, f"{shown(given)} is not {wanted} {bound:g}{advice}")

    @classmethod
    def wrong_size(cls, place: Place, given: object, wanted: str) -> Problem:
        """A list or text with too few or too many parts."""
        return cls.at(place, f"{shown(given)} has the wrong size: {wanted}")

    @classmethod
    def unfit(cls, place: Place, given: object, why: str) -> Problem:
        """A check refuses its options; `why` is its own sentence, whose missing subject is the value."""
        return cls.at(place, f"{shown(given)} {why}" if why.startswith("is ") else why)

    @classmethod
    def no_value(cls, place: Place, key: str, example: str) -> Problem:
        """A check whose line ends after the colon."""
        return cls.at(place, f"has no value. Write '{key}: {example}'")

    @classmethod
    def turned_off(cls, place: Place) -> Problem:
        """A check that is said to be false."""
        return cls.at(place, "false turns nothing off. Delete the line")

    @classmethod
    def needs_options(cls, place: Place, given: object, options: Iterable[str]) -> Problem:
        """A bare value where a check takes options only."""
        return cls.at(place, f"{shown(given)} is not a mapping of options. It takes {', '.join(options)}")

    @classmethod
    def nested_options(cls, place: Place, key: str, given: Iterable[str]) -> Problem:
        """Options of an item of rows that stand below the name of its check, where they stand beside it."""
        beside = ", ".join(f"{name}: …" for name in dict.fromkeys((key, *given)))
        return cls.at(place, f"options stand beside it, not below. Write '- {{{beside}}}'")

    # ---- the whole ----

    @classmethod
    def duplicate_id(cls, place: Place, name: str, first: str) -> Problem:
        """Two checks of a contract have the same id, given or derived."""
        return cls.at(place, f"id '{name}' is taken by the check at {first}. Give one of them another 'id'")

    @classmethod
    def undeclared_source(cls, place: Place, name: str, known: Iterable[str]) -> Problem:
        """A check names another source that `sources` lacks."""
        return cls.at(place, f"source {quoted(name)} is not declared under sources{known_names(name, known)}")

    @classmethod
    def no_time(cls, place: Place, key: str) -> Problem:
        """A check of the table that needs the column of time, and there is none."""
        return cls.at(place, f"needs a column of time. Set dataset.time, or move '{key}' under its column")


class ContractError(MLQualityError):
    """The contract is wrong; `problems` lists everything that is, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class AdmissionError(MLQualityError, ValueError):
    """A rule is no pure condition over the columns of a row."""

    @classmethod
    def of(cls, rule: str, what: str) -> AdmissionError:
        """`what` says which part of the rule is not admitted, or why it cannot be read."""
        stop = "" if what.endswith("?") else "."
        return cls(f'rule "{cut(rule)}": {what}{stop} A rule is a boolean expression over the columns of a row')

    @classmethod
    def of_aggregate(cls, expression: str, what: str) -> AdmissionError:
        """`what` says which part of an aggregate expression is not admitted, or why it cannot be read."""
        stop = "" if what.endswith("?") else "."
        allowed = "Allowed are avg, count, count_if, max, min and sum, numbers, and + - * / between them"
        return cls(f'expression "{cut(expression)}": {what}{stop} {allowed}')

    @property
    def what(self) -> str:
        """Which part is not admitted, without the words around it."""
        return str(self).split('": ', 1)[-1].rsplit(". A rule is", 1)[0]


_YAML_ADVICE = {
    "cannot start any token": "Text that starts with a sign such as @, %, ` or a tab needs quotes",
    "mapping values are not allowed": "A colon inside a text needs quotes around the text; check the indentation too",
    "could not find expected ':'": "A key is followed by a colon and a space",
    "but found another document": "Write one contract per file",
    "undefined alias": "Write the anchor (&name) above its alias (*name); text that starts with * or & needs quotes",
    "did not find expected": "Check brackets, quotes and indentation above",
    "but got": "Check brackets, quotes and indentation above",
    "but found": "Check brackets, quotes and indentation above",
    "found unexpected end of stream": "A quote is not closed",
    "the tag": "Write plain values",
}


def _yaml_advice(what: str) -> str:
    return next((f". {advice}" for part, advice in _YAML_ADVICE.items() if part in what), "")
