"""Every kind of source gives the same rows, and a broken one gives a verdict."""

from __future__ import annotations

import gzip
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlquality.audit import audit, take_profile
from airflow_mlquality.checks import Between, NotNull, Relationships, Rule, Type
from airflow_mlquality.contract import Contract
from airflow_mlquality.errors import SourceError
from airflow_mlquality.measurements import Moments, MomentsFact, NullCount

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from airflow_mlquality.report import Report


def reason(report: Report) -> str:
    """Return the reason of the first verdict that is not the built-in row count."""
    return next(verdict.reason for verdict in report.verdicts if verdict.check != "row_count")


ROWS: dict[str, list[Any]] = {"id": [1, 2, 3, 4], "age": [30, 41, None, 17], "name": ["a", "b", "c", "d"]}


def parquet(folder: Path) -> Any:
    pq.write_table(pa.table(ROWS), folder / "rows.parquet")
    return folder / "rows.parquet"


def csv(folder: Path) -> Any:
    (folder / "rows.csv").write_text("id,age,name\n1,30,a\n2,41,b\n3,,c\n4,17,d\n")
    return str(folder / "rows.csv")


def zipped_csv(folder: Path) -> Any:
    with zipfile.ZipFile(folder / "rows.csv.zip", "w") as archive:
        archive.write(csv(folder), "rows.csv")
    return folder / "rows.csv.zip"


def gzipped_csv(folder: Path) -> Any:
    csv(folder)
    with gzip.open(folder / "rows.csv.gz", "wb") as packed:
        packed.write((folder / "rows.csv").read_bytes())
    return folder / "rows.csv.gz"


def json_lines(folder: Path) -> Any:
    lines = [json.dumps(dict(zip(ROWS, row, strict=True))) for row in zip(*ROWS.values(), strict=True)]
    (folder / "rows.jsonl").write_text("\n".join(lines))
    return folder / "rows.jsonl"


def glob_of_parquet(folder: Path) -> Any:
    for part in range(2):
        rows = {name: values[part * 2 : part * 2 + 2] for name, values in ROWS.items()}
        pq.write_table(pa.table(rows), folder / f"part-{part}.parquet")
    return f"{folder}/part-*.parquet"


def folder_of_parquet(folder: Path) -> Any:
    glob_of_parquet(folder)
    return folder


def file_url(folder: Path) -> Any:
    return f"file://{csv(folder)}"


