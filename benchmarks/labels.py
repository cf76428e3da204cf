"""How well the checks of labels estimate: power of the prior, error of the shift, cover of the noise.

The command is ``python -m benchmarks.labels``; it needs scikit-learn and takes less than a minute.
"""

from __future__ import annotations

import sys
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from airflow_mlquality.checks import LabelNoise, LabelShift
from airflow_mlquality.stats.label_shift import calibration, em_shares, solved_shares
from airflow_mlquality.stats.priors import total_variation_interval
from airflow_mlquality.trial import trial
from airflow_mlquality.verdict import Outcome
from benchmarks.digits import CLASSES, columns, digits, flipped, shifts

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARE = 0.2
"""That a class is declared at."""
ROWS = (200, 500, 1_000, 2_000, 5_000, 20_000, 100_000)
MARGINS = (0.02, 0.01)
RATES = (0.01, 0.05)
SPLITS = range(4)
SHIFTS = 30
FLIPS = tuple(product((0.05, 0.1, 0.2), range(10)))
SMALL = 1e-12
"""A probability below which a number of rows is left out."""


def alarms(rows: int, margin: float, rate: float, moved: float) -> float:
    """Return how probable an alarm is when a class has moved so far from its declared share; exact, two classes."""
    from scipy import stats

    counts = np.arange(rows + 1)
    likely = stats.binom.pmf(counts, rows, SHARE + moved)
    asked = [int(count) for count in counts[likely > SMALL]]
    alarmed = [total_variation_interval([SHARE, 1 - SHARE], [each, rows - each], rate)[0] >= margin for each in asked]
    return float(likely[asked][alarmed].sum())


def prior() -> Iterator[str]:
    """Yield the table of the prior."""
    yield "| warn | error rate | rows | alarms, none | alarms, half of it | alarms, at it | alarms, 0.05 |"
    yield "|---|---|---|---|---|---|---|"
    for margin, rate, rows in product(MARGINS, RATES, ROWS):
        found = [alarms(rows, margin, rate, moved) for moved in (0.0, margin / 2, margin, 0.05)]
        yield f"| {margin} | {rate} | {rows:,} | {' | '.join(f'{each:.3f}' for each in found)} |"


def missed(found: Any, true: Any) -> float:
    """Return how far estimated shares are from those of the labels: the sum of absolute differences."""
    return float(np.abs(found - np.bincount(true, minlength=CLASSES) / len(true)).sum())


def shift(seed: int) -> dict[str, float]:
    """Return the mean error of each way to estimate shifted shares, and how often the check's interval covers."""
    split = digits(seed)
    calibrated = calibration(split.reference, np.eye(CLASSES)[split.known])
    prior_shares = np.bincount(split.known, minlength=CLASSES) / len(split.known)
    confusion = np.zeros((CLASSES, CLASSES))
    np.add.at(confusion, (split.reference.argmax(axis=1), split.known), 1)
    errors: dict[str, list[float]] = {"em": [], "em_raw": [], "bbse": [], "counted": []}
    for rows in shifts(split.labels, SHIFTS):
        outputs, true = split.probabilities[rows], split.labels[rows]
        said = np.bincount(outputs.argmax(axis=1), minlength=CLASSES)
        weights = np.ones(len(rows))
        errors["em"].append(missed(em_shares(calibrated.of(outputs), weights, prior_shares).values, true))
        errors["em_raw"].append(missed(em_shares(outputs, weights, prior_shares).values, true))
        errors["bbse"].append(missed(solved_shares(confusion, said).values, true))
        errors["counted"].append(missed(said / len(rows), true))
    return {name: float(np.mean(each)) for name, each in errors.items()}


def shift_is_covered(seed: int, rows: Any) -> bool:
    """Return whether the check's interval covers the distance that the labels tell."""
    split = digits(seed)
    check = LabelShift(column="digit", probabilities={k: f"p{k}" for k in range(CLASSES)})
    reference = {"digit": split.known.tolist(), **columns(split.reference)}
    interval = trial(check, reference=reference, **columns(split.probabilities[rows])).verdict.interval
    was, now = (np.bincount(each, minlength=CLASSES) / len(each) for each in (split.known, split.labels[rows]))
    true = float(np.abs(now - was).sum()) / 2
    return interval is not None and interval[0] <= true <= interval[1]


def noise_is_covered(share: float, seed: int) -> bool:
    """Return whether the check's interval covers the share of labels that were flipped."""
    given, wrong, probabilities = flipped(share, seed)
    check = LabelNoise(column="digit", probabilities={k: f"p{k}" for k in range(CLASSES)})
    verdict = trial(check, digit=given.tolist(), **columns(probabilities)).verdict
    assert verdict.outcome is not Outcome.ERROR, verdict  # noqa: S101  a figure of errors would be none
    interval = verdict.interval
    return interval is not None and interval[0] <= float(wrong.mean()) <= interval[1]


def main() -> int:
    """Measure, and print."""
    for line in prior():
        print(line)
    print("\n| split | EM, calibrated | EM | black box | counted |\n|---|---|---|---|---|")
    errors = [shift(seed) for seed in SPLITS]
    for seed, each in zip(SPLITS, errors, strict=True):
        print(f"| {seed} | {each['em']:.4f} | {each['em_raw']:.4f} | {each['bbse']:.4f} | {each['counted']:.4f} |")
    covered = [shift_is_covered(seed, rows) for seed in SPLITS for rows in shifts(digits(seed).labels, 5)]
    print(f"\nlabel_shift: the interval covers the distance in {sum(covered)} of {len(covered)} shifts")
    for share in dict.fromkeys(share for share, _ in FLIPS):
        held = [noise_is_covered(share, seed) for each, seed in FLIPS if each == share]
        print(f"label_noise: the interval covers {share:.0%} of flipped labels in {sum(held)} of {len(held)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
