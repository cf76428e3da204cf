"""The small tables that everybody is asked about, drawn with a fixed seed."""

from __future__ import annotations

from typing import Any

import numpy as np

SEED = 1_968
ROWS = 2_000
AGREEING = 0.8
REPEATED = 0.02
FLIPPED = 0.1
FLEISS = (
    *((0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1)),
    *((7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7)),
)
"""Ratings of ten subjects by fourteen raters in five classes, the usual worked example; kappa is 0.210."""


def tables() -> dict[str, Any]:
    """Return the tables, as JSON."""
    random = np.random.default_rng(SEED)
    kinds = np.array(["red", "green", "blue", "grey"])
    amount = [None if n % 50 == 0 else float(value) for n, value in enumerate(random.normal(100, 20, ROWS).round(2))]
    truth = random.integers(0, 3, ROWS)
    proxy = np.where(random.random(ROWS) < AGREEING, truth, random.integers(0, 3, ROWS))
    return {
        "amount": amount,
        "kind": kinds[random.choice(4, ROWS, p=[0.4, 0.3, 0.2, 0.1])].tolist(),
        "reference_counts": [400, 300, 200, 100],
        "current_counts": [350, 250, 260, 140],
        "label": truth.tolist(),
        "proxy": proxy.tolist(),
        "ratings": [list(row) for row in FLEISS],
        "key": (random.permutation(ROWS) // 2 * (random.random(ROWS) < REPEATED) + np.arange(ROWS)).tolist(),
        **_drifted(random),
        **_noisy(random),
    }


def _drifted(random: np.random.Generator) -> dict[str, Any]:
    """Return a reference and a present table: a category, a whole number of few values, a number of many."""
    colours = np.array(["red", "green", "blue", "grey", "pink"])
    then, now = (
        {
            "colour": colours[random.choice(5, ROWS, p=shares)].tolist(),
            "visits": (1 + random.choice(6, ROWS, p=visits)).tolist(),
            "score": random.normal(mean, 1, ROWS).round(6).tolist(),
        }
        for shares, visits, mean in (
            ([0.3, 0.35, 0.3, 0.03, 0.02], [0.1, 0.2, 0.25, 0.2, 0.15, 0.1], 0.0),
            ([0.22, 0.3, 0.33, 0.1, 0.05], [0.07, 0.15, 0.2, 0.23, 0.2, 0.15], 0.4),
        )
    )
    return {"reference": then, "current": now}


def _noisy(random: np.random.Generator) -> dict[str, Any]:
    """Return labels of three classes, a tenth of them wrong, beside a model's probabilities."""
    truth = random.integers(0, 3, ROWS)
    given = np.where(random.random(ROWS) < FLIPPED, (truth + random.integers(1, 3, ROWS)) % 3, truth)
    raised = np.exp(2.5 * (np.eye(3)[truth] + 0.35 * random.normal(size=(ROWS, 3))))
    shares = (raised / raised.sum(axis=1, keepdims=True)).round(9)
    return {"given": given.tolist(), "probabilities": (shares / shares.sum(axis=1, keepdims=True)).tolist()}
