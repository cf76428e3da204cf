"""Correlations that did not change rarely alarm, and those that did are found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from airflow_mlquality.checks import CorrelationStable
from airflow_mlquality.stats.correlations import POWERS, Correlation, correlation, difference_interval
from airflow_mlquality.trial import trial

RUNS = 200


def drawn(draw: np.random.Generator, law: str, rows: int, true: float) -> tuple[Any, Any]:
    """Return a sample of two numbers that go together."""
    pairs = draw.multivariate_normal([0, 0], [[1, true], [true, 1]], rows)
    if law == "lognormal":
        pairs = np.exp(0.8 * pairs)
    if law == "heavy":
        pairs = pairs / np.sqrt(draw.chisquare(5, rows) / 5)[:, None]
    return pairs[:, 0], pairs[:, 1]


def measured(x: Any, y: Any) -> Correlation:
    found = correlation(len(x), {(a, b): float((x**a * y**b).sum()) for a, b in POWERS})
    assert found is not None
    return found


@pytest.mark.parametrize("law", ["normal", "lognormal", "heavy"])
def test_no_change_rarely_alarms_whatever_the_law(law: str) -> None:
    draw = np.random.default_rng(11)
    alarms = 0
    for run in range(RUNS):
        one, two = (measured(*drawn(draw, law, 500, (0.0, 0.5, 0.9)[run % 3])) for _ in range(2))
        alarms += difference_interval(one, two, 0.02)[0] >= 0.1

    assert alarms <= 0.01 * RUNS


@pytest.mark.parametrize("law", ["normal", "lognormal", "heavy"])
def test_a_correlation_that_vanished_is_found(law: str) -> None:
    draw = np.random.default_rng(12)
    found = sum(
        difference_interval(measured(*drawn(draw, law, 500, 0.0)), measured(*drawn(draw, law, 500, 0.6)), 0.02)[0]
        >= 0.2
        for _ in range(RUNS)
    )

    assert found >= 0.9 * RUNS


def test_the_interval_of_a_normal_sample_is_that_of_fisher() -> None:
    draw = np.random.default_rng(13)
    found = measured(*drawn(draw, "normal", 200_000, 0.5))

    assert found.value == pytest.approx(0.5, abs=0.01)
    assert found.variance == pytest.approx(0.5625, rel=0.03)


def test_numbers_far_from_zero_beside_their_spread_are_undecided_and_no_noise() -> None:
    draw = np.random.default_rng(14)
    x = list(1e9 + draw.normal(0, 1, 500))
    verdict = trial(CorrelationStable(over=["x", "y"]), x=x, y=x, reference={"x": x, "y": x}).verdict

    assert (verdict.outcome.value, verdict.cause) == ("undecided", "no_data")


def test_every_pair_is_judged_of_rows_that_have_both() -> None:
    import pyarrow as pa

    from airflow_mlquality.audit import audit
    from airflow_mlquality.contract import Contract

    draw = np.random.default_rng(15)
    x = draw.normal(0, 1, 2000)
    table = pa.table({"x": x, "y": x + draw.normal(0, 1, 2000), "z": draw.normal(0, 1, 2000)})
    torn = table.set_column(1, "y", pa.array(draw.permutation(table["y"].to_numpy()), from_pandas=False))
    report = audit(Contract(name="any", checks=[CorrelationStable(over=["x", "y", "z"])]), torn, reference=table)

    assert {verdict.id: verdict.outcome.value for verdict in report.verdicts[1:]} == {
        "correlation_stable.x.y": "fail",
        "correlation_stable.x.z": "pass",
        "correlation_stable.y.z": "pass",
    }
