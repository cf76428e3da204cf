"""How many different values a column has: exact where it is cheap, else estimated from a sketch that merges.

The sketch is a bitmap of 65,536 cells. The hash of a value names its cell: ten bits are those of the hash, each of the
other six is the conjunction of four of its bits. So a cell is as likely as ``2**-10 * 16**-k * (15/16)**(6 - k)``,
where `k` of the six are set: likely cells tell few values apart, unlikely ones many. It is the probabilistic counting
of Flajolet and Martin (1985), with cells that take no search for the first set bit; in SQL that is what costs most.
The cells that either of two parts takes are those of the whole.

The estimate is the number of values under which the taken cells are most likely. Its relative standard error is at
most 1.9 % up to a thousand million values, see `relative_error`.
"""

from __future__ import annotations

import base64
import math
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.base import CannotMergeError, Measurement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.measurements.schema import Schema

CELLS = 1 << 16
_EVEN_BITS = 10
_RARE_BITS = 6
RARE = ((1 << _RARE_BITS) - 1) << _EVEN_BITS
"""The bits of a cell's number that are conjunctions of four bits of the hash."""
EVEN = (1 << _EVEN_BITS) - 1

_SIZES = tuple(math.comb(_RARE_BITS, k) << _EVEN_BITS for k in range(_RARE_BITS + 1))
_CHANCES = tuple(2.0**-_EVEN_BITS * 16.0**-k * (15 / 16) ** (_RARE_BITS - k) for k in range(_RARE_BITS + 1))
"""By the number of rare bits that are set: how many cells there are, and how likely a value is in one of them."""
_BLOCK = (1 << _EVEN_BITS) // 8
_LARGEST = 2.0**45
"""Beyond it every cell is taken."""

EXACT_BELOW = 1_000
"""Up to so many, values are counted and not estimated."""


