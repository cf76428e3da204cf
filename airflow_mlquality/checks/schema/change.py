"""How the columns changed since the reference: lost, renamed, widened, of another type, added."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, outcome_of
from airflow_mlquality.checks.schema.evolution import Change, Kind, advice, changes_of, first_moved
from airflow_mlquality.checks.schema.likeness import LIKE, likeness
from airflow_mlquality.measurements import (
    Column,
    DistinctCount,
    LogicalType,
    Measurement,
    Moments,
    NullCount,
    Sampled,
    Schema,
    TextLengths,
)
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


class SchemaStable(Check):
    """The columns are those of the reference: none lost, renamed or of another type.

    Each change is one of: removed, renamed, retyped (other values altogether), narrowed (integer where it was float),
    widened (float where it was integer), added, reordered, nullable (declared NOT NULL before), not_nullable. The first
    four break what reads the table and are counted, unless `breaking` says otherwise; the others are told. So are the
    parts of nested types, each by its path: a field `address.street` that is gone is removed, one that came is added,
    and `tags.element` is what a list is of.

    Why it matters
    --------------
    Upstream renames a column, and a loader that fills missing columns with a default makes the feature constant. A type
    that changed is cast in silence, and its unparseable values become NULL.

    How it decides
    --------------
    Exact, but for renames: a removed and an added column of like type are one that was renamed when their shares of
    NULL, numbers of different values, moments and text lengths are alike, or nearly so and their names or places too.
    Of a table of more than 200,000 rows the embedded engine looks at so many at most for that, from everywhere in it;
    what the whole of a stored profile may differ in because of that does not speak against a rename. Undecided without
    reference.

    That NULL may come now where the source declared NOT NULL, is told and not counted: Iceberg and Delta count it
    among the changes that are safe, no row has to be NULL for it, and `not_null` fails at the first that is. In Avro's
    words old readers break by it; who has such ones, gives it to `breaking`. The way back, not_nullable, breaks no
    reader. A source that declares nothing did not change.

    When it misleads
    ----------------
    Two columns of the same law (two coins) are alike: a rename is then a guess, and said with its likeness. A unit that
    changed together with the name is a removal and an addition. A field of a struct that was renamed is one, too: of
    the values in it nothing is known.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> was = {"id": [1, 2, 3], "fare": [2.5, 9.0, 4.5]}
    >>> print(trial(SchemaStable(), id=[4, 5, 6], fare=[3.5, 8.0, 4.0], tip=[1, 1, 2], reference=was))
    pass: 0 breaking changes of columns, within fail 0; added 'tip' (integer)
    >>> print(trial(SchemaStable(), id=[4, 5, 6], price=[2.5, 8.5, 4.5], reference=was))
    fail: 1 breaking change of columns, above fail 0: 'fare' renamed 'price' (likeness 0.97)
    >>> was = {"home": [{"street": "Am Ring", "zip": "89073"}]}
    >>> print(trial(SchemaStable(), home=[{"street": "Am Ring", "city": "Ulm"}], reference=was))
    fail: 1 breaking change of columns, above fail 0: 'home.zip' removed; added 'home.city' (string)
    >>> print(trial(SchemaStable(), id=[1]))
    undecided: change of columns: there is no reference yet
    """

    family: ClassVar[Family] = "schema"
    scope: ClassVar[Scope] = "schema"
    flag: ClassVar[bool] = True

    breaking: tuple[Kind, ...] = ("removed", "retyped", "narrowed", "renamed")
    """Kinds of change that are counted."""
    ignore: tuple[str, ...] = ()
    """Columns, or parts of them such as `address.street`, whose changes are not looked at."""
    renames: bool = Field(default=True, strict=True)
    """Whether renamed columns are recognised by their values; otherwise one is removed and one added."""
    warn: int | None = Field(default=None, ge=0)
    """Number of breaking changes above which it warns."""
    fail: int | None = Field(default=0, ge=0)
    """Number of breaking changes above which it fails."""

    @property
    def place(self) -> str:
        """The columns as a whole."""
        return "columns"

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for what tells a column by its values, where renames are looked for."""
        if not self.renames:
            return ()
        wanted: list[Measurement[Any]] = []
        for column in schema:
            if column.name not in self.ignore and not _is_untold(column.type):
                wanted += [NullCount(column.name), Moments(column.name), TextLengths(column.name)]
                wanted.append(DistinctCount(column.name, merges=False))
        return [Sampled(each) for each in wanted]

    def judge(self, facts: Facts) -> Verdict:
        """Count the breaking changes."""
        if facts.reference is None:
            return self.undecided(Cause.NO_REFERENCE, "change of columns: there is no reference yet")
        changes = self._changes(facts)
        broken = [each for each in changes if each.kind in self.breaking]
        others = [each for each in changes if each.kind not in self.breaking]
        outcome = outcome_of(len(broken), self.warn, self.fail)
        told = f": {_told(broken)}" if broken else ""
        beside = f"; {_told(others)}" if others else ""
        return self.verdict(
            outcome,
            f"{len(broken)} breaking change{'' if len(broken) == 1 else 's'} of columns, "
            f"{bound_text(outcome, len(broken), self.warn, self.fail)}{told}{beside}",
            observed=len(broken),
            unit="changes",
            advice="" if outcome is Outcome.PASS else advice(broken),
            evidence={
                "changes": [{"kind": each.kind, "column": each.column, "told": each.told} for each in changes],
                "kinds": dict(Counter(each.kind for each in changes)),
            },
        )

    def _changes(self, facts: Facts) -> list[Change]:
        assert facts.reference is not None  # noqa: S101  asked before
        before = [each for each in facts.reference.schema if each.name not in self.ignore]
        now = [each for each in facts.current.schema if each.name not in self.ignore]
        was, is_ = {each.name: each for each in before}, {each.name: each for each in now}
        removed, added = (
            [each for each in before if each.name not in is_],
            [each for each in now if each.name not in was],
        )
        renamed = self._renamed(facts, removed, added) if self.renames else {}
        successors = {new for new, _ in renamed.values()}
        changes = [
            Change("renamed", name, f"'{name}' renamed '{new}' (likeness {score:.2g})")
            for name, (new, score) in renamed.items()
        ]
        changes += [
            Change("removed", each.name, f"'{each.name}' removed") for each in removed if each.name not in renamed
        ]
        changes += [
            change
            for each in before
            if each.name in is_
            for change in changes_of(each, is_[each.name])
            if change.column not in self.ignore
        ]
        added = [each for each in added if each.name not in successors]
        changes += [Change("added", each.name, f"added '{each.name}' ({each.data_type})") for each in added]
        moved = first_moved(was, is_)
        if moved:
            changes.append(Change("reordered", "", f"columns reordered: {moved}"))
        return changes

    def _renamed(
        self, facts: Facts, removed: Sequence[Column], added: Sequence[Column]
    ) -> dict[str, tuple[str, float]]:
        """Return the new name of columns that were renamed, the likest pairs first."""
        assert facts.reference is not None  # noqa: S101  asked before
        scores = {
            (old.name, new.name): score
            for old in removed
            for new in added
            if (score := likeness(facts.reference, old, facts.current, new)) >= LIKE
        }
        found: dict[str, tuple[str, float]] = {}
        for (old_name, new_name), score in sorted(scores.items(), key=lambda each: -each[1]):
            if old_name not in found and new_name not in {name for name, _ in found.values()}:
                found[old_name] = new_name, score
        return found


def _is_untold(type_: LogicalType) -> bool:
    return type_.is_nested or type_ in (LogicalType.OTHER, LogicalType.NULL, LogicalType.BINARY)


def _told(changes: Sequence[Change]) -> str:
    more = len(changes) - _SHOWN
    return ", ".join(each.told for each in changes[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


_SHOWN = 10
