"""Rows and entities that are there more than once."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.choosing import OfColumns, quoted, whole
from airflow_mlquality.checks.levels import bound_text, number_text, outcome_of
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.measurements import Groups, LogicalType, Measurement, RowCount, Schema, in_groups, sql, then
from airflow_mlquality.measurements.counts import STAGE
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 5


class DuplicateRows(OfColumns):
    """No row repeats another one in all columns, or in those that are named.

    Two NULL are equal, and so are two NaN. Unlike `unique`, which leaves out rows whose key is not complete, it
    compares rows as they are.

    Why it matters
    --------------
    A file that was loaded twice, or a join that multiplied rows, gives some records a double weight in training; when
    rows are split at random, their twins are in the test set.

    How it decides
    --------------
    Exact: the rows beyond the first of each kind, among all rows; fails at the first, unless levels say otherwise.
    Undecided when there are no rows.

    When it misleads
    ----------------
    A key or a time of loading that is new on every row hides all duplicates: name it under `except`. In tables of few
    coarse columns equal rows are honest.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(DuplicateRows(), day=[1, 1, 2], city=["A", "B", "A"]))
    pass: share of rows that repeat another one is 0 (0 of 3 rows), within fail 0
    >>> print(trial(DuplicateRows(**{"except": ["id"]}), id=[1, 2, 3], city=["A", None, None]))
    fail: share of rows that repeat another one in 'city' is 0.3333 (1 of 3 rows), above fail 0
    >>> print(trial(DuplicateRows(), city=[]))
    undecided: share of rows that repeat another one: the table has no rows
    """

    family: ClassVar[Family] = "uniqueness"
    flag: ClassVar[bool] = True

    @property
    def wrong(self) -> str:
        """What a violating row does."""
        return "that repeat another one"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return "find out whether the feed came twice or a join multiplied rows; keep one of each before this stage"

    def _groups(self, schema: Schema) -> Groups:
        return then(in_groups(quoted(self.looked_at(schema))), (), "SUM(v0)", "COUNT(*)", "COUNT_IF(v0 > 1)", "MAX(v0)")

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, and how many different ones there are."""
        return (RowCount(), self._groups(schema)) if self.looked_at(schema) else (RowCount(),)

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a complete row that stands more than once, for some such rows."""
        columns = [sql.col(name) for name in self.looked_at(schema)]
        complete = exp.and_(*(sql.is_not_null(column.copy()) for column in columns))
        row = columns[0] if len(columns) == 1 else sql.function("row", *columns)
        repeated = exp.select(row.copy()).from_(exp.table_(STAGE, quoted=True)).where(complete.copy())
        repeated = repeated.group_by(*(column.copy() for column in columns)).having("COUNT(*) > 1").limit(_SHOWN)
        return exp.and_(complete, row.isin(query=repeated, copy=False))

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of repeating rows against the levels."""
        nothing = self.nothing(facts, f"share of rows {self.wrong}")
        if nothing is not None:
            return nothing
        looked_at = self.looked_at(facts.current.schema)
        (row,) = facts.current[self._groups(facts.current.schema)].rows
        rows, kinds, repeated, most = (whole(each) for each in row)
        verdict = self.share_verdict(rows - kinds, rows, repeated=repeated, most=most)
        return verdict if self._is_whole(facts.current.schema) else _reworded(verdict, self.wrong, looked_at)

    def _is_whole(self, schema: Schema) -> bool:
        return self.looked_at(schema) == schema.names


_NAMED = 3


def _reworded(verdict: Verdict, wrong: str, columns: Sequence[str]) -> Verdict:
    """Return a verdict whose reason names the columns."""
    from dataclasses import replace

    names = ", ".join(f"'{name}'" for name in columns[:_NAMED])
    more = f" and {len(columns) - _NAMED} more" if len(columns) > _NAMED else ""
    return replace(verdict, reason=verdict.reason.replace(wrong, f"{wrong} in {names}{more}", 1))


