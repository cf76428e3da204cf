"""Counts: rows, nulls, values that are no numbers, rows that a condition picks, keys that repeat, orphans."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.base import CannotMergeError, Measurement
from airflow_mlquality.measurements.types import LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.measurements.schema import Schema

RAW_PREFIX = "mlquality raw "
"""A source read from text offers each parsed column a second time under this prefix, as the text it was."""

STAGE = "mlquality stage"
"""The table name under which an engine offers the stage that it measures."""

RELATED_PREFIX = "mlquality related "
"""The table name under which an engine offers a source that a contract names."""


@dataclass(frozen=True)
class CountOfRows(Measurement[int]):
    """A measurement that is one number of rows."""

    def read(self, values: Mapping[str, Any]) -> int:
        return int(values["n"] or 0)

    def merge(self, left: int, right: int) -> int:
        return left + right


@dataclass(frozen=True)
class RowCount(CountOfRows):
    """How many rows the table has."""

    kind: ClassVar[str] = "row_count"

    def columns(self) -> tuple[str, ...]:
        return ()

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        return {"n": exp.Count(this=exp.Star())}


@dataclass(frozen=True)
class NullCount(CountOfRows):
    """In how many rows the column is NULL. NaN is not NULL."""

    column: str
    kind: ClassVar[str] = "null_count"

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        return {"n": exp.Sub(this=exp.Count(this=exp.Star()), expression=exp.Count(this=sql.col(self.column)))}


@dataclass(frozen=True)
class RowsWhere(CountOfRows):
    """In how many rows a condition is true; where it is NULL it is not true.

    Parameters
    ----------
    condition
        SQL in the dialect of `measurements.sql`, admitted or built by a check.
    """

    condition: str
    kind: ClassVar[str] = "rows_where"

    def columns(self) -> tuple[str, ...]:
        return sql.columns_of(self.condition)

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        return {"n": sql.count_where(sql.condition(self.condition))}


@dataclass(frozen=True)
class Unparseable(CountOfRows):
    """In how many rows the text of the column is not of a logical type.

    For a column that was read from text the type is the one it was parsed as; a typed column that is not text
    has none.
    """

    column: str
    type: str
    kind: ClassVar[str] = "unparseable"

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def condition(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row whose text is not of the type."""
        column = schema[self.column]
        if column.is_parsed:
            raw = sql.col(RAW_PREFIX + self.column)
            return exp.and_(sql.is_not_null(raw), sql.is_null(sql.col(self.column)))
        if column.type is not LogicalType.STRING:
            return exp.false()
        reference = sql.col(self.column)
        return exp.and_(sql.is_not_null(reference), sql.is_null(parsed(reference, LogicalType(self.type))))

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        return {"n": sql.count_where(self.condition(schema))}


_CAST_TYPES = {
    LogicalType.BOOLEAN: "BOOLEAN",
    LogicalType.INTEGER: "BIGINT",
    LogicalType.FLOAT: "DOUBLE",
    LogicalType.DECIMAL: "DECIMAL(38, 10)",
    LogicalType.DATE: "DATE",
    LogicalType.TIME: "TIME",
    LogicalType.TIMESTAMP: "TIMESTAMP",
    LogicalType.TIMESTAMP_TZ: "TIMESTAMPTZ",
    LogicalType.UUID: "UUID",
    LogicalType.BINARY: "BLOB",
    LogicalType.DURATION: "INTERVAL",
    LogicalType.JSON: "JSON",
}

_WRITTEN = {LogicalType.INTEGER: r"\s*[+-]?[0-9]+\s*", LogicalType.TIME: r"\s*[0-9]{1,2}:.*"}


def parsed(text: exp.Expr, type_: LogicalType) -> exp.Expr:
    """Return text read as a logical type, NULL where it is not of that type.

    An integer must be written as one, and a time of day too: an engine's own cast rounds ``12.7`` and takes a date for
    its midnight.
    """
    if type_ not in _CAST_TYPES:
        return text
    cast = exp.TryCast(this=text, to=exp.DataType.build(_CAST_TYPES[type_], dialect=sql.DIALECT))
    if type_ not in _WRITTEN:
        return cast
    written = sql.function("regexp_full_match", text.copy(), sql.literal(_WRITTEN[type_]))
    return exp.case().when(written, cast).else_(exp.null())


