"""Rows are put apart whole or not at all, and what is lost adds up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_mlquality.audit import audit
from airflow_mlquality.errors import SourceError, UsageError
from airflow_mlquality.quarantine import Quarantined, losses, quarantine, remember
from airflow_mlquality.store import Store
from airflow_mlquality.verdict import Outcome

CONTRACT = {
    "version": 1,
    "contract": "people",
    "columns": {
        "id": {"not_null": True, "unique": True},
        "age": {"type": "integer", "between": {"min": 0, "max": 120}, "null_share": {"fail": 0.9}},
        "city": {"accepted_values": ["Oslo", "Rome"]},
    },
}
PEOPLE = pa.table(
    {
        "id": [1, 2, 2, None, 5, 6],
        "age": [31, 430, 20, 20, None, -1],
        "city": ["Oslo", "Oslo", "Rome", "Rome", "Rome", "rome"],
        "day": ["a", "a", "a", "b", "b", "b"],
    }
)
KEPT, LOST = [1, 2, 5], 3


def split(source: Any = PEOPLE, *outlets: Any, **options: Any) -> Quarantined:
    return quarantine(options.pop("contract", CONTRACT), source, *outlets, **{"ceiling": 1.0, **options})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.parquet"
    pq.write_table(PEOPLE, path)
    return path


def rows_of(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


# ---- counts ----


def test_each_row_is_kept_or_lost_and_counts_by_every_reason() -> None:
    done = split()

    assert (done.rows, done.kept, done.lost) == (6, 3, LOST)
    assert {name: (each.rows, each.first) for name, each in done.reasons.items() if each.rows} == {
        "id.not_null": (1, 1),
        "age.between": (2, 2),
        "city.accepted_values": (1, 0),
        "id.unique": (1, 0),
    }
    assert done.good_rows.column("id").to_pylist() == KEPT
    assert done.bad_rows.column("quarantine_reasons").to_pylist() == [
        ["age.between", "id.unique"],
        ["id.not_null"],
        ["age.between", "city.accepted_values"],
    ]


def test_a_share_of_missing_values_that_is_allowed_loses_no_row_unless_it_is_asked_for() -> None:
    assert "it allows a share of missing values" in split().not_used["age.null_share"]

    assert split(checks=["age.null_share"]).reasons["age.null_share"].rows == 1


def test_a_check_that_allows_more_rows_than_may_be_lost_loses_none_unless_it_is_asked_for() -> None:
    cities = {"city": {"accepted_values": {"values": ["Oslo"], "warn": 0.3}}}
    contract = {"version": 1, "contract": "people", "columns": {**cities, "id": {"not_null": True}}}

    assert "it allows more such rows" in split(contract=contract, ceiling=0.2).not_used["city.accepted_values"]
    assert split(contract=contract, ceiling=0.4).reasons["city.accepted_values"].rows == 4
    assert (
        split(contract=contract, ceiling=0.2, checks=["city.accepted_values"]).reasons["city.accepted_values"].rows == 4
    )


def test_checks_that_no_single_row_shows_are_told() -> None:
    assert split().not_used["row_count"] == "it is about the table as a whole"


COLUMNS = st.fixed_dictionaries(
    {
        "id": st.one_of(st.none(), st.integers(0, 4)),
        "age": st.one_of(st.none(), st.floats(-10, 200), st.sampled_from([float("nan"), float("inf")])),
        "city": st.sampled_from(["Oslo", "Rome", "rome", "", None]),
        "day": st.sampled_from(["a", "b"]),
    }
)
CHECKS: dict[str, dict[str, Any]] = {
    "id": {"not_null": True, "unique": True, "between": {"min": 1}},
    "age": {"between": {"min": 0, "max": 120, "fail": 0.5}, "precision": {"decimals": 1}, "not_null": True},
    "city": {"accepted_values": ["Oslo", "Rome"], "matches": "[A-Z].*", "not_null": True},
}
OF_ROWS = [
    {"id": "young_in_rome", "rule": "city <> 'Rome' or age < 60"},
    {"id": "one_a_day", "unique": ["city", "day"]},
]


@st.composite
def contracts(draw: st.DrawFn) -> dict[str, Any]:
    columns = {}
    for name, checks in CHECKS.items():
        chosen = draw(st.sets(st.sampled_from(sorted(checks))))
        columns[name] = {check: checks[check] for check in chosen}
    rows = draw(st.sets(st.sampled_from(range(len(OF_ROWS)))))
    columns["city"].setdefault("accepted_values", CHECKS["city"]["accepted_values"])
    contract: dict[str, Any] = {"version": 1, "contract": "any", "columns": columns}
    return {**contract, "rows": [OF_ROWS[each] for each in sorted(rows)]} if rows else contract


@given(rows=st.lists(COLUMNS, min_size=1, max_size=12), contract=contracts())
@settings(max_examples=60)
def test_counts_add_up_kept_rows_pass_again_and_every_reason_is_true(
    rows: list[dict[str, Any]], contract: dict[str, Any]
) -> None:
    types = pa.schema([("id", pa.int64()), ("age", pa.float64()), ("city", pa.string()), ("day", pa.string())])
    table = pa.Table.from_pylist(rows, types)
    done = split(table, contract=contract)
    bad = done.bad_rows.to_pylist()
    again = audit(contract, done.good_rows).verdicts

    assert done.kept + done.lost == done.rows == len(rows)
    assert sum(done.lost_by_reason.values()) == done.lost == len(bad)
    assert {each.outcome for each in again if each.id in done.reasons} <= {Outcome.PASS, Outcome.UNDECIDED}
    for name, lost in done.reasons.items():
        assert lost.rows == sum(name in row["quarantine_reasons"] for row in bad)
    for place, row in enumerate(bad):
        alone = done.bad_rows.slice(place, 1).drop_columns(["quarantine_reasons"])
        failed = {each.id for each in audit(contract, alone).verdicts if each.outcome is Outcome.FAIL}
        repeats = {"id.unique", "city+day.unique", "one_a_day"}
        assert set(row["quarantine_reasons"]) - repeats == failed & set(done.reasons) - repeats
        assert row["quarantine_reasons"]


# ---- where rows lie ----


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_dataframe_comes_back_as_two_of_its_kind(library: str) -> None:
    frame: Any = pl.from_arrow(PEOPLE)
    if library == "pandas":
        frame = PEOPLE.to_pandas().astype({"id": "Int64", "age": "Int64"}).set_index(pd.Index(list("uvwxyz")))
    done = split(frame)

    assert type(done.good_rows) is type(done.bad_rows) is type(frame)
    assert list(done.good_rows["id"]) == KEPT
    if library == "pandas":
        assert list(done.bad_rows.index) == ["v", "x", "z"]


def test_a_file_becomes_two(source: Path, tmp_path: Path) -> None:
    done = split(source, tmp_path / "out" / "good.parquet", str(tmp_path / "out" / "bad.parquet"))

    assert [row["id"] for row in rows_of(Path(done.good))] == KEPT
    assert pq.read_schema(done.good) == pq.read_schema(source).remove_metadata()
    assert [row["quarantine_reasons"] for row in rows_of(Path(done.bad))][1] == ["id.not_null"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["bad.parquet", "good.parquet"]


def test_text_that_is_not_of_its_type_is_kept_as_it_was_written_among_the_bad(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,age,city\n1,31,Oslo\n2,n/a!,Oslo\n2,44,Oslo\n")
    done = split(tmp_path / "in.csv", tmp_path / "good.parquet", tmp_path / "bad.parquet")

    assert rows_of(tmp_path / "good.parquet") == [
        {"id": 1, "age": 31, "city": "Oslo"},
        {"id": 2, "age": 44, "city": "Oslo"},
    ]
    (bad,) = rows_of(tmp_path / "bad.parquet")
    assert (bad["age"], bad["quarantine_reasons"]) == ("n/a!", ["age.type", "id.unique"])
    assert done.reasons["age.type"].rows == 1


def hive(folder: Path, table: pa.Table) -> Path:
    pq.write_to_dataset(table, folder, partition_cols=["day"])
    return folder


def folders(path: Path) -> dict[str, int]:
    """Return the number of rows of each partition."""
    return {
        each.name: sum(pq.read_metadata(file).num_rows for file in each.glob("*.parquet"))
        for each in sorted(path.iterdir())
    }


def test_partitions_stay_and_a_rerun_replaces_those_that_the_source_has(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    split(hive(tmp_path / "in", PEOPLE), good, bad)

    assert (folders(good), folders(bad)) == ({"day=a": 2, "day=b": 1}, {"day=a": 1, "day=b": 2})
    only_bad = PEOPLE.slice(1, 1)
    split(hive(tmp_path / "later", only_bad), good, bad)
    assert (folders(good), folders(bad)) == ({"day=b": 1}, {"day=a": 1, "day=b": 2})
    split(hive(tmp_path / "third", PEOPLE.slice(0, 1)), good, bad, partition={"day": "a"})
    assert (folders(good), folders(bad)) == ({"day=a": 1, "day=b": 1}, {"day=b": 2})


def test_object_storage_gets_whole_files_and_loses_stale_ones(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    good, bad = "memory://quarantine/good", "memory://quarantine/bad"
    split(hive(tmp_path / "in", PEOPLE), good, bad)

    assert sorted(memory.find("/quarantine")) == [
        f"/quarantine/{kind}/day={day}/quarantine-0.parquet" for kind in ("bad", "good") for day in "ab"
    ]
    split(hive(tmp_path / "later", PEOPLE.slice(1, 1)), good, bad)
    assert sorted(memory.find("/quarantine/good")) == ["/quarantine/good/day=b/quarantine-0.parquet"]
    assert audit(CONTRACT, good).rows == 1


# ---- whole or nothing ----


def test_above_the_ceiling_nothing_is_written_and_former_output_stays(source: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.parquet", tmp_path / "bad.parquet"
    split(source, good, bad)
    pq.write_table(PEOPLE.slice(1), source)
    done = split(source, good, bad, ceiling=0.5)

    assert done.stopped == (
        "3 of 5 rows (60.00 %) would be lost, above the ceiling of 50 %; most break age.between (2). "
        "Nothing was written"
    )
    assert len(rows_of(good)) == 3


def test_where_one_place_cannot_be_written_the_other_stays_as_it_was(source: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad.parquet"
    split(source, good, bad)
    before = bad.read_bytes()
    (good / "of_somebody.txt").write_text("mine")
    pq.write_table(PEOPLE.slice(1), source)

    with pytest.raises(UsageError, match=r"it holds 'of_somebody\.txt', which no quarantine wrote"):
        split(source, good, bad)
    assert bad.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.parquet", "good", "in.parquet"]


def test_a_place_that_cannot_be_put_in_place_brings_the_others_back(source: Path, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.parquet", tmp_path / "file" / "good.parquet"
    split(source, tmp_path / "first.parquet", bad)
    before = bad.read_bytes()
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(SourceError, match="rows could not be written there: "):
        split(source, good, bad)
    assert bad.read_bytes() == before


def test_a_source_without_rows_stops_unless_the_contract_allows_it() -> None:
    nothing = PEOPLE.slice(0, 0)
    allowing = {**CONTRACT, "dataset": {"allow_empty": True}}

    assert split(nothing).stopped == "the source has no rows. Nothing was written"
    assert split(nothing, contract=allowing).stopped == ""


def test_a_column_that_a_check_needs_and_is_missing_stops() -> None:
    done = split(PEOPLE.drop_columns(["city"]))

    assert done.stopped == "<dict>: accepted_values of city: column 'city' does not exist."
    assert done.good_rows is None


def test_files_that_cannot_be_read_are_no_reason_to_lose_their_rows(source: Path, tmp_path: Path) -> None:
    (tmp_path / "several").mkdir()
    pq.write_table(PEOPLE, tmp_path / "several" / "1.parquet")
    (tmp_path / "several" / "2.parquet").write_bytes(source.read_bytes()[:-9])

    with pytest.raises(SourceError, match=r"2\.parquet"):
        split(tmp_path / "several", tmp_path / "good.parquet", tmp_path / "bad.parquet")
    assert not (tmp_path / "good.parquet").exists()


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("in.parquet", "bad.parquet", "it is the same as"),
        ("out", "out/bad", "it is the same as"),
        ("good.parquet", None, "good is given and bad is not"),
        (None, None, "say where its rows go"),
    ],
)
def test_places_that_do_not_fit_are_refused(
    source: Path, tmp_path: Path, good: str | None, bad: str | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        split(source, *(each and tmp_path / each for each in (good, bad)))
    assert rows_of(source) == PEOPLE.to_pylist()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ceiling": 1.5}, "ceiling=1.5: it is a share of rows, from 0 to 1"),
        ({"checks": ["age.betwen"]}, "Did you mean 'age.between'"),
        ({"checks": ["row_count"]}, "rows cannot be put apart by 'row_count'"),
        ({"reason_column": "city"}, "it has a column 'city' already"),
    ],
)
def test_a_wrong_call_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        split(**options)


# ---- over time ----


def test_losses_are_told_by_the_moment_of_the_data_and_a_rerun_counts_once(tmp_path: Path) -> None:
    store, done = Store(tmp_path), split()
    subject = {"dag_id": "d", "task_id": "t", "map_index": "-1"}
    for run, day in (("late", 3), ("backfilled", 1), ("late", 3)):
        remember(store, done, {**subject, "run_id": run, "at": f"2026-01-0{day}T00:00:00+00:00"})

    found = list(losses(store, "d", "t"))

    assert [(each.run_id, each.at) for each in found] == [
        ("late", datetime(2026, 1, 3, tzinfo=UTC)),
        ("backfilled", datetime(2026, 1, 1, tzinfo=UTC)),
    ]
    assert (found[0].rows, found[0].kept, found[0].lost, found[0].lost_share) == (6, 3, 3, 0.5)
    assert found[0].by_reason == {"id.not_null": 1, "age.between": 2}


def test_no_value_of_a_row_is_in_what_is_told(source: Path, tmp_path: Path) -> None:
    done = split(source, tmp_path / "good.parquet", tmp_path / "bad.parquet")
    told = f"{done!r}{done.to_json()}{done.headline()}{done.table()}"

    assert "430" not in told.replace(str(tmp_path), "")
    assert "rome" not in told.replace(str(tmp_path), "")
