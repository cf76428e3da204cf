"""DuckDB counts in bins by whole numbers where it can; that must never say anything else than comparing does."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlquality.engines.dialects.duckdb_bins import MOST_ODD_EDGES
from airflow_mlquality.engines.embedded.connection import Embedded
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.measuring import measure
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.measurements import Bins, Shape
from airflow_mlquality.measurements.counts import STAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

INF, NAN = math.inf, math.nan
LARGEST = 1.7976931348623157e308
SMALLEST = 5e-324


@pytest.fixture(scope="module")
def engine() -> Iterator[Embedded]:
    with Embedded(Settings(memory_limit="500MB", threads=1)) as opened:
        yield opened


def counts(engine: Embedded, values: Sequence[Any], edges: Sequence[float], type_: Any = None) -> tuple[int, ...]:
    table = engine.open(STAGE, pa.table({"x": pa.array(values, type_ or pa.float64(), from_pandas=False)}), Reading())
    facts, failures = measure(engine, table, [Shape("x", bins=Bins("number", tuple(edges)))])
    assert failures == {}
    return facts[Shape("x")].counts


def compared(values: Sequence[Any], edges: Sequence[float]) -> tuple[int, ...]:
    finite = [value for value in values if value is not None and math.isfinite(value)]
    return tuple(sum(low < value <= high for value in finite) for low, high in pairwise([-INF, *edges, INF]))


EVERYWHERE = [*(None, NAN, INF, -INF, 0.0, -0.0, SMALLEST, -SMALLEST, LARGEST, -LARGEST, 0.1, 0.3, 1e300, -1e300), 2.5]


@pytest.mark.parametrize(
    "edges",
    [
        pytest.param((), id="no edge"),
        pytest.param((0.0,), id="one edge"),
        pytest.param((-1.0, 0.0, 1.0, 2.5, 1024.0), id="edges that become whole"),
        pytest.param((math.nextafter(0.0, -1), 0.0), id="an atom at zero"),
        pytest.param((0.1, math.nextafter(0.3, 0), 0.3, 1.0, 7.0), id="edges of which some do not become whole"),
        pytest.param(tuple(i / 7 for i in range(1, 2 * MOST_ODD_EDGES)), id="edges of which most do not"),
        pytest.param((-LARGEST, LARGEST), id="the largest doubles"),
        pytest.param((-SMALLEST, SMALLEST), id="the smallest doubles"),
        pytest.param((-1e300, 1e-300, 1e300), id="edges far apart"),
    ],
)
def test_a_double_is_counted_in_the_bin_that_it_compares_into(engine: Embedded, edges: tuple[float, ...]) -> None:
    around = [math.nextafter(edge, side) for edge in edges for side in (-INF, INF)]
    values = [*EVERYWHERE, *edges, *around]

    assert counts(engine, values, edges) == compared(values, edges)


@given(
    values=st.lists(st.none() | st.floats(), max_size=50),
    edges=st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=70, unique=True).map(sorted),
)
def test_any_doubles_are_counted_in_any_bins(engine: Embedded, values: list[Any], edges: list[float]) -> None:
    edges = sorted({edge + 0.0 for edge in edges})

    assert counts(engine, [*values, *edges], edges) == compared([*values, *edges], edges)


@given(
    values=st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=50),
    edges=st.lists(st.floats(-1e6, 1e6).map(lambda edge: edge + 0.0), max_size=70, unique=True).map(sorted),
)
def test_any_whole_numbers_are_counted_in_any_bins(engine: Embedded, values: list[Any], edges: list[float]) -> None:
    values = [*values, *(math.floor(edge) for edge in edges)]

    assert counts(engine, values, edges, pa.int64()) == compared(values, edges)


@given(
    micros=st.lists(st.none() | st.integers(-(2**55), 2**55), max_size=50),
    edges=st.lists(st.floats(0, 24), max_size=40, unique=True).map(sorted),
)
def test_any_times_are_counted_by_their_hour_of_the_day(
    engine: Embedded, micros: list[Any], edges: list[float]
) -> None:
    day = 86_400_000_000
    hours = [None if each is None else each % day / 3_600_000_000 for each in micros]

    assert counts(engine, micros, edges, pa.timestamp("us")) == compared(hours, edges)
