"""Some of the rows, the same ones again, as a statement of DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_mlquality.engines.dialects.base import Listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlglot import exp

SEED = 20_240_501


def sampled_rows(tree: exp.Expr, relations: Mapping[str, str], text: Callable[[exp.Expr], str]) -> Listed:
    """Return the statement of a `sql.SampledRows`.

    Rows are taken in the order of a hash of their number: of their values it would be equal for equal rows, which
    would then be all in the sample or all out of it.

    Parameters
    ----------
    text
        Writes an expression over one row.
    """
    values = [f"{text(each)} AS v{number}" for number, each in enumerate(tree.expressions)]
    names = ", ".join(f"v{number}" for number in range(len(values)))
    limit, other = int(tree.args["limit"]), tree.args.get("relation")

    def statement(relation: str) -> str:
        rows = relations[other] if other else relation
        numbered = f"SELECT {', '.join(values)}, ROW_NUMBER() OVER () AS number FROM {rows}"
        return f"SELECT {names} FROM ({numbered}) numbered ORDER BY HASH(number + {SEED}), number LIMIT {limit}"

    return Listed(statement)
