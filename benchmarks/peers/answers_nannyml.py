"""What NannyML says of the tables of `answers.py`: univariate drift of one chunk, and data quality.

python benchmarks/peers/answers_nannyml.py TABLES
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import nannyml as nml
import pandas as pd

NUMBERS = ("kolmogorov_smirnov", "wasserstein", "jensen_shannon", "hellinger")
CATEGORIES = ("jensen_shannon", "hellinger", "l_infinity")


def main() -> None:
    """Print the answers."""
    warnings.simplefilter("ignore")
    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(json.dumps({**drift(asked), **quality(asked)}))


def drift(asked: dict[str, Any]) -> dict[str, float]:
    """Return the distances of the three columns."""
    reference, current = (pd.DataFrame(asked[name]) for name in ("reference", "current"))
    calculator = nml.UnivariateDriftCalculator(
        column_names=["colour", "visits", "score"],
        treat_as_categorical=["colour"],
        chunk_number=1,
        continuous_methods=list(NUMBERS),
        categorical_methods=list(CATEGORIES),
    )
    calculator.fit(reference)
    done = calculator.calculate(current).filter(period="analysis").to_df()
    methods = {"colour": CATEGORIES, "visits": NUMBERS, "score": NUMBERS}
    return {
        f"drift of {column}, {method} | NannyML": float(done[column, method, "value"].iloc[-1])
        for column, each in methods.items()
        for method in each
    }


def quality(asked: dict[str, Any]) -> dict[str, float]:
    """Return shares of rows, and moments, of one chunk each."""
    frame = pd.DataFrame({name: asked[name] for name in ("amount", "kind")})
    known = frame[frame["amount"].between(60, 140) & (frame["kind"] != "grey")]
    edges = pd.concat([known, pd.DataFrame({"amount": [60.0, 140.0], "kind": ["red", "red"]})])
    calculators = {
        "share of nulls": (nml.MissingValuesCalculator(column_names=["amount"], chunk_number=1), "amount"),
        "share out of range": (nml.NumericalRangeCalculator(column_names=["amount"], chunk_number=1), "amount"),
        "share out of a set": (nml.UnseenValuesCalculator(column_names=["kind"], chunk_number=1), "kind"),
        "mean": (nml.SummaryStatsAvgCalculator(column_names=["amount"], chunk_number=1), "amount"),
        "standard deviation": (nml.SummaryStatsStdCalculator(column_names=["amount"], chunk_number=1), "amount"),
    }
    answers = {}
    for name, (calculator, column) in calculators.items():
        calculator.fit(edges)
        done = calculator.calculate(frame).filter(period="analysis").to_df()
        answers[f"{name} | NannyML"] = float(done[column, "value"].iloc[-1])
    return answers


if __name__ == "__main__":
    main()
