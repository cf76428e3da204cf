"""Every exception of the package, and the one place where their messages are worded.

::

    MLQualityError
    ├── ContractError    the contract is wrong; carries every problem of the file, not the first only
    ├── AdmissionError   a rule is no pure condition; a ValueError too, so that pydantic reports it with its place
    ├── SourceError      the rows cannot be reached or read: infrastructure, worth a retry
    ├── EngineError      a query failed: infrastructure, worth a retry
    │   └── LostError    the engine is gone: no other query will work either
    │       └── BrokenFilesError    files turned out to be broken: measure again without them
    ├── CancelledError   somebody stopped the run: it says nothing of the rows
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
        return cls.at(place, f"names no check. Give it one of {', '.join(known)}")

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
    def unreachable_files(cls, source: str, error: str, where: str) -> SourceError:
        """A folder that we may not look into, or that is not there any more."""
        return cls(f"source {source}: {error} for {where}. See that whoever runs the gate may read it")

    @classmethod
    def second_storage(cls, source: str, protocol: str) -> SourceError:
        """Two storages of one kind, reached in different ways, in one run."""
        return cls(
            f"source {source}: another storage of {protocol}:// is read already, with other credentials or options. "
            "Reach both in the same way, or copy one of them"
        )

    @classmethod
    def raised(cls, source: str, error: str) -> SourceError:
        """An object in memory raised an error while it was read; its text may hold values, and is not shown."""
        return cls(f"source {source}: it raised {error} while its rows were read. Read it alone to see why")

    @classmethod
    def failed(cls, source: str, failed: EngineError) -> SourceError:
        """A statement that was to open the source failed; its message is clean."""
        return cls(f"source {source}: {failed.reason}")

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
    def nothing_readable(cls, source: str, broken: Mapping[str, str]) -> SourceError:
        """Every file is broken."""
        if len(broken) == 1:
            return cls(f"source {source}: {next(iter(broken.values()))}")
        return cls(f"source {source}: none of its {len(broken):,} files can be read: {listed(broken)}")

    @classmethod
    def partly_readable(cls, source: str, broken: Mapping[str, str]) -> SourceError:
        """Some files are broken where all are needed."""
        return cls(f"source {source}: {len(broken):,} of its files cannot be read: {listed(broken)}")

    @classmethod
    def gone(cls, source: str, file: str) -> SourceError:
        """A file was there when the files were listed, and is not any more."""
        return cls(f"source {source}: {file} was removed while it was read. See that its writer is done, and run again")

    @classmethod
    def unknown_encoding(cls, source: str, encoding: str) -> SourceError:
        """The contract names an encoding that there is none of."""
        return cls(f"source {source}: csv.encoding {quoted(encoding)} is not known. Write one such as latin-1")

    @classmethod
    def missing_extra(cls, source: str, kind: str, extra: str) -> SourceError:
        """A table format needs a package that is not installed."""
        return cls(
            f"source {source}: reading {kind} needs a package that is not installed. "
            f'pip install "airflow-provider-mlquality[{extra}]"'
        )

    @classmethod
    def part_of_a_table(cls, source: str, kind: str, table: str, advice: str) -> SourceError:
        """Files of a table format, named one by one: deleted and replaced rows are among them."""
        return cls(
            f"source {source}: its files belong to the {kind} table {table}, and not all of them are current. {advice}"
        )

    @classmethod
    def refused(cls, source: str, kind: str, feature: str, advice: str) -> SourceError:
        """A table uses a feature of its format that is not read here."""
        return cls(f"source {source}: the {kind} table has {feature}, which cannot be read here. {advice}")

    @classmethod
    def wrong_filter_value(cls, source: str, column: str, value: str, type_: str) -> SourceError:
        """A partition filter's value is not of the type of its column."""
        return cls(f"source {source}: partition {column}={value}: the column is of type {type_}")

    @classmethod
    def unknown_dialect(cls, name: str, known: Iterable[str]) -> SourceError:
        """A database of a kind that no dialect is for."""
        known = list(known)
        hint = did_you_mean(name, known) or f" Known are {', '.join(known)}"
        return cls(f"the database dialect {quoted(name)} is not known.{hint}")

    @classmethod
    def unreachable(cls, source: str, message: str) -> SourceError:
        """The database does not let us in; `message` is the driver's own, cleaned of values."""
        return cls(f"source {source}: cannot connect: {without_values(message)}. Check the connection")

    @classmethod
    def table_or_query(cls, source: str) -> SourceError:
        """Neither a table nor a query of a database is named, or both."""
        return cls(f"source {source}: name a table, or give a query, one of the two")

    @classmethod
    def wrong_table_name(cls, source: str, given: str) -> SourceError:
        """A name that no table can have."""
        return cls(
            f"source {source}: {quoted(given)} is no name of a table. Write name, schema.name or database.schema.name, "
            'a part that holds a dot or quote as in "a.b"'
        )

    @classmethod
    def no_such_table(cls, source: str, table: str, known: Iterable[str]) -> SourceError:
        """The database has no such table, or does not show it to this user."""
        return cls(
            f"source {source}: there is no table {quoted(table)}, or this user may not read it."
            f"{did_you_mean(table, known)}"
        )

    @classmethod
    def not_one_select(cls, source: str, what: str) -> SourceError:
        """A query that would do something else than give rows."""
        return cls(f"source {source}: the query {what}. Give one SELECT, without a semicolon")

    @classmethod
    def column_twice(cls, source: str, column: str) -> SourceError:
        """A query with two columns of one name."""
        return cls(f"source {source}: it has more than one column '{column}'. Give each a name of its own with AS")

    @classmethod
    def elsewhere(cls, source: str, database: str) -> SourceError:
        """Another source that a check of a database names is not in that database."""
        return cls(
            f"source {source}: lies outside the database {database} that is measured. Name a table of that database, "
            "or measure where both can be read"
        )

    @classmethod
    def other_meaning(cls, source: str, setting: str) -> SourceError:
        """A setting of a Spark session under which statements mean something else."""
        return cls(
            f"source {source}: its session is set to {setting}=true, and texts in statements mean something else "
            "there. Give a session without it"
        )

    @classmethod
    def other_spark(cls, source: str, wanted: str, running: str) -> SourceError:
        """A process has one classic Spark session, and it is another one."""
        return cls(
            f"source {source}: this process works with the Spark at {quoted(running)} already, and cannot with that at "
            f"{quoted(wanted)}. Measure in a task of its own, or use Spark Connect"
        )

    @classmethod
    def too_wide(cls, source: str, columns: int, most: int) -> SourceError:
        """A table has more columns than the database can present at once."""
        return cls(
            f"source {source}: it has {columns:,} columns, and this database presents {most:,} at once. "
            "Name those that matter in a query"
        )

    @classmethod
    def unnamed(cls, name: str, known: Iterable[str]) -> SourceError:
        """A contract refers to a source by a name that nobody bound to rows."""
        return cls(f"source '{name}' is not declared under sources.{did_you_mean(name, known)}")


