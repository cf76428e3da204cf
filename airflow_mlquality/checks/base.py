"""What a check is: one requirement of a contract, that names the facts it needs and judges them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from airflow_mlquality.checks.levels import ordered_levels
from airflow_mlquality.checks.policy import Policy
from airflow_mlquality.measurements import LogicalType, Measurement, Schema
from airflow_mlquality.redaction import masked
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlglot import exp

    from airflow_mlquality.profile import Profile

Family = Literal[
    "schema", "completeness", "values", "uniqueness", "relations", "volume", "time", "labels", "drift", "meaning"
]
Scope = Literal["column", "rows", "table", "schema", "labels", "drift"]
Share = Annotated[float, Field(ge=0, le=1, strict=True)]


@dataclass(frozen=True)
class Facts:
    """What a check judges from: the facts of this run, of the reference, and the moment.

    Parameters
    ----------
    current
        Profile of the stage.
    as_of
        The moment for which ages are counted.
    reference
        Profile of what it is compared with; None when there is none yet.
    shown_columns
        Columns whose values may be shown.
    known_values
        Values that the contract itself names; they may be shown whatever their column.
    masks
        The masks that were shown instead of values, each with its column; a check's own.
    """

    current: Profile
    as_of: datetime
    reference: Profile | None = None
    shown_columns: frozenset[str] = frozenset()
    known_values: frozenset[str] = frozenset()
    masks: set[tuple[str, str]] = field(default_factory=set, compare=False, repr=False)

    def display(self, column: str, value: object) -> str:
        """Return a value of a row as it may be shown: as it is where the contract allows it, else as a mask."""
        text = str(value)
        if column in self.shown_columns or text in self.known_values:
            return text
        form = masked(value)
        if value is not None and form != text:
            self.masks.add((form, column))
        return form


class Check(BaseModel, ABC):
    """One requirement of a contract.

    A subclass is the whole of a check: its YAML key is its class name in snake_case, its options are its typed
    fields, its documentation is its docstring.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: ClassVar[Family]
    scope: ClassVar[Scope]
    other_scopes: ClassVar[tuple[Scope, ...]] = ()
    """Further parts of a contract where it may stand; a composite `unique` stands under `rows` or `table`."""
    short: ClassVar[str | None] = None
    """The option that a bare value in YAML fills: `accepted_values: [a, b]`."""
    flag: ClassVar[bool] = False
    """Whether `true` alone says all: `not_null: true`."""
    filled: ClassVar[frozenset[str]] = frozenset({"column", "at"})
    """Fields that a contract fills from its other parts; they are no options."""
    spelled: ClassVar[dict[str, str]] = {}
    """YAML spelling of options whose field cannot have that name, such as `except`."""

    id: str = ""
    """Unique name in the contract; by default the column and the check."""
    runbook: str | None = None
    """Where people read what to do; by default the contract's."""
    policy: Policy | None = None
    """What follows from an outcome, where it differs from the contract's policy."""
    column: str = ""
    """The column it is about; a contract fills it from the place of the check."""
    at: str = Field(default="", exclude=True, repr=False)
    """Where the contract says it: `file:line`."""

    @model_validator(mode="after")
    def _ordered_levels(self) -> Self:
        ordered_levels(getattr(self, "warn", None), getattr(self, "fail", None))
        return self

    @classmethod
    def name(cls) -> str:
        """Return the YAML key.

        >>> class NullShare(Check): ...
        >>> NullShare.name()
        'null_share'
        """
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).lower()

    @property
    def verdict_id(self) -> str:
        """Its id, given or derived."""
        return self.id or (f"{self.column}.{self.name()}" if self.column else self.name())

    @property
    def place(self) -> str:
        """What it is about, for people."""
        return self.column or self.scope

    @staticmethod
    def accepts(type_: LogicalType) -> bool:  # noqa: ARG004  most checks mean something on every type
        """Return whether the check means something on a column of that type."""
        return True

    def columns(self) -> tuple[str, ...]:
        """Return the columns without which it cannot be judged."""
        return (self.column,) if self.column else ()

    def sources(self) -> tuple[str, ...]:
        """Return the names of other sources that it reads."""
        return ()

    def named_values(self) -> tuple[object, ...]:
        """Return the values that the contract names through it; these may be shown whatever their column."""
        return ()

    def without(self, absent: frozenset[str]) -> Check | None:
        """Return the check as it stands where columns are absent; None when it means nothing there."""
        return self if absent.isdisjoint(self.columns()) else None

    def expand(self, schema: Schema) -> Sequence[Check]:
        """Return the checks that this one stands for on a given schema, such as one per column."""
        return (self,)

    def as_of(self, moment: datetime) -> Check:
        """Return the check as it stands at the moment for which the gate runs."""
        return self

    @abstractmethod
    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Return the facts it asks for; called only when its columns exist and have an accepted type."""

    @abstractmethod
    def judge(self, facts: Facts) -> Verdict:
        """Return the conclusion; a pure function."""

    def violation(self, schema: Schema) -> exp.Expr | None:
        """Return the predicate of a violating row, for checks that judge rows."""
        return None

    def example(self, schema: Schema, facts: Facts) -> exp.Expr | None:
        """Return the predicate of rows to show as examples: the violating ones, unless only the facts tell which."""
        return self.violation(schema)

    # ---- making verdicts ----

    def verdict(self, outcome: Outcome, reason: str, **fields: Any) -> Verdict:
        """Return a verdict of this check."""
        return Verdict(
            id=self.verdict_id,
            check=self.name(),
            family=self.family,
            place=fields.pop("place", self.place),
            outcome=outcome,
            reason=reason,
            at=self.at,
            runbook=self.runbook,
            warn=fields.pop("warn", getattr(self, "warn", None)),
            fail=fields.pop("fail", getattr(self, "fail", None)),
            **fields,
        )

    def undecided(self, cause: Cause, reason: str, **fields: Any) -> Verdict:
        """Return that there is no evidence to judge from."""
        return self.verdict(Outcome.UNDECIDED, reason, cause=cause, **fields)

    def error(self, reason: str) -> Verdict:
        """Return that measuring or judging broke; an infrastructure problem, not one of the data."""
        advice = "this is no verdict on the data: mend the cause and run the gate again"
        return self.verdict(Outcome.ERROR, reason, advice=advice)
