"""What cleanlab says of the labels and probabilities of `answers.py`.

python benchmarks/peers/answers_cleanlab.py TABLES
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from cleanlab.count import compute_confident_joint, estimate_joint, get_confident_thresholds, num_label_issues
from cleanlab.filter import find_label_issues

METHODS = {
    "confident_learning": "rows labelled otherwise than surely so",
    "predicted_neq_given": "rows labelled otherwise than probable",
    "prune_by_noise_rate": "rows with wrong labels",
}
"""Ways to find label issues, and what of ours they answer."""


def main() -> None:
    """Print the answers."""
    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    labels, shares = np.array(asked["given"]), np.array(asked["probabilities"])
    _, pairs = compute_confident_joint(labels, shares, calibrate=False, return_indices_of_off_diagonals=True)
    answers = {
        **{
            f"threshold of class {at} | cleanlab": float(each)
            for at, each in enumerate(get_confident_thresholds(labels, shares))
        },
        "rows labelled otherwise than surely so | cleanlab confident joint": float(len(pairs)),
        "share of wrong labels | cleanlab estimate_joint": 1 - float(np.trace(estimate_joint(labels, shares))),
        "share of surely wrong labels | cleanlab num_label_issues": num_label_issues(labels, shares) / len(labels),
    }
    for method, question in METHODS.items():
        found = find_label_issues(labels, shares, filter_by=method, n_jobs=1)
        answers[f"{question} | cleanlab {method}"] = float(found.sum())
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
