"""The hard tables in Spark: files that Arrow wrote, read by Spark."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from airflow_mlquality.engines.sources import SparkSource
from tests.conformance.engines import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from tests.conformance.engines import Asked

WITHOUT_COMPILER = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
"""Hundreds of aggregates over a hundred rows: writing Java for them takes ten times as long as working them out."""
COMPILED = frozenset({"keys"})


class InSpark(Place):
    """Spark, in a session of the tests."""

    name = "spark"
    width = 500

    def __init__(self, session: Any, folder: Path) -> None:
        super().__init__()
        self._session = session
        self._folder = folder

    def source(self, name: str, rows: pa.Table) -> Any:
        """Write a file."""
        path = self._folder / f"{name}.parquet"
        pq.write_table(rows, path)
        return SparkSource(session=self._session, path=str(path), name=self.name)

    def asked(self, name: str) -> Asked:
        """Ask once; most tables without Spark's compiler."""
        if name in COMPILED:
            return super().asked(name)
        with self.quick():
            return super().asked(name)

    @contextmanager
    def quick(self) -> Iterator[None]:
        """Work things out without compiling them."""
        before = {name: self._session.conf.get(name) for name in WITHOUT_COMPILER}
        self._set(WITHOUT_COMPILER)
        try:
            yield
        finally:
            self._set(before)

    def _set(self, settings: dict[str, str]) -> None:
        for name, value in settings.items():
            self._session.conf.set(name, value)
