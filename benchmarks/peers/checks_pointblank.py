"""The checks with Pointblank, on a Polars frame.

python benchmarks/peers/checks_pointblank.py FILE ANSWER
"""

from __future__ import annotations

import sys

import pointblank as pb
import polars as pl
from asked import KEY_IS_UNIQUE, PAIRS, answer
from orders import COLUMNS, KEY, PATTERNS, RANGES, SETS

EXAMPLES = 5


def in_the_united_states(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the orders of one country."""
    return frame.filter(pl.col("country") == "US")


def main() -> None:
    """Interrogate the frame, and write which steps fail."""
    file, target = sys.argv[1:3]
    steps = pb.Validate(pl.read_parquet(file)).col_vals_not_null(columns=list(COLUMNS))
    names = [f"{name}.not_null" for name in COLUMNS]
    for name, (low, high) in RANGES.items():
        steps = steps.col_vals_between(columns=name, left=low, right=high, na_pass=True)
        names.append(f"{name}.between")
    for name, pattern in PATTERNS.items():
        steps = steps.col_vals_regex(columns=name, pattern=f"^{pattern}$", na_pass=True)
        names.append(f"{name}.matches")
    for name, values in SETS.items():
        steps = steps.col_vals_in_set(columns=name, set=list(values))
        names.append(f"{name}.accepted_values")
    steps = steps.rows_distinct(columns_subset=[KEY])
    names.append(KEY_IS_UNIQUE)
    for name, (high, low) in PAIRS.items():
        steps = steps.col_vals_ge(columns=high, value=pb.col(low), na_pass=True)
        names.append(name)
    steps = steps.col_vals_in_set(columns="currency", set=["USD"], pre=in_the_united_states)
    names.append("united_states_pay_in_dollars")
    done = steps.interrogate(get_first_n=EXAMPLES).validation_info
    named = list(zip(names, done, strict=True))
    wrong = [name for name, step in named if step.eval_error]
    answer(target, len(done), [name for name, step in named if not step.all_passed], wrong)


if __name__ == "__main__":
    main()
