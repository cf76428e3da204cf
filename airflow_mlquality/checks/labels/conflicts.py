"""Labels that contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field
from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.choosing import OfColumns, quoted, whole
from airflow_mlquality.measurements import Groups, Measurement, RowCount, Schema, in_groups, sql, then
from airflow_mlquality.measurements.counts import STAGE
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 2
"""Features whose rows are shown as examples."""


class ConflictingLabels(OfColumns):
    """Rows that are equal in their features have the same label.

    Features are all columns but the label, the contract's key, time and partition, unless `columns` names them. Rows
    without label are not judged; two NULL features are equal.

    Why it matters
    --------------
    When the same features come with two labels, no model can be right on both: either labels are noisy, or a feature
    that would tell them apart is lost. It bounds the accuracy that can be reached.

    How it decides
    --------------
    Exact: rows in groups of equal features that hold more than one label, among rows with a label. Evidence holds the
    share of rows that the best possible guess of each group gets wrong. Undecided when no row has a label.

    When it misleads
    ----------------
    With a feature that is new on every row nothing repeats and it always passes; the evidence says how many rows have
    a twin. Where the world itself is random, equal features with different labels are honest: set a level.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = ConflictingLabels(column="late", fail=0.2)
    >>> print(trial(check, late=[0, 0, 1], hour=[7, 7, 8]))
    pass: share of rows whose features come with another 'late' too is 0 (0 of 3 rows), within fail 0.2
    >>> print(trial(check, late=[0, 1, 1], hour=[7, 7, 8]))
    fail: share of rows whose features come with another 'late' too is 0.6667 (2 of 3 rows), above fail 0.2
    >>> print(trial(check, late=[None], hour=[7]))
    undecided: share of rows whose features come with another 'late' too: no row has a label
    """

    family: ClassVar[Family] = "labels"
    scope: ClassVar[Scope] = "labels"
    other_scopes: ClassVar[tuple[Scope, ...]] = ()
    flag: ClassVar[bool] = True
    filled: ClassVar[frozenset[str]] = frozenset({"column", "at", "moving"})

    moving: tuple[str, ...] = Field(default=(), exclude=True, repr=False)
    """Columns that are no features: the contract's key, time and partition."""

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"whose features come with another '{self.column}' too"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return "look at how these rows were labelled, or add the feature that tells them apart"

    @property
    def verdict_id(self) -> str:
        """Its id, given or derived from the label."""
        return self.id or f"{self.column}.conflicting_labels"

    @property
    def place(self) -> str:
        """The label."""
        return self.column

    def columns(self) -> tuple[str, ...]:
        """Return the label and the features that are named."""
        return tuple(dict.fromkeys((self.column, *super().columns())))

    def looked_at(self, schema: Schema) -> tuple[str, ...]:
        """Return the features."""
        left_out = (self.column, *(self.moving if self.columns_ == "all" else ()))
        return tuple(name for name in super().looked_at(schema) if name not in left_out)

    def _groups(self, schema: Schema) -> Groups:
        features = self.looked_at(schema)
        label = sql.finite(schema[self.column])
        labelled = in_groups((*quoted(features), sql.text(label)), where=sql.text(sql.is_not_null(label.copy())))
        keys = tuple(f"k{number}" for number in range(len(features)))
        per_group = then(labelled, keys, "SUM(v0)", "COUNT(*)", "MAX(v0)")
        conflict = "SUM(CASE WHEN v1 > 1 THEN v0 ELSE 0 END)"
        totals = ("SUM(v0)", conflict, "COUNT_IF(v1 > 1)", "SUM(CASE WHEN v0 > 1 THEN v0 ELSE 0 END)", "SUM(v0 - v2)")
        return then(per_group, (), *totals)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, and groups of equal features with their labels."""
        return (RowCount(), self._groups(schema)) if self.looked_at(schema) else (RowCount(),)

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of no row: it takes two rows to contradict each other."""
        return sql.condition("1 = 0")

    def example(self, schema: Schema, facts: Facts) -> exp.Expr | None:
        """Return the predicate of a row whose features come with several labels, for some such features."""
        features = [sql.col(name) for name in self.looked_at(schema)]
        label = sql.finite(schema[self.column])
        if not features:
            return None
        complete = exp.and_(*(sql.is_not_null(each.copy()) for each in (*features, label)))
        row = features[0] if len(features) == 1 else sql.function("row", *features)
        both = exp.select(row.copy()).from_(exp.table_(STAGE, quoted=True)).where(complete.copy())
        both = both.group_by(*(each.copy() for each in features))
        labels = exp.Count(this=exp.Distinct(expressions=[label.copy()]))
        some = both.having(exp.GT(this=labels, expression=exp.Literal.number(1))).limit(_SHOWN)
        return exp.and_(complete, row.isin(query=some, copy=False))

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of rows in conflicting groups against the levels."""
        what = f"share of rows {self.wrong}"
        nothing = self.nothing(facts, what)
        if nothing is not None:
            return nothing
        rows = facts.current[self._groups(facts.current.schema)].rows
        judged, conflicting, groups, twins, wrong = (whole(each) for each in rows[0]) if rows else (0, 0, 0, 0, 0)
        if not judged:
            return self.undecided(Cause.NO_DATA, f"{what}: no row has a label", advice="find out where labels are lost")
        return self.share_verdict(
            conflicting, judged, groups=groups, rows_with_a_twin=twins, least_error_share=wrong / judged
        )
