"""Every exception of the package, and the one place where their messages are worded.

::

    MLQualityError
    ├── ContractError    the contract is wrong; carries every problem of the file, not the first only
    ├── AdmissionError   a rule is no pure condition; a ValueError too, so that pydantic reports it with its place
    ├── SourceError      the rows cannot be reached or read: infrastructure, worth a retry
    ├── EngineError      a query failed: infrastructure, worth a retry
    │   └── LostError    the engine is gone: no other query will work either
    ├── UnusableReferenceError   what was given as reference is no profile and no report
    ├── StoreError       a report or profile cannot be written or read
    └── UsageError       a call whose arguments do not fit together

Bad data is none of these: it is a verdict. Messages never carry a value of a row.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from airflow_mlquality.redaction import without_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class MLQualityError(Exception):
    """Parent of all exceptions of the package."""


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
        return cls.at(place, f"unknown key {quoted(key)}{_known(key, known)}")

    @classmethod
    def unknown_check(cls, place: Place, key: str, known: Iterable[str]) -> Problem:
        """No check has that name."""
        return cls.at(place, f"unknown check {quoted(key)}{_known(key, known)}")

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
        return cls.at(place, f"names no check. Give it {' or '.join(repr(name) for name in known)}")

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

    # ---- the whole ----

    @classmethod
    def duplicate_id(cls, place: Place, name: str, first: str) -> Problem:
        """Two checks of a contract have the same id, given or derived."""
        return cls.at(place, f"id '{name}' is taken by the check at {first}. Give one of them another 'id'")

    @classmethod
    def undeclared_source(cls, place: Place, name: str, known: Iterable[str]) -> Problem:
        """A check names another source that `sources` lacks."""
        return cls.at(place, f"source {quoted(name)} is not declared under sources{_known(name, known)}")

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


class SourceError(MLQualityError):
    """The rows cannot be reached or read."""

    @classmethod
    def nothing_there(cls, source: str) -> SourceError:
        """No file matches."""
        return cls(f"source {source}: no such file. Check the path, and whether the task that writes it has run")

    @classmethod
    def unknown_format(cls, source: str, known: Iterable[str]) -> SourceError:
        """The file name does not tell how to read it."""
        return cls(f"source {source}: cannot tell its format from its name. Name a file ending in {', '.join(known)}")

    @classmethod
    def unsupported(cls, kind: str) -> SourceError:
        """The object is nothing that rows can be read from."""
        return cls(
            f"a source of type {kind} cannot be read. Give a path, a glob, an ObjectStoragePath, "
            "or a pandas, polars or Arrow object"
        )

    @classmethod
    def unreadable(cls, source: str, message: str) -> SourceError:
        """The engine could not read the rows; `message` is its own, cleaned of values."""
        return cls(f"source {source}: {without_values(message)}")

    @classmethod
    def unknown_filter_column(cls, source: str, column: str, known: Iterable[str]) -> SourceError:
        """A partition filter names a column that the source lacks."""
        return cls(f"source {source}: partition column '{column}' does not exist.{did_you_mean(column, known)}")

    @classmethod
    def network(cls, source: str) -> SourceError:
        """A web address."""
        return cls(f"source {source}: a web address is not read. Download it first, or use object storage")

    @classmethod
    def mixed_formats(cls, source: str, formats: Iterable[str]) -> SourceError:
        """Files of several formats."""
        return cls(f"source {source}: its files are of several formats ({', '.join(sorted(formats))}). Name one kind")

    @classmethod
    def empty_text(cls, source: str) -> SourceError:
        """Text files without any line."""
        return cls(f"source {source}: it is empty, without even a header. See whether its writer finished")

    @classmethod
    def repeated_column(cls, source: str, column: str) -> SourceError:
        """A header with two columns of one name."""
        return cls(f"source {source}: its header names the column '{column}' more than once")

    @classmethod
    def empty_archive(cls, source: str) -> SourceError:
        """A zip archive without CSV file."""
        return cls(f"source {source}: the archive holds no .csv or .tsv file")

    @classmethod
    def wrong_filter_value(cls, source: str, column: str, value: str, type_: str) -> SourceError:
        """A partition filter's value is not of the type of its column."""
        return cls(f"source {source}: partition {column}={value}: the column is of type {type_}")

    @classmethod
    def unnamed(cls, name: str, known: Iterable[str]) -> SourceError:
        """A contract refers to a source by a name that nobody bound to rows."""
        return cls(f"source '{name}' is not declared under sources.{did_you_mean(name, known)}")


