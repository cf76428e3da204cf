"""Neighbours: how each value compares with the one before it, in the order of another column."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.base import CannotMergeError, Measurement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp

    from airflow_mlquality.measurements.schema import Schema


@dataclass(frozen=True)
class NeighboursFact:
    """Pairs of rows that follow each other: all, those that fall, and those that are equal."""

    pairs: int = 0
    falls: int = 0
    equal: int = 0


@dataclass(frozen=True)
class Neighbours(Measurement[NeighboursFact]):
    """How values compare with the one before them. It takes a sort, and a statement of its own.

    Parameters
    ----------
    column
        Whose values are compared; rows where it is NULL, NaN or infinite are left out.
    by
        By which rows are ordered; rows where it is NULL are left out, equal ones are put in the order of the value.
    per
        Rows are compared within each combination of these columns.
    """

    column: str
    by: str
    per: tuple[str, ...] = ()
    kind: ClassVar[str] = "neighbours"

    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.column, self.by, *self.per)))

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        pairs = sql.NeighbourPairs(
            this=sql.finite(schema[self.column]), by=sql.col(self.by), per=[sql.col(name) for name in self.per]
        )
        return {"pairs": pairs}

    def read(self, values: Mapping[str, Any]) -> NeighboursFact:
        (row,) = values["pairs"]
        return NeighboursFact(*(int(each or 0) for each in row))

    def merge(self, left: NeighboursFact, right: NeighboursFact) -> NeighboursFact:
        raise CannotMergeError(
            f"neighbours by '{self.by}' were compared in parts, and the first of a part follows the last of another; "
            "judge the rows of the whole"
        )

    def encode(self, fact: NeighboursFact) -> Any:
        return asdict(fact)

    def decode(self, value: Any) -> NeighboursFact:
        return NeighboursFact(**value)
