"""Values that come together in a row: those that exclude each other, and those that never did before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field
from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.levels import number_text, outcome_of
from airflow_mlquality.checks.literals import NotOfTypeError, Scalar, in_terms_of
from airflow_mlquality.checks.segments import can_tell_groups, group_key, listed, segment_name, shown_segment
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.checks.values.bounds import is_scalar
from airflow_mlquality.checks.wholes import WholeShareCheck
from airflow_mlquality.measurements import Groups, Measurement, RowCount, RowsWhere, Schema, in_groups, sql
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.measurements import GroupsFact


class ImpossibleTogether(ShareCheck):
    """No row has values together that exclude each other.

    A combination names a value for each of some columns; a list of values means any of them, null means NULL.

    Why it matters
    --------------
    A pregnant man, a child with a driving licence, a cancelled order that was delivered: each value is valid, and
    their combination tells that columns were shifted, joined wrongly or filled by default.

    How it decides
    --------------
    Exact: the share of rows with any of the combinations among all rows. Undecided when there are no rows.

    When it misleads
    ----------------
    What is rare is not impossible. `combinations_known` finds pairs that nobody thought of.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = ImpossibleTogether(impossible_together=[{"state": "cancelled", "paid": True}])
    >>> print(trial(check, state=["cancelled", "sent"], paid=[False, True]))
    pass: share of rows with values that exclude each other is 0 (0 of 2 rows), within fail 0
    >>> print(trial(check, state=["cancelled", "sent"], paid=[True, True]))
    fail: share of rows with values that exclude each other is 0.5 (1 of 2 rows), above fail 0
    >>> print(trial(check, state=[], paid=[]))
    undecided: share of rows with values that exclude each other: the table has no rows

    Of several combinations the most frequent is named:

    >>> both = [{"age": [0, 1], "drives": True}, {"sex": "m", "pregnant": True}]
    >>> check = ImpossibleTogether(impossible_together=both)
    >>> people = {"age": [1, 40, 33], "drives": [True, True, False], "sex": ["f", "m", "m"]}
    >>> print(trial(check, **people, pregnant=[False, True, True]))  # doctest: +NORMALIZE_WHITESPACE
    fail: share of rows with values that exclude each other is 1 (3 of 3 rows), above fail 0; most: sex m, pregnant true
    (2 rows)
    """

    family: ClassVar[Family] = "relations"
    scope: ClassVar[Scope] = "rows"

    impossible_together: tuple[dict[str, Scalar | tuple[Scalar, ...] | None], ...] = Field(min_length=1)
    """The combinations, each a value by column."""

    @property
    def verdict_id(self) -> str:
        """Its id, given or derived from its columns."""
        return self.id or f"impossible together: {', '.join(self.columns())}"

    @property
    def place(self) -> str:
        """Its columns."""
        return ", ".join(self.columns())

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return "with values that exclude each other"

    def columns(self) -> tuple[str, ...]:
        """Return all columns of the combinations."""
        return tuple(dict.fromkeys(name for each in self.impossible_together for name in each))

    def named_values(self) -> tuple[object, ...]:
        """Return the values of the combinations."""
        values = [value for each in self.impossible_together for value in each.values()]
        return tuple(one for value in values for one in (value if isinstance(value, tuple) else (value,)))

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, violating rows, and those of each combination where there are several."""
        return (RowCount(), self._violating(schema), *self._each(schema))

    def _each(self, schema: Schema) -> list[RowsWhere]:
        several = self.impossible_together if 1 < len(self.impossible_together) <= _MOST_COUNTED else ()
        return [RowsWhere(sql.text(_held(schema, each))) for each in several]

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of rows with any of the combinations against the levels."""
        counts = [facts.current[each] for each in self._each(facts.current.schema)]
        judged = self.judged_rows(facts)
        if not (counts and judged):
            return super().judge(facts)
        rows, worst = max(zip(counts, self.impossible_together, strict=True), key=lambda each: each[0])
        beside = f"; most: {_said(worst)} ({rows:,} row{'' if rows == 1 else 's'})"
        violating = facts.current[self._violating(facts.current.schema)]
        return self.share_verdict(violating, judged, beside=beside, combinations=counts)

    def judged_rows(self, facts: Facts) -> int:
        """Return all rows."""
        return facts.current.rows

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row with any of the combinations."""
        return sql.any_of(exp.paren(_held(schema, each)) for each in self.impossible_together)


