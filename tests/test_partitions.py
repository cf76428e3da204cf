"""Profiles of parts make the profile of the whole, say what they cannot, and are judged without a row."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_mlquality.audit import audit, take_profile
from airflow_mlquality.errors import StoreError, UsageError
from airflow_mlquality.measurements import DistinctCount, Keys, Moments, MomentsFact, NullCount, RowCount, Shape
from airflow_mlquality.measurements.distinct import CELLS, EVEN, RARE, Cells, relative_error
from airflow_mlquality.profile import FactMissingError, Profile, changes, merge_all
from airflow_mlquality.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MOMENT = datetime(2026, 2, 1, tzinfo=UTC)


def day(number: int, rows: int = 200) -> pa.Table:
    """Return the rows of a day: numbers with gaps, categories, times and a key of the day."""
    draw = np.random.default_rng(number)
    x = draw.normal(number, 2, rows).round(1)
    return pa.table(
        {
            "day": pa.array([f"2026-01-{number:02}"] * rows),
            "id": pa.array(range(rows), pa.int64()),
            "x": pa.array([None if each > number + 4 else each for each in x], pa.float64()),
            "kind": pa.array(draw.choice(["a", "b", "c"], rows).tolist()),
            "at": pa.array(draw.integers(0, 10**9, rows), pa.timestamp("s")),
        }
    )


def folder_of_days(folder: Path, days: Sequence[int]) -> list[Path]:
    """Write a file per day."""
    paths = [folder / f"{number:02}.parquet" for number in days]
    for number, path in zip(days, paths, strict=True):
        pq.write_table(day(number), path)
    return paths


def profiles_of(paths: Sequence[Path], like: Profile, **options: Any) -> list[Profile]:
    return [
        take_profile(path, like=like, partition={"day": f"2026-01-{int(path.stem):02}"}, **options) for path in paths
    ]


def assert_near(actual: MomentsFact, expected: MomentsFact) -> None:
    """Compare moments but for rounding."""
    for name, number in vars(expected).items():
        near = number if number is None else pytest.approx(number, rel=1e-9, abs=1e-6)
        assert getattr(actual, name) == near


# ---- how many different values ----


def sketch_of(hashes: Any) -> Cells:
    """Return the sketch of uniform 64-bit hashes, as the engine's SQL makes it."""
    shifted = (hashes >> np.uint64(16)) & (hashes >> np.uint64(32)) & (hashes >> np.uint64(48)) & np.uint64(RARE)
    taken = np.zeros(CELLS, bool)
    taken[(hashes & (shifted | np.uint64(EVEN))).astype(np.int64)] = True
    return Cells("", np.packbits(taken).tobytes())


@pytest.mark.parametrize(
    ("values", "draws"),
    [(1, 20), (2, 20), (10, 200), (100, 200), (1_000, 200), (5_000, 200), (30_000, 100), (300_000, 50), (10**7, 3)],
)
def test_estimates_are_as_near_as_they_say_and_lean_to_no_side(values: int, draws: int) -> None:
    random = np.random.default_rng(values)
    errors = [
        sketch_of(random.integers(0, 2**64, values, dtype=np.uint64)).estimate() / values - 1 for _ in range(draws)
    ]
    stated = relative_error(values)

    assert stated < 0.02
    assert abs(float(np.mean(errors))) < 4 * stated / math.sqrt(draws)
    assert float(np.sqrt(np.mean(np.square(errors)))) < stated * (
        1 + 8 / math.sqrt(2 * draws)
    )  # a collision of few values is rare and large


def test_the_stated_error_is_below_two_per_cent_up_to_a_thousand_million_values() -> None:
    assert max(relative_error(2.0**power) for power in np.arange(0, 30.01, 0.25)) < 0.019


