"""Objects in memory as something Arrow that the engine reads, without copying where that can be.

============================================= =========================================================================
pyarrow Table, RecordBatch, Dataset           as it is; a Dataset is scanned anew for every statement
polars DataFrame                              its own memory
pandas DataFrame                              its own memory, but for columns of Python objects, which are converted
object with ``__arrow_c_array__``             its own memory
polars LazyFrame                              run once, by the streaming engine, into a file of the scratch folder
RecordBatchReader, ``__arrow_c_stream__``     read once, batch by batch, into a file of the scratch folder
============================================= =========================================================================

The last two can be read only once, or are computed anew each time they are read; a gate reads its rows several times.
They are written to disk, not kept in memory, and read from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.embedded.spool import spooled
from airflow_mlquality.errors import MLQualityError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa


def as_arrow(source: Any, scratch: Path) -> Any:
    """Return an object in memory as what the engine can register and read several times.

    A NaN of pandas is its mark for a missing value and becomes NULL; a NaN of polars or Arrow stays NaN.

    Raises
    ------
    SourceError
        When it is none of these, or cannot be read.
    """
    label = f"{type(source).__module__.partition('.')[0]}.{type(source).__name__}"
    reader = _reader(source)
    if reader is None:
        raise SourceError.unsupported(label)
    try:
        return reader(source, scratch)
    except MLQualityError:
        raise
    except Exception as failed:  # noqa: BLE001  whoever made the object raises errors of its own
        raise SourceError.raised(label, type(failed).__name__) from None


def _reader(source: Any) -> Callable[[Any, Path], Any] | None:
    import pyarrow as pa
    import pyarrow.dataset

    library, name = type(source).__module__.partition(".")[0], type(source).__name__
    if isinstance(source, pa.Table | pyarrow.dataset.Dataset):
        return lambda whole, _: whole
    if (library, name) in _FRAMES:
        return _FRAMES[library, name]
    if hasattr(source, "__arrow_c_stream__") and name not in ("Series", "ChunkedArray"):
        return _of_stream
    if hasattr(source, "__arrow_c_array__") and not isinstance(source, pa.Array):
        return lambda array, _: pa.Table.from_batches([pa.record_batch(array)])
    return None


def _of_polars(frame: Any, _: Path) -> pa.Table:
    import pyarrow as pa

    return pa.table(frame)


def _of_lazy(frame: Any, scratch: Path) -> Any:
    import pyarrow.dataset
    import pyarrow.fs

    path = scratch / f"lazy-{len(list(scratch.iterdir()))}.arrow"
    frame.sink_ipc(path, compression="uncompressed")
    mapped = pyarrow.fs.LocalFileSystem(use_mmap=True)
    return pyarrow.dataset.dataset([str(path)], format="ipc", filesystem=mapped)


def _of_stream(source: Any, scratch: Path) -> Any:
    import pyarrow as pa

    with pa.RecordBatchReader.from_stream(source) as reader:
        return spooled(reader.schema, reader, scratch)


def _of_pandas(frame: pd.DataFrame, _: Path) -> pa.Table:
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


_FRAMES: dict[tuple[str, str], Callable[[Any, Path], Any]] = {
    ("pandas", "DataFrame"): _of_pandas,
    ("polars", "DataFrame"): _of_polars,
    ("polars", "LazyFrame"): _of_lazy,
}
