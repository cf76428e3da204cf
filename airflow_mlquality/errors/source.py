"""Rows that cannot be reached or read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from airflow_mlquality.errors.base import MLQualityError
from airflow_mlquality.errors.words import did_you_mean, listed, quoted
from airflow_mlquality.redaction import without_values

if TYPE_CHECKING:
    from airflow_mlquality.errors.engine import EngineError


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
    def unlisted(cls, source: str, why: str) -> SourceError:
        """The files are there or not, we cannot see."""
        return cls(f"source {source}: its files cannot be listed ({why}). See that it is reachable and may be read")

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

    @classmethod
    def changed(cls, source: str) -> SourceError:
        """Rows were written while they were read."""
        return cls(f"source {source}: it changed while it was read. Read it when its writer has finished")

    @classmethod
    def not_written(cls, place: str, error: str) -> SourceError:
        """Rows could not be put where they should go."""
        return cls(f"{place}: rows could not be written there: {error}")
