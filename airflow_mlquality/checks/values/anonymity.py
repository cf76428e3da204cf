"""Rows that stand out by what is known of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.choosing import quoted, whole
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.measurements import Groups, Measurement, RowCount, Schema, in_groups, sql, then
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp


class KAnonymity(ShareCheck):
    """Every row is one of at least `k` that are equal in the quasi-identifiers.

    Quasi-identifiers are columns that others know of a person too: birth year, sex, postal code. NULL is a value of its
    own.

    Why it matters
    --------------
    Who is the only one of her birth year in her town is found in the table without any name, and so is the diagnosis
    beside it.

    How it decides
    --------------
    Exact: the share of rows in groups smaller than `k`; fails at the first, unless levels say otherwise. Undecided when
    there are no rows.

    When it misleads
    ----------------
    It takes one row for one person: several rows of a person make a group look larger. Where all rows of a group share
    the same secret, a large group tells it all the same.

    References
    ----------
    Sweeney, L. (2002). k-anonymity: a model for protecting privacy. International Journal of Uncertainty, Fuzziness and
    Knowledge-Based Systems, 10, 557-570. DOI 10.1142/S0218488502001648

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = KAnonymity(columns=["born", "zip"], k=2)
    >>> print(trial(check, born=[1972, 1972], zip=["89", "89"]))
    pass: share of rows in groups of fewer than 2 by 'born', 'zip' is 0 (0 of 2 rows), within fail 0
    >>> print(trial(check, born=[1972, 1972, 1980], zip=["89", "89", "10"]))
    fail: share of rows in groups of fewer than 2 by 'born', 'zip' is 0.3333 (1 of 3 rows), above fail 0
    >>> print(trial(check, born=[], zip=[]))
    undecided: share of rows in groups of fewer than 2 by 'born', 'zip': the table has no rows
    """

    family: ClassVar[Family] = "values"
    scope: ClassVar[Scope] = "table"
    other_scopes: ClassVar[tuple[Scope, ...]] = ("rows",)
    spelled: ClassVar[dict[str, str]] = {"columns": "columns_"}

    columns_: tuple[str, ...] = Field(min_length=1)
    """The quasi-identifiers."""
    k: int = Field(default=5, ge=2)
    """Fewest rows that are equal in them."""

    @model_validator(mode="before")
    @classmethod
    def _spelled(cls, given: Any) -> Any:
        return {cls.spelled.get(key, key): value for key, value in given.items()} if isinstance(given, dict) else given

    def columns(self) -> tuple[str, ...]:
        """Return the quasi-identifiers."""
        return tuple(dict.fromkeys(self.columns_))

    @property
    def place(self) -> str:
        """The quasi-identifiers."""
        return ", ".join(self.columns())

    @property
    def verdict_id(self) -> str:
        """Its id, given or derived from the quasi-identifiers."""
        return self.id or f"{'+'.join(self.columns())}.k_anonymity"

    @property
    def wrong(self) -> str:
        """What a violating row is in."""
        named = ", ".join(f"'{name}'" for name in self.columns())
        return f"in groups of fewer than {self.k} by {named}"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return "make the columns coarser (years, regions), or leave the rows of small groups out"

    def _groups(self) -> Groups:
        small = f"SUM(CASE WHEN v0 < {self.k} THEN v0 ELSE 0 END)"
        totals = ("SUM(v0)", small, f"COUNT_IF(v0 < {self.k})", "COUNT(*)", "MIN(v0)")
        return then(in_groups(quoted(self.columns())), (), *totals)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, and the sizes of groups."""
        return (RowCount(), self._groups())

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of no row: an example would name who stands out."""
        return sql.condition("1 = 0")

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of rows in small groups against the levels."""
        if facts.current.rows == 0:
            reason = f"share of rows {self.wrong}: the table has no rows"
            return self.undecided(Cause.NO_DATA, reason, advice="find out why the stage has no rows")
        (row,) = facts.current[self._groups()].rows
        rows, small, small_groups, groups, smallest = (whole(each) for each in row)
        return self.share_verdict(small, rows, small_groups=small_groups, groups=groups, smallest_group=smallest)
