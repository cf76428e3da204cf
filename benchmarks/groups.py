"""Who is measured: groups of programs that do the same work, each a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from costs import Contender
from orders import path_of

PYTHON = sys.executable
GATE = (PYTHON, "-m", "airflow_mlquality")
ANY_OUTCOME = (0, 1, 2, 3)
"""The gate's exit codes for a verdict; 4 and above are errors."""
QUIET = ("--quiet", "--format", "json", "--output")


def start(_size: str, _scratch: Path) -> list[Contender]:
    """Return what is paid before any rows are read."""
    ten = ("check", "benchmarks/ten_rows.yaml", "benchmarks/ten_rows.csv", "--quiet")
    return [
        Contender("Python alone", (PYTHON, "-c", "pass")),
        Contender("import duckdb, sqlglot, pydantic, yaml", (PYTHON, "-c", "import duckdb, sqlglot, pydantic, yaml")),
        Contender("mlquality check, ten rows", (*GATE, *ten)),
    ]


def floor(size: str, _scratch: Path) -> list[Contender]:
    """Return what reading costs."""
    current = str(path_of(size, "current"))
    return [
        Contender("floor: DuckDB counts every column", (PYTHON, "benchmarks/floor.py", current)),
        Contender("floor: Arrow decodes every column", (PYTHON, "benchmarks/floor.py", current, "arrow")),
    ]


def gate(size: str, scratch: Path) -> list[Contender]:
    """Return the requirements of W1 and examples of what breaks them."""
    current = str(path_of(size, "current"))
    check = ("check", "benchmarks/orders_w1.yaml", current, *QUIET, str(scratch / "gate.json"))
    return [
        Contender("gate: DuckDB by hand", (PYTHON, "benchmarks/by_hand_w1.py", current), output=scratch / "hand.json"),
        Contender("gate: mlquality check", (*GATE, *check), ANY_OUTCOME, against="gate: DuckDB by hand"),
    ]


def suite(size: str, scratch: Path) -> list[Contender]:
    """Return the whole of W1: the same requirements, and the facts of every column."""
    current = str(path_of(size, "current"))
    whole = ("check", "benchmarks/orders_w1.yaml", current, "--whole-profile", *QUIET, str(scratch / "suite.json"))
    base = "suite: Polars by hand"
    by_hand = [
        Contender(
            f"suite: {title} by hand",
            (PYTHON, f"benchmarks/by_hand_{name}.py", current),
            output=scratch / f"suite_{name}.json",
            against="" if name == "polars" else base,
        )
        for name, title in (("polars", "Polars"), ("duckdb", "DuckDB"), ("pyarrow", "Arrow and numpy"))
    ]
    return [*by_hand, Contender("suite: mlquality check --whole-profile", (*GATE, *whole), ANY_OUTCOME, against=base)]


def drift(size: str, scratch: Path) -> list[Contender]:
    """Return the drift of every column against a stored profile; taking that profile comes first."""
    current, reference = str(path_of(size, "current")), str(path_of(size, "reference"))
    profile = str(scratch / "reference.json")
    check = ("check", "benchmarks/orders_w2.yaml", current, "--reference", profile)
    base = "drift: DuckDB by hand"
    return [
        Contender("mlquality profile", (*GATE, "profile", reference, "--quiet", "--output", profile)),
        Contender(base, (PYTHON, "benchmarks/by_hand_w2.py", current, profile), output=scratch / "hand_w2.json"),
        Contender(
            "drift: mlquality check", (*GATE, *check, *QUIET, str(scratch / "drift.json")), ANY_OUTCOME, against=base
        ),
    ]


GROUPS: dict[str, Callable[[str, Path], list[Contender]]] = {
    each.__name__: each for each in (start, floor, gate, suite, drift)
}