def test_the_sketches_of_parts_are_the_sketch_of_the_whole() -> None:
    measurement = DistinctCount("id")
    rows = pa.table({"id": range(50_000)})
    whole = take_profile(rows)[measurement]

    merged = merge_all([take_profile(rows.slice(0, 30_000)), take_profile(rows.slice(20_000))])[measurement]

    assert merged == whole
    assert merged.count == pytest.approx(50_000, rel=4 * merged.error)
    assert len(json.dumps(measurement.encode(merged))) < 5_000


def test_few_values_are_counted_and_not_estimated() -> None:
    rows = pa.table(
        {
            "number": [n % 700 for n in range(5_000)],
            "text": [f"t{n % 300}" for n in range(5_000)],
            "kind": ["a", "b", None, "c", "a"] * 1_000,
            "float": pa.array([math.nan, 0.0, -0.0, None, 1.5] * 1_000, pa.float64(), from_pandas=False),
            "none": pa.nulls(5_000, pa.string()),
        }
    )
    profile = take_profile(rows)

    counted = {name: profile[DistinctCount(name)] for name in rows.column_names}

    assert {name: fact.count for name, fact in counted.items()} == {
        "number": 700,
        "text": 300,
        "kind": 3,
        "float": 3,
        "none": 0,
    }
    assert all(fact.is_exact for fact in counted.values())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.int8(), pa.int64()),
        (pa.uint16(), pa.int32()),
        (pa.float32(), pa.float64()),
    ],
    ids=str,
)
def test_numbers_of_different_width_are_the_same_values(one: pa.DataType, other: pa.DataType) -> None:
    parts = [take_profile(pa.table({"x": pa.array(range(100), type_)})) for type_ in (one, other)]

    assert merge_all(parts)[DistinctCount("x")].cells == parts[0][DistinctCount("x")].cells


def test_values_hashed_by_another_release_are_left_open() -> None:
    fact = take_profile(day(1))[DistinctCount("x")]
    assert fact.cells is not None
    older = DistinctCount("x").decode(
        {**DistinctCount("x").encode(fact), "sketch": {**fact.cells.to_json(), "hash": "duckdb 0 DOUBLE"}}
    )

    with pytest.raises(ValueError, match="hashed by other releases of the engine; measure the older parts again"):
        DistinctCount("x").merge(fact, older)


# ---- the whole of its parts ----


def test_the_merged_profile_has_the_facts_of_the_whole(tmp_path: Path) -> None:
    paths = folder_of_days(tmp_path, [1, 2, 3])
    bins = take_profile(tmp_path, bins_only=True)
    whole = take_profile(tmp_path, like=bins)

    merged = merge_all(profiles_of(paths, bins))

    assert merged.failures == {}
    assert merged.facts.keys() == whole.facts.keys()
    for measurement, fact in whole.facts.items():
        if isinstance(measurement, Moments):
            assert_near(merged[measurement], fact)
        elif isinstance(measurement, DistinctCount):
            assert merged[measurement].cells == fact.cells
            assert merged[measurement].count == pytest.approx(fact.count, rel=0.06)
        else:
            assert merged[measurement] == fact
    assert [(part.name, part.rows) for part in merged.parts] == [(f"day=2026-01-0{n}", 200) for n in (1, 2, 3)]


def test_a_merged_profile_comes_back_from_its_json(tmp_path: Path) -> None:
    contract = {"version": 1, "contract": "days", "columns": {"id": {"unique": True}}}
    merged = merge_all(profiles_of(folder_of_days(tmp_path, [1, 2]), take_profile(day(1)), contract=contract))

    read = Profile.from_json(json.loads(merged.dumps()))

    assert read == merged
    assert Keys(("id",)) in read.failures


values = st.lists(
    st.tuples(st.one_of(st.none(), st.floats(-1e6, 1e6)), st.sampled_from(["a", "b", None])), min_size=0, max_size=8
)
SAME_BINS = take_profile(pa.table({"x": [0.5, 1.5, 2.5] * 20, "s": ["a", "b", None] * 20}), bins_only=True)


