"""Rows that should be there once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import model_validator
from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.measurements import Keys, Measurement, RowCount, Schema, sql
from airflow_mlquality.measurements.counts import STAGE
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEYS_SHOWN = 5


class Unique(ShareCheck):
    """No two rows have the same value, or the same combination of values.

    It stands under a column, or with a list of columns under `rows` or `table`. Rows whose key is not complete
    (a NULL in any part) are counted and not judged; NaN equals NaN.

    Why it matters
    --------------
    A feed delivered twice doubles the weight of its rows, and a duplicated key multiplies rows in the next join.

    How it decides
    --------------
    Exact: rows beyond the first of their key among rows with a complete key; fails at the first, unless levels say
    otherwise. Undecided when no row has a complete key.

    When it misleads
    ----------------
    Two records of one person under two keys are unique to it.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(Unique(column="id"), id=[1, 2, 3]))
    pass: share of duplicate rows by 'id' is 0 (0 of 3 rows), within fail 0
    >>> print(trial(Unique(key=["day", "id"]), day=[1, 1, 2], id=[7, 7, 7]))
    fail: share of duplicate rows by 'day', 'id' is 0.3333 (1 of 3 rows), above fail 0
    >>> print(trial(Unique(column="id"), id=[None]))
    undecided: share of duplicate rows by 'id': no row has a complete key
    """

    family: ClassVar[Family] = "uniqueness"
    scope: ClassVar[Scope] = "column"
    other_scopes: ClassVar[tuple[Scope, ...]] = ("rows", "table")
    short: ClassVar[str | None] = "key"
    flag: ClassVar[bool] = True

    key: tuple[str, ...] = ()
    """Columns that together identify a row; by default the column it stands under."""

    @model_validator(mode="after")
    def _has_key(self) -> Self:
        if self.key and self.column and self.key != (self.column,):
            msg = "a key of several columns stands under rows or table, not under one column"
            raise ValueError(msg)
        return self

    @property
    def verdict_id(self) -> str:
        """Its id, given or derived from the key."""
        return self.id or f"{'+'.join(self.columns())}.unique"

    @property
    def place(self) -> str:
        """The key."""
        return ", ".join(self.columns())

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return "duplicate by " + ", ".join(f"'{name}'" for name in self.columns())

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return "find out whether the feed came twice or a join multiplied rows; keep one row per key before this stage"

    def columns(self) -> tuple[str, ...]:
        """Return the key."""
        return self.key or ((self.column,) if self.column else ())

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, and how many keys there are."""
        return (RowCount(), Keys(self.columns()))

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row whose key stands more than once, for some such keys."""
        keys = [sql.col(name) for name in self.columns()]
        complete = exp.and_(*(sql.is_not_null(key.copy()) for key in keys))
        key = keys[0] if len(keys) == 1 else sql.function("row", *keys)
        stage = exp.table_(STAGE, quoted=True)
        repeated = exp.select(key.copy()).from_(stage).where(complete.copy()).group_by(*(key.copy() for key in keys))
        some = repeated.having("COUNT(*) > 1").order_by(*(key.copy() for key in keys)).limit(_KEYS_SHOWN)
        return exp.and_(complete, key.isin(query=some, copy=False))

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of duplicate rows against the levels."""
        named = ", ".join(f"'{name}'" for name in self.columns())
        counts = facts.current[Keys(self.columns())]
        if counts.keyed == 0:
            return self.undecided(
                Cause.NO_DATA,
                f"share of duplicate rows by {named}: no row has a complete key",
                advice="find out why the key is empty",
            )
        share = counts.surplus / counts.keyed
        outcome = outcome_of(share, self.warn, self.fail)
        incomplete = facts.current.rows - counts.keyed
        beside = f"; {incomplete:,} rows without a complete key are not judged" if incomplete else ""
        return self.verdict(
            outcome,
            f"share of duplicate rows by {named} is {number_text(share)} "
            f"({counts.surplus:,} of {counts.keyed:,} rows), "
            f"{bound_text(outcome, share, self.warn, self.fail)}{beside}",
            observed=share,
            unit="share",
            advice="" if outcome is Outcome.PASS else self.advice,
            evidence={"violating": counts.surplus, "judged": counts.keyed, "incomplete": incomplete},
        )
