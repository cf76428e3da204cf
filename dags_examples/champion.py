"""The champion of the whole loop: a small model in a file, and the candidate that may take its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from flights import DATA, PAST, features

if TYPE_CHECKING:
    from delay_models import Flights, Vector

CHAMPION, CANDIDATE = Path(DATA) / "models" / "champion.json", Path(DATA) / "models" / "candidate.json"


def champion_chances(flights: Flights) -> Vector:
    """Return the chances of being late by the champion; the first one is what half a year taught."""
    import numpy as np
    from delay_models import fit_model, inputs, model_chances

    kept = CHAMPION.exists()
    weights = np.array(json.loads(CHAMPION.read_text(encoding="utf-8"))) if kept else fit_model(features(PAST))
    return model_chances(weights, inputs(flights))


def train_beside_champion(training: str, held_out: str) -> str:
    """Fit a candidate and keep it; return a file with its squared errors and the champion's on held-out flights."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq
    from delay_models import fit_model, inputs, model_chances

    columns = duckdb.read_parquet(training).fetchnumpy()
    weights = fit_model({**columns, "delayed": columns["delayed"].astype(float)})
    CANDIDATE.parent.mkdir(parents=True, exist_ok=True)
    CANDIDATE.write_text(json.dumps(weights.tolist()), encoding="utf-8")
    flights = features(held_out)
    chances = {"candidate": model_chances(weights, inputs(flights)), "champion": champion_chances(flights)}
    errors = {name: (each - flights["delayed"]) ** 2 for name, each in chances.items()}
    target = Path(DATA) / "features" / "18_errors.parquet"
    pq.write_table(pa.table(errors), target)
    return str(target)