class EngineError(MLQualityError):
    """A query failed."""

    @classmethod
    def query_failed(cls, message: str) -> EngineError:
        """`message` is the engine's own, cleaned of values."""
        return cls(f"the engine could not measure this: {without_values(message)}")

    @classmethod
    def incomplete_profile(cls, source: str, failures: Mapping[str, str]) -> EngineError:
        """A profile that would lack facts: whoever is compared with it later would go on without evidence."""
        shown = "; ".join(f"{what}: {why}" for what, why in islice(failures.items(), 5))
        more = f" and {len(failures) - 5:,} more" if len(failures) > 5 else ""  # noqa: PLR2004  a line's worth
        return cls(f"profile of {source}: {len(failures):,} facts could not be measured: {shown}{more}")


class LostError(EngineError):
    """The engine is gone; no other query of this run will work either."""

    @classmethod
    def connection(cls, label: str, message: str) -> LostError:
        """The connection broke; `message` is the driver's own, cleaned of values."""
        return cls(f"source {label}: the connection was lost: {without_values(message)}")

    @classmethod
    def no_room(cls, folder: str, message: str) -> LostError:
        """The folder for what does not fit into memory is full."""
        return cls(
            f"no room left in {folder} for what does not fit into memory ({without_values(message)}). "
            "Free some, raise memory_limit, or set [mlquality] spill to a larger disk"
        )


class UnusableReferenceError(MLQualityError):
    """What was given as reference is no profile and no source."""

    @classmethod
    def not_a_profile(cls, address: str, why: str) -> UnusableReferenceError:
        """A JSON document that is neither a profile nor a report."""
        return cls(f"reference {address}: not a profile or report ({why}). Take one with 'mlquality profile SOURCE'")


class StoreError(MLQualityError):
    """A report or profile cannot be written or read."""

    @classmethod
    def no_report(cls, address: str) -> StoreError:
        """No document lies at the address."""
        return cls(f"store: there is no report at {address}")


class UsageError(MLQualityError):
    """Arguments that do not fit together."""

    @classmethod
    def unsupported_contract(cls, kind: str) -> UsageError:
        """The object is nothing that a contract can be read from."""
        return cls(f"a contract cannot be read from {kind}. Give a path, YAML text, a dict or a Contract")

    @classmethod
    def unknown_choice(cls, name: str, given: object, choices: Iterable[str]) -> UsageError:
        """An argument takes one of a few words."""
        choices = list(choices)
        return cls(f"{name}={given!r}: takes one of {', '.join(choices)}.{did_you_mean(str(given), choices)}")


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the closest known name, or nothing.

    >>> did_you_mean("acepted_values", ["accepted_values", "unique"])
    " Did you mean 'accepted_values'?"
    >>> did_you_mean("zzz", ["accepted_values"])
    ''
    """
    lowered = {name.lower(): name for name in known}
    close = difflib.get_close_matches(given.lower(), lowered, n=1, cutoff=0.6)
    return f" Did you mean '{lowered[close[0]]}'?" if close else ""


def _known(given: str, known: Iterable[str]) -> str:
    known = list(known)
    hint = did_you_mean(given, known) or (f" Known are {', '.join(known)}" if known else "")
    return f".{hint}" if hint else ""


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


LONGEST_SHOWN = 80


def cut(text: str) -> str:
    """Return a text on one line, cut where a message would drown in it.

    >>> cut("a" * 100) == "a" * 79 + "…"
    True
    """
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def quoted(text: object) -> str:
    """Return a name in quotes, cut."""
    return f"'{cut(str(text))}'"


def shown(value: object) -> str:
    """Return a value of a contract as YAML writes it, cut.

    >>> shown("no"), shown(None), shown(True), shown([1, None]), shown({"min": "a"}), shown(0.5)
    ("'no'", 'null', 'true', '[1, null]', "{min: 'a'}", '0.5')
    """
    return cut(_flow(value))


def _flow(value: object) -> str:
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= LONGEST_SHOWN else f"'{value[:LONGEST_SHOWN]}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in islice(value.items(), LONGEST_SHOWN)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(each) for each in islice(value, LONGEST_SHOWN)) + "]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
