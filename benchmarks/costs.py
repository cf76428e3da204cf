"""What a program costs: wall time, CPU time and peak memory of a process of its own, its start-up included."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


class UnexpectedExitError(RuntimeError):
    """A contender ended with another exit code than it should."""


@dataclass(frozen=True)
class Cost:
    """One run: seconds by the clock, seconds of CPU (user and system, all threads), peak resident MiB."""

    wall: float
    cpu: float
    mib: float


@dataclass(frozen=True)
class Contender:
    """A program to measure.

    Parameters
    ----------
    name
        As the table shows it.
    command
        With arguments.
    exits
        The exit codes that mean it did its work.
    output
        File for its standard output; dropped when there is none.
    against
        Name of the contender that its CPU is held against.
    """

    name: str
    command: Sequence[str]
    exits: tuple[int, ...] = (0,)
    output: Path | None = None
    against: str = ""
    costs: list[Cost] = field(default_factory=list)

    def run(self, folder: Path) -> Cost:
        """Run it once.

        Raises
        ------
        UnexpectedExitError
            With what it said last.
        """
        output = self.output or Path(os.devnull)
        with output.open("wb") as out, tempfile.TemporaryFile() as err:
            started = time.perf_counter()
            process = subprocess.Popen(self.command, cwd=folder, stdout=out, stderr=err)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode not in self.exits:
                err.seek(0)
                said = err.read().decode(errors="replace")[-2000:]
                message = f"{self.name} ended with {process.returncode}:\n{said}"
                raise UnexpectedExitError(message)
        return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)

    def middle(self, part: Callable[[Cost], float]) -> float:
        """Return the median of a part of the costs."""
        return statistics.median(part(cost) for cost in self.costs)


def interleaved(contenders: Sequence[Contender], repeats: int, folder: Path, tell: Callable[[str], None]) -> None:
    """Run all contenders in turn, again and again, so that a busy moment of the machine hits them alike."""
    for number in range(1, repeats + 1):
        for contender in contenders:
            cost = contender.run(folder)
            contender.costs.append(cost)
            tell(f"{number}/{repeats} {contender.name}: {cost.wall:.2f} s, CPU {cost.cpu:.2f} s, {cost.mib:.0f} MiB")


def table(contenders: Sequence[Contender]) -> str:
    """Return the costs as a Markdown table: medians, with the least and the most."""
    lines = ["| what | wall s | CPU s | peak MiB | CPU ratio |", "|---|---|---|---|---|"]
    by_name = {contender.name: contender for contender in contenders}
    for contender in contenders:
        wall, cpu = spread(contender, lambda cost: cost.wall), spread(contender, lambda cost: cost.cpu)
        mib = f"{contender.middle(lambda cost: cost.mib):,.0f}"
        base = by_name.get(contender.against)
        lines.append(f"| {contender.name} | {wall} | {cpu} | {mib} | {ratio(contender, base) if base else ''} |")
    return "\n".join(lines)


def spread(contender: Contender, part: Callable[[Cost], float]) -> str:
    """Return the median of a part, with the least and the most behind it."""
    return with_range([part(cost) for cost in contender.costs])


def ratio(contender: Contender, base: Contender) -> str:
    """Return how many times the CPU of the base it takes: the median over the rounds, with least and most."""
    ratios = [own.cpu / other.cpu for own, other in zip(contender.costs, base.costs, strict=True)]
    return f"{with_range(ratios)} of {base.name}"


def with_range(values: Sequence[float]) -> str:
    """Return the median, with the least and the most where there are several."""
    middle = f"{statistics.median(values):.2f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.2f}-{max(values):.2f})"
