"""No change alarms no more often than declared; a planted change is found.

Samples are drawn as counts, many at once, with fixed seeds; binomial noise of the repetitions is allowed for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import special

from airflow_mlquality.checks import Drift, Estimate, Prior, judge
from airflow_mlquality.checks.estimates import FALSE_DISCOVERY_RATE, shared_error_rate
from airflow_mlquality.measurements import ClassCountsFact, NonFiniteCounts
from airflow_mlquality.stats.binning import cell_number
from airflow_mlquality.stats.intervals import (
    divergence_interval,
    js_moments,
    lower_end,
    psi_moments,
    unbiased,
    upper_end,
)
from airflow_mlquality.verdict import Outcome
from tests.builders import facts, number_shape, profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_mlquality.measurements import ShapeFact
    from airflow_mlquality.stats.distances import Array

REFERENCE_ROWS = 20_000
SIZES = (50, 100, 200, 500, 1000, 5000)
COLUMNS = 40
ALONE = FALSE_DISCOVERY_RATE / COLUMNS
"""The error rate of one of forty columns when no other alarms."""


def allowance(rate: float, repetitions: int) -> float:
    """Return the largest share that a true rate gives in all but one of a thousand series of repetitions."""
    limit = int(rate * repetitions)
    while special.bdtrc(limit, repetitions, rate) > 1e-3:
        limit += 1
    return limit / repetitions


# ---- shapes that moved to a given distance ----


def psi_of(q: Array, p: Array) -> float:
    return float(np.sum((p - q) * np.log(p / q)))


def js_of(q: Array, p: Array) -> float:
    middle = (p + q) / 2
    return float(4 * np.sum(p * np.log(p / middle) + q * np.log(q / middle)))


def moved(q: Array, towards: Array, distance: Callable[[Array, Array], float], wanted: float) -> Array:
    """Return the mixture of two shapes that lies at a distance from the first."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if distance(q, (1 - middle) * q + middle * towards) < wanted else (low, middle)
    return (1 - high) * q + high * towards


def shape_that(change: str, cells: int) -> tuple[Array, Array]:
    """Return a reference and a shape that it moves towards."""
    even = np.full(cells, 1 / cells)
    if change == "ramp":
        return even, np.arange(1, cells + 1) / (cells * (cells + 1) / 2)
    if change == "one cell grows":
        return even, np.eye(cells)[0] * (1 - 1e-9) + 1e-9 / cells
    if change == "NULL vanishes":
        return np.append(0.7 * even, 0.3), np.append(even, 1e-9)
    return np.append(even * (1 - 0.001), 0.001), np.append(even * 1e-9, 1 - 1e-9)  # NULL grows


CHANGES = ("ramp", "one cell grows", "NULL vanishes", "NULL grows")
DISTANCES = {"psi": (psi_of, psi_moments), "js": (js_of, js_moments)}


# ---- at the bound ----


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("method", DISTANCES)
def test_at_the_bound_an_alarm_is_no_more_frequent_than_declared(method: str, change: str) -> None:
    rng = np.random.default_rng(1)
    distance, moments = DISTANCES[method]
    repetitions = 4000
    for rows in SIZES:
        q, towards = shape_that(change, cell_number(rows))
        p = moved(q, towards, distance, 0.1)
        observed, variance = moments(
            rng.multinomial(REFERENCE_ROWS, q, repetitions), rng.multinomial(rows, p, repetitions)
        )
        scale = 1 / rows + 1 / REFERENCE_ROWS
        may_alarm = observed >= 0.1  # no lower end is above what was observed, nor above that at a larger rate
        for rate in (0.01, ALONE):
            low = lower_end(observed[may_alarm], variance[may_alarm], len(q), scale, rate)
            may_alarm[may_alarm] = low >= 0.1
            assert np.mean(may_alarm) <= allowance(rate, repetitions), (rows, rate)


@pytest.mark.parametrize("method", DISTANCES)
def test_a_smaller_rate_of_error_and_what_was_observed_bound_the_lower_end(method: str) -> None:
    rng = np.random.default_rng(1)
    _, moments = DISTANCES[method]
    q, p = shape_that("ramp", cell_number(1000))
    observed, variance = moments(rng.multinomial(REFERENCE_ROWS, q, 300), rng.multinomial(1000, p, 300))

    ends = [
        divergence_interval(observed, variance, len(q), 1 / 1000 + 1 / REFERENCE_ROWS, rate)[0]
        for rate in (ALONE, 0.01)
    ]

    assert np.all(ends[0] <= ends[1])
    assert np.all(ends[1] <= observed)


