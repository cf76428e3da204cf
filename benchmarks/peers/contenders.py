"""Who is measured, how one is run with a limit of time, and what it answered."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from asked import NOT_COMPARED
from costs import Cost
from environments import HERE, QUIET, MissingEnvironmentError, python_of
from orders import DATA, path_of

Job = Literal["checks", "drift"]

ROOT = HERE.parent.parent
MOST_SECONDS = 300.0
GATE = "mlquality"
GATE_EXITS = (0, 1, 2, 3)
"""The gate's exit codes for a verdict; 4 and above are errors."""
NOT_ASKED = frozenset({"row_count", *(f"drift.{name}" for name in NOT_COMPARED)})
"""What the gate judges of its own accord."""


@dataclass
class Contender:
    """One row of a table.

    Parameters
    ----------
    job
        What it does.
    peer
        Names its environment and its program.
    title
        As the table shows it.
    options
        Further arguments.
    """

    job: Job
    peer: str
    title: str
    options: tuple[str, ...] = ()
    costs: list[Cost] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)
    trouble: str = ""

    def run(self, size: str, scratch: Path) -> None:
        """Run it once, and keep cost and answer, or why there is none."""
        target = scratch / "answer.json"
        target.unlink(missing_ok=True)
        try:
            command = self.command(size, scratch, target)
        except MissingEnvironmentError as error:
            print(f"{self.title}: {error}", file=sys.stderr)
            self.trouble = "did not install"
            return
        cost, code, said = measured(command)
        if cost.wall >= MOST_SECONDS:
            self.trouble = f"not finished after {MOST_SECONDS:.0f} s, CPU {cost.cpu:.0f} s"
        elif code not in (GATE_EXITS if self.peer == GATE else (0,)):
            print(f"{self.title} ended with {code}:\n{said}", file=sys.stderr)
            self.trouble = f"ended with {code}"
        else:
            written = json.loads(target.read_text(encoding="utf-8"))
            self.answer = of_the_gate(written) if self.peer == GATE else written
            self.costs.append(cost)

    def middle(self, part: Callable[[Cost], float]) -> float:
        """Return the median of a part of the costs."""
        return statistics.median(part(cost) for cost in self.costs)

    def command(self, size: str, scratch: Path, target: Path) -> list[str]:
        """Return what to start."""
        current, reference = str(path_of(size, "current", DATA)), str(path_of(size, "reference", DATA))
        if self.peer == GATE:
            contract = "benchmarks/peers/orders_checks.yaml" if self.job == "checks" else "benchmarks/orders_w2.yaml"
            held = () if self.job == "checks" else ("--reference", str(scratch / "reference.json"))
            told = ("--quiet", "--format", "json", "--output", str(target))
            return [sys.executable, "-m", "airflow_mlquality", "check", contract, current, *held, *told]
        files = (current,) if self.job == "checks" else (current, reference)
        return [python_of(self.peer), str(HERE / f"{self.job}_{self.peer}.py"), *files, str(target), *self.options]


CONTENDERS = (
    ("checks", GATE, "mlquality check", ()),
    ("checks", "duckdb", "plain DuckDB, one query", ()),
    ("checks", "soda", "Soda Core on DuckDB", ()),
    ("checks", "pointblank", "Pointblank on Polars", ()),
    ("checks", "pandera", "Pandera on Polars", ()),
    ("checks", "great_expectations", "Great Expectations on pandas", ()),
    ("drift", GATE, "mlquality check, stored profile", ()),
    ("drift", "frouros", "frouros", ()),
    ("drift", "nannyml", "NannyML without e-mail, SKU, phone", ("--few",)),
    ("drift", "evidently", "Evidently without e-mail, SKU, phone", ("--few",)),
    ("drift", "nannyml", "NannyML", ()),
    ("drift", "evidently", "Evidently", ()),
)


def measured(command: list[str]) -> tuple[Cost, int, str]:
    """Run a program in a session of its own, and end all of that session when its time is over."""
    environment = {**os.environ, **QUIET}
    environment["PYTHONPATH"] = os.pathsep.join((str(HERE.parent), str(ROOT)))
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        timer = threading.Timer(MOST_SECONDS, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().decode(errors="replace")[-2000:]
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024), process.returncode, said


def of_the_gate(report: dict[str, Any]) -> dict[str, Any]:
    """Return the gate's report in the form of the other answers; a warning counts as drift."""
    asked = [verdict for verdict in report["verdicts"] if verdict["id"] not in NOT_ASKED]
    found = [verdict["id"] for verdict in asked if verdict["outcome"] in ("warn", "fail")]
    wrong = [verdict["id"] for verdict in asked if verdict["outcome"] not in ("pass", "warn", "fail")]
    return {"judged": len(asked), "found": found, "wrong": wrong}
