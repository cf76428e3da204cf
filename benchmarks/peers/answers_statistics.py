"""What SciPy, scikit-learn, statsmodels and krippendorff say of the tables of `answers.py`.

python benchmarks/peers/answers_statistics.py TABLES
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import krippendorff
import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa


def main() -> None:
    """Print the answers."""
    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    p = np.array(asked["reference_counts"]) / sum(asked["reference_counts"])
    q = np.array(asked["current_counts"]) / sum(asked["current_counts"])
    ratings = np.array(asked["ratings"])
    answers = {
        "total variation | NumPy": float(abs(p - q).sum() / 2),
        "Jensen-Shannon divergence, bits | SciPy, squared distance": float(jensenshannon(p, q, base=2) ** 2),
        "squared Hellinger distance | NumPy": float(1 - np.sqrt(p * q).sum()),
        "PSI | SciPy, sum of both relative entropies": float(entropy(p, q) + entropy(q, p)),
        "Cohen's kappa | scikit-learn": float(cohen_kappa_score(asked["label"], asked["proxy"])),
        "Fleiss' kappa | statsmodels": float(fleiss_kappa(ratings)),
        "Krippendorff's alpha, nominal | krippendorff": float(
            krippendorff.alpha(value_counts=ratings, level_of_measurement="nominal")
        ),
    }
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
