"""Checks that look values up in another source."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.measurements import Measurement, NullCount, Orphans, RowCount, Schema
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


class OfAnotherSource(ShareCheck):
    """A check of a column's values by those of a column of another source; NULL is not judged."""

    family: ClassVar[Family] = "relations"
    scope: ClassVar[Scope] = "column"
    spelled: ClassVar[dict[str, str]] = {"column": "to_column"}

    to: str
    """Name of the other source, declared under `sources`."""
    to_column: str = ""
    """Its column; by default one of the same name."""

    @property
    def target(self) -> str:
        """The column of the other source, for people."""
        return f"{self.to}.{self.to_column or self.column}"

    def sources(self) -> tuple[str, ...]:
        """Return the other source."""
        return (self.to,)

    def orphans(self) -> Orphans:
        """Return the measurement of rows whose value the other column lacks."""
        return Orphans(self.column, self.to, self.to_column or self.column)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, nulls, and rows whose value the other column lacks."""
        return (RowCount(), NullCount(self.column), self.orphans())

    @abstractmethod
    def violating(self, facts: Facts, judged: int) -> int:
        """Return how many of the judged rows violate."""

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of violating rows against the levels."""
        judged = self.judged_rows(facts)
        if judged == 0:
            rows = facts.current.rows
            what = "the table has no rows" if rows == 0 else f"all {rows:,} rows are null"
            advice = "find out why the stage has no values"
            return self.undecided(Cause.NO_DATA, f"share of rows {self.wrong}: {what}", advice=advice)
        return self.share_verdict(self.violating(facts, judged), judged)
