"""Two ways to tell whether a flight will arrive late: a small model, and a baseline that needs almost nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[Any]
    Flights = dict[str, Vector]

CARRIERS = ("UA", "B6", "EV", "DL", "AA", "MQ", "US", "9E", "WN", "VX", "FL")
ORIGINS = ("EWR", "JFK")


def inputs(flights: Flights) -> Vector:
    """Return the input matrix of the model: an intercept, numbers, and one column per carrier and origin."""
    import numpy as np

    numbers = [flights["dep_delay"].clip(-30, 180) / 60, flights["air_time"] / 60, flights["distance"] / 500]
    kinds = [flights["carrier"] == name for name in CARRIERS] + [flights["origin"] == name for name in ORIGINS]
    return np.column_stack([np.ones(len(flights["hour"])), *numbers, flights["hour"] / 24, *kinds]).astype(float)


def fit_model(flights: Flights) -> Vector:
    """Return the weights of a logistic regression, by Newton's method with a little ridge."""
    import numpy as np

    x, late = inputs(flights), flights["delayed"]
    weights = np.zeros(x.shape[1])
    for _ in range(8):
        chance = model_chances(weights, x)
        hessian = (x * (chance * (1 - chance))[:, None]).T @ x + np.eye(len(weights))
        weights += np.linalg.solve(hessian, x.T @ (late - chance) - weights)
    return weights


def model_chances(weights: Vector, x: Vector) -> Vector:
    """Return the chance of being late by the model."""
    import numpy as np

    chances: Vector = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
    return chances


def fit_baseline(flights: Flights) -> dict[str, float]:
    """Return how often flights were late by carrier and hour, drawn to the overall share where flights were few."""
    import numpy as np

    overall = float(flights["delayed"].mean())
    names, place, number = np.unique(slots(flights), return_inverse=True, return_counts=True)
    shares = (np.bincount(place, weights=flights["delayed"]) + 50 * overall) / (number + 50)
    return {"overall": overall, **dict(zip(names.tolist(), shares.tolist(), strict=True))}


def baseline_chances(table: dict[str, float], flights: Flights) -> Vector:
    """Return the chance of being late by the baseline."""
    import numpy as np

    return np.array([table.get(slot, table["overall"]) for slot in slots(flights)])


def slots(flights: Flights) -> list[str]:
    """Return carrier and hour of each flight."""
    return [f"{carrier} {hour}" for carrier, hour in zip(flights["carrier"], flights["hour"], strict=True)]


def brier(chances: Vector, late: Vector) -> float:
    """Return the mean squared error of chances: 0 is perfect, always saying 0.5 gives 0.25."""
    return float(((chances - late) ** 2).mean())
