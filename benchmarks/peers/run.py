"""Measure the gate beside peers: the checks that all of them can state, and drift of the columns of the orders.

    python benchmarks/peers/run.py [--only NAME] [--repeats N]

It makes the environments that are missing, runs every contender as a process of its own, in turn, and says where
contenders differ about which checks fail.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from contenders import CONTENDERS, GATE, ROOT, Contender, Job  # noqa: E402
from costs import Cost, with_range  # noqa: E402
from machine import facts  # noqa: E402
from orders import SIZES, path_of  # noqa: E402


def table(contenders: list[Contender], found: str) -> str:
    """Return costs and answers as a Markdown table; ratios are of the medians."""
    lines = [
        f"| contender | wall s | CPU s | peak MiB | CPU ratio | judged | {found} |",
        "|---|---|---|---|---|---|---|",
    ]
    base = next((each for each in contenders if each.peer == GATE and each.costs), None)
    for each in contenders:
        if not each.costs or each.trouble:
            lines.append(f"| {each.title} | {each.trouble} |  |  |  |  |  |")
            continue
        cells = [with_range([cost.wall for cost in each.costs]), with_range([cpu(cost) for cost in each.costs])]
        cells.append(f"{each.middle(lambda cost: cost.mib):,.0f}")
        cells.append(f"{each.middle(cpu) / base.middle(cpu):.1f}" if base else "")
        cells += [str(each.answer["judged"]), str(len(each.answer["found"]))]
        lines.append(f"| {each.title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cpu(cost: Cost) -> float:
    """Return the CPU seconds of a cost."""
    return cost.cpu


def differences(contenders: list[Contender]) -> list[str]:
    """Return where a contender differs from the gate about which checks fail, and what it could not judge."""
    gate = next((set(each.answer["found"]) for each in contenders if each.peer == GATE and each.answer), None)
    told = []
    for each in contenders:
        if not each.answer:
            continue
        if each.answer["wrong"]:
            told.append(f"{each.title} could not judge: {', '.join(each.answer['wrong'])}")
        if gate is not None and each.job == "checks":
            found = set(each.answer["found"])
            told += [f"{each.title} lets pass what mlquality fails: {name}" for name in sorted(gate - found)]
            told += [f"{each.title} fails what mlquality lets pass: {name}" for name in sorted(found - gate)]
    return told


def measure(contenders: list[Contender], repeats: int, size: str) -> None:
    """Run all in turn, round after round; one that had trouble is not run again."""
    with tempfile.TemporaryDirectory(prefix="mlquality-peers-") as folder:
        scratch = Path(folder)
        if any(each.peer == GATE and each.job == "drift" for each in contenders):
            profile = (sys.executable, "-m", "airflow_mlquality", "profile", str(path_of(size, "reference")))
            subprocess.run((*profile, "--quiet", "--output", str(scratch / "reference.json")), cwd=ROOT, check=True)
        for number in range(1, repeats + 1):
            for each in contenders:
                if each.trouble:
                    continue
                each.run(size, scratch)
                told = each.trouble or f"{each.costs[-1].wall:.2f} s, CPU {each.costs[-1].cpu:.2f} s"
                print(f"{number}/{repeats} {each.job} {each.title}: {told}", file=sys.stderr, flush=True)


def main() -> int:
    """Measure, and print the tables."""
    peers = sorted({peer for _, peer, _, _ in CONTENDERS})
    parser = argparse.ArgumentParser(description="Measure the gate beside peers.")
    parser.add_argument("--only", choices=peers, action="append", help="leave out the others; may be given again")
    parser.add_argument("--repeats", type=int, default=1, help="rounds")
    parser.add_argument("--size", choices=list(SIZES), default="1m", help="rows of the orders table")
    given = parser.parse_args()
    subprocess.run((sys.executable, "benchmarks/generate.py", given.size), cwd=ROOT, check=True, stdout=sys.stderr)
    contenders = [Contender(*each) for each in CONTENDERS if not given.only or each[1] in given.only]
    load = os.getloadavg()[0]
    measure(contenders, given.repeats, given.size)
    rounds = "one round" if given.repeats == 1 else f"median of {given.repeats} rounds (least-most)"
    print(f"{SIZES[given.size]:,} rows of 40 columns, {rounds}")
    print(f"{facts()}; load before and after {load:.1f}, {os.getloadavg()[0]:.1f}")
    jobs: tuple[tuple[Job, str], ...] = (("checks", "failed"), ("drift", "drifted"))
    for job, found in jobs:
        own = [each for each in contenders if each.job == job]
        if own:
            print("", table(own, found), "", *differences(own), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