def measured(rows: list[tuple[float | None, str | None]]) -> Profile:
    x, s = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [])
    return take_profile(pa.table({"x": pa.array(x, pa.float64()), "s": pa.array(s, pa.string())}), like=SAME_BINS)


def assert_same(left: Profile, right: Profile) -> None:
    assert left.facts.keys() == right.facts.keys()
    for measurement, fact in left.facts.items():
        if isinstance(measurement, Moments):
            assert_near(fact, right[measurement])
        else:
            assert fact == right[measurement]
    assert sorted(left.parts, key=str) == sorted(right.parts, key=str)


@settings(max_examples=15)
@given(first=values, second=values, third=values)
def test_merging_is_associative_and_commutative(first: Any, second: Any, third: Any) -> None:
    a, b, c = measured(first), measured(second), measured(third)

    assert_same(a.merge(b), b.merge(a))
    assert_same(a.merge(b).merge(c), a.merge(b.merge(c)))
    assert_same(merge_all([c, a, b]), a.merge(b).merge(c))


def test_bins_alone_are_the_profile_of_no_rows() -> None:
    whole = measured([(1.0, "a"), (None, "b")])

    assert SAME_BINS.rows == 0
    assert {type(each) for each in SAME_BINS.facts} == {RowCount, Shape}
    assert SAME_BINS.merge(whole)[Shape("x")] == whole[Shape("x")]


# ---- what the whole does not know ----


def test_shapes_on_different_bins_are_left_open_with_the_way_out() -> None:
    merged = take_profile(day(1)).merge(take_profile(day(20)))

    with pytest.raises(FactMissingError) as missing:
        merged[Shape("x")]

    assert missing.value.reason == (
        "the shapes of 'x' were counted on different bins; measure all parts like one profile"
    )


def test_a_column_that_was_added_or_changed_its_type_is_told() -> None:
    old = pa.table({"id": [1, 2], "code": [7, 8]})
    new = pa.table({"id": [3], "code": ["x"], "extra": [1.5]})
    parts = [take_profile(rows, part=name) for name, rows in (("mon", old), ("tue", old), ("wed", new))]

    merged = merge_all(parts)

    assert changes(merged.parts) == {
        "code": "column 'code' is not of one type: integer in mon, tue; string in wed",
        "extra": "column 'extra' is not in mon, tue",
    }
    assert [(column.name, column.type.value) for column in merged.schema] == [
        ("id", "integer"),
        ("code", "other"),
        ("extra", "float"),
    ]
    assert merged[NullCount("code")] == 0
    assert merged.failures[Moments("code")] == changes(merged.parts)["code"]
    assert merged.failures[NullCount("extra")] == changes(merged.parts)["extra"]
    assert merged.rows == 5
    assert_same(merged, merge_all(reversed(parts)))


def test_a_fact_that_one_part_was_not_asked_for_is_left_open() -> None:
    contract = {"version": 1, "contract": "ids", "columns": {"id": {"unique": True}}}
    merged = take_profile(day(1), part="one", contract=contract).merge(take_profile(day(2), part="two"))

    assert merged.failures[Keys(("id",))] == "it was not measured in two; measure all parts alike"


def test_keys_that_hold_the_column_of_the_parts_are_counted_exactly() -> None:
    contract = {
        "version": 1,
        "contract": "days",
        "table": {"unique": ["day", "id"]},
        "columns": {"id": {"unique": True}},
    }
    parts = [take_profile(day(n), partition={"day": f"2026-01-0{n}"}, contract=contract) for n in (1, 2)]

    report = audit(contract, merge_all(parts))

    assert {verdict.id: verdict.outcome.value for verdict in report.verdicts if verdict.check == "unique"} == {
        "day+id.unique": "pass",
        "id.unique": "undecided",
    }
    undecided = next(verdict for verdict in report.verdicts if verdict.id == "id.unique")
    assert undecided.reason == (
        "unique of id cannot be judged from a profile: keys by 'id' were counted in parts, and a key may be in "
        "several; put the column by which the parts are cut into the key, or judge the rows of the whole"
    )


