"""Drift is judged from two shapes alone."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from airflow_mlquality.checks import Drift, judge
from airflow_mlquality.measurements import (
    Bins,
    Column,
    LogicalType,
    NonFiniteCounts,
    RowCount,
    Schema,
    Shape,
    ShapeFact,
)
from airflow_mlquality.verdict import Cause, Outcome, Verdict
from tests.builders import category_shape, facts, number_shape, profile

EVEN = number_shape(*[1000] * 10)


def drift(
    current: ShapeFact,
    reference: ShapeFact | None,
    type_: str = "float",
    was: str | None = None,
    shown: tuple[str, ...] = (),
    **options: Any,
) -> Verdict:
    """Judge one column x against train."""
    check = Drift(column="x", reference="train", **options)

    def taken(shape: ShapeFact, of: str) -> Any:
        return profile(rows=shape.rows, columns={"x": of}, facts={check.shape: shape})

    before = None if reference is None else taken(reference, was or type_)
    (verdict,) = judge([check], facts(taken(current, type_), before, shown=shown))
    return verdict


# ---- outcomes ----


def test_the_same_shape_passes() -> None:
    verdict = drift(number_shape(*[100] * 10), EVEN)

    assert verdict.outcome is Outcome.PASS
    assert verdict.reason == "PSI of 'x' against train is 0 [0, 0.019] (1,000 rows against 10,000), within fail 0.25"
    assert (verdict.observed, verdict.unit, verdict.advice) == (0, "PSI", "")


def test_a_shape_that_moved_far_fails_and_names_the_cells() -> None:
    verdict = drift(number_shape(*[50] * 8, 250, 350), EVEN)

    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason == (
        "PSI of 'x' against train is 0.71 [0.59, 0.85] (1,000 rows against 10,000), above fail 0.25; "
        "most of it: > 9 10 % -> 35 %, (8, 9] 10 % -> 25 %"
    )


def test_a_shape_that_moved_somewhat_warns() -> None:
    verdict = drift(number_shape(*[600] * 5, *[1400] * 5), EVEN)

    assert verdict.outcome is Outcome.WARN
    assert "above warn 0.1; most of it: " in verdict.reason


def test_a_few_rows_leave_it_undecided_and_name_how_many_would_decide() -> None:
    verdict = drift(number_shape(*[4] * 10), EVEN)

    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict.cause is Cause.TOO_SMALL
    assert verdict.reason == (
        "PSI of 'x' against train is 0 [0, 0.31] (40 rows against 10,000), too few to tell: about 90 rows would decide"
    )


def test_a_reference_that_is_too_small_is_named_as_the_reason() -> None:
    verdict = drift(number_shape(*[1000] * 10), number_shape(*[2] * 10))

    assert verdict.cause is Cause.TOO_SMALL
    assert verdict.reason.endswith("too few to tell: no number of rows would decide, take a larger reference")


def test_the_jensen_shannon_distance_lies_between_0_and_1_and_agrees_with_psi_on_small_changes() -> None:
    moved = number_shape(*[700] * 5, *[1300] * 5)

    by_psi, by_js = drift(moved, EVEN), drift(moved, EVEN, method="js")

    assert by_js.observed == pytest.approx(math.sqrt(by_psi.observed / (8 * math.log(2))), rel=0.02)
    assert by_js.reason == (
        "Jensen-Shannon distance of 'x' against train is 0.13 [0.11, 0.14] (10,000 rows against 10,000), "
        "within fail 0.21"
    )
    assert drift(
        category_shape({"a": 0, "b": 500}), category_shape({"a": 500, "b": 0}), "string", method="js"
    ).observed == (pytest.approx(1, abs=0.05))


# ---- missing values are part of the shape ----


def test_only_missing_values_that_moved_are_named_as_such() -> None:
    verdict = drift(number_shape(*[70] * 10, nulls=300), number_shape(*[999] * 10, nulls=10))

    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason.endswith("; only missing values moved: NULL 0.1 % -> 30 %")


@pytest.mark.parametrize(
    ("missing", "label"),
    [
        ({"nulls": 300}, "NULL"),
        ({"non_finite": NonFiniteCounts(nan=300)}, "NaN"),
        ({"non_finite": NonFiniteCounts(plus_inf=300)}, "+Inf"),
        ({"non_finite": NonFiniteCounts(minus_inf=300)}, "-Inf"),
    ],
)
def test_every_kind_of_missing_is_a_cell_of_its_own(missing: dict[str, Any], label: str) -> None:
    verdict = drift(number_shape(*[70] * 10, **missing), EVEN)

    assert verdict.outcome is Outcome.FAIL
    assert verdict.evidence["cells"][-1] == {"label": label, "reference": 0, "current": 300}


def test_null_that_becomes_nan_is_drift() -> None:
    verdict = drift(
        number_shape(*[70] * 10, non_finite=NonFiniteCounts(nan=300)), number_shape(*[700] * 10, nulls=3000)
    )

    assert verdict.outcome is Outcome.FAIL
    assert "only missing values moved" in verdict.reason


# ---- categories ----


def test_a_share_of_new_categories_fails() -> None:
    verdict = drift(category_shape({"a": 350, "b": 350}, other=300), category_shape({"a": 5000, "b": 5000}), "string")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason.endswith("; most of it: new values 0 % -> 30 %")
    assert verdict.evidence["missing"]["other"] == {"reference": 0, "current": 0.3}


def test_nothing_but_new_categories_fails() -> None:
    verdict = drift(category_shape({"a": 0, "b": 0}, other=60), category_shape({"a": 5000, "b": 5000}), "string")

    assert verdict.outcome is Outcome.FAIL


def test_categories_are_masked_unless_the_contract_shows_the_column() -> None:
    shapes = category_shape({"Ann": 10, "Bob": 90}), category_shape({"Ann": 500, "Bob": 500})

    hidden, shown = drift(*shapes, "string"), drift(*shapes, "string", shown=("x",))

    assert [cell["label"] for cell in hidden.evidence["cells"]] == ["'Xxx'", "'Xxx'"]
    assert [cell["label"] for cell in shown.evidence["cells"]] == ["Ann", "Bob"]
    assert "Ann" not in hidden.reason


def test_booleans_are_shown_as_a_contract_writes_them() -> None:
    verdict = drift(category_shape({True: 50, False: 50}), category_shape({True: 500, False: 500}), "boolean")

    assert [cell["label"] for cell in verdict.evidence["cells"]] == ["true", "false"]


def test_rare_categories_share_a_cell() -> None:
    rare = {f"r{i}": 2 for i in range(20)}
    verdict = drift(
        category_shape({"a": 1000, **rare}), category_shape({"a": 10_000, **dict.fromkeys(rare, 20)}), "string"
    )

    assert [cell["label"] for cell in verdict.evidence["cells"]] == ["'x'", "rare values"]


# ---- cells of numbers ----


def test_cells_merge_to_about_equal_mass_and_keep_a_frequent_number_apart() -> None:
    edges = (1.0, math.nextafter(5.0, -math.inf), 5.0, 7.0)
    verdict = drift(number_shape(25, 25, 100, 25, 25, edges=edges), number_shape(250, 250, 1000, 250, 250, edges=edges))

    assert [cell["label"] for cell in verdict.evidence["cells"]] == ["≤ 1", "(1, 5)", "5", "(5, 7]", "> 7"]
    assert verdict.evidence["edges"] == list(edges)
    assert verdict.evidence["kind"] == "number"


def test_values_beyond_all_that_the_reference_held_are_a_cell_of_their_own() -> None:
    verdict = drift(number_shape(0, 450, 450, 300), number_shape(0, 5000, 5000, 0))

    assert [(cell["label"], cell["current"]) for cell in verdict.evidence["cells"]] == [
        ("≤ 2", 450),
        ("(2, 3]", 450),
        ("> 3", 300),
    ]
    assert verdict.outcome is Outcome.FAIL


def test_edges_of_timestamps_are_clock_times_and_of_positions_dates() -> None:
    clock = number_shape(500, 500, edges=(13.5,))
    place = number_shape(500, 500, edges=(86_400.0,))

    assert drift(clock, clock, "timestamp_tz").evidence["cells"][0]["label"] == "≤ 13:30"
    assert drift(place, place, "date").evidence["cells"][0]["label"] == "≤ 1970-01-02"
    assert drift(place, place, "timestamp", times="position").evidence["cells"][1]["label"] == "> 1970-01-02"


# ---- no evidence, one row, constants, changed types ----


def test_without_reference_it_is_undecided_and_says_how_to_take_one() -> None:
    verdict = drift(EVEN, None)

    assert (verdict.outcome, verdict.cause) == (Outcome.UNDECIDED, Cause.NO_REFERENCE)
    assert verdict.reason == "PSI of 'x' against train: there is no reference yet"
    assert verdict.advice == (
        "take one of the rows that it should resemble: 'mlquality profile SOURCE', or a ProfileOperator"
    )


def test_a_reference_without_the_column_is_no_reference() -> None:
    check = Drift(column="x")
    current = profile(rows=1, columns={"x": "float"}, facts={check.shape: EVEN})

    (verdict,) = judge([check], facts(current, profile(columns={"y": "float"})))

    assert verdict.cause is Cause.NO_REFERENCE
    assert verdict.reason == "PSI of 'x' against the reference: the reference has no column 'x'"


def test_a_reference_without_rows_is_lost_evidence_and_no_first_run() -> None:
    verdict = drift(EVEN, number_shape(*[0] * 10))

    assert verdict.cause is Cause.NO_DATA
    assert verdict.reason == "PSI of 'x' against train: the reference has no rows"


def test_no_rows_leave_it_undecided() -> None:
    verdict = drift(number_shape(*[0] * 10), EVEN)

    assert (verdict.cause, verdict.reason) == (Cause.NO_DATA, "PSI of 'x' against train: the table has no rows")


def test_one_row_leaves_it_undecided() -> None:
    assert drift(number_shape(1, *[0] * 9), EVEN).cause is Cause.TOO_SMALL
    assert drift(number_shape(1), number_shape(1000)).cause is Cause.TOO_SMALL


def test_all_null_where_there_were_values_fails_and_where_there_were_none_passes() -> None:
    nothing = number_shape(*[0] * 10, nulls=200)

    assert drift(nothing, EVEN).reason.endswith("; most of it: NULL 0 % -> 100 %")
    assert drift(nothing, nothing).outcome is Outcome.PASS
    assert drift(EVEN, nothing).outcome is Outcome.FAIL


def test_a_column_of_the_null_type_is_all_null_and_no_changed_type() -> None:
    nothing = ShapeFact(Bins("presence"), (0,), nulls=200)

    verdict = drift(nothing, EVEN, type_="null", was="float")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason.endswith("; most of it: NULL 0 % -> 100 %")


def test_a_constant_on_both_sides_passes() -> None:
    verdict = drift(number_shape(0, 300, 0), number_shape(0, 1000, 0))

    assert (verdict.outcome, verdict.observed) == (Outcome.PASS, 0)


def test_a_constant_that_became_another_fails() -> None:
    assert drift(number_shape(0, 0, 300), number_shape(0, 1000, 0)).outcome is Outcome.FAIL


def test_nested_values_are_compared_by_presence() -> None:
    before, now = ShapeFact(Bins("presence"), (1000,)), ShapeFact(Bins("presence"), (500,), nulls=500)

    verdict = drift(now, before, "list")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.evidence["cells"] == [
        {"label": "a value", "reference": 1000, "current": 500},
        {"label": "NULL", "reference": 0, "current": 500},
    ]


@pytest.mark.parametrize(
    ("was", "is_now", "words"),
    [
        ("float", "string", "numbers and are text"),
        ("boolean", "string", "booleans and are text"),
        ("integer", "timestamp", "numbers and are timestamps"),
        ("date", "timestamp", "dates and are timestamps"),
        ("string", "list", "text and are values of another type"),
    ],
)
def test_another_type_of_values_fails(was: str, is_now: str, words: str) -> None:
    verdict = drift(category_shape({"a": 5}), EVEN, type_=is_now, was=was)

    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason == f"PSI of 'x' against train: its values were {words}, so every row has moved"


@pytest.mark.parametrize(("was", "is_now"), [("integer", "float"), ("decimal", "integer"), ("timestamp", "timestamp")])
def test_another_width_of_a_number_is_no_other_type(was: str, is_now: str) -> None:
    assert drift(number_shape(*[100] * 10), EVEN, type_=is_now, was=was).outcome is Outcome.PASS


def test_zoned_and_zoneless_timestamps_compare_by_their_clock() -> None:
    assert drift(EVEN, EVEN, type_="timestamp", was="timestamp_tz").outcome is Outcome.PASS


def test_shapes_on_different_bins_are_an_error_of_this_check() -> None:
    verdict = drift(number_shape(5, 5, edges=(9.0,)), number_shape(5, 5, edges=(8.0,)))

    assert verdict.outcome is Outcome.ERROR


def test_a_column_that_is_gone_leaves_it_undecided() -> None:
    (verdict,) = judge([Drift(column="aeg")], facts(profile(columns={"age": "float"})))

    assert verdict.cause is Cause.MISSING_COLUMN
    assert verdict.reason == "drift of aeg: column 'aeg' does not exist. Did you mean 'age'?"


# ---- one check stands for many columns ----

SCHEMA = Schema(
    (
        Column("id", LogicalType.INTEGER),
        Column("day", LogicalType.DATE),
        Column("at", LogicalType.TIMESTAMP),
        Column("tags", LogicalType.LIST),
        Column("age", LogicalType.FLOAT),
    )
)


def test_all_columns_are_compared_but_those_that_move_by_themselves() -> None:
    check = Drift(moving=("id",))

    assert [each.verdict_id for each in check.expand(SCHEMA)] == ["drift.at", "drift.tags", "drift.age"]


def test_dates_are_compared_by_position_only() -> None:
    check = Drift(times="position", moving=("id",))

    assert [each.column for each in check.expand(SCHEMA)] == ["day", "at", "tags", "age"]


def test_listed_columns_are_compared_whatever_they_are_even_when_missing() -> None:
    check = Drift(id="serving", columns=["id", "agee"], moving=("id",))

    assert [each.verdict_id for each in check.expand(SCHEMA)] == ["serving.id", "serving.agee"]


def test_columns_may_be_left_out() -> None:
    check = Drift(**{"except": ["at", "tags", "id", "day"]})

    assert [each.column for each in check.expand(SCHEMA)] == ["age"]


def test_it_asks_for_one_shape_per_column() -> None:
    assert Drift(column="x", times="position").needs(SCHEMA) == (RowCount(), Shape("x", times="position"))


# ---- levels ----


@pytest.mark.parametrize(
    ("options", "levels"),
    [
        ({}, (0.1, 0.25)),
        ({"method": "js"}, (0.13, 0.21)),
        ({"fail": 0.05}, (None, 0.05)),
        ({"warn": 0.4}, (0.4, None)),
        ({"warn": None}, (None, 0.25)),
        ({"warn": 0.2, "fail": 0.5}, (0.2, 0.5)),
    ],
)
def test_levels_have_defaults_that_never_contradict_what_is_given(
    options: dict[str, Any], levels: tuple[float | None, float | None]
) -> None:
    check = Drift(**options)

    assert (check.warn, check.fail) == levels


def test_a_level_of_0_is_refused_for_every_interval_begins_there() -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        Drift(fail=0)
