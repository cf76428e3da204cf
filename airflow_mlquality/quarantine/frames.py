"""Dataframes put apart in memory: rows of the frame that was given, with its own types and index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_mlquality.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def apart(frame: Any, places: Sequence[int], reasons: Sequence[Sequence[str]], reason_column: str) -> tuple[Any, Any]:
    """Return the rows that are kept and those that are lost, these with their reasons.

    Parameters
    ----------
    frame
        A DataFrame of pandas or polars, or a Table of Arrow.
    places
        Which rows are lost, the first being 1, in order.
    reasons
        Of each of these.
    reason_column
        Name of the column for them.

    Raises
    ------
    UsageError
        When it is something else, such as a stream.
    """
    library, name = type(frame).__module__.partition(".")[0], type(frame).__name__
    if (library, name) not in _APART:
        raise UsageError.no_outlets(f"{library} {name}")
    lost = [place - 1 for place in places]
    gone = set(lost)
    kept = [place for place in range(len(frame)) if place not in gone]
    return _APART[library, name](frame, kept, lost, [list(each) for each in reasons], reason_column)


def _of_pandas(frame: Any, kept: list[int], lost: list[int], reasons: list[list[str]], name: str) -> tuple[Any, Any]:
    import pandas as pd

    bad = frame.iloc[lost].copy()
    bad[name] = pd.Series(reasons, index=bad.index, dtype="object")
    return frame.iloc[kept].copy(), bad


def _of_polars(frame: Any, kept: list[int], lost: list[int], reasons: list[list[str]], name: str) -> tuple[Any, Any]:
    import polars as pl

    return frame[kept], frame[lost].with_columns(pl.Series(name, reasons, dtype=pl.List(pl.String)))


def _of_arrow(table: Any, kept: list[int], lost: list[int], reasons: list[list[str]], name: str) -> tuple[Any, Any]:
    import pyarrow as pa

    told = pa.array(reasons, pa.list_(pa.string()))
    return table.take(pa.array(kept, pa.int64())), table.take(pa.array(lost, pa.int64())).append_column(name, told)


_APART = {
    ("pandas", "DataFrame"): _of_pandas,
    ("polars", "DataFrame"): _of_polars,
    ("pyarrow", "Table"): _of_arrow,
}
