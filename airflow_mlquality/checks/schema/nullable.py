"""What a source declares of NULL, whatever its rows hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import field_validator

from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.measurements import Measurement, Schema
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


class Nullable(Check):
    r"""The source declares that the column is never NULL: `NOT NULL` of a table, `required` of a Parquet file.

    Written `nullable: false`. It is about the declaration; how many rows are NULL, `not_null` and `null_share` tell.

    Why it matters
    --------------
    Rows without NULL today are luck; a column that is declared NOT NULL stays so, for its writer is refused. When
    somebody drops the constraint, the gate tells before the first NULL comes.

    How it decides
    --------------
    Exact, from what the source says of itself: Arrow and Parquet fields, Delta and Iceberg tables, tables of databases.
    Undecided where a source declares nothing: CSV, JSON, frames of pandas and polars, views and queries of databases,
    and in Spark whatever is not known to be without NULL.

    When it misleads
    ----------------
    Most writers of Parquet declare every column nullable, whatever it holds. Spark calls columns of files and of most
    tables nullable, whatever they declare. Some databases do not enforce what they declare. It looks at whole columns,
    not at fields within.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from airflow_mlquality.trial import trial
    >>> people = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("age", pa.int64())])
    >>> rows = pa.table({"id": [1, 2], "age": [30, 41]}, schema=people)
    >>> print(trial(Nullable(column="id"), rows))
    pass: 'id' is declared NOT NULL
    >>> print(trial(Nullable(column="age"), rows))
    fail: 'age' is not declared NOT NULL
    >>> print(trial(Nullable(column="id"), "id\n1\n"))
    undecided: nullability of 'id': its source declares nothing
    """

    family: ClassVar[Family] = "schema"
    scope: ClassVar[Scope] = "column"
    short: ClassVar[str | None] = "expected"

    expected: Literal[False] = False
    """Always `false`: `nullable: false`. That a column may be NULL is nothing to check."""

    @field_validator("expected", mode="before")
    @classmethod
    def _says_something(cls, given: Any) -> Any:
        if given is True:
            msg = "is what holds without the line, and nothing to check. Delete it, or write false"
            raise ValueError(msg)
        if given is not False:
            msg = "is not false"
            raise ValueError(msg)
        return given

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for nothing: the schema is always there."""
        return ()

    def judge(self, facts: Facts) -> Verdict:
        """Compare what the source declares."""
        declared = facts.current.schema[self.column].is_nullable
        evidence = {"is_nullable": declared}
        if declared is None:
            advice = "read a source that declares it, or ask for the rows: not_null"
            reason = f"nullability of '{self.column}': its source declares nothing"
            return self.undecided(Cause.NO_DATA, reason, advice=advice, evidence=evidence)
        if declared:
            return self.verdict(
                Outcome.FAIL,
                f"'{self.column}' is not declared NOT NULL",
                observed=1.0,
                unit="columns",
                advice=f"declare '{self.column}' NOT NULL where it is written, or drop the line from the contract",
                evidence=evidence,
            )
        reason = f"'{self.column}' is declared NOT NULL"
        return self.verdict(Outcome.PASS, reason, observed=0.0, unit="columns", evidence=evidence)
