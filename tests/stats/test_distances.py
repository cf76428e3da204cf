from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlquality.stats.distances import (
    jensen_shannon_divergence,
    psi,
    smoothed_shares,
    total_variation,
)

counts = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=12).filter(
    lambda pairs: any(pair[0] for pair in pairs) and any(pair[1] for pair in pairs)
)


@given(counts)
def test_distances_are_symmetric_and_lie_in_their_range(pairs: list[tuple[int, int]]) -> None:
    before, now = zip(*pairs, strict=True)

    assert float(psi(before, now)) == pytest.approx(float(psi(now, before)), abs=1e-9)
    assert float(psi(before, now)) >= 0
    assert 0 <= float(jensen_shannon_divergence(before, now)) <= 1
    assert float(jensen_shannon_divergence(before, now)) == pytest.approx(
        float(jensen_shannon_divergence(now, before)), abs=1e-9
    )


@given(counts)
def test_samples_in_the_same_proportions_have_no_distance(pairs: list[tuple[int, int]]) -> None:
    before = [pair[0] for pair in pairs]

    assert float(psi(before, before)) == 0


def test_psi_is_the_sum_of_the_textbook_where_no_cell_is_empty() -> None:
    before, now = np.array([5e8, 3e8, 2e8]), np.array([2e8, 3e8, 5e8])

    expected = (0.2 - 0.5) * math.log(0.2 / 0.5) + (0.5 - 0.2) * math.log(0.5 / 0.2)

    assert float(psi(before, now)) == pytest.approx(expected, rel=1e-6)


def test_the_divergence_in_bits_of_samples_without_common_cell_is_one() -> None:
    assert float(jensen_shannon_divergence([10**9, 0], [0, 10**9])) == pytest.approx(1, abs=1e-6)


def test_an_empty_cell_weighs_half_a_row_and_never_an_epsilon() -> None:
    before, _ = smoothed_shares([1000, 0], [900, 100])

    assert before.tolist() == pytest.approx([1000 / 1000.5, 0.5 / 1000.5], rel=1e-3)


def test_a_cell_that_is_empty_in_both_adds_nothing() -> None:
    assert float(psi([500, 500, 0], [3, 3, 0])) == pytest.approx(0, abs=1e-4)


def test_distances_work_on_many_pairs_at_once() -> None:
    before, now = [[50, 50], [50, 50]], [[50, 50], [10, 90]]

    assert psi(before, now).tolist() == [float(psi(*pair)) for pair in zip(before, now, strict=True)]


def test_the_total_variation_distance_is_the_share_of_rows_that_would_have_to_move() -> None:
    assert float(total_variation([0.5, 0.5, 0], [0.3, 0.6, 0.1])) == pytest.approx(0.2)


@pytest.mark.parametrize("wrong", [[], [-1, 2], [0, 0], [float("nan"), 1]])
def test_counts_that_are_no_sample_are_refused(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match="counts are finite and not negative, with one row at least in each sample"):
        psi(wrong, [1, 1])


def test_counts_on_different_cells_are_refused() -> None:
    with pytest.raises(ValueError, match="counts on different cells: 2 and 3"):
        psi([1, 1], [1, 1, 1])
