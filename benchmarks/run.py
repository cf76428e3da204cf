"""Measure the gate beside the same work by hand; other libraries are in `peers/run.py`.

    python benchmarks/run.py --size 1m                 # start, floor, gate, suite, drift
    python benchmarks/run.py --size 10m --groups suite

Every contender is a process of its own, and all run in turn, round after round. It prints medians with the least and
the most, and ends with exit code 1 when those that do the same work did not find the same facts.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from agreement import AGREEMENTS
from costs import interleaved, table
from groups import GROUPS, PYTHON
from machine import facts
from orders import DATA, HERE, SIZES

ROOT = HERE.parent


def agree(groups: list[str], scratch: Path) -> bool:
    """Say whether those that do the same work found the same facts."""
    wrong = []
    print()
    for group in groups:
        if group in AGREEMENTS:
            compared, differences = AGREEMENTS[group](scratch)
            print(f"same facts, {group}: {compared - len(differences)} of {compared} numbers")
            wrong += [f"{group}: {each}" for each in differences]
    print("\n".join(wrong))
    return not wrong


def tell(line: str) -> None:
    """Say on standard error how far it is."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="Measure the gate beside the same work by hand.")
    parser.add_argument("--size", choices=list(SIZES), default="1m", help="rows of the orders table")
    parser.add_argument("--repeats", type=int, default=3, help="rounds")
    parser.add_argument("--groups", nargs="+", choices=list(GROUPS), default=list(GROUPS), help="which work")
    given = parser.parse_args()
    tell(f"writing what is missing of the orders into {DATA}")
    subprocess.run((PYTHON, "benchmarks/generate.py", given.size), cwd=ROOT, check=True, stdout=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="mlquality-bench-") as folder:
        scratch = Path(folder)
        contenders = [contender for group in given.groups for contender in GROUPS[group](given.size, scratch)]
        load = os.getloadavg()[0]
        interleaved(contenders, given.repeats, ROOT, tell)
        rounds = "one round" if given.repeats == 1 else f"median of {given.repeats} rounds (least-most)"
        print(f"{SIZES[given.size]:,} rows of 40 columns, {rounds}")
        print(f"{facts()}; load before and after {load:.1f}, {os.getloadavg()[0]:.1f}\n")
        print(table(contenders))
        return 0 if agree(given.groups, scratch) else 1


if __name__ == "__main__":
    sys.exit(main())
