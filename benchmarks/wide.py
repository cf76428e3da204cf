"""Measure a table of 3,000 columns and 100,000 rows: what planning and judging cost beside the statements themselves.

    python benchmarks/wide.py                 # checks, drift and a whole profile of every column
    python benchmarks/wide.py --keep FOLDER   # leaves report.html there, to be looked at

The contract asks of every column that it has values and does not drift, and of every number a range.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from machine import facts

from airflow_mlquality.cli import main as command
from airflow_mlquality.engines.embedded.connection import Embedded

COLUMNS = 3_000
ROWS = 100_000
NULLS = 0.01
SEED = 3_000
VERDICTS = {0, 1, 2, 3}
"""The exit codes of a verdict."""


def column(number: int, random: np.random.Generator) -> tuple[str, pa.Array]:
    """Return a column: of six, three are doubles, one is whole, one a category, one a time."""
    kind = number % 6
    if kind < 3:  # noqa: PLR2004  half of them
        return f"x{number}", pa.array(random.normal(size=ROWS), mask=random.random(ROWS) < NULLS)
    if kind == 3:  # noqa: PLR2004
        return f"n{number}", pa.array(random.poisson(7, ROWS).astype(np.int32))
    if kind == 4:  # noqa: PLR2004
        return f"c{number}", pa.array(np.array(["red", "green", "blue", "grey"])[random.integers(0, 4, ROWS)])
    return f"t{number}", pa.array(random.integers(0, 10**15, ROWS), type=pa.timestamp("us"))


def write(path: Path, random: np.random.Generator) -> list[str]:
    """Write the table and return its names."""
    columns = dict(column(number, random) for number in range(COLUMNS))
    pq.write_table(pa.table(columns), path, row_group_size=20_000)
    return list(columns)


def contract_of(names: list[str]) -> str:
    """Return the contract as JSON, which is YAML."""
    columns = {name: {"not_null": {"fail": 0.05}} for name in names}
    for name in names:
        if name[0] in "xn":
            columns[name]["between"] = {"min": -6, "max": 60}
    return json.dumps({"version": 1, "contract": "wide", "columns": columns, "drift": {"columns": "all"}})


class Statements:
    """CPU seconds that the process spends in the engine's statements."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._inner = Embedded._rows  # noqa: SLF001  where all statements pass

    def __enter__(self) -> Self:
        """Count from here on."""

        def counted(engine: Embedded, statement: str) -> Any:
            started = time.process_time()
            try:
                return self._inner(engine, statement)
            finally:
                self.seconds += time.process_time() - started

        Embedded._rows = counted  # type: ignore[method-assign]  # noqa: SLF001
        return self

    def __exit__(self, *_: object) -> None:
        """Stop counting."""
        Embedded._rows = self._inner  # type: ignore[method-assign]  # noqa: SLF001


def run(name: str, *arguments: str) -> None:
    """Run the command line in this process, and print a row of the table."""
    started = time.process_time()
    with Statements() as statements:
        try:
            command([*arguments, "--quiet"])
        except SystemExit as ended:
            if ended.code not in VERDICTS:
                raise
    total = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {name} | {total:.1f} | {statements.seconds:.1f} | {total - statements.seconds:.1f} | {peak:.0f} |")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description="Measure a table of 3,000 columns.")
    parser.add_argument("--keep", type=Path, help="folder for the tables, the report and its page")
    kept = parser.parse_args().keep
    print(f"{ROWS:,} rows of {COLUMNS:,} columns\n{facts()}\n")
    with nullcontext(kept) if kept else tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        random = np.random.default_rng(SEED)
        write(place / "reference.parquet", random)
        names = write(place / "current.parquet", random)
        contract, profile = str(place / "wide.yaml"), str(place / "profile.json")
        Path(contract).write_text(contract_of(names), encoding="utf-8")
        print("| what | CPU s | in statements | planning, judging, writing | peak MiB |\n|---|---|---|---|---|")
        run("profile of the reference", "profile", str(place / "reference.parquet"), "--output", profile)
        check = ("check", contract, str(place / "current.parquet"), "--reference", profile)
        run("checks and drift, JSON", *check, "--format", "json", "--output", str(place / "report.json"))
        run("checks and drift, page", *check, "--format", "html", "--output", str(place / "report.html"))
        for each in ("report.json", "report.html"):
            print(f"\n{each}: {(place / each).stat().st_size / 2**20:.1f} MiB", end="")
    print()


if __name__ == "__main__":
    main()
