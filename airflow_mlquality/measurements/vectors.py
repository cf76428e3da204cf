"""Where vectors point: their cosines with a few fixed random directions, and how long they are."""

from __future__ import annotations

import random
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.base import Measurement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.measurements.schema import Column, Schema

DIRECTIONS = 8
COSINES = tuple(i / 4 for i in range(-12, 13))
"""Upper ends of the bins of cosines, times the root of the number of dimensions: a random direction gives about a
standard normal number, whatever the vector."""
NORMS = tuple(2.0 ** (i / 2) for i in range(-12, 25))
"""Upper ends of the bins of lengths."""

_VECTOR = re.compile(r"(FLOAT|DOUBLE|REAL|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\([^)]*\))\[\d*\]")


def is_vector(column: Column) -> bool:
    """Return whether a column holds lists of numbers.

    >>> from airflow_mlquality.measurements import Column, LogicalType
    >>> is_vector(Column("x", LogicalType.LIST, "FLOAT[]")), is_vector(Column("x", LogicalType.LIST, "VARCHAR[]"))
    (True, False)
    """
    return _VECTOR.fullmatch(column.native) is not None


def signs(direction: int, dimensions: int) -> list[int]:
    """Return a direction: the same signs for the same number, on every machine."""
    drawn = random.Random(f"mlquality {direction}")  # noqa: S311  no secret, the same for ever
    return [1 if drawn.random() < 0.5 else -1 for _ in range(dimensions)]  # noqa: PLR2004  a fair coin


@dataclass(frozen=True)
class VectorFact:
    """How many vectors lie in each bin of each direction's cosine, and of the length.

    Parameters
    ----------
    cosines
        One tuple per direction.
    norms
        Of the length.
    zero
        Vectors of length 0, which point nowhere.
    other
        Values that are no vectors of so many finite numbers.
    nulls
        Rows without value.
    """

    cosines: tuple[tuple[int, ...], ...] = ((0,) * (len(COSINES) + 1),) * DIRECTIONS
    norms: tuple[int, ...] = (0,) * (len(NORMS) + 1)
    zero: int = 0
    other: int = 0
    nulls: int = 0

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.norms) + self.zero + self.other + self.nulls


@dataclass(frozen=True)
class Directions(Measurement[VectorFact]):
    """Where the vectors of a column point, and how long they are; the embedded engine alone can say.

    Parameters
    ----------
    column
        Lists of numbers.
    dimensions
        How many numbers a vector has.

    References
    ----------
    Achlioptas, D. (2003). Database-friendly random projections. Journal of Computer and System Sciences, 66, 671-687.
    DOI 10.1016/S0022-0000(03)00025-4
    """

    column: str
    dimensions: int
    kind: ClassVar[str] = "directions"

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        if not is_vector(schema[self.column]):
            return {}
        column = sql.text(sql.col(self.column))
        given = f"TRY_CAST({column} AS DOUBLE[])"
        whole = f"(len({given}) = {self.dimensions} AND list_aggregate({given}, 'count') = {self.dimensions})"
        held = f"list_filter({given}, LAMBDA each : NOT each IS NULL)"  # a product of lists with NULL is an error
        vector = f"list_resize({held}, {self.dimensions}, CAST(0 AS DOUBLE))"
        square = f"list_inner_product({vector}, {vector})"
        norm = f"(CASE WHEN {whole} AND isfinite({square}) THEN SQRT({square}) END)"
        labels: dict[str, exp.Expr] = {
            "rows": exp.Count(this=exp.Star()),
            "present": exp.Count(this=sql.col(self.column)),
            "vectors": exp.Count(this=sql.condition(norm)),
            "zero": sql.count_where(sql.condition(f"{norm} = 0")),
            "norms": sql.counts_in_bins(sql.condition(f"NULLIF({norm}, 0)"), NORMS),
        }
        for i in range(DIRECTIONS):
            direction = ", ".join(f"{sign}.0" for sign in signs(i, self.dimensions))
            dot = f"list_inner_product({vector}, CAST([{direction}] AS DOUBLE[]))"
            cosine = f"{dot} / NULLIF({norm}, 0)"
            labels[f"cosines{i}"] = sql.counts_in_bins(sql.condition(cosine), COSINES)
        return labels

    def read(self, values: Mapping[str, Any]) -> VectorFact:
        if not values:
            return VectorFact()
        rows, present, vectors, zero = (int(values[name] or 0) for name in ("rows", "present", "vectors", "zero"))

        def whole(below: Any) -> tuple[int, ...]:
            return (*below, vectors - zero - sum(below))

        cosines = tuple(whole(values[f"cosines{i}"]) for i in range(DIRECTIONS))
        return VectorFact(cosines, whole(values["norms"]), zero, present - vectors, rows - present)

    def merge(self, left: VectorFact, right: VectorFact) -> VectorFact:
        def added(one: tuple[int, ...], two: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(a + b for a, b in zip(one, two, strict=True))

        cosines = tuple(added(*each) for each in zip(left.cosines, right.cosines, strict=True))
        others = (getattr(left, name) + getattr(right, name) for name in ("zero", "other", "nulls"))
        return VectorFact(cosines, added(left.norms, right.norms), *others)

    def encode(self, fact: VectorFact) -> Any:
        return asdict(fact)

    def decode(self, value: Any) -> VectorFact:
        return VectorFact(
            tuple(map(tuple, value["cosines"])), tuple(value["norms"]), value["zero"], value["other"], value["nulls"]
        )
