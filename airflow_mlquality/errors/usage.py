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
