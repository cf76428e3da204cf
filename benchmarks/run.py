"""Measure the gate beside plain DuckDB that takes the same facts by hand.

    python benchmarks/run.py --size 1m

Every contender is a process of its own, and all run in turn, round after round. It prints medians with the least and
the most, and ends with exit code 1 when the gate and the work by hand did not find the same facts.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from agreement import differences_w1, differences_w2
from costs import Contender, interleaved, table
from machine import facts
from orders import DATA, HERE, SIZES, path_of

ROOT = HERE.parent
PYTHON = sys.executable
GATE = (PYTHON, "-m", "airflow_mlquality")
ANY_OUTCOME = (0, 1, 2, 3)
"""The gate's exit codes for a verdict; 4 and above are errors."""


def start_up() -> list[Contender]:
    """Return what is paid before any rows are read."""
    ten = ("check", "benchmarks/ten_rows.yaml", "benchmarks/ten_rows.csv", "--quiet")
    return [
        Contender("Python alone", (PYTHON, "-c", "pass")),
        Contender("import duckdb, sqlglot, pydantic, yaml", (PYTHON, "-c", "import duckdb, sqlglot, pydantic, yaml")),
        Contender("mlquality check, ten rows", (*GATE, *ten)),
    ]


def on_orders(size: str, scratch: Path) -> list[Contender]:
    """Return the contenders on the orders table; the reference's profile comes before what needs it."""
    current, reference = str(path_of(size, "current")), str(path_of(size, "reference"))
    profile = str(scratch / "reference.json")
    checked = ("--quiet", "--format", "json", "--output")
    return [
        Contender("floor: count every column", (PYTHON, "benchmarks/floor.py", current)),
        Contender("W1 by hand", (PYTHON, "benchmarks/by_hand_w1.py", current), output=scratch / "hand_w1.json"),
        Contender(
            "W1 mlquality check",
            (*GATE, "check", "benchmarks/orders_w1.yaml", current, *checked, str(scratch / "gate_w1.json")),
            ANY_OUTCOME,
            against="W1 by hand",
        ),
        Contender("mlquality profile", (*GATE, "profile", reference, "--quiet", "--output", profile)),
        Contender(
            "W2 by hand", (PYTHON, "benchmarks/by_hand_w2.py", current, profile), output=scratch / "hand_w2.json"
        ),
        Contender(
            "W2 mlquality check",
            (
                *(*GATE, "check", "benchmarks/orders_w2.yaml", current, "--reference", profile),
                *(*checked, str(scratch / "gate_w2.json")),
            ),
            ANY_OUTCOME,
            against="W2 by hand",
        ),
    ]


def agree(scratch: Path) -> bool:
    """Say whether the gate and the work by hand found the same facts."""
    compared_w1, wrong_w1 = differences_w1(scratch / "gate_w1.json", scratch / "hand_w1.json")
    compared_w2, wrong_w2 = differences_w2(scratch / "gate_w2.json", scratch / "hand_w2.json")
    print(f"\nsame facts: W1 {compared_w1 - len(wrong_w1)} of {compared_w1} numbers,", end=" ")
    print(f"W2 {compared_w2 - len(wrong_w2)} of {compared_w2} columns")
    print("\n".join(wrong_w1 + wrong_w2))
    return not wrong_w1 and not wrong_w2


def tell(line: str) -> None:
    """Say on standard error how far it is."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="Measure the gate beside plain DuckDB.")
    parser.add_argument("--size", choices=list(SIZES), default="1m", help="rows of the orders table")
    parser.add_argument("--repeats", type=int, default=3, help="rounds")
    given = parser.parse_args()
    tell(f"writing what is missing of the orders into {DATA}")
    subprocess.run((PYTHON, "benchmarks/generate.py", given.size), cwd=ROOT, check=True, stdout=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="mlquality-bench-") as folder:
        scratch = Path(folder)
        contenders = [*start_up(), *on_orders(given.size, scratch)]
        load = os.getloadavg()[0]
        interleaved(contenders, given.repeats, ROOT, tell)
        rounds = "one round" if given.repeats == 1 else f"median of {given.repeats} rounds (least-most)"
        print(f"{SIZES[given.size]:,} rows of 40 columns, {rounds}")
        print(f"{facts()}; load before and after {load:.1f}, {os.getloadavg()[0]:.1f}\n")
        print(table(contenders))
        return 0 if agree(scratch) else 1


if __name__ == "__main__":
    sys.exit(main())
