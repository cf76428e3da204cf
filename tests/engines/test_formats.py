"""Table formats, partitions and objects in memory: only rows that are current are read, with the types they mean."""

from __future__ import annotations

import base64
import json
import struct
import subprocess
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import fsspec
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from pyarrow import feather
from pyiceberg.catalog.memory import InMemoryCatalog
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.types import DoubleType
from pyiceberg.utils.config import Config
from upath import UPath

from airflow_mlquality.audit import audit, take_profile
from airflow_mlquality.checks import AcceptedValues, Between, NotNull, Type
from airflow_mlquality.contract import Contract
from airflow_mlquality.errors import SourceError
from airflow_mlquality.measurements import Moments

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from airflow_mlquality.profile import Profile
    from airflow_mlquality.report import Report


def contract(*checks: Any, **fields: Any) -> Contract:
    return Contract(name="stage", checks=list(checks), **fields)


def types(profile: Profile) -> dict[str, str]:
    return {column.name: column.type.value for column in profile.schema}


def reasons(report: Report) -> dict[str, str]:
    return {verdict.id: verdict.reason for verdict in report.verdicts}


def total(profile: Profile, column: str) -> float:
    """Return the sum of a column: it tells which rows were read."""
    moments = profile[Moments(column)]
    return round((moments.mean or 0) * moments.count, 6)


# ---- Hive partitions ----


def parquet(folder: Path, rows: dict[str, Any]) -> None:
    pq.write_table(pa.table(rows), folder / "part-0.parquet")


def csv(folder: Path, rows: dict[str, Any]) -> None:
    pd.DataFrame(rows).to_csv(folder / "part-0.csv", index=False)


def json_lines(folder: Path, rows: dict[str, Any]) -> None:
    pd.DataFrame(rows).to_json(folder / "part-0.jsonl", orient="records", lines=True)


def ipc(folder: Path, rows: dict[str, Any]) -> None:
    feather.write_feather(pa.table(rows), folder / "part-0.feather")


def days(root: Path, write: Callable[[Path, dict[str, Any]], None] = parquet, days: int = 3) -> Path:
    """Write the ids 1 and 2 under the first day, 11 and 12 under the second, and so on."""
    for day in range(days):
        folder = root / f"day=2026-01-0{day + 1}"
        folder.mkdir(parents=True)
        write(folder, {"id": [day * 10 + 1, day * 10 + 2]})
    return root


@pytest.mark.parametrize("write", [parquet, csv, json_lines, ipc], ids=lambda write: write.__name__)
def test_folders_of_a_partition_are_a_typed_column_and_the_others_are_not_opened(
    write: Callable[[Path, dict[str, Any]], None], tmp_path: Path
) -> None:
    root = days(tmp_path, write)

    whole = take_profile(root)
    (broken,) = (root / "day=2026-01-01").iterdir()
    broken.write_bytes(b"\x00 cut short")
    one = take_profile(root, partition={"day": "2026-01-02"})

    assert (types(whole), whole.rows) == ({"id": "integer", "day": "date"}, 6)
    assert (types(one), total(one, "id")) == ({"id": "integer", "day": "date"}, 23)


def test_a_partition_that_no_folder_has_is_a_stage_without_rows(tmp_path: Path) -> None:
    """As with a column of a table or of one file: the same contract says the same wherever the rows lie."""
    root = days(tmp_path)

    report = audit(contract(NotNull(column="id")), root, partition={"day": "2026-02-01"})
    allowed = audit(contract(allow_empty=True), root, partition={"day": "2026-02-01"})

    assert reasons(report)["row_count"] == (
        "row count is 0, outside fail [1, …]: no folder has day=2026-02-01; "
        "there are 3, from day=2026-01-01 to day=2026-01-03"
    )
    assert (report.outcome.value, allowed.outcome.value) == ("fail", "pass")


@pytest.mark.parametrize(
    ("values", "declared", "type_"),
    [
        (["01", "12"], "", "integer"),
        (["01", "12"], "string", "string"),
        (["2026-01-01", "2026-02-30"], "", "string"),
        (["2026-01-01", "2026-02-28"], "", "date"),
        (["2026-01-01", "__HIVE_DEFAULT_PARTITION__"], "", "date"),
        (["2026-01-01%2010%3A00%3A00"], "", "timestamp"),
        (["7", "8"], "float", "float"),
        (["north", "7"], "", "string"),
    ],
)
def test_the_type_of_a_partition_is_declared_or_told_from_all_of_its_values(
    values: list[str], declared: str, type_: str, tmp_path: Path
) -> None:
    for value in values:
        (tmp_path / f"key={value}").mkdir()
        parquet(tmp_path / f"key={value}", {"id": [1]})

    profile = take_profile(tmp_path, contract=contract(Type(column="key", expected=declared)) if declared else None)

    assert types(profile) == {"id": "integer", "key": type_}


