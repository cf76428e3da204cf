"""Rows, keys and sums that must be found again in another source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field, model_validator
from sqlglot import exp

from airflow_mlquality.checks.aggregates import aggregate
from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.measurements import Elsewhere, Measurement, Orphans, RowCount, RowsWhere, Schema, sql
from airflow_mlquality.measurements.counts import STAGE
from airflow_mlquality.measurements.groups import Groups, in_groups
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROUNDING = 1e-9
"""Relative difference of sums of doubles that is no mistake."""


class Reconciled(Check):
    """The table agrees with another source: rows, keys and sums.

    It observes the largest relative difference of the row counts, of each of `expressions`, and, with a key, the share
    of keys that either side lacks.

    Why it matters
    --------------
    A copy, a migration, a feature table beside its warehouse table: both are read, and nobody reads both.

    How it decides
    --------------
    Exact. Rows whose key is NULL are in no comparison of keys. It fails at the first difference, unless levels say
    otherwise. Undecided when both are without rows.

    When it misleads
    ----------------
    Equal counts and sums do not make equal rows; with a key at least the same keys are there. A source that is written
    meanwhile differs for a moment.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Reconciled(to="copy", key="id", expressions=["sum(price)"], fail=0.1)
    >>> print(trial(check, id=[1, 2], price=[5, 5], copy={"id": [1, 2], "price": [5.0, 5.5]}))
    pass: against copy: 2 rows, 2 there; 0 keys lost, 0 invented; sum(price) is 10, 10.5 there, within fail 0.1
    >>> print(trial(check, id=[1, 3], price=[5, 5], copy={"id": [1, 2], "price": [5, 5]}))
    fail: against copy: 2 rows, 2 there; 1 keys lost, 1 invented; sum(price) is 10, 10 there, above fail 0.1
    >>> print(trial(check, id=[], price=[], copy={"id": [], "price": []}))
    undecided: against copy: neither has rows
    """

    family: ClassVar[Family] = "relations"
    scope: ClassVar[Scope] = "table"
    short: ClassVar[str | None] = "to"

    to: str
    """Name of the other source, declared under `sources`."""
    key: str | None = None
    """Column that identifies a row on both sides."""
    to_key: str | None = None
    """What the key is called in the other source, where it is called otherwise."""
    expressions: tuple[str, ...] = ()
    """Aggregates that must agree, such as `sum(amount)`."""
    rows: bool = Field(default=True, strict=True)
    """Whether the row counts must agree."""
    warn: float | None = Field(default=None, ge=0)
    """Relative difference above which it warns."""
    fail: float | None = Field(default=None, ge=0)
    """Relative difference above which it fails; 0 when no level is given."""

    @model_validator(mode="before")
    @classmethod
    def _fails_at_the_first(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("warn") is None and given.get("fail") is None:
            return {**given, "fail": 0.0}
        return given

    @model_validator(mode="after")
    def _compares_something(self) -> Self:
        if not (self.rows or self.key or self.expressions):
            msg = "compares nothing: needs rows, key or expressions"
            raise ValueError(msg)
        for each in self.expressions:
            aggregate(each)
        return self

    @property
    def verdict_id(self) -> str:
        """Its id, given or derived from the other source."""
        return self.id or f"reconciled with {self.to}"

    @property
    def place(self) -> str:
        """Its columns."""
        return ", ".join(self.columns()) or "rows"

    def columns(self) -> tuple[str, ...]:
        """Return the key and the columns of the expressions."""
        own = [name for each in self.expressions for name in aggregate(each).columns]
        return tuple(dict.fromkeys((*((self.key,) if self.key else ()), *own)))

    def sources(self) -> tuple[str, ...]:
        """Return the other source."""
        return (self.to,)

    # ---- facts ----

    def _sums(self, expression: str) -> Groups:
        return in_groups((), *aggregate(expression).values)

    def _not_numbers(self, schema: Schema) -> list[str]:
        return [name for each in self.expressions for name in aggregate(each).not_numbers(schema)]

    def _keys(self) -> tuple[RowsWhere, Orphans, Elsewhere, Elsewhere]:
        """Return rows with a key here, those of them that the other lacks, and the same from its side."""
        assert self.key is not None  # noqa: S101  asked before
        there = self.to_key or self.key
        keyed = RowsWhere(sql.text(sql.is_not_null(sql.col(self.key))))
        theirs = RowsWhere(sql.text(sql.is_not_null(sql.col(there))))
        lost = Orphans(there, self.to, self.key).condition()
        for table in lost.find_all(exp.Table):
            table.set("this", exp.to_identifier(STAGE, quoted=True))
        return (
            keyed,
            Orphans(self.key, self.to, there),
            Elsewhere(self.to, theirs),
            Elsewhere(self.to, RowsWhere(sql.text(lost))),
        )

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, keys and sums on both sides."""
        if self._not_numbers(schema):
            return (RowCount(),)
        both = [self._sums(each) for each in self.expressions]
        keys = self._keys() if self.key else ()
        here: list[Measurement[Any]] = [RowCount(), *both]
        there = [Elsewhere(self.to, each) for each in here]
        return (*here, *there, *keys)

    # ---- judging ----

    def judge(self, facts: Facts) -> Verdict:
        """Hold the largest difference against the levels."""
        wrong = self._not_numbers(facts.current.schema)
        if wrong:
            return self.undecided(Cause.WRONG_TYPE, f"against {self.to}: '{wrong[0]}' is no number to be summed")
        here, there = facts.current.rows, facts.current[Elsewhere(self.to, RowCount())]
        if here == 0 and there == 0:
            return self.undecided(
                Cause.NO_DATA, f"against {self.to}: neither has rows", advice="see why both are empty"
            )
        differences = {"rows": _difference(here, there)} if self.rows else {}
        said = [f"{here:,} rows, {there:,} there"]
        evidence: dict[str, Any] = {"rows": [here, there]}
        if self.key:
            keyed, invented, theirs, lost = (facts.current[each] for each in self._keys())
            differences["keys"] = max(lost / theirs if theirs else 0.0, invented / keyed if keyed else 0.0)
            said.append(f"{lost:,} keys lost, {invented:,} invented")
            evidence |= {"lost": lost, "invented": invented}
        for each in self.expressions:
            ours, other = self._both(facts, each)
            differences[each] = _difference(ours, other)
            said.append(f"{each} is {_told(ours)}, {_told(other)} there")
            evidence[each] = [ours, other]
        observed = max(differences.values())
        outcome = outcome_of(observed, self.warn, self.fail)
        farthest = max(differences, key=lambda name: differences[name])
        advice = f"see what happened between {self.to} and this stage: {farthest} differs most"
        return self.verdict(
            outcome,
            f"against {self.to}: {'; '.join(said)}, {bound_text(outcome, observed, self.warn, self.fail)}",
            observed=observed,
            unit="relative difference",
            advice="" if outcome is Outcome.PASS else advice,
            evidence={**evidence, "differences": differences},
        )

    def _both(self, facts: Facts, expression: str) -> tuple[float | None, float | None]:
        sums, made = self._sums(expression), aggregate(expression)
        here, there = facts.current[sums].rows, facts.current[Elsewhere(self.to, sums)].rows
        return made.of(here[0][1:]) if here else None, made.of(there[0][1:]) if there else None


def _difference(one: float | None, two: float | None) -> float:
    """Return by how much of the second two numbers differ; 1 where only one is there."""
    if one is None or two is None:
        return 0.0 if one is two else 1.0
    if abs(one - two) <= _ROUNDING * max(abs(one), abs(two)):
        return 0.0
    return abs(one - two) / abs(two) if two else 1.0


def _told(number: float | None) -> str:
    return "nothing" if number is None else number_text(number)
