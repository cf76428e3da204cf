"""Compare answers: the same numbers of the same small tables, from mlquality and from peers, side by side.

    python benchmarks/peers/answers.py

Each peer answers in an environment of its own. It ends with exit code 1 where two that mean the same say different
things; where definitions differ the table says how.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))

from environments import MissingEnvironmentError, python_of  # noqa: E402

from airflow_mlquality.audit import audit  # noqa: E402
from airflow_mlquality.stats.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha  # noqa: E402
from airflow_mlquality.stats.distances import (  # noqa: E402
    hellinger_divergence,
    jensen_shannon_divergence,
    psi,
    total_variation,
)

SEED = 1_968
ROWS = 2_000
AGREEING = 0.8
REPEATED = 0.02
HALF_A_ROW = "ours counts half a row more in every cell, so that an empty one is no infinity"
FLEISS = (
    *((0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1)),
    *((7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7)),
)
"""Ratings of ten subjects by fourteen raters in five classes, the usual worked example; kappa is 0.210."""


@dataclass(frozen=True)
class Question:
    """One number.

    Parameters
    ----------
    ours
        What mlquality says.
    within
        How far another answer may lie from it and still be the same.
    differs
        Why a definition is another one; empty when it is the same.
    """

    ours: float
    within: float = 1e-9
    differs: str = ""


def tables() -> dict[str, Any]:
    """Return the tables that all are asked about, as JSON."""
    random = np.random.default_rng(SEED)
    kinds = np.array(["red", "green", "blue", "grey"])
    amount = [None if n % 50 == 0 else float(value) for n, value in enumerate(random.normal(100, 20, ROWS).round(2))]
    truth = random.integers(0, 3, ROWS)
    proxy = np.where(random.random(ROWS) < AGREEING, truth, random.integers(0, 3, ROWS))
    return {
        "amount": amount,
        "kind": kinds[random.choice(4, ROWS, p=[0.4, 0.3, 0.2, 0.1])].tolist(),
        "reference_counts": [400, 300, 200, 100],
        "current_counts": [350, 250, 260, 140],
        "label": truth.tolist(),
        "proxy": proxy.tolist(),
        "ratings": [list(row) for row in FLEISS],
        "key": (random.permutation(ROWS) // 2 * (random.random(ROWS) < REPEATED) + np.arange(ROWS)).tolist(),
    }


def of_ours(asked: dict[str, Any]) -> dict[str, Question]:
    """Return what mlquality says, of the checks by the whole way through a contract."""
    import pyarrow as pa

    rows = pa.table({name: asked[name] for name in ("amount", "kind", "key")})
    contract = {
        "version": 1,
        "contract": "answers",
        "columns": {
            "amount": {"between": {"min": 60, "max": 140}, "null_share": {"fail": 0.5}},
            "kind": {"accepted_values": ["red", "green", "blue"], "matches": "[a-z]{3,4}"},
            "key": {"unique": True},
        },
    }
    shares = {verdict.id: float(verdict.observed or 0) for verdict in audit(contract, rows).verdicts}
    reference, current = asked["reference_counts"], asked["current_counts"]
    confusion = np.zeros((3, 3))
    np.add.at(confusion, (asked["label"], asked["proxy"]), 1)
    kappa, alpha, fleiss = cohen_kappa(confusion), krippendorff_alpha(FLEISS), fleiss_kappa(FLEISS)
    return {
        "share out of range": Question(shares["amount.between"]),
        "share of nulls": Question(shares["amount.null_share"]),
        "share out of a set": Question(shares["kind.accepted_values"]),
        "share not matching": Question(shares["kind.matches"]),
        "share of repeated keys": Question(shares["key.unique"], differs="ours counts the rows beyond the first"),
        "total variation": Question(
            float(total_variation(*(np.array(each) / sum(each) for each in (reference, current))))
        ),
        "Jensen-Shannon divergence, bits": Question(
            float(jensen_shannon_divergence(reference, current)), differs=HALF_A_ROW
        ),
        "squared Hellinger distance": Question(float(hellinger_divergence(reference, current)), differs=HALF_A_ROW),
        "PSI": Question(float(psi(reference, current)), differs=HALF_A_ROW),
        "Cohen's kappa": Question(kappa.value if kappa else float("nan")),
        "Fleiss' kappa": Question(fleiss if fleiss is not None else float("nan")),
        "Krippendorff's alpha, nominal": Question(alpha.value if alpha else float("nan")),
    }


PEERS = ("statistics", "pandera", "great_expectations")


def of_peer(peer: str, asked: Path) -> dict[str, float]:
    """Return what a peer says, by question."""
    program = (python_of(peer), str(HERE / f"answers_{peer}.py"), str(asked))
    said = subprocess.run(program, check=True, capture_output=True, text=True, cwd=HERE)
    answers: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
    return answers


def main() -> int:
    """Ask everyone, and print the table."""
    asked = tables()
    ours = of_ours(asked)
    wrong = 0
    print("| question | mlquality | peer | says | same |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.json"
        path.write_text(json.dumps(asked), encoding="utf-8")
        for peer in PEERS:
            try:
                answers = of_peer(peer, path)
            except (MissingEnvironmentError, subprocess.CalledProcessError) as error:
                print(f"{peer} did not answer: {error}\n{getattr(error, 'stderr', '')}", file=sys.stderr)
                wrong += 1
                continue
            for question, said in answers.items():
                name, _, title = question.partition(" | ")
                mine = ours[name]
                same = abs(said - mine.ours) <= mine.within
                wrong += not same and not mine.differs
                verdict = "yes" if same else mine.differs or "NO"
                print(f"| {name} | {mine.ours:.6g} | {title or peer} | {said:.6g} | {verdict} |")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