def test_a_partition_whose_value_is_not_of_its_declared_type_is_found(tmp_path: Path) -> None:
    for value in ("1", "x"):
        (tmp_path / f"hour={value}").mkdir()
        parquet(tmp_path / f"hour={value}", {"id": [1]})

    report = audit(contract(Type(column="hour", expected="integer")), tmp_path)

    assert reasons(report)["hour.type"] == (
        "share of rows with 'hour' not written as integer is 0.5 (1 of 2 rows), above fail 0"
    )


def test_a_padded_number_names_its_partition_either_way(tmp_path: Path) -> None:
    for month in ("01", "02"):
        (tmp_path / f"month={month}").mkdir()
        parquet(tmp_path / f"month={month}", {"id": [int(month)]})

    found = [take_profile(tmp_path, partition={"month": month}) for month in ("2", "02")]

    assert [total(profile, "id") for profile in found] == [2, 2]


def test_partitions_by_two_keys_are_chosen_by_one_of_them(tmp_path: Path) -> None:
    for day in (1, 2):
        for city in ("New%20York", "Rome"):
            folder = tmp_path / f"day={day}" / f"city={city}"
            folder.mkdir(parents=True)
            parquet(folder, {"id": [day]})

    profile = take_profile(tmp_path, partition={"city": "New York"})

    assert (profile.rows, total(profile, "day")) == (2, 3)


def test_what_a_writer_has_not_finished_is_not_read(tmp_path: Path) -> None:
    root = days(tmp_path, days=1)
    (root / "_temporary" / "0").mkdir(parents=True)
    parquet(root / "_temporary" / "0", {"id": [1000]})

    assert total(take_profile(root), "id") == 3


# ---- Arrow files ----

IDS = pa.table({"id": [1, 2, 3], "name": ["a", "b", None]})


def test_arrow_files_and_streams_are_read_together(tmp_path: Path) -> None:
    with pa.ipc.new_file(tmp_path / "a.arrow", IDS.schema) as file:
        file.write_table(IDS)
    with pa.ipc.new_stream(tmp_path / "b.arrow", IDS.schema) as stream:
        stream.write_table(IDS)
    feather.write_feather(IDS, tmp_path / "c.feather", compression="lz4")
    pl.DataFrame(IDS).write_ipc(tmp_path / "d.ipc")

    report = audit(contract(Between(column="id", max=2), samples=frozenset({"id"})), tmp_path)

    assert reasons(report)["id.between"] == (
        "share of rows with 'id' outside […, 2] is 0.3333 (4 of 12 rows), above fail 0"
    )
    assert [str(example) for example in report.verdicts[1].examples] == [
        "a.arrow row 3: id=3",
        "b.arrow row 3: id=3",
        "c.feather row 3: id=3",
        "d.ipc row 3: id=3",
    ]


# ---- Delta ----


def delta(folder: Path) -> Path:
    """Write two days, add a column, and delete a row: the file that held it stays in its folder."""
    first = {"id": [1, 2, 3], "day": [date(2026, 1, 1), date(2026, 1, 1), None]}
    write_deltalake(folder, pa.table(first), partition_by=["day"])
    second = {"id": [4, 5], "price": [1.5, 2.5], "day": [date(2026, 1, 2)] * 2}
    write_deltalake(folder, pa.table(second), mode="append", schema_mode="merge")
    DeltaTable(folder).delete("id = 4")
    return folder


def test_a_delta_table_is_its_current_rows(tmp_path: Path) -> None:
    folder = delta(tmp_path / "table")

    whole = take_profile(folder)
    (folder / "day=2026-01-01" / next((folder / "day=2026-01-01").iterdir()).name).write_bytes(b"broken")
    day = take_profile(folder, partition={"day": "2026-01-02"})

    assert types(whole) == {"id": "integer", "day": "date", "price": "float"}
    assert (whole.rows, total(whole, "id"), total(whole, "price")) == (4, 11, 2.5)
    assert (day.rows, total(day, "id")) == (1, 5)