_FAILED = "the engine could not measure this: "


class EngineError(MLQualityError):
    """A query failed."""

    @property
    def reason(self) -> str:
        """Why, in the engine's own words."""
        return str(self).removeprefix(_FAILED)

    @classmethod
    def query_failed(cls, message: str) -> EngineError:
        """`message` is the engine's own, cleaned of values."""
        return cls(f"{_FAILED}{without_values(message)}")

    @classmethod
    def no_records(cls) -> EngineError:
        """JSON whose values have no names."""
        return cls(f"{_FAILED}not all of its records are JSON objects")

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


class CancelledError(MLQualityError):
    """Somebody stopped the run; nothing is known of the rows, and nothing is decided."""

    @classmethod
    def asked(cls) -> CancelledError:
        """The task was killed, or its caller gave up."""
        return cls("measuring was stopped before its end: nothing is judged, nothing is decided")


class BrokenFilesError(LostError):
    """Files turned out to be broken while they were measured: what was measured so far is of no use."""

    @classmethod
    def found(cls, broken: Mapping[str, str]) -> BrokenFilesError:
        """`broken` says why, by file."""
        return cls(f"{len(broken):,} files turned out to be broken while they were read: {listed(broken)}")


def listed(broken: Mapping[str, str]) -> str:
    """Return the first few files and what is wrong with them.

    >>> listed({"a.csv": "it is empty", "b.csv": "it is empty"})
    'a.csv: it is empty; b.csv: it is empty'
    """
    shown = "; ".join(f"{file}: {why.rstrip('.')}" for file, why in islice(broken.items(), 5))
    return f"{shown}; and {len(broken) - 5:,} more" if len(broken) > 5 else shown  # noqa: PLR2004  a line's worth


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

    @classmethod
    def no_profile(cls, address: str) -> StoreError:
        """Nothing that is a profile lies at the address, or under the name."""
        return cls(
            f"store: there is no profile at {address}. Take it first, with a ProfileOperator or 'mlquality profile'"
        )

    @classmethod
    def missing_parts(cls, name: str, missing: str, present: int) -> StoreError:
        """Parts of a whole were not measured; `missing` names or counts them."""
        return cls(
            f"profile '{name}': {missing} missing beside {present:,} that are there. Measure them, or name those that "
            "may be absent"
        )


