"""Every check that estimates has its calibration, and a thin slice of it keeps the declared budget."""

from __future__ import annotations

import pytest

from airflow_mlquality.verdict import Outcome
from benchmarks.calibration import SCENES, STATES, beyond_budget, chance, changes, estimated, is_beyond_budget, sampled

PART = 0.1
"""Of the repetitions of a whole run."""


def test_every_check_that_estimates_is_calibrated() -> None:
    assert {*estimated()} - {scene.check for scene in SCENES} == set()
    assert {scene.check for scene in SCENES} - {*estimated()} == set()


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: f"{scene.check}:{scene.title or 'plain'}")
def test_five_hundred_rows_of_few_categories_keep_the_budget(scene: object) -> None:
    found = list(sampled(scene, 500, scene.categories[0], PART))

    assert beyond_budget(found) == []
    assert [each.alarms for each in found if each.state == "none"] == [0]


def test_fifty_rows_are_undecided_rather_than_wrong() -> None:
    wrong = runs = undecided = 0
    for scene in SCENES:
        for found in sampled(scene, 50, scene.categories[0], PART / 2):
            wrong, runs = wrong + found.wrong, runs + found.runs
            undecided += found.outcomes[Outcome.UNDECIDED]

    assert not is_beyond_budget(wrong, runs)
    assert undecided >= runs / 2


@pytest.mark.parametrize("method", ["cramers_v", "conditional"])
@pytest.mark.parametrize("categories", [100, 1_000])
def test_a_dependence_among_more_values_than_are_told_apart_keeps_the_budget(method: str, categories: int) -> None:
    """Of so many pairs a profile keeps not all; where some were lost, the strength itself changed."""
    (scene,) = [each for each in SCENES if (each.check, each.title) == ("dependence_stable", method)]

    found = list(sampled(scene, 2_000, categories, 1.0 if categories == 100 else 0.5))

    assert beyond_budget(found) == []
    assert [each.alarms for each in found if each.state in ("none", "inside")] == [0, 0]
    assert [each.alarms / each.runs for each in found if each.state == "beyond"] == [1.0]


@pytest.mark.parametrize("method", ["psi", "js", "hellinger"])
def test_merged_categories_hide_no_drift_from_fifty_rows(method: str) -> None:
    (scene,) = [each for each in SCENES if (each.check, each.title) == ("drift", f"{method}, category")]

    found = list(sampled(scene, 50, 10, 0.5))

    assert [each.wrong for each in found] == [0] * len(STATES)


def test_the_truth_moves_further_from_state_to_state() -> None:
    for scene in SCENES:
        moved = list(changes(scene, scene.categories[0]).values())

        assert moved == sorted(moved)
        assert len(moved) >= 3  # where all that moves stays within the margin there is no state beyond it


def test_more_wrong_outcomes_than_the_budget_explains_are_told() -> None:
    assert chance(1, 100) == pytest.approx(1 - 0.99**100)
    assert not is_beyond_budget(3, 100)
    assert is_beyond_budget(8, 100)