@dataclass(frozen=True)
class Cells:
    """Which cells the hashes of a column's values take; NULL has one too.

    Parameters
    ----------
    hash
        Of what type the values were, and by which function they were hashed; other hashes do not merge.
    taken
        One bit per cell.
    nulls
        Whether a value is NULL.
    """

    hash: str
    taken: bytes
    nulls: bool = False

    def union(self, other: Cells) -> Cells:
        """Return the cells of the values of both."""
        taken = int.from_bytes(self.taken) | int.from_bytes(other.taken)
        return Cells(self.hash, taken.to_bytes(CELLS // 8), self.nulls or other.nulls)

    def estimate(self) -> float:
        """Return how many values there are, NULL not counted."""
        return max(0.0, _most_likely(self._taken_by_chance()) - self.nulls)

    def _taken_by_chance(self) -> list[int]:
        """Return how many cells of each chance are taken."""
        counts = [0] * (_RARE_BITS + 1)
        for number in range(1 << _RARE_BITS):
            block = self.taken[number * _BLOCK : (number + 1) * _BLOCK]
            counts[number.bit_count()] += int.from_bytes(block).bit_count()
        return counts

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object; `from_json` reads it back."""
        packed = base64.b64encode(zlib.compress(self.taken, 9)).decode("ascii")
        return {"hash": self.hash, "nulls": self.nulls, "taken": packed}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Cells:
        """Read what `to_json` wrote."""
        return cls(value["hash"], zlib.decompress(base64.b64decode(value["taken"])), value["nulls"])


def _most_likely(taken: Sequence[int]) -> float:
    """Return the number of values under which so many cells of each chance are most likely taken.

    The likelihood's slope ``sum(p * (taken / (exp(n * p) - 1) - empty))`` falls with `n`; its zero is found by halving.
    """
    if not any(taken):
        return 0.0
    low, high = 0.0, _LARGEST
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        slope = sum(
            chance * (count / math.expm1(min(middle * chance, 700.0)) - (size - count))
            for chance, count, size in zip(_CHANCES, taken, _SIZES, strict=True)
        )
        low, high = (middle, high) if slope > 0 else (low, middle)
    return high


def relative_error(values: float) -> float:
    """Return the relative standard error of the estimate of a number of different values.

    Of the Fisher information of the cells, less what is known because the values are a fixed number and not drawn.
    """
    if values < 1:
        return 0.0
    loads = [values * chance for chance in _CHANCES]
    known = sum(size * load * load / math.expm1(min(load, 700.0)) for load, size in zip(loads, _SIZES, strict=True))
    return math.sqrt(max(0.0, 1 / known - 1 / values)) if known > 0 else math.inf


@dataclass(frozen=True)
class Estimate:
    """An engine's own estimate of a number of different values, and its relative standard error."""

    count: int
    error: float


@dataclass(frozen=True)
class DistinctFact:
    """How many different values there are.

    Parameters
    ----------
    count
        NULL is not counted, NaN once.
    error
        Relative standard error of the count; 0 where it is exact.
    cells
        From which it merges with that of other parts; None where the engine has only the number.
    """

    count: int
    error: float = 0.0
    cells: Cells | None = None

    @property
    def is_exact(self) -> bool:
        """Whether the values were counted."""
        return self.error == 0.0

    @classmethod
    def estimated(cls, cells: Cells) -> DistinctFact:
        """Return what is known from a sketch alone."""
        estimate = cells.estimate()
        count = round(estimate)
        return cls(count, round(max(relative_error(estimate), 1e-6), 6) if count else 0.0, cells)


@dataclass(frozen=True)
class DistinctCount(Measurement[DistinctFact]):
    """How many different values a column has.

    An engine that can takes a sketch in the scan that it shares with all other facts, and counts only columns of few
    values exactly; the facts of parts then merge into an estimate with a stated error. Others count.

    Parameters
    ----------
    column
        Its name.
    merges
        Whether the fact is to merge with those of other parts; where it is not, an engine may estimate more cheaply.
    """

    column: str
    merges: bool = field(default=True, compare=False)
    kind: ClassVar[str] = "distinct_count"

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        reference = sql.col(self.column)
        return {
            "rows": exp.Count(this=exp.Star()),
            "present": exp.Count(this=reference),
            "distinct": sql.DistinctValues(this=reference.copy(), merges=self.merges),
        }

    def read(self, values: Mapping[str, Any]) -> DistinctFact:
        found = values["distinct"]
        if isinstance(found, Estimate):
            return DistinctFact(found.count, found.error if found.count else 0.0)
        if not isinstance(found, tuple):
            return DistinctFact(int(found or 0))
        hashed, taken = found
        rows, present = int(values["rows"] or 0), int(values["present"] or 0)
        return DistinctFact.estimated(Cells(hashed, bytes(taken or bytes(CELLS // 8)), rows > present))

    def merge(self, left: DistinctFact, right: DistinctFact) -> DistinctFact:
        if left.cells is None or right.cells is None:
            if left.count == 0 or right.count == 0:
                return DistinctFact(max(left.count, right.count), max(left.error, right.error))
            raise CannotMergeError(
                f"the different values of '{self.column}' were counted in parts, and a value may be in several; "
                "only an engine that sketches them can merge them"
            )
        if left.cells.hash != right.cells.hash:
            raise CannotMergeError(
                f"the values of '{self.column}' were of other types in the parts, or hashed by other releases of the "
                "engine; measure the older parts again"
            )
        union = left.cells.union(right.cells)
        if left.is_exact and right.is_exact and not (left.count and right.count):
            return DistinctFact(max(left.count, right.count), 0.0, union)
        return DistinctFact.estimated(union)

    def to_json(self) -> dict[str, Any]:
        return {"measurement": self.kind, "column": self.column}

    def encode(self, fact: DistinctFact) -> Any:
        cells = fact.cells.to_json() if fact.cells else None
        return {"count": fact.count, "exact": fact.is_exact, "error": fact.error, "sketch": cells}

    def decode(self, value: Any) -> DistinctFact:
        cells = Cells.from_json(value["sketch"]) if value["sketch"] else None
        return DistinctFact(value["count"], value["error"], cells)
