"""Label shift and label noise on scikit-learn's digits, with a model that did not learn from the rows."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from airflow_mlquality.checks import LabelNoise, LabelShift
from airflow_mlquality.stats.label_shift import calibration, em_shares, solved_shares
from airflow_mlquality.trial import trial
from airflow_mlquality.verdict import Cause, Outcome


def model() -> Any:
    from sklearn.decomposition import PCA  # type: ignore[import-untyped]
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis  # type: ignore[import-untyped]
    from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]

    return make_pipeline(PCA(20, random_state=0), QuadraticDiscriminantAnalysis(reg_param=0.1))


@cache
def digits() -> tuple[Any, Any, Any, Any]:
    """Return labels and out-of-sample probabilities of a reference, and of rows to draw from."""
    from sklearn.datasets import load_digits  # type: ignore[import-untyped]
    from sklearn.model_selection import cross_val_predict  # type: ignore[import-untyped]

    values, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    train, rest = order[:900], order[900:]
    known = cross_val_predict(model(), values[train], labels[train], cv=5, method="predict_proba")
    fitted = model().fit(values[train], labels[train])
    return labels[train], known, labels[rest], fitted.predict_proba(values[rest])


def shifts(number: int) -> list[Any]:
    """Return rows to take, so that the classes have other shares."""
    _, _, labels, _ = digits()
    rng = np.random.default_rng(1)
    drawn = []
    for shares in rng.dirichlet(np.full(10, 2.0), number):
        each = [rng.choice(np.flatnonzero(labels == k), round(1000 * shares[k])) for k in range(10)]
        drawn.append(np.concatenate(each))
    return drawn


def missed(found: Any, true: Any) -> float:
    return float(np.abs(found - np.bincount(true, minlength=10) / len(true)).sum())


def test_the_shares_of_shifted_digits_are_estimated_within_three_hundredths() -> None:
    known, reference, labels, probabilities = digits()
    calibrated = calibration(reference, np.eye(10)[known])
    prior = np.bincount(known, minlength=10) / len(known)
    confusion = np.zeros((10, 10))
    np.add.at(confusion, (reference.argmax(axis=1), known), 1)
    by_em, by_bbse, counted = [], [], []
    for rows in shifts(30):
        said = np.bincount(probabilities[rows].argmax(axis=1), minlength=10)
        found = em_shares(calibrated.of(probabilities[rows]), np.ones(len(rows)), prior)
        by_em.append(missed(found.values, labels[rows]))
        by_bbse.append(missed(solved_shares(confusion, said).values, labels[rows]))
        counted.append(missed(said / len(rows), labels[rows]))

    assert np.mean(by_em) <= 0.025
    assert np.mean(by_bbse) <= 0.03
    assert np.mean(by_em) <= np.mean(counted)


def columns(probabilities: Any) -> dict[str, Any]:
    return {f"p{k}": probabilities[:, k].tolist() for k in range(10)}


SHIFT = LabelShift(column="digit", probabilities={k: f"p{k}" for k in range(10)})


def test_a_check_of_the_digits_finds_the_shift_and_covers_it() -> None:
    known, reference, labels, probabilities = digits()
    rows = shifts(1)[0]

    verdict = trial(
        SHIFT, reference={"digit": known.tolist(), **columns(reference)}, **columns(probabilities[rows])
    ).verdict

    true = np.abs(np.bincount(labels[rows], minlength=10) / len(rows) - np.bincount(known, minlength=10) / 900)
    assert verdict.outcome in (Outcome.WARN, Outcome.FAIL)
    assert verdict.interval is not None
    assert verdict.interval[0] <= true.sum() / 2 <= verdict.interval[1]


def test_digits_without_shift_raise_no_alarm() -> None:
    known, reference, _, probabilities = digits()

    verdict = trial(SHIFT, reference={"digit": known.tolist(), **columns(reference)}, **columns(probabilities)).verdict

    assert verdict.outcome in (Outcome.PASS, Outcome.UNDECIDED)


@pytest.mark.parametrize("flipped", [0.05, 0.1, 0.2])
def test_the_interval_of_label_noise_covers_the_share_of_flipped_labels(flipped: float) -> None:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier  # type: ignore[import-untyped]

    values, labels = load_digits(return_X_y=True)
    rng = np.random.default_rng(2)
    wrong = rng.random(len(labels)) < flipped
    given = np.where(wrong, (labels + rng.integers(1, 10, len(labels))) % 10, labels)
    probabilities = cross_val_predict(KNeighborsClassifier(15), values, given, cv=5, method="predict_proba")

    check = LabelNoise(column="digit", probabilities={k: f"p{k}" for k in range(10)})
    verdict = trial(check, digit=given.tolist(), **columns(probabilities)).verdict

    assert verdict.interval is not None
    assert verdict.interval[0] <= wrong.mean() <= verdict.interval[1]


# ---- what leaves them undecided ----

TRAIN = {"y": [1, 0] * 200, "said": [1, 0] * 200}


def test_predictions_that_do_not_tell_the_classes_apart_leave_the_shift_undecided() -> None:
    blurred = {"y": [1, 0] * 200, "said": [1, 1, 0, 0] * 100}

    verdict = trial(LabelShift(column="y", prediction="said"), said=[1, 0] * 50, reference=blurred).verdict

    assert verdict.cause is Cause.TOO_SMALL
    assert "do not tell the classes apart" in verdict.reason


def test_a_reference_without_labels_leaves_the_shift_undecided() -> None:
    check = LabelShift(column="y", prediction="said")

    assert trial(check, said=[1], reference={"said": [1]}).verdict.cause is Cause.NO_REFERENCE
    assert trial(check, said=[1], reference={"said": [1], "y": [None]}).verdict.cause is Cause.NO_DATA
    assert trial(check, said=[None], reference=TRAIN).verdict.cause is Cause.NO_DATA
    assert trial(check, said=[7, 7], reference=TRAIN).verdict.cause is Cause.NO_DATA


def test_labels_that_are_there_now_change_nothing() -> None:
    check = LabelShift(column="y", prediction="said")

    with_labels = trial(check, said=[1, 0] * 200, y=[0, 1] * 200, reference=TRAIN)

    assert str(with_labels) == str(trial(check, said=[1, 0] * 200, reference=TRAIN))
