"""Constants: NULL, true and false, texts and numbers."""

from __future__ import annotations

import math
from decimal import Decimal

from sqlglot import exp

from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.engines.dialects.translation.translation import Translation, translates
from airflow_mlquality.measurements import LogicalType


@translates(exp.Null)
def null(translation: Translation, node: exp.Expr) -> Term:  # noqa: ARG001  one signature
    """Return NULL."""
    return Term("NULL", LogicalType.NULL)


@translates(exp.Boolean, knows="this")
def boolean(translation: Translation, node: exp.Expr) -> Term:
    """Return true or false."""
    return truth(translation, value=bool(node.this))


def truth(translation: Translation, *, value: bool) -> Term:
    """Return true or false."""
    if translation.dialect.has_booleans:
        return Term("TRUE" if value else "FALSE", LogicalType.BOOLEAN, value)
    return Term("(1 = 1)" if value else "(1 = 0)", LogicalType.BOOLEAN, value, is_predicate=True)


@translates(exp.Literal, knows="this is_string")
def literal(translation: Translation, node: exp.Expr) -> Term:
    """Return a text or a number."""
    return (
        text(translation, node.name) if node.args["is_string"] else number(translation, Decimal(node.name), node.name)
    )


def text(translation: Translation, value: str) -> Term:
    """Return a text."""
    return Term(translation.dialect.literal(value), LogicalType.STRING, value)


def number(translation: Translation, value: Decimal, written: str = "") -> Term:
    """Return a number: whole, decimal, or a float where it is written with an exponent."""
    written = (written or str(value)).upper()
    if "E" in written:
        return float_constant(translation, float(value))
    type_ = LogicalType.DECIMAL if "." in written else LogicalType.INTEGER
    return Term(f"({written})" if written.startswith("-") else written, type_, value)


def float_constant(translation: Translation, value: float) -> Term:
    """Return a double."""
    return Term(translation.dialect.double(value), LogicalType.FLOAT, Decimal(value), may_be_nan=math.isnan(value))
