"""Where the dialect of `measurements.sql` means something else than DuckDB does with the same words.

A division by zero is NULL and no error, nor an infinity; so is a root, a power or a logarithm that does not exist. A
difference in weeks counts Mondays, as one in months counts firsts. Times are cut down to the microsecond, not rounded.
A value that cannot be cast is NULL, and a text such as `infinity` is no date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from airflow_mlquality.engines.dialects.cards import luhn_fits
from airflow_mlquality.engines.dialects.ibans import in_halves
from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_mlquality.measurements import Schema

_NANOSECONDS = "TIMESTAMP_NS"
_POINTS_IN_TIME = (exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMPTZ)
_ALL_VALUES = (exp.DType.TEXT, exp.DType.VARCHAR)
"""Types that every value can be cast to."""


def with_meaning(tree: exp.Expr, schema: Schema) -> exp.Expr:
    """Return a tree that means in DuckDB what the given one means in the dialect of `measurements.sql`."""
    if not any(_differs(node, schema) for node in tree.walk()):
        return tree
    whole = exp.paren(tree)
    for node in reversed(list(whole.walk())):  # what lies inside comes first
        if _differs(node, schema):
            node.replace(_FORMS[type(node)](node.copy()))
    return whole.this  # type: ignore[no-any-return]  # sqlglot's arguments are of any type


def _differs(node: exp.Expr, schema: Schema) -> bool:
    if isinstance(node, exp.Anonymous):
        name = node.name.lower()
        return name in _CALLS or (name == "epoch_us" and _is_in_nanoseconds(node.expressions[0], schema))
    if isinstance(node, exp.Div | exp.IntDiv | exp.Mod):
        return not _is_other_than_zero(node.expression)
    if isinstance(node, exp.TryCast):
        return node.to.this in _POINTS_IN_TIME
    if isinstance(node, exp.Cast):
        return _may_fail(node, schema)
    if isinstance(node, exp.DateDiff):
        return str(node.args.get("unit") or "").upper().strip("'") == "WEEK"
    return type(node) in _FORMS


def _may_fail(cast: exp.Cast, schema: Schema) -> bool:
    """Return whether there may be a value that is none of the type; that a constant is one is the writer's to see."""
    if isinstance(cast.this, exp.Literal | exp.Array) or cast.to.this in _ALL_VALUES:
        return False
    texts = (column.name in schema and schema[column.name].type == "string" for column in cast.find_all(exp.Column))
    return cast.to.this is not exp.DType.DOUBLE or any(texts)


def _is_in_nanoseconds(time: exp.Expr, schema: Schema) -> bool:
    return isinstance(time, exp.Column) and time.name in schema and schema[time.name].native == _NANOSECONDS


def _is_other_than_zero(divisor: exp.Expr) -> bool:
    """Return whether a divisor is a constant, and already one that divides."""
    inner = divisor.unnest()
    if isinstance(inner, exp.Nullif):
        return True
    return isinstance(inner, exp.Literal) and not inner.is_string and float(inner.name) != 0


def _divided(node: exp.Expr) -> exp.Expr:
    node.set("expression", exp.Nullif(this=node.expression, expression=exp.Literal.number(0)))
    return node


def _root(node: exp.Expr) -> exp.Expr:
    exists = exp.GTE(this=exp.paren(node.this), expression=exp.Literal.number(0))
    return exp.case().when(exists, node).else_(exp.null())


def _logarithm(node: exp.Expr) -> exp.Expr:
    value = node.args.get("expression") or node.this
    exists = exp.GT(this=exp.paren(value), expression=exp.Literal.number(0))
    return exp.case().when(exists, node).else_(exp.null())


def _power(node: exp.Expr) -> exp.Expr:
    """Return a power, NULL where it is a division by zero or a root of a negative number."""
    if isinstance(node.this, exp.Literal) and node.this.is_number and float(node.this.name) > 0:
        return node
    base, exponent = (sql.text(exp.paren(node.args[name])) for name in ("this", "expression"))
    none = sql.condition(f"({base} = 0 AND {exponent} < 0) OR ({base} < 0 AND {exponent} <> FLOOR({exponent}))")
    return exp.case().when(none, exp.null()).else_(node)


def _tried(node: exp.Expr) -> exp.Expr:
    tried = exp.TryCast(this=node.this, to=node.args["to"])
    return _read_time(tried) if tried.to.this in _POINTS_IN_TIME else tried


def _read_time(node: exp.Expr) -> exp.Expr:
    return exp.case().when(sql.function("isfinite", node.copy()), node).else_(exp.null())


def _weeks(node: exp.Expr) -> exp.Expr:
    """Return the difference of the Mondays before two times."""
    week = sql.literal("week")
    later, earlier = (sql.function("date_trunc", week.copy(), node.args[name]) for name in ("this", "expression"))
    return sql.function("date_diff", week, earlier, later)


def _cut_to_microseconds(node: exp.Expr) -> exp.Expr:
    """Return nanoseconds as the microsecond below, before 1970 too; DuckDB's own way rounds."""
    nanoseconds = sql.text(sql.function("epoch_ns", node.expressions[0]))
    return exp.paren(sql.condition(f"({nanoseconds} - (({nanoseconds} % 1000) + 1000) % 1000) // 1000"))


def _called(node: exp.Expr) -> exp.Expr:
    if meant := _CALLS.get(node.name.lower()):
        return exp.paren(meant(node.expressions[0]))
    return _cut_to_microseconds(node)


def _digits(text: exp.Expr) -> exp.Expr:
    return exp.TryCast(this=text.copy(), to=exp.DataType.build("BIGINT", dialect=sql.DIALECT))


_CALLS = {sql.IBAN_FITS: in_halves, sql.CARD_FITS: luhn_fits, sql.DIGITS: _digits}


_FORMS: dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Div: _divided,
    exp.IntDiv: _divided,
    exp.Mod: _divided,
    exp.Sqrt: _root,
    exp.Ln: _logarithm,
    exp.Log: _logarithm,
    exp.Pow: _power,
    exp.Cast: _tried,
    exp.TryCast: _read_time,
    exp.DateDiff: _weeks,
    exp.Anonymous: _called,
}
