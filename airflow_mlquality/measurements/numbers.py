"""Summaries of a column's values: moments, text lengths, the newest time."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.base import Measurement
from airflow_mlquality.measurements.types import LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.measurements.schema import Schema


@dataclass(frozen=True)
class MomentsFact:
    """Count, extremes, mean and sample standard deviation of the finite values; None where there are too few."""

    count: int = 0
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None


@dataclass(frozen=True)
class Moments(Measurement[MomentsFact]):
    """Moments of the finite values of a numeric column; empty for other types."""

    column: str
    kind: ClassVar[str] = "moments"

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        column = schema[self.column]
        if not column.type.is_number:
            return {}
        value = sql.finite(column)
        as_double = exp.cast(value.copy(), "DOUBLE")
        return {
            "count": exp.Count(this=value),
            "min": exp.Min(this=as_double),
            "max": exp.Max(this=as_double.copy()),
            "mean": exp.Avg(this=as_double.copy()),
            "std": exp.StddevSamp(this=as_double.copy()),
        }

    def read(self, values: Mapping[str, Any]) -> MomentsFact:
        if not values or not values["count"]:
            return MomentsFact()
        return MomentsFact(int(values["count"]), *(_number(values[name]) for name in ("min", "max", "mean", "std")))

    def merge(self, left: MomentsFact, right: MomentsFact) -> MomentsFact:
        """Merge by the pairwise update of Chan, Golub and LeVeque (1983)."""
        if left.mean is None or left.min is None or left.max is None:
            return right
        if right.mean is None or right.min is None or right.max is None:
            return left
        count = left.count + right.count
        delta = right.mean - left.mean
        squares = (
            (left.std or 0.0) ** 2 * (left.count - 1)
            + (right.std or 0.0) ** 2 * (right.count - 1)
            + delta**2 * left.count * right.count / count
        )
        return MomentsFact(
            count,
            min(left.min, right.min),
            max(left.max, right.max),
            left.mean + delta * right.count / count,
            math.sqrt(squares / (count - 1)),
        )

    def encode(self, fact: MomentsFact) -> Any:
        return asdict(fact)

    def decode(self, value: Any) -> MomentsFact:
        return MomentsFact(**value)


def _number(value: Any) -> float | None:
    """Return a finite float, or None: a sum of finite doubles may overflow."""
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


@dataclass(frozen=True)
class LengthsFact:
    """Shortest and longest text in characters; None where there is none."""

    min: int | None = None
    max: int | None = None


@dataclass(frozen=True)
class TextLengths(Measurement[LengthsFact]):
    """Shortest and longest value of a text column, in characters; empty for other types."""

    column: str
    kind: ClassVar[str] = "text_lengths"

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        if schema[self.column].type is not LogicalType.STRING:
            return {}
        length = exp.Length(this=sql.col(self.column))
        return {"min": exp.Min(this=length), "max": exp.Max(this=length.copy())}

    def read(self, values: Mapping[str, Any]) -> LengthsFact:
        return LengthsFact(values.get("min"), values.get("max"))

    def merge(self, left: LengthsFact, right: LengthsFact) -> LengthsFact:
        shortest = [fact.min for fact in (left, right) if fact.min is not None]
        longest = [fact.max for fact in (left, right) if fact.max is not None]
        return LengthsFact(min(shortest, default=None), max(longest, default=None))

    def encode(self, fact: LengthsFact) -> Any:
        return asdict(fact)

    def decode(self, value: Any) -> LengthsFact:
        return LengthsFact(**value)


@dataclass(frozen=True)
class LatestFact:
    """The newest time up to an instant, and how many rows lie after it.

    Parameters
    ----------
    newest_us
        Microseconds since 1970-01-01 UTC, None when no row has a time up to the instant.
    later
        Rows whose time lies after the instant.
    """

    newest_us: int | None = None
    later: int = 0


EVER = 2**63 - 1
"""An instant that nothing lies after."""


@dataclass(frozen=True)
class LatestTime(Measurement[LatestFact]):
    """The newest time of a column up to an instant; a wrong clock's future times do not hide old data.

    Parameters
    ----------
    column
        A date or timestamp; one without zone is taken as UTC.
    until_us
        The instant, in microseconds since 1970-01-01 UTC.
    """

    column: str
    until_us: int
    kind: ClassVar[str] = "latest_time"

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        if not schema[self.column].type.is_time:
            return {}
        micros = epoch_us(sql.col(self.column))
        until = sql.literal(self.until_us)
        past = exp.case().when(exp.LTE(this=micros, expression=until), micros.copy()).else_(exp.null())
        return {
            "newest": exp.Max(this=past),
            "later": sql.count_where(exp.GT(this=micros.copy(), expression=until.copy())),
        }

    def read(self, values: Mapping[str, Any]) -> LatestFact:
        if not values:
            return LatestFact()
        return LatestFact(values["newest"], int(values["later"] or 0))

    def merge(self, left: LatestFact, right: LatestFact) -> LatestFact:
        newest = [fact.newest_us for fact in (left, right) if fact.newest_us is not None]
        return LatestFact(max(newest, default=None), left.later + right.later)

    def encode(self, fact: LatestFact) -> Any:
        return asdict(fact)

    def decode(self, value: Any) -> LatestFact:
        return LatestFact(**value)


def epoch_us(time: exp.Expr) -> exp.Expr:
    """Return a date or timestamp as microseconds since 1970-01-01 UTC."""
    return sql.function("epoch_us", time)