def test_a_partition_that_a_delta_table_lacks_is_a_stage_without_rows(tmp_path: Path) -> None:
    report = audit(contract(), delta(tmp_path), partition={"day": "2026-03-01"})

    assert reasons(report)["row_count"] == (
        "row count is 0, outside fail [1, …]: no folder has day=2026-03-01; "
        "there are 3, from day=2026-01-01 to day=NULL"
    )


def test_an_empty_delta_table_has_its_columns_and_no_rows(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"id": pa.array([], pa.int64())}))

    profile = take_profile(tmp_path)

    assert (types(profile), profile.rows) == ({"id": "integer"}, 0)


def test_values_of_a_delta_partition_are_read_from_its_log(tmp_path: Path) -> None:
    cities = ["New York", "a/b", "Zürich", "50%"]
    moment = datetime(2026, 1, 1, 10, 30, tzinfo=UTC)
    rows = {"id": [1, 2, 3, 4], "city": cities, "at": [moment] * 4, "paid": [True, False, True, False]}
    write_deltalake(tmp_path, pa.table(rows), partition_by=["city", "at", "paid"])

    report = audit(contract(AcceptedValues(column="city", values=cities)), tmp_path)

    assert report.outcome.value == "pass"
    assert types(report.profile) == {"id": "integer", "city": "string", "at": "timestamp_tz", "paid": "boolean"}


def test_a_delta_table_on_object_storage_is_read_through_its_filesystem(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.put(str(delta(tmp_path)), f"/{tmp_path.name}/table", recursive=True)

    profile = take_profile(f"memory://{tmp_path.name}/table")

    assert (profile.rows, total(profile, "id")) == (4, 11)


@pytest.mark.parametrize("inside", ["*/*.parquet", "day=2026-01-01", "**/*.parquet"])
def test_files_inside_a_delta_table_are_refused_for_some_are_stale(inside: str, tmp_path: Path) -> None:
    folder = delta(tmp_path / "table")

    with pytest.raises(SourceError) as refused:
        take_profile(f"{folder}/{inside}")

    assert str(refused.value) == (
        f"source {folder}/{inside}: its files belong to the Delta table {folder}, and not all of them are current. "
        f"Name {folder}, and its partition, such as --partition day=2026-01-01"
    )


def test_a_folder_of_delta_tables_is_refused(tmp_path: Path) -> None:
    delta(tmp_path / "table")

    with pytest.raises(SourceError, match=r"its files belong to the Delta table .*/table, and not all of them are"):
        take_profile(tmp_path)


_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_B85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"


def mark_deleted(folder: Path, rows: list[int]) -> None:
    """Delete rows of the only file of a Delta table by a deletion vector, as Spark does: the file stays as it is."""
    bitmap = struct.pack("<IIHHI", 12346, 1, 0, len(rows) - 1, 16) + struct.pack(f"<{len(rows)}H", *rows)
    vector = struct.pack("<IQI", 1681511377, 1, 0) + bitmap
    encoded = base64.b85encode(vector + b"\0" * (-len(vector) % 4)).decode().translate(str.maketrans(_B85, _Z85))
    (file,) = folder.glob("*.parquet")
    features = {"readerFeatures": ["deletionVectors"], "writerFeatures": ["deletionVectors"]}
    marked = {"storageType": "i", "pathOrInlineDv": encoded, "sizeInBytes": len(vector), "cardinality": len(rows)}
    common = {"path": file.name, "partitionValues": {}, "size": file.stat().st_size, "dataChange": True}
    actions = [
        {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, **features}},
        {"remove": {"path": file.name, "deletionTimestamp": 1, "dataChange": True}},
        {"add": {**common, "modificationTime": 1, "deletionVector": marked, "stats": '{"numRecords": 4}'}},
    ]
    log = folder / "_delta_log" / f"{1:020}.json"
    log.write_text("".join(json.dumps(action) + "\n" for action in actions))


def test_rows_that_a_deletion_vector_marks_are_not_there(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"id": [1, 2, 3, 4]}))
    mark_deleted(tmp_path, [1, 2])

    profile = take_profile(tmp_path)

    assert (profile.rows, total(profile, "id")) == (2, 5)


def test_deletion_vectors_on_object_storage_are_refused_by_name(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"id": [1, 2, 3, 4]}))
    mark_deleted(tmp_path, [1, 2])
    fsspec.filesystem("memory").put(str(tmp_path), f"/{tmp_path.name}/table", recursive=True)

    with pytest.raises(SourceError) as refused:
        take_profile(f"memory://{tmp_path.name}/table")

    assert str(refused.value) == (
        f"source memory://{tmp_path.name}/table: the Delta table has deletionVectors, which cannot be read here. "
        "Rewrite it without, or read it by a database or Spark"
    )


