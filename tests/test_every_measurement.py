"""Laws that every measurement keeps: JSON, and merging parts into the whole."""

from __future__ import annotations

import json
import math
from dataclasses import astuple, is_dataclass, replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_mlquality.engines.embedded.connection import Embedded
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.measuring import measure
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.measurements import (
    VOCABULARY,
    Annotations,
    Bins,
    CannotMergeError,
    ClassCounts,
    Directions,
    DistinctCount,
    Elsewhere,
    Keys,
    LatestTime,
    Measurement,
    Moments,
    Neighbours,
    NonFinite,
    NullCount,
    Orphans,
    RowCount,
    RowsWhere,
    Sampled,
    Separation,
    Shape,
    ShapeBySegment,
    SharedRows,
    TextLengths,
    TextTraits,
    Unparseable,
    in_groups,
    measurement_from_json,
    then,
)

NUMBERS = Bins("number", (-1.0, 0.0, math.nextafter(5.0, 0), 5.0))
FINITE = "CASE WHEN isfinite(x) THEN x END"
MERGEABLE: list[Measurement[Any]] = [
    RowCount(),
    NullCount("x"),
    NonFinite("x"),
    RowsWhere('"x" > 0'),
    Unparseable("s", "integer"),
    Moments("x"),
    TextLengths("s"),
    TextTraits("s"),
    Directions("x", 2),
    LatestTime("t", 50_000_000),
    Shape("x", bins=NUMBERS),
    Shape("s", bins=Bins("category", values=("a", "b"))),
    Shape("t", bins=Bins("number", (0.005, 0.01))),
    ShapeBySegment("x", "s", bins=NUMBERS, segments=Bins("category", values=("a", "b"))),
    ShapeBySegment("s", "t", bins=Bins("category", values=("a",)), segments=Bins("number", (0.005, 0.01))),
    ClassCounts("s", ("a", "7")),
    DistinctCount("x"),
    DistinctCount("s"),
    DistinctCount("t"),
    in_groups(("s",), "COUNT(x)", f"MIN({FINITE})", f"MAX({FINITE})"),
    in_groups(()),
    Sampled(TextTraits("s")),
    Sampled(in_groups(("s",), "COUNT(x)")),
]
WHOLE_ONLY: list[Measurement[Any]] = [
    Keys(("s",)),
    Keys(("s", "x")),
    Neighbours("x", "t", ("s",)),
    in_groups(("s",), "AVG(x)"),
    Annotations("s", "t", "x"),
    then(in_groups(("s",), "COUNT(DISTINCT x)"), (), "COUNT(*)", where="v1 > 1"),
    Sampled(in_groups(("s",), "AVG(x)")),
]

OF_OTHERS: list[Measurement[Any]] = [
    Orphans("s", "people", "id"),
    SharedRows(("s",), "people"),
    Separation(("s", "x"), "people", 100),
    Elsewhere("people", in_groups(("s",), "SUM(x)")),
]


def rows(values: list[tuple[float | None, str | None, int | None]]) -> pa.Table:
    columns = list(zip(*values, strict=True)) or [(), (), ()]
    return pa.table(
        {
            "x": pa.array(columns[0], pa.float64(), from_pandas=False),
            "s": pa.array(columns[1], pa.string()),
            "t": pa.array(columns[2], pa.timestamp("s")),
        }
    )


def facts_of(table: pa.Table, measurements: list[Measurement[Any]]) -> list[Any]:
    with Embedded(Settings()) as engine:
        facts, failures = measure(engine, engine.open("stage", table, Reading()), measurements)
    assert failures == {}
    return [facts[each.question()] for each in measurements]


def test_the_laws_are_tried_on_the_whole_vocabulary() -> None:
    tried = {type(each) for each in [*MERGEABLE, *WHOLE_ONLY]}

    assert tried | {Orphans, SharedRows, Separation, Elsewhere} == set(VOCABULARY.values())


@pytest.mark.parametrize("measurement", [*MERGEABLE, *WHOLE_ONLY, *OF_OTHERS], ids=str)
def test_a_measurement_comes_back_from_its_json(measurement: Measurement[Any]) -> None:
    read = measurement_from_json(json.loads(json.dumps(measurement.to_json())))

    assert read == measurement.question()


numbers = st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.inf, -math.inf, 5.0, 0.0]))
row_lists = st.lists(
    st.tuples(numbers, st.sampled_from([None, "a", "b", "7", "", "é"]), st.one_of(st.none(), st.integers(-100, 100))),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(left=row_lists, right=row_lists)
def test_the_facts_of_two_parts_merge_into_the_facts_of_the_whole(left: list[Any], right: list[Any]) -> None:
    parts = zip(facts_of(rows(left), MERGEABLE), facts_of(rows(right), MERGEABLE), strict=True)
    whole = facts_of(rows(left + right), MERGEABLE)

    merged = [each.merge(a, b) for each, (a, b) in zip(MERGEABLE, parts, strict=True)]

    for measurement, expected, actual in zip(MERGEABLE, whole, merged, strict=True):
        if isinstance(measurement, Moments):
            assert astuple(actual)[:3] == astuple(expected)[:3]
            assert (actual.mean or 0.0) == pytest.approx(expected.mean or 0.0, rel=1e-9, abs=1e-6)
            assert (actual.std or 0.0) == pytest.approx(expected.std or 0.0, rel=1e-6, abs=1e-5)
        else:
            assert actual == expected
            assert measurement.decode(json.loads(json.dumps(measurement.encode(actual)))) == expected


@settings(max_examples=40, deadline=None)
@given(values=row_lists)
def test_every_row_is_in_exactly_one_cell_of_a_shape(values: list[Any]) -> None:
    shapes = [each for each in MERGEABLE if isinstance(each, Shape)]

    assert [fact.rows for fact in facts_of(rows(values), list(shapes))] == [len(values)] * len(shapes)


@pytest.mark.parametrize("measurement", WHOLE_ONLY, ids=str)
def test_distinct_keys_of_parts_do_not_merge(measurement: Measurement[Any]) -> None:
    (fact,) = facts_of(rows([(1.0, "a", 0)]), [measurement])

    with pytest.raises(CannotMergeError):
        measurement.merge(fact, fact)


def test_shapes_by_segment_on_different_bins_do_not_merge() -> None:
    asked = ShapeBySegment("x", "s", bins=NUMBERS, segments=Bins("category", values=("a",)))
    (fact,) = facts_of(rows([(1.0, "a", 0)]), [asked])

    with pytest.raises(CannotMergeError):
        asked.merge(fact, replace(fact, bins=Bins("number", (3.0,))))


def test_shapes_on_different_bins_do_not_merge() -> None:
    shape = Shape("x", bins=NUMBERS)
    (fact,) = facts_of(rows([(1.0, "a", 0)]), [shape])

    with pytest.raises(CannotMergeError):
        shape.merge(fact, replace(fact, bins=Bins("number", (3.0,))))


def test_a_frequent_value_has_a_bin_of_its_own() -> None:
    (fact,) = facts_of(
        rows([(5.0, None, None), (4.999999, None, None), (5.000001, None, None)]), [Shape("x", bins=NUMBERS)]
    )

    assert is_dataclass(fact)
    assert fact.counts == (0, 0, 1, 1, 1)


def test_the_clock_of_a_time_before_1970_is_its_hour_of_the_day() -> None:
    hours = Bins("number", (22.5, 23.5))

    (fact,) = facts_of(rows([(None, None, -3600)]), [Shape("t", bins=hours)])

    assert fact.counts == (0, 1, 0)
