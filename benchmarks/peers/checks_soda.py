# ruff: noqa: S608  every name in the statement is one of orders.py
"""The checks as a contract of Soda Core, on DuckDB over a view of the file.

python benchmarks/peers/checks_soda.py FILE ANSWER
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
from asked import KEY_IS_UNIQUE, ROW_RULES, answer
from orders import COLUMNS, KEY, PATTERNS, RANGES, RULES, SETS
from soda_core.contracts import verify_contract_locally


def contract() -> dict[str, Any]:
    """Return the contract; its YAML is written as JSON, which YAML includes."""
    columns = [{"name": name, "checks": checks_of(name)} for name in COLUMNS]
    rules = [
        {"failed_rows": {"name": name, "qualifier": name, "expression": f"NOT ({RULES[name]})"}} for name in ROW_RULES
    ]
    return {"dataset": "orders/main/orders", "columns": columns, "checks": rules}


def checks_of(name: str) -> list[dict[str, Any]]:
    """Return the checks of a column, each with the name that it has everywhere else."""
    checks: list[dict[str, Any]] = [{"missing": {"name": f"{name}.not_null"}}]
    if name == KEY:
        checks.append({"duplicate": {"name": KEY_IS_UNIQUE}})
    if name in RANGES:
        low, high = RANGES[name]
        checks.append({"invalid": {"name": f"{name}.between", "valid_min": low, "valid_max": high}})
    if name in PATTERNS:
        form = {"regex": f"^{PATTERNS[name]}$", "name": "form"}
        checks.append({"invalid": {"name": f"{name}.matches", "valid_format": form}})
    if name in SETS:
        checks.append({"invalid": {"name": f"{name}.accepted_values", "valid_values": list(SETS[name])}})
    return checks


def main() -> None:
    """Verify the contract, and write which checks fail."""
    logging.disable(logging.INFO)
    file, target = sys.argv[1:3]
    with tempfile.TemporaryDirectory(prefix="peers-soda-") as folder:
        base, source, stated = (Path(folder) / name for name in ("orders.duckdb", "source.yml", "contract.yml"))
        with duckdb.connect(str(base)) as con:
            con.execute(f"CREATE VIEW orders AS SELECT * FROM read_parquet('{file}')")
        source.write_text(json.dumps({"type": "duckdb", "name": "orders", "connection": {"database": str(base)}}))
        stated.write_text(json.dumps(contract()))
        done = verify_contract_locally(data_source_file_path=str(source), contract_file_path=str(stated), publish=False)
    results = [result for each in done.contract_verification_results for result in each.check_results]
    named = [(result.check.name, str(result.outcome).rpartition(".")[2]) for result in results]
    unjudged = [f"{name} {outcome}" for name, outcome in named if outcome not in ("PASSED", "FAILED")]
    answer(target, len(results), [name for name, outcome in named if outcome == "FAILED"], unjudged)


if __name__ == "__main__":
    main()
