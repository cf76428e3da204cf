"""What could not be measured is an error of what needs it: never a pass, and never taken for a first run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlquality.audit import audit, take_profile
from airflow_mlquality.checks import Drift, NotNull
from airflow_mlquality.contract import Contract
from airflow_mlquality.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = Contract(
    name="rows", checks=[NotNull(column="x"), Drift(columns=["x", "y"])], runbook="https://example.com/r"
)


def whole(folder: Path) -> Path:
    rng = np.random.default_rng(3)
    path = folder / "whole.parquet"
    pq.write_table(pa.table({"x": rng.normal(size=2_000), "y": rng.normal(size=2_000)}), path, use_dictionary=False)
    return path


def with_a_broken_column(folder: Path) -> Path:
    """A file whose footer is right and whose pages of `y` are not."""
    path = folder / "broken.parquet"
    content = bytearray(whole(folder).read_bytes())
    column = pq.ParquetFile(folder / "whole.parquet").metadata.row_group(0).column(1)
    start = column.data_page_offset
    content[start : start + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    path.write_bytes(content)
    return path


def test_a_column_that_cannot_be_read_is_the_error_of_its_checks_alone(tmp_path: Path) -> None:
    report = audit(CONTRACT, with_a_broken_column(tmp_path), reference=whole(tmp_path))

    assert {verdict.id: verdict.outcome.value for verdict in report.verdicts} == {
        "row_count": "pass",
        "x.not_null": "pass",
        "drift.x": "pass",
        "drift.y": "error",
    }
    assert report.decision.action.value == "stop"


def test_a_column_of_the_reference_that_cannot_be_read_is_an_error_and_no_first_run(tmp_path: Path) -> None:
    report = audit(CONTRACT, whole(tmp_path), reference=with_a_broken_column(tmp_path))

    assert {verdict.id: verdict.outcome.value for verdict in report.verdicts} == {
        "row_count": "pass",
        "x.not_null": "pass",
        "drift.x": "pass",
        "drift.y": "error",
    }
    assert report.decision.action.value == "stop"


def test_a_first_run_on_a_column_that_cannot_be_read_is_an_error_too(tmp_path: Path) -> None:
    report = audit(
        Contract(name="rows", checks=[NotNull(column="x"), NotNull(column="y")]), with_a_broken_column(tmp_path)
    )

    assert {verdict.id: verdict.outcome.value for verdict in report.verdicts} == {
        "row_count": "pass",
        "x.not_null": "pass",
        "y.not_null": "error",
    }


def test_a_reference_that_is_not_there_stops_and_the_rest_is_judged(tmp_path: Path) -> None:
    report = audit(CONTRACT, whole(tmp_path), reference=tmp_path / "none.parquet")

    assert [(verdict.id, verdict.outcome.value) for verdict in report.verdicts] == [
        ("reference", "error"),
        ("row_count", "pass"),
        ("x.not_null", "pass"),
        ("drift.x", "undecided"),
        ("drift.y", "undecided"),
    ]
    assert (report.decision.action.value, report.verdicts[0].runbook) == ("stop", "https://example.com/r")
    assert report.verdicts[0].reason == (
        f"source {tmp_path}/none.parquet: no such file. Check the path, and whether the task that writes it has run"
    )


def test_a_profile_that_would_lack_a_fact_is_not_taken(tmp_path: Path) -> None:
    path = with_a_broken_column(tmp_path)

    with pytest.raises(EngineError) as refused:
        take_profile(path)

    assert str(refused.value).startswith(f"profile of {path}: ")
    assert "null_count of y: " in str(refused.value)


def test_a_reference_whose_profile_lacks_the_shape_is_lost_evidence(tmp_path: Path) -> None:
    path = whole(tmp_path)
    without_shapes = audit(Contract(name="rows", checks=[NotNull(column="x")]), path).profile

    report = audit(CONTRACT, path, reference=without_shapes)

    assert [(verdict.cause, verdict.reason) for verdict in report.verdicts if verdict.check == "drift"] == [
        ("no_data", f"PSI of '{name}' against the reference: the reference holds no shape of it") for name in ("x", "y")
    ]
    assert report.decision.action.value == "stop"
