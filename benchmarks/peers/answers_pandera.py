"""What Pandera says of the tables of `answers.py`, on a Polars frame.

python benchmarks/peers/answers_pandera.py TABLES
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandera.polars as pa
import polars as pl


def share(frame: pl.DataFrame, name: str, column: pa.Column) -> float:
    """Return the share of the judged rows that fail one check."""
    try:
        pa.DataFrameSchema({name: column}).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as failed:
        judged = frame.height if column.nullable is False or column.unique else frame[name].drop_nulls().len()
        return failed.failure_cases.height / judged
    return 0.0


def main() -> None:
    """Print the answers."""
    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    frame = pl.DataFrame({name: asked[name] for name in ("amount", "kind", "key")})
    colours = ["red", "green", "blue"]
    pattern = pa.Check.str_matches("^[a-z]{3,4}$")
    answers = {
        "share out of range": share(frame, "amount", pa.Column(None, pa.Check.in_range(60, 140), nullable=True)),
        "share of nulls": share(frame, "amount", pa.Column(None, nullable=False)),
        "share out of a set": share(frame, "kind", pa.Column(None, pa.Check.isin(colours), nullable=True)),
        "share not matching": share(frame, "kind", pa.Column(None, pattern, nullable=True)),
        "share of repeated keys": share(frame, "key", pa.Column(None, unique=True)),
    }
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
