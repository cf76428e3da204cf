"""Past partitions that changed after they were closed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.segments import can_tell_groups, group_key, listed, segment_name
from airflow_mlquality.checks.wholes import WholeShareCheck
from airflow_mlquality.checks.wording import percent
from airflow_mlquality.measurements import Column, Groups, LogicalType, Measurement, RowCount, Schema, in_groups, sql
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.measurements import GroupsFact
    from airflow_mlquality.measurements.groups import Cell

_ROUNDING = 1e-9
_MOST_PARTITIONS = 2_000
_PRIME = 1_000_003
_DATE = re.compile(r"\d{4}-?\d{2}(-?\d{2}([T ][\d:.]+)?)?([+-]\d{2}(:?\d{2})?|Z)?")


@dataclass(frozen=True)
class Restated:
    """A partition that changed: what changed, and by how much of itself."""

    partition: str
    what: str
    change: float


class Restatement(WholeShareCheck):
    """Closed partitions are as they were: the same rows, the same sums.

    Each partition has a fingerprint: its number of rows, and for each column how many values there are and their sum
    (of text: of its lengths, of times: of their microseconds modulo a prime). It is compared with that of the
    reference, an earlier report of the contract.

    Why it matters
    --------------
    A backfill, a late correction, a bug that loads a day twice: the past changes, nobody is told, and a model that was
    trained on it cannot be reproduced. Figures that were reported no longer add up.

    How it decides
    --------------
    Exact: the share of partitions of the reference, without the newest `open`, whose fingerprint is another one now.
    Sums are equal up to a relative rounding of 1e-9. A partition that is gone has changed; one that is new is told and
    does not count. Undecided without rows or reference, or when the reference has only open partitions.

    When it misleads
    ----------------
    A fingerprint is no checksum: values swapped between rows of a partition, or changes that cancel out, leave it as it
    was. Rounding hides a change of a thousand-millionth. Its partitions stand in the profile as values.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Restatement(partition="day")
    >>> days = ["2026-01-01", "2026-01-02", "2026-01-03"]
    >>> was = {"day": [days[0], days[0], days[1], days[2]], "sales": [5, 6, 7, 1]}
    >>> now = {"day": [*was["day"], days[2]], "sales": [5, 6, 7, 1, 9]}
    >>> print(trial(check, **now, reference=was))
    pass: share of closed partitions of 'day' that changed is 0 (0 of 2 partitions), within fail 0
    >>> now = {"day": [*was["day"], days[1]], "sales": [5, 5, 7, 1, 7]}
    >>> print(trial(check, **now, reference=was))  # doctest: +NORMALIZE_WHITESPACE
    fail: share of closed partitions of 'day' that changed is 1 (2 of 2 partitions), above fail 0:
    2026-01-02 (rows by 100 %), 2026-01-01 (sum of 'sales' by -9.1 %)
    >>> print(trial(check, **now))
    undecided: share of closed partitions of 'day' that changed: there is no reference yet
    """

    family: ClassVar[Family] = "time"
    scope: ClassVar[Scope] = "table"
    flag: ClassVar[bool] = True

    partition: str = ""
    """Column that tells the partitions; by default the partition of the data set."""
    over: tuple[str, ...] = ()
    """Columns in the fingerprint; by default all that have a sum or a length."""
    open: int = Field(default=1, ge=0)
    """How many of the newest partitions of the reference may still change; newest by their text."""

    @property
    def place(self) -> str:
        """The column that tells the partitions."""
        return self.partition or "partitions"

    @property
    def _quantity(self) -> str:
        return f"share of closed partitions of '{self.partition or '?'}' that changed"

    def columns(self) -> tuple[str, ...]:
        """Return the columns that the contract names."""
        return tuple(dict.fromkeys(filter(None, (self.partition, *self.over))))

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the fingerprint of each partition."""
        return (RowCount(), self._groups(schema)) if self._is_told(schema) else (RowCount(),)

    def _is_told(self, schema: Schema) -> bool:
        return bool(self.partition) and can_tell_groups(schema[self.partition].type)

    def _summed(self, schema: Schema) -> list[str]:
        names = self.over or tuple(name for name in schema.names if name != self.partition)
        return [name for name in names if name in schema and _value(schema[name]) is not None]

    def _groups(self, schema: Schema) -> Groups:
        values = [value for name in self._summed(schema) if (value := _value(schema[name])) is not None]
        sums = [f"{kind}({value})" for value in values for kind in ("COUNT", "SUM")]
        return in_groups([group_key(schema[self.partition])], *sums, limit=_MOST_PARTITIONS)

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of closed partitions that changed against the levels."""
        pair = self._fingerprints(facts)
        if isinstance(pair, Verdict):
            return pair
        now, before = pair
        known = sorted(before)
        closed = known[: len(known) - self.open]
        if not closed:
            why = f"{self._quantity}: the reference has only open partitions"
            return self.undecided(Cause.TOO_SMALL, why, advice="judge it when more partitions are closed")
        columns = self._summed(facts.current.schema)
        changed = [found for name in closed if (found := _restated(name, before[name], now.get(name), columns))]
        changed.sort(key=lambda each: -abs(each.change))
        names = {name: self._shown(facts, name) for name in {*before, *now}}
        told = [f"{names[each.partition]} ({_told(each)})" for each in changed]
        new = sorted(set(now) - set(before))
        return self.whole_verdict(
            self._quantity,
            (len(changed), len(closed), "partitions"),
            advice="find out who loaded them again; train and report anew, or take a new reference if it is meant",
            beside=f": {listed(told)}",
            evidence={
                "changed": [
                    {"partition": names[each.partition], "what": each.what, "change": each.change} for each in changed
                ],
                "new": [names[name] for name in new],
                "columns": columns,
            },
        )

    def _shown(self, facts: Facts, name: str) -> str:
        """Return a partition as it may be shown; a date says nothing of a row."""
        return name if _DATE.fullmatch(name) else facts.display(self.partition, name)

    def _fingerprints(self, facts: Facts) -> tuple[dict[str, Sequence[Cell]], dict[str, Sequence[Cell]]] | Verdict:
        missing = self._without_evidence(facts)
        if missing is not None:
            advice = "declare the partition" if missing[0] is Cause.MISSING_COLUMN else _TAKE_REFERENCE
            return self.undecided(missing[0], f"{self._quantity}: {missing[1]}", advice=advice)
        assert facts.reference is not None  # noqa: S101  asked before
        groups = self._groups(facts.current.schema)
        now, before = facts.current[groups], facts.reference[groups]
        if not (now.is_complete and before.is_complete):
            why = f"{self._quantity}: there are more than {_MOST_PARTITIONS:,}"
            return self.undecided(Cause.WRONG_TYPE, why, advice="choose a coarser partition")
        return _by_name(now), _by_name(before)

    def _without_evidence(self, facts: Facts) -> tuple[Cause, str] | None:
        if not self.partition:
            return Cause.MISSING_COLUMN, "no column of partitions is declared"
        if not self._is_told(facts.current.schema):
            return Cause.WRONG_TYPE, "its values tell no partitions"
        if facts.current.rows == 0:
            return Cause.NO_DATA, "the table has no rows"
        if facts.reference is None:
            return Cause.NO_REFERENCE, "there is no reference yet"
        if self._groups(facts.current.schema) not in facts.reference:
            return Cause.NO_REFERENCE, "the reference does not hold the same fingerprints"
        return None


_TAKE_REFERENCE = "give the reference as rows, or as an earlier report of this contract"


def _value(column: Column) -> str | None:
    """Return SQL of the number by which a column's values are summed; nothing where there is none."""
    name = sql.text(sql.col(column.name))
    if column.type is LogicalType.BOOLEAN:
        return f"CASE WHEN {name} THEN 1 WHEN NOT {name} THEN 0 END"
    if column.type.is_number:
        return f"CAST({sql.text(sql.finite(column))} AS DOUBLE)"
    if column.type is LogicalType.STRING:
        return f"LENGTH({name})"
    return f"epoch_us({name}) % {_PRIME}" if column.type.is_time else None


def _by_name(fact: GroupsFact) -> dict[str, Sequence[Cell]]:
    return {segment_name(row[0]): row[1:] for row in fact.rows if row[0] is not None}


def _restated(name: str, before: Sequence[Cell], now: Sequence[Cell] | None, columns: Sequence[str]) -> Restated | None:
    """Return what changed most in a partition; nothing where nothing did."""
    if now is None:
        return Restated(name, "gone", -1.0)
    words = ["rows", *(word for column in columns for word in (f"values of '{column}'", f"sum of '{column}'"))]
    changes = [
        Restated(name, word, _change(was, is_)) for word, was, is_ in zip(words, before, now, strict=True) if was != is_
    ]
    certain = [each for each in changes if abs(each.change) > _ROUNDING]
    return max(certain, key=lambda each: abs(each.change), default=None)


def _change(was: Cell, is_: Cell) -> float:
    one = float(was) if isinstance(was, int | float) else 0.0
    two = float(is_) if isinstance(is_, int | float) else 0.0
    if one == two:
        return 0.0
    return two / one - 1 if one else 1.0


def _told(restated: Restated) -> str:
    return restated.what if restated.what == "gone" else f"{restated.what} by {percent(restated.change)}"
