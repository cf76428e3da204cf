"""Shapes by segment are the same fact on every engine, and that of plain Python."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.measuring import measure
from airflow_mlquality.engines.opening import engine_for
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.measurements import Bins, SegmentsFact, Shape, ShapeBySegment
from airflow_mlquality.measurements.counts import STAGE
from airflow_mlquality.measurements.segments import NULL, fewer
from tests.conformance.conftest import PLACES

if TYPE_CHECKING:
    from tests.conformance.engines import Place

TOWNS = ["Ulm", "Ulm", "ulm", "Bonn", "Bonn", "Bonn ", None, None, "ünna", ""]
PRICES = [1.5, 2.5, None, 4.0, 0.25, 8.0, 16.0, -1.0, 0.0, 0.1 + 0.2]
CODES = [1, 1, 1, 2, 3, 2, None, 4, 2**53 + 1, -5]
PAID = [True, False, True, None, True, False, True, True, False, True]
HOURS = [0, 1, 5, 5, 12, None, 23, 13, 13, 6]
MOMENTS = [None if hour is None else datetime(2020, 5, 1 + hour, hour, tzinfo=UTC) for hour in HOURS]
ROWS = pa.table({
    "town": TOWNS,
    "price": pa.array(PRICES, pa.float64()),
    "code": pa.array(CODES, pa.int64()),
    "paid": pa.array(PAID, pa.bool_()),
    "at": pa.array(MOMENTS, pa.timestamp("us", "UTC")),
})  # fmt: skip

TOWN_BINS = Bins("category", values=("Bonn", "Ulm"))
PRICE_BINS = Bins("number", (math.nextafter(0.25, 0), 0.25, 0.1 + 0.2, 2.5, 8.0))
CODE_BINS = Bins("number", (0.5, 1.0, 2.0))
PAID_BINS = Bins("category", values=(True, False))
HOUR_BINS = Bins("number", (5.0, 12.5))
COLUMNS: dict[str, tuple[list[Any], Bins]] = {
    "town": (TOWNS, TOWN_BINS),
    "price": (PRICES, PRICE_BINS),
    "code": (CODES, CODE_BINS),
    "paid": (PAID, PAID_BINS),
    "at": (HOURS, HOUR_BINS),
}


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest) -> Any:
    """Yield each place where rows can lie."""
    place = PLACES[request.param](request)
    yield place
    place.close()


def facts_of(place: Place, rows: pa.Table, *asked: ShapeBySegment) -> list[SegmentsFact]:
    """Return the facts that an engine gives."""
    source = place.source("segmented", rows)
    with place.quick(), engine_for(source, Settings()) as engine:
        facts, failures = measure(engine, engine.open(STAGE, source, Reading()), asked)
    assert failures == {}
    return [facts[each.question()] for each in asked]


def where(value: Any, bins: Bins) -> int:
    """Return the place of a value in plain Python."""
    if value is None:
        return NULL
    if bins.kind == "number":
        return sum(value > edge for edge in bins.edges)
    return bins.values.index(value) if value in bins.values else len(bins.values)


PAIRS = [(one, two) for one in COLUMNS for two in COLUMNS if one != two]


def test_every_pair_of_kinds_is_counted_as_plain_python_does(place: Place) -> None:
    asked = [ShapeBySegment(one, two, bins=COLUMNS[one][1], segments=COLUMNS[two][1]) for one, two in PAIRS]

    counted = [dict(fact.counts) for fact in facts_of(place, ROWS, *asked)]

    assert counted == [
        dict(
            Counter(
                (where(segment, COLUMNS[two][1]), where(value, COLUMNS[one][1]))
                for segment, value in zip(COLUMNS[two][0], COLUMNS[one][0], strict=True)
            )
        )
        for one, two in PAIRS
    ]


def test_a_table_without_rows_has_no_segments(place: Place) -> None:
    (fact,) = facts_of(place, ROWS.slice(0, 0), ShapeBySegment("price", "town", bins=PRICE_BINS, segments=TOWN_BINS))

    assert (fact.rows, fact.places) == (0, ())


def test_nan_and_infinities_of_a_segment_are_counted_apart() -> None:
    rows = pa.table({
        "x": pa.array([math.nan, math.inf, -math.inf, 1.0, None], from_pandas=False),
        "s": ["a", "a", "a", "b", "b"],
    })  # fmt: skip
    asked = ShapeBySegment("x", "s", bins=Bins("number", (0.0,)), segments=Bins("category", values=("a", "b")))

    (fact,) = facts_of(PLACES["memory"](None), rows, asked)

    one, other = fact.shape(0), fact.shape(1)
    assert (one.rows, one.non_finite.nan, one.non_finite.plus_inf, one.non_finite.minus_inf) == (3, 1, 1, 1)
    assert (other.counts, other.nulls) == ((0, 1), 1)


def test_bins_are_those_of_the_two_shapes() -> None:
    asked = ShapeBySegment("x", "s", limit=2)
    many = Bins("category", values=("a", "b", "c"))

    bound = asked.bound({Shape("x"): PRICE_BINS, Shape("s"): many})

    assert (bound.bins, bound.segments) == (PRICE_BINS, Bins("category", values=("a", "b")))
    assert asked.bound({Shape("x"): PRICE_BINS}) == asked
    assert bound.question() == asked


def test_single_values_keep_their_bin_where_segments_are_few() -> None:
    values = tuple(edge for value in (1.0, 2.0, 3.0) for edge in (math.nextafter(value, 0), value))

    assert fewer(Bins("number", values), 4).edges == values
