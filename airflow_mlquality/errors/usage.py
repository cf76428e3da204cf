"""Calls whose arguments do not fit together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from airflow_mlquality.errors.base import MLQualityError
from airflow_mlquality.errors.words import cut, did_you_mean, quoted


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

    @classmethod
    def not_of_rows(cls, check: str, why: str) -> UsageError:
        """Rows were to be put apart by a check that single rows do not show."""
        return cls(f"checks: rows cannot be put apart by {quoted(check)}: {why}. Leave it out")

    @classmethod
    def nothing_to_split_by(cls, not_used: Mapping[str, str]) -> UsageError:
        """A contract without any check that single rows show."""
        named = ", ".join(f"{name} ({why})" for name, why in list(not_used.items())[:5])
        return cls(
            f"the contract has no check that single rows show: {named or 'it has none'}. Give it one, such as "
            "not_null, between or rule"
        )

    @classmethod
    def no_split(cls, source: str) -> UsageError:
        """Rows that lie where they are not put apart."""
        return cls(
            f"source {cut(source)}: its rows cannot be put apart. That is done of files, of dataframes of pandas, "
            "polars and Arrow, and of tables of PostgreSQL, MySQL, MariaDB and SQLite"
        )

    @classmethod
    def one_outlet(cls, given: str, missing: str) -> UsageError:
        """Only one of two places was given."""
        return cls(f"{given} is given and {missing} is not: rows would get lost. Give both")

    @classmethod
    def no_outlets(cls, source: str) -> UsageError:
        """Nothing says where rows go, and they are no dataframe that could be returned."""
        return cls(f"source {cut(source)}: say where its rows go, with good and bad")

    @classmethod
    def outlet_overlaps(cls, outlet: str, other: str) -> UsageError:
        """What is written would be read, or overwritten, as something else."""
        return cls(
            f"{cut(outlet)}: it is the same as {cut(other)}, or lies in it or around it. Name a place of its own"
        )

    @classmethod
    def foreign_files(cls, outlet: str, name: str) -> UsageError:
        """A folder that would be replaced holds what no quarantine wrote."""
        return cls(
            f"{cut(outlet)}: it holds {quoted(name)}, which no quarantine wrote, and would be replaced. "
            "Name a folder of its own"
        )

    @classmethod
    def column_taken(cls, source: str, column: str) -> UsageError:
        """The source has a column of the name of the one that is added."""
        return cls(
            f"source {cut(source)}: it has a column {quoted(column)} already, as the rows of another quarantine do. "
            "Give reason_column another name"
        )

    @classmethod
    def wrong_share(cls, name: str, given: object) -> UsageError:
        """A share beyond all or nothing."""
        return cls(f"{name}={given!r}: it is a share of rows, from 0 to 1")

    @classmethod
    def no_gate(cls, text: str) -> UsageError:
        """A gate whose runs are to be watched, and that is not named as one."""
        return cls(f"gate {quoted(text)}: write dag_id/task_id, or dag_id/task_id[map_index] of a mapped one")

    @classmethod
    def no_persistence(cls, k: int, n: int) -> UsageError:
        """A number of runs out of a smaller one, or none."""
        return cls(f"persistence=({k}, {n}): give k of the last n runs, with 1 <= k <= n")

    @classmethod
    def no_conditions(cls) -> UsageError:
        """Nothing would ever be a reason to train."""
        return cls("there are no conditions, so that nothing would ever be a reason to train. Give at least one")

    @classmethod
    def unwatched_gate(cls, gate: str, watched: Iterable[str]) -> UsageError:
        """A condition about a gate that is not watched."""
        watched = list(watched)
        return cls(
            f"a condition is about the gate {quoted(gate)}, which is not watched. "
            f"Watched: {', '.join(watched) or 'none'}.{did_you_mean(gate, watched)}"
        )

    @classmethod
    def nothing_watched(cls, condition: str) -> UsageError:
        """A condition about runs, and no gate whose runs they could be."""
        return cls(f"condition {quoted(condition)}: no gate is watched. Give gates=['dag_id/task_id']")

    @classmethod
    def no_feed(cls, every: str, grace: str) -> UsageError:
        """A feed whose deliveries overlap, or never come."""
        return cls(f"every={every}, grace={grace}: give a grace that is shorter than the time between two deliveries")
