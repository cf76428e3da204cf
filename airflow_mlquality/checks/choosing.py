"""Checks of the rows of a table that look at some columns, or at all but some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import model_validator

from airflow_mlquality.checks.base import Facts, Scope
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.measurements import Schema, sql
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


def quoted(names: Sequence[str]) -> tuple[str, ...]:
    """Return columns as they are written in the steps of `Groups`."""
    return tuple(sql.text(sql.col(name)) for name in names)


def whole(value: object) -> int:
    """Return a number that an aggregate gave; of no rows it is None."""
    return int(value) if isinstance(value, int | float) else 0


class OfColumns(ShareCheck):
    """A check of the rows of a table, on some columns or on all but some."""

    scope: ClassVar[Scope] = "table"
    other_scopes: ClassVar[tuple[Scope, ...]] = ("rows",)
    spelled: ClassVar[dict[str, str]] = {"columns": "columns_", "except": "except_"}

    columns_: Literal["all"] | tuple[str, ...] = "all"
    """Columns to look at; by default `all` of the source."""
    except_: tuple[str, ...] = ()
    """Columns to leave out, such as a key that is new on every row."""

    @model_validator(mode="before")
    @classmethod
    def _spelled(cls, given: Any) -> Any:
        return {cls.spelled.get(key, key): value for key, value in given.items()} if isinstance(given, dict) else given

    def columns(self) -> tuple[str, ...]:
        """Return the columns that are named."""
        return () if self.columns_ == "all" else tuple(dict.fromkeys(self.columns_))

    @property
    def place(self) -> str:
        """The columns, or the rows as a whole."""
        return ", ".join(self.columns()) or "rows"

    def looked_at(self, schema: Schema) -> tuple[str, ...]:
        """Return the columns that it looks at."""
        names = schema.names if self.columns_ == "all" else self.columns()
        return tuple(name for name in names if name not in self.except_)

    def nothing(self, facts: Facts, what: str) -> Verdict | None:
        """Return that there is nothing to judge from, where there are no rows or no columns."""
        if facts.current.rows == 0:
            return self.undecided(Cause.NO_DATA, f"{what}: the table has no rows", advice="find out why it has none")
        if not self.looked_at(facts.current.schema):
            return self.undecided(Cause.NO_DATA, f"{what}: no column is left", advice="leave fewer columns out")
        return None
