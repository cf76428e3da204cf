"""Whether a model should be trained anew: from what gates found, what was done before, and a moment.

Evidence is a run of a gate. It is ordered by the moment that it is about, never by the clock, so that a backfill
decides as the days themselves would have. A firing consumes its evidence: runs about moments up to the firing's do not
count again, so that one drift makes one retraining, and not a loop.
"""

from __future__ import annotations

from airflow_mlquality.retraining.conditions import (
    Age,
    Condition,
    ContractChanged,
    Drifted,
    LabelsShifted,
    NewLabels,
    Underperformed,
)
from airflow_mlquality.retraining.deciding import Firing, Retraining, decide_retraining, reach
from airflow_mlquality.retraining.evidence import Evidence, Gate

__all__ = [
    "Age",
    "Condition",
    "ContractChanged",
    "Drifted",
    "Evidence",
    "Firing",
    "Gate",
    "LabelsShifted",
    "NewLabels",
    "Retraining",
    "Underperformed",
    "decide_retraining",
    "reach",
]
