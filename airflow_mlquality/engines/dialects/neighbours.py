"""Rows and the ones before them, as a statement with a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_mlquality.engines.dialects.base import Listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlglot import exp

    from airflow_mlquality.engines.dialects.base import Dialect


def neighbour_pairs(dialect: Dialect, tree: exp.Expr, text: Callable[[exp.Expr], str]) -> Listed:
    """Return the statement of a `sql.NeighbourPairs`.

    Parameters
    ----------
    text
        Writes an expression over one row, of which nothing is true or false.
    """
    value, order = text(tree.this), text(tree.args["by"])
    per = [dialect.group_key(text(each)) for each in tree.args.get("per") or ()]
    within = f"PARTITION BY {', '.join(f'p{number}' for number in range(len(per)))} " if per else ""
    selected = ", ".join([f"{value} AS v", f"{order} AS o", *(f"{each} AS p{i}" for i, each in enumerate(per))])

    def statement(relation: str) -> str:
        rows = f"SELECT {selected} FROM {relation} WHERE {value} IS NOT NULL AND {order} IS NOT NULL"
        last = f"SELECT v, LAG(v) OVER ({within}ORDER BY o, v) AS former FROM ({rows}) picked"
        falls, equal = (f"COUNT(CASE WHEN v {operator} former THEN 1 END)" for operator in ("<", "="))
        return f"SELECT COUNT(former), {falls}, {equal} FROM ({last}) followed"

    return Listed(statement)
