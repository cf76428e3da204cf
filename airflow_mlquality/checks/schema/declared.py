"""Columns: which there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.errors import did_you_mean
from airflow_mlquality.measurements import (
    Measurement,
    Schema,
)
from airflow_mlquality.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


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

    In an environment without some columns, such as the label at serving, these are extra too.

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

    def without(self, absent: frozenset[str]) -> ExtraColumns:
        """Return the check to which these columns are extra, for they should not be there."""
        return self.model_copy(update={"known": tuple(name for name in self.known if name not in absent)})

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
