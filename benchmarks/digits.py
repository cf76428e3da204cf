"""Scikit-learn's digits with class probabilities of a model that did not learn from the rows, and shifts of them."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

CLASSES = 10
LEARNED = 900
"""Images that the model learns from; the others are drawn from."""
DRAWN = 1_000
"""Images of one shift."""
SHARPNESS = 3.0
"""Of the class probabilities that are made of distances to the boundary; calibration finds the rest."""


class Digits(NamedTuple):
    """Labels and out-of-sample probabilities of a reference, and of the images to draw from."""

    known: Any
    reference: Any
    labels: Any
    probabilities: Any


@cache
def digits(seed: int = 0) -> Digits:
    """Return a split of the digits."""
    from sklearn.datasets import load_digits  # type: ignore[import-untyped]
    from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]

    values, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(labels))
    train, rest = order[:LEARNED], order[LEARNED:]
    known = np.zeros((len(train), CLASSES))
    for others, part in StratifiedKFold(5).split(values[train], labels[train]):
        known[part] = learned(values[train][others], labels[train][others], values[train][part])
    return Digits(labels[train], known, labels[rest], learned(values[train], labels[train], values[rest]))


def learned(images: Any, labels: Any, asked: Any) -> Any:
    """Return the class probabilities of a model that learned from other rows."""
    from sklearn.svm import SVC  # type: ignore[import-untyped]

    distances = SVC(gamma=0.001, C=10).fit(*_moved_too(images, labels)).decision_function(asked)
    raised = np.exp(SHARPNESS * (distances - distances.max(axis=1, keepdims=True)))
    return raised / raised.sum(axis=1, keepdims=True)


def _moved_too(images: Any, labels: Any) -> tuple[Any, Any]:
    """Return images and their copies moved by one pixel to each side, so that a model learns what does not matter."""
    square = images.reshape(-1, 8, 8)
    copies = [images]
    for axis, step in ((1, 1), (1, -1), (2, 1), (2, -1)):
        moved = np.roll(square, step, axis)
        edge = 0 if step == 1 else 7
        moved[(slice(None), edge) if axis == 1 else (slice(None), slice(None), edge)] = 0
        copies.append(moved.reshape(-1, 64))
    return np.concatenate(copies), np.tile(labels, 5)


def shifts(labels: Any, number: int) -> list[Any]:
    """Return rows to take, so that the classes have other shares (Dirichlet, concentration 2)."""
    rng = np.random.default_rng(1)
    drawn = []
    for shares in rng.dirichlet(np.full(CLASSES, 2.0), number):
        each = [rng.choice(np.flatnonzero(labels == k), round(DRAWN * shares[k])) for k in range(CLASSES)]
        drawn.append(np.concatenate(each))
    return drawn


def flipped(share: float, seed: int) -> tuple[Any, Any, Any]:
    """Return labels of which a share is wrong, which are, and a neighbours' model's probabilities across folds."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier  # type: ignore[import-untyped]

    values, labels = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    wrong = rng.random(len(labels)) < share
    given = np.where(wrong, (labels + rng.integers(1, CLASSES, len(labels))) % CLASSES, labels)
    return given, wrong, cross_val_predict(KNeighborsClassifier(15), values, given, cv=5, method="predict_proba")


def columns(probabilities: Any) -> dict[str, Any]:
    """Return probabilities as columns of a table."""
    return {f"p{k}": probabilities[:, k].tolist() for k in range(CLASSES)}
