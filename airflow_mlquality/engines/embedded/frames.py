"""Objects in memory as Arrow tables, without copying where their memory allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_mlquality.errors import SourceError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def as_arrow(source: Any) -> pa.Table:
    """Return a pandas, polars or Arrow object as an Arrow table.

    A NaN of pandas is its mark for a missing value and becomes NULL; a NaN of polars or Arrow stays NaN.

    Raises
    ------
    SourceError
        When it is none of these.
    """
    import pyarrow as pa

    library = type(source).__module__.partition(".")[0]
    if library == "pandas" and hasattr(source, "columns"):
        return _of_pandas(source)
    if library == "polars" and hasattr(source, "collect"):
        source = source.collect()
    if isinstance(source, pa.RecordBatch):
        return pa.Table.from_batches([source])
    if isinstance(source, pa.Table):
        return source
    if hasattr(source, "to_table"):
        return source.to_table()
    if hasattr(source, "__arrow_c_stream__"):
        try:
            return pa.table(source)
        except pa.ArrowInvalid:  # one column, such as a Series, is no table
            pass
    raise SourceError.unsupported(f"{library}.{type(source).__name__}")


def _of_pandas(frame: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    named = frame if all(isinstance(name, str) for name in frame.columns) else frame.rename(columns=str)
    try:
        return pa.Table.from_pandas(named, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.Table.from_pandas(_with_mixed_as_text(named), preserve_index=False)


def _with_mixed_as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns of mixed objects are text, so that they can be counted instead of refused."""
    import pandas as pd
    import pyarrow as pa

    columns = {}
    for position, name in enumerate(frame.columns):
        column = frame.iloc[:, position]
        try:
            pa.Array.from_pandas(column)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            column = column.map(lambda value: None if pd.isna(value) else str(value)).astype("object")
        columns[name] = column
    return pd.DataFrame(columns)
