"""Rows that can be read only once, kept on disk while they are measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pyarrow as pa


@dataclass(frozen=True)
class Spool:
    """Rows in the scratch folder, in Arrow's stream format; each time the engine asks, they are read anew.

    They are mapped into memory, so that a scan copies nothing and the system may drop their pages at any time.

    Parameters
    ----------
    path
        Of the file.
    num_rows
        How many there are.
    schema
        The columns.
    """

    path: Path
    num_rows: int
    schema: pa.Schema

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Return a stream of the batches."""
        import pyarrow as pa

        return pa.ipc.open_stream(pa.memory_map(str(self.path))).__arrow_c_stream__(requested_schema)


def spooled(schema: pa.Schema, batches: Iterable[pa.RecordBatch], scratch: Path) -> Spool:
    """Write batches to the scratch folder, one at a time; that is the only copy that is made of them."""
    import pyarrow as pa

    path = scratch / f"spool-{len(list(scratch.iterdir()))}.arrows"
    rows = 0
    with pa.ipc.new_stream(str(path), schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return Spool(path, rows, schema)
