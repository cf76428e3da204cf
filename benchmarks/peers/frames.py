"""The orders as pandas frames that the drift contenders can take."""

from __future__ import annotations

import pandas as pd
from asked import DRIFT_CATEGORIES, DRIFT_MANY, DRIFT_NUMBERS, DRIFT_TIMES


def categories(asked: list[str]) -> list[str]:
    """Return the columns to compare as categories; `--few` leaves out texts of very many values."""
    return [*DRIFT_CATEGORIES, *(() if "--few" in asked else DRIFT_MANY)]


def frame(file: str, as_categories: list[str]) -> pd.DataFrame:
    """Return the columns to compare: times as numbers, booleans as text, infinities as NaN, at which some give up."""
    read = pd.read_parquet(file, columns=[*DRIFT_NUMBERS, *DRIFT_TIMES, *as_categories])
    for name in DRIFT_TIMES:
        read[name] = read[name].astype("datetime64[us]").astype("int64").where(read[name].notna()).astype("float64")
    for name in ("is_gift", "is_first"):
        read[name] = read[name].astype(str)
    numbers = read.select_dtypes("number").columns
    read[numbers] = read[numbers].replace([float("inf"), float("-inf")], float("nan"))
    return read
