"""The checks as a schema of Pandera, on a Polars frame; every check is judged (lazy=True).

python benchmarks/peers/checks_pandera.py FILE ANSWER
"""

from __future__ import annotations

import sys

import pandera.polars as pa
import polars as pl
from asked import KEY_IS_UNIQUE, NUMBER_OF_CHECKS, PAIRS, ROW_RULES, answer
from orders import COLUMNS, KEY, PATTERNS, RANGES, SETS

KINDS = (
    ("not_nullable", "not_null"),
    ("field_uniqueness", "unique"),
    ("in_range", "between"),
    ("str_matches", "matches"),
    ("isin", "accepted_values"),
)
"""How the text that Pandera gives a check begins, and our word for it."""


def rule(name: str, broken: pl.Expr) -> pa.Check:
    """Return a check of whole rows; a comparison with NULL breaks nothing."""
    return pa.Check(lambda data: data.lazyframe.select(~broken.fill_null(value=False)), name=name)


def schema() -> pa.DataFrameSchema:
    """Return what must hold."""
    columns = {}
    for name in COLUMNS:
        checks = []
        if name in RANGES:
            checks.append(pa.Check.in_range(*RANGES[name]))
        if name in PATTERNS:
            checks.append(pa.Check.str_matches(f"^{PATTERNS[name]}$"))
        if name in SETS:
            checks.append(pa.Check.isin(SETS[name]))
        columns[name] = pa.Column(None, checks=checks, nullable=False, unique=name == KEY)
    rules = [rule(name, pl.col(high) < pl.col(low)) for name, (high, low) in PAIRS.items()]
    dollars = (pl.col("country") == "US") & (pl.col("currency") != "USD")
    return pa.DataFrameSchema(columns, checks=[*rules, rule("united_states_pay_in_dollars", dollars)])


def named_as(column: str | None, check: str) -> str:
    """Return our name of a check that failed."""
    if check in ROW_RULES:
        return check
    if check.startswith("field_uniqueness"):
        return KEY_IS_UNIQUE
    kind = next((word for begins, word in KINDS if check.startswith(begins)), check)
    return f"{column}.{kind}"


def main() -> None:
    """Validate the frame, and write which checks fail."""
    file, target = sys.argv[1:3]
    found: list[str] = []
    try:
        schema().validate(pl.read_parquet(file), lazy=True)
    except pa.errors.SchemaErrors as errors:
        failed = errors.failure_cases.select("column", "check").unique().rows()
        found = [named_as(column, check) for column, check in failed]
    answer(target, NUMBER_OF_CHECKS, found)


if __name__ == "__main__":
    main()
