"""The flights as a table of PostgreSQL, for the example that reads them there."""

from __future__ import annotations

from typing import Any

FLIGHTS = """
    drop table if exists analytics.flights;
    create table analytics.flights (
        year integer, month integer, day integer,
        dep_time integer, sched_dep_time integer, dep_delay integer,
        arr_time integer, sched_arr_time integer, arr_delay integer,
        carrier text, flight integer, tailnum text, origin text, dest text,
        air_time integer, distance integer, hour integer, minute integer, time_hour timestamptz
    )
"""


def load(hook: Any, path: str) -> None:
    """Make the table anew from a CSV file of flights.

    Parameters
    ----------
    hook
        A `PostgresHook`.
    path
        The file; `NA` stands for a missing value.
    """
    hook.run(["create schema if not exists analytics", *FLIGHTS.split(";")])
    hook.copy_expert("copy analytics.flights from stdin with (format csv, header, null 'NA')", path)
