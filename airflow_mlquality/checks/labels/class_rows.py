"""Which classes there are, and whether each has rows enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator

from airflow_mlquality.checks.base import Check, Facts, Family, Scope, Share
from airflow_mlquality.checks.labels.classes import class_text, rows_by_class
from airflow_mlquality.checks.labels.declared import class_name
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.checks.literals import Scalar
from airflow_mlquality.checks.values.bounds import is_scalar
from airflow_mlquality.measurements import LogicalType, Measurement, RowCount, Schema, Shape
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from airflow_mlquality.measurements import GroupsFact
    from airflow_mlquality.profile import Profile

_NAMED = 5
"""Classes that a reason names."""
_LISTED = 100
"""Classes that the evidence lists."""


class _ClassCheck(Check):
    """A check of the classes that there are."""

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Return whether a value of that type can be a class: one with parts cannot."""
        return is_scalar(type_)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows by class."""
        return (RowCount(), rows_by_class((self.column,), schema))

    def counted(self, profile: Profile) -> GroupsFact:
        """Return the rows by class of a profile."""
        return profile[rows_by_class((self.column,), profile.schema)]

    def rows_of(self, profile: Profile) -> dict[str, int]:
        """Return the rows of each class, most first."""
        type_ = profile.schema[self.column].type
        return {class_text(value, type_): int(rows or 0) for value, rows in self.counted(profile).rows}

    def without_label(self, facts: Facts, quantity: str) -> Verdict:
        """Return that there is no label to judge."""
        what = "the table has no rows" if facts.current.rows == 0 else "no row has a label"
        return self.undecided(Cause.NO_DATA, f"{quantity}: {what}", advice="find out why the labels are missing")

    def named(self, classes: Iterable[str], facts: Facts) -> str:
        """Return the first of some classes as they may be shown."""
        shown = [facts.display(self.column, name) for name in classes]
        more = f" and {len(shown) - _NAMED} more" if len(shown) > _NAMED else ""
        return ", ".join(shown[:_NAMED]) + more


class ClassRows(_ClassCheck):
    """Every class has at least so many rows.

    The number observed is the rows of the rarest class. With `classes`, each of these is judged, and one without rows
    has 0; otherwise the classes that occur now or in the reference are.

    Why it matters
    --------------
    A class with a handful of rows is learned by heart or not at all, and nothing measured on it means anything. A class
    that vanished leaves the accuracy of all rows where it was.

    How it decides
    --------------
    Exact: the rows of the rarest class against the levels. Undecided when no row has a label, and when there are more
    than 1,000 classes of which the rarest are not counted.

    When it misleads
    ----------------
    Rows of one class that repeat one another are many rows and little evidence. Without `classes` and without a
    reference, a class that vanished is not missed.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = ClassRows(column="late", classes=["early", "late"], fail=2)
    >>> print(trial(check, late=["late", "early", "early", "late"]))
    pass: rows of the rarest class of 'late' are 2 (2 classes, 4 rows), within fail [2, …]
    >>> print(trial(check, late=["late", "late", "early"]))  # doctest: +NORMALIZE_WHITESPACE
    fail: rows of the rarest class of 'late' are 1 (2 classes, 3 rows), outside fail [2, …]; too few rows: early
    >>> print(trial(check, late=[None]))
    undecided: rows of the rarest class of 'late': no row has a label
    """

    family: ClassVar[Family] = "labels"
    scope: ClassVar[Scope] = "labels"
    flag: ClassVar[bool] = True
    short: ClassVar[str | None] = "fail"

    classes: tuple[Scalar, ...] = ()
    """The classes; by default those that occur, now or in the reference."""
    warn: int | None = Field(default=None, ge=1)
    """Rows below which a class warns."""
    fail: int | None = Field(default=None, ge=1)
    """Rows below which a class fails; 30 when no level is given."""

    @model_validator(mode="before")
    @classmethod
    def _default_level(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("warn") is not None or given.get("fail") is not None:
            return given
        return {**given, "fail": 30}

    @model_validator(mode="after")
    def _ordered_levels(self) -> ClassRows:
        if self.warn is not None and self.fail is not None and self.warn < self.fail:
            msg = f"warn {self.warn} lies beyond fail {self.fail}, so it could never warn. Warn comes first"
            raise ValueError(msg)
        return self

    def named_values(self) -> tuple[object, ...]:
        """Return the classes."""
        return (*self.classes, *map(class_name, self.classes))

    @property
    def _quantity(self) -> str:
        return f"rows of the rarest class of '{self.column}'"

    def judge(self, facts: Facts) -> Verdict:
        """Hold the rows of the rarest class against the levels."""
        found = self.rows_of(facts.current)
        if not found:
            return self.without_label(facts, self._quantity)
        wanted = dict.fromkeys([*map(class_name, self.classes)] or [*found, *self._of_reference(facts)])
        rows = {name: found.get(name, 0) for name in sorted(wanted, key=lambda name: found.get(name, 0))}
        least = next(iter(rows.values()))
        warn, fail = (None if level is None else (level, None) for level in (self.warn, self.fail))
        outcome = outcome_of(least, warn, fail)
        levels: dict[str, Any] = {"warn": warn, "fail": fail}
        if outcome is not Outcome.FAIL and not self.counted(facts.current).is_complete:
            return self.undecided(
                Cause.WRONG_TYPE,
                f"{self._quantity}: there are more than {len(found):,} classes, of which the rarest are not counted",
                advice="name a column that holds classes",
                **levels,
            )
        bound = max(level for level in (self.warn, self.fail) if level is not None)
        few = [name for name, count in rows.items() if count < bound]
        text = (
            f"{self._quantity} are {number_text(least)} ({len(rows):,} classes, {sum(found.values()):,} rows), "
            f"{bound_text(outcome, least, warn, fail)}"
        )
        return self.verdict(
            outcome,
            f"{text}; too few rows: {self.named(few, facts)}" if outcome is not Outcome.PASS else text,
            observed=float(least),
            unit="rows",
            advice="" if outcome is Outcome.PASS else _MORE_ROWS,
            evidence={
                "classes": [
                    {"label": facts.display(self.column, name), "rows": count}
                    for name, count in list(rows.items())[:_LISTED]
                ]
            },
            **levels,
        )

    def _of_reference(self, facts: Facts) -> dict[str, int]:
        reference = facts.reference
        if reference is None or self.column not in reference.schema:
            return {}
        is_counted = rows_by_class((self.column,), reference.schema) in reference
        return self.rows_of(reference) if is_counted else {}


_MORE_ROWS = "collect or label more rows of these classes, or merge them into others before training"


class NewClasses(_ClassCheck):
    """No label is of a class that the reference did not have.

    Classes are compared as text. Those that vanished are told in the evidence; they do not count.

    Why it matters
    --------------
    A model has no output for a class it never saw. Where the classes are not known in advance, as with product
    categories, the training data are the list.

    How it decides
    --------------
    Exact: rows of classes that the reference lacks among rows with a label. Fails at the first, unless levels say
    otherwise. The reference is rows, a report of a contract with this check, or a profile whose label is text with all
    its classes counted. Undecided without labels, without reference, and where its classes are not all known.

    When it misleads
    ----------------
    A class that is spelled in another way is new. A small reference lacks the rare classes by chance.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = NewClasses(column="kind")
    >>> print(trial(check, kind=["a", "b", "b"], reference={"kind": ["a", "b"]}))
    pass: share of rows of classes of 'kind' that the reference lacks is 0 (0 of 3 rows), within fail 0
    >>> print(trial(check, kind=["a", "New"], reference={"kind": ["a", "b"]}))  # doctest: +NORMALIZE_WHITESPACE
    fail: share of rows of classes of 'kind' that the reference lacks is 0.5 (1 of 2 rows), above fail 0; 1 new class:
    'Xxx'
    >>> print(trial(check, kind=["a", "b"]))
    undecided: share of rows of classes of 'kind' that the reference lacks: there is no reference yet
    """

    family: ClassVar[Family] = "labels"
    scope: ClassVar[Scope] = "labels"
    flag: ClassVar[bool] = True

    warn: Share | None = None
    """Share of rows of new classes above which it warns."""
    fail: Share | None = None
    """Share of rows of new classes above which it fails; 0 when no level is given."""

    @model_validator(mode="before")
    @classmethod
    def _default_level(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("warn") is not None or given.get("fail") is not None:
            return given
        return {**given, "fail": 0.0}

    @property
    def _quantity(self) -> str:
        return f"share of rows of classes of '{self.column}' that the reference lacks"

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of rows of new classes against the levels."""
        found = self.rows_of(facts.current)
        if not found:
            return self.without_label(facts, self._quantity)
        known = self._known(facts)
        if isinstance(known, Verdict):
            return known
        new = {name: rows for name, rows in found.items() if name not in known}
        if not self.counted(facts.current).is_complete and not new:
            return self.undecided(
                Cause.WRONG_TYPE,
                f"{self._quantity}: there are more than {len(found):,} classes, of which the rarest are not counted",
                advice="name a column that holds classes",
            )
        total, number = sum(found.values()), sum(new.values())
        outcome = outcome_of(number / total, self.warn, self.fail)
        text = (
            f"{self._quantity} is {number_text(number / total)} ({number:,} of {total:,} rows), "
            f"{bound_text(outcome, number / total, self.warn, self.fail)}"
        )
        word = f"{len(new):,} new class{'' if len(new) == 1 else 'es'}: {self.named(new, facts)}"
        return self.verdict(
            outcome,
            text if outcome is Outcome.PASS else f"{text}; {word}",
            observed=number / total,
            unit="share",
            advice="" if outcome is Outcome.PASS else _NEW,
            evidence={
                "new": [{"label": facts.display(self.column, name), "rows": rows} for name, rows in new.items()][
                    :_LISTED
                ],
                "vanished": [facts.display(self.column, name) for name in sorted(known - set(found))][:_LISTED],
                "known": len(known),
            },
        )

    def _known(self, facts: Facts) -> set[str] | Verdict:
        """Return the classes of the reference, or why they are not known."""
        reference = facts.reference
        if reference is None or self.column not in reference.schema:
            why = "there is no reference yet" if reference is None else f"the reference has no column '{self.column}'"
            return self.undecided(Cause.NO_REFERENCE, f"{self._quantity}: {why}", advice=_HOW)
        if rows_by_class((self.column,), reference.schema) in reference:
            known = set(self.rows_of(reference)) if self.counted(reference).is_complete else set()
        else:
            known = self._of_shape(reference)
        if not known:
            return self.undecided(
                Cause.NO_DATA, f"{self._quantity}: the reference does not hold all its classes", advice=_HOW
            )
        return known

    def _of_shape(self, reference: Profile) -> set[str]:
        """Return the classes that the shape of a text or boolean column counts one by one; none where some are not."""
        shape = Shape(self.column)
        if shape not in reference or reference[shape].bins.kind != "category" or reference[shape].other:
            return set()
        fact = reference[shape]
        return {class_name(value) for value, rows in zip(fact.bins.values, fact.counts, strict=True) if rows}


_NEW = "map the new classes to known ones, or train the model on them; take a new reference if they are meant"
_HOW = "give the reference as rows, or as a report of this contract"
