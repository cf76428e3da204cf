"""Labels: whether they are there, and of the declared classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator
from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.literals import Scalar
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.checks.values.bounds import is_scalar
from airflow_mlquality.measurements import (
    LogicalType,
    Measurement,
    RowCount,
    RowsWhere,
    Schema,
    sql,
)
from airflow_mlquality.measurements.shapes import class_constant, class_value
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


def class_name(value: Scalar) -> str:
    """Return a class as the text by which it is counted.

    >>> class_name(True), class_name(1), class_name(1.0), class_name(0.5), class_name("late")
    ('true', '1', '1', '0.5', 'late')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def without_label(column: str, schema: Schema) -> exp.Expr:
    """Return the predicate of a row without label: NULL, NaN or infinite."""
    return sql.is_null(sql.finite(schema[column]))


class MissingShare(ShareCheck):
    """The share of rows without label stays within bounds.

    NULL, NaN and infinities are no labels. It warns at the first missing label and fails above one in twenty, unless
    levels say otherwise.

    Why it matters
    --------------
    Rows that lost their label are rarely a fair sample: they are the late, the disputed, the failed ones. Training on
    the rest learns another population.

    How it decides
    --------------
    Exact: rows without label among all rows. Undecided when there are no rows.

    When it misleads
    ----------------
    Labels that arrive late are missing by design on the newest days; check the days that are complete.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(MissingShare(column="late"), late=[0, 1, 1]))
    pass: share of rows without label 'late' is 0 (0 of 3 rows), within fail 0.05
    >>> print(trial(MissingShare(column="late"), late=[0, 1, None, None]))
    fail: share of rows without label 'late' is 0.5 (2 of 4 rows), above fail 0.05
    >>> print(trial(MissingShare(column="late"), late=[]))
    undecided: share of rows without label 'late': the table has no rows
    """

    family: ClassVar[Family] = "labels"
    scope: ClassVar[Scope] = "labels"
    flag: ClassVar[bool] = True
    short: ClassVar[str | None] = "fail"

    @model_validator(mode="before")
    @classmethod
    def _default_levels(cls, given: Any) -> Any:
        if not isinstance(given, dict) or any(given.get(name) is not None for name in ("warn", "fail", "mostly")):
            return given
        return {**given, "warn": 0.0, "fail": 0.05}

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"without label '{self.column}'"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return "wait for the labels, or find where they are lost; do not train on the rest alone"

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, and rows without label."""
        return (RowCount(), self._violating(schema))

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row without label."""
        return without_label(self.column, schema)

    def judged_rows(self, facts: Facts) -> int:
        """Return all rows."""
        return facts.current.rows


class Allowed(ShareCheck):
    """The label is one of the declared classes.

    Classes are compared as text: `1`, `1.0` and `"1"` are one class, booleans are `true` and `false`. Rows without
    label are not judged.

    Why it matters
    --------------
    A class that the model has no output for is learned as noise, or breaks the training late.

    How it decides
    --------------
    Exact: rows with another label among rows with a label. Fails at the first, unless levels say otherwise. Undecided
    when no row has a label.

    When it misleads
    ----------------
    It does not see classes that vanished, nor shares that moved: that is `prior`.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Allowed(column="late", values=[0, 1])
    >>> print(trial(check, late=[0, 1, 1]))
    pass: share of rows with label 'late' not among 2 classes is 0 (0 of 3 rows), within fail 0
    >>> print(trial(check, late=[0, 1, 2, None]))
    fail: share of rows with label 'late' not among 2 classes is 0.3333 (1 of 3 rows), above fail 0
    >>> print(trial(check, late=[None, None]))
    undecided: share of rows with label 'late' not among 2 classes: no row has a label
    """

    family: ClassVar[Family] = "labels"
    scope: ClassVar[Scope] = "labels"
    short: ClassVar[str | None] = "values"

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Return whether a value of that type can be a class: one with parts cannot."""
        return is_scalar(type_)

    values: tuple[Scalar, ...] = Field(min_length=1)
    """The classes."""

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        number = len(self.values)
        return f"with label '{self.column}' not among {number} class{'' if number == 1 else 'es'}"

    def named_values(self) -> tuple[object, ...]:
        """Return the classes."""
        return (*self.values, *map(class_name, self.values))

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, rows without label, and rows with another one."""
        return (RowCount(), self._unlabelled(schema), self._violating(schema))

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row with another label."""
        column = schema[self.column]
        known = class_value(column).isin(*(class_constant(column, class_name(value)) for value in self.values))
        return exp.and_(
            exp.not_(without_label(self.column, schema)), exp.not_(exp.func("COALESCE", known, exp.false()))
        )

    def judged_rows(self, facts: Facts) -> int:
        """Return the rows with a label."""
        return facts.current.rows - facts.current[self._unlabelled(facts.current.schema)]

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of rows with another label against the levels."""
        if facts.current.rows and not self.judged_rows(facts):
            return self.undecided(
                Cause.NO_DATA,
                f"share of rows {self.wrong}: no row has a label",
                advice="find out why the labels are missing",
            )
        return super().judge(facts)

    def _unlabelled(self, schema: Schema) -> RowsWhere:
        return RowsWhere(sql.text(without_label(self.column, schema)))
