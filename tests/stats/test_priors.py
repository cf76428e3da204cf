from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlquality.stats.binomial import lower_share, upper_share
from airflow_mlquality.stats.priors import likely_interval, share_intervals, total_variation_interval


@given(st.lists(st.integers(0, 500), min_size=1, max_size=12).filter(any), st.floats(1e-4, 0.2))
def test_the_interval_holds_the_observed_distance(counts: list[int], error_rate: float) -> None:
    expected = [1 / len(counts)] * len(counts)
    rows = sum(counts)
    observed = sum(abs(count / rows - 1 / len(counts)) for count in counts) / 2

    low, high = total_variation_interval(expected, counts, error_rate)

    assert 0 <= low <= observed <= high + 1e-12
    assert high <= 1


def test_two_classes_have_the_interval_of_clopper_and_pearson() -> None:
    low, high = total_variation_interval([0.2, 0.8], [560, 1440], 0.01)

    assert low == pytest.approx(lower_share(560, 2000, 0.005) - 0.2)
    assert high == pytest.approx(upper_share(560, 2000, 0.005) - 0.2)


def test_more_rows_tell_more() -> None:
    widths = [
        high - low
        for low, high in (total_variation_interval([0.2, 0.8], [n // 4, 3 * n // 4], 0.01) for n in (100, 1000, 10_000))
    ]

    assert widths == sorted(widths, reverse=True)


def test_one_declared_class_is_judged_by_what_else_there_is() -> None:
    low, high = total_variation_interval([1.0, 0.0], [90, 10], 0.01)

    assert (low, high) == (lower_share(10, 100, 0.01), upper_share(10, 100, 0.01))


def test_rows_are_needed() -> None:
    with pytest.raises(ValueError, match="one count per declared share, and one row at least"):
        total_variation_interval([0.5, 0.5], [0, 0], 0.01)


def test_intervals_of_shares_cover_all_classes_at_once() -> None:
    rng = np.random.default_rng(11)
    truth = np.array([0.5, 0.3, 0.15, 0.05])

    missed = sum(
        any(not low <= share <= high for (low, high), share in zip(share_intervals(row, 0.1), truth, strict=True))
        for row in rng.multinomial(300, truth, 1000).tolist()
    )

    assert missed / 1000 <= 0.1


def test_nine_of_ten_samples_reach_the_likely_interval() -> None:
    rng = np.random.default_rng(12)
    low, high = likely_interval([0.2, 0.8], [30, 70], 2000, 0.01)

    found = [total_variation_interval([0.2, 0.8], row, 0.01) for row in rng.multinomial(2000, [0.3, 0.7], 500).tolist()]

    assert np.mean([each[0] >= low for each in found]) == pytest.approx(0.9, abs=0.04)
    assert np.mean([each[1] <= high for each in found]) == pytest.approx(0.9, abs=0.04)