def test_a_part_given_twice_is_refused() -> None:
    part = take_profile(day(1), partition={"day": "2026-01-01"})

    with pytest.raises(UsageError) as refused:
        merge_all([part, part])

    assert str(refused.value) == (
        "part day=2026-01-01 is given twice, and its rows would count twice. Merge every part once"
    )


def test_nothing_merges_into_nothing() -> None:
    with pytest.raises(UsageError, match="there are no profiles to merge"):
        merge_all([])


# ---- judging without rows ----

CONTRACT = {
    "version": 1,
    "contract": "days",
    "dataset": {"time": "at"},
    "columns": {
        "x": {"between": {"min": -20, "max": 60}, "null_share": {"fail": 0.5}},
        "kind": {"accepted_values": ["a", "b", "c"]},
    },
    "rows": [{"id": "whole_days", "rule": "x > id - 300"}],
    "table": {"row_count": {"fail": [100, 1000]}, "freshness": {"fail": "20000d"}},
    "drift": {"columns": ["x", "kind"], "fail": 0.5},
}


def outcomes(contract: Any, source: Any, **options: Any) -> dict[str, str]:
    report = audit(contract, source, as_of=MOMENT, **options)
    return {verdict.id: verdict.outcome.value for verdict in report.verdicts}


def test_a_profile_is_judged_as_its_rows_are(tmp_path: Path) -> None:
    folder_of_days(tmp_path, [1, 2])
    reference = take_profile(day(1))
    profile = take_profile(tmp_path, like=reference, contract=CONTRACT)

    judged = outcomes(CONTRACT, profile, reference=reference)

    assert judged == outcomes(CONTRACT, tmp_path, reference=reference)
    assert "undecided" not in judged.values()
    report = audit(CONTRACT, profile, reference=reference, as_of=MOMENT)
    assert report.profile.source == f"profile of {tmp_path}, taken {profile.taken_at[:19]}"
    assert (report.cost.scans, report.cost.queries) == (0, 0)


def test_rows_as_reference_are_counted_on_the_bins_of_the_judged_profile() -> None:
    profile = take_profile(day(1), contract=CONTRACT)

    assert outcomes(CONTRACT, profile, reference=day(1))["drift.x"] == "pass"


def test_what_a_profile_was_not_asked_for_is_undecided_by_name() -> None:
    report = audit(CONTRACT, take_profile(day(1)), reference=take_profile(day(1)), as_of=MOMENT)

    undecided = {verdict.id: verdict.reason for verdict in report.verdicts if verdict.outcome.value == "undecided"}

    assert undecided["whole_days"] == (
        "rule of x, id cannot be judged from a profile: rows_where of id, x was not measured"
    )
    assert {verdict.id for verdict in report.verdicts} - set(undecided) >= {"row_count", "x.null_share"}


def test_a_time_after_the_moment_leaves_the_age_open() -> None:
    profile = take_profile(day(1), contract=CONTRACT)

    report = audit(CONTRACT, profile, as_of=datetime(1980, 1, 1, tzinfo=UTC))

    age = next(verdict for verdict in report.verdicts if verdict.check == "freshness")
    assert age.outcome.value == "undecided"
    assert "its newest 'at' lies after the moment for which ages are counted" in age.reason


def test_a_partition_of_a_profile_is_refused() -> None:
    with pytest.raises(UsageError, match="the source is a profile, which has no rows to choose from"):
        audit(CONTRACT, take_profile(day(1)), partition={"day": "2026-01-01"})


