"""Columns: which there are, and of what type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.errors import did_you_mean
from airflow_mlquality.measurements import (
    Column,
    LogicalType,
    Measurement,
    NullCount,
    RowCount,
    Schema,
    Unparseable,
)
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

TypeName = Literal[
    "boolean",
    "integer",
    "float",
    "decimal",
    "number",
    "string",
    "date",
    "time",
    "timestamp",
    "timestamp_tz",
    "duration",
    "binary",
    "uuid",
    "list",
    "struct",
    "map",
    "json",
]
"""The portable vocabulary; `number` is any of integer, float and decimal."""


class Type(ShareCheck):
    r"""The column is of a logical type, in whatever words its source says so.

    In a source that is text (CSV) every value must be written as that type: it observes the share of values that
    are not. In a typed source the column itself must be of the type; when it is text instead, the values that are
    not of the type are counted and shown.

    Why it matters
    --------------
    One string in an integer column turns the column into text, and training dies, or worse, encodes it.

    How it decides
    --------------
    Exact. A column of another type fails whatever the levels. Undecided when a text source has no value to tell
    from.

    When it misleads
    ----------------
    A column that is all NULL in a typed source has the type that its writer gave it by default.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(Type(column="age", expected="integer"), age=[30, None]))
    pass: 'age' is integer
    >>> print(trial(Type(column="age", expected="integer"), age=["30", "n/a"]))
    fail: 'age' is string, not integer; 1 of 2 values are not written as integer
    >>> print(trial(Type(column="age", expected="integer"), "age\n"))
    undecided: share of rows with 'age' not written as integer: the table has no rows
    """

    family: ClassVar[Family] = "schema"
    scope: ClassVar[Scope] = "column"
    short: ClassVar[str | None] = "expected"

    expected: TypeName
    """Logical type."""

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"with '{self.column}' not written as {self.expected}"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return f"find out who changed '{self.column}' at the source, or declare its new type in the contract"

    def columns(self) -> tuple[str, ...]:
        """Return its column."""
        return (self.column,)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the values that are not written as the type, where the column is text."""
        if self._is_text(schema[self.column]):
            return (RowCount(), NullCount(self.column), self._unparseable(schema[self.column]))
        return (RowCount(),)

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row whose text is not of the type."""
        return self._unparseable(schema[self.column]).condition(schema)

    def judge(self, facts: Facts) -> Verdict:
        """Compare the types, and hold the share of values that are not of the type against the levels."""
        column = facts.current.schema[self.column]
        if column.type is LogicalType.NULL:
            reason = f"type of '{self.column}': it has no value to tell from"
            return self.undecided(Cause.NO_DATA, reason, advice="find out why the stage has no values")
        if column.is_parsed and self._fits(column.type):
            return self._judge_text(facts)
        if self._fits(column.type):
            return self.verdict(
                Outcome.PASS, f"'{self.column}' is {column.type.value}", observed=0.0, unit="share", evidence={}
            )
        return self._other_type(facts, column)

    def _judge_text(self, facts: Facts) -> Verdict:
        unparseable = facts.current[self._unparseable(facts.current.schema[self.column])]
        written = facts.current.rows - facts.current[NullCount(self.column)] + unparseable
        if written == 0:
            rows = facts.current.rows
            what = "the table has no rows" if rows == 0 else f"all {rows:,} rows are empty"
            return self.undecided(Cause.NO_DATA, f"share of rows {self.wrong}: {what}")
        return self.share_verdict(unparseable, written)

    def _other_type(self, facts: Facts, column: Column) -> Verdict:
        reason = f"'{self.column}' is {column.type.value}, not {self.expected}"
        evidence: dict[str, Any] = {"type": column.type.value, "native": column.native}
        if self._is_text(column):
            unparseable = facts.current[self._unparseable(column)]
            values = facts.current.rows - facts.current[NullCount(self.column)]
            reason += f"; {unparseable:,} of {values:,} values are not written as {self.expected}"
            evidence |= {"violating": unparseable, "judged": values}
        return self.verdict(Outcome.FAIL, reason, observed=1.0, unit="share", advice=self.advice, evidence=evidence)

    def _is_text(self, column: Column) -> bool:
        return column.is_parsed or (column.type is LogicalType.STRING and self.expected != "string")

    def _unparseable(self, column: Column) -> Unparseable:
        wanted = column.type.value if column.is_parsed else self.expected
        return Unparseable(self.column, "float" if wanted == "number" else wanted)

    def _fits(self, actual: LogicalType) -> bool:
        return actual.is_number if self.expected == "number" else actual.value == self.expected


class _ColumnNumber(Check):
    """A check that observes a number of columns."""

    family: ClassVar[Family] = "schema"
    scope: ClassVar[Scope] = "schema"

    @property
    def place(self) -> str:
        """The columns as a whole."""
        return "columns"

    warn: int | None = Field(default=None, ge=0)
    """Number of columns above which it warns."""
    fail: int | None = Field(default=None, ge=0)
    """Number of columns above which it fails."""

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for nothing: the schema is always there."""
        return ()