_MOST_COUNTED = 20
"""Of more combinations only the rows with any of them are counted."""


def _held(schema: Schema, combination: Mapping[str, Scalar | tuple[Scalar, ...] | None]) -> exp.Expr:
    return exp.and_(*(_holds(schema, name, value) for name, value in combination.items()))


def _said(combination: Mapping[str, Scalar | tuple[Scalar, ...] | None]) -> str:
    """Return a combination as the contract names it."""
    return ", ".join(
        f"{name} {' or '.join(segment_name(each) for each in (value if isinstance(value, tuple) else (value,)))}"
        for name, value in combination.items()
    )


def _holds(schema: Schema, name: str, value: Scalar | tuple[Scalar, ...] | None) -> exp.Expr:
    column = sql.col(name)
    if value is None:
        return sql.is_null(column)
    if not is_scalar(schema[name].type):
        raise NotOfTypeError.value(schema[name], value)
    if isinstance(value, tuple):
        return column.isin(*(in_terms_of(schema[name], each) for each in value))
    return exp.EQ(this=column, expression=in_terms_of(schema[name], value))


class CombinationsKnown(WholeShareCheck):
    """Values of two or more columns come together as they did in the reference.

    A combination is new when the reference has each of its values, and never together. New values by themselves are
    left to `drift`. NULL is a value.

    Why it matters
    --------------
    Columns that were shifted against each other, a join on the wrong key, a mapping that took another version: all
    values are known, their shares did not move, and the combinations are impossible. No check of single columns sees
    it, and models interact exactly there.

    How it decides
    --------------
    The share of rows with a new combination, of those combinations that are too frequent to have been missing by
    chance: if nothing had changed, a combination seen in k of all rows would lie in the current ones only with a
    probability of at most (m / (n + m)) to the k, of n reference and m current rows; that is held against an error rate
    of 0.01 over all combinations. Others are counted in the evidence. When only such others are above the level it is
    undecided. Without change it alarmed in 0 of 400 simulated runs (five by six values, 2,000 rows against 2,000); a
    fiftieth of rows in one new combination was found in all of 400. Undecided too without rows or reference, or when
    there are more than 1,000 combinations.

    When it misleads
    ----------------
    A reference of few rows has not seen rare combinations, and only frequent ones can then be called new.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = CombinationsKnown(combinations_known=["sex", "ward"], fail=0.01)
    >>> was = {"sex": ["f", "m", "f", "m"] * 50, "ward": ["birth", "heart", "heart", "heart"] * 50}
    >>> print(trial(check, sex=["f", "m"] * 50, ward=["heart", "heart"] * 50, reference=was))
    pass: share of rows with a new combination of 'sex' and 'ward' is 0 (0 of 100 rows), within fail 0.01
    >>> print(
    ...     trial(check, sex=["f", "m"] * 50, ward=["heart", "birth"] * 50, reference=was)
    ... )  # doctest: +NORMALIZE_WHITESPACE
    fail: share of rows with a new combination of 'sex' and 'ward' is 0.5 (50 of 100 rows), above fail 0.01:
    'x' + 'xxxxx'
    >>> print(trial(check, sex=["f"], ward=["heart"]))
    undecided: share of rows with a new combination of 'sex' and 'ward': there is no reference yet
    """

    family: ClassVar[Family] = "relations"
    scope: ClassVar[Scope] = "rows"

    combinations_known: tuple[str, ...] = Field(min_length=2)
    """The columns."""

    @property
    def verdict_id(self) -> str:
        """Its id, given or derived from its columns."""
        return self.id or f"combinations of {', '.join(self.columns())}"

    @property
    def place(self) -> str:
        """Its columns."""
        return ", ".join(self.columns())

    @property
    def _quantity(self) -> str:
        named = " and ".join(f"'{name}'" for name in self.columns())
        return f"share of rows with a new combination of {named}"

    def columns(self) -> tuple[str, ...]:
        """Return the columns."""
        return self.combinations_known

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the rows of each combination."""
        return (RowCount(),) if self._untellable(schema) else (RowCount(), self._groups(schema))

    def _untellable(self, schema: Schema) -> list[str]:
        return [name for name in self.columns() if not can_tell_groups(schema[name].type)]

    def _groups(self, schema: Schema) -> Groups:
        return in_groups([group_key(schema[name]) for name in self.columns()])

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of rows with new combinations against the levels."""
        found = self._counts(facts)
        if isinstance(found, Verdict):
            return found
        now, then_ = found
        new = _new(now, then_)
        certain = {key: rows for key, rows in new.items() if _is_no_chance(rows, now, then_)}
        judged, seen = sum(now.values()), sum(certain.values())
        named = listed([" + ".join(self._shown(facts, key)) for key in sorted(certain, key=lambda key: -certain[key])])
        evidence = {
            "combinations": len(now),
            "new": len(new),
            "rows_of_new": sum(new.values()),
            "certain": len(certain),
        }
        if outcome_of(seen / judged, self.warn, self.fail) is not outcome_of(
            sum(new.values()) / judged, self.warn, self.fail
        ):
            observed = f"{self._quantity} is {number_text(sum(new.values()) / judged)} ({sum(new.values()):,} rows)"
            why = f"{observed}, each too rare to tell from chance against {sum(then_.values()):,} rows"
            advice = "take a larger reference, or allow a share of new combinations"
            return self.undecided(Cause.TOO_SMALL, why, advice=advice, evidence=evidence)
        advice = "see whether columns were shifted or joined wrongly; take a new reference if the combination is meant"
        beside = f": {named}" if named else ""
        return self.whole_verdict(
            self._quantity, (seen, judged, "rows"), advice=advice, beside=beside, evidence=evidence
        )

    def _shown(self, facts: Facts, key: Sequence[str]) -> list[str]:
        return [shown_segment(facts, name, value) for name, value in zip(self.columns(), key, strict=True)]

    def _counts(self, facts: Facts) -> tuple[dict[tuple[str, ...], int], dict[tuple[str, ...], int]] | Verdict:
        missing = self._without_evidence(facts)
        if missing is not None:
            cause, why = missing
            return self.undecided(cause, f"{self._quantity}: {why}", advice=_TAKE_REFERENCE)
        groups = self._groups(facts.current.schema)
        assert facts.reference is not None  # noqa: S101  asked before
        now, before = facts.current[groups], facts.reference[groups]
        if not (now.is_complete and before.is_complete):
            why = f"{self._quantity}: there are more than 1,000 combinations"
            return self.undecided(Cause.WRONG_TYPE, why, advice="choose columns with fewer values")
        if not before.rows:
            return self.undecided(Cause.NO_DATA, f"{self._quantity}: the reference has no rows")
        return _by_key(now), _by_key(before)

    def _without_evidence(self, facts: Facts) -> tuple[Cause, str] | None:
        untellable = self._untellable(facts.current.schema)
        if untellable:
            return Cause.WRONG_TYPE, f"values of '{untellable[0]}' are not told apart"
        if facts.current.rows == 0:
            return Cause.NO_DATA, "the table has no rows"
        if facts.reference is None:
            return Cause.NO_REFERENCE, "there is no reference yet"
        if self._groups(facts.current.schema) not in facts.reference:
            return Cause.NO_REFERENCE, "the reference does not hold it"
        return None


_ERROR_RATE = 0.01
_TAKE_REFERENCE = "give the reference as rows, or as a report of this contract"


def _by_key(fact: GroupsFact) -> dict[tuple[str, ...], int]:
    return {tuple(map(segment_name, row[:-1])): int(row[-1] or 0) for row in fact.rows}


def _new(now: Mapping[tuple[str, ...], int], before: Mapping[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    """Return combinations that the reference has not, of values that it has."""
    known = [set(values) for values in zip(*before, strict=True)]
    return {
        key: rows
        for key, rows in now.items()
        if key not in before and all(value in values for value, values in zip(key, known, strict=True))
    }


def _is_no_chance(rows: int, now: Mapping[tuple[str, ...], int], before: Mapping[tuple[str, ...], int]) -> bool:
    """Return whether so many rows of a combination would hardly all lie in the current part by chance."""
    current, reference = sum(now.values()), sum(before.values())
    chance: float = (current / (current + reference)) ** rows
    return chance * len(set(now) | set(before)) <= _ERROR_RATE
