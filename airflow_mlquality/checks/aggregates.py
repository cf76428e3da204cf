"""Numbers of a whole table or segment: sums, means and counts, and arithmetic between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from airflow_mlquality.checks.admission import DEEPEST, LONGEST, admit
from airflow_mlquality.errors import AdmissionError
from airflow_mlquality.measurements import LogicalType, sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.measurements import Schema
    from airflow_mlquality.measurements.groups import Cell

_AGGREGATES = (exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Count, exp.CountIf)
_SUMMED = re.compile(r'^(?:SUM|MIN|MAX)\(CASE WHEN ISFINITE\(CAST\("([^"]+)" AS DOUBLE\)\)')
_COUNTED = (LogicalType.BOOLEAN, LogicalType.NULL)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div)


@dataclass(frozen=True)
class Aggregate:
    """An admitted expression over the rows of a table.

    Parameters
    ----------
    tree
        Arithmetic whose leaves are numbers, and columns named after the place of an aggregate in `values`.
    values
        SQL of the aggregates that add up, in the dialect of `measurements.sql`.
    columns
        Names of the columns that it reads, in their order.
    """

    tree: exp.Expr
    values: tuple[str, ...]
    columns: tuple[str, ...]

    def not_numbers(self, schema: Schema) -> list[str]:
        """Return the columns that are summed as they are, and are no numbers; a column without any value may be one."""
        return [
            name
            for text in self.values
            for name in _SUMMED.findall(text)
            if name in schema and not (schema[name].type.is_number or schema[name].type in _COUNTED)
        ]

    def of(self, found: Sequence[Cell]) -> float | None:
        """Return the number for what the aggregates gave; None where one has no value, or a divisor is 0."""
        return _number(self.tree, found)


def aggregate(expression: str) -> Aggregate:
    """Return an expression such as ``sum(price) / count(*)``.

    Raises
    ------
    AdmissionError
        When it cannot be read, or is made of more than aggregates and arithmetic between them.

    Examples
    --------
    >>> clicks = aggregate("sum(clicks) / count(*)")
    >>> clicks.columns, clicks.of([30.0, 60]), clicks.of([30.0, 0])
    (('clicks',), 0.5, None)
    """
    return _aggregate(expression)


@lru_cache(maxsize=256)
def _aggregate(expression: str) -> Aggregate:
    if len(expression) > LONGEST:
        raise AdmissionError.of_aggregate(expression, f"it is longer than {LONGEST:,} characters")
    if any(mark in expression for mark in ("--", "/*", ";")):
        raise AdmissionError.of_aggregate(expression, "a comment or a second statement is not allowed")
    try:
        parsed = sqlglot.parse_one(expression, dialect=sql.DIALECT)
    except (SqlglotError, RecursionError):
        raise AdmissionError.of_aggregate(expression, "it cannot be read") from None
    values: dict[str, None] = {}
    columns: dict[str, None] = {}
    tree = _leaves(expression, parsed, values, columns, depth=0)
    if not values:
        raise AdmissionError.of_aggregate(expression, "it aggregates nothing")
    return Aggregate(tree, tuple(values), tuple(columns))


def _leaves(whole: str, node: exp.Expr, values: dict[str, None], columns: dict[str, None], *, depth: int) -> exp.Expr:
    """Return arithmetic over the places of its aggregates."""
    if depth > DEEPEST:
        raise AdmissionError.of_aggregate(whole, "it nests too deep")
    if isinstance(node, exp.Paren | exp.Neg):
        return type(node)(this=_leaves(whole, node.this, values, columns, depth=depth + 1))
    if type(node) in _ARITHMETIC:
        sides = [_leaves(whole, each, values, columns, depth=depth + 1) for each in (node.this, node.expression)]
        return type(node)(this=sides[0], expression=sides[1])
    if isinstance(node, exp.Literal) and not node.is_string:
        return node.copy()
    if type(node) in _AGGREGATES:
        return _sums(whole, node, values, columns)
    text = node.sql(dialect=sql.DIALECT)
    raise AdmissionError.of_aggregate(whole, f"'{text}' is not allowed outside of an aggregate")


def _sums(whole: str, node: exp.Expr, values: dict[str, None], columns: dict[str, None]) -> exp.Expr:
    """Return an aggregate as those that add up; a mean is a sum over a count."""
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
        return _place("COUNT(*)", values)
    if isinstance(node, exp.CountIf):
        condition = _admitted(whole, sql.text(node.this), columns)
        return _place(sql.text(exp.CountIf(this=condition)), values)
    if isinstance(node, exp.Count):
        return _count(whole, node, values, columns)
    value = f"CAST({sql.text(_value(whole, node.this, columns))} AS DOUBLE)"
    finite = f"CASE WHEN ISFINITE({value}) THEN {value} END"
    if isinstance(node, exp.Avg):
        total, count = (_place(f"{name}({finite})", values) for name in ("SUM", "COUNT"))
        return exp.Paren(this=exp.Div(this=total, expression=count))
    return _place(f"{node.key.upper()}({finite})", values)


def _count(whole: str, node: exp.Count, values: dict[str, None], columns: dict[str, None]) -> exp.Expr:
    if not isinstance(node.this, exp.Distinct):
        return _place(f"COUNT({sql.text(_value(whole, node.this, columns))})", values)
    if len(node.this.expressions) != 1:
        raise AdmissionError.of_aggregate(whole, "'count(distinct …)' takes one value here")
    return _place(f"COUNT(DISTINCT {sql.text(_value(whole, node.this.expressions[0], columns))})", values)


def _value(whole: str, node: exp.Expr, columns: dict[str, None]) -> exp.Expr:
    """Return an expression over one row, admitted as a rule is."""
    value: exp.Expr = _admitted(whole, f"({sql.text(node)}) IS NULL", columns).this.unnest()
    return value


def _admitted(whole: str, condition: str, columns: dict[str, None]) -> exp.Expr:
    try:
        tree = admit(condition)
    except AdmissionError as refused:
        raise AdmissionError.of_aggregate(whole, f"in an aggregate, {refused.what}") from None
    columns |= dict.fromkeys(each.name for each in tree.find_all(exp.Column))
    return tree


def _place(text: str, values: dict[str, None]) -> exp.Expr:
    values.setdefault(text, None)
    return exp.column(f"v{list(values).index(text)}")


def _number(node: exp.Expr, found: Sequence[Cell]) -> float | None:
    if isinstance(node, exp.Literal):
        return float(node.name)
    if isinstance(node, exp.Column):
        value = found[int(node.name[1:])]
        return float(value) if isinstance(value, int | float) else None
    if isinstance(node, exp.Paren | exp.Neg):
        inner = _number(node.this, found)
        return inner if inner is None or isinstance(node, exp.Paren) else -inner
    left, right = _number(node.this, found), _number(node.expression, found)
    return None if left is None or right is None else _combined(node, left, right)


def _combined(node: exp.Expr, left: float, right: float) -> float | None:
    if isinstance(node, exp.Div):
        return left / right if right else None
    if isinstance(node, exp.Mul):
        return left * right
    return left + right if isinstance(node, exp.Add) else left - right
