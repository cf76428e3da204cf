"""Class shares of rows without labels, from what a model says of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

ROUNDS = 2_000
TOLERANCE = 1e-9
MOST_ENUMERATED = 10
"""Up to this many classes every set of them is looked at."""


@dataclass(frozen=True)
class Shares:
    """Estimated class shares.

    Parameters
    ----------
    values : ndarray, shape (k,)
        With sum 1; those of `solved_shares` may lie a little outside [0, 1].
    covariance : ndarray, shape (k, k)
        Under repetition.
    """

    values: Array
    covariance: Array


def em_shares(posteriors: ArrayLike, weights: ArrayLike, prior: ArrayLike) -> Shares:
    r"""Return the class shares under which the rows are most likely, by expectation maximisation.

    Each round reweights every row's class probabilities by the new shares over the old ones and takes their mean.

    Parameters
    ----------
    posteriors : array_like, shape (n, k)
        Class probabilities of rows, or their means in groups of similar rows.
    weights : array_like, shape (n,)
        Rows of each group.
    prior : array_like, shape (k,)
        Class shares of the rows that the model learned from, positive.

    Notes
    -----
    The covariance is the inverse of the information of the shares, :math:`\sum z z^T` with the scores z of rows; it
    holds around the value that many rows would give even where the probabilities are not calibrated. Without change
    the shares are the prior on average, for calibrated probabilities.

    References
    ----------
    Saerens, M., Latinne, P. and Decaestecker, C. (2002). Adjusting the outputs of a classifier to new a priori
    probabilities: a simple procedure. Neural Computation, 14, 21-41. DOI 10.1162/089976602753284446

    Examples
    --------
    >>> em_shares([[0.9, 0.1], [0.1, 0.9]], [800, 200], [0.5, 0.5]).values.round(3).tolist()
    [0.875, 0.125]
    """
    rows, known = np.asarray(weights, dtype=np.float64), np.asarray(prior, dtype=np.float64)
    ratio = np.maximum(np.asarray(posteriors, dtype=np.float64), 1e-12) / known
    shares = known / known.sum()
    for _ in range(ROUNDS):
        joint = ratio * shares
        moved = rows @ (joint / joint.sum(axis=1, keepdims=True)) / rows.sum()
        step = float(np.abs(moved - shares).max())
        shares = moved
        if step < TOLERANCE:
            break
    scores = (ratio[:, :-1] - ratio[:, -1:]) / (ratio @ shares)[:, None]
    return Shares(shares, _spread(np.linalg.pinv((scores * rows[:, None]).T @ scores)))


def _spread(covariance: Array) -> Array:
    """Return the covariance of all shares from that of all but the last."""
    whole = np.vstack([np.eye(len(covariance)), -np.ones(len(covariance))])
    return np.asarray(whole @ covariance @ whole.T)


def condition_number(confusion: ArrayLike) -> float:
    """Return how much predictions blur the classes: the condition number of their shares within each class.

    Parameters
    ----------
    confusion : array_like, shape (predicted, k)
        Reference rows by predicted and by true class.

    Examples
    --------
    >>> condition_number([[90, 0], [0, 10]]), condition_number([[50, 50], [50, 50]]) > 1e6
    (1.0, True)
    """
    return float(np.linalg.cond(_within(confusion)))


def _within(confusion: ArrayLike) -> Array:
    counts = np.asarray(confusion, dtype=np.float64)
    return np.asarray(counts / counts.sum(axis=0, keepdims=True))


def solved_shares(confusion: ArrayLike, predicted: ArrayLike) -> Shares:
    """Return the class shares that explain the predicted ones: black box shift estimation.

    Parameters
    ----------
    confusion : array_like, shape (predicted, k)
        Reference rows by predicted and by true class, each class with rows.
    predicted : array_like, shape (predicted,)
        Rows by predicted class now.

    Notes
    -----
    The covariance has the sampling of the predictions and that of the confusion; half a row is added to each count
    for it. Without change the shares are those of the reference on average.

    References
    ----------
    Lipton, Z. C., Wang, Y.-X. and Smola, A. (2018). Detecting and correcting for label shift with black box
    predictors. Proceedings of the 35th International Conference on Machine Learning, 3122-3130. arXiv:1802.03916

    Examples
    --------
    >>> solved_shares([[80, 20], [20, 80]], [680, 320]).values.round(3).tolist()
    [0.8, 0.2]
    """
    counts, now = np.asarray(confusion, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    solve = np.linalg.pinv(_within(counts))
    shares = solve @ (now / now.sum())
    shares = shares / shares.sum()
    noise = _multinomial(now)
    for share, column in zip(shares, counts.T, strict=True):
        noise = noise + share**2 * _multinomial(column)
    return Shares(shares, np.asarray(solve @ noise @ solve.T))


def _multinomial(counts: Array) -> Array:
    shares = (counts + 0.5) / (counts.sum() + 0.5 * len(counts))
    return np.asarray((np.diag(shares) - np.outer(shares, shares)) / max(1.0, counts.sum()))


def counted_shares(counts: ArrayLike) -> Shares:
    """Return the class shares of rows that have labels.

    Examples
    --------
    >>> counted_shares([30, 70]).values.tolist()
    [0.3, 0.7]
    """
    rows = np.asarray(counts, dtype=np.float64)
    return Shares(rows / rows.sum(), _multinomial(rows))


def distance_interval(first: Shares, second: Shares, error_rate: float) -> tuple[float, float]:
    """Return an interval of the total variation distance between two independent estimates of class shares.

    The largest difference over sets of classes, each with a normal interval; the error rate is spent on the sizes
    of the sets in equal parts, or on all directions at once (Scheffé) where that is narrower.

    Notes
    -----
    Without change its lower end is above 0 in at most about `error_rate` of samples.

    Examples
    --------
    >>> low, high = distance_interval(counted_shares([300, 700]), counted_shares([500, 500]), 0.01)
    >>> round(low, 2), round(high, 2)
    (0.14, 0.26)
    """
    moved = first.values - second.values
    covariance = first.covariance + second.covariance
    low = high = 0.0
    order = np.argsort(-moved)
    for size in range(1, len(moved)):
        factor = _factor(len(moved), size, error_rate)
        low = max(low, _end(moved, covariance, order[:size], -factor))
    if len(moved) > MOST_ENUMERATED:
        widest = math.sqrt(float(np.linalg.eigvalsh(covariance)[-1]) * len(moved) / 4)
        high = float(np.abs(moved).sum()) / 2 + _factor(len(moved), len(moved) // 2, error_rate) * widest
    else:
        for size in range(1, len(moved)):
            factor = _factor(len(moved), size, error_rate)
            sets = _sets(len(moved), size)
            variances = np.maximum(0.0, ((sets @ covariance) * sets).sum(axis=1))
            high = max(high, float((sets @ moved + factor * np.sqrt(variances)).max()))
    return low, min(1.0, high)


def _factor(classes: int, size: int, error_rate: float) -> float:
    from scipy import special

    each = error_rate / ((classes - 1) * math.comb(classes, size))
    every = math.sqrt(float(special.chdtri(classes - 1, error_rate)))
    return min(float(-special.ndtri(each)), every)


@cache
def _sets(classes: int, size: int) -> Array:
    """Return every set of so many classes: a row of ones and noughts for each."""
    return np.array([[float(at in some) for at in range(classes)] for some in combinations(range(classes), size)])


def _end(moved: Array, covariance: Array, chosen: NDArray[np.int64], factor: float) -> float:
    variance = float(covariance[np.ix_(chosen, chosen)].sum())
    return float(moved[chosen].sum()) + factor * math.sqrt(max(0.0, variance))


@dataclass(frozen=True)
class Calibration:
    """How class probabilities are set right: a common factor and one offset per class on their logarithms."""

    factor: float
    offsets: Array

    def of(self, posteriors: ArrayLike) -> Array:
        """Return calibrated probabilities, shape (n, k)."""
        return _softmax(self.factor * _logs(posteriors) + self.offsets)


def calibration(posteriors: ArrayLike, counts: ArrayLike) -> Calibration:
    """Return the calibration under which labels are most likely: temperature scaling with bias.

    Parameters
    ----------
    posteriors : array_like, shape (n, k)
        Class probabilities of groups of rows.
    counts : array_like, shape (n, k)
        Rows of each group by their label.

    Notes
    -----
    A weak pull towards no change keeps the factor finite where the classes are told apart without error.

    References
    ----------
    Alexandari, A., Kundaje, A. and Shrikumar, A. (2020). Maximum likelihood with bias-corrected calibration is
    hard-to-beat at label shift adaptation. Proceedings of the 37th International Conference on Machine Learning,
    222-232. arXiv:1901.06852

    Examples
    --------
    >>> found = calibration([[0.6, 0.4], [0.4, 0.6]], [[90, 10], [10, 90]])
    >>> found.of([[0.6, 0.4]]).round(2).tolist()
    [[0.9, 0.1]]
    """
    from scipy import optimize

    logs, labels = _logs(posteriors), np.asarray(counts, dtype=np.float64)
    rows = labels.sum(axis=1, keepdims=True)

    def loss(parameters: Array) -> tuple[float, Array]:
        likely = _softmax(parameters[0] * logs + parameters[1:])
        pull = np.concatenate([[parameters[0] - 1], parameters[1:]])
        slope = rows * likely - labels
        value = -float(np.sum(labels * np.log(np.maximum(likely, 1e-300)))) + 0.01 * float(pull @ pull) / 2
        return value, np.concatenate([[float(np.sum(slope * logs))], slope.sum(axis=0)]) + 0.01 * pull

    start = np.concatenate([[1.0], np.zeros(logs.shape[1])])
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B").x
    return Calibration(float(found[0]), np.asarray(found[1:]))


def _logs(posteriors: ArrayLike) -> Array:
    return np.asarray(np.log(np.maximum(np.asarray(posteriors, dtype=np.float64), 1e-6)))


def _softmax(logs: Array) -> Array:
    raised = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
