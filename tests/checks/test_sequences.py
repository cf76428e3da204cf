"""Sequences, grids and decimals, against Python's own arithmetic."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_mlquality.checks import Increasing, Precision, Step
from airflow_mlquality.trial import trial

rows = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=30)


@settings(max_examples=10, deadline=None)
@given(rows, st.booleans())
def test_steps_that_fall_are_those_of_python(rows: list[tuple[str, int, int]], strict: bool) -> None:
    pairs = [
        pair for car in "ab" for pair in pairwise(sorted((day, miles) for each, day, miles in rows if each == car))
    ]
    falls = sum(after[1] < before[1] or (strict and after[1] == before[1]) for before, after in pairs)
    check = Increasing(column="miles", by="day", per=["car"], strict=strict)
    cars, days, miles = zip(*rows, strict=True)
    verdict = trial(check, car=list(cars), day=list(days), miles=list(miles)).verdict

    assert (verdict.evidence["violating"], verdict.evidence["judged"]) == (falls, len(pairs))


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=50), st.sampled_from([0.01, 0.05, 0.1, 0.25, 2.5]))
def test_floats_on_a_grid_are_on_it_and_those_between_are_not(numbers: list[int], size: float) -> None:
    check = Step(column="x", size=size)

    assert trial(check, x=[number * size for number in numbers]).verdict.observed == 0
    assert trial(check, x=[(number + 0.5) * size for number in numbers]).verdict.observed == 1


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=50), st.integers(0, 4))
def test_what_is_written_with_so_many_decimals_has_no_more(numbers: list[int], decimals: int) -> None:
    check = Precision(column="x", decimals=decimals)

    assert trial(check, x=[float(f"{number}e-{decimals}") for number in numbers]).verdict.observed == 0
    assert trial(check, x=[float(f"{10 * number + 3}e-{decimals + 1}") for number in numbers]).verdict.observed == 1


def test_decimals_are_exact() -> None:
    values = [Decimal("12345678901234567890.15"), Decimal("12345678901234567890.16")]

    assert trial(Step(column="x", size=0.05), x=values).verdict.observed == 0.5
    assert trial(Precision(column="x", decimals=1), x=values).verdict.observed == 1.0
    assert trial(Step(column="x", size=7, start=3), x=[3, 10, -4, 5]).verdict.observed == 0.25


@pytest.mark.parametrize("check", [Step(column="x", size=0.5), Precision(column="x", decimals=1)])
def test_what_is_not_finite_lies_on_no_grid(check: Step | Precision) -> None:
    values = [0.5, float("nan"), float("inf"), None]

    assert trial(check, x=values).verdict.observed == pytest.approx(2 / 3)


def test_the_noise_of_floats_is_no_decimal() -> None:
    assert trial(Precision(column="x", decimals=1), x=[0.1 + 0.2]).verdict.observed == 0