@pytest.mark.parametrize("change", ["ramp", "one cell grows", "NULL vanishes"])
@pytest.mark.parametrize("method", DISTANCES)
def test_at_the_bound_a_pass_is_no_more_frequent_than_declared(method: str, change: str) -> None:
    rng = np.random.default_rng(2)
    distance, moments = DISTANCES[method]
    repetitions = 4000
    for rows in (200, 500, 1000, 5000):
        q, towards = shape_that(change, cell_number(rows))
        p = moved(q, towards, distance, 0.25)
        observed, variance = moments(
            rng.multinomial(REFERENCE_ROWS, q, repetitions), rng.multinomial(rows, p, repetitions)
        )
        scale = 1 / rows + 1 / REFERENCE_ROWS
        may_pass = unbiased(observed, len(q), scale) < 0.25  # no upper end is below it
        high = upper_end(observed[may_pass], variance[may_pass], len(q), scale, 0.01)
        assert np.sum(high < 0.25) / repetitions <= allowance(0.01, repetitions), rows


def test_the_smallest_samples_and_the_rarest_cells_stay_within_six_times_the_declared_rate_of_false_passes() -> None:
    rng = np.random.default_rng(3)
    repetitions = 4000
    for rows in (100, 200, 1000):
        q, towards = shape_that("NULL grows", cell_number(rows))
        p = moved(q, towards, psi_of, 0.25)
        observed, variance = psi_moments(
            rng.multinomial(REFERENCE_ROWS, q, repetitions), rng.multinomial(rows, p, repetitions)
        )
        scale = 1 / rows + 1 / REFERENCE_ROWS
        may_pass = unbiased(observed, len(q), scale) < 0.25
        high = upper_end(observed[may_pass], variance[may_pass], len(q), scale, 0.01)
        assert np.sum(high < 0.25) / repetitions <= 0.06, rows


# ---- a run of forty columns ----


def fine_shape() -> Array:
    """Return the shares of a column: fifty fine cells, a few NULL, hardly any NaN and infinities."""
    return np.concatenate([np.full(50, (1 - 0.0204) / 50), [0.02, 0.0002, 0.0001, 0.0001]])


def as_shape(counts: Array) -> ShapeFact:
    found = [int(count) for count in counts]
    non_finite = NonFiniteCounts(*found[51:])
    return number_shape(*found[:50], nulls=found[50], non_finite=non_finite)


def judge_run(rng: np.random.Generator, rows: int, shares: list[Array], method: str = "psi") -> list[Outcome]:
    """Judge one run of columns, each with its own shares now and the same reference shares."""
    checks = [Drift(column=f"c{i}", method=method) for i in range(len(shares))]
    names = {check.column: "float" for check in checks}
    now = {check.shape: as_shape(rng.multinomial(rows, p)) for check, p in zip(checks, shares, strict=True)}
    before = {check.shape: as_shape(rng.multinomial(REFERENCE_ROWS, fine_shape())) for check in checks}
    verdicts = judge(
        checks,
        facts(profile(rows=rows, columns=names, facts=now), profile(rows=REFERENCE_ROWS, columns=names, facts=before)),
    )
    return [verdict.outcome for verdict in verdicts]


ALARMS = (Outcome.WARN, Outcome.FAIL)


@pytest.mark.parametrize("method", ["psi", "js"])
@pytest.mark.parametrize("rows", SIZES)
def test_forty_columns_without_change_raise_no_alarm(rows: int, method: str) -> None:
    rng = np.random.default_rng(rows)

    runs = [judge_run(rng, rows, [fine_shape()] * COLUMNS, method) for _ in range(2)]

    assert [outcome for run in runs for outcome in run if outcome in ALARMS] == []


def test_of_many_runs_of_forty_columns_without_change_one_in_a_hundred_alarms_at_most() -> None:
    """Counts of merged cells: a run alarms at most when one of its columns does at the largest rate of the step-up."""
    rng = np.random.default_rng(4)
    repetitions = 1000
    for rows in SIZES:
        cells = cell_number(rows)
        q = np.concatenate([np.full(cells, 0.9796 / cells), [0.02, 0.0002, 0.0001, 0.0001]])
        observed, variance = psi_moments(
            rng.multinomial(REFERENCE_ROWS, q, repetitions * COLUMNS).astype(np.float64),
            rng.multinomial(rows, q, repetitions * COLUMNS).astype(np.float64),
        )
        most = np.argsort(-observed)[:400]  # the rest lies nearer to no change still
        low, _ = divergence_interval(observed[most], variance[most], len(q), 1 / rows + 1 / REFERENCE_ROWS, 0.01)
        assert np.count_nonzero(low >= 0.1) / repetitions <= 0.01, rows


@pytest.mark.parametrize("rows", [200, 1000])
def test_without_change_forty_columns_pass_or_say_that_they_need_more_rows(rows: int) -> None:
    outcomes = judge_run(np.random.default_rng(5), rows, [fine_shape()] * COLUMNS)

    assert set(outcomes) <= {Outcome.PASS, Outcome.UNDECIDED}
    assert rows < 1000 or set(outcomes) == {Outcome.PASS}


def ten_points_moved() -> Array:
    """Return the shares after ten points of a hundred moved from one tenth of the shape to another."""
    shares = fine_shape()
    shares[:5] -= 0.0199 * 0.98
    shares[5:10] += 0.0199 * 0.98
    return shares


def new_values() -> Array:
    """Return the shares after three rows in ten became NaN."""
    return 0.7 * fine_shape() + 0.3 * np.eye(54)[51]


