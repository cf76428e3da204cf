"""How often every check that estimates alarms: without change, inside its margin, at its bound, and beyond it.

    python -m benchmarks.calibration [CHECK ...] [--rows N ...] [--part 0.1] [--every]

Counts are drawn, not rows, so that a million of them cost what fifty do; the checks judge them by the way that every
run takes. Four states of the truth: nothing moved; half as far as the first level; as far as the first level; half as
far again beyond the last. An alarm in the first three is false, at most one in a hundred is declared; a pass in the
last is wrong. It ends with exit code 1 where false alarms are more than the declared rate explains.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import comb
from time import process_time

import numpy as np

from airflow_mlquality.checks import CHECKS, EstimatedCheck, judge
from airflow_mlquality.checks.estimates import FALSE_DISCOVERY_RATE
from airflow_mlquality.verdict import Outcome
from benchmarks import calibration_of_drift, calibration_of_labels, calibration_of_meaning
from benchmarks.calibration_scene import SIZES, Sampler, Scene

SCENES: tuple[Scene, ...] = (
    *calibration_of_labels.SCENES,
    *calibration_of_drift.SCENES,
    *calibration_of_meaning.SCENES,
)
STATES = ("none", "inside", "bound", "beyond")
BY_CHANCE = 1e-4
"""A share of alarms that the declared rate gives more rarely than this is too much."""


@dataclass(frozen=True)
class Found:
    """Outcomes of one state of the truth."""

    scene: Scene
    categories: int
    rows: int
    state: str
    outcomes: Counter[Outcome]

    @property
    def runs(self) -> int:
        """How many samples were judged."""
        return self.outcomes.total()

    @property
    def alarms(self) -> int:
        """How many of them alarmed."""
        return self.outcomes[Outcome.WARN] + self.outcomes[Outcome.FAIL]

    @property
    def undecided(self) -> int:
        """How many of them were too few rows to tell."""
        return self.outcomes[Outcome.UNDECIDED]

    @property
    def wrong(self) -> int:
        """How many outcomes are wrong: an alarm where nothing is beyond the margin, a pass where it is."""
        return self.outcomes[Outcome.PASS] if self.state == "beyond" else self.alarms


def estimated() -> list[str]:
    """Return the checks of the catalogue that estimate."""
    return [name for name in CHECKS if issubclass(CHECKS[name], EstimatedCheck)]


def sampled(scene: Scene, rows: int, categories: int, part: float = 1.0) -> Iterator[Found]:
    """Judge samples of each state of the truth, at one number of rows."""
    check = scene.made(categories)
    for state, moved in changes(scene, categories).items():
        random = np.random.default_rng([rows, categories, STATES.index(state)])
        outcomes: Counter[Outcome] = Counter()
        for _ in range(max(1, round(part * scene.repetitions(categories)))):
            (verdict,) = judge([check], scene.drawn(check, Sampler(random), rows, categories, moved))
            if verdict.outcome is Outcome.ERROR:
                raise RuntimeError(verdict.reason)
            outcomes[verdict.outcome] += 1
        yield Found(scene, categories, rows, state, outcomes)


@cache
def changes(scene: Scene, categories: int) -> dict[str, float]:
    """Return how much has to move for each state of the truth; only that nothing did where the check never judges."""
    return scene.changes(categories) or {"none": 0.0}


def chance(wrong: int, runs: int, rate: float = FALSE_DISCOVERY_RATE) -> float:
    """Return how probable so many wrong outcomes or more are at a rate.

    >>> round(chance(1, 100), 2), chance(0, 100)
    (0.63, 1.0)
    """
    return 1.0 - sum(comb(runs, k) * rate**k * (1 - rate) ** (runs - k) for k in range(wrong))


def is_beyond_budget(wrong: int, runs: int) -> bool:
    """Return whether so many wrong outcomes are more than the declared rate explains."""
    return chance(wrong, runs) < BY_CHANCE


# ---- the table ----


def percent(count: int, runs: int) -> str:
    """Return a share of runs in percent, or nothing without runs."""
    return f"{100 * count / runs:.0f}" if runs else "-"


def cells(found: Sequence[Found], sizes: Sequence[int]) -> list[str]:
    """Return the cells of a line: false alarms of each state, then what happens at each size, then wrong passes."""
    of = {state: [each for each in found if each.state == state] for state in STATES}
    false = [f"{sum(each.alarms for each in of[state])} of {sum(each.runs for each in of[state])}" for state in FALSE]
    by_size = [[each for each in found if each.rows == rows] for rows in sizes]
    undecided = [_of(some, "none", "undecided") for some in by_size]
    power = [_of(some, "beyond", "alarms") for some in by_size]
    wrong = f"{sum(each.wrong for each in of['beyond'])} of {sum(each.runs for each in of['beyond'])}"
    return [*false, ", ".join(undecided), ", ".join(power), wrong]


def _of(found: Sequence[Found], state: str, what: str) -> str:
    some = [each for each in found if each.state == state]
    return percent(sum(getattr(each, what) for each in some), sum(each.runs for each in some))


FALSE = ("none", "inside", "bound")
"""States of the truth in which an alarm is false."""


def head(sizes: Sequence[int], *, every: bool) -> str:
    """Return the head of the table."""
    at = ", ".join(f"{rows:,}" for rows in sizes)
    alarms = [f"alarms, {state}" for state in FALSE]
    heads = ["check", *(["categories"] if every else []), *alarms, f"undecided, none, % at {at} rows"]
    heads += [f"alarms, beyond, % at {at} rows", "passes, beyond"]
    return f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}"


def lines(scene: Scene, found: Sequence[Found], sizes: Sequence[int], *, every: bool) -> Iterator[str]:
    """Return the line of a scene, or one for every number of categories."""
    title = scene.check + (f" ({scene.title})" if scene.title else "")
    for categories in scene.categories if every else (None,):
        some = [each for each in found if categories in (None, each.categories)]
        names = [title, *([f"{categories:,}"] if categories is not None else [])]
        yield f"| {' | '.join([*names, *cells(some, sizes)])} |"


def beyond_budget(found: Sequence[Found]) -> list[str]:
    """Return where false alarms are more than the declared rate explains: singly, and of all sizes together."""
    told = []
    for scene in dict.fromkeys(each.scene for each in found):
        for state in STATES:
            some = [each for each in found if each.scene is scene and each.state == state]
            what = "passes beyond the margin" if state == "beyond" else f"alarms, {state}"
            wrong, runs = sum(each.wrong for each in some), sum(each.runs for each in some)
            if runs and is_beyond_budget(wrong, runs):
                told.append(f"{scene.check} {scene.title}: {wrong} of {runs} {what}")
            told += [
                f"{scene.check} {scene.title}, {each.categories} categories, {each.rows} rows: "
                f"{each.wrong} of {each.runs} {what}"
                for each in some
                if is_beyond_budget(each.wrong, each.runs)
            ]
    return told


def main() -> int:
    """Judge every check, and print the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("checks", nargs="*", help="only these checks")
    asked.add_argument("--rows", nargs="*", type=int, default=list(SIZES), help="numbers of rows")
    asked.add_argument("--part", type=float, default=1.0, help="part of the repetitions")
    asked.add_argument("--every", action="store_true", help="a line for every number of categories")
    given = asked.parse_args()
    print(head(given.rows, every=given.every))
    broken: list[str] = []
    for scene in (each for each in SCENES if not given.checks or each.check in given.checks):
        start = process_time()
        sizes = [(categories, rows) for categories in scene.categories for rows in given.rows]
        found = [each for categories, rows in sizes for each in sampled(scene, rows, categories, given.part)]
        print(*lines(scene, found, given.rows, every=given.every), sep="\n", flush=True)
        print(f"{scene.check} {scene.title}: {process_time() - start:.1f} s of CPU", file=sys.stderr, flush=True)
        broken += beyond_budget(found)
    print("\n".join(broken) or "No check is wrong more often than declared.", file=sys.stderr)
    missing = sorted({*estimated()} - {scene.check for scene in SCENES})
    print(*(f"{name} has no scene" for name in missing), sep="\n", file=sys.stderr)
    return 1 if broken or missing else 0


if __name__ == "__main__":
    sys.exit(main())
