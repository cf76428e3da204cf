"""Features that tell the label because they come from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from pydantic import Field, model_validator

from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.checks.labels.classes import class_key, class_text, labelled, rows_by_class
from airflow_mlquality.checks.labels.feature_values import has_few_values, value_key
from airflow_mlquality.checks.labels.presence import Presence, beyond_chance, presence, rows_by_presence
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.checks.sampling import extent, looked_at, of_which
from airflow_mlquality.checks.values.bounds import is_scalar
from airflow_mlquality.checks.wording import with_default_levels
from airflow_mlquality.measurements import (
    DistinctCount,
    Groups,
    LogicalType,
    Measurement,
    RowCount,
    Sampled,
    SampledFact,
    Schema,
    in_groups,
    then,
)
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.profile import Profile

LEAST_ROWS = 50
"""Rows that share their value with another, below which nothing is said."""
LEAST_OF_OTHER_CLASSES = 10
"""Rows that are not of the largest class, below which nothing is said."""
IDENTIFIES = 0.95
"""Share of rows with a value of their own from which on a feature is like an identifier."""


class _Told(NamedTuple):
    """How a feature tells the label: tau, rows that share their value, labelled rows, rows looked at, and values."""

    tau: float
    sharing: int
    rows: int
    seen: SampledFact
    values: SampledFact | None

    @property
    def is_identifier(self) -> bool:
        """Whether nearly every row of the stage has a value of its own: of some rows more have one than of all."""
        seen = self.values
        part = seen.looked_at / seen.rows if seen and seen.rows else 0.0
        return bool(seen and part and seen.of.count >= (1 - (1 - IDENTIFIES) * part) * seen.looked_at)


class Leakage(Check):
    """No feature determines the label.

    The number observed is Goodman and Kruskal's tau, without its bias: how much likelier two rows with the same value
    of the feature have the same label than any two rows, 0 where the feature tells nothing and 1 where it tells all.
    Numbers are compared by their size, in steps of 5 % (whole numbers below 1,000 exactly), times by whether they are
    there, NULL is a value of its own. Of every feature it is also asked how far its being there tells one class from
    all others, and that counts where it is more.

    Why it matters
    --------------
    A feature that is derived from the label, filled in after it, or missing only where it is negative makes a model
    that is perfect until it is served.

    How it decides
    --------------
    From counts of values and labels: warns above 0.9 and fails above 0.98, unless levels say otherwise. Values that
    occur once tell nothing, so columns with a value per row raise no alarm by themselves; the verdict says when they
    are like an identifier. Undecided when fewer than 50 rows share their value with another, when fewer than 10 are
    of another class than the largest, and without labels. Measured: without relation tau lies within 0.2 of 0 at 500
    rows and up to 200 values; a copy of the label, its negation and a rounded score of it give 1.

    Texts and other categories are counted in all rows: few rows have each value, and in a sample these would lose their
    kin. Of numbers, times and booleans in a file or frame of more than 200,000 rows the embedded engine looks at so
    many at most, from everywhere in it; the limits above count these. Whatever tells the label in all rows does so in
    any of them: tau stays 1. Otherwise chance moves it. Simulated on 10 million rows of two classes and 2 to 3,000
    values, tau of 200,000 rows lies from that of all, in all but one sample of a thousand, by less than 0.005 where the
    classes are even, be it near 0, 0.9 or 0.98 (of 100,000 rows 0.008); by less than 0.002 near 0, 0.025 near 0.9
    and 0.011 near 0.98 where one row in 100 is of the smaller class (0.006, 0.041 and 0.016); and by less than 0.006,
    0.09 and 0.05 where one in 1,000 is (0.012, 0.11 and 0.06). With 10 to 20 rows of the smaller class it may be 0.4.
    Judged from a profile, which is of all rows, it is exact.

    When it misleads
    ----------------
    A feature may be allowed to tell all, such as a rule that is law: name it in `ignore`. Leakage that is spread over
    several features, or blurred, is not seen. A number that tells the label by its third digit is not either, nor one
    that tells one class of several by its size alone.

    References
    ----------
    Goodman, L. A. and Kruskal, W. H. (1954). Measures of association for cross classifications. Journal of the American
    Statistical Association, 49, 732-764. DOI 10.1080/01621459.1954.10501231

    Kaufman, S., Rosset, S. and Perlich, C. (2012). Leakage in data mining: formulation, detection, and avoidance. ACM
    Transactions on Knowledge Discovery from Data, 6(4), 15. DOI 10.1145/2382577.2382579

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Leakage(column="late", features=["delay"])
    >>> print(trial(check, late=[0, 1] * 100, delay=[3, 3, 5, 5] * 50))  # doctest: +NORMALIZE_WHITESPACE
    pass: how far 'delay' tells 'late' (tau) is -0.005051 (200 rows that share their value with another), within fail
    0.98
    >>> print(trial(check, late=[0, 1] * 100, delay=[3, 45] * 100))  # doctest: +NORMALIZE_WHITESPACE
    fail: how far 'delay' tells 'late' (tau) is 1 (200 rows that share their value with another), above fail 0.98
    >>> print(trial(check, late=[0, 1] * 20, delay=list(range(40))))  # doctest: +NORMALIZE_WHITESPACE
    undecided: how far 'delay' tells 'late' (tau): 0 of 40 labelled rows share their value with another, fewer than 50;
    it is like an identifier
    >>> ends = {"end": ["kept", "lost", "back"] * 100, "refund": [None, None, 9.5] * 100}
    >>> print(trial(Leakage(column="end", features=["refund"]), **ends))  # doctest: +NORMALIZE_WHITESPACE
    fail: how far the presence of 'refund' tells class 'xxxx' of 'end' from the others (tau) is 1 (300 rows), above
    fail 0.98
    """

    family: ClassVar[Family] = "labels"
    scope: ClassVar[Scope] = "labels"
    flag: ClassVar[bool] = True
    short: ClassVar[str | None] = "features"
    filled: ClassVar[frozenset[str]] = frozenset({"column", "at", "feature"})

    features: Literal["all"] | tuple[str, ...] = "all"
    """The columns that are looked at. In files each text is one more scan, in databases and Spark each takes two."""
    ignore: tuple[str, ...] = ()
    """Columns that are not, such as keys."""
    warn: float | None = Field(default=None, gt=0, le=1)
    """Tau above which it warns; 0.9, unless `fail` is set below that."""
    fail: float | None = Field(default=None, gt=0, le=1)
    """Tau above which it fails; 0.98, unless `warn` is set above that."""
    feature: str = ""
    """The one feature that a check of many stands for; a plan fills it."""

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Return whether a value of that type can be a class: one with parts cannot."""
        return is_scalar(type_)

    @model_validator(mode="before")
    @classmethod
    def _default_levels(cls, given: Any) -> Any:
        return with_default_levels(given, 0.9, 0.98) if isinstance(given, dict) else given

    @property
    def verdict_id(self) -> str:
        """Its id, of the label and the feature."""
        return ".".join(filter(None, (self.id or f"{self.column}.leakage", self.feature)))

    @property
    def place(self) -> str:
        """The feature."""
        return self.feature or self.column

    def columns(self) -> tuple[str, ...]:
        """Return the label and the feature."""
        return tuple(filter(None, (self.column, self.feature)))

    def expand(self, schema: Schema) -> Sequence[Check]:
        """Return one check per feature."""
        if self.feature:
            return (self,)
        plain = tuple(column.name for column in schema if is_scalar(column.type) and column.name != self.column)
        chosen = plain if self.features == "all" else tuple(dict.fromkeys(self.features))
        return [self.model_copy(update={"feature": name}) for name in chosen if name not in self.ignore]

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for how often rows with the same value have the same label, and for rows by class."""
        if not self.feature or not is_scalar(schema[self.feature].type):
            return (RowCount(),)
        type_, values = schema[self.feature].type, DistinctCount(self.feature, merges=False)
        asked = [Sampled(values) if has_few_values(type_) else values] if type_ in _NAMES else []
        return (RowCount(), *self._counts(schema), rows_by_presence(self.feature, self.column, schema), *asked)

    def _counts(self, schema: Schema) -> tuple[Measurement[Any], Measurement[Any]]:
        """Return how often rows with the same value agree, and rows by class, of some rows where values are few."""
        pairs, classes = self._pairs(schema), rows_by_class((self.column,), schema)
        return (Sampled(pairs), Sampled(classes)) if has_few_values(schema[self.feature].type) else (pairs, classes)

    def _pairs(self, schema: Schema) -> Groups:
        """Return labelled rows, those that share their value, and how many of their kin agree with them."""
        keys = (value_key(schema[self.feature]), class_key(self.column, schema))
        by_both = in_groups(keys, where=labelled((self.column,), schema))
        by_value = then(by_both, ("k0",), "SUM(v0)", "SUM(v0 * v0)")
        shared = "CASE WHEN v0 > 1 THEN {} ELSE 0 END"
        agreeing = f"SUM({shared.format('(v1 - v0) / (v0 - 1.0)')})"
        return then(by_value, (), "SUM(v0)", f"SUM({shared.format('v0')})", agreeing)

    @property
    def _quantity(self) -> str:
        return f"how far '{self.feature}' tells '{self.column}' (tau)"

    def _told(self, facts: Facts) -> _Told | Verdict:
        schema = facts.current.schema
        if not is_scalar(schema[self.feature].type):
            type_ = schema[self.feature].type.value
            return self.undecided(
                Cause.WRONG_TYPE, f"{self._quantity}: it means nothing on type {type_}", advice="name it in `ignore`"
            )
        pairs, classes = (_seen(facts.current, each) for each in self._counts(schema))
        if not classes.of.rows:
            what = f"no row has a label{of_which(classes)}" if facts.current.rows else "the table has no rows"
            return self.undecided(Cause.NO_DATA, f"{self._quantity}: {what}", advice="find out why labels are missing")
        rows, sharing, agreeing = (float(each or 0) for each in pairs.of.rows[0])
        by_class = [int(row[1] or 0) for row in classes.of.rows]
        known, others = sum(by_class) if classes.of.is_complete else rows, sum(by_class[1:])
        values = DistinctCount(self.feature) if schema[self.feature].type in _NAMES else None
        told = _Told(0.0, int(sharing), int(rows), pairs, looked_at(facts.current, values) if values else None)
        if sharing < LEAST_ROWS:
            alike = f"; {_ALIKE}" if told.is_identifier else ""
            return self.undecided(
                Cause.TOO_SMALL,
                f"{self._quantity}: {told.sharing:,} of {told.rows:,} labelled rows share their value with another, "
                f"fewer than {LEAST_ROWS}{of_which(pairs)}{alike}",
                advice=f"{'judge more rows' if pairs.is_whole else _ALL}; leave identifiers out of the features",
            )
        if others < LEAST_OF_OTHER_CLASSES:
            return self.undecided(
                Cause.TOO_SMALL,
                f"{self._quantity}: only {others:,} of {sum(by_class):,} rows are of other classes than "
                f"the largest{of_which(classes)}",
                advice="judge rows of several classes" if classes.is_whole else _ALL,
            )
        return told._replace(tau=beyond_chance(agreeing / sharing, by_class, known))

    def judge(self, facts: Facts) -> Verdict:
        """Hold tau against the levels."""
        if not self.feature:
            return self.undecided(Cause.NO_DATA, "leakage: no feature is looked at", advice="name features")
        told, there = self._told(facts), self._presence(facts)
        if there is not None and (isinstance(told, Verdict) or there.tau > told.tau):
            return self._by_presence(facts, there)
        if isinstance(told, Verdict):
            return told
        tau = round(told.tau, 12)
        outcome = outcome_of(tau, self.warn, self.fail)
        alike = f"; {_ALIKE}" if told.is_identifier else ""
        return self.verdict(
            outcome,
            f"{self._quantity} is {number_text(tau)} ({told.sharing:,} rows that share their value with another"
            f"{of_which(told.seen)}), {bound_text(outcome, tau, self.warn, self.fail)}{alike}{self._by_name(outcome)}",
            observed=tau,
            unit="tau",
            advice="" if outcome is Outcome.PASS else _ADVICE,
            evidence={
                "feature": self.feature,
                "rows": told.rows,
                "sharing": told.sharing,
                "values": told.values.of.count if told.values else 0,
                "is_like_an_identifier": told.is_identifier,
                "is_named_alike": self._is_named_alike,
                **extent(told.seen),
            },
        )

    def _presence(self, facts: Facts) -> Presence | None:
        """Return of which class it tells too much that the feature is there; nothing where it does so of none."""
        schema = facts.current.schema
        if not is_scalar(schema[self.feature].type):
            return None
        found = presence(facts.current[rows_by_presence(self.feature, self.column, schema)].of, LEAST_OF_OTHER_CLASSES)
        return found if found and outcome_of(round(found.tau, 12), self.warn, self.fail) is not Outcome.PASS else None

    def _by_presence(self, facts: Facts, there: Presence) -> Verdict:
        seen = facts.current[rows_by_presence(self.feature, self.column, facts.current.schema)]
        observed = round(there.tau, 12)
        outcome = outcome_of(observed, self.warn, self.fail)
        name = facts.display(self.column, class_text(there.name, facts.current.schema[self.column].type))
        return self.verdict(
            outcome,
            f"how far the presence of '{self.feature}' tells class {name} of '{self.column}' from the others (tau) is "
            f"{number_text(observed)} ({there.rows:,} rows{of_which(seen)}), "
            f"{bound_text(outcome, observed, self.warn, self.fail)}{self._by_name(outcome)}",
            observed=observed,
            unit="tau",
            advice=_ADVICE,
            evidence={"feature": self.feature, "rows": there.rows, "class": name, **extent(seen)},
        )

    @property
    def _is_named_alike(self) -> bool:
        label, feature = self.column.lower(), self.feature.lower()
        return label != feature and label in feature

    def _by_name(self, outcome: Outcome) -> str:
        return "; it is named like the label" if outcome is not Outcome.PASS and self._is_named_alike else ""


def _seen(profile: Profile, asked: Measurement[Any]) -> SampledFact:
    """Return what was asked, and of how many rows it is."""
    return profile[asked] if isinstance(asked, Sampled) else SampledFact(profile.rows, profile.rows, profile[asked])


_NAMES = frozenset({LogicalType.STRING, LogicalType.INTEGER, LogicalType.UUID})
"""Types of which an identifier may be."""
_ALL = "judge a profile, which is of all rows: 'mlquality profile SOURCE --contract CONTRACT'"
_ALIKE = "it is like an identifier"
_ADVICE = "find out when the feature is known and what it is made of; leave it out where it comes after the label"
