"""Numbers of the business: sums, means and rates of the table, in all or by segment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from airflow_mlquality.checks.aggregates import Aggregate, aggregate
from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, breaches, number_text, outcome_of
from airflow_mlquality.checks.segments import can_tell_groups, group_key, listed, segment_name, shown_segment
from airflow_mlquality.checks.volume.compared import Bound, Compared, beyond
from airflow_mlquality.checks.wording import percent
from airflow_mlquality.measurements import Elsewhere, Groups, LogicalType, Measurement, RowCount, Schema, in_groups
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.measurements import GroupsFact

TOTAL = "total"
_ID_LENGTH = 80


class Kpi(Check):
    """A number of the table stays within bounds, or near what it was elsewhere: in all, or in every segment.

    The number is made of `sum`, `avg`, `min`, `max`, `count`, `count_if` and arithmetic between them, such as
    `sum(price * pieces) / count(*)`. NULL, NaN and infinities are in no sum. With `against` it observes the relative
    change, and a single level `0.2` means a fifth up or down.

    Why it matters
    --------------
    Every row may be valid and revenue still half of yesterday's: a shop did not deliver, or a price went from euros
    to cents. Those who use the table see such numbers first; the gate should see them before.

    How it decides
    --------------
    Exact: the number of all rows, or with `by` that of the segment that lies farthest outside; the segment that moved
    most is named. A segment that the reference or `segments` has and the table lacks is a breach by itself. Undecided
    when there are no rows, no number (a divisor of 0), nothing to compare with, a zero to compare with, or more
    than 1,000 segments.

    When it misleads
    ----------------
    It knows no sampling error: a segment of twelve rows moves by a third by chance. Leave such segments out by
    `least_rows`. Totals hide segments that move in opposite directions; use `by`.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Kpi(expression="sum(price)", against="reference", by="shop", segments=["a", "b"], fail=0.2)
    >>> was = {"shop": ["a", "a", "b"], "price": [10, 20, 5]}
    >>> print(trial(check, shop=["a", "b"], price=[33, 5], reference=was))
    pass: sum(price) by 'shop' against the reference: most changed is a by 10 % (30 -> 33), within fail [-0.2, 0.2]
    >>> print(trial(check, shop=["a"], price=[14], reference=was))  # doctest: +NORMALIZE_WHITESPACE
    fail: sum(price) by 'shop' against the reference: most changed is a by -53 % (30 -> 14), outside fail [-0.2, 0.2];
    1 segment is missing: b
    >>> print(trial(Kpi(expression="avg(price)", fail=(5, 15)), price=[9, 12]))
    pass: avg(price) is 10.5, within fail [5, 15]
    >>> print(trial(check, shop=["a"], price=[14]))
    undecided: sum(price) by 'shop' against the reference: there is no reference yet
    """

    family: ClassVar[Family] = "volume"
    scope: ClassVar[Scope] = "table"
    short: ClassVar[str | None] = "expression"

    expression: str
    """Aggregates of the rows, and arithmetic between them: `sum(price) / count(*)`."""
    by: str | None = None
    """Column whose values tell the segments."""
    segments: tuple[str, ...] = ()
    """Segments that must be there."""
    against: str | None = None
    """`reference`, or the name of another source: then the relative change is judged, not the number."""
    their_expression: str | None = None
    """The expression over the other source, where it is another one there."""
    least_rows: int = Field(default=1, ge=1)
    """Segments with fewer rows, here or there, are not judged."""
    warn: Bound | None = None
    """Range outside of which it warns; a single number is an upper bound, of a change one up and down."""
    fail: Bound | None = None
    """Range outside of which it fails."""

    @field_validator("expression", "their_expression")
    @classmethod
    def _is_aggregate(cls, expression: str | None) -> str | None:
        if expression is not None:
            aggregate(expression)
        return expression

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.warn is None and self.fail is None and not self.segments:
            msg = "needs warn, fail or segments"
            raise ValueError(msg)
        if self.segments and not self.by:
            msg = "segments need 'by', the column that tells them"
            raise ValueError(msg)
        return self

    # ---- what it is ----

    @property
    def verdict_id(self) -> str:
        """Its id, given or the expression itself."""
        return self.id or f"{self.expression}{f' by {self.by}' if self.by else ''}"[:_ID_LENGTH]

    @property
    def place(self) -> str:
        """Its columns."""
        return ", ".join(self.columns()) or "rows"

    def columns(self) -> tuple[str, ...]:
        """Return the columns of the expression, and the one that tells the segments."""
        own = aggregate(self.expression).columns
        return tuple(dict.fromkeys((*own, self.by) if self.by else own))

    def sources(self) -> tuple[str, ...]:
        """Return the other source."""
        return (self.against,) if self.against not in (None, "reference") else ()

    def named_values(self) -> tuple[object, ...]:
        """Return the segments that the contract names."""
        return self.segments

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the aggregates in each segment, here and in the other source."""
        if self._wrong(schema):
            return (RowCount(),)
        there = tuple(Elsewhere(name, self._groups(schema, their=True)) for name in self.sources())
        return (RowCount(), self._groups(schema), *there)

    def _wrong(self, schema: Schema) -> str:
        """Return what is wrong with the types of its columns."""
        others = aggregate(self.expression).not_numbers(schema)
        if others:
            return f"'{others[0]}' is {schema[others[0]].type.value} and no number"
        is_told = self.by is None or schema[self.by].type is LogicalType.NULL or can_tell_groups(schema[self.by].type)
        return "" if is_told else f"values of '{self.by}' tell no segments"

    def _groups(self, schema: Schema, *, their: bool = False) -> Groups:
        by = [group_key(schema[self.by])] if self.by else []
        return in_groups(by, *self._aggregate(their=their).values)

    def _aggregate(self, *, their: bool) -> Aggregate:
        return aggregate((self.their_expression if their else None) or self.expression)

    # ---- judging ----

    def judge(self, facts: Facts) -> Verdict:
        """Hold the number, or the farthest of the segments, against the levels."""
        wrong = self._wrong(facts.current.schema)
        if wrong:
            return self.undecided(Cause.WRONG_TYPE, f"{self._quantity}: {wrong}")
        if facts.current.rows == 0:
            return self._nothing("the table has no rows")
        fact = facts.current[self._groups(facts.current.schema)]
        before = self._before(facts)
        if isinstance(before, Verdict):
            return before
        if not (fact.is_complete and (before is None or before.is_complete)):
            why = f"{self._quantity}: '{self.by}' has more than 1,000 values"
            return self.undecided(Cause.WRONG_TYPE, why, advice="choose a coarser column")
        now, then = self._numbers(fact, their=False), None if before is None else self._numbers(before, their=True)
        missing = [name for name in (*self.segments, *(then or {})) if name not in self._names(fact)]
        return self._concluded(facts, self._compared(now, then), list(dict.fromkeys(missing)))

    def _before(self, facts: Facts) -> GroupsFact | Verdict | None:
        """Return what it is compared with; nothing where it is compared with bounds alone."""
        if self.against is None:
            return None
        schema = facts.current.schema
        if self.sources():
            return facts.current[Elsewhere(self.against, self._groups(schema, their=True))]  # type: ignore[no-any-return]
        if facts.reference is None:
            return self.undecided(Cause.NO_REFERENCE, f"{self._quantity}: there is no reference yet")
        groups = self._groups(schema)
        if groups not in facts.reference:
            why = facts.reference.failures.get(groups) or "the reference does not hold it"
            advice = "give the reference as rows, or as a report of this contract"
            return self.undecided(Cause.NO_REFERENCE, f"{self._quantity}: {why}", advice=advice)
        return facts.reference[groups]

    def _numbers(self, fact: GroupsFact, *, their: bool) -> dict[str, float]:
        made = self._aggregate(their=their and bool(self.sources()))
        found = {}
        for row in fact.rows:
            key, rows, values = self._parts(row)
            number = made.of(values)
            if number is not None and rows >= self.least_rows:
                found[key] = number
        return found

    def _parts(self, row: Sequence[Any]) -> tuple[str, int, Sequence[Any]]:
        keys = 1 if self.by else 0
        return segment_name(row[0]) if keys else TOTAL, int(row[keys]), row[keys + 1 :]

    def _names(self, fact: GroupsFact) -> set[str]:
        return {self._parts(row)[0] for row in fact.rows}

    def _compared(self, now: Mapping[str, float], then: Mapping[str, float] | None) -> list[Compared]:
        if then is None:
            return [Compared(name, number) for name, number in now.items()]
        both = [(name, number, then[name]) for name, number in now.items() if then.get(name)]
        return [Compared(name, number, before) for name, number, before in both]

    @property
    def _levels(self) -> tuple[Bound | None, Bound | None]:
        warn, fail = (
            (-level, level) if self.against and isinstance(level, int | float) else level
            for level in (self.warn, self.fail)
        )
        return warn, fail

    def _concluded(self, facts: Facts, compared: Sequence[Compared], missing: Sequence[str]) -> Verdict:
        warn, fail = self._levels
        if not compared and not missing:
            return self._nothing("there is no number" if self.against is None else "there is no number to compare with")
        worst = max(compared, key=lambda each: self._distance(each.observed), default=None)
        outcome = outcome_of(worst.observed, warn, fail) if worst else Outcome.PASS
        if missing:
            outcome = max(outcome, Outcome.WARN if fail is None and warn is not None else Outcome.FAIL, key=_severity)
        said = [self._said(facts, worst, len(compared), outcome)] if worst else [self._quantity]
        if missing:
            shown = listed([self._shown(facts, name) for name in missing])
            said.append(f"{len(missing):,} segment{' is' if len(missing) == 1 else 's are'} missing: {shown}")
        return self.verdict(
            outcome,
            "; ".join(said) if worst else ": ".join(said),
            observed=worst.observed if worst else None,
            unit="relative change" if self.against else "",
            warn=warn,
            fail=fail,
            advice="" if outcome is Outcome.PASS else self._advice,
            evidence=self._evidence(facts, compared, missing),
        )

    def _distance(self, observed: float) -> tuple[bool, bool, float]:
        """Return how far outside a number lies; between two that do not, the one that is farther from nothing."""
        warn, fail = self._levels
        return breaches(observed, fail), breaches(observed, warn), beyond(observed, fail or warn)

    # ---- words ----

    @property
    def _quantity(self) -> str:
        by = f" by '{self.by}'" if self.by else ""
        where = (
            "" if self.against is None else f" against {'the ' if self.against == 'reference' else ''}{self.against}"
        )
        return f"{self.expression}{by}{where}"

    @property
    def _advice(self) -> str:
        return "see whether the source delivered all of it, in the same unit and once; or correct the bounds"

    def _nothing(self, why: str) -> Verdict:
        return self.undecided(Cause.NO_DATA, f"{self._quantity}: {why}", advice="find out why there is no number")

    def _shown(self, facts: Facts, name: str) -> str:
        return shown_segment(facts, self.by, name) if self.by else name

    def _said(self, facts: Facts, worst: Compared, number: int, outcome: Outcome) -> str:
        warn, fail = self._levels
        bound = bound_text(outcome if breaches(worst.observed, warn) else Outcome.PASS, worst.observed, warn, fail)
        of = f" {self._shown(facts, worst.name)}" if self.by else ""
        if self.against is None:
            where = f" is {number_text(worst.observed)}" + (f" in{of}, of {number:,} segments" if self.by else "")
            return f"{self._quantity}{where}, {bound}"
        changed = f"most changed is{of} by" if self.by else "it changed by"
        return f"{self._quantity}: {changed} {percent(worst.observed)}{worst.text}, {bound}"

    def _evidence(self, facts: Facts, compared: Sequence[Compared], missing: Sequence[str]) -> dict[str, Any]:
        ranked = sorted(compared, key=lambda each: self._distance(each.observed), reverse=True)
        rows = [
            {"segment": self._shown(facts, each.name), "now": each.now, "then": each.then, "observed": each.observed}
            for each in ranked[:_SHOWN]
        ]
        return {"segments": rows, "judged": len(compared), "missing": [self._shown(facts, each) for each in missing]}


_SHOWN = 20


def _severity(outcome: Outcome) -> int:
    return outcome.severity
