"""Drift of every column with Evidently's DataDriftPreset.

    python benchmarks/peers/drift_evidently.py CURRENT REFERENCE ANSWER [--few]

It chooses the method by itself: for many rows a normed Wasserstein distance or Jensen-Shannon, threshold 0.1.
"""

from __future__ import annotations

import sys
import warnings

from asked import DRIFT_NUMBERS, DRIFT_TIMES, answer
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset
from frames import categories, frame

THRESHOLD = 0.1


def main() -> None:
    """Compare the columns, and write which ones drifted."""
    warnings.simplefilter("ignore")
    current, reference, target, *asked = sys.argv[1:]
    texts = categories(asked)
    definition = DataDefinition(numerical_columns=[*DRIFT_NUMBERS, *DRIFT_TIMES], categorical_columns=texts)
    now, then = (Dataset.from_pandas(frame(file, texts), data_definition=definition) for file in (current, reference))
    done = Report([DataDriftPreset()]).run(now, then).dict()
    drifts = {
        metric["config"]["column"]: metric["value"]
        for metric in done["metrics"]
        if metric.get("config", {}).get("column")
    }
    answer(target, len(drifts), [name for name, value in drifts.items() if value >= THRESHOLD])


if __name__ == "__main__":
    main()
