"""Columns that must not be there."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator

from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.checks.levels import outcome_of
from airflow_mlquality.measurements import Measurement, Schema
from airflow_mlquality.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


class AbsentColumns(Check):
    """Columns that must not be there are not there: by name, or by a pattern such as `*_ssn`.

    Capital and small letters are the same; `*` stands for anything, `?` for one character.

    Why it matters
    --------------
    A column that the model must not see, such as religion or the outcome itself, comes back with the next `SELECT *`,
    and a model that may use it will.

    How it decides
    --------------
    Exact: the number of columns with such a name; fails at the first, unless levels say otherwise.

    When it misleads
    ----------------
    It reads names alone: the same values under another name pass.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(AbsentColumns(names=["*ssn*", "religion"]), age=[30]))
    pass: none of 1 columns has a name that must not be there
    >>> print(trial(AbsentColumns(names=["*ssn*", "religion"]), age=[30], Customer_SSN=["x"]))
    fail: 1 column has a name that must not be there: 'Customer_SSN' (*ssn*)
    """

    family: ClassVar[Family] = "schema"
    scope: ClassVar[Scope] = "schema"
    other_scopes: ClassVar[tuple[Scope, ...]] = ("table",)
    short: ClassVar[str | None] = "names"

    names: tuple[str, ...] = Field(min_length=1)
    """Names, or patterns of names."""
    warn: int | None = Field(default=None, ge=0)
    """Number of columns above which it warns."""
    fail: int | None = Field(default=None, ge=0)
    """Number of columns above which it fails; 0 when no level is given."""

    @model_validator(mode="before")
    @classmethod
    def _levels(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("warn") is None and given.get("fail") is None:
            return {**given, "fail": 0}
        return given

    @property
    def place(self) -> str:
        """The columns as a whole."""
        return "columns"

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for nothing: the schema is always there."""
        return ()

    def judge(self, facts: Facts) -> Verdict:
        """Hold the number of such columns against the levels."""
        found = {name: self._pattern_of(name) for name in facts.current.schema.names}
        there = {name: pattern for name, pattern in found.items() if pattern is not None}
        outcome = outcome_of(len(there), self.warn, self.fail)
        named = ", ".join(f"'{name}' ({pattern})" for name, pattern in there.items())
        some = f"{len(there):,} column{' has' if len(there) == 1 else 's have'} a name that must not be there: {named}"
        return self.verdict(
            outcome,
            some if there else f"none of {len(found):,} columns has a name that must not be there",
            observed=len(there),
            unit="columns",
            advice="" if outcome is Outcome.PASS else "leave the columns out where the stage is made",
            evidence={"columns": list(there)},
        )

    def _pattern_of(self, name: str) -> str | None:
        folded = name.casefold()
        return next((each for each in self.names if fnmatchcase(folded, each.casefold())), None)
