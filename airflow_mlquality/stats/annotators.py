"""How good single annotators are, from what they said of the same items: the model of Dawid and Skene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[np.float64]

ROUNDS = 100
TOLERANCE = 1e-6
WEIGHT = 1.0
"""Votes that are added to each annotator, four of five of them right: nobody is judged by a handful of votes."""
RIGHT = 0.8


@dataclass(frozen=True)
class Annotated:
    """Votes, one entry each.

    Parameters
    ----------
    item, annotator, label : ndarray of int, shape (n,)
        Places.
    votes : ndarray, shape (n,)
        How often the annotator said so of the item.
    items : ndarray, shape (items,)
        How many items are like this one.
    annotators, labels
        How many there are.
    """

    item: NDArray[np.int64]
    annotator: NDArray[np.int64]
    label: NDArray[np.int64]
    votes: Array
    items: Array
    annotators: int
    labels: int

    @classmethod
    def of(
        cls, patterns: Sequence[tuple[int, Sequence[tuple[int, int, int]]]], annotators: int, labels: int
    ) -> Annotated:
        """Return the votes of patterns: a number of items, and (annotator, label, times) of each."""
        flat = [(at, *vote) for at, (_, votes) in enumerate(patterns) for vote in votes]
        table = np.array(flat, dtype=np.int64).reshape(-1, 4)
        items = np.array([number for number, _ in patterns], dtype=np.float64)
        return cls(table[:, 0], table[:, 1], table[:, 2], table[:, 3].astype(np.float64), items, annotators, labels)

    def ratings(self) -> Array:
        """Return how many votes of each label an item has, shape (items, labels)."""
        cells = np.bincount(
            self.item * self.labels + self.label, weights=self.votes, minlength=len(self.items) * self.labels
        )
        return np.asarray(cells, dtype=np.float64).reshape(len(self.items), self.labels)


@dataclass(frozen=True)
class Skill:
    """What the model finds.

    Parameters
    ----------
    shares : ndarray, shape (labels,)
        Of the true labels.
    confusion : ndarray, shape (annotators, labels, labels)
        Probability that an annotator says the second of a true first.
    truth : ndarray, shape (items, labels)
        Probability of the true label of an item.
    """

    shares: Array
    confusion: Array
    truth: Array

    @property
    def accuracy(self) -> Array:
        """Probability that an annotator is right, shape (annotators,)."""
        return np.asarray(np.einsum("k,akk->a", self.shares, self.confusion))


def dawid_skene(annotated: Annotated) -> Skill:
    """Return shares, confusion of each annotator and true labels by expectation maximisation.

    It starts from the shares of votes and stops when no probability moves by more than 1e-6, or after 100 rounds.

    Notes
    -----
    Each annotator has one vote added to each true label, four fifths of it right. Under agreement of all, everyone is
    right up to that. Annotators are taken as independent given the true label.

    References
    ----------
    Dawid, A. P. and Skene, A. M. (1979). Maximum likelihood estimation of observer error-rates using the EM algorithm.
    Applied Statistics, 28, 20-28. DOI 10.2307/2346806

    Examples
    --------
    >>> votes = [(40, [(0, 0, 1), (1, 0, 1), (2, 0, 1)]), (40, [(0, 1, 1), (1, 1, 1), (2, 0, 1)])]
    >>> dawid_skene(Annotated.of(votes, 3, 2)).accuracy.round(2).tolist()
    [1.0, 1.0, 0.51]
    """
    counts = annotated.ratings()
    truth = counts / counts.sum(axis=1, keepdims=True)
    known = np.full((annotated.labels, annotated.labels), WEIGHT * (1 - RIGHT) / max(1, annotated.labels - 1))
    np.fill_diagonal(known, WEIGHT * (RIGHT if annotated.labels > 1 else 1.0))
    skill = _skill(annotated, truth, known)
    for _ in range(ROUNDS):
        moved = _truth(annotated, skill)
        step = float(np.max(np.abs(moved - skill.truth), initial=0.0))
        skill = _skill(annotated, moved, known)
        if step < TOLERANCE:
            break
    return skill


def _skill(annotated: Annotated, truth: Array, known: Array) -> Skill:
    labels, annotators = annotated.labels, annotated.annotators
    place = annotated.annotator * labels + annotated.label
    true = (annotated.items[:, None] * truth).T[:, annotated.item]
    by_true = _summed(annotated.votes, true, place, annotators * labels)
    said = by_true.reshape(labels, annotators, labels).transpose(1, 0, 2) + known
    shares = annotated.items @ truth + 1e-9
    return Skill(shares / shares.sum(), said / said.sum(axis=2, keepdims=True), truth)


def _truth(annotated: Annotated, skill: Skill) -> Array:
    labels, annotators = annotated.labels, annotated.annotators
    by_true = np.log(skill.confusion).transpose(1, 0, 2).reshape(labels, annotators * labels)
    said = by_true[:, annotated.annotator * labels + annotated.label]
    likely = np.log(skill.shares) + _summed(annotated.votes, said, annotated.item, len(annotated.items)).T
    likely -= likely.max(axis=1, keepdims=True)
    odds = np.exp(likely)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _summed(votes: Array, rows: Array, place: NDArray[np.int64], places: int) -> Array:
    """Return each row's numbers, times the votes, summed by place; `numpy.add.at` takes three times as long."""
    return np.array([np.bincount(place, weights=votes * row, minlength=places) for row in rows])
