"""Columns whose values come later than their rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
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
_BY_CHANCE = 0.001
"""How likely the newest rows are to be without a value by chance, where that is no lag."""


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
    no level is given, the bound is the lag of the reference, and as much more as rows without a value make by chance:
    where four of ten rows of the reference have none, eight rows. Undecided when no row has a time, or none a value.

    Measured with 2,000 rows at random times, four of ten without a value, against 2,000 like them: without change the
    lag lies above that of the reference in 32 % of 5,000 runs, and above this bound in 0.4 %.

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
    flag: ClassVar[bool] = True
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
        values = (f"MAX({micros})", valued, f"MIN({micros})", f"SUM(CASE WHEN {present} THEN 1 ELSE 0 END)")
        return in_groups((), *values, where=f"{micros} <= {int(moment.timestamp() * 1_000_000)}")

    def judge(self, facts: Facts) -> Verdict:
        """Hold the lag against the levels."""
        quantity = f"lag of '{self.column}' after '{self.time or 'the time of its row'}'"
        if not self.time:
            advice = "give `time`, or `dataset: {time: …}`"
            return self.undecided(Cause.MISSING_COLUMN, f"{quantity}: no column of time is declared", advice=advice)
        if not self._is_timed(facts.current.schema):
            return self.undecided(Cause.WRONG_TYPE, f"{quantity}: '{self.time}' is no time")
        groups = self._groups(facts.current.schema, self.until or facts.as_of)
        seen = _seen(facts.current[groups])
        newest, valued = seen.newest, seen.valued
        if newest is None or valued is None:
            why = "no row has a time" if newest is None else "no row has a value"
            return self.undecided(Cause.NO_DATA, f"{quantity}: {why}", advice="find out why the column is empty")
        before = _seen(facts.reference[groups]) if facts.reference and groups in facts.reference else Seen()
        assumed = before.lag
        if self.warn is None and self.fail is None and assumed is None:
            why = f"{quantity}: no level is given, and no reference holds it"
            return self.undecided(Cause.NO_REFERENCE, why, advice="give `fail`, or a reference with its rows")
        lag = (newest - valued) / _HOUR
        fail, chance = self.fail, None
        if self.warn is None and fail is None and assumed is not None:
            chance = before.by_chance * seen.spacing
            fail = assumed + chance
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
            evidence={
                "newest_row_us": newest,
                "newest_value_us": valued,
                "reference_hours": assumed,
                "chance_hours": chance,
            },
        )


@dataclass(frozen=True)
class Seen:
    """What is known of rows and their values by time, in microseconds.

    Parameters
    ----------
    newest, valued, oldest
        The newest row, the newest with a value, and the oldest row; None where there is none.
    rows, values
        Rows with a time, and those of them with a value.
    """

    newest: int | None = None
    valued: int | None = None
    oldest: int | None = None
    rows: int = 0
    values: int = 0

    @property
    def lag(self) -> float | None:
        """Hours from the newest row with a value to the newest of all."""
        return None if self.newest is None or self.valued is None else (self.newest - self.valued) / _HOUR

    @property
    def spacing(self) -> float:
        """Hours between two rows, on average."""
        if self.newest is None or self.oldest is None:
            return 0.0
        return (self.newest - self.oldest) / _HOUR / max(1, self.rows - 1)

    @property
    def by_chance(self) -> int:
        """Return how many of the newest rows may all be without a value, as often as rows before the lag are.

        >>> Seen(newest=10, valued=10, rows=10, values=6).by_chance, Seen(rows=10, values=10).by_chance
        (8, 0)
        """
        spacing = self.spacing
        old = self.rows - ((self.lag or 0.0) / spacing if spacing else 0.0)
        missing = 1 - self.values / max(old, self.values, 1)
        return math.ceil(math.log(_BY_CHANCE) / math.log(missing)) if 0 < missing < 1 else 0


def _seen(fact: GroupsFact) -> Seen:
    """Return what was measured."""
    if not fact.rows:
        return Seen()
    rows, *times, values = fact.rows[0]
    newest, valued, oldest = (None if each is None else int(each) for each in times)
    return Seen(newest, valued, oldest, int(rows or 0), int(values or 0))
