"""A broken file among others is a verdict on the data, and trouble with the storage is none."""

from __future__ import annotations

import gzip
import os
import zipfile
from typing import TYPE_CHECKING, Any

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlquality.audit import audit, take_profile
from airflow_mlquality.checks import Between, Drift, NotNull, Relationships, Type
from airflow_mlquality.contract import Contract
from airflow_mlquality.engines.embedded.connection import Embedded
from airflow_mlquality.engines.embedded.faults import broken_among
from airflow_mlquality.engines.embedded.files import Files, find_files
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.measuring import measure
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.errors import EngineError, SourceError
from airflow_mlquality.measurements import Moments
from airflow_mlquality.measurements.counts import STAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from airflow_mlquality.report import Report
    from airflow_mlquality.verdict import Verdict

HAS_IDS = Contract(name="stage", checks=[NotNull(column="id")])


def told(report: Report, name: str = "source.files") -> Verdict:
    """Return the verdict of that id."""
    return next(verdict for verdict in report.verdicts if verdict.id == name)


def outcomes(report: Report) -> dict[str, str]:
    return {verdict.id: verdict.outcome.value for verdict in report.verdicts}


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Settings]:
    """Settings whose folder for what is unpacked and spilled must be empty afterwards."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    yield Settings(spill=str(folder))

    assert list(folder.iterdir()) == []


# ---- Parquet ----


def write_parquet(path: Path, rows: int = 3, **columns: Any) -> Path:
    pq.write_table(pa.table(columns or {"id": range(rows)}), path)
    return path


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def without_pages(path: Path) -> None:
    """Cut out the pages and leave the footer whole, as a file looks whose upload was patched together."""
    content = path.read_bytes()
    footer = pq.ParquetFile(path).metadata.serialized_size + 8
    path.write_bytes(content[:4] + content[-footer:])


def with_garbage_in_its_pages(path: Path) -> None:
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[100:middle] = np.random.default_rng(0).bytes(middle - 100)
    path.write_bytes(bytes(content))


BREAKING: list[tuple[Callable[[Path], Any], str]] = [
    (truncated, "it is no Parquet file, or only the beginning of one"),
    (lambda path: path.write_text("id,name\n1,Ann\n2,Bob\n"), "it is no Parquet file, or only the beginning of one"),
    (lambda path: path.write_bytes(b""), "it is empty, or too small to be a Parquet file"),
    (without_pages, "it is cut short: its footer points behind its end"),
    (with_garbage_in_its_pages, "its pages cannot be unpacked: they are damaged"),
    (
        lambda path: write_parquet(path, other=[1]),
        "its columns are others: it shares none with the 3 files that are alike",
    ),
]


@pytest.mark.parametrize(
    ("break_", "why"), BREAKING, ids=["truncated", "no parquet", "empty", "no pages", "garbage", "other columns"]
)
def test_a_broken_file_among_others_is_told_and_the_rest_is_measured(
    break_: Callable[[Path], Any], why: str, tmp_path: Path, scratch: Settings
) -> None:
    (tmp_path / "days").mkdir()
    values = [f"name {number % 1000}" for number in range(50_000)]
    for part in range(4):
        write_parquet(tmp_path / "days" / f"{part}.parquet", id=values, part=[part] * len(values))
    break_(tmp_path / "days" / "2.parquet")

    report = audit(HAS_IDS, tmp_path / "days", settings=scratch)

    assert outcomes(report) == {"source.files": "fail", "row_count": "pass", "id.not_null": "pass"}
    assert told(report).reason == f"1 of 4 files cannot be read and is left out: 2.parquet: {why}"
    assert [str(example) for example in told(report).examples] == [f"2.parquet: reason={why}"]
    assert (report.rows, report.decision.action.value) == (150_000, "stop")
    assert report.decision.because == ("source.files",)


def test_a_source_of_which_no_file_can_be_read_is_an_error(tmp_path: Path, scratch: Settings) -> None:
    (tmp_path / "days").mkdir()
    for part in range(2):
        truncated(write_parquet(tmp_path / "days" / f"{part}.parquet"))

    report = audit(HAS_IDS, tmp_path / "days", settings=scratch)

    why = "it is no Parquet file, or only the beginning of one"
    days = f"{tmp_path}/days"
    assert outcomes(report) == {"source": "error"}
    assert told(report, "source").reason == (
        f"source {days}: none of its 2 files can be read: {days}/0.parquet: {why}; {days}/1.parquet: {why}"
    )


def test_columns_that_no_file_can_give_are_the_error_of_their_checks(tmp_path: Path, scratch: Settings) -> None:
    """Their footers are whole: which columns there are is known, and those that are whole can be judged."""
    (tmp_path / "days").mkdir()
    for part in range(2):
        without_pages(write_parquet(tmp_path / "days" / f"{part}.parquet"))

    report = audit(HAS_IDS, tmp_path / "days", settings=scratch)

    assert outcomes(report)["id.not_null"] == "error"
    assert report.decision.action.value == "stop"


def test_the_policy_decides_what_follows_from_broken_files(tmp_path: Path) -> None:
    truncated(write_parquet(tmp_path / "0.parquet"))
    write_parquet(tmp_path / "1.parquet")

    report = audit({"version": 1, "contract": "stage", "policy": {"fail": "proceed"}}, tmp_path)

    assert (report.outcome.value, report.decision.action.value) == ("fail", "proceed")


def test_a_column_whose_type_differs_between_files_is_text_and_told(tmp_path: Path) -> None:
    for part in range(3):
        write_parquet(tmp_path / f"{part}.parquet", id=[1, 2], age=[30, 41])
    write_parquet(tmp_path / "3.parquet", id=[1, 2], age=["50", "unknown"])

    report = audit(Contract(name="stage", checks=[Type(column="age", expected="integer")]), tmp_path)

    assert told(report).reason == (
        "1 of 4 files has a column of another type, read as text: "
        "3.parquet: 'age' is string in it, and integer in 3 other files"
    )
    assert told(report, "age.type").reason == (
        "share of rows with 'age' not written as integer is 0.125 (1 of 8 rows), above fail 0"
    )
    assert [str(example) for example in told(report, "age.type").examples] == ["3.parquet row 2: age='xxxxxxx'"]


def test_numbers_of_different_width_and_columns_without_values_are_no_difference(tmp_path: Path) -> None:
    write_parquet(tmp_path / "0.parquet", id=pa.array([1], pa.int32()), price=[1.5], name=pa.nulls(1))
    write_parquet(tmp_path / "1.parquet", id=pa.array([2], pa.int64()), price=[2], name=["a"])

    report = audit(HAS_IDS, tmp_path)

    assert outcomes(report) == {"row_count": "pass", "id.not_null": "pass"}
    assert [column.type.value for column in report.profile.schema] == ["integer", "float", "string"]


def test_a_column_that_some_files_lack_is_null_there_and_told(tmp_path: Path) -> None:
    write_parquet(tmp_path / "0.parquet", id=[1])
    write_parquet(tmp_path / "1.parquet", id=[2], price=[1.5])

    report = audit(Contract(name="stage", checks=[NotNull(column="price", fail=0.5)]), tmp_path)

    assert outcomes(report) == {"source.files": "pass", "row_count": "pass", "price.not_null": "pass"}
    assert told(report).reason == "columns that some of 2 files lack are NULL there: 'price' in 1"
    assert told(report, "price.not_null").observed == 0.5


def test_a_broken_file_costs_few_attempts(tmp_path: Path) -> None:
    for part in range(256):
        (tmp_path / f"{part:03}.csv").write_text("id\n1\n")
    files = find_files(tmp_path, tmp_path)
    attempts = []

    def attempt(paths: Sequence[str]) -> None:
        attempts.append(len(paths))
        if files.paths[77] in paths:
            raise EngineError.query_failed("it does not like it")

    broken = broken_among(files, files.paths, attempt)

    assert broken == {files.paths[77]: "it does not like it"}
    assert (len(attempts), sum(attempts)) == (17, 256 + 2 * 255)


def test_thousands_of_files_are_opened_in_one_pass(tmp_path: Path) -> None:
    first = write_parquet(tmp_path / "0.parquet")
    for part in range(1, 2_000):
        os.link(first, tmp_path / f"{part}.parquet")

    report = audit(HAS_IDS, tmp_path)

    assert (report.rows, report.cost.queries) == (6_000, 4)  # footers, columns, the view, and the rows


# ---- text ----

BODY = "".join(f"{number},x\n" for number in range(50)).encode()

BROKEN_TEXT = [
    (b"id,name\n" + BODY + b"1;2\n3;4\n", "line 52: expected 2 values, found 1"),
    (b"id,name\n" + BODY + b"1,Ann,secret\n", "line 52: expected 2 values, found 3"),
    (b"id,name\n" + BODY + b"1\n" + BODY, "line 52: expected 2 values, found 1"),
    (b'id,name\n1,"secret\n' + BODY, "line 2: a quote is not closed, or text goes on behind it"),
    (b'id,name\n1,"sec"ret\n' + BODY, "line 2: a quote is not closed, or text goes on behind it"),
    (b"id,name\n" + BODY + b"1,sec\0ret\n", "line 52 holds a NUL byte. See whether its writer finished"),
    (b"id,name\n" + BODY + b"1,M\xfcller\n", "line 52: it is not of the encoding. Set csv.encoding, such as latin-1"),
    (b"id,M\xfcller\n" + BODY, "line 1: it is not utf-8. Set csv.encoding, such as latin-1"),
    (b"", "it is empty, without even a header. See whether its writer finished"),
    (b"id,id\n1,2\n", "its header names the column 'id' more than once"),
]
TEXT_IDS = [
    "delimiter",
    "ragged",
    "short",
    "open quote",
    "text after quote",
    "NUL",
    "latin-1",
    "header",
    "empty",
    "twice",
]


@pytest.mark.parametrize(("content", "why"), BROKEN_TEXT, ids=TEXT_IDS)
@pytest.mark.parametrize("form", ["alone", "among others", "in a zip", "on object storage"])
def test_a_broken_csv_is_told_with_its_line_and_no_value(
    content: bytes, why: str, form: str, tmp_path: Path, scratch: Settings
) -> None:
    folder = tmp_path / "days"
    folder.mkdir()
    source: Any = folder
    good = b"id,name\n7,good\n"
    if form == "alone":
        (folder / "bad.csv").write_bytes(content)
    elif form == "in a zip":
        source = folder / "days.zip"
        with zipfile.ZipFile(source, "w") as archive:
            archive.writestr("bad.csv", content)
            archive.writestr("good.csv", good)
    else:
        (folder / "bad.csv").write_bytes(content)
        (folder / "good.csv").write_bytes(good)
    if form == "on object storage":
        fsspec.filesystem("memory").put(str(folder), f"/{tmp_path.name}", recursive=True)
        source = f"memory://{tmp_path.name}"

    report = audit(HAS_IDS, source, settings=scratch)

    assert [secret for secret in ("secret", "Ann", "ller") if secret in report.dumps()] == []
    if form == "alone":
        assert told(report, "source").reason == f"source {folder}: {why}"
    elif form != "on object storage" or "NUL" not in why:  # there the engine reads the byte as a part of the value
        if form != "on object storage" or "line 1" not in why:
            assert why in told(report).reason
        assert (outcomes(report)["source.files"], report.rows) == ("fail", 1)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"id": 1}\n{"id": secret}\n{"id": 3}\n', "line 2 is no JSON"),
        (b'{"id": 1}\n{"id": 2\n{"id": 3}\n', "line 2 is no JSON"),
        (b'{"id": 1}\n{"id": "M\xfcller"}\n', "line 2 is no JSON"),
        (b'{"id": 1}\n{"id": 2}\n{"id": 3', "line 3 is no JSON"),
        (b'{"id": 1}\n["secret"]\n', "not all of its records are JSON objects"),
        (b"", "it is empty. See whether its writer finished"),
    ],
)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_broken_line_of_json_is_told_with_its_number(content: bytes, why: str, packed: bool, tmp_path: Path) -> None:
    for name, lines in {"bad": content, "good": b'{"id": 7}\n'}.items():
        path = tmp_path / (f"{name}.jsonl.gz" if packed else f"{name}.jsonl")
        path.write_bytes(gzip.compress(lines) if packed else lines)

    report = audit(HAS_IDS, tmp_path)

    bad = "bad.jsonl.gz" if packed else "bad.jsonl"
    if content or not packed:
        assert told(report).reason == f"1 of 2 files cannot be read and is left out: {bad}: {why}"
    assert report.rows == 1
    assert "secret" not in report.dumps()


def test_a_damaged_archive_among_others_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"this is no archive")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("c.csv", "id\n1\n")
    (tmp_path / "d.csv.gz").write_bytes(gzip.compress(b"id\n" + b"1\n" * 100_000)[:-50])

    report = audit(HAS_IDS, tmp_path)

    assert told(report).reason == (
        "3 of 4 files cannot be read and are left out: a.zip: it is no zip archive, or a damaged one; "
        "b.zip: the archive holds no .csv or .tsv file; d.csv.gz: it is cut short"
    )
    assert report.rows == 1


def test_a_headerless_csv_among_others_is_left_out(tmp_path: Path) -> None:
    for part in range(2):
        (tmp_path / f"{part}.csv").write_text("id,name\n1,x\n")
    (tmp_path / "2.csv").write_text("7,secret\n8,y\n")

    report = audit(HAS_IDS, tmp_path)

    assert told(report).reason == (
        "1 of 3 files cannot be read and is left out: "
        "2.csv: its columns are others: it shares none with the 2 files that are alike"
    )
    assert "secret" not in report.dumps()


def test_latin_1_is_read_when_the_contract_says_so(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes("id,name\n1,Müller\n".encode("latin-1"))
    contract = {"version": 1, "contract": "stage", "dataset": {"csv": {"encoding": "latin-1"}}}

    assert audit(contract, tmp_path).outcome.value == "pass"


def test_a_tar_archive_is_of_no_known_format(tmp_path: Path) -> None:
    (tmp_path / "rows.tar.gz").write_bytes(b"")

    with pytest.raises(SourceError, match=r"cannot tell its format from its name"):
        take_profile(tmp_path / "rows.tar.gz")


# ---- the storage, and what is compared with ----


class Down(fsspec.AbstractFileSystem):
    """A storage that lists its files and then refuses to hand them over, as one does whose key has expired."""

    protocol = "down"

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        files = [{"name": f"bucket/{name}.csv", "size": 9, "type": "file"} for name in "ab"]
        found = [file for file in files if path.strip("/") in ("bucket", file["name"])]
        found += [{"name": "bucket", "size": 0, "type": "directory"}] * (path.strip("/") == "")
        if not found:
            raise FileNotFoundError(path)
        return found if detail else [file["name"] for file in found]

    def _open(self, path: str, *_: Any, **__: Any) -> Any:
        msg = f"403 for https://me:secret@storage/{path}?sig=secret&key_id=secret"
        raise PermissionError(msg)


@pytest.fixture
def down() -> str:
    fsspec.register_implementation("down", Down, clobber=True)
    return "down://bucket"


def test_a_storage_that_refuses_is_an_error_and_no_verdict_on_the_data(down: str, scratch: Settings) -> None:
    report = audit(HAS_IDS, down, settings=scratch)

    assert outcomes(report) == {"source": "error"}
    assert told(report, "source").reason.startswith(f"source {down}: PermissionError: # for https://***@storage")
    assert "secret" not in report.dumps()


def test_two_sources_on_one_storage_are_read_in_one_run(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    for name in ("rows", "people"):
        memory.pipe(f"/{tmp_path.name}/{name}/a.csv", b"id\n1\n")
    checks = [Relationships(column="id", to="people", to_column="id")]
    people = f"memory://{tmp_path.name}/people"

    report = audit(Contract(name="stage", checks=checks, sources={"people": people}), f"memory://{tmp_path.name}/rows")

    assert report.outcome.value == "pass"


def test_two_storages_of_one_kind_with_other_credentials_are_never_mixed_up() -> None:
    first, second = (Down(skip_instance_cache=True) for _ in range(2))
    with Embedded(Settings()) as engine:
        engine.reach(Files("down://first", (), "csv", first))
        with pytest.raises(SourceError) as refused:
            engine.reach(Files("down://second", (), "csv", second))

    assert str(refused.value) == (
        "source down://second: another storage of down:// is read already, with other credentials or options. "
        "Reach both in the same way, or copy one of them"
    )


@pytest.mark.parametrize("end", ["parquet", "csv"])
def test_a_file_that_is_removed_while_it_is_measured_is_an_error(end: str, tmp_path: Path, scratch: Settings) -> None:
    path = tmp_path / f"rows.{end}"
    if end == "csv":
        path.write_text("id\n1\n")
    else:
        write_parquet(path)

    with Embedded(scratch) as engine:
        table = engine.open(STAGE, path, Reading())
        path.unlink()
        with pytest.raises(SourceError) as gone:
            measure(engine, table, [Moments("id")])

    assert str(gone.value) == (
        f"source {path}: {path} was removed while it was read. See that its writer is done, and run again"
    )


def test_a_related_source_with_a_broken_file_cannot_tell_orphans(tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    truncated(write_parquet(tmp_path / "people" / "0.parquet"))
    write_parquet(tmp_path / "people" / "1.parquet")
    rows = write_parquet(tmp_path / "rows.parquet")
    checks = [Relationships(column="id", to="people", to_column="id")]

    report = audit(Contract(name="stage", checks=checks, sources={"people": f"{tmp_path}/people"}), rows)

    assert outcomes(report)["id.relationships"] == "error"
    assert "1 of its files cannot be read" in told(report, "id.relationships").reason


def test_a_reference_with_a_broken_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    write_parquet(tmp_path / "train" / "0.parquet", id=range(1000))
    truncated(write_parquet(tmp_path / "train" / "1.parquet", id=range(1000)))
    contract = Contract(name="stage", checks=[Drift(columns=("id",), fail=0.5)])

    report = audit(contract, write_parquet(tmp_path / "rows.parquet", id=range(1000)), reference=f"{tmp_path}/train")

    assert outcomes(report)["reference.files"] == "fail"


def test_a_profile_of_a_part_of_the_files_is_refused(tmp_path: Path) -> None:
    """Whoever is compared with it later would not know that rows are missing."""
    write_parquet(tmp_path / "0.parquet")
    truncated(write_parquet(tmp_path / "1.parquet"))

    with pytest.raises(SourceError) as refused:
        take_profile(tmp_path)

    assert str(refused.value) == (
        f"source {tmp_path}: 1 of its files cannot be read: "
        f"{tmp_path}/1.parquet: it is no Parquet file, or only the beginning of one"
    )


def test_a_statement_that_overflows_blames_no_file(tmp_path: Path) -> None:
    write_parquet(tmp_path / "rows.parquet", id=[2**62])

    with Embedded(Settings()) as engine:
        table = engine.open(STAGE, tmp_path, Reading())
        with pytest.raises(EngineError) as failed:
            engine.measure(f"SELECT SUM(id * 4) FROM {table.relation}")  # noqa: S608  the name of our own view

    assert type(failed.value) is EngineError


def test_a_name_with_a_pattern_in_it_is_left_out_and_told(tmp_path: Path) -> None:
    for name in ("a?.csv", "ab.csv", "c[1].csv"):
        (tmp_path / name).write_text("id\n1\n")

    report = audit(Contract(name="stage", checks=[Between(column="id", max=2)]), tmp_path)

    assert told(report).reason == (
        "1 of 3 files cannot be read and is left out: "
        "a?.csv: its name holds '*' or '?', which the reader takes for a pattern. Rename it"
    )
    assert report.rows == 2