# ---- Iceberg ----


@pytest.fixture
def iceberg(tmp_path: Path) -> Any:
    catalog = InMemoryCatalog("test", warehouse=f"file://{tmp_path}")
    catalog.create_namespace("db")
    table = catalog.create_table("db.people", schema=pa.schema({"id": pa.int64(), "day": pa.string()}))
    with table.update_spec() as spec:
        spec.add_identity("day")
    table.append(pa.table({"id": [1, 2, 3], "day": ["a", "a", "b"]}))
    yield table
    catalog.close()


def test_an_iceberg_table_is_its_current_snapshot(iceberg: Any) -> None:
    before = iceberg.metadata_location
    iceberg.delete("id = 2")
    first, second = take_profile(before), take_profile(iceberg.metadata_location)

    assert [(types(each), each.rows, total(each, "id")) for each in (first, second)] == [
        ({"id": "integer", "day": "string"}, 3, 6),
        ({"id": "integer", "day": "string"}, 2, 4),
    ]


def test_columns_of_an_iceberg_table_that_were_added_and_renamed_are_the_same_columns(iceberg: Any) -> None:
    with iceberg.update_schema() as schema:
        schema.add_column("price", DoubleType())
    with iceberg.update_schema() as schema:
        schema.rename_column("id", "key")
    iceberg.append(pa.table({"key": [9], "day": ["c"], "price": [2.5]}))

    profile = take_profile(iceberg.metadata_location, partition={"day": "c"})
    whole = take_profile(iceberg.metadata_location)

    assert types(profile) == {"key": "integer", "day": "string", "price": "float"}
    assert (total(profile, "key"), total(whole, "key"), total(whole, "price")) == (9, 15, 2.5)


def test_an_iceberg_table_is_named_by_its_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = {"uri": f"sqlite:///{tmp_path}/catalog.db", "warehouse": f"file://{tmp_path}"}
    for key, value in {"type": "sql", **where}.items():
        monkeypatch.setenv(f"PYICEBERG_CATALOG__LOCAL__{key.upper()}", value)
    monkeypatch.setattr("pyiceberg.catalog._ENV_CONFIG", Config())  # it was read when the module was imported
    catalog = SqlCatalog("local", **where)
    catalog.create_namespace("db")
    catalog.create_table("db.people", schema=IDS.schema).append(IDS)
    catalog.close()

    profile = take_profile("iceberg://local/db.people")
    with pytest.raises(SourceError, match=r"^source iceberg://local/db.none: NoSuchTableError: Table does not exist"):
        take_profile("iceberg://local/db.none")

    assert (profile.source, profile.rows) == ("iceberg://local/db.people", 3)


