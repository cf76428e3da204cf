"""Agreement and label shift: no change alarms no more often than declared, a planted one is found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from airflow_mlquality.stats.agreement import cohen_kappa, krippendorff_alpha
from airflow_mlquality.stats.label_shift import counted_shares, distance_interval, em_shares, solved_shares

RATE = 0.01


def allowance(rate: float, repetitions: int) -> float:
    """Return the largest share that a true rate gives in all but one of a thousand series of repetitions."""
    limit = int(rate * repetitions)
    while special.bdtrc(limit, repetitions, rate) > 1e-3:
        limit += 1
    return limit / repetitions


# ---- kappa ----


def table_of_kappa(kappa: float) -> np.ndarray:
    """Return the shares of pairs of three classes with a given kappa."""
    shares = np.array([0.5, 0.3, 0.2])
    return kappa * np.diag(shares) + (1 - kappa) * np.outer(shares, shares)


def kappas_below(kappa: float, bound: float, rows: int, repetitions: int) -> float:
    rng = np.random.default_rng(rows)
    below = 0
    for table in rng.multinomial(rows, table_of_kappa(kappa).ravel(), repetitions):
        found = cohen_kappa(table.reshape(3, 3))
        below += found is not None and found.interval(RATE)[1] <= bound
    return below / repetitions


@pytest.mark.parametrize("rows", [50, 200, 1000, 5000])
def test_at_the_bound_kappa_alarms_no_more_often_than_declared(rows: int) -> None:
    assert kappas_below(0.6, 0.6, rows, 1500) <= allowance(RATE, 1500)


def test_a_kappa_below_the_bound_is_found() -> None:
    assert kappas_below(0.5, 0.6, 2000, 300) >= 0.97


@pytest.mark.parametrize("rows", [50, 200, 1000])
def test_kappa_at_the_bound_passes_no_more_often_than_declared(rows: int) -> None:
    rng = np.random.default_rng(rows)
    passes = 0
    for table in rng.multinomial(rows, table_of_kappa(0.6).ravel(), 1500):
        found = cohen_kappa(table.reshape(3, 3))
        passes += found is not None and found.interval(RATE)[0] > 0.6

    assert passes / 1500 <= allowance(RATE, 1500)


# ---- alpha ----


def ratings(rng: np.random.Generator, items: int, right: float) -> np.ndarray:
    """Return the votes of three annotators on four classes, each right with a probability."""
    truth = rng.integers(0, 4, items)
    counts = np.zeros((items, 4))
    for _ in range(3):
        said = np.where(rng.random(items) < right, truth, (truth + rng.integers(1, 4, items)) % 4)
        np.add.at(counts, (np.arange(items), said), 1)
    return counts


def alpha_of(right: float) -> float:
    """Return the alpha of so many right votes: by how much two votes agree beyond one in four."""
    agree = right**2 + (1 - right) ** 2 / 3
    return (agree - 0.25) / 0.75


def alphas_below(right: float, bound: float, items: int, repetitions: int) -> float:
    rng = np.random.default_rng(items)
    found = [krippendorff_alpha(ratings(rng, items, right)) for _ in range(repetitions)]
    return float(np.mean([each is not None and each.interval(RATE)[1] <= bound for each in found]))


RIGHT = 0.866
"""Of three annotators with an alpha of 0.667."""


@pytest.mark.parametrize("items", [50, 400, 2000])
def test_at_the_bound_alpha_alarms_hardly_more_often_than_declared(items: int) -> None:
    assert alphas_below(RIGHT, alpha_of(RIGHT), items, 1500) <= allowance(RATE, 1500)


def test_an_alpha_below_the_bound_is_found() -> None:
    assert alpha_of(0.81) == pytest.approx(0.557, abs=0.001)
    assert alphas_below(0.81, alpha_of(RIGHT), 400, 300) >= 0.9


def test_the_deviation_of_alpha_is_that_of_the_bootstrap_over_items() -> None:
    rng = np.random.default_rng(3)
    counts = ratings(rng, 150, 0.8)
    drawn = rng.multinomial(150, np.full(150, 1 / 150), 1500)
    bootstrapped = [found.value for each in drawn if (found := krippendorff_alpha(counts, each))]

    found = krippendorff_alpha(counts)

    assert found is not None
    assert found.deviation == pytest.approx(float(np.std(bootstrapped)), rel=0.08)


# ---- label shift ----


def scores(rng: np.random.Generator, rows: int, share: float, blur: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return labels, and the class probabilities of a model of accuracy 0.88 that learned from even shares."""
    labels = (rng.random(rows) < share).astype(int)
    logit = blur * 2.35 * (rng.normal(size=rows) + 2.35 * (labels - 0.5))
    positive = special.expit(logit)
    return labels, np.column_stack([1 - positive, positive])


def em_lows(before: float, now: float, rows: int, repetitions: int, blur: float = 1.0) -> list[float]:
    """Return the lower ends of the distance, against a reference of 5,000 rows."""
    rng = np.random.default_rng(rows)
    lows = []
    for _ in range(repetitions):
        _, reference = scores(rng, 5000, before, blur)
        _, current = scores(rng, rows, now, blur)
        first, second = (em_shares(each, np.ones(len(each)), [0.5, 0.5]) for each in (reference, current))
        lows.append(distance_interval(second, first, RATE)[0])
    return lows


@pytest.mark.parametrize("blur", [1.0, 0.6])
@pytest.mark.parametrize("rows", [50, 500, 5000])
def test_without_shift_em_alarms_no_more_often_than_declared_calibrated_or_not(rows: int, blur: float) -> None:
    lows = em_lows(0.5, 0.5, rows, 200, blur)

    assert np.mean([low >= 0.0001 for low in lows]) <= allowance(2 * RATE, 200)
    assert np.mean([low >= 0.05 for low in lows]) <= allowance(RATE, 200)


def test_a_shift_is_found_by_em() -> None:
    lows = em_lows(0.5, 0.65, 2000, 60)

    assert np.mean([low >= 0.05 for low in lows]) >= 0.95


def bbse_lows(before: list[float], now: list[float], rows: int, repetitions: int) -> list[float]:
    rng = np.random.default_rng(rows)
    said = np.array([[0.85, 0.1, 0.1], [0.1, 0.8, 0.1], [0.05, 0.1, 0.8]])
    lows = []
    for _ in range(repetitions):
        confusion = rng.multinomial(5000, (said * before).ravel()).reshape(3, 3)
        shares = solved_shares(confusion, rng.multinomial(rows, said @ now))
        lows.append(distance_interval(shares, counted_shares(confusion.sum(axis=0)), RATE)[0])
    return lows


@pytest.mark.parametrize("rows", [50, 500, 5000])
def test_without_shift_bbse_alarms_no_more_often_than_declared(rows: int) -> None:
    lows = bbse_lows([0.5, 0.3, 0.2], [0.5, 0.3, 0.2], rows, 800)

    assert np.mean([low > 0 for low in lows]) <= allowance(2 * RATE, 800)
    assert np.mean([low >= 0.05 for low in lows]) <= allowance(RATE, 800)


def test_a_shift_is_found_by_bbse() -> None:
    lows = bbse_lows([0.5, 0.3, 0.2], [0.35, 0.35, 0.3], 2000, 200)

    assert np.mean([low >= 0.05 for low in lows]) >= 0.95
