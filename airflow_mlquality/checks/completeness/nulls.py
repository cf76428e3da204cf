"""Values that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.measurements import LogicalType, Measurement, NonFinite, NullCount, RowCount, Schema, sql
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp


class NullShare(ShareCheck):
    """The share of rows without a value stays within bounds.

    NULL and NaN are both missing, and counted apart; infinities are values.

    Why it matters
    --------------
    A join that lost its key, or a field that the source stopped filling, shows first as missing values; imputation
    hides it from the model's metrics until it is too late.

    How it decides
    --------------
    Exact: rows that are NULL or NaN among all rows. Undecided when there are no rows.

    When it misleads
    ----------------
    Text such as `N/A` or a number such as -999 is a value to it.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(NullShare(column="age", warn=0.3, fail=0.5), age=[30, 41, 29]))
    pass: null share of 'age' is 0 (0 of 3 rows), within fail 0.5
    >>> print(trial(NullShare(column="age", fail=0.1), age=[30.0, None, float("nan"), 18.0]))
    fail: null share of 'age' is 0.5 (1 NULL and 1 NaN of 4 rows), above fail 0.1
    >>> print(trial(NullShare(column="age", fail=0.1), age=[]))
    undecided: null share of 'age': the table has no rows
    """

    family: ClassVar[Family] = "completeness"
    scope: ClassVar[Scope] = "column"

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"without '{self.column}'"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return f"find where '{self.column}' is lost: a join key, a field that the source no longer fills"

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, NULL and NaN."""
        return (RowCount(), NullCount(self.column), NonFinite(self.column))

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row without value."""
        missing: list[exp.Expr] = [sql.is_null(sql.col(self.column))]
        if schema[self.column].type is LogicalType.FLOAT:
            missing.append(sql.is_nan(sql.col(self.column)))
        return sql.any_of(missing)

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of missing values against the levels."""
        rows = facts.current.rows
        if rows == 0:
            return self.undecided(
                Cause.NO_DATA,
                f"null share of '{self.column}': the table has no rows",
                advice="find out why the stage has no rows",
            )
        nulls, nan = facts.current[NullCount(self.column)], facts.current[NonFinite(self.column)].nan
        share = (nulls + nan) / rows
        outcome = outcome_of(share, self.warn, self.fail)
        counted = f"{nulls:,} NULL and {nan:,} NaN" if nan else f"{nulls:,}"
        return self.verdict(
            outcome,
            f"null share of '{self.column}' is {number_text(share)} ({counted} of {rows:,} rows), "
            f"{bound_text(outcome, share, self.warn, self.fail)}",
            observed=share,
            unit="share",
            advice="" if outcome is Outcome.PASS else self.advice,
            evidence={"violating": nulls + nan, "judged": rows, "nulls": nulls, "nan": nan},
        )


class NotNull(NullShare):
    """Every row has a value.

    NULL and NaN are both missing, and counted apart; infinities are values. It is `null_share` at its strictest.

    Why it matters
    --------------
    A key or a label without value cannot be joined or learned from.

    How it decides
    --------------
    Exact: rows that are NULL or NaN among all rows; fails at the first, unless `mostly` or levels say otherwise.
    Undecided when there are no rows.

    When it misleads
    ----------------
    Text such as `N/A` or a number such as -999 is a value to it.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(NotNull(column="id"), id=[1, 2]))
    pass: null share of 'id' is 0 (0 of 2 rows), within fail 0
    >>> print(trial(NotNull(column="id"), id=[1, None]))
    fail: null share of 'id' is 0.5 (1 of 2 rows), above fail 0
    >>> print(trial(NotNull(column="id"), id=[]))
    undecided: null share of 'id': the table has no rows
    """

    flag: ClassVar[bool] = True
