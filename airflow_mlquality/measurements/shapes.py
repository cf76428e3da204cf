"""The shape of a column: exact counts on given bins, with NULL, NaN and infinities apart.

Bins come from the reference, so that the shapes of two stages compare cell by cell, and the shapes of two
partitions on the same bins merge exactly. A table without reference takes bins of its own from a sample first.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from decimal import Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sqlglot import exp

from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.base import CannotMergeError, Measurement
from airflow_mlquality.measurements.counts import NonFiniteCounts
from airflow_mlquality.measurements.numbers import epoch_us
from airflow_mlquality.measurements.schema import Column
from airflow_mlquality.measurements.types import LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.measurements.schema import Schema

Value = str | bool
ShapeKind = Literal["number", "category", "presence"]
Times = Literal["clock", "position"]


@dataclass(frozen=True)
class Bins:
    """Where a shape counts.

    Parameters
    ----------
    kind
        `number`: bins ``(edges[i - 1], edges[i]]``, open at both ends. `category`: one cell per value, and one
        for all others. `presence`: only whether there is a value.
    edges
        Increasing finite numbers. A frequent single value has a bin of its own, from the float below it to it.
    values
        Categories, the most frequent first.
    """

    kind: ShapeKind
    edges: tuple[float, ...] = ()
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class ShapeFact:
    """Counts of a column's values on bins.

    Parameters
    ----------
    bins
        Where was counted.
    counts
        One per bin of a number (``len(edges) + 1``), one per value of a category, one for presence.
    other
        Rows of a category that hold none of its values.
    nulls
        Rows without a value.
    non_finite
        Rows that are NaN or infinite.
    """

    bins: Bins
    counts: tuple[int, ...]
    other: int = 0
    nulls: int = 0
    non_finite: NonFiniteCounts = field(default_factory=NonFiniteCounts)

    @property
    def rows(self) -> int:
        """All rows, those without value included."""
        return sum(self.counts) + self.other + self.nulls + self.non_finite.total

    @property
    def values(self) -> int:
        """Rows that are counted in a cell, the one for other values included."""
        return sum(self.counts) + self.other

    @classmethod
    def empty(cls, bins: Bins) -> ShapeFact:
        """Return the counts of no rows."""
        cells = {"number": len(bins.edges) + 1, "category": len(bins.values), "presence": 1}[bins.kind]
        return cls(bins, (0,) * cells)


def shape_kind(column: Column) -> ShapeKind:
    """Return how the shape of a column is counted."""
    if column.type.is_number or column.type.is_time or column.type is LogicalType.TIME:
        return "number"
    if column.type in (LogicalType.STRING, LogicalType.BOOLEAN, LogicalType.UUID):
        return "category"
    return "presence"


def position(column: Column, times: Times) -> exp.Expr:
    """Return the value of a column that is binned as a number: a double, NULL where it is not finite.

    A timestamp's `clock` is its hour of the day in UTC; its `position` is in seconds since 1970-01-01 UTC.
    """
    reference = sql.col(column.name)
    if column.type is LogicalType.TIME:
        return exp.Div(this=epoch_us(reference), expression=exp.Literal.number(3_600_000_000))
    if column.type.is_time:
        micros = epoch_us(reference)
        if times == "position" or column.type is LogicalType.DATE:
            return exp.Div(this=micros, expression=exp.Literal.number(1_000_000))
        day = exp.Literal.number(86_400_000_000)
        since_midnight = exp.Mod(this=micros, expression=day)  # negative before 1970
        in_the_day = exp.Mod(this=exp.paren(exp.Add(this=since_midnight, expression=day.copy())), expression=day.copy())
        return exp.Div(this=exp.paren(in_the_day), expression=exp.Literal.number(3_600_000_000))
    return exp.cast(sql.finite(column), "DOUBLE")


@dataclass(frozen=True)
class Shape(Measurement[ShapeFact]):
    """The shape of a column on `bins`.

    As a question it has no bins: the plan takes those of the reference, or the engine chooses them. Two shapes
    of the same column and view are the same question, on whatever bins they were counted.

    Parameters
    ----------
    column
        Its name.
    times
        What of a timestamp is compared: its hour of the day (`clock`) or its place on the time line (`position`).
    bins
        Where to count; None leaves it open.
    """

    column: str
    times: Times = "clock"
    bins: Bins | None = None
    kind: ClassVar[str] = "shape"

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def question(self) -> Shape:
        """Return the shape with its bins left open, under which its fact is filed."""
        return replace(self, bins=None)

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        if self.bins is None:
            msg = f"the bins of {self.column} are still open"
            raise ValueError(msg)
        column = schema[self.column]
        reference = sql.col(self.column)
        labels: dict[str, exp.Expr] = {"rows": exp.Count(this=exp.Star()), "present": exp.Count(this=reference)}
        if self.bins.kind == "number":
            labels["counts"] = sql.counts_in_bins(position(column, self.times), self.bins.edges)
            if column.type is LogicalType.FLOAT:
                labels["nan"] = sql.count_where(sql.is_nan(reference.copy()))
                labels["inf"] = sql.count_where(sql.function("isinf", reference.copy()))
                labels["plus_inf"] = sql.count_where(sql.is_plus_infinity(reference.copy()))
        elif self.bins.kind == "category" and self.bins.values:
            labels["counts"] = sql.counts_of_values(as_category(column), self.bins.values)
        return labels

    def read(self, values: Mapping[str, Any]) -> ShapeFact:
        if self.bins is None:
            msg = f"the bins of {self.column} are still open"
            raise ValueError(msg)
        present, rows = int(values["present"] or 0), int(values["rows"] or 0)
        infinite, plus = int(values.get("inf") or 0), int(values.get("plus_inf") or 0)
        non_finite = NonFiniteCounts(int(values.get("nan") or 0), plus, infinite - plus)
        if self.bins.kind == "number":
            below = tuple(values["counts"])
            counts = (*below, present - non_finite.total - sum(below))
            return ShapeFact(self.bins, counts, 0, rows - present, non_finite)
        if self.bins.kind == "category":
            counts = tuple(values.get("counts", ()))
            return ShapeFact(self.bins, counts, present - sum(counts), rows - present)
        return ShapeFact(self.bins, (present,), 0, rows - present)

    def merge(self, left: ShapeFact, right: ShapeFact) -> ShapeFact:
        if left.bins != right.bins and left.values and right.values:
            raise CannotMergeError(
                f"the shapes of '{self.column}' were counted on different bins; measure all parts like one profile"
            )
        if left.bins != right.bins:  # one of them has nothing to count
            counted, empty = (right, left) if right.values else (left, right)
            left, right = (
                counted,
                replace(ShapeFact.empty(counted.bins), nulls=empty.nulls, non_finite=empty.non_finite),
            )
        return ShapeFact(
            left.bins,
            tuple(a + b for a, b in zip(left.counts, right.counts, strict=True)),
            left.other + right.other,
            left.nulls + right.nulls,
            NonFiniteCounts(
                *(
                    getattr(left.non_finite, name) + getattr(right.non_finite, name)
                    for name in ("nan", "plus_inf", "minus_inf")
                )
            ),
        )

    def encode(self, fact: ShapeFact) -> Any:
        return asdict(fact)

    def decode(self, value: Any) -> ShapeFact:
        return ShapeFact(
            Bins(value["bins"]["kind"], tuple(value["bins"]["edges"]), tuple(value["bins"]["values"])),
            tuple(value["counts"]),
            value["other"],
            value["nulls"],
            NonFiniteCounts(**value["non_finite"]),
        )

    def to_json(self) -> dict[str, Any]:
        return {"measurement": self.kind, "column": self.column, "times": self.times}


def as_category(column: Column) -> exp.Expr:
    """Return the value by which a categorical column is counted: text, or a boolean."""
    reference = sql.col(column.name)
    return reference if column.type is LogicalType.BOOLEAN else exp.cast(reference, "VARCHAR")


@dataclass(frozen=True)
class ClassCountsFact:
    """Rows per class of a label, rows of classes that were not asked for, and rows without label."""

    counts: tuple[int, ...]
    other: int
    missing: int


@dataclass(frozen=True)
class ClassCounts(Measurement[ClassCountsFact]):
    """How many rows carry each of some classes, given as text (`true` and `false` for booleans).

    Parameters
    ----------
    column
        The label. NaN counts as missing.
    classes
        As text.
    """

    column: str
    classes: tuple[str, ...]
    kind: ClassVar[str] = "class_counts"

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        column = schema[self.column]
        constants = [class_constant(column, each) for each in self.classes]
        once = [exp.null() if each in constants[:at] else each for at, each in enumerate(constants)]
        return {
            "rows": exp.Count(this=exp.Star()),
            "present": exp.Count(this=sql.finite(column)),
            "counts": sql.CountsOfValues(this=class_value(column), expressions=once),
        }

    def read(self, values: Mapping[str, Any]) -> ClassCountsFact:
        counts = tuple(values["counts"])
        present = int(values["present"] or 0)
        return ClassCountsFact(counts, present - sum(counts), int(values["rows"] or 0) - present)

    def merge(self, left: ClassCountsFact, right: ClassCountsFact) -> ClassCountsFact:
        counts = tuple(a + b for a, b in zip(left.counts, right.counts, strict=True))
        return ClassCountsFact(counts, left.other + right.other, left.missing + right.missing)

    def encode(self, fact: ClassCountsFact) -> Any:
        return asdict(fact)

    def decode(self, value: Any) -> ClassCountsFact:
        return ClassCountsFact(tuple(value["counts"]), value["other"], value["missing"])


def class_value(column: Column) -> exp.Expr:
    """Return what tells the class of a label: a number, a boolean, or text."""
    if column.type.is_number:
        return sql.finite(column)
    return as_category(column)


def class_constant(column: Column, text: str) -> exp.Expr:
    """Return a class, given as text, as a constant of the label's type; NULL when no label of the type is it."""
    if column.type is LogicalType.BOOLEAN:
        return sql.literal(text == "true") if text in ("true", "false") else exp.null()
    if not column.type.is_number:
        return sql.literal(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return exp.null()
    if not number.is_finite():
        return exp.null()
    written = format(number, "f")
    if sum(map(str.isdigit, written)) <= _MOST_DIGITS:
        return sql.decimal(number.normalize(_EXACT))
    is_double = column.type is LogicalType.FLOAT and math.isfinite(float(number))
    return sql.double(float(number)) if is_double else exp.null()


_MOST_DIGITS = 38
"""Of a decimal; a number of more is compared as a double, or is none of the values."""
_EXACT = Context(prec=_MOST_DIGITS)
