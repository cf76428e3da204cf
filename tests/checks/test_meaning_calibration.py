"""Checks of meaning keep quiet without change, and find what they say they find."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from airflow_mlquality.checks.meaning.gains import Spike, largest_gain
from airflow_mlquality.checks.meaning.scale import ScaleStable
from airflow_mlquality.checks.meaning.spectra import CELLS_PER_DECADE, curves_of_cells
from airflow_mlquality.checks.meaning.words import Change as WordChange
from airflow_mlquality.checks.meaning.words import Words
from airflow_mlquality.stats.curves import Curve, distance, noise
from airflow_mlquality.stats.slips import CHANGES, Change, slip_of
from airflow_mlquality.stats.vocabularies import matches

ROWS = 5_000
LEVEL = 0.01
RATE = 0.01
HUNDREDFOLD = next(each for each in CHANGES if each.factor == 100)


def curve(numbers: np.ndarray) -> Curve:
    """Return the curve that the check would see."""
    cells = Counter((int(np.sign(x)), math.floor(CELLS_PER_DECADE * math.log10(abs(x)))) for x in numbers if x)
    return curves_of_cells(tuple((sign, cell, count) for (sign, cell), count in cells.items()))[""]


def unlike(word: str) -> str:
    """Return a code that has nothing of a word."""
    return f"code{ord(word[0]) * 37 % 101}"


def fares(rng: np.random.Generator) -> np.ndarray:
    return rng.lognormal(2, 0.8, ROWS)


def test_a_scale_that_did_not_change_is_no_slip() -> None:
    rng = np.random.default_rng(1)

    alarms = sum(slip_of(curve(fares(rng)), curve(fares(rng)), RATE).interval[0] >= LEVEL for _ in range(200))

    assert alarms == 0


def test_a_growth_by_a_tenth_is_no_slip() -> None:
    rng = np.random.default_rng(2)
    reference = curve(fares(rng))

    alarms = sum(slip_of(reference, curve(1.1 * fares(rng)), RATE).interval[0] >= LEVEL for _ in range(200))

    assert alarms == 0


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_known_change_of_all_rows_is_found(change: Change) -> None:
    rng = np.random.default_rng(3)
    numbers = fares(rng) if abs(change.offset) < 1 else rng.normal(10, 5, ROWS)
    reference = curve(numbers)

    slips = [slip_of(reference, curve(change.factor * rng.permutation(numbers)[:4_000] + change.offset), RATE)]

    assert all(slip.share == 1 and slip.interval[0] > 0.5 for slip in slips)
    assert all(slip.change is not None for slip in slips)


def test_a_factor_of_a_hundred_in_three_rows_of_a_hundred_is_found_and_named() -> None:
    rng = np.random.default_rng(4)
    reference = curve(fares(rng))
    found = 0
    for _ in range(50):
        slipped = np.where(rng.random(ROWS) < 0.03, 100, 1)
        slip = slip_of(reference, curve(fares(rng) * slipped), RATE)
        found += slip.interval[0] >= LEVEL and slip.change == HUNDREDFOLD

    assert found >= 48


def test_words_that_did_not_change_raise_no_alarm() -> None:
    rng = np.random.default_rng(5)
    shares = rng.dirichlet(np.full(8, 2.0))
    alarms = 0
    for _ in range(200):
        before, now = (
            {f"w{i}": int(count) for i, count in enumerate(rng.multinomial(1_000, shares)) if count} for _ in range(2)
        )
        new = {word: count for word, count in now.items() if word not in before}
        gone = {word: count for word, count in before.items() if word not in now}
        alarms += WordChange(Words(before), Words(now), new, gone).interval(RATE)[0] >= LEVEL

    assert alarms == 0


@pytest.mark.parametrize(("renamed", "least"), [(str.upper, 0.999), (unlike, 0.7)])
def test_renamed_words_get_their_mapping(renamed: object, least: float) -> None:
    assert callable(renamed)
    rng = np.random.default_rng(6)
    words = ["card", "gold", "open", "visa", "echo", "iris", "kilo", "mars"]
    right = 0.0
    for _ in range(50):
        shares = rng.dirichlet(np.full(8, 1.0))
        before = {w: c / 1_000 for w, c in zip(words, rng.multinomial(1_000, shares), strict=True) if c}
        now = {renamed(w): c / 1_000 for w, c in zip(words, rng.multinomial(1_000, shares), strict=True) if c}
        found = matches(before, now, set(before), set(now))
        right += sum(before[each.old] for each in found if renamed(each.old) == each.new) / 50

    assert right >= least - 1e-9


def share_of_merges(words: int, rows: int, gone: int, *, is_merged: bool) -> float:
    """Return the share of runs in which merges are proposed: of words that are gone, or that went into another."""
    rng, found, runs = np.random.default_rng(5), 0, 0
    names = [f"{one}{two}" for one, two in zip("qwertzui"[:words], "MNBVCXYL"[:words], strict=True)]
    for _ in range(400):
        was = rng.dirichlet(np.full(words, 1.5))
        *lost, into = rng.choice(words, gone + 1, replace=False)
        if was[lost].min() < 0.03:
            continue
        is_ = was * np.exp(rng.normal(0, 0.02, words))
        is_[into] += is_[lost].sum() if is_merged else 0
        is_[lost] = 0
        before, now = (
            {name: count / rows for name, count in zip(names, rng.multinomial(rows, each), strict=True) if count}
            for each in (was, is_ / is_.sum())
        )
        proposed = matches(before, now, set(before) - set(now), set(now) - set(before), (rows, rows))
        pairs = {(each.old, each.new) for each in proposed if each.kind == "merged"}
        found += pairs == {(names[each], names[into]) for each in lost} if is_merged else bool(pairs)
        runs += 1
    return found / runs


@pytest.mark.parametrize("rows", [1_000, 20_000])
@pytest.mark.parametrize(("words", "gone"), [(2, 1), (3, 1), (3, 2), (5, 1), (5, 2), (8, 1), (8, 2)])
def test_words_whose_rows_are_missing_were_merged_into_no_other(words: int, gone: int, rows: int) -> None:
    assert share_of_merges(words, rows, gone, is_merged=False) <= 0.01


@pytest.mark.parametrize("words", [3, 5, 8])
@pytest.mark.parametrize(("rows", "least"), [(1_000, 0.7), (20_000, 0.95)])
def test_a_merge_into_an_unlike_word_is_proposed(words: int, rows: int, least: float) -> None:
    assert share_of_merges(words, rows, 1, is_merged=True) >= least


@pytest.mark.parametrize("words", [10, 200])
def test_values_that_did_not_change_are_no_spike(words: int) -> None:
    rng = np.random.default_rng(7)
    level, alarms = 0.05, 0
    for _ in range(200):
        before, now = (Counter(rng.integers(0, words, 1_000).tolist()) for _ in range(2))
        spikes = [Spike(str(v), c, 1_000, before.get(v, 0), 1_000) for v, c in now.most_common(20)]
        alarms += largest_gain(spikes, RATE)[0] >= level

    assert alarms == 0


def test_a_default_in_a_tenth_of_the_rows_is_found() -> None:
    rng = np.random.default_rng(8)
    level, found = 0.05, 0
    for _ in range(50):
        filled = int((rng.random(1_000) < 0.11).sum())
        spikes = [Spike("0", filled, 1_000, 0, 1_000), *(Spike("x", 20, 1_000, 20, 1_000) for _ in range(19))]
        found += largest_gain(spikes, RATE)[0] >= level

    assert found >= 45


def test_columns_that_stayed_in_their_places_are_not_swapped() -> None:
    rng = np.random.default_rng(9)
    pairs = 45
    chance = noise(2_000, 2_000, 0.001 / pairs)

    far = sum(distance(curve(rng.gamma(2, 1, 2_000)), curve(rng.gamma(2, 1, 2_000))) >= chance for _ in range(200))

    assert far == 0


def test_the_default_level_of_scale_is_the_one_that_is_calibrated() -> None:
    assert ScaleStable(column="x").fail == LEVEL
