"""Drift of every column with frouros: Kolmogorov-Smirnov for numbers and times, chi-squared for categories.

    python benchmarks/peers/drift_frouros.py CURRENT REFERENCE ANSWER

It takes arrays without gaps, one at a time, and gives a statistic and a p-value; a p-value below 0.05 counts as drift.
"""

from __future__ import annotations

import sys
from typing import Any

import pandas as pd
from asked import DRIFT_CATEGORIES, DRIFT_MANY, DRIFT_NUMBERS, DRIFT_TIMES, answer
from frouros.detectors.data_drift import ChiSquareTest, KSTest

LIKELY = 0.05


def values_of(file: str, name: str) -> Any:
    """Return the present values of a column."""
    values = pd.read_parquet(file, columns=[name])[name].dropna()
    if name in DRIFT_TIMES:
        return values.astype("int64").to_numpy()
    return values.to_numpy() if name in DRIFT_NUMBERS else values.astype(str).to_numpy(dtype=object)


def main() -> None:
    """Compare column by column, and write which ones drifted."""
    current, reference, target = sys.argv[1:4]
    names = (*DRIFT_NUMBERS, *DRIFT_TIMES, *DRIFT_CATEGORIES, *DRIFT_MANY)
    found, wrong = [], []
    for name in names:
        detector = KSTest() if name in (*DRIFT_NUMBERS, *DRIFT_TIMES) else ChiSquareTest()
        try:
            detector.fit(X=values_of(reference, name))
            result = detector.compare(X=values_of(current, name))[0]
        except Exception as error:  # noqa: BLE001  what a peer cannot judge is part of the answer
            wrong.append(f"{name} {type(error).__name__}")
            continue
        if result.p_value < LIKELY:
            found.append(name)
    answer(target, len(names) - len(wrong), found, wrong)


if __name__ == "__main__":
    main()