def test_the_folder_of_an_iceberg_table_is_read_only_where_it_says_which_metadata_is_current(
    iceberg: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "db" / "people"
    iceberg.delete("id = 1")

    with pytest.raises(SourceError) as refused:
        take_profile(folder)
    with pytest.raises(SourceError, match=r"its files belong to the Iceberg table"):
        take_profile(folder / "data")
    current = iceberg.metadata_location.rpartition("/")[2].removesuffix(".metadata.json")
    (folder / "metadata" / "version-hint.text").write_text(current)

    assert str(refused.value) == (
        f"source {folder}: its files belong to the Iceberg table {folder}, and not all of them are current. "
        "Name iceberg://catalog/schema.table, or the metadata file that is current"
    )
    assert total(take_profile(folder), "id") == 5


def test_iceberg_metadata_behind_a_connection_is_refused_by_name() -> None:
    with pytest.raises(SourceError) as refused:
        take_profile(UPath("memory://bucket/v1.metadata.json"))

    assert str(refused.value) == (
        "source memory://bucket/v1.metadata.json: the Iceberg table has its metadata on object storage behind a "
        "connection, which cannot be read here. Name iceberg://catalog/schema.table"
    )


@pytest.mark.parametrize(
    ("module", "path", "kind", "extra"),
    [
        ("deltalake", "table", "Delta tables", "delta"),
        ("pyiceberg.catalog", "v1.metadata.json", "Iceberg tables", "iceberg"),
    ],
)
def test_a_package_that_is_not_installed_is_named_with_how_to_install_it(
    module: str, path: str, kind: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "table" / "_delta_log").mkdir(parents=True)
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(SourceError) as missing:
        take_profile(tmp_path / path)

    assert str(missing.value) == (
        f"source {tmp_path / path}: reading {kind} needs a package that is not installed. "
        f'pip install "airflow-provider-mlquality[{extra}]"'
    )


# ---- objects in memory ----


class ArrowArray:
    """What any library may hand over: a struct array by Arrow's C interface."""

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        return pa.record_batch(IDS.to_batches()[0]).__arrow_c_array__(requested_schema)


class ArrowStream:
    """What any library may hand over: a stream that can be read once."""

    def __init__(self) -> None:
        self.reader = IDS.to_reader()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.reader.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize(
    "source",
    [
        IDS.to_pandas,
        lambda: pl.DataFrame(IDS),
        lambda: pl.DataFrame(IDS).lazy(),
        lambda: IDS,
        lambda: IDS.to_batches()[0],
        IDS.to_reader,
        lambda: ds.dataset(IDS),
        lambda: duckdb.from_arrow(IDS),
        ArrowArray,
        ArrowStream,
    ],
    ids=["pandas", "polars", "lazy polars", "table", "batch", "reader", "dataset", "duckdb", "c array", "c stream"],
)
def test_every_object_in_memory_is_read_as_often_as_measuring_needs(source: Callable[[], Any]) -> None:
    report = audit(contract(Between(column="id", max=2), samples=frozenset({"id"})), source())

    assert types(report.profile) == {"id": "integer", "name": "string"}
    assert [str(example) for example in report.verdicts[1].examples] == ["row 3: id=3"]


def test_a_lazy_frame_is_computed_once() -> None:
    computed = []

    def count(frame: pl.DataFrame) -> pl.DataFrame:
        computed.append(frame.height)
        return frame

    audit(contract(Between(column="id", max=2)), pl.DataFrame(IDS).lazy().map_batches(count))

    assert computed == [3]


def test_categories_and_nan_of_a_lazy_frame_stay_what_they_are() -> None:
    frame = pl.LazyFrame({"x": [1.0, float("nan"), None], "c": pl.Series(["a", "b", None], dtype=pl.Categorical)})

    report = audit(contract(NotNull(column="x", fail=0.5)), frame)

    assert types(report.profile) == {"x": "float", "c": "string"}
    assert reasons(report)["x.not_null"] == "null share of 'x' is 0.6667 (1 NULL and 1 NaN of 3 rows), above fail 0.5"


def test_an_object_that_raises_while_it_is_read_shows_no_value() -> None:
    frame = pl.LazyFrame({"name": ["Ann"]}).select(pl.col("name").cast(pl.Int64))

    with pytest.raises(SourceError) as failed:
        take_profile(frame)

    assert str(failed.value) == (
        "source polars.LazyFrame: it raised InvalidOperationError while its rows were read. Read it alone to see why"
    )


@pytest.mark.parametrize(
    "source", [pa.array([1]), pl.Series([1]), pa.chunked_array([[1]])], ids=lambda each: str(type(each))
)
def test_a_single_column_is_no_source(source: Any) -> None:
    with pytest.raises(SourceError, match=r"^a source of type .* cannot be read. Give a path, a glob"):
        take_profile(source)


MEMORY = """
import json, threading, numpy as np, pyarrow as pa, pandas as pd, polars as pl
from airflow_mlquality.audit import audit
from airflow_mlquality.checks import Between
from airflow_mlquality.contract import Contract

def anonymous():
    return int(open("/proc/self/status").read().split("RssAnon:")[1].split()[0]) / 1024

def peak_while(source):
    before, peak, done = anonymous(), 0, threading.Event()
    def watch():
        nonlocal peak
        while not done.wait(0.005):
            peak = max(peak, anonymous())
    watcher = threading.Thread(target=watch)
    watcher.start()
    audit(Contract(name="stage", checks=[Between(column=f"c{i}", max=1) for i in range(20)]), source)
    done.set()
    watcher.join()
    return peak - before

peak_while(pa.table({"c0": [0.5]}))
rows = {f"c{i}": np.random.default_rng(i).random(1_000_000) for i in range(20)}
table = pa.table(rows)
makers = {
    "pandas": lambda: pd.DataFrame(rows),
    "polars": lambda: pl.from_arrow(table),
    "lazy polars": lambda: pl.from_arrow(table).lazy(),
    "Arrow": lambda: table,
    "reader": lambda: table.to_reader(65536),
}
print(json.dumps({name: round(peak_while(make())) for name, make in makers.items()}))
"""


def test_160_mb_in_memory_are_measured_without_a_second_copy_there() -> None:
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)

    assert {name: peak for name, peak in json.loads(done.stdout).items() if peak > 80} == {}
