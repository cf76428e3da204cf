"""Changes of dependence: their laws without change and at a margin."""

from __future__ import annotations

import numpy as np
import pytest

from airflow_mlquality.stats.dependence import Strength, StrengthChange, conditional_change
from tests.test_calibration import allowance


def table(strength: float, values: int) -> np.ndarray:
    return (1 - strength) * np.full((values, values), 1 / values**2) + strength * np.eye(values) / values


def drawn(rng: np.random.Generator, rows: int, shares: np.ndarray) -> np.ndarray:
    return rng.multinomial(rows, shares.ravel()).reshape(shares.shape)


@pytest.mark.parametrize("values", [2, 5])
@pytest.mark.parametrize("strength", [0.0, 0.3, 0.8])
def test_without_change_no_more_samples_alarm_than_declared(strength: float, values: int) -> None:
    rng = np.random.default_rng(values)
    shares, repetitions = table(strength, values), 40
    for rows in (50, 500, 5_000):
        alarms = [0, 0]
        for _ in range(repetitions):
            before, now = drawn(rng, 20_000, shares), drawn(rng, rows, shares)
            alarms[0] += StrengthChange.of(before, now).interval(0.01)[0] > 0
            alarms[1] += conditional_change(before, now).interval(0.01)[0] > 0
        assert max(alarms) / repetitions <= allowance(0.015, repetitions), rows


def test_a_harmless_change_inside_the_margin_never_alarms_and_passes_among_many_rows() -> None:
    rng = np.random.default_rng(3)
    for rows in (50, 1_000, 100_000):
        for _ in range(30):
            before, now = drawn(rng, 100_000, table(0.3, 3)), drawn(rng, rows, table(0.34, 3))
            for found in (StrengthChange.of(before, now), conditional_change(before, now)):
                low, high = found.interval(0.01)
                assert low < 0.1
                assert rows < 100_000 or high < 0.1


def test_the_strength_of_a_mapping_is_1_and_of_chance_about_0() -> None:
    assert Strength.of(np.eye(4) * 1_000).value == pytest.approx(1, abs=0.01)
    assert Strength.of(np.full((4, 4), 100)).value == 0


def test_one_value_has_no_dependence() -> None:
    with pytest.raises(ValueError, match="two values"):
        Strength.of([[5, 5]])
    with pytest.raises(ValueError, match="no first value"):
        conditional_change([[5, 5], [0, 0]], [[0, 0], [5, 5]])
