"""Expressions that DuckDB works out in less time when they are written in another way, and that mean the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Callable

_CAPITALS = ("[A-Z]", "[A-Z][A-Z]", "[a-z][A-Z]")
"""Patterns that match no text without a capital letter of ASCII."""
_DECIMAL = "10"


def quick(tree: exp.Expr) -> exp.Expr:
    """Return a tree that means the same as the given one.

    >>> sql.text(quick(sql.condition("REGEXP_MATCHES(a, '[A-Z]') OR LOG10(b) > 1")))
    "CASE WHEN LOWER(a) = a THEN FALSE ELSE REGEXP_MATCHES(a, '[A-Z]') END OR LOG10(b) > 1"
    """
    if tree.find(exp.RegexpLike, exp.Log) is None:
        return tree
    return tree.transform(_quick)


def _quick(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Log) and node.expression and node.this.name == _DECIMAL:
        return sql.function("LOG10", node.expression)  # with a base it takes two logarithms
    if isinstance(node, exp.RegexpLike) and isinstance(node.expression, exp.Literal) and not node.args.get("flag"):
        written = PATTERNS.get(node.expression.name)
        return written(node) if written else node
    return node


def _with_capitals(node: exp.RegexpLike) -> exp.Expr:
    """Look for a pattern with a capital only where there is one; CASE works out nothing that it does not need."""
    text = node.this
    is_small = exp.EQ(this=exp.Lower(this=text.copy()), expression=text.copy())
    return exp.case().when(is_small, exp.false()).else_(node.copy())


def _beyond_ascii(node: exp.RegexpLike) -> exp.Expr:
    """Compare bytes and characters: only those of ASCII are one byte long."""
    return exp.paren(exp.NEQ(this=sql.function("strlen", node.this.copy()), expression=exp.Length(this=node.this)))


def _blank_at_an_end(node: exp.RegexpLike) -> exp.Expr:
    return exp.paren(_either(node.this, "starts_with", "ends_with", (" ", " ")))


def _line_end(node: exp.RegexpLike) -> exp.Expr:
    return exp.paren(_either(node.this, "contains", "contains", ("\n", "\r")))


def _either(text: exp.Expr, one: str, other: str, searched: tuple[str, str]) -> exp.Expr:
    calls = zip((one, other), searched, strict=True)
    return exp.or_(*(sql.function(name, text.copy(), sql.literal(each)) for name, each in calls))


PATTERNS: dict[str, Callable[[exp.RegexpLike], exp.Expr]] = {
    **dict.fromkeys(_CAPITALS, _with_capitals),
    r"[\x{80}-\x{10FFFF}]": _beyond_ascii,
    "^ | $": _blank_at_an_end,
    r"[\n\r]": _line_end,
}
"""Those of `measurements.texts` for which another question is asked, or asked first."""
