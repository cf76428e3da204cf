from __future__ import annotations

import math

import pytest

from airflow_mlquality.measurements import Bins, ShapeFact
from airflow_mlquality.pages.charts import bound_bar, change_chart, prior_chart, shape_spark
from airflow_mlquality.pages.evidence import Cell, Change, ClassShare, change_of, classes_of
from airflow_mlquality.pages.histogram import COLUMNS, drawn, drawn_range
from airflow_mlquality.verdict import Outcome
from tests.pages.reports import HOSTILE, number_drift, parsed, verdict


def titles(svg):
    return [title.text for title in parsed(svg).iter("title")]


def coordinates(svg):
    names = ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height")
    return [float(each.get(name)) for each in parsed(svg).iter() for name in names if each.get(name)]


# ---- evidence ----


def test_a_number_has_bins_between_edges_and_cells_beside_them():
    change = change_of(number_drift())

    assert change.edges == (16.0, 40.0, 91.0)
    assert [cell.label for cell in change.bins] == ["<= 16", "(16, 40]", "(40, 91]", "> 91"]
    assert change.others == (Cell("null", 15, 60),)


@pytest.mark.parametrize(
    "evidence",
    [
        {},
        {"cells": None},
        {"cells": []},
        {"cells": "abc"},
        {"cells": [{"label": "a"}, 7, {"label": "b", "reference": "1", "current": 2}]},
        {"cells": [{"label": "a", "reference": -1, "current": 2}]},
        {"cells": [{"label": "a", "reference": math.nan, "current": 2}]},
        {"cells": [{"label": "a", "reference": 0, "current": 2}]},
        {"cells": [{"label": "a", "reference": 2, "current": 0}]},
    ],
)
def test_evidence_that_is_not_as_agreed_gives_no_chart(evidence):
    assert change_of(verdict(evidence=evidence)) is None


@pytest.mark.parametrize("edges", [None, [], ["a"], [1, 2, 3, 4, 5], [2, 1], [1, 1], [math.inf], [-1e308, 1e308]])
def test_a_number_without_usable_edges_is_drawn_cell_by_cell(edges):
    cells = [{"label": name, "reference": 1, "current": 2} for name in "abc"]

    change = change_of(verdict(evidence={"kind": "number", "cells": cells, "edges": edges}))

    assert change == Change((Cell("a", 1, 2), Cell("b", 1, 2), Cell("c", 1, 2)))


def test_a_class_without_interval_has_its_observed_share_for_both_sides():
    classes = [{"label": "a", "expected": 0.5, "observed": 0.4}, {"label": "b"}, None]

    assert classes_of(verdict(evidence={"classes": classes})) == (ClassShare("a", 0.5, 0.4, 0.4, 0.4),)
    assert classes_of(verdict(evidence={"classes": 3})) == ()


# ---- histogram ----


def test_rows_keep_their_share_on_columns_of_equal_width():
    edges, counts = (0.0, 1.0, 10.0, 100.0), (5, 10, 30, 50, 5)

    shape = drawn(edges, counts, 100, (0.0, 100.0))

    assert len(shape.columns) == COLUMNS
    assert math.isclose(sum(shape.columns), 0.9)
    assert (shape.below, shape.above) == (0.05, 0.05)


def test_rows_outside_the_drawn_range_are_beside_it():
    shape = drawn((0.0, 10.0, 20.0), (0, 50, 50, 0), 100, (5.0, 20.0))

    assert math.isclose(shape.below, 0.25)
    assert math.isclose(sum(shape.columns), 0.75)
    assert shape.above == 0


def test_a_frequent_single_value_falls_into_one_column():
    edges = (math.nextafter(3.0, 0.0), 3.0, 6.0)

    shape = drawn(edges, (0, 80, 20, 0), 100, (0.0, 6.0))

    assert max(shape.columns) > 0.8
    assert math.isclose(sum(shape.columns), 1.0)


def test_long_tails_do_not_flatten_the_rest():
    edges, counts = (0.0, 1.0, 2.0, 3.0, 1e9), (0, 330, 330, 330, 10)

    assert drawn_range(edges, counts, counts) == (0.0, 4.5)


def test_a_constant_column_has_a_range():
    assert drawn_range((7.0,), (5, 5)) == (3.5, 10.5)
    assert drawn_range((0.0,), (5, 5)) == (-0.5, 0.5)


# ---- charts ----