@dataclass(frozen=True)
class NonFiniteCounts:
    """Rows in which a float is NaN, positive or negative infinity."""

    nan: int = 0
    plus_inf: int = 0
    minus_inf: int = 0

    @property
    def total(self) -> int:
        """All rows that hold no finite number."""
        return self.nan + self.plus_inf + self.minus_inf


@dataclass(frozen=True)
class NonFinite(Measurement[NonFiniteCounts]):
    """In how many rows a column is NaN or infinite; none where the type has no such values."""

    column: str
    kind: ClassVar[str] = "non_finite"

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        if schema[self.column].type is not LogicalType.FLOAT:
            return {}
        column = sql.col(self.column)
        return {
            "nan": sql.count_where(sql.is_nan(column)),
            "inf": sql.count_where(sql.function("isinf", column.copy())),
            "plus_inf": sql.count_where(sql.is_plus_infinity(column.copy())),
        }

    def read(self, values: Mapping[str, Any]) -> NonFiniteCounts:
        if not values:
            return NonFiniteCounts()
        plus = int(values["plus_inf"] or 0)
        return NonFiniteCounts(int(values["nan"] or 0), plus, int(values["inf"] or 0) - plus)

    def merge(self, left: NonFiniteCounts, right: NonFiniteCounts) -> NonFiniteCounts:
        return NonFiniteCounts(left.nan + right.nan, left.plus_inf + right.plus_inf, left.minus_inf + right.minus_inf)

    def encode(self, fact: NonFiniteCounts) -> Any:
        return asdict(fact)

    def decode(self, value: Any) -> NonFiniteCounts:
        return NonFiniteCounts(**value)


@dataclass(frozen=True)
class KeyCounts:
    """Rows whose key is complete, and how many different keys they hold."""

    keyed: int
    distinct: int

    @property
    def surplus(self) -> int:
        """Rows beyond the first of their key."""
        return self.keyed - self.distinct


@dataclass(frozen=True)
class Keys(Measurement[KeyCounts]):
    """How many rows have a complete key, and how many different keys there are. Exact."""

    key: tuple[str, ...]
    kind: ClassVar[str] = "keys"

    def columns(self) -> tuple[str, ...]:
        return self.key

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        columns = [sql.col(name) for name in self.key]
        complete = exp.and_(*(sql.is_not_null(column.copy()) for column in columns))
        keyed = exp.Count(this=columns[0].copy()) if len(columns) == 1 else sql.count_where(complete)
        return {"keyed": keyed, "distinct": exp.Count(this=exp.Distinct(expressions=columns))}

    def read(self, values: Mapping[str, Any]) -> KeyCounts:
        return KeyCounts(int(values["keyed"] or 0), int(values["distinct"] or 0))

    def merge(self, left: KeyCounts, right: KeyCounts) -> KeyCounts:
        named = ", ".join(f"'{name}'" for name in self.key)
        raise CannotMergeError(
            f"keys by {named} were counted in parts, and a key may be in several; put the column by which the parts "
            "are cut into the key, or judge the rows of the whole"
        )

    def encode(self, fact: KeyCounts) -> Any:
        return asdict(fact)

    def decode(self, value: Any) -> KeyCounts:
        return KeyCounts(**value)


@dataclass(frozen=True)
class Orphans(CountOfRows):
    """In how many rows the column holds a value that a column of another source lacks. NULL is no orphan.

    Parameters
    ----------
    column
        Column of the measured table.
    to
        Name of the other source.
    to_column
        Its column.
    """

    column: str
    to: str
    to_column: str
    kind: ClassVar[str] = "orphans"

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def condition(self) -> exp.Expr:
        """Return the predicate of an orphaned row."""
        other = sql.col(self.to_column)
        table = exp.table_(RELATED_PREFIX + self.to, quoted=True)
        known = exp.select(other).from_(table).where(sql.is_not_null(other.copy()))
        return exp.and_(
            sql.is_not_null(sql.col(self.column)), exp.not_(sql.col(self.column).isin(query=known, copy=False))
        )

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        return {"n": sql.count_where(self.condition())}