@pytest.mark.parametrize("given_as", ["name", "address", "summary", "file"])
def test_a_profile_is_found_however_it_is_given(given_as: str, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    profile = take_profile(day(1), contract=CONTRACT)
    address = store.write_profile("days", profile)
    (tmp_path / "days.json").write_text(profile.dumps())
    source = {
        "name": "profile:days",
        "address": address,
        "summary": {"name": "days", "profile": address, "rows": 200},
        "file": tmp_path / "days.json",
    }[given_as]

    assert outcomes(CONTRACT, source, store=store)["row_count"] == "pass"


def test_a_profile_that_is_not_there_is_an_error_and_no_pass(tmp_path: Path) -> None:
    report = audit(CONTRACT, "profile:nothing", store=Store(tmp_path))

    assert report.outcome.value == "error"
    assert report.verdicts[0].reason.startswith("store: there is no profile at profile:nothing.")


def test_a_new_part_is_judged_against_the_merged_reference_without_reading_the_others(tmp_path: Path) -> None:
    paths = folder_of_days(tmp_path, [*range(1, 13)])
    bins = take_profile(paths[0], bins_only=True)
    reference = merge_all(profiles_of(paths[:-1], bins))
    for path in paths[:-1]:
        path.write_bytes(b"nobody can read this")

    report = audit({"version": 1, "contract": "x", "drift": {"columns": ["kind"]}}, paths[-1], reference=reference)

    assert report.outcome.value == "pass"
    assert report.reference is not None
    assert report.reference.rows == 11 * 200


# ---- unchanged parts ----


def test_an_unchanged_source_is_not_measured_again(tmp_path: Path) -> None:
    (path,) = folder_of_days(tmp_path, [1])
    first = take_profile(path)

    assert take_profile(path, kept=first) is first


@pytest.mark.parametrize("change", ["content", "bins", "contract", "partition"])
def test_a_change_of_the_rows_or_of_what_is_asked_is_measured(change: str, tmp_path: Path) -> None:
    (path,) = folder_of_days(tmp_path, [1])
    first = take_profile(path)
    options: dict[str, Any] = {}
    if change == "content":
        pq.write_table(day(1, rows=201), path)
    elif change == "bins":
        options["like"] = take_profile(day(2), bins_only=True)
    elif change == "contract":
        options["contract"] = CONTRACT
    else:
        options["partition"] = {"day": "2026-01-01"}

    assert take_profile(path, kept=first, **options) is not first


def test_a_source_without_fingerprint_is_measured_unless_one_is_given() -> None:
    rows = day(1)
    unnamed, named = take_profile(rows), take_profile(rows, fingerprint="version 7")

    assert unnamed.fingerprint == ""
    assert take_profile(rows, kept=unnamed) is not unnamed
    assert take_profile(rows, kept=named, fingerprint="version 7") is named
    assert take_profile(rows, kept=named, fingerprint="version 8") is not named


def test_only_the_files_of_a_partition_tell_whether_it_changed(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"day=2026-01-0{number}").mkdir()
        pq.write_table(day(number).drop_columns("day"), tmp_path / f"day=2026-01-0{number}" / "rows.parquet")
    first = take_profile(tmp_path, partition={"day": "2026-01-01"})

    pq.write_table(day(9).drop_columns("day"), tmp_path / "day=2026-01-02" / "rows.parquet")

    assert take_profile(tmp_path, partition={"day": "2026-01-01"}, kept=first) is first


def test_files_of_object_storage_have_a_fingerprint_too() -> None:
    from upath import UPath

    path = UPath("memory://fingerprints/day.parquet")
    pq.write_table(day(1), path.fs.open(path.path, "wb"))
    first = take_profile(path)

    assert first.fingerprint
    assert take_profile(path, kept=first) is first


def test_bins_stay_while_what_is_asked_stays() -> None:
    bins = take_profile(day(1), bins_only=True)

    assert take_profile(day(2), bins_only=True, kept=bins) is bins


def test_bins_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="like='bins': there is no such profile yet"):
        take_profile(day(1), like="bins", store=Store(tmp_path))


def test_a_document_that_is_no_profile_is_none(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "x.json").write_text("{}")

    with pytest.raises(StoreError, match=r"there is no profile at profiles/x\.json"):
        store.read_profile("profiles/x.json")