BINS = (Cell("<= 0", 1, 0), Cell("(0, 1]", 5, 9), Cell("> 1", 0, 3))
CHANGES = {
    "number": Change(BINS, (Cell("null", 2, 0), Cell("NaN", 0, 1)), (0.0, 1.0)),
    "one edge": Change((Cell("<= 5", 3, 1), Cell("> 5", 0, 4)), (), (5.0,)),
    "large": Change(BINS, (), (-1e307, 1e307)),
    "next to each other": Change(BINS, (), (1.0, math.nextafter(1.0, 2.0))),
    "category": Change((Cell("a", 1, 0), Cell("b", 0, 3))),
    "many categories": Change(tuple(Cell(f"c{number}", number + 1, 1) for number in range(300))),
    "hostile": Change((Cell(HOSTILE, 1, 1),)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_gives_a_picture_with_finite_coordinates(change):
    assert all(map(math.isfinite, coordinates(change_chart("x", change))))


def test_small_categories_are_taken_together():
    shown = titles(change_chart("x", CHANGES["many categories"]))

    assert len(shown) == 10
    assert shown[-1].startswith("+291\n")


def test_the_axis_of_times_is_marked_with_times():
    labels = ("≤ 06:00", "(06:00, 12:30]", "(12:30, 18:00]", "> 18:00")
    change = Change(tuple(Cell(label, 5, 5) for label in labels), (), (6.0, 12.5, 18.0))

    texts = [each.text for each in parsed(change_chart("at", change)).iter("text")]

    assert texts == ["06:00", "18:00"]


def test_open_ends_are_drawn_as_tails_with_their_true_shares_as_tooltips():
    svg = change_chart("age", change_of(number_drift()))

    assert titles(svg) == [
        "<= 16\nreference 0.10%\ncurrent 0.00%",
        "(16, 40]\nreference 50.00%\ncurrent 20.00%",
        "(40, 91]\nreference 48.00%\ncurrent 70.00%",
        "> 91\nreference 0.40%\ncurrent 4.00%",
        "null\nreference 1.50%\ncurrent 6.00%",
    ]


def test_every_bar_has_a_tooltip_with_both_shares():
    assert titles(change_chart("x", CHANGES["category"])) == [
        "a\nreference 100.00%\ncurrent 0.00%",
        "b\nreference 0.00%\ncurrent 100.00%",
    ]


def test_the_bar_says_what_it_shows():
    assert titles(bound_bar(number_drift())) == [
        "observed 0.4 PSI; interval 0.32 to 0.48; warn unless at most 0.1; fail unless at most 0.25"
    ]
    rows = verdict(observed=5, unit="rows", warn=(4, 6), fail=(1, None))
    assert titles(bound_bar(rows)) == ["observed 5 rows; warn unless 4 to 6; fail unless at least 1"]


@pytest.mark.parametrize(
    "fields",
    [
        {"observed": 0.0, "fail": 0.0},
        {"observed": 1.0, "fail": 0.0, "unit": "share"},
        {"observed": -3.0, "warn": (-5.0, None)},
        {"observed": 5.0, "fail": (None, None)},
        {"observed": 1e300, "fail": 1e-300},
        {"observed": 7.0, "warn": (7.0, 7.0), "fail": (7.0, 7.0)},
    ],
)
def test_every_bar_lies_within_its_picture(fields):
    assert all(-1 <= each <= 170 for each in coordinates(bound_bar(verdict(**fields))))


def test_without_number_or_bounds_there_is_no_bar():
    assert bound_bar(verdict(fail=0.1)) is None
    assert bound_bar(verdict(observed=0.1)) is None


def test_a_class_whose_interval_misses_its_expected_share_is_coloured():
    classes = (ClassShare("far", 0.2, 0.3, 0.28, 0.32), ClassShare("near", 0.5, 0.49, 0.45, 0.52))

    svg = parsed(prior_chart("label", classes, Outcome.FAIL))

    assert [each.get("class") for each in svg.iter("circle")] == ["dot s-fail", "dot s-pass"]
    assert [each.text for each in svg.iter("text") if "pp" in each.text] == ["+10.0 pp", "-1.0 pp"]


def test_a_shape_without_rows_has_no_picture():
    assert shape_spark("x", ShapeFact(Bins("number", (1.0, 2.0)), (0, 0, 0), 0, 9)) is None
    assert shape_spark("x", ShapeFact(Bins("presence"), (5,), 0, 4)) is None
    assert shape_spark("x", ShapeFact(Bins("category", (), ("a",)), (5,), 2)) is not None


@pytest.mark.parametrize("value", [0.0, 1.0, -1e17, 5e-324])
def test_a_value_between_neighbouring_doubles_is_drawn(value: float) -> None:
    edges = (math.nextafter(value, -math.inf), value)

    assert shape_spark("x", ShapeFact(Bins("number", edges), (0, 9, 0), 0, 9)) is not None
