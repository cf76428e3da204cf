"""Coefficients of agreement equal the published ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_mlquality.stats.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from airflow_mlquality.stats.annotators import Annotated, dawid_skene


def test_cohens_kappa_of_his_paper() -> None:
    """Cohen (1960), 200 diagnoses: kappa 0.492."""
    found = cohen_kappa([[88, 14, 18], [10, 40, 10], [2, 6, 12]])

    assert found is not None
    assert (round(found.value, 3), found.observed, round(found.expected, 2)) == (0.492, 0.7, 0.41)


def test_the_deviation_of_kappa_in_the_textbook_of_fleiss() -> None:
    """Fleiss (1981), Statistical Methods for Rates and Proportions, chapter 13: kappa 0.676, standard error 0.088."""
    found = cohen_kappa([[75, 1, 4], [5, 4, 1], [0, 0, 10]])

    assert found is not None
    assert (round(found.value, 3), round(found.deviation, 3)) == (0.676, 0.088)


DIAGNOSES = [
    *("00060", "03003", "01401", "00006", "03030", "20400", "00402", "20310", "20040", "00006"),
    *("10050", "11040", "03300", "10050", "02031", "00501", "30012", "51000", "02040", "10203"),
    *("00006", "01050", "02013", "20040", "10041", "05010", "40002", "02040", "10500", "00006"),
]


def test_the_kappa_of_fleiss_paper() -> None:
    """Fleiss (1971), 30 patients, 6 psychiatrists, 5 diagnoses: kappa 0.430."""
    table = [[int(count) for count in line] for line in DIAGNOSES]

    assert np.sum(table, axis=0).tolist() == [26, 26, 30, 55, 43]
    assert fleiss_kappa(table) == pytest.approx(0.430, abs=0.0005)


def test_the_worked_example_of_fleiss_kappa_that_is_passed_around() -> None:
    """Ten subjects, 14 raters, 5 categories, https://en.wikipedia.org/wiki/Fleiss%27_kappa: 0.210."""
    table = [
        *([0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1]),
        *([7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]),
    ]

    assert fleiss_kappa(table) == pytest.approx(0.210, abs=0.0005)


OBSERVERS = ("12332141 2...", "12332241 25.3", ".3332342 251.", "12332441 251.")


def test_the_alpha_of_krippendorffs_example() -> None:
    """Krippendorff (2011), part C: four observers, 12 units, missing values: nominal alpha 0.743."""
    units = zip(*(line.replace(" ", "") for line in OBSERVERS), strict=True)

    found = krippendorff_alpha([[unit.count(str(label)) for label in range(1, 6)] for unit in units])

    assert found is not None
    assert found.value == pytest.approx(0.743, abs=0.0005)


counts = st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=1, max_size=12)


@settings(max_examples=100, deadline=None)
@given(counts)
def test_alpha_is_the_same_whatever_the_order_of_items_and_labels_and_lies_in_its_interval(
    table: list[list[int]],
) -> None:
    found = krippendorff_alpha(table)
    turned = krippendorff_alpha([line[::-1] for line in table[::-1]])

    if found is None or turned is None:
        assert found is turned
        return
    assert turned.value == pytest.approx(found.value)
    for rate in (0.01, 0.0001):
        low, high = found.interval(rate)
        assert low <= found.value + 1e-9
        assert found.value <= high + 1e-9


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=3, max_size=3))
def test_kappa_is_the_same_for_either_order_of_raters(table: list[list[int]]) -> None:
    if not np.sum(table):
        return
    found, turned = cohen_kappa(table), cohen_kappa(np.transpose(table))

    assert (found is None) == (turned is None)
    if found and turned:
        assert (turned.value, turned.deviation) == pytest.approx((found.value, found.deviation), abs=1e-6)


def test_items_counted_once_or_together_agree_alike() -> None:
    once = krippendorff_alpha([[2, 0], [2, 0], [1, 1], [0, 2]])
    together = krippendorff_alpha([[2, 0], [1, 1], [0, 2]], [2, 1, 1])

    assert once == together


def test_dawid_and_skene_find_the_skill_of_annotators() -> None:
    rng = np.random.default_rng(1)
    truth, right = rng.integers(0, 3, 1500), np.array([0.95, 0.9, 0.8, 0.6, 0.4])
    said = np.where(rng.random((1500, 5)) < right, truth[:, None], (truth[:, None] + rng.integers(1, 3, (1500, 5))) % 3)
    patterns = [(1, [(who, int(label), 1) for who, label in enumerate(line)]) for line in said]

    skill = dawid_skene(Annotated.of(patterns, 5, 3))

    votes = np.array([np.bincount(line, minlength=3).argmax() for line in said])
    assert skill.accuracy == pytest.approx(right, abs=0.03)
    assert np.mean(skill.truth.argmax(axis=1) == truth) > np.mean(votes == truth)
