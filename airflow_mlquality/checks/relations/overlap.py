"""Rows that two sources share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.measurements import Measurement, NullCount, Orphans, RowCount, Schema, sql
from airflow_mlquality.measurements.counts import RELATED_PREFIX
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


class NoOverlap(ShareCheck):
    """No value is in another source too: no row of the training set is in the test set.

    NULL is not judged.

    Why it matters
    --------------
    A test row that the model was trained on is a question whose answer it has seen; the measured quality is better
    than the true one, and nobody is told.

    How it decides
    --------------
    Exact: the share of rows whose value the other column holds too, among rows with a value; fails at the first,
    unless levels say otherwise. Undecided when no row has a value.

    When it misleads
    ----------------
    It compares one column, a key. Two rows of one customer under different keys are no overlap to it: check the
    customer's column, and the key.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = NoOverlap(column="id", to="test")
    >>> print(trial(check, id=[1, 2, None], test={"id": [3, 4]}))
    pass: share of rows with 'id' that test.id holds too is 0 (0 of 2 rows), within fail 0
    >>> print(trial(check, id=[1, 2], test={"id": [2, 3]}))
    fail: share of rows with 'id' that test.id holds too is 0.5 (1 of 2 rows), above fail 0
    >>> print(trial(check, id=[None], test={"id": [2]}))
    undecided: share of rows with 'id' that test.id holds too: all 1 rows are null
    """

    family: ClassVar[Family] = "relations"
    scope: ClassVar[Scope] = "column"
    short: ClassVar[str | None] = "to"
    spelled: ClassVar[dict[str, str]] = {"with": "to", "column": "to_column"}

    to: str
    """Name of the other source, declared under `sources`."""
    to_column: str = ""
    """Its column; by default one of the same name."""

    @property
    def _target(self) -> str:
        return self.to_column or self.column

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"with '{self.column}' that {self.to}.{self._target} holds too"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return f"split again so that no '{self.column}' is on both sides, and measure the model again"

    def sources(self) -> tuple[str, ...]:
        """Return the other source."""
        return (self.to,)

    def _orphans(self) -> Orphans:
        return Orphans(self.column, self.to, self._target)

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row that the other source holds too."""
        other = sql.col(self._target)
        known = exp.select(other).from_(exp.table_(RELATED_PREFIX + self.to, quoted=True))
        return sql.col(self.column).isin(query=known.where(sql.is_not_null(other.copy())), copy=False)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, nulls, and rows that the other source lacks, as `relationships` does."""
        return (RowCount(), NullCount(self.column), self._orphans())

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of shared rows against the levels."""
        judged = self.judged_rows(facts)
        if judged == 0:
            rows = facts.current.rows
            what = "the table has no rows" if rows == 0 else f"all {rows:,} rows are null"
            advice = "find out why the stage has no values"
            return self.undecided(Cause.NO_DATA, f"share of rows {self.wrong}: {what}", advice=advice)
        return self.share_verdict(judged - facts.current[self._orphans()], judged)
