"""Telling two samples of rows apart: a classifier that learns on some of them and is tried on the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Rows = Sequence[Sequence[Any]]

FOLDS = 5
TREES = 40
LEAST_ROWS = 10
"""Of a leaf."""
MOST_ROWS = 4_000
"""Of those that one tree learns on."""
AT_ONCE = 10
"""Columns that are shuffled before scores are asked for: each is one more copy of the rows."""
SEED = 20_240_501


def separation(reference: Rows, current: Rows) -> tuple[tuple[tuple[float, int, int], ...], tuple[float, ...]]:
    """Return how well rows of two samples are told apart by a classifier that has not seen them.

    A random forest (scikit-learn) learns on four fifths of the rows and gives scores to the last fifth, in turn.

    Parameters
    ----------
    reference, current
        Rows of numbers, texts and None; each sample has at least `FOLDS` of them.

    Returns
    -------
    folds : tuple
        Area under the ROC curve, rows of the reference and rows of now, per fold.
    weights : tuple of float
        How much the area shrinks, on average over the folds, when the values of one column are shuffled.

    Raises
    ------
    ImportError
        When scikit-learn is not installed.
    """
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier  # type: ignore[import-untyped]

    draw = np.random.default_rng(SEED)
    values = encoded([*reference, *current])
    label = np.repeat([0, 1], [len(reference), len(current)])
    folds, weights = [], np.zeros(values.shape[1])
    for tried in _folds(label, draw):
        model = RandomForestClassifier(
            n_estimators=TREES,
            min_samples_leaf=LEAST_ROWS,
            max_samples=min(MOST_ROWS, int((~tried).sum())),
            random_state=SEED,
        )
        model.fit(values[~tried], label[~tried])
        held, seen = values[tried], label[tried]
        area = area_under_curve(_scores(model, held), seen)
        folds.append((area, int((seen == 0).sum()), int((seen == 1).sum())))
        for first in range(0, values.shape[1], AT_ONCE):
            columns = range(first, min(first + AT_ONCE, values.shape[1]))
            scores = _scores(model, np.concatenate([_shuffled(held, column, draw) for column in columns]))
            for column, each in zip(columns, np.split(scores, len(columns)), strict=True):
                weights[column] += (area - area_under_curve(each, seen)) / FOLDS
    return tuple(folds), tuple(float(weight) for weight in weights)


def area_under_curve(scores: Any, label: Any) -> float:
    """Return the share of pairs of rows, one of each sample, of which the present one has the higher score.

    >>> import numpy as np
    >>> area_under_curve(np.array([0.1, 0.4, 0.4, 0.9]), np.array([0, 0, 1, 1]))
    0.875
    """
    import numpy as np

    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    now = int(label.sum())
    return float((ranks[label == 1].sum() - now * (now + 1) / 2) / (now * (len(label) - now)))


def _shuffled(values: Array, column: int, draw: Any) -> Array:
    shuffled = values.copy()
    shuffled[:, column] = draw.permutation(values[:, column])
    return shuffled


def _scores(model: Any, values: Array) -> Any:
    return model.predict_proba(values)[:, 1]


def encoded(rows: Rows) -> Array:
    """Return rows as places: numbers in their order, texts the frequent ones first, what is missing before all.

    Places are the same whatever the scale, and the labels of the rows have no part in them.

    >>> encoded([("b", 1.5), ("b", None), ("a", float("inf"))]).tolist()
    [[0.0, 0.0], [0.0, -1.0], [1.0, 1.0]]
    """
    import numpy as np

    return np.column_stack([_places(column) for column in zip(*rows, strict=True)])


def _places(column: Sequence[Any]) -> Array:
    from collections import Counter

    import numpy as np

    counted = Counter(value for value in column if value is not None)
    is_text = any(isinstance(value, str) for value in counted)
    in_order = sorted(counted, key=lambda value: (-counted[value], str(value))) if is_text else sorted(counted)
    places = {value: float(place) for place, value in enumerate(in_order)}
    return np.array([-1.0 if value is None else places[value] for value in column])


def _folds(label: Any, draw: Any) -> Iterator[Any]:
    """Yield which rows are tried; every fold has its part of both samples."""
    import numpy as np

    fold = np.empty(len(label), int)
    for sample in (0, 1):
        rows = np.flatnonzero(label == sample)
        fold[draw.permutation(rows)] = np.arange(len(rows)) % FOLDS
    for number in range(FOLDS):
        yield fold == number
