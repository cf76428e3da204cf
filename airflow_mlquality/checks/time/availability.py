"""Columns whose values come later than their rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.checks.time.freshness import Hours
from airflow_mlquality.measurements import Groups, Measurement, RowCount, Schema, in_groups, sql
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.measurements import GroupsFact

_HOUR = 3_600_000_000


class AvailableWithin(Check):
    """Values of a column are there at most so long after their rows: a feature arrives in time.

    It observes the lag: from the newest row that has a value in the column to the newest row of all.

    Why it matters
    --------------
    A label or feature that arrives 32 hours late is complete in the training table and empty for the rows that serving
    scores. A model that was trained as if it were there at once learns from what it will never have.

    How it decides
    --------------
    Exact: hours between the newest row and the newest row with a value, of rows up to the moment of the gate. Where
    no level is given, the lag of the reference is the bound. Undecided when no row has a time, or none a value.

    When it misleads
    ----------------
    One early value hides the lag of all others; `null_share` of the newest partition sees them. It says nothing about
    values that are filled by a default until the true ones come.

    Examples
    --------
    >>> from datetime import timedelta
    >>> from airflow_mlquality.trial import MOMENT, trial
    >>> at = [MOMENT - timedelta(hours=hours) for hours in (40, 32, 8, 0)]
    >>> check = AvailableWithin(column="paid", time="at", fail="24h")
    >>> print(trial(check, at=at, paid=[1, 1, 0, None]))
    pass: 'paid' arrives 8 hours after 'at', within fail 24
    >>> print(trial(check, at=at, paid=[1, 1, None, None]))
    fail: 'paid' arrives 32 hours after 'at', above fail 24: it has no value after 2026-01-30 16:00 UTC
    >>> print(trial(check, at=at, paid=[None] * 4))
    undecided: lag of 'paid' after 'at': no row has a value
    """

    family: ClassVar[Family] = "time"
    scope: ClassVar[Scope] = "column"
    short: ClassVar[str | None] = "fail"
    filled: ClassVar[frozenset[str]] = frozenset({"column", "at", "until"})

    time: str = ""
    """Column with the time of the row; by default the time of the data set."""
    warn: Hours | None = None
    """Lag above which it warns: `24h`."""
    fail: Hours | None = None
    """Lag above which it fails: what training assumed."""
    until: datetime | None = Field(default=None, exclude=True, repr=False)
    """The moment up to which rows count; a gate fills it in."""

    def as_of(self, moment: datetime) -> AvailableWithin:
        """Return the check with rows counted up to a moment."""
        return self.model_copy(update={"until": moment})

    def columns(self) -> tuple[str, ...]:
        """Return the column and the time."""
        return tuple(filter(None, (self.column, self.time)))

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the newest row, and the newest with a value."""
        if not self._is_timed(schema):
            return (RowCount(),)
        return (RowCount(), self._groups(schema, self.until or datetime.now(UTC)))

    def _is_timed(self, schema: Schema) -> bool:
        return bool(self.time) and schema[self.time].type.is_time

    def _groups(self, schema: Schema, moment: datetime) -> Groups:
        micros = f"epoch_us({sql.text(sql.col(self.time))})"
        present = f"NOT {sql.text(sql.finite(schema[self.column]))} IS NULL"
        valued = f"MAX(CASE WHEN {present} THEN {micros} END)"
        return in_groups((), f"MAX({micros})", valued, where=f"{micros} <= {int(moment.timestamp() * 1_000_000)}")

    def judge(self, facts: Facts) -> Verdict:
        """Hold the lag against the levels."""
        quantity = f"lag of '{self.column}' after '{self.time or 'the time of its row'}'"
        if not self.time:
            advice = "give `time`, or `dataset: {time: …}`"
            return self.undecided(Cause.MISSING_COLUMN, f"{quantity}: no column of time is declared", advice=advice)
        if not self._is_timed(facts.current.schema):
            return self.undecided(Cause.WRONG_TYPE, f"{quantity}: '{self.time}' is no time")
        groups = self._groups(facts.current.schema, self.until or facts.as_of)
        newest, valued = _newest(facts.current[groups])
        if newest is None or valued is None:
            why = "no row has a time" if newest is None else "no row has a value"
            return self.undecided(Cause.NO_DATA, f"{quantity}: {why}", advice="find out why the column is empty")
        assumed = self._assumed(facts, groups)
        if self.warn is None and self.fail is None and assumed is None:
            why = f"{quantity}: no level is given, and no reference holds it"
            return self.undecided(Cause.NO_REFERENCE, why, advice="give `fail`, or a reference with its rows")
        lag = (newest - valued) / _HOUR
        fail = self.fail if self.fail is not None or self.warn is not None else assumed
        outcome = outcome_of(lag, self.warn, fail)
        last = f": it has no value after {datetime.fromtimestamp(valued / 1_000_000, UTC):%Y-%m-%d %H:%M} UTC"
        return self.verdict(
            outcome,
            f"'{self.column}' arrives {number_text(round(lag, 3))} hours after '{self.time}', "
            f"{bound_text(outcome, lag, self.warn, fail)}{'' if outcome is Outcome.PASS else last}",
            observed=lag,
            unit="hours",
            fail=fail,
            advice=""
            if outcome is Outcome.PASS
            else "train on values as old as they are at serving, or deliver sooner",
            evidence={"newest_row_us": newest, "newest_value_us": valued, "reference_hours": assumed},
        )

    def _assumed(self, facts: Facts, groups: Groups) -> float | None:
        """Return the lag in the reference, in hours."""
        if facts.reference is None or groups not in facts.reference:
            return None
        newest, valued = _newest(facts.reference[groups])
        return None if newest is None or valued is None else (newest - valued) / _HOUR


def _newest(fact: GroupsFact) -> tuple[int | None, int | None]:
    """Return the newest time of a row, and of one with a value, in microseconds."""
    newest, valued = fact.rows[0][1:3] if fact.rows else (None, None)
    return int(newest) if newest is not None else None, int(valued) if valued is not None else None
