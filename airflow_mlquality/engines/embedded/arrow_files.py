"""Arrow IPC files (Feather version 2) and streams, read batch by batch.

A file of somebody else is not mapped into memory: when its writer cuts it short meanwhile, that would end the process
without a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.embedded.faults import broken_among
from airflow_mlquality.engines.embedded.parts import MOST_LOCATED, Part, declared_by_arrow, described, numbered
from airflow_mlquality.errors import EngineError
from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from airflow_mlquality.engines.embedded.connection import Embedded
    from airflow_mlquality.engines.embedded.files import Files
    from airflow_mlquality.engines.embedded.hive import Hive

_numbers = count()


def arrow_parts(engine: Embedded, files: Files, hive: Hive) -> tuple[list[Part], dict[str, str]]:
    """Return the parts of Arrow files, and the files that are none, and why."""
    opened: dict[str, tuple[str, pa.Schema]] = {}
    broken = broken_among(files, files.paths, lambda paths: opened.update(_opened(paths)))
    alike: list[tuple[tuple[str, pa.Schema, tuple[Any, ...]], list[str]]] = []
    for path, (form, schema) in sorted(opened.items()):
        kind = (form, schema, tuple(hive.keys.get(path, {}).items()))
        paths = next((paths for known, paths in alike if known == kind), None)
        if paths is None:
            alike.append((kind, paths := []))
        paths.append(path)
    return [_part(engine, form, tuple(paths), hive, schema) for (form, schema, _), paths in alike], broken


def _opened(paths: Sequence[str]) -> dict[str, tuple[str, pa.Schema]]:
    """Return form and schema of each file.

    Raises
    ------
    EngineError
        When one cannot be opened.
    """
    return {path: _form(path) for path in paths}


def _form(path: str) -> tuple[str, pa.Schema]:
    import pyarrow as pa

    failed = "it is empty"
    for form, opening in (("file", pa.ipc.open_file), ("stream", pa.ipc.open_stream)):
        try:
            with pa.OSFile(path) as mapped, opening(mapped) as reader:
                return form, reader.schema.remove_metadata()
        except (pa.ArrowInvalid, OSError):
            failed = "it is no Arrow file or stream, or only the beginning of one"
    raise EngineError.query_failed(failed)


def _part(engine: Embedded, form: str, paths: tuple[str, ...], hive: Hive, schema: pa.Schema) -> Part:
    whole = _offered(engine, form, paths, hive)
    located = [numbered(_offered(engine, form, (path,), hive), path) for path in paths[:MOST_LOCATED]]
    keys = frozenset(hive.names(paths[0]))
    columns = described(engine, whole, is_nullable=declared_by_arrow(schema))
    return Part(paths, columns, whole, " UNION ALL BY NAME ".join(located), partial(_read, form), keys=keys)


def _offered(engine: Embedded, form: str, paths: tuple[str, ...], hive: Hive) -> str:
    name = f"mlquality arrow {next(_numbers)}"
    engine.register(name, _dataset(paths) if form == "file" else Streams(paths))
    return f"SELECT *{hive.constants(paths[0])} FROM {sql.text(sql.col(name))}"


def _dataset(paths: Sequence[str]) -> Any:
    import pyarrow.dataset

    return pyarrow.dataset.dataset(list(paths), format="ipc")


@dataclass(frozen=True)
class Streams:
    """Files in Arrow's stream format; each time the engine asks, they are read anew."""

    paths: tuple[str, ...]

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Return a stream of the batches of all files."""
        import pyarrow as pa

        with pa.OSFile(self.paths[0]) as mapped, pa.ipc.open_stream(mapped) as first:
            schema = first.schema
        return pa.RecordBatchReader.from_batches(schema, self._batches()).__arrow_c_stream__(requested_schema)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        for path in self.paths:
            with pa.OSFile(path) as mapped, pa.ipc.open_stream(mapped) as reader:
                yield from reader


def _read(form: str, paths: Sequence[str]) -> None:
    """Read every batch.

    Raises
    ------
    EngineError
        When one is broken.
    """
    import pyarrow as pa

    for path in paths:
        try:
            with pa.OSFile(path) as mapped:
                if form == "stream":
                    for _ in pa.ipc.open_stream(mapped):
                        pass
                else:
                    reader = pa.ipc.open_file(mapped)
                    for number in range(reader.num_record_batches):
                        reader.get_batch(number)
        except (pa.ArrowInvalid, OSError) as broken:
            raise EngineError.query_failed(f"{type(broken).__name__}: {broken}") from None
