"""Rows that a task upstream handed over by XCom, kept out of Airflow's view of rendered templates."""

from __future__ import annotations

import os
from typing import Any

from airflow_mlquality.operators.locations import BehindConnection


class InMemory:
    """Rows in memory as the value of a templated field.

    Airflow shows every templated field as text; the text of a dataframe is its first rows.
    """

    def __init__(self, rows: Any) -> None:
        self.rows = rows

    def __str__(self) -> str:
        """Return what Airflow may show."""
        return f"<{type(self.rows).__name__} in memory>"

    def serialize(self) -> str:
        """Return what Airflow may show; Airflow asks for it before it asks for a string."""
        return str(self)


class Veiled:
    """A templated field that may hold rows: what is assigned to it lies there veiled."""

    def __set_name__(self, owner: type, name: str) -> None:
        """Keep the value under a name of its own."""
        self._name = f"_{name}"

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Return the value, veiled."""
        return self if instance is None else getattr(instance, self._name)

    def __set__(self, instance: Any, value: Any) -> None:
        """Veil a value."""
        setattr(instance, self._name, veiled(value))


def veiled(value: Any) -> Any:
    """Return a value as it may lie in a templated field; what is a path or a template already stays as it is."""
    if isinstance(value, (os.PathLike, BehindConnection)):
        return value
    if isinstance(value, dict):
        return {name: veiled(each) for name, each in value.items()}
    # the output of a task, or an argument of a mapped group: Airflow itself knows them by this method; asked of the
    # type, because a dataframe answers for its columns
    comes_later = callable(getattr(type(value), "resolve", None))
    return value if value is None or comes_later or isinstance(value, (str, InMemory)) else InMemory(value)


def unveiled(value: Any) -> Any:
    """Return the value itself.

    >>> unveiled(veiled([1, 2])), str(veiled([1, 2])), veiled("a.parquet")
    ([1, 2], '<list in memory>', 'a.parquet')
    """
    if isinstance(value, dict):
        return {name: unveiled(each) for name, each in value.items()}
    return value.rows if isinstance(value, InMemory) else value