@pytest.mark.parametrize(
    ("planted", "rows", "power"),
    [(ten_points_moved, 1000, 0.7), (ten_points_moved, 5000, 1.0), (new_values, 100, 0.95), (new_values, 1000, 1.0)],
)
def test_a_planted_change_of_one_column_among_forty_is_found(
    planted: Callable[[], Array], rows: int, power: float
) -> None:
    rng = np.random.default_rng(6)

    runs = [judge_run(rng, rows, [planted(), *[fine_shape()] * (COLUMNS - 1)]) for _ in range(10)]

    assert np.mean([run[0] in ALARMS for run in runs]) >= power
    assert not any(outcome in ALARMS for run in runs for outcome in run[1:])


@pytest.mark.parametrize(("rows", "share"), [(50, 0.0), (60, 0.8)])
def test_the_rows_that_are_named_decide_where_the_distance_stays_what_it_was(rows: int, share: float) -> None:
    rng = np.random.default_rng(7)
    shares = (1 - share) * fine_shape() + share * np.append(np.arange(50) / 1225, [0, 0, 0, 0])
    check = Drift(column="c0")

    def verdict_of(counts: Array, reference: ShapeFact) -> tuple[Outcome, str]:
        (verdict,) = judge(
            [check],
            facts(
                profile(rows=int(sum(counts)), columns={"c0": "float"}, facts={check.shape: as_shape(counts)}),
                profile(rows=REFERENCE_ROWS, columns={"c0": "float"}, facts={check.shape: reference}),
            ),
        )
        return verdict.outcome, verdict.reason

    reference = as_shape(REFERENCE_ROWS * fine_shape())
    outcome, reason = verdict_of(rng.multinomial(rows, shares), reference)
    assert outcome is Outcome.UNDECIDED
    needed = int(reason.split("about ")[1].split(" rows")[0].replace(",", ""))

    decided = [verdict_of(rng.multinomial(needed, shares), reference)[0] for _ in range(100)]

    assert np.mean([each is not Outcome.UNDECIDED for each in decided]) >= 0.75, (needed, reason)


# ---- the step-up over the columns ----


def normal_estimate(statistic: float) -> Estimate:
    return Estimate(statistic, lambda rate: (statistic + float(special.ndtri(rate)), math.inf))


def test_the_rate_is_that_of_benjamini_and_hochberg() -> None:
    rng = np.random.default_rng(8)
    for _ in range(200):
        statistics = rng.normal(size=30) + rng.choice([0, 3], 30)
        p_values = np.sort(special.ndtr(-statistics))
        passing = np.flatnonzero(p_values <= 0.05 * np.arange(1, 31) / 30)
        found = int(passing[-1]) + 1 if passing.size else 1

        rate = shared_error_rate([(normal_estimate(each), 0.0) for each in statistics], 0.05)

        assert rate == pytest.approx(0.05 * found / 30)


def test_without_change_a_run_alarms_in_no_more_than_the_declared_share_whatever_its_width() -> None:
    rng = np.random.default_rng(9)
    repetitions = 2000
    for columns in (1, 5, 40):
        alarmed = 0
        for statistics in rng.normal(size=(repetitions, columns)):
            estimates = [(normal_estimate(float(each)), 0.0) for each in statistics]
            rate = shared_error_rate(estimates, 0.05)
            alarmed += any(estimate.interval(rate)[0] >= 0 for estimate, _ in estimates)
        assert alarmed / repetitions <= allowance(0.05, repetitions)


# ---- class shares ----


def outcomes_of_prior(truth: list[float], rows: int, repetitions: int) -> list[Outcome]:
    rng = np.random.default_rng(10)
    check = Prior(column="late", expected={"true": 0.2, "false": 0.8})
    outcomes = []
    for first, second in rng.multinomial(rows, truth, repetitions).tolist():
        fact = ClassCountsFact((first, second), 0, 0)
        (verdict,) = judge([check], facts(profile(rows=rows, columns={"late": "string"}, facts={check.classes: fact})))
        outcomes.append(verdict.outcome)
    return outcomes


def test_a_harmless_change_of_class_shares_never_alarms() -> None:
    outcomes = outcomes_of_prior([0.21, 0.79], 20_000, 1000)

    assert set(outcomes) == {Outcome.PASS}


def test_at_the_bound_class_shares_alarm_no_more_often_than_declared() -> None:
    for rows in (50, 200, 2000, 20_000):
        outcomes = outcomes_of_prior([0.22, 0.78], rows, 1000)

        assert np.mean([outcome in ALARMS for outcome in outcomes]) <= allowance(0.01, 1000), rows


def test_a_change_of_class_shares_is_found() -> None:
    by_2000 = outcomes_of_prior([0.25, 0.75], 2000, 500)
    by_5000 = outcomes_of_prior([0.25, 0.75], 5000, 200)

    assert np.mean([outcome in ALARMS for outcome in by_2000]) >= 0.65
    assert np.mean([outcome in ALARMS for outcome in by_5000]) >= 0.97
