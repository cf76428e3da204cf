"""What Evidently says of the tables of `answers.py`: drift by its methods, value ranges, missing values.

python benchmarks/peers/answers_evidently.py TABLES
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import MeanValue, MissingValueCount, OutListValueCount, OutRangeValueCount, StdValue, ValueDrift

CATEGORIES = ("psi", "jensenshannon", "hellinger", "TVD")
NUMBERS = ("psi", "jensenshannon", "hellinger", "wasserstein", "ks")


def main() -> None:
    """Print the answers."""
    warnings.simplefilter("ignore")
    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(json.dumps({**drift(asked), **quality(asked)}))


def drift(asked: dict[str, Any]) -> dict[str, float]:
    """Return the distances of the three columns."""
    definition = DataDefinition(numerical_columns=["visits", "score"], categorical_columns=["colour"])
    now, then = (
        Dataset.from_pandas(pd.DataFrame(asked[name]), data_definition=definition) for name in ("current", "reference")
    )
    answers = {}
    for column, methods in (("colour", CATEGORIES), ("visits", NUMBERS), ("score", NUMBERS)):
        for method in methods:
            told = Report([ValueDrift(column=column, method=method)]).run(now, then).dict()
            answers[f"drift of {column}, {method} | Evidently"] = float(told["metrics"][0]["value"])
    return answers


def quality(asked: dict[str, Any]) -> dict[str, float]:
    """Return shares of rows, and moments."""
    definition = DataDefinition(numerical_columns=["amount"], categorical_columns=["kind"])
    frame = pd.DataFrame({name: asked[name] for name in ("amount", "kind")})
    metrics = {
        "share of nulls": MissingValueCount(column="amount"),
        "share out of range": OutRangeValueCount(column="amount", left=60, right=140),
        "share out of a set": OutListValueCount(column="kind", values=["red", "green", "blue"]),
        "mean": MeanValue(column="amount"),
        "standard deviation": StdValue(column="amount"),
    }
    told = Report(list(metrics.values())).run(Dataset.from_pandas(frame, data_definition=definition), None).dict()
    values = [each["value"] for each in told["metrics"]]
    return {
        f"{name} | Evidently": float(value["share"] if isinstance(value, dict) else value)
        for name, value in zip(metrics, values, strict=True)
    }


if __name__ == "__main__":
    main()
