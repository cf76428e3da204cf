from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlquality.stats.divergences import Divergence
from airflow_mlquality.stats.intervals import js_distance, stretch
from airflow_mlquality.stats.noncentral import noncentrality, quantile
from airflow_mlquality.stats.sizes import rounded_up, rows_needed

pairs = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=12).filter(
    lambda pairs: any(pair[0] for pair in pairs) and any(pair[1] for pair in pairs)
)


@given(pairs, st.floats(1e-5, 0.2), st.booleans())
def test_the_interval_holds_the_value(found: list[tuple[int, int]], error_rate: float, is_js: bool) -> None:
    before, now = ([pair[side] for pair in found] for side in (0, 1))
    divergence = (Divergence.of_js if is_js else Divergence.of_psi)(before, now)

    low, high = divergence.interval(error_rate)

    assert 0 <= low <= divergence.value <= high < math.inf


@given(pairs)
def test_a_smaller_error_rate_gives_a_wider_interval(found: list[tuple[int, int]]) -> None:
    before, now = ([pair[side] for pair in found] for side in (0, 1))
    divergence = Divergence.of_psi(before, now)

    wide, narrow = divergence.interval(1e-4), divergence.interval(1e-2)

    assert wide[0] <= narrow[0]
    assert wide[1] >= narrow[1]


def test_a_constant_on_both_sides_has_no_distance_and_a_few_rows_do_not_prove_it() -> None:
    few, many = Divergence.of_psi([1000], [3]), Divergence.of_psi([1000], [1000])

    assert (few.value, many.value) == (0, 0)
    assert few.interval(0.01)[1] > 0.25 > many.interval(0.01)[1]


def test_ten_million_rows_have_an_interval_too() -> None:
    low, high = Divergence.of_psi([10**8] * 10, [2 * 10**8] * 5 + [10**8] * 5).interval(0.001)

    assert 0.11 < low < high < 0.12


def test_the_normal_form_continues_the_exact_one() -> None:
    exact, normal = noncentrality([9_999.9, 10_000.1], 19, 0.999)

    assert normal == pytest.approx(exact, rel=1e-3)
    assert quantile(0.9, 19, 10_000.1) == pytest.approx(quantile(0.9, 19, 9_999.9), rel=1e-3)


def test_the_scale_is_never_shrunk() -> None:
    assert stretch([0.0, 0.1, 0.1], [0.0, 0.0, 1.0], 0.01).tolist() == pytest.approx([1, 1, 250])


def test_distances_of_jensen_and_shannon_end_at_one() -> None:
    assert js_distance([0, 8 * math.log(2), 99]).tolist() == [0, 1, 1]


@pytest.mark.parametrize("share", [0.0, 0.15, 0.6])
def test_nine_of_ten_samples_reach_the_outlook(share: float) -> None:
    rng = np.random.default_rng(21)
    q = np.full(10, 0.1)
    p = (1 - share) * q + share * np.arange(1, 11) / 55
    reference = (20_000 * q).astype(int).tolist()
    known = Divergence.of_psi(reference, (10**7 * p).astype(int).tolist())
    truth = Divergence(known.value + 9 / 400, 0, 10, 1 / 400)

    low, high = truth.outlook(0.01, 10, 1 / 800 + 1 / 20_000)
    found = [Divergence.of_psi(reference, now.tolist()).interval(0.01) for now in rng.multinomial(800, p, 500)]

    assert np.mean([each[0] >= low for each in found]) >= 0.86
    assert np.mean([each[1] <= high for each in found]) >= 0.86


def test_rows_needed_are_found_by_doubling_and_halving() -> None:
    assert rows_needed(lambda rows: rows >= 777, rows=10) == 780
    assert rows_needed(lambda rows: rows >= 3, rows=1) == 3
    assert rows_needed(lambda _: False, rows=1) is None
    assert [rounded_up(number) for number in (1, 99, 101, 12_345)] == [1, 99, 110, 13_000]
