"""Quantiles that come of bins hold the exact ones between their bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlquality.measurements import Bins, MomentsFact, ShapeFact
from airflow_mlquality.measurements.quantiles import quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBERS = st.floats(-1e6, 1e6).map(lambda value: value + 0.0)


def shape_of(values: Sequence[float], edges: Sequence[float]) -> ShapeFact:
    places = np.searchsorted(edges, values, side="left")
    return ShapeFact(Bins("number", tuple(edges)), tuple(np.bincount(places, minlength=len(edges) + 1).tolist()))


@given(
    values=st.lists(NUMBERS, min_size=1, max_size=60),
    edges=st.lists(NUMBERS, max_size=20, unique=True).map(sorted),
    share=st.floats(0, 1),
)
def test_the_exact_quantile_lies_between_the_bounds(values: list[float], edges: list[float], share: float) -> None:
    found = quantile(shape_of(values, edges), share, MomentsFact(len(values), min(values), max(values)))

    exact = float(np.quantile(values, share))
    slack = 1e-9 * max(1.0, abs(exact))
    assert found is not None
    assert found.low - slack <= exact <= found.high + slack
    assert found.low <= found.estimate <= found.high
    assert abs(found.estimate - exact) <= found.error + slack


def test_without_extremes_the_outer_bins_have_no_end() -> None:
    found = quantile(shape_of([1.0, 2.0, 3.0], [1.5]), 1.0)

    assert found is not None
    assert (found.low, found.high, found.estimate) == (1.5, float("inf"), 1.5)


def test_a_column_without_finite_values_has_no_quantile() -> None:
    assert quantile(ShapeFact(Bins("number", (1.0,)), (0, 0), nulls=5), 0.5) is None


def test_a_category_has_no_quantile() -> None:
    assert quantile(ShapeFact(Bins("category", values=("a",)), (5,)), 0.5) is None
