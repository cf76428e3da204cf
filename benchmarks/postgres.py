# ruff: noqa: S608  every name in the statements is one of orders.py
"""Measure the gate on PostgreSQL beside one statement by hand that gives the same counts.

    python benchmarks/postgres.py --size 1m --rounds 3

It starts a PostgreSQL of its own, loads the orders into it, and lets both ask in turn. A statement runs in one process
of the server, for parallel workers and JIT are off; what that process took of the CPU is read from the count that the
server keeps of its ended children. It ends with exit code 1 when the two did not find the same facts.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from generate import write_missing
from orders import COLUMNS, FLOATS, HERE, KEY, PATTERNS, RANGES, RULES, SETS, SIZES, path_of

sys.path.insert(0, str(HERE.parent))

from airflow_mlquality.audit import audit
from airflow_mlquality.contract import Contract
from airflow_mlquality.engines.database.connection import DatabaseEngine
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.plan import plan
from airflow_mlquality.engines.sources import Database
from airflow_mlquality.engines.stage import measure_stage
from airflow_mlquality.measurements.counts import STAGE
from tests.servers import Postgres

if TYPE_CHECKING:
    from airflow_mlquality.profile import Profile
    from airflow_mlquality.report import Report

TICKS = os.sysconf("SC_CLK_TCK")
TYPES = {
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "SMALLINT": "smallint",
    "DOUBLE": "double precision",
    "FLOAT": "real",
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "TIMESTAMP": "timestamp",
}


@dataclass(frozen=True)
class Took:
    """Seconds: by the clock, of the server's CPU, of this program's CPU."""

    wall: float
    server: float
    client: float


# ---- the table ----


def load(server: Postgres, path: Path) -> None:
    """Make the table of a Parquet file."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as text:
        columns = duckdb.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
        duckdb.execute(f"COPY (SELECT * FROM '{path}') TO '{text.name}' (HEADER false, NULLSTR '\\N')")
        declared = ", ".join(f"{name} {TYPES[type_]}" for name, type_, *_ in columns)
        server.execute(f"CREATE TABLE orders ({declared})")
        connection = server.connect()
        with Path(text.name).open(encoding="utf-8") as rows:
            connection.cursor().copy_expert(r"COPY orders FROM STDIN (FORMAT csv, NULL '\N')", rows)
        connection.commit()
        connection.autocommit = True
        connection.cursor().execute("VACUUM (FREEZE, ANALYZE) orders")
        connection.close()


# ---- by hand ----


def counts_by_hand() -> dict[str, str]:
    """Return the aggregates, by a name each."""
    asked = {"rows": "count(*)", "keyed": f"count({KEY})", "distinct": f"count(DISTINCT {KEY})"}
    asked |= {f"{name} present": f"count({name})" for name in COLUMNS}
    for name in FLOATS:
        asked[f"{name} nan"] = f"count(*) FILTER (WHERE {name} = 'NaN')"
    for name, (low, high) in RANGES.items():
        asked[f"{name}.between"] = f"count(*) FILTER (WHERE {name} < {low} OR {name} > {high})"
    for name, pattern in PATTERNS.items():
        asked[f"{name}.matches"] = f"count(*) FILTER (WHERE {name} !~ '^(?:{pattern})$')"
    for name, values in SETS.items():
        asked[f"{name}.accepted_values"] = f"count(*) FILTER (WHERE {name} NOT IN {values})"
    for name, rule in RULES.items():
        asked[name] = f"count(*) FILTER (WHERE NOT ({rule}))"
        asked[f"{name} unknown"] = f"count(*) FILTER (WHERE ({rule}) IS NULL)"
    return asked


def by_hand(server: Postgres) -> dict[str, int]:
    """Return the counts, of one statement."""
    asked = counts_by_hand()
    ((*found,),) = server.rows(f"SELECT {', '.join(asked.values())} FROM orders")
    return dict(zip(asked, found, strict=True))


# ---- by the gate ----


def orders_of(server: Postgres) -> Database:
    """Return the table as the gate knows it."""
    return Database(connect=server.connect, dialect="postgres", table="orders")


def by_gate(server: Postgres) -> Report:
    """Return the report, example rows included: those are one statement more per failed check."""
    return audit(HERE / "orders_w1.yaml", orders_of(server))


def facts_by_gate(server: Postgres) -> Profile:
    """Return the facts that the gate judges."""
    with DatabaseEngine(orders_of(server)) as engine:
        table = engine.open(STAGE, engine.source, Reading())
        planned = plan(Contract.of(HERE / "orders_w1.yaml").checks_for(""), table.schema, datetime.now(UTC))
        return measure_stage(engine, table, planned, {})


def differences(report: Report, hand: dict[str, int]) -> list[str]:
    """Return what the two count differently."""
    found = {verdict.id: verdict.evidence.get("violating") for verdict in report.verdicts}
    expected: dict[str, Any] = {name: hand[name] for name in (*RULES, *(key for key in hand if "." in key))}
    expected[f"{KEY}.unique"] = hand["keyed"] - hand["distinct"]
    for name in COLUMNS:
        missing = hand["rows"] - hand[f"{name} present"] + hand.get(f"{name} nan", 0)
        expected[next(each for each in (f"{name}.not_null", f"{name}.null_share") if each in found)] = missing
    return [
        f"{name}: {found.get(name)}, by hand {count}" for name, count in expected.items() if found.get(name) != count
    ]


# ---- what it takes ----


def timed(server: Postgres, ask: Any) -> tuple[Took, Any]:
    """Return what asking took, and what it gave."""
    wall, client, before = time.perf_counter(), time.process_time(), of_children(server)
    answer = ask(server)
    client, wall = time.process_time() - client, time.perf_counter() - wall
    time.sleep(0.3)  # until the server has noticed that its child has ended
    return Took(wall, of_children(server) - before, client), answer


def of_children(server: Postgres) -> float:
    """Return the seconds of CPU that the ended children of the server took."""
    if server.process is None:
        return math.nan
    fields = Path(f"/proc/{server.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / TICKS


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="1m")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    write_missing(chosen.size)
    with Postgres() as server:
        load(server, path_of(chosen.size, "current"))
        server.execute(
            "ALTER ROLE mlquality SET max_parallel_workers_per_gather = 0",
            "ALTER ROLE mlquality SET jit = off",
            "ALTER ROLE mlquality SET work_mem = '256MB'",
        )
        asked = {"by hand": by_hand, "mlquality, the facts": facts_by_gate, "mlquality, with examples": by_gate}
        took: dict[str, list[Took]] = {name: [] for name in asked}
        answers: dict[str, Any] = {}
        for number in range(1, chosen.rounds + 1):
            for name, ask in asked.items():
                cost, answers[name] = timed(server, ask)
                took[name].append(cost)
                print(f"{number}/{chosen.rounds} {name}: {cost}", file=sys.stderr)
    print("| what | wall s | server CPU s | client CPU s | CPU ratio |\n|---|---|---|---|---|")
    for name, costs in took.items():
        ratios = [
            (own.server + own.client) / (by.server + by.client) for own, by in zip(costs, took["by hand"], strict=True)
        ]
        cells = [statistics.median(getattr(cost, part) for cost in costs) for part in ("wall", "server", "client")]
        print(f"| {name} | {' | '.join(f'{cell:.2f}' for cell in (*cells, statistics.median(ratios)))} |")
    wrong = differences(answers["mlquality, with examples"], answers["by hand"])
    cost = answers["mlquality, with examples"].cost
    print(f"\n{cost.scans} statements of the gate read rows, {cost.queries} in all.", *wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