class NearDuplicates(ShareCheck):
    """No two different texts are the same once case, punctuation and blanks are evened out.

    Capital letters become small, punctuation of ASCII goes, blanks at the ends go and several in a row become one:
    `ACME, Inc.` and `acme inc` are near duplicates. With a list of columns under `rows` or `table` an entity is a
    combination of texts, such as a name and a street.

    Why it matters
    --------------
    One customer under two spellings is two for the model: its history is cut in half, a category has two columns, and
    one half may be in training and the other in the test set.

    How it decides
    --------------
    Exact: the different texts beyond the first of each normal form, among all different texts. Undecided when there is
    none.

    When it misleads
    ----------------
    It sees no typing errors, accents or other order of words, and it takes names that differ in punctuation alone for
    one: versions 1.1 and 11. Give it a share with `warn`.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(NearDuplicates(column="firm"), firm=["Acme", "Acme", "Bolt"]))
    pass: share of spellings of 'firm' that equal another one but for form is 0 (0 of 2 spellings), within fail 0
    >>> print(trial(NearDuplicates(column="firm"), firm=["Acme, Inc.", "ACME  inc", "Bolt", None]))
    fail: share of spellings of 'firm' that equal another one but for form is 0.3333 (1 of 3 spellings), above fail 0
    >>> print(trial(NearDuplicates(column="firm"), firm=[None]))
    undecided: share of spellings of 'firm' that equal another one but for form: there is no text
    """

    family: ClassVar[Family] = "uniqueness"
    scope: ClassVar[Scope] = "column"
    other_scopes: ClassVar[tuple[Scope, ...]] = ("rows", "table")
    short: ClassVar[str | None] = "key"
    flag: ClassVar[bool] = True

    key: tuple[str, ...] = ()
    """Columns that together name an entity; by default the column it stands under."""

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only text has spellings."""
        return type_ is LogicalType.STRING

    @property
    def verdict_id(self) -> str:
        """Its id, given or derived from the key."""
        return self.id or f"{'+'.join(self.columns())}.near_duplicates"

    @property
    def place(self) -> str:
        """The key."""
        return ", ".join(self.columns())

    @property
    def wrong(self) -> str:
        """What a violating spelling does."""
        named = ", ".join(f"'{name}'" for name in self.columns())
        return f"of {named} that equal another one but for form"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return "agree on one spelling where the data comes in, or join by a key instead of a name"

    def columns(self) -> tuple[str, ...]:
        """Return the key."""
        return self.key or ((self.column,) if self.column else ())

    def _groups(self) -> Groups:
        """Return the groups of equal normal forms: spellings first, then one step of evening out after the other."""
        complete = " AND ".join(f"NOT {name} IS NULL" for name in quoted(self.columns()))
        groups = then(in_groups(quoted(self.columns()), where=complete), self._keys("k{}"), "COUNT(*)", "SUM(v0)")
        for even in _EVENED:
            groups = then(groups, self._keys(even), "SUM(v0)", "SUM(v1)")
        named = " OR ".join(self._keys("k{} <> ''"))
        held = "SUM(CASE WHEN v0 > 1 THEN v1 ELSE 0 END)"
        return then(groups, (), "SUM(v0)", "COUNT(*)", "COUNT_IF(v0 > 1)", held, where=named)

    def _keys(self, written: str) -> tuple[str, ...]:
        return tuple(written.replace("{}", str(number)) for number in range(len(self.columns())))

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, and how many spellings and normal forms there are."""
        return (RowCount(), self._groups())

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of no row: which spellings are alike no single row tells."""
        return sql.condition("1 = 0")

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of near duplicates against the levels."""
        rows = facts.current[self._groups()].rows
        spellings, forms, groups, held = (whole(each) for each in rows[0]) if rows else (0, 0, 0, 0)
        if not spellings:
            what = "the table has no rows" if facts.current.rows == 0 else "there is no text"
            return self.undecided(
                Cause.NO_DATA, f"share of spellings {self.wrong}: {what}", advice="find out why the column is empty"
            )
        share = (spellings - forms) / spellings
        outcome = outcome_of(share, self.warn, self.fail)
        return self.verdict(
            outcome,
            f"share of spellings {self.wrong} is {number_text(share)} "
            f"({spellings - forms:,} of {spellings:,} spellings), "
            f"{bound_text(outcome, share, self.warn, self.fail)}",
            observed=share,
            unit="share",
            advice="" if outcome is Outcome.PASS else self.advice,
            evidence={"violating": spellings - forms, "judged": spellings, "groups": groups, "rows": held},
        )


def _steps_of_evening() -> tuple[str, ...]:
    """Return the steps by which the text `k{}` becomes its normal form; each is short enough for every parser.

    The last takes all punctuation to be gone, so that a sign of it can mark a blank.
    """
    signs = string.punctuation
    some = [_replaced(signs[start : start + _AT_ONCE], "") for start in range(0, len(signs), _AT_ONCE)]
    blanks = exp.Replace(this=_NOTE, expression=sql.literal(" "), replacement=sql.literal("<>"))
    for old, new in (("><", ""), ("<>", " ")):
        blanks = exp.Replace(this=blanks, expression=sql.literal(old), replacement=sql.literal(new))
    steps = [exp.Lower(this=_NOTE.copy()), *some, _replaced("\t\n\r", " "), exp.Trim(this=blanks)]
    return tuple(sql.text(step).replace(_NOTE.name, "k{}") for step in steps)


def _replaced(characters: str, instead: str) -> exp.Expr:
    text: exp.Expr = _NOTE.copy()
    for each in characters:
        text = exp.Replace(this=text, expression=sql.literal(each), replacement=sql.literal(instead))
    return text


_NOTE = exp.column("the_key")
_AT_ONCE = 8
_EVENED = _steps_of_evening()
