"""Time ways to ask DuckDB for the same fact, to know which one the engine should write.

`python benchmarks/formulations.py 1m fused sets` prints CPU seconds (all threads, median of the repeats) and peak
memory of every way in these groups of `ways.py`; without a group, of all.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb
from by_hand_w1 import connect
from orders import HERE, SIZES, path_of
from ways import GROUPS


def high_water() -> float:
    """Return the peak of resident memory in MiB since the last reset."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def reset_high_water() -> None:
    """Let the peak of resident memory start anew."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def cost(statements: Sequence[str], repeats: int) -> tuple[float, float]:
    """Return median CPU seconds and peak MiB of statements in a database of their own."""
    seconds: list[float] = []
    peak = 0.0
    for _ in range(repeats):
        con = connect()
        reset_high_water()
        before = time.process_time()
        for statement in statements:
            con.execute(statement).fetchall()
        seconds.append(time.process_time() - before)
        peak = max(peak, high_water())
        con.close()
    return statistics.median(seconds), peak


def main() -> None:
    """Time the groups that the command line names."""
    parser = argparse.ArgumentParser(description="Time ways to ask DuckDB for the same fact.")
    parser.add_argument("size", choices=list(SIZES))
    parser.add_argument("groups", nargs="*", help=f"of {', '.join(GROUPS)}")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    subprocess.run((sys.executable, str(HERE / "generate.py"), given.size), check=True)
    table = f"read_parquet('{path_of(given.size, 'current')}')"
    for name in given.groups or GROUPS:
        print(f"\n| {name}, {given.size} | CPU s | MiB |\n|---|---|---|")
        for way, statements in GROUPS[name](table, connect()).items():
            try:
                seconds, peak = cost(statements, given.repeats)
            except duckdb.Error as error:
                print(f"| {way} | {str(error).splitlines()[0]} | |", flush=True)
            else:
                print(f"| {way} | {seconds:.2f} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
