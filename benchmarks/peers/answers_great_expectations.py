"""What Great Expectations says of the tables of `answers.py`, on a pandas frame.

python benchmarks/peers/answers_great_expectations.py TABLES
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd


def main() -> None:
    """Print the answers."""
    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    frame = pd.DataFrame({name: asked[name] for name in ("amount", "kind", "key")})
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("answers").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    expectations = {
        "share out of range": gxe.ExpectColumnValuesToBeBetween(column="amount", min_value=60, max_value=140),
        "share of nulls": gxe.ExpectColumnValuesToNotBeNull(column="amount"),
        "share out of a set": gxe.ExpectColumnValuesToBeInSet(column="kind", value_set=["red", "green", "blue"]),
        "share not matching": gxe.ExpectColumnValuesToMatchRegex(column="kind", regex="^[a-z]{3,4}$"),
        "share of repeated keys": gxe.ExpectColumnValuesToBeUnique(column="key"),
    }
    answers = {}
    for name, expectation in expectations.items():
        result = batch.validate(expectation).result
        judged = result["element_count"] - result.get("missing_count", 0)
        answers[name] = result["unexpected_count"] / judged
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
