"""Dependence: whether two columns still go together as they did."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from airflow_mlquality.checks.drift.contingency import (
    LEAST_SECOND,
    MISSING,
    RARE,
    TOO_MANY,
    AnyOf,
    OfRareValues,
    Pairs,
    Tables,
    between,
    group_key,
    information,
    strengths,
    tables_of,
)
from airflow_mlquality.checks.drift.features import Feature, FeatureDrift
from airflow_mlquality.measurements import Groups, LogicalType, Sampled, in_groups
from airflow_mlquality.measurements.groups import LIMIT
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks.base import Facts, Scope
    from airflow_mlquality.checks.drift.methods import Distance
    from airflow_mlquality.checks.estimates import Estimate
    from airflow_mlquality.measurements import Column, Measurement, Schema

_SINGLE = (LogicalType.STRING, LogicalType.BOOLEAN)
_TRUTHS = 3
"""True, false and NULL."""


class DependenceStable(FeatureDrift):
    """Two columns depend on each other as they do in a reference.

    For each declared pair the ten most frequent values of each column in the reference are told apart, of few rows
    those of which the smaller side expects ten; the others are one, and so is NULL, and either is left out where it is
    in fewer than ten rows. A number is cut at the `edges` given for it. By default the strength is compared, Cramér's V
    in [0, 1]; with `method: conditional` what the second column is where the first has a value.

    Why it matters
    --------------
    A model learns relations. A join on the wrong key, a column that is filled from another source, a shuffled file
    leave the shape of every column as it was, so no drift of columns sees them, and destroy how columns go together.

    How it decides
    --------------
    `cramers_v`: the difference of the two strengths, each without the part that sampling alone gives, with an interval
    from those of both (noncentral chi-square law, MOVER). `conditional`: the share of rows whose second value would
    have to be another one given the first (mean total variation distance), with an interval from the law of that norm.
    Fail when all of the interval lies at or above `fail`, warn when it lies at or above `warn`, pass when it lies below
    `fail`, otherwise undecided, naming how many rows would decide. All estimated checks of the contract share one
    budget of false alarms. Levels, 0.1 and 0.2: Cohen calls a V of 0.1 small; one row in ten and one in five.
    Undecided without reference, when a column has a single value, for a number without `edges`, and by `cramers_v`
    when the smaller side expects fewer than 50 rows beside those of a column's most frequent value.
    The evidence has the counts of both sides, and the bits that one column says of the other, then and now (mutual
    information). Of a table of more than 200,000 rows the embedded engine looks at so many at most, from everywhere in
    it; databases and Spark look at all, in one more scan per pair and one per column. Only the 1,000 most frequent
    pairs are kept; what else a value is in it has with the others, and the interval covers what is not known of it.

    Measured at the error rate of one of forty columns against 20,000 rows: that a V of 0.3 between two binary columns
    vanished, or doubled, warns in 83 % of samples of 500 rows and in all of 2,000; by `conditional`, where it is 0.15,
    in 33 % of 2,000 and in all of 20,000. Without change the lower end exceeded 0 in at most 1.5 % of samples at a
    stated 1 %, and in 2 % of 1,000 rows of which 95 % have one value. Of 2 to 1,000 values of unlike frequency (50 to
    1,000,000 rows against 100,000) 3 samples of 450 alarmed whose strength changed by exactly `warn`, none by half of
    it or less; a change of 0.3 was found in at least 90 % of samples of 500 rows and in all of 5,000 (`cramers_v`).

    When it misleads
    ----------------
    The strength is one number: values that swap their partners keep it, and only `conditional` sees that. That one in
    turn moves when the second column drifts as a whole. Pairs of values, with their counts, are kept in the profile
    and in reports: name no columns whose values are secret.

    References
    ----------
    Cramér, H. (1946). Mathematical Methods of Statistics, chapter 21. Princeton University Press.

    Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences, 2nd edition, chapter 7. Erlbaum.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = DependenceStable(pairs=[("plan", "paid")])
    >>> train = {"plan": ["free", "pro"] * 1000, "paid": [False, True] * 1000}
    >>> print(
    ...     trial(check, plan=["free", "pro"] * 300, paid=[False, True] * 300, reference=train)
    ... )  # doctest: +NORMALIZE_WHITESPACE
    pass: change of Cramér's V of 'plan' and 'paid' from the reference is 0.00058 [0, 0.095] (600 rows against
    2,000), within fail 0.2
    >>> print(
    ...     trial(check, plan=["free", "pro"] * 300, paid=[False, False, True, True] * 150, reference=train)
    ... )  # doctest: +NORMALIZE_WHITESPACE
    fail: change of Cramér's V of 'plan' and 'paid' from the reference is 1 [0.84, 1] (600 rows against 2,000), above
    fail 0.2; Cramér's V 1 -> 0
    >>> print(
    ...     trial(check, plan=["free", "pro"] * 3, paid=[False, True] * 3, reference=train)
    ... )  # doctest: +NORMALIZE_WHITESPACE
    undecided: change of Cramér's V of 'plan' and 'paid' from the reference is 0.087 [0, 1] (6 rows against 2,000), too
    few to tell: about 1,100 rows would decide
    """

    scope: ClassVar[Scope] = "drift"
    samples: ClassVar[bool] = True
    filled: ClassVar[frozenset[str]] = frozenset({"column", "at", "pair"})
    advice: ClassVar[str] = "see whether a join, a key or the source of one of the columns changed"

    pairs: tuple[tuple[str, str], ...] = Field(default=(), min_length=1)
    """Pairs of columns; the first is what the second is looked at by."""
    edges: dict[str, tuple[float, ...]] = Field(default={})
    """Where a number is cut, by its column."""
    method: Literal["cramers_v", "conditional"] = "cramers_v"
    """What is compared: `cramers_v`, the strength, or `conditional`, the second column given the first."""
    pair: tuple[str, str] | None = Field(default=None, exclude=True, repr=False)
    """The one pair that an expanded check is about."""

    @property
    def verdict_id(self) -> str:
        """Its id with the columns."""
        base = self.id or self.name()
        return f"{base}.{'.'.join(self.pair)}" if self.pair else base

    @property
    def place(self) -> str:
        """The two columns."""
        return " and ".join(self.pair) if self.pair else self.scope

    def columns(self) -> tuple[str, ...]:
        """Return the columns of its pairs."""
        return tuple(dict.fromkeys(name for pair in self._own for name in pair))

    @property
    def _own(self) -> tuple[tuple[str, str], ...]:
        return (self.pair,) if self.pair else self.pairs

    def without(self, absent: frozenset[str]) -> DependenceStable | None:
        """Return the check without the pairs of which a column is absent."""
        left = tuple(pair for pair in self._own if absent.isdisjoint(pair))
        return self.model_copy(update={"pairs": left}) if left else None

    def expand(self, schema: Schema) -> Sequence[DependenceStable]:
        """Return one check per pair."""
        if self.pair:
            return (self,)
        return [self.model_copy(update={"pair": pair}) for pair in dict.fromkeys(self.pairs)]

    # ---- what it asks for ----

    @property
    def compared(self) -> Measurement[Any]:
        """The rows of each pair of values."""
        assert self.pair is not None  # noqa: S101  expanded before
        return self._groups

    @property
    def _groups(self) -> Groups:
        first, second = self._own[0]
        return in_groups((self._key(first), self._key(second)))

    @property
    def _margins(self) -> tuple[Groups, Groups]:
        """The rows of each value of each column, for where a profile does not keep all pairs."""
        first, second = self._own[0]
        return in_groups((self._key(first),)), in_groups((self._key(second),))

    def _key(self, name: str) -> str:
        return group_key(name, self._cuts(name) if name in self.edges else None)

    def _cuts(self, name: str) -> list[float]:
        return sorted(set(self.edges[name]))

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the rows of each pair of values, and of each value where there may be many."""
        return [Sampled(each) for each in self.counted(schema)]

    def counted(self, schema: Schema) -> list[Groups]:
        """Return what is counted, of some of the rows or of all."""
        if self.uncountable(schema):
            return []
        most = math.prod(self._most_values(schema[name]) for name in self._own[0])
        return list(dict.fromkeys((self._groups, *(self._margins if most > LIMIT else ()))))

    def _most_values(self, column: Column) -> float:
        """Return how many values a column may have, NULL included."""
        if column.name in self.edges:
            return len(self._cuts(column.name)) + 2
        return _TRUTHS if column.type is LogicalType.BOOLEAN else math.inf

    def uncountable(self, schema: Schema) -> str:
        """Return why a column has no values to count, or nothing."""
        for name in self._own[0]:
            column: Column = schema[name]
            if name in self.edges and not column.type.is_number:
                return f"edges are given for '{name}', which is no number"
            if name not in self.edges and column.type not in _SINGLE:
                what = "a number without edges" if column.type.is_number else f"of type {column.type.value}"
                return f"'{name}' is {what}"
        return ""

    # ---- how it judges ----

    @property
    def quantity(self) -> str:
        """What is observed, in a reason."""
        first, second = self._own[0]
        what = "change of Cramér's V" if self.method == "cramers_v" else "conditional change"
        if self.method == "conditional":
            return f"{what} of '{second}' given '{first}' from {self.reference or 'the reference'}"
        return f"{what} of '{first}' and '{second}' from {self.reference or 'the reference'}"

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the change, or why there is none."""
        why = self.uncountable(facts.current.schema)
        if why and facts.current.rows:
            return self.undecided(
                Cause.WRONG_TYPE,
                f"{self.quantity}: {why}",
                advice="name text or booleans, or numbers with `edges` at which they are cut",
            )
        return super().estimate(facts)

    def _lack(self, facts: Facts) -> Verdict | None:
        lack = super()._lack(facts)
        if lack is not None or self.sides(facts) is not None:
            return lack
        return self.undecided(Cause.NO_REFERENCE, f"{self.quantity}: {TOO_MANY}", advice="give the reference as rows")

    def without_values(self, facts: Facts) -> str:
        """Return that a column is constant on one side."""
        sides = self.sides(facts)
        if sides is None:
            return ""
        tables = tables_of(sides)
        for table, where in ((tables.now[0], ""), (tables.before[0], " in the reference")):
            for axis, name in enumerate(self._own[0]):
                if (table.sum(axis=1 - axis) > 0).sum() < 2:  # noqa: PLR2004  of one value nothing depends
                    return f"'{name}' has a single value{where}"
        shared = (tables.before[0].sum(axis=1) > 0) & (tables.now[0].sum(axis=1) > 0)
        return "" if shared.any() else f"no value of '{self._own[0][0]}' is in both"

    def sides(self, facts: Facts) -> tuple[Pairs, Pairs] | None:
        """Return the pairs of the reference and now; None where one has too many and not the rows of each value."""
        assert facts.reference is not None  # noqa: S101  asked before, see _lack
        before, now = (
            Pairs.of_profile(profile, each, self._margins)
            for profile, each in zip((facts.reference, facts.current), self.seen(facts), strict=True)
        )
        return (before, now) if before and now else None

    def tables(self, facts: Facts) -> Tables:
        """Return the values that are told apart, and the rows per pair of them in the reference and now."""
        sides = self.sides(facts)
        assert sides is not None  # noqa: S101  asked before
        return tables_of(sides)

    def features(self, facts: Facts) -> list[Feature]:
        """Return the one change."""
        tables = self.tables(facts)
        held, seen = tables.before[0], tables.now[0]
        labels = [
            [self.label(facts, name, value) for value in each]
            for name, each in zip(self._own[0], tables.values, strict=True)
        ]
        evidence = {
            "values": labels,
            "reference": held.astype(int).tolist(),
            "current": seen.astype(int).tolist(),
            "method": self.method,
            "mutual_information": information(held, seen),
        }
        distance: Distance = AnyOf([self._distance(*each) for each in tables.possible()])
        if self.method == "cramers_v" and tables.second < LEAST_SECOND:
            distance = OfRareValues(distance, tables.scale_of_enough())
        return [Feature(self.place, distance, strengths(held, seen), evidence)]

    def _distance(self, held: Any, seen: Any) -> Distance:
        from airflow_mlquality.stats.dependence import StrengthChange, conditional_change

        return StrengthChange.of(held, seen) if self.method == "cramers_v" else conditional_change(held, seen)

    def label(self, facts: Facts, name: str, value: str) -> str:
        """Return a kept value as it may be shown."""
        if value in (RARE, MISSING):
            return value
        if name not in self.edges:
            is_truth = facts.current.schema[name].type is LogicalType.BOOLEAN
            return value if is_truth else facts.display(name, value)
        return between(self._cuts(name), int(value))
