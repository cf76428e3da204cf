"""Spikes: a value, or a roundness, that suddenly carries rows."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.levels import bound_text, outcome_of_interval
from airflow_mlquality.checks.meaning.gains import Kind, Spike, largest_gain
from airflow_mlquality.checks.wording import interval_text, percent, rows_text
from airflow_mlquality.measurements import (
    Column,
    Groups,
    LogicalType,
    Measurement,
    Moments,
    RowCount,
    Schema,
    Shape,
    in_groups,
    sql,
)
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.profile import Profile

TOP = 20
"""Frequent values that are looked at."""
_NEARLY_ALL = 0.9
"""Of a heap on round numbers, the part from which on one value is named instead."""
_ROUND = ("whole", "multiple of 10", "multiple of 100", "multiple of 1000")


class DefaultSpike(EstimatedCheck):
    """No single value suddenly carries rows that it did not carry in the reference.

    Observed is the largest gain in the share of rows: of one of the twenty most frequent values, or of round numbers
    (whole, multiples of 10, 100, 1000).

    Why it matters
    --------------
    Somebody fills what is missing with 0, 1900-01-01 or the mean: null shares become better, and the column worse.
    A sensor that froze, a value cut off at 255, ages rounded to tens show in the same way: rows pile up somewhere.

    How it decides
    --------------
    Exact binomial intervals of the share now and in the reference, at an error rate shared by all values: fails when
    the whole interval of the gain lies at or above `fail`, passes when it lies below. The verdict says whether the
    column is *frozen* (one value only), *cut off* (at its largest or smallest value, beyond which the reference has
    some), *heaped* (round numbers), or has a *spike*. Of a value that the reference does not count singly, it
    takes what lies in the reference's bin. Undecided without reference, or with too few rows.

    Measured on 1,000 rows of 10 or 200 values: no alarm in 400 runs without change; a new value in 11 % of the rows is
    found in at least 90 of 100 runs.

    When it misleads
    ----------------
    A price list with a new best seller, a new default tariff: real values gain rows as well.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = DefaultSpike(column="age")
    >>> train = {"age": [20 + i % 50 for i in range(2000)]}
    >>> print(trial(check, age=[20 + i % 50 for i in range(2000)], reference=train))
    pass: largest gain of one value of 'age' is 0 [-0.0042, 0.048] (2,000 rows against 2,000), within fail 0.05
    >>> print(trial(check, age=[20 + i % 50 for i in range(800)] + [0] * 200, reference=train))
    ... # doctest: +NORMALIZE_WHITESPACE
    fail: largest gain of one value of 'age' is 0.2 [0.15, 0.25] (1,000 rows against 2,000), above fail 0.05;
    # holds 20 % of the rows, in the reference 0 %: cut off
    >>> print(trial(check, age=[20, 31, 42], reference=train))  # doctest: +NORMALIZE_WHITESPACE
    undecided: largest gain of one value of 'age' is 0.31 [-0.0036, 0.97] (3 rows against 2,000), too few to tell: about
    23 rows would decide
    >>> print(trial(check, age=[20, 31, 42]))
    undecided: largest gain of one value of 'age': there is no reference yet
    """

    family: ClassVar[Family] = "meaning"
    scope: ClassVar[Scope] = "column"
    flag: ClassVar[bool] = True

    reference: str | None = None
    """Name of the stored profile to compare with, or its path; an operator or a command may name another."""
    warn: float | None = Field(default=None, gt=0, le=1)
    """Gain in the share of rows from which on it warns."""
    fail: float | None = Field(default=None, gt=0, le=1)
    """Gain in the share of rows from which on it fails; 0.05 when no level is given."""

    @model_validator(mode="before")
    @classmethod
    def _with_level(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("warn") is None and given.get("fail") is None:
            return {**given, "fail": 0.05}
        return given

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Values without parts."""
        return type_.is_number or type_.is_time or type_ in (LogicalType.STRING, LogicalType.BOOLEAN, LogicalType.UUID)

    # ---- what it asks for ----

    def _top(self, column: Column) -> Groups:
        x = sql.text(sql.col(column.name))
        return in_groups((_key(column),), where=f"{x} IS NOT NULL{_finite(column)}", limit=TOP)

    def _total(self, column: Column) -> Groups:
        """Ask for rows by roundness; of what is no number, for all rows."""
        x = sql.text(sql.col(column.name))
        steps = " ".join(f"WHEN FLOOR({x} / {10**n}) * {10**n} = {x} THEN {n}" for n in (3, 2, 1, 0))
        key = f"CASE {steps} ELSE -1 END" if column.type.is_number else f"CASE WHEN {x} IS NULL THEN 0 ELSE -1 END"
        return in_groups((key,), where=f"{x} IS NOT NULL{_finite(column)}", limit=TOP)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the frequent values, the round ones, and what a plain profile holds instead."""
        column = schema[self.column]
        return (RowCount(), Moments(self.column), Shape(self.column), self._top(column), self._total(column))

    # ---- how it judges ----

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the largest gain, or why there is none."""
        spikes = self._spikes(facts)
        if isinstance(spikes, Verdict):
            return spikes
        return Estimate(max(each.gain for each in spikes), lambda rate: largest_gain(spikes, rate))

    def _spikes(self, facts: Facts) -> list[Spike] | Verdict:
        column = facts.current.schema[self.column]
        rows = sum(int(row[-1] or 0) for row in facts.current[self._total(column)].rows)
        if not rows:
            why = "the table has no rows" if facts.current.rows == 0 else "no row has a value"
            return self.undecided(Cause.NO_DATA, f"{self._quantity}: {why}", advice="find out why")
        if facts.reference is None or self.column not in facts.reference.schema:
            return self.undecided(Cause.NO_REFERENCE, f"{self._quantity}: there is no reference yet", advice=_TAKE)
        before = _rows_with_value(facts.reference, self._total(facts.reference.schema[self.column]), self.column)
        if not before:
            return self.undecided(Cause.NO_DATA, f"{self._quantity}: the reference holds no values", advice=_TAKE)
        top = facts.current[self._top(column)].rows
        spikes = [self._spike(facts, value, int(count or 0), rows, before) for value, count in top]
        return [*spikes, *self._rounds(facts, rows, before)]

    def _spike(self, facts: Facts, value: Any, count: int, rows: int, before: int) -> Spike:
        assert facts.reference is not None  # noqa: S101  asked before
        known = min(self._known(facts.reference, value), before)
        kind: Kind = "spike"
        if count == rows and known < before:
            kind = "frozen"
        elif self._is_cut(facts, value):
            kind = "cut off"
        return Spike(facts.display(self.column, value), count, rows, known, before, kind)

    def _known(self, reference: Profile, value: Any) -> int:
        """Return how many rows of the reference hold a value, at most."""
        column = reference.schema[self.column]
        asked = self._top(column)
        if asked in reference:
            fact = reference[asked]
            counts = {row[0]: int(row[1] or 0) for row in fact.rows}
            if value in counts or fact.is_complete:
                return counts.get(value, 0)
        shape = Shape(self.column)
        bins = reference[shape].bins if shape in reference else None
        if bins is None or bins.kind == "presence" or column.type.is_time:
            return min(int(row[1] or 0) for row in reference[asked].rows) if asked in reference else 0
        if bins.kind == "number" and isinstance(value, int | float):
            return reference[shape].counts[bisect_left(bins.edges, float(value))]
        names = [str(each).lower() if isinstance(each, bool) else each for each in bins.values]
        return reference[shape].counts[names.index(value)] if value in names else reference[shape].other

    def _is_cut(self, facts: Facts, value: Any) -> bool:
        asked = Moments(self.column)
        assert facts.reference is not None  # noqa: S101  asked before
        if not isinstance(value, int | float) or asked not in facts.reference:
            return False
        now, before = facts.current[asked], facts.reference[asked]
        if None in (now.min, now.max, before.min, before.max) or now.min == now.max:
            return False
        return value in (now.min, now.max)

    def _rounds(self, facts: Facts, rows: int, before: int) -> list[Spike]:
        """Return how many numbers are multiples of powers of ten, where the reference counts them as well."""
        column = facts.current.schema[self.column]
        assert facts.reference is not None  # noqa: S101  asked before
        known = facts.reference.schema[self.column]
        asked = self._total(known)
        if not (column.type.is_number and known.type.is_number and asked in facts.reference):
            return []
        pairs = [{int(str(n)): int(c or 0) for n, c in held.rows} for held in (
            facts.current[self._total(column)], facts.reference[asked])]  # fmt: skip
        return [
            Spike(
                name,
                sum(c for n, c in pairs[0].items() if n >= power),
                rows,
                sum(c for n, c in pairs[1].items() if n >= power),
                before,
                "heaped",
            )
            for power, name in enumerate(_ROUND)
        ]

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels."""
        spikes = self._spikes(facts)
        if isinstance(spikes, Verdict):
            return spikes
        interval = estimate.interval(error_rate)
        outcome = outcome_of_interval(interval, self.warn, self.fail)
        largest = _told(spikes)
        said = (
            f"{self._quantity} is {interval_text(estimate.value, interval)} "
            f"({largest.rows:,} rows against {largest.before:,})"
        )
        evidence = [
            {
                "value": each.value,
                "kind": each.kind,
                "share": each.count / each.rows,
                "before": each.known / each.before,
            }
            for each in spikes
            if each.gain > 0
        ]
        fields: dict[str, Any] = {
            "observed": estimate.value, "unit": "share", "interval": interval, "evidence": {"values": evidence}
        }  # fmt: skip
        if outcome is Outcome.UNDECIDED:
            return self.undecided(
                Cause.TOO_SMALL,
                f"{said}, too few to tell: {rows_text(self._needed(spikes, error_rate), 'take a larger reference')}",
                advice="compare more rows at once, such as a longer partition, or widen the levels",
                **fields,
            )
        bound = bound_text(outcome, estimate.value, self.warn, self.fail)
        if outcome is Outcome.PASS:
            return self.verdict(outcome, f"{said}, {bound}", **fields)
        shares = percent(largest.count / largest.rows), percent(largest.known / largest.before)
        what = f"{largest.value} holds {shares[0]} of the rows, in the reference {shares[1]}: {largest.kind}"
        return self.verdict(outcome, f"{said}, {bound}; {what}", advice=self._advice, **fields)

    def _needed(self, spikes: list[Spike], rate: float) -> int | None:
        from dataclasses import replace

        from airflow_mlquality.stats.sizes import rows_needed

        def decides(rows: int) -> bool:
            more = [replace(each, count=round(each.count / each.rows * rows), rows=rows) for each in spikes]
            return outcome_of_interval(largest_gain(more, rate), self.warn, self.fail) is not Outcome.UNDECIDED

        return rows_needed(decides, rows=spikes[0].rows)

    @property
    def _quantity(self) -> str:
        return f"largest gain of one value of '{self.column}'"

    @property
    def _advice(self) -> str:
        return f"see who fills, rounds or cuts off '{self.column}'; what is missing should be NULL"


def _told(spikes: list[Spike]) -> Spike:
    """Return the spike that a reason names: one value where that makes nearly all of a heap, which says more."""
    largest = max(spikes, key=lambda each: each.gain)
    values = [each for each in spikes if each.kind != "heaped"]
    single = max(values, key=lambda each: each.gain, default=largest)
    return single if single.gain >= _NEARLY_ALL * largest.gain else largest


def _key(column: Column) -> str:
    x = sql.text(sql.col(column.name))
    if column.type is LogicalType.TIMESTAMP_TZ:
        return f"CAST({x} AS DATE)"
    if column.type is LogicalType.INTEGER or column.type.is_time:
        return x
    return f"CAST({x} AS DOUBLE)" if column.type.is_number else f"CAST({x} AS VARCHAR)"


def _finite(column: Column) -> str:
    return f" AND ISFINITE({sql.text(sql.col(column.name))})" if column.type is LogicalType.FLOAT else ""


def _rows_with_value(profile: Profile, asked: Groups, column: str) -> int:
    if asked in profile:
        return sum(int(row[-1] or 0) for row in profile[asked].rows)
    return profile[Shape(column)].values if Shape(column) in profile else 0


_TAKE = "give the reference as rows, as a report of this contract, or as a profile: 'mlquality profile SOURCE'"