class UsageError(MLQualityError):
    """Arguments that do not fit together."""

    @classmethod
    def unsupported_contract(cls, kind: str) -> UsageError:
        """The object is nothing that a contract can be read from."""
        return cls(f"a contract cannot be read from {kind}. Give a path, YAML text, a dict or a Contract")

    @classmethod
    def no_connection(cls, conn_id: str) -> UsageError:
        """Airflow has no connection of that name."""
        return cls(f"connection {quoted(conn_id)} is not defined. Add it under Admin, Connections, or name another")

    @classmethod
    def no_database(cls, conn_id: str, kind: str | None, why: str) -> UsageError:
        """A connection whose hook is none to a database."""
        return cls(
            f"connection {quoted(conn_id)} is of type {quoted(kind)}, which gives no database ({why}). Install the "
            "provider of the database and apache-airflow-providers-common-sql, or name another connection"
        )

    @classmethod
    def no_spark(cls, conn_id: str, kind: str | None) -> UsageError:
        """A connection that gives no Spark session."""
        return cls(
            f"connection {quoted(conn_id)} is of type {quoted(kind)}, which gives no Spark session. Install "
            "apache-airflow-providers-apache-spark, and name a connection of type spark or spark_connect"
        )

    @classmethod
    def unknown_driver(cls, conn_id: str, known: Iterable[str]) -> UsageError:
        """A driver that does not tell which database it is for."""
        return cls(
            f"connection {quoted(conn_id)}: its driver does not tell which database it is. Give dialect=, one of "
            f"{', '.join(known)}"
        )

    @classmethod
    def unknown_choice(cls, name: str, given: object, choices: Iterable[str]) -> UsageError:
        """An argument takes one of a few words."""
        choices = list(choices)
        return cls(f"{name}={given!r}: takes one of {', '.join(choices)}.{did_you_mean(str(given), choices)}")

    @classmethod
    def no_parts(cls) -> UsageError:
        """Nothing to merge."""
        return cls("there are no profiles to merge. Give at least one")

    @classmethod
    def part_twice(cls, name: str) -> UsageError:
        """The same part would be counted two times."""
        return cls(f"part {cut(name)} is given twice, and its rows would count twice. Merge every part once")

    @classmethod
    def filtered_profile(cls, partition: Mapping[str, object]) -> UsageError:
        """A partition of a source that is no rows."""
        named = ", ".join(partition)
        return cls(
            f"partition by {named}: the source is a profile, which has no rows to choose from. Take the part's own"
        )

    @classmethod
    def no_bins(cls, name: str) -> UsageError:
        """The profile whose bins were asked for is not there."""
        return cls(f"like={cut(name)!r}: there is no such profile yet. Take its bins first, with bins_only=True")


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
