"""Distances that are norms: their values, their laws without change, and their laws at a margin."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from airflow_mlquality.stats.divergences import Divergence
from airflow_mlquality.stats.intervals import hellinger_distance
from airflow_mlquality.stats.metrics import Metric
from tests.test_calibration import allowance

REFERENCE_ROWS = 20_000
RATE = 0.01


def normal_edges(bins: int) -> list[float]:
    return [NormalDist().inv_cdf(i / bins) for i in range(1, bins)]


def law(name: str, reference: Any, current: Any) -> Metric | Divergence:
    """Return a distance of two samples, the bins of which are those of a bell curve."""
    if name == "wasserstein":
        return Metric.of_wasserstein(reference, current, normal_edges(len(reference)))
    if name == "hellinger":
        return Divergence.of_hellinger(reference, current)
    return {"tv": Metric.of_tv, "ks": Metric.of_ks, "largest": Metric.of_largest}[name](reference, current)


NAMES = ("tv", "ks", "largest", "wasserstein", "hellinger")
ROWS = (50, 200, 1_000, 100_000, 1_000_000)


# ---- values ----


def test_the_wasserstein_distance_of_whole_numbers_is_that_of_scipy() -> None:
    before, now = [10, 20, 30, 40], [40, 30, 20, 10]
    values = [1.0, 2.0, 3.0, 4.0]
    edges = [edge for value in values for edge in (math.nextafter(value, 0), value)]

    def fine(counts: list[int]) -> list[int]:
        return [*(count for each in counts for count in (0, each)), 0]

    found = Metric.of_wasserstein(fine(before), fine(now), edges)

    expected = stats.wasserstein_distance(values, values, before, now)
    spread = math.sqrt(np.cov(values, fweights=before, ddof=0))
    assert found.observed == pytest.approx(expected / spread, rel=1e-9)


def test_a_bell_curve_that_shifts_by_half_its_spread_shows_so() -> None:
    edges = normal_edges(50)
    cdf = [0.0, *(NormalDist(0.5).cdf(edge) for edge in edges), 1.0]
    moved = [round(1e9 * (high - low)) for low, high in pairwise(cdf)]
    even = [20_000_000] * 50

    assert Metric.of_wasserstein(even, moved, edges).value == pytest.approx(0.5, abs=0.03)
    assert Metric.of_ks(even, moved).value == pytest.approx(0.197, abs=0.002)
    assert Metric.of_tv(even, moved).value == pytest.approx(0.197, abs=0.002)
    assert float(hellinger_distance(Divergence.of_hellinger(even, moved).value)) == pytest.approx(0.175, abs=0.003)


def test_rows_that_lose_their_value_move_by_one_spread() -> None:
    found = Metric.of_wasserstein([250] * 4, [150] * 4, [1.0, 2.0, 3.0], ([0], [400]))

    assert 0.4 <= found.observed <= 0.8


@pytest.mark.parametrize(
    ("before", "now", "edges", "moved"),
    [
        ([100], [100], [], 0.0),
        ([100, 0], [70, 30], [1.0], 0.3),
        ([0, 100, 0], [0, 70, 30], [math.nextafter(1, 0), 1.0], 0.3),
    ],
)
def test_a_reference_without_spread_gives_the_share_of_rows_that_moved(
    before: list[int], now: list[int], edges: list[float], moved: float
) -> None:
    assert Metric.of_wasserstein(before, now, edges).observed == pytest.approx(moved)


def test_edges_as_large_as_doubles_are_do_not_overflow() -> None:
    found = Metric.of_wasserstein([10, 10, 10], [5, 10, 15], [-1.7e308, 1.7e308])

    assert math.isfinite(found.observed)
    assert all(math.isfinite(end) for end in found.interval(RATE))


@pytest.mark.parametrize("name", ["tv", "ks", "largest"])
def test_a_sample_without_rows_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="one row"):
        law(name, [0, 0], [1, 2])


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=2, max_size=20),
    st.sampled_from(["tv", "ks", "largest", "wasserstein"]),
)
@settings(max_examples=200, deadline=None)
def test_the_value_lies_in_its_interval_which_shrinks_as_the_rate_grows(
    pairs: list[tuple[int, int]], name: str
) -> None:
    before, now = (
        [one + (i == 0) for i, (one, _) in enumerate(pairs)],
        [two + (i == 0) for i, (_, two) in enumerate(pairs)],
    )

    found = law(name, before, now)
    (low, high), (wide_low, wide_high) = found.interval(0.01), found.interval(0.0001)

    assert 0 <= wide_low <= low <= found.value <= high + 1e-12 <= wide_high + 2e-12
    assert law(name, now, now).value == 0


# ---- without change, and at a margin ----


def shares(cells: int, shape: str) -> np.ndarray:
    falling = 1 / np.arange(1, cells + 1) ** 1.2
    return np.full(cells, 1 / cells) if shape == "even" else falling / falling.sum()


@pytest.mark.parametrize("cells", [2, 10, 50, 1_000])
@pytest.mark.parametrize("name", NAMES)
def test_without_change_no_more_samples_alarm_than_declared_at_any_size(name: str, cells: int) -> None:
    rng = np.random.default_rng(cells)
    repetitions = 30 if name == "hellinger" else 150
    for rows in ROWS:
        for shape in ("even", "falling"):
            q = shares(cells, shape)
            alarms = 0
            for _ in range(repetitions):
                found = law(name, rng.multinomial(max(REFERENCE_ROWS, rows), q), rng.multinomial(rows, q))
                alarms += found.interval(RATE)[0] > 0
            assert alarms / repetitions <= allowance(2 * RATE, repetitions), (rows, shape)


@pytest.mark.parametrize("name", NAMES)
def test_a_harmless_shift_inside_the_margin_never_alarms_and_passes_among_many_rows(name: str) -> None:
    rng = np.random.default_rng(9)
    q = np.full(20, 0.05)
    p = 0.97 * q + 0.03 * np.eye(20)[10]
    margin = {"hellinger": 8 * 0.11**2, "wasserstein": 0.25}.get(name, 0.1)
    for rows in ROWS:
        for _ in range(40):
            found = law(name, rng.multinomial(max(REFERENCE_ROWS, rows), q), rng.multinomial(rows, p))
            low, high = found.interval(RATE)
            assert low < margin, rows
            assert rows < 100_000 or high < margin


@pytest.mark.parametrize("name", NAMES)
def test_a_few_rows_leave_it_open(name: str) -> None:
    low, high = law(name, [5_000] * 4, [3, 2, 3, 2]).interval(RATE)

    assert low == 0
    assert high > (8 * 0.18**2 if name == "hellinger" else 0.2)


@pytest.mark.parametrize("name", ["tv", "ks", "wasserstein"])
def test_the_outlook_of_many_rows_decides_what_few_leave_open(name: str) -> None:
    found = law(name, [5_000] * 4, [12, 8, 10, 10])

    assert isinstance(found, Metric)
    assert found.outlook(RATE, 4, 1 / 1_000_000 + 1 / REFERENCE_ROWS)[1] < 0.25
    assert found.outlook(RATE, 4, 1 / 50 + 1 / REFERENCE_ROWS)[1] > 0.2
