"""Groups of rows, and what is counted or summed in each: the fact behind segments, dependencies and contingencies."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from sqlglot import exp

from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.base import CannotMergeError, Measurement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow_mlquality.measurements.schema import Schema

Cell = str | int | float | bool | None
"""What a group is told by, or what an aggregate gives."""

LIMIT = 1_000
"""Groups that are kept; the largest come first."""


@dataclass(frozen=True)
class Step:
    """Rows put into groups.

    Its result is a table with the columns ``k0, k1 …`` (what tells the group) and ``v0, v1 …`` (the aggregates); a step
    that follows reads that table.

    Parameters
    ----------
    by
        SQL of texts, numbers or booleans over one row, in the dialect of `measurements.sql`; nothing for one group.
    values
        SQL of aggregates: COUNT, COUNT_IF, SUM, MIN, MAX, AVG, STDDEV_SAMP, COUNT(DISTINCT …); of numbers, the finite
        ones, since a result that is not finite is None.
    where
        SQL of the rows that are looked at; nothing for all.
    """

    by: tuple[str, ...]
    values: tuple[str, ...] = ("COUNT(*)",)
    where: str = ""


@dataclass(frozen=True)
class GroupsFact:
    """Groups in descending order of the first aggregate, then by what tells them.

    Parameters
    ----------
    rows
        What tells the group, then its aggregates.
    is_complete
        Whether there are no more groups than these.
    """

    rows: tuple[tuple[Cell, ...], ...] = ()
    is_complete: bool = True


@dataclass(frozen=True)
class Groups(Measurement[GroupsFact]):
    """Aggregates of groups of rows, in one or more steps. It takes a scan of its own.

    Parameters
    ----------
    steps
        Each reads what the one before it gives; the first reads the stage.
    limit
        Groups that are kept.

    Group keys are values of rows, and a profile is kept: ask for keys that are few, or for steps whose last one only
    counts.

    Examples
    --------
    How many values of ``a`` come with more than one of ``b``:

    >>> Groups((Step(("a",), ("COUNT(DISTINCT b)",)), Step((), ("COUNT(*)",), where="v0 > 1"))).columns()
    ('a', 'b')
    """

    steps: tuple[Step, ...]
    limit: int = LIMIT
    kind: ClassVar[str] = "groups"

    def columns(self) -> tuple[str, ...]:
        first = self.steps[0]
        texts = (*first.by, *first.values, *filter(None, (first.where,)))
        return tuple(sorted({name for text in texts for name in sql.columns_of(text)}))

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        return {"groups": sql.GroupedRows(expressions=[_tree(step) for step in self.steps], limit=self.limit)}

    def read(self, values: Mapping[str, Any]) -> GroupsFact:
        rows = [tuple(_cell(value) for value in row) for row in values["groups"]]
        return self._fact(rows[: self.limit], is_complete=len(rows) <= self.limit)

    def _fact(self, rows: Sequence[tuple[Cell, ...]], *, is_complete: bool) -> GroupsFact:
        """Return groups in one order on every engine."""
        keys = len(self.steps[-1].by)
        return GroupsFact(tuple(sorted(rows, key=lambda row: _order(row, keys))), is_complete)

    def merge(self, left: GroupsFact, right: GroupsFact) -> GroupsFact:
        """Merge the groups of one step whose aggregates add up, or are extremes."""
        (step, *later) = self.steps
        mergers = [_merger(text) for text in step.values]
        if later or None in mergers or not (left.is_complete and right.is_complete):
            raise CannotMergeError("groups of several steps, of other aggregates or beyond the limit do not merge")
        keys = len(step.by)
        merged = {row[:keys]: row[keys:] for row in left.rows}
        for row in right.rows:
            key, values = row[:keys], row[keys:]
            known = merged.get(key)
            pairs = zip(mergers, known, values, strict=True) if known is not None else ()
            merged[key] = tuple(_both(merger, one, two) for merger, one, two in pairs) if known is not None else values
        whole = self._fact([key + values for key, values in merged.items()], is_complete=len(merged) <= self.limit)
        return replace(whole, rows=whole.rows[: self.limit])

    def encode(self, fact: GroupsFact) -> Any:
        return {"rows": [list(row) for row in fact.rows], "complete": fact.is_complete}

    def decode(self, value: Any) -> GroupsFact:
        return GroupsFact(tuple(tuple(row) for row in value["rows"]), value["complete"])

    def to_json(self) -> dict[str, Any]:
        steps = [{"by": list(step.by), "values": list(step.values), "where": step.where} for step in self.steps]
        return {"measurement": self.kind, "steps": steps, "limit": self.limit}

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        steps = tuple(Step(tuple(each["by"]), tuple(each["values"]), each["where"]) for each in parameters["steps"])
        return cls(steps, parameters["limit"])


def _tree(step: Step) -> exp.Expr:
    return sql.GroupingStep(
        keys=[sql.condition(text) for text in step.by],
        values=[sql.condition(text) for text in step.values],
        where=sql.condition(step.where) if step.where else None,
    )


def _cell(value: Any) -> Cell:
    """Return a value of an engine as JSON has it; what is not finite is None."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _merger(text: str) -> Callable[[Any, Any], Any] | None:
    tree = sql.condition(text)
    if isinstance(tree, exp.Min | exp.Max):
        return min if isinstance(tree, exp.Min) else max
    adds = isinstance(tree, exp.CountIf | exp.Sum) or (
        isinstance(tree, exp.Count) and not isinstance(tree.this, exp.Distinct)
    )
    return (lambda one, two: one + two) if adds else None


def _both(merger: Callable[[Any, Any], Any] | None, one: Cell, two: Cell) -> Cell:
    if one is None or two is None or merger is None:
        return two if one is None else one
    merged: Cell = merger(one, two)
    return merged


def _order(row: Sequence[Cell], keys: int) -> tuple[Any, ...]:
    first = row[keys] if len(row) > keys else None
    size = -float(first) if isinstance(first, int | float) else 0.0
    return (size, *((each is not None, str(each)) for each in row[:keys]))


def in_groups(by: Sequence[str], *values: str, where: str = "", limit: int = LIMIT) -> Groups:
    """Return the aggregates of groups of rows, in one step; rows are counted first."""
    return Groups((Step(tuple(by), ("COUNT(*)", *values), where),), limit)


def then(groups: Groups, by: Sequence[str], *values: str, where: str = "") -> Groups:
    """Return a further step over groups."""
    return replace(groups, steps=(*groups.steps, Step(tuple(by), values, where)))
