"""A list of paths is one source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from airflow_mlquality.audit import audit
from airflow_mlquality.contract import Contract

if TYPE_CHECKING:
    from pathlib import Path

ANY = Contract(name="any")


def test_the_files_of_several_paths_are_read_as_one_each_once(tmp_path: Path) -> None:
    for name in ("a", "b"):
        pq.write_table(pa.table({"x": [1, 2]}), tmp_path / f"{name}.parquet")

    report = audit(ANY, [str(tmp_path / "a.parquet"), tmp_path / "b.parquet", tmp_path])

    assert report.rows == 4
    assert report.profile.source == f"{tmp_path}/a.parquet and 2 more"


def test_one_of_several_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), tmp_path / "a.parquet")

    (verdict,) = audit(ANY, [tmp_path / "a.parquet", tmp_path / "gone.parquet"]).verdicts

    assert verdict.outcome == "error"
    assert "gone.parquet" in verdict.reason


def test_files_of_two_formats_are_no_source(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), tmp_path / "a.parquet")
    (tmp_path / "b.csv").write_text("x\n1\n")

    (verdict,) = audit(ANY, [tmp_path / "a.parquet", tmp_path / "b.csv"]).verdicts

    assert verdict.outcome == "error"
    assert "csv" in verdict.reason