class RequiredColumns(_ColumnNumber):
    """Every column that the contract lists is there.

    A contract has it built in for its `columns:`; one marked `optional: true`, or absent in the environment that is
    checked, is not required.

    Why it matters
    --------------
    A feature that training had and serving lacks is filled with a default, and nobody is told.

    How it decides
    --------------
    Exact: the number of columns that are missing; fails at the first.

    When it misleads
    ----------------
    A column that is there and all NULL is there; `null_share` sees it.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(RequiredColumns(required=["age"]), age=[30]))
    pass: all 1 required columns are there
    >>> print(trial(RequiredColumns(required=["age", "income"]), age=[30], incomes=[1]))
    fail: 1 of 2 required columns is missing: 'income' (did 'incomes' take its place?), above fail 0
    """

    filled: ClassVar[frozenset[str]] = frozenset({"column", "at", "required"})

    required: tuple[str, ...] = ()
    """The columns."""
    fail: int | None = Field(default=0, ge=0)
    """Number of missing columns above which it fails."""

    def without(self, absent: frozenset[str]) -> RequiredColumns:
        """Return the check that does not require the columns."""
        return self.model_copy(update={"required": tuple(name for name in self.required if name not in absent)})

    def judge(self, facts: Facts) -> Verdict:
        """Count the columns that are missing."""
        schema = facts.current.schema
        missing = [name for name in self.required if name not in schema]
        outcome = outcome_of(len(missing), self.warn, self.fail)
        evidence = {"missing": missing, "required": len(self.required)}
        if not missing:
            reason = f"all {len(self.required)} required columns are there"
            return self.verdict(outcome, reason, observed=0, unit="columns", evidence=evidence)
        unlisted = [name for name in schema.names if name not in self.required]
        named = ", ".join(_with_successor(name, unlisted) for name in missing)
        verb = "is" if len(missing) == 1 else "are"
        return self.verdict(
            outcome,
            f"{len(missing)} of {len(self.required)} required columns {verb} missing: {named}, "
            f"{bound_text(outcome, len(missing), self.warn, self.fail)}",
            observed=len(missing),
            unit="columns",
            advice="restore them at the source, or mark them optional in the contract",
            evidence=evidence,
        )


def _with_successor(name: str, unlisted: Sequence[str]) -> str:
    hint = did_you_mean(name, unlisted)
    return (
        f"'{name}' (did {hint.removeprefix(' Did you mean ').removesuffix('?')} take its place?)"
        if hint
        else f"'{name}'"
    )


class ExtraColumns(_ColumnNumber):
    """No column is there that the contract does not list.

    Why it matters
    --------------
    `SELECT *` into a training frame makes every new column a feature, the label's leak among them.

    How it decides
    --------------
    Exact: the number of columns that are not listed.

    When it misleads
    ----------------
    A contract that lists only the columns it checks finds all others extra.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(ExtraColumns(known=["age"], fail=0), age=[30]))
    pass: no column beyond the 1 listed
    >>> print(trial(ExtraColumns(known=["age"], fail=0), age=[30], refund=[1]))
    fail: 1 column beyond the 1 listed: 'refund', above fail 0
    """

    filled: ClassVar[frozenset[str]] = frozenset({"column", "at", "known"})

    known: tuple[str, ...] = ()
    """The columns that the contract lists."""

    def judge(self, facts: Facts) -> Verdict:
        """Count the columns that are not listed."""
        extra = [name for name in facts.current.schema.names if name not in self.known]
        outcome = outcome_of(len(extra), self.warn, self.fail)
        evidence = {"extra": extra}
        if not extra:
            reason = f"no column beyond the {len(self.known)} listed"
            return self.verdict(outcome, reason, observed=0, unit="columns", evidence=evidence)
        shown = ", ".join(f"'{name}'" for name in extra[:10]) + (" …" if len(extra) > 10 else "")  # noqa: PLR2004  a line's worth
        return self.verdict(
            outcome,
            f"{number_text(len(extra))} column{'' if len(extra) == 1 else 's'} beyond the {len(self.known)} listed: "
            f"{shown}, {bound_text(outcome, len(extra), self.warn, self.fail)}",
            observed=len(extra),
            unit="columns",
            advice="list them under columns, or drop them before this stage",
            evidence=evidence,
        )
