"""Drift of every column with NannyML: Jensen-Shannon, and Kolmogorov-Smirnov or chi-squared, one chunk.

    python benchmarks/peers/drift_nannyml.py CURRENT REFERENCE ANSWER [--few]

A column counts as drifted when any of its methods raises an alert.
"""

from __future__ import annotations

import sys
import warnings

import nannyml as nml
from asked import DRIFT_NUMBERS, DRIFT_TIMES, answer
from frames import categories, frame


def main() -> None:
    """Compare the columns, and write which ones drifted."""
    warnings.simplefilter("ignore")
    current, reference, target, *asked = sys.argv[1:]
    texts = categories(asked)
    names = [*DRIFT_NUMBERS, *DRIFT_TIMES, *texts]
    calculator = nml.UnivariateDriftCalculator(
        column_names=names,
        treat_as_categorical=texts,
        chunk_number=1,
        continuous_methods=["kolmogorov_smirnov", "jensen_shannon"],
        categorical_methods=["chi2", "jensen_shannon"],
    )
    calculator.fit(frame(reference, texts))
    done = calculator.calculate(frame(current, texts)).filter(period="analysis").to_df()
    alerts = [column for column in done.columns if column[-1] == "alert" and bool(done[column].iloc[-1])]
    judged = {column[0] for column in done.columns if column[0] in names}
    answer(target, len(judged), [column[0] for column in alerts])


if __name__ == "__main__":
    main()
