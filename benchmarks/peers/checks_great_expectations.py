"""The checks as a suite of Great Expectations, on a pandas frame.

python benchmarks/peers/checks_great_expectations.py FILE ANSWER
"""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from asked import KEY_IS_UNIQUE, PAIRS, answer
from orders import COLUMNS, KEY, PATTERNS, RANGES, SETS


def expectations() -> dict[str, Any]:
    """Return what is expected, by our names."""
    expected: dict[str, Any] = {f"{name}.not_null": gxe.ExpectColumnValuesToNotBeNull(column=name) for name in COLUMNS}
    for name, (low, high) in RANGES.items():
        expected[f"{name}.between"] = gxe.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high)
    for name, pattern in PATTERNS.items():
        expected[f"{name}.matches"] = gxe.ExpectColumnValuesToMatchRegex(column=name, regex=f"^{pattern}$")
    for name, values in SETS.items():
        expected[f"{name}.accepted_values"] = gxe.ExpectColumnValuesToBeInSet(column=name, value_set=list(values))
    expected[KEY_IS_UNIQUE] = gxe.ExpectColumnValuesToBeUnique(column=KEY)
    for name, (high, low) in PAIRS.items():
        expected[name] = gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=high, column_B=low, or_equal=True, ignore_row_if="either_value_is_missing"
        )
    expected["united_states_pay_in_dollars"] = gxe.ExpectColumnValuesToBeInSet(
        column="currency", value_set=["USD"], row_condition='country=="US"', condition_parser="pandas"
    )
    for name, expectation in expected.items():
        expectation.meta = {"name": name}
    return expected


def raised(result: Any) -> bool:
    """Say whether an expectation could not be judged."""
    told = result.exception_info or {}
    parts = [part for part in told.values() if isinstance(part, dict)]
    return any(part.get("raised_exception") for part in (told, *parts))


def main() -> None:
    """Validate the frame, and write which expectations fail."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    file, target = sys.argv[1:3]
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("files").add_dataframe_asset("orders")
    batch = asset.add_batch_definition_whole_dataframe("all")
    suite = context.suites.add(gx.ExpectationSuite("orders", expectations=list(expectations().values())))
    validation = context.validation_definitions.add(gx.ValidationDefinition(name="orders", data=batch, suite=suite))
    done = validation.run(batch_parameters={"dataframe": pd.read_parquet(file)}, result_format="SUMMARY")
    named = [(result.expectation_config.meta["name"], result) for result in done.results]
    wrong = [name for name, result in named if raised(result)]
    found = [name for name, result in named if not result.success and name not in wrong]
    answer(target, len(named), found, wrong)


if __name__ == "__main__":
    main()
