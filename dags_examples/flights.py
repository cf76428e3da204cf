"""What the example DAGs share: where the flights lie, and the features made of them.

The data are the 336,776 flights that left New York in 2013, a CSV file per day and per month, as
`scripts/flight_data.py` laid them out. 17 July is dirty on purpose: its air times are in seconds, its origins in lower
case.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

DATA = os.environ.get("MLQUALITY_EXAMPLES_DATA", "data")

PAST = f"{DATA}/months/2013-0[1-6].csv"
"""The first half of the year: what models learn from."""

LAST_MONTH = f"{DATA}/months/2013-06.csv"
"""A reference that is recent enough to be like July."""

CLEAN_DAY = "2013-07-16"

FEATURES = """
    select carrier, origin, hour, distance, dep_delay, air_time, arr_delay > 15 as delayed
    from read_csv($source, nullstr = 'NA')
    where arr_delay is not null
    order by time_hour, carrier, flight
"""
"""Known when a flight takes off; its air time stands for that of the flight plan. Late means 16 minutes or more."""


def features(*sources: str) -> dict[str, NDArray[Any]]:
    """Return the features of all flights of some files."""
    import duckdb

    columns = duckdb.execute(FEATURES, {"source": list(sources)}).fetchnumpy()
    return {**columns, "delayed": columns["delayed"].astype(float)}


@contextmanager
def replaced(target: Path) -> Iterator[Path]:
    """Yield the file to write, which takes the place of another once it is whole; tasks may do so at the same time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{uuid4().hex}{target.suffix}")
    yield half
    half.replace(target)


def write_features(source: str, name: str) -> str:
    """Write the features of all flights of a file as Parquet and return the Parquet file."""
    import duckdb

    target = Path(DATA) / "features" / f"{name}.parquet"
    with replaced(target) as half:
        duckdb.execute(f"copy ({FEATURES}) to '{half}'", {"source": source})
    return str(target)


SLIPS = """
    copy (
        select * exclude (number)
            replace (if(number % 50 = 0, (try_cast(air_time as integer) * 60)::varchar, air_time) as air_time)
        from (select *, row_number() over () as number from read_csv($source, all_varchar = true))
        union all
        (select * from read_csv($source, all_varchar = true) limit 5)
    ) to '{target}' (header)
"""
"""Every fiftieth air time in seconds, and the first five flights twice."""


def deliver_with_slips(day: str) -> str:
    """Write a day's flights with a few bad rows and return the CSV file."""
    import duckdb

    target = Path(DATA) / "in" / f"{day}.csv"
    with replaced(target) as half:
        duckdb.execute(SLIPS.format(target=half), {"source": f"{DATA}/days/{day}.csv"})
    return str(target)


def drop_cancelled(path: str, day: str) -> dict[str, str]:
    """Write the flights of a Parquet file that departed, and those that did not; return both files by name."""
    import duckdb

    files = {name: Path(DATA) / name / f"{day}.parquet" for name in ("flown", "cancelled")}
    for name, wanted in (("flown", "is not null"), ("cancelled", "is null")):
        with replaced(files[name]) as half:
            duckdb.read_parquet(path).filter(f"dep_time {wanted}").write_parquet(str(half))
    return {name: str(file) for name, file in files.items()}
