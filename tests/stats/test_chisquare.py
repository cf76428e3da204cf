"""The chi-square law is written out so that a gate need not import SciPy; SciPy says whether it is right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from airflow_mlquality.stats.chisquare import distribution, noncentrality_of, normal_quantile, quantile_of
from airflow_mlquality.stats.noncentral import noncentrality, quantile

DEGREES = [1, 2, 5, 20, 99]
CENTERS = [0.0, 1e-3, 0.5, 7.0, 120.0, 3_000.0, 9_900.0]
PROBABILITIES = [0.00025, 0.01, 0.3, 0.9, 0.99, 0.99975]


@pytest.mark.parametrize("degrees", DEGREES)
@pytest.mark.parametrize("center", CENTERS)
def test_the_distribution_is_that_of_scipy(degrees: int, center: float) -> None:
    law = stats.ncx2(degrees, center) if center else stats.chi2(degrees)
    statistics = law.ppf(PROBABILITIES)

    ours = [distribution(float(each), degrees, center)[0] for each in statistics]

    assert ours == pytest.approx(PROBABILITIES, rel=1e-8)


@pytest.mark.parametrize("degrees", DEGREES)
@pytest.mark.parametrize("center", CENTERS)
def test_the_slopes_are_those_of_the_distribution(degrees: int, center: float) -> None:
    statistic = degrees + center
    step = 1e-5 * statistic
    _, slope, fall = distribution(statistic, degrees, center)
    rise = distribution(statistic + step, degrees, center)[0] - distribution(statistic - step, degrees, center)[0]

    assert slope == pytest.approx(rise / (2 * step), rel=1e-5)
    assert fall <= 0


@pytest.mark.parametrize("degrees", DEGREES)
@pytest.mark.parametrize("center", CENTERS)
def test_quantiles_are_those_of_scipy(degrees: int, center: float) -> None:
    ours = [quantile(each, degrees, center) for each in PROBABILITIES]
    theirs = stats.ncx2(degrees, center).ppf(PROBABILITIES) if center else stats.chi2(degrees).ppf(PROBABILITIES)

    assert ours == pytest.approx(list(theirs), rel=1e-7)


@pytest.mark.parametrize("degrees", DEGREES)
@pytest.mark.parametrize("probability", PROBABILITIES)
def test_the_noncentrality_gives_the_statistic_its_probability(degrees: int, probability: float) -> None:
    statistics = np.array([0.01, 1.0, degrees, 3.0 * degrees, 500.0, 9_999.0])

    found = noncentrality(statistics, degrees, probability)

    central = special.chdtr(degrees, statistics)
    assert list(found[central <= probability]) == [0.0] * int(np.sum(central <= probability))
    above = central > probability
    given = stats.ncx2(degrees, found[above]).cdf(statistics[above])
    assert list(given) == pytest.approx([probability] * int(above.sum()), rel=1e-7)


@pytest.mark.parametrize("guess", [0.0, 1e-9, 3.0, 1e9])
def test_where_the_search_starts_does_not_matter(guess: float) -> None:
    assert noncentrality_of(35.0, 4, 0.99, guess) == pytest.approx(special.chndtrinc(35.0, 4, 0.99), rel=1e-9)
    assert quantile_of(0.5, 4, 0.0, guess) == pytest.approx(special.chdtri(4, 0.5), rel=1e-9)


def test_normal_quantiles_are_those_of_scipy() -> None:
    assert [normal_quantile(each) for each in PROBABILITIES] == pytest.approx(
        list(special.ndtri(PROBABILITIES)), rel=1e-12
    )