def object_storage(folder: Path) -> Any:
    from upath import UPath

    csv(folder)
    path = UPath(f"memory://{folder.name}/rows.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((folder / "rows.csv").read_bytes())
    return path


def pandas_frame(_: Path) -> Any:
    return pd.DataFrame(ROWS)


def polars_frame(_: Path) -> Any:
    return pl.DataFrame(ROWS)


def lazy_polars_frame(_: Path) -> Any:
    return pl.LazyFrame(ROWS)


def arrow_table(_: Path) -> Any:
    return pa.table(ROWS)


def arrow_batch(_: Path) -> Any:
    return pa.table(ROWS).to_batches()[0]


KINDS = [
    parquet,
    csv,
    zipped_csv,
    gzipped_csv,
    json_lines,
    glob_of_parquet,
    folder_of_parquet,
    file_url,
    object_storage,
    pandas_frame,
    polars_frame,
    lazy_polars_frame,
    arrow_table,
    arrow_batch,
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_source_gives_the_same_facts(kind: Callable[[Path], Any], tmp_path: Path) -> None:
    profile = take_profile(kind(tmp_path))

    assert profile.rows == 4
    assert profile.schema.names == ("id", "age", "name")
    assert profile[NullCount("age")] == 1
    age = profile[Moments("age")]
    assert MomentsFact(age.count, age.min, age.max, round(age.mean or 0, 6)) == MomentsFact(3, 17, 41, 29.333333)


def test_a_string_in_an_integer_column_of_a_csv_is_found_with_its_file_and_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,age\n" + "".join(f"{number},{number}\n" for number in range(20)) + "20,n/a\n")

    report = audit(Contract(name="ages", checks=[Type(column="age", expected="integer")], key=("id",)), path)
    (verdict,) = [each for each in report.verdicts if each.check == "type"]

    assert verdict.reason == "share of rows with 'age' not written as integer is 0.04762 (1 of 21 rows), above fail 0"
    assert [str(example) for example in verdict.examples] == ["rows.csv row 21: id='##', age='x/x'"]


def test_a_string_in_an_undeclared_integer_column_of_a_csv_warns(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("age\n" + "".join(f"{number}\n" for number in range(20)) + "12.5\n")

    report = audit(Contract(name="ages", checks=[NotNull(column="age", fail=0.5)]), path)

    assert {verdict.id: verdict.outcome.value for verdict in report.verdicts} == {
        "age.sniffed_type": "warn",
        "age.not_null": "pass",
        "row_count": "pass",
    }


def test_mixed_objects_in_a_pandas_column_are_counted_not_refused() -> None:
    frame = pd.DataFrame({"age": pd.Series([1, 2, "x", None], dtype="object")})

    report = audit(Contract(name="ages", checks=[Type(column="age", expected="integer")]), frame)

    assert reason(report) == "'age' is string, not integer; 1 of 3 values are not written as integer"


def test_mixed_values_in_json_lines_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"age": 1}\n{"age": "x"}\n{"age": 3}\n')

    report = audit(Contract(name="ages", checks=[Type(column="age", expected="integer")]), path)

    assert reason(report) == ("share of rows with 'age' not written as integer is 0.3333 (1 of 3 rows), above fail 0")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("none.csv", None, "no such file. Check the path, and whether the task that writes it has run"),
        ("broken.parquet", b"this is no parquet file", "it is no Parquet file, or only the beginning of one"),
        ("broken.csv.zip", b"this is no archive", "it is no zip archive, or a damaged one"),
    ],
)
def test_a_source_that_cannot_be_read_is_an_error_and_stops(
    name: str, content: bytes | None, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    report = audit(Contract(name="ages", checks=[NotNull(column="age")]), path)

    assert [(verdict.id, verdict.reason) for verdict in report.verdicts] == [("source", f"source {path}: {reason}")]
    assert (report.outcome.value, report.decision.action.value) == ("error", "stop")


def test_a_file_of_unknown_format_says_which_are_known(tmp_path: Path) -> None:
    (tmp_path / "rows.xlsx").write_bytes(b"")

    with pytest.raises(SourceError, match=r"cannot tell its format from its name. Name a file ending in \.parquet"):
        take_profile(tmp_path / "rows.xlsx")


def test_a_web_address_is_not_read() -> None:
    with pytest.raises(SourceError) as refused:
        take_profile("https://example.org/rows.csv")

    assert str(refused.value) == (
        "source https://example.org/rows.csv: a web address is not read. Download it first, or use object storage"
    )


def test_an_object_that_holds_no_rows_is_refused_by_name() -> None:
    with pytest.raises(SourceError) as refused:
        take_profile(pd.Series([1, 2]))

    assert str(refused.value) == (
        "a source of type pandas.Series cannot be read. Give a path, a glob, an ObjectStoragePath, "
        "or a pandas, polars or Arrow object"
    )


@pytest.mark.parametrize("name", ["first.csv", "second.csv"])
def test_files_whose_columns_stand_in_another_order_are_matched_by_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "first.csv").write_text("id,age\n1,30\n")
    (tmp_path / "second.csv").write_text("age,id\n400,2\n")

    report = audit(
        Contract(name="ages", checks=[Between(column="age", max=110)], key=("id",), samples=frozenset({"id", "age"})),
        tmp_path,
    )

    assert reason(report) == "share of rows with 'age' outside […, 110] is 0.5 (1 of 2 rows), above fail 0"
    assert [str(example) for example in report.verdicts[1].examples] == ["second.csv row 1: id=2, age=400"]
    assert take_profile(tmp_path / name).schema["age"].type == "integer"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_told_from_the_header(delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(f"\ufeffid{delimiter}age\r\n1{delimiter}30\r\n".encode())

    profile = take_profile(path)

    assert [(column.name, column.type.value) for column in profile.schema] == [("id", "integer"), ("age", "integer")]


def test_a_csv_with_a_header_alone_has_columns_and_no_rows(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,age\n")

    profile = take_profile(tmp_path / "rows.csv")

    assert (profile.schema.names, profile.rows) == (("id", "age"), 0)


def test_a_csv_without_even_a_header_is_an_error_and_stops(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("")

    report = audit(Contract(name="ages", checks=[NotNull(column="age")]), tmp_path / "rows.csv")

    assert (report.outcome.value, report.decision.action.value) == ("error", "stop")
    assert reason(report) == (
        f"source {tmp_path}/rows.csv: it is empty, without even a header. See whether its writer finished"
    )


def test_the_same_name_twice_in_a_header_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,id\n1,2\n")

    with pytest.raises(SourceError) as refused:
        take_profile(tmp_path / "rows.csv")

    assert str(refused.value) == f"source {tmp_path}/rows.csv: its header names the column 'id' more than once"


@pytest.mark.parametrize("values", [[1, 2], ["Ann", "Bob"], []])
def test_a_list_of_anything_but_paths_is_no_source(values: list[object]) -> None:
    with pytest.raises(SourceError, match=r"^a source of type builtins.list cannot be read"):
        take_profile(values)


def test_a_malformed_csv_line_is_an_error_that_shows_no_value(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,name\n1,Ann\n2,Bob,secret\n" * 30)

    report = audit(Contract(name="people", checks=[NotNull(column="id")]), path)

    assert reason(report) == f"source {path}: line 3: expected 2 values, found 3"
    assert "secret" not in report.dumps()
    assert "Bob" not in report.dumps()


def test_a_partition_leaves_out_other_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("day,age\n2026-01-01,30\n2026-01-02,400\n")
    contract = Contract(name="ages", checks=[Between(column="age", max=110)])

    first = audit(contract, path, partition={"day": "2026-01-01"})
    second = audit(contract, path, partition={"day": "2026-01-02"})

    assert [first.outcome.value, second.outcome.value] == ["pass", "fail"]
    assert [first.rows, second.rows] == [1, 1]


def test_an_unknown_partition_column_is_named(tmp_path: Path) -> None:
    report = audit(Contract(name="ages", checks=[]), csv(tmp_path), partition={"agee": "3"})

    assert reason(report) == (
        f"source {tmp_path}/rows.csv: partition column 'agee' does not exist. Did you mean 'age'?"
    )


def test_a_related_source_that_is_not_there_is_the_error_of_its_check_alone(tmp_path: Path) -> None:
    checks = [Relationships(column="id", to="people", to_column="id"), Rule(id="positive", rule="id > 0")]

    report = audit(Contract(name="ages", checks=checks, sources={"people": "none.csv"}), csv(tmp_path))

    assert {verdict.id: verdict.outcome.value for verdict in report.verdicts} == {
        "id.relationships": "error",
        "positive": "pass",
        "row_count": "pass",
    }
    assert reason(report) == (
        "relationships of id: source none.csv: no such file. "
        "Check the path, and whether the task that writes it has run"
    )
