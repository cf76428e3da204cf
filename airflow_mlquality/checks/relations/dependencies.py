"""Columns whose values determine those of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, field_validator

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, outcome_of
from airflow_mlquality.checks.segments import can_tell_groups, group_key, has_value
from airflow_mlquality.checks.wholes import WholeShareCheck
from airflow_mlquality.checks.wording import interval_text
from airflow_mlquality.measurements import Groups, Measurement, RowCount, Schema, in_groups, then
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Determines(WholeShareCheck):
    """The value of some columns determines that of another: a functional dependency, with a tolerance.

    Rows with a NULL in any of the columns are not judged.

    Why it matters
    --------------
    One product has one category, one postcode one state. Where a product suddenly has two, a join took the wrong key,
    a mapping table has two versions, or somebody writes the code in another form; every value by itself is valid.

    How it decides
    --------------
    Exact: the error g3 of Kivinen and Mannila, the least share of rows that would have to change for the dependency to
    hold; in each group all rows but those of its most frequent value. Undecided when no row is complete, or when every
    determining value stands once, so that nothing could conflict. With `confidence`, the rows are taken as a sample and
    the share has an interval (Clopper and Pearson); it passes or fails only when all of the interval does.

    When it misleads
    ----------------
    Determining values that stand once or twice hide conflicts; `groups` of the evidence says how many could conflict.
    A dependency that holds today by chance is no rule: declare those that the business knows.

    References
    ----------
    Kivinen, J. and Mannila, H. (1995). Approximate inference of functional dependencies from relations. Theoretical
    Computer Science, 149, 129-149. DOI 10.1016/0304-3975(95)00028-U

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Determines(by=["zip"], determines="city", fail=0.1)
    >>> print(trial(check, zip=[1, 1, 2], city=["Ulm", "Ulm", "Bonn"]))
    pass: share of rows whose 'zip' does not determine 'city' is 0 (0 of 3 rows), within fail 0.1
    >>> print(trial(check, zip=[1, 1, 1, 2], city=["Ulm", "Ulm", "Bonn", "Bonn"]))  # doctest: +NORMALIZE_WHITESPACE
    fail: share of rows whose 'zip' does not determine 'city' is 0.25 (1 of 4 rows), above fail 0.1; 1 of 2 values of
    'zip' comes with several of 'city'
    >>> print(trial(check, zip=[1, 2], city=["Ulm", "Bonn"]))
    undecided: share of rows whose 'zip' does not determine 'city': each of 2 values stands once, nothing can conflict
    """

    family: ClassVar[Family] = "relations"
    scope: ClassVar[Scope] = "rows"

    by: tuple[str, ...] = Field(min_length=1)
    """Columns whose values determine the other."""
    determines: str
    """The column that is determined."""
    confidence: float | None = Field(default=None, gt=0.5, lt=1)
    """Confidence of an interval for the share, such as 0.99; none judges the rows as they are."""

    @field_validator("by", mode="before")
    @classmethod
    def _one_or_more(cls, by: Any) -> Any:
        return (by,) if isinstance(by, str) else by

    @property
    def verdict_id(self) -> str:
        """Its id, given or derived from its columns."""
        return self.id or f"{', '.join(self.by)} determines {self.determines}"

    @property
    def place(self) -> str:
        """Its columns."""
        return ", ".join(self.columns())

    def columns(self) -> tuple[str, ...]:
        """Return all columns of the dependency."""
        return (*self.by, self.determines)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask how many rows the groups have, and how many their most frequent value."""
        return (RowCount(),) if self._untellable(schema) else (RowCount(), self._groups(schema))

    def _untellable(self, schema: Schema) -> list[str]:
        return [name for name in self.columns() if not can_tell_groups(schema[name].type)]

    def _groups(self, schema: Schema) -> Groups:
        complete = " AND ".join(has_value(schema[name]) for name in self.columns())
        pairs = in_groups([group_key(schema[name]) for name in self.columns()], where=complete)
        each = then(pairs, [f"k{place}" for place in range(len(self.by))], "SUM(v0)", "MAX(v0)")
        return then(each, (), "SUM(v0)", "SUM(v1)", "COUNT(*)", "COUNT_IF(v1 < v0)", "COUNT_IF(v0 > 1)")

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of rows that would have to change against the levels."""
        schema, what = facts.current.schema, f"share of rows whose {self._named} does not determine '{self.determines}'"
        untellable = self._untellable(schema)
        if untellable:
            type_ = schema[untellable[0]].type.value
            return self.undecided(Cause.WRONG_TYPE, f"{what}: values of type {type_} are not told apart")
        ((rows, kept, groups, conflicting, several),) = facts.current[self._groups(schema)].rows or ((0,) * 5,)
        judged, groups = int(rows or 0), int(groups or 0)
        if not several:
            why = f"each of {groups:,} values stands once, nothing can conflict" if judged else "no row is complete"
            advice = "judge more rows at once" if judged else "find out why the columns are empty"
            return self.undecided(Cause.TOO_SMALL if judged else Cause.NO_DATA, f"{what}: {why}", advice=advice)
        violating = judged - int(kept or 0)
        evidence = {"values": groups, "groups": int(several), "conflicting": int(conflicting or 0)}
        if self.confidence is not None:
            return self._with_interval(what, violating, judged, evidence)
        return self.whole_verdict(
            what,
            (violating, judged, "rows"),
            advice=self._advice,
            beside=self._conflicts(evidence),
            evidence={**evidence, "unjudged": facts.current.rows - judged},
        )

    def _with_interval(self, what: str, violating: int, judged: int, evidence: Mapping[str, int]) -> Verdict:
        from airflow_mlquality.stats.binomial import lower_share, upper_share

        rate, share = 1 - (self.confidence or 0), violating / judged
        interval = lower_share(violating, judged, rate), upper_share(violating, judged, rate)
        lowest, highest = (outcome_of(end, self.warn, self.fail) for end in interval)
        observed = f"{what} is {interval_text(share, interval)} ({violating:,} of {judged:,} rows)"
        fields: dict[str, Any] = {"observed": share, "unit": "share", "interval": interval, "evidence": dict(evidence)}
        if lowest is not highest:
            advice = "judge more rows at once, or widen the levels"
            return self.undecided(Cause.TOO_SMALL, f"{observed}, too few to tell", advice=advice, **fields)
        bound = bound_text(lowest, interval[0] if lowest is not Outcome.PASS else interval[1], self.warn, self.fail)
        is_pass = lowest is Outcome.PASS
        beside = "" if is_pass else self._conflicts(evidence)
        return self.verdict(lowest, f"{observed}, {bound}{beside}", advice="" if is_pass else self._advice, **fields)

    @property
    def _named(self) -> str:
        return ", ".join(f"'{name}'" for name in self.by)

    @property
    def _advice(self) -> str:
        return f"group by {self._named} and see which values have several of '{self.determines}'; mend the mapping"

    def _conflicts(self, evidence: Mapping[str, int]) -> str:
        number = evidence["conflicting"]
        verb = "comes" if number == 1 else "come"
        return (
            f"; {number:,} of {evidence['values']:,} values of {self._named} {verb} with several of '{self.determines}'"
        )
