"""What the decorators share: a function's arguments and its rows, kept out of Airflow's view of rendered templates."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from airflow.sdk.bases.decorator import DecoratedOperator

try:
    from airflow.sdk.bases.decorator import determine_kwargs
except ImportError:  # its place before Airflow 3.2
    from airflow.utils.operator_helpers import (  # type: ignore[attr-defined]  # the same, in its old place
        determine_kwargs,
    )

from airflow_mlquality.operators.in_memory import InMemory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

_HOLD_ROWS = frozenset({"pandas", "polars", "pyarrow", "numpy", "pyspark", "duckdb", "dask", "modin", "cudf"})
"""Libraries whose objects are rows; their text is the first of them."""


class RowsOfFunction(DecoratedOperator):
    """A function that returns rows; mixed into the operator that does something with them."""

    template_fields: Sequence[str] = ("op_args", "op_kwargs")

    @property
    def op_args(self) -> Any:
        """The function's arguments by place."""
        return self._op_args

    @op_args.setter
    def op_args(self, value: Any) -> None:
        self._op_args = rows_veiled(value)

    @property
    def op_kwargs(self) -> Any:
        """The function's arguments by name."""
        return self._op_kwargs

    @op_kwargs.setter
    def op_kwargs(self, value: Any) -> None:
        self._op_kwargs = rows_veiled(value)

    def called(self, context: Context) -> Any:
        """Return what the function returns.

        Raises
        ------
        WrongUsage
            When that are no rows.
        """
        from airflow_mlquality.operators.endings import WrongUsage

        arguments: Mapping[str, Any] = rows_unveiled(self.op_kwargs)
        positional = rows_unveiled(self.op_args)
        known: Any = {**context, **arguments}
        value = self.python_callable(*positional, **determine_kwargs(self.python_callable, positional, known))
        if wrong := _wrong(value):
            msg = (
                f"{self.python_callable.__name__} returned {wrong}, which no gate can read. Return a dataframe, a path "
                "or a list of paths"
            )
            raise WrongUsage(msg)
        return value


def rows_veiled(value: Any) -> Any:
    """Return a value whose rows are hidden; what Airflow renders or resolves stays as it is."""
    if isinstance(value, dict):
        return {name: rows_veiled(each) for name, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)(rows_veiled(each) for each in value)
    return InMemory(value) if type(value).__module__.partition(".")[0] in _HOLD_ROWS else value


def rows_unveiled(value: Any) -> Any:
    """Return the value itself.

    >>> rows_unveiled(rows_veiled({"a": [1, (2, "b")]}))
    {'a': [1, (2, 'b')]}
    """
    if isinstance(value, dict):
        return {name: rows_unveiled(each) for name, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)(rows_unveiled(each) for each in value)
    return value.rows if isinstance(value, InMemory) else value


def _wrong(value: Any) -> str:
    """Return what is wrong with a function's result; nothing when it may be rows."""
    if value is None or isinstance(value, bool | int | float | dict | set):
        return "nothing" if value is None else f"a {type(value).__name__}"
    if isinstance(value, str):
        return "" if value else "an empty text"
    if isinstance(value, list | tuple):
        if not value:
            return "an empty list"
        is_paths = all(isinstance(each, str | os.PathLike) or hasattr(type(each), "fs") for each in value)
        return "" if is_paths else f"a {type(value).__name__} of something else than paths"
    return ""


def plain(value: Any) -> Any:
    """Return a function's result as a source: several paths are a list."""
    return list(value) if isinstance(value, tuple) else value
