"""Columns: of what type they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.schema.expected import TypeText, Unlike, is_a, unlike
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.errors.words import cut
from airflow_mlquality.measurements import (
    Column,
    DataType,
    LogicalType,
    Measurement,
    NullCount,
    RowCount,
    Schema,
    Unparseable,
    data_type,
)
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp


class Type(ShareCheck):
    r"""The column is of a logical type, in whatever words its source says so.

    In a source that is text (CSV) every value must be written as that type: it observes the share of values that
    are not. In a typed source the column itself must be of the type; when it is text instead, the values that are
    not of the type are counted and shown.

    A nested type may say its parts: `list<integer>`, `list<float, 384>` of that many elements,
    `map<string, float>`, `struct<street:string, tags:list<string>>`. What it leaves out may be anything: `list` is any
    list, and a struct may have more fields than are named, in any order, as a table may have more columns.

    Why it matters
    --------------
    One string in an integer column turns the column into text, and training dies, or worse, encodes it.

    How it decides
    --------------
    Exact. A column of another type fails whatever the levels, and so does one whose parts are of another. Undecided
    when a text source has no value to tell from, or a source does not tell the parts.

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
    >>> print(trial(Type(column="tags", expected="list<string>"), tags=[["a", "b"], []]))
    pass: 'tags' is list<string>
    >>> print(trial(Type(column="tags", expected="list<string>"), tags=[[1, 2], []]))
    fail: 'tags' is list<integer>, not list<string>: 'tags.element' is integer, not string
    """

    family: ClassVar[Family] = "schema"
    scope: ClassVar[Scope] = "column"
    short: ClassVar[str | None] = "expected"

    expected: TypeText
    """Logical type; of a nested one also with its parts, such as `list<integer>`."""

    @property
    def wanted(self) -> DataType:
        """The type that it asks for."""
        return data_type(self.expected)

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
        return self._of_its_type(column) if self._fits(column.type) else self._other_type(facts, column)

    def _judge_text(self, facts: Facts) -> Verdict:
        unparseable = facts.current[self._unparseable(facts.current.schema[self.column])]
        written = facts.current.rows - facts.current[NullCount(self.column)] + unparseable
        if written == 0:
            rows = facts.current.rows
            what = "the table has no rows" if rows == 0 else f"all {rows:,} rows are empty"
            return self.undecided(Cause.NO_DATA, f"share of rows {self.wrong}: {what}")
        return self.share_verdict(unparseable, written)

    def _of_its_type(self, column: Column) -> Verdict:
        """Compare the parts of the types, which are of one word."""
        found = self.unlike(column)
        others = [each.told for each in found if not each.is_untold]
        if others:
            reason = f"'{self.column}' is {cut(str(column.data_type))}, not {cut(self.expected)}: {_several(others)}"
            evidence = {"type": str(column.data_type), "native": column.native, "unlike": others}
            return self.verdict(Outcome.FAIL, reason, observed=1.0, unit="share", advice=self.advice, evidence=evidence)
        if found:
            reason = f"type of '{self.column}': {_several([each.told for each in found])}"
            advice = f"write '{self.wanted.name}' alone where its parts do not matter"
            return self.undecided(Cause.NO_DATA, reason, advice=advice)
        told = column.data_type if self.wanted.parts is not None else column.type.value
        return self.verdict(
            Outcome.PASS, f"'{self.column}' is {cut(str(told))}", observed=0.0, unit="share", evidence={}
        )

    def unlike(self, column: Column) -> list[Unlike]:
        """Return what of a column's type is not what the contract says."""
        return list(unlike(self.wanted, column.data_type, column.name))

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
        wanted = column.type.value if column.is_parsed else self.wanted.name
        return Unparseable(self.column, "float" if wanted == "number" else wanted)

    def _fits(self, actual: LogicalType) -> bool:
        return is_a(actual, self.wanted.name)


def _several(told: Sequence[str]) -> str:
    return "; ".join(told[:_SHOWN]) + (f" and {len(told) - _SHOWN:,} more" if len(told) > _SHOWN else "")


_SHOWN = 5
