"""The model of Dawid and Skene, held against loops over single votes."""

from __future__ import annotations

import math
import random
from itertools import product

import numpy as np
import pytest

from airflow_mlquality.stats.annotators import RIGHT, ROUNDS, TOLERANCE, WEIGHT, Annotated, dawid_skene

ANNOTATORS, LABELS = 3, 4
Pattern = tuple[int, list[tuple[int, int, int]]]


def patterns(seed: int) -> list[Pattern]:
    """Return items of which each annotator says what is true in two of three cases, some of them twice."""
    pick = random.Random(seed)  # noqa: S311  no secret
    found = []
    for _ in range(40):
        true = pick.randrange(LABELS)
        said = {(who, true if pick.random() < 2 / 3 else pick.randrange(LABELS)) for who in range(ANNOTATORS)}
        found.append((pick.randrange(1, 4), [(who, label, pick.randrange(1, 3)) for who, label in sorted(said)]))
    return found


def by_loops(items: list[Pattern]) -> tuple[list[list[float]], list[list[list[float]]]]:
    """Return the probability of each item's true label, and the confusion of each annotator."""
    truth = [[sum(n for _, label, n in votes if label == true) for true in range(LABELS)] for _, votes in items]
    truth = [[count / sum(counts) for count in counts] for counts in truth]
    previous: list[list[float]] = []
    for _ in range(ROUNDS + 1):
        rest = WEIGHT * (1 - RIGHT) / (LABELS - 1)
        said = [[[WEIGHT * RIGHT if a == b else rest for b in range(LABELS)] for a in range(LABELS)] for _ in range(3)]
        shares = [1e-9] * LABELS
        for (number, votes), odds in zip(items, truth, strict=True):
            for true in range(LABELS):
                shares[true] += number * odds[true]
            for (who, label, times), true in product(votes, range(LABELS)):
                said[who][true][label] += number * times * odds[true]
        shares = [each / sum(shares) for each in shares]
        said = [[[each / sum(row) for each in row] for row in table] for table in said]
        if (
            previous
            and max(abs(a - b) for x, y in zip(truth, previous, strict=True) for a, b in zip(x, y, strict=True))
            < TOLERANCE
        ):
            break
        previous = truth
        truth = []
        for _, votes in items:
            likely = [
                math.log(shares[true]) + sum(times * math.log(said[who][true][label]) for who, label, times in votes)
                for true in range(LABELS)
            ]
            odds = [math.exp(each - max(likely)) for each in likely]
            truth.append([each / sum(odds) for each in odds])
    return truth, said


@pytest.mark.parametrize("seed", range(5))
def test_sums_by_place_are_those_of_loops(seed: int) -> None:
    truth, confusion = by_loops(patterns(seed))

    skill = dawid_skene(Annotated.of(patterns(seed), ANNOTATORS, LABELS))

    assert np.allclose(skill.truth, truth, atol=1e-9)
    assert np.allclose(skill.confusion, confusion, atol=1e-9)


def test_ratings_count_the_votes_of_each_label() -> None:
    annotated = Annotated.of([(2, [(0, 1, 3), (1, 1, 1)]), (1, [(1, 0, 2)])], 2, 3)

    assert annotated.ratings().tolist() == [[0, 4, 0], [2, 0, 0]]
