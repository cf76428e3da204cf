"""Values that stand for a missing one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import model_validator

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.completeness.missing_codes import Code, candidates, codes_found, counts
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.checks.literals import NotOfTypeError, Scalar, in_terms_of
from airflow_mlquality.checks.segments import listed
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.checks.values.bounds import is_scalar
from airflow_mlquality.measurements import LogicalType, Measurement, NullCount, RowCount, RowsWhere, Schema, sql
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

_MOST_COUNTED = 20
"""Of more declared values only the rows with any of them are counted."""


class Sentinels(ShareCheck):
    """No value stands for a missing one: `N/A`, -999, 1900-01-01, or empty text.

    With `values` it looks for these alone. With `true` it looks for well-known ones: words such as `N/A`, `null`,
    `none`, `unknown`, `-` and empty text (in any case, blanks around them do not count), numbers of nines such as -999
    and the ends of 32-bit integers, and days such as 1900-01-01, 1970-01-01 and 9999-12-31. NULL is not judged.

    Why it matters
    --------------
    A missing age that is written -999 passes every check of missing values, moves the mean, and is what a linear model
    learns most from.

    How it decides
    --------------
    Exact: the share of rows that hold such a value, among rows with a value. What is declared always counts. A
    well-known value counts only where it stands in two rows at least and is no likely value:

    - a number lies outside the range of the other values, and is either negative where no other value is, or farther
      from them than they are from each other: 999 among prices up to 998 is a price, among ages it is none;
    - a day lies before or after all other days;
    - a word differs in length from some other value: `NA` among two-letter codes of countries is Namibia.

    Undecided when no row has a value, and when all values are well-known codes, so that nothing tells.

    When it misleads
    ----------------
    It is careful: -1 is never looked for, nor is a code within the range of the values (1970-01-01 among births);
    declare them. Words such as `none` or `unknown` may be a category on purpose: name them under `except`. A top code
    such as 99999 for "more" is found like a missing value.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(Sentinels(column="age"), age=[30, 41, 29]))
    pass: share of rows with a sentinel in 'age' is 0 (0 of 3 rows), within fail 0
    >>> print(trial(Sentinels(column="age"), age=[30, -999, -999, None, 29]))
    fail: share of rows with a sentinel in 'age' is 0.5 (2 of 4 rows), above fail 0: -999 (2 rows)
    >>> check = Sentinels(column="state", values=["", "N/A", "-"], fail=0.1)
    >>> print(trial(check, state=["on", "N/A", "", "off"]))  # doctest: +NORMALIZE_WHITESPACE
    fail: share of rows with a sentinel in 'state' is 0.5 (2 of 4 rows), above fail 0.1: empty text (1 row),
    N/A (1 row)
    >>> print(trial(Sentinels(column="age"), age=[None]))
    undecided: share of rows with a sentinel in 'age': all 1 rows are null
    """

    family: ClassVar[Family] = "completeness"
    scope: ClassVar[Scope] = "column"
    short: ClassVar[str | None] = "values"
    flag: ClassVar[bool] = True
    spelled: ClassVar[dict[str, str]] = {"except": "except_"}

    values: tuple[Scalar, ...] = ()
    """Values that stand for a missing one; without any, well-known ones are looked for."""
    except_: tuple[Scalar, ...] = ()
    """Well-known ones that are values here."""

    @model_validator(mode="before")
    @classmethod
    def _spelled(cls, given: Any) -> Any:
        return {cls.spelled.get(key, key): value for key, value in given.items()} if isinstance(given, dict) else given

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only values without parts are told apart."""
        return is_scalar(type_)

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"with a sentinel in '{self.column}'"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return f"read these values of '{self.column}' as NULL where the data comes in, before anything is computed"

    def named_values(self) -> tuple[object, ...]:
        """Return the values that are declared."""
        return self.values

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row that holds a declared one; which others stand for missing the facts tell."""
        same = self._declared(schema).values()
        return sql.col(self.column).isin(*same) if same else sql.condition("1 = 0")

    def _declared(self, schema: Schema) -> dict[str, exp.Expr]:
        """Return the declared values as literals; one that is not of the column's type equals none of its values."""
        declared = {}
        for value in self.values:
            try:
                declared[str(value)] = in_terms_of(schema[self.column], value)
            except NotOfTypeError:
                continue
        return declared

    def _each(self, schema: Schema) -> dict[str, RowsWhere]:
        """Return the counts of each declared value, where these are few: all of one scan."""
        declared = self._declared(schema)
        few = declared if len(declared) <= _MOST_COUNTED else {}
        return {text: RowsWhere(sql.text(sql.col(self.column).isin(value))) for text, value in few.items()}

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, nulls, and rows that hold one."""
        basic = (RowCount(), NullCount(self.column))
        if self.values:
            return (*basic, self._violating(schema), *self._each(schema).values())
        return (*basic, counts(schema[self.column])) if candidates(schema[self.column]) else basic

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of rows with a sentinel against the levels."""
        column = facts.current.schema[self.column]
        if self.judged_rows(facts) == 0:
            return self._without_values(facts)
        if self.values:
            return self._judged_declared(facts)
        if not candidates(column):
            return self._found(facts, 0, [])
        (row,) = facts.current[counts(column)].rows
        standing = sum(int(count) for count in row[:-3] if isinstance(count, int | float))
        if not row[-1]:
            what = f"all {standing:,} values are well-known codes, and no other tells whether they are values"
            return self.undecided(
                Cause.NO_DATA,
                f"share of rows {self.wrong}: {what if standing else 'no value is finite'}",
                advice="declare under `values` what stands for a missing value",
            )
        codes = codes_found(column, row, self._spared())
        return self._found(facts, sum(code.rows for code in codes), codes)

    def _judged_declared(self, facts: Facts) -> Verdict:
        schema = facts.current.schema
        codes = [Code(text, facts.current[each]) for text, each in self._each(schema).items()]
        standing = sorted((code for code in codes if code.rows), key=lambda code: -code.rows)
        return self._found(facts, facts.current[self._violating(schema)], standing)

    def _without_values(self, facts: Facts) -> Verdict:
        rows = facts.current.rows
        what = "the table has no rows" if rows == 0 else f"all {rows:,} rows are null"
        advice = "find out why the stage has no values"
        return self.undecided(Cause.NO_DATA, f"share of rows {self.wrong}: {what}", advice=advice)

    def _spared(self) -> frozenset[str]:
        return frozenset(str(value).strip().lower() for value in self.except_)

    def _found(self, facts: Facts, holding: int, codes: list[Code]) -> Verdict:
        """Return the verdict on codes; they are of this page or of the contract, not of the rows, so they are named."""
        judged = self.judged_rows(facts)
        share = holding / judged
        outcome = outcome_of(share, self.warn, self.fail)
        named = listed([code.told for code in codes])
        return self.verdict(
            outcome,
            f"share of rows {self.wrong} is {number_text(share)} ({holding:,} of {judged:,} rows), "
            f"{bound_text(outcome, share, self.warn, self.fail)}{f': {named}' if named else ''}",
            observed=share,
            unit="share",
            advice="" if outcome is Outcome.PASS else self.advice,
            evidence={"violating": holding, "judged": judged, "codes": {code.text: code.rows for code in codes}},
        )
