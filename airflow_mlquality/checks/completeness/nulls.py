"""Values that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.checks.wording import percent
from airflow_mlquality.measurements import (
    Column,
    LogicalType,
    Measurement,
    NonFinite,
    NullCount,
    RowCount,
    RowsWhere,
    Schema,
    sql,
)
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class NullShare(ShareCheck):
    """The share of rows without a value stays within bounds.

    NULL and NaN are both missing, and counted apart; infinities are values.

    Why it matters
    --------------
    A join that lost its key, or a field that the source stopped filling, shows first as missing values; imputation
    hides it from the model's metrics until it is too late.

    How it decides
    --------------
    Exact: rows that are NULL or NaN among all rows. Undecided when there are no rows. With `co_missing` it also tells
    which other columns are missing in the same rows, and how often they are at all: columns that go together were
    lost together, by a join or a source. That is one more count per column in the same scan.

    When it misleads
    ----------------
    Text such as `N/A` or a number such as -999 is a value to it. A column that is nearly always missing is missing
    with every other one.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(NullShare(column="age", warn=0.3, fail=0.5), age=[30, 41, 29]))
    pass: null share of 'age' is 0 (0 of 3 rows), within fail 0.5
    >>> print(trial(NullShare(column="age", fail=0.1), age=[30.0, None, float("nan"), 18.0]))
    fail: null share of 'age' is 0.5 (1 NULL and 1 NaN of 4 rows), above fail 0.1
    >>> print(trial(NullShare(column="age", fail=0.1), age=[]))
    undecided: null share of 'age': the table has no rows
    >>> check = NullShare(column="age", fail=0.1, co_missing="all")
    >>> print(trial(check, age=[30, None, None, 18], income=[9, None, None, 7], city=["Ulm", "Bonn", None, None]))
    fail: null share of 'age' is 0.5 (2 of 4 rows), above fail 0.1; missing with it: 'income' (100 %)
    """

    family: ClassVar[Family] = "completeness"
    scope: ClassVar[Scope] = "column"

    co_missing: Literal["all"] | tuple[str, ...] = ()
    """Other columns that may be missing in the same rows, or `all`: how often each is, evidence and reason tell."""

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"without '{self.column}'"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return f"find where '{self.column}' is lost: a join key, a field that the source no longer fills"

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, NULL and NaN, and rows in which other columns are missing too."""
        wanted: list[Measurement[Any]] = [RowCount(), NullCount(self.column), NonFinite(self.column)]
        for name in self._others(schema):
            wanted += [self._both(schema, name), RowsWhere(sql.text(_missing(schema[name])))]
        return wanted

    def _others(self, schema: Schema) -> tuple[str, ...]:
        names = schema.names if self.co_missing == "all" else tuple(dict.fromkeys(self.co_missing))
        return tuple(name for name in names if name in schema and name != self.column)

    def _both(self, schema: Schema, other: str) -> RowsWhere:
        parts = [exp.paren(_missing(schema[name])) for name in (self.column, other)]
        return RowsWhere(sql.text(exp.and_(*parts)))

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row without value."""
        return _missing(schema[self.column])

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
        together = self._together(facts, nulls + nan)
        evidence: dict[str, Any] = {"violating": nulls + nan, "judged": rows, "nulls": nulls, "nan": nan}
        return self.verdict(
            outcome,
            f"null share of '{self.column}' is {number_text(share)} ({counted} of {rows:,} rows), "
            f"{bound_text(outcome, share, self.warn, self.fail)}{_told(together)}",
            observed=share,
            unit="share",
            advice="" if outcome is Outcome.PASS else self.advice,
            evidence=evidence | ({"co_missing": together} if self.co_missing else {}),
        )

    def _together(self, facts: Facts, missing: int) -> list[dict[str, Any]]:
        """Return the other columns that are missing where this one is, the most often first."""
        if not missing:
            return []
        schema, rows = facts.current.schema, facts.current.rows
        found = [
            {
                "column": name,
                "share": facts.current[self._both(schema, name)] / missing,
                "overall": facts.current[RowsWhere(sql.text(_missing(schema[name])))] / rows,
            }
            for name in self._others(schema)
        ]
        return sorted((each for each in found if each["share"]), key=lambda each: (-each["share"], each["overall"]))


def _missing(column: Column) -> exp.Expr:
    """Return the predicate of a row without a value in a column."""
    missing: list[exp.Expr] = [sql.is_null(sql.col(column.name))]
    if column.type is LogicalType.FLOAT:
        missing.append(sql.is_nan(sql.col(column.name)))
    return sql.any_of(missing)


_MOSTLY = 0.5
_NAMED = 3


def _told(together: Sequence[Mapping[str, Any]]) -> str:
    """Return the columns that are mostly missing too, more often than they are anyway."""
    mostly = [each for each in together if each["share"] > _MOSTLY and each["share"] > each["overall"]]
    if not mostly:
        return ""
    named = ", ".join(f"'{each['column']}' ({percent(each['share'])})" for each in mostly[:_NAMED])
    more = f" and {len(mostly) - _NAMED} more" if len(mostly) > _NAMED else ""
    return f"; missing with it: {named}{more}"


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
