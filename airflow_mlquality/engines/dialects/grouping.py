"""Groups of rows as a statement of an engine: a step reads the one before it by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_mlquality.engines.dialects.base import Listed
from airflow_mlquality.measurements import Column, LogicalType, Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlglot import exp

    from airflow_mlquality.engines.dialects.base import Dialect

    Typed = tuple[str, LogicalType]
    Texts = Callable[[exp.Expr, Schema], Typed]
    """How an expression is written, and of what type its value is."""


def grouped_rows(
    dialect: Dialect, tree: exp.Expr, schema: Schema, texts: Texts, condition: Callable[[exp.Expr, Schema], str]
) -> Listed:
    """Return the statement of a `sql.GroupedRows`.

    Parameters
    ----------
    texts
        Writes a key or an aggregate.
    condition
        Writes what picks rows.
    """
    *inner, last = tree.expressions
    limit = int(tree.args["limit"]) + 1
    layers: list[Callable[[str], str]] = []
    for step in inner:
        layer, schema = _layer(dialect, step, schema, texts, condition)
        layers.append(layer)
    selected, rest, columns = _parts(dialect, last, schema, texts, condition)

    def statement(relation: str) -> str:
        steps = []
        for number, layer in enumerate(layers):
            steps.append(f"mlq_step{number} AS ({layer(relation)})")
            relation = f"mlq_step{number}"
        named = f"WITH {', '.join(steps)} " if steps else ""
        return named + dialect.limited(", ".join(selected), rest(relation, ordered=True), limit)

    truths = frozenset(place for place, column in enumerate(columns) if column.type is LogicalType.BOOLEAN)
    return Listed(statement, truths)


def _layer(
    dialect: Dialect, step: exp.Expr, schema: Schema, texts: Texts, condition: Callable[[exp.Expr, Schema], str]
) -> tuple[Callable[[str], str], Schema]:
    selected, rest, columns = _parts(dialect, step, schema, texts, condition)
    named = [_named(dialect, place, column) for place, column in enumerate(columns)]

    def layer(relation: str) -> str:
        grouped = f"SELECT {', '.join(selected)} {rest(relation, ordered=False)}"
        return f"SELECT {', '.join(named)} FROM ({grouped}) named"

    return layer, Schema(columns)


def _named(dialect: Dialect, place: int, column: Column) -> str:
    """Return a column of a step under the name by which the next one reads it."""
    value = dialect.truth(_alias(place)) if column.type is LogicalType.BOOLEAN else _alias(place)
    return f"{value} AS {dialect.quoted(column.name)}"


def _alias(place: int) -> str:
    """Return a name that no column has that is read: some engines look for names among the results first."""
    return f"mlq{place}"


def _parts(
    dialect: Dialect, step: exp.Expr, schema: Schema, texts: Texts, condition: Callable[[exp.Expr, Schema], str]
) -> tuple[list[str], Callable[..., str], tuple[Column, ...]]:
    """Return what a step selects, how the statement goes on, and the columns that it gives."""
    keys = [texts(key, schema) for key in step.args["keys"]]
    values = [texts(value, schema) for value in step.args["values"]]
    grouped = [dialect.group_key(text) for text, _ in keys]
    named = [(f"k{place}", dialect.key_shown(text), type_) for place, (text, type_) in enumerate(keys)]
    named += [(f"v{place}", text, type_) for place, (text, type_) in enumerate(values)]
    selected = [f"{text} AS {_alias(place)}" for place, (_, text, _) in enumerate(named)]
    where = f" WHERE {condition(step.args['where'], schema)}" if step.args.get("where") else ""

    def rest(relation: str, *, ordered: bool) -> str:
        by = f" GROUP BY {', '.join(grouped)}" if grouped else ""
        order = f" ORDER BY {', '.join(_order(dialect, values, grouped))}" if ordered and grouped else ""
        return f"FROM {relation}{where}{by}{order}"

    return selected, rest, tuple(Column(name, type_) for name, _, type_ in named)


def _order(dialect: Dialect, values: Sequence[Typed], grouped: Sequence[str]) -> list[str]:
    first = [f"{text} DESC" for text, _ in values[:1]]
    return [*first, *(dialect.key_shown(key) for key in grouped)]
