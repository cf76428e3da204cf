"""Scale, row by row: a number beside something that it is to be near to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator
from sqlglot import exp

from airflow_mlquality.checks.admission import admit
from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.levels import number_text
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.measurements import Groups, LogicalType, Measurement, RowCount, RowsWhere, Schema, in_groups, sql
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_GROUPS = 200
NAMED = 3
"""Most groups that a reason names."""


class OnScale(ShareCheck):
    """The number is near to what other columns of its row say, and not that times a known factor.

    `expected` is SQL over the columns of the row, such as ``quantity * price`` or ``2.5 + 3 * miles``; `within` says
    between which multiples of it an ordinary value lies. A row slipped when its value lies outside, and comes to lie
    inside once it is divided by one of the `factors`. A row that is merely odd is not counted: that is a `rule`'s.

    Why it matters
    --------------
    One shop of forty that sends cents moves no distribution by much, and every row of it is wrong. The verdict names
    the factor, the segment and the rows, so that they can be put right and not only thrown away.

    How it decides
    --------------
    Exact: the share of rows that slipped, among rows where both numbers are there and not zero. With `by`, the
    evidence counts them by segment. Undecided when there is no such row.

    When it misleads
    ----------------
    With a wide `within`, a slip by a small factor lies inside it; with a narrow one, an odd value may lie where a slip
    would. Take the bounds from rows that were accepted: the ratio's smallest and largest but for one in a thousand.
    Between two columns, it cannot tell which of them slipped.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = OnScale(column="fare", expected="2.5 + 3 * miles", within=(0.5, 2))
    >>> print(trial(check, miles=[1, 2, 10], fare=[5.5, 9, 30]))
    pass: share of rows with 'fare' on another scale than "2.5 + 3 * miles" is 0 (0 of 3 rows), within fail 0
    >>> print(trial(check, miles=[1, 2, 10, 4], fare=[5.5, 850, 30, None]))  # doctest: +NORMALIZE_WHITESPACE
    fail: share of rows with 'fare' on another scale than "2.5 + 3 * miles" is 0.3333 (1 of 3 rows), above fail 0;
    1 times 100
    >>> print(trial(check, miles=[None], fare=[3]))  # doctest: +NORMALIZE_WHITESPACE
    undecided: share of rows with 'fare' on another scale than "2.5 + 3 * miles": no row has both numbers, other
    than zero
    """

    family: ClassVar[Family] = "meaning"
    scope: ClassVar[Scope] = "column"
    short: ClassVar[str | None] = "expected"

    expected: str
    """SQL of what the value is to be near to: columns, numbers, operators and plain functions."""
    within: tuple[float, float] = (0.5, 2.0)
    """Smallest and largest multiple of the expected number that an ordinary value is."""
    factors: tuple[float, ...] = Field(default=(10, 100, 1000, 0.1, 0.01, 0.001, -1), min_length=1)
    """Factors that may have slipped in."""
    by: str | None = None
    """Column by which the rows that slipped are counted."""

    @field_validator("expected")
    @classmethod
    def _is_pure(cls, expected: str) -> str:
        admit(f"({expected}) is not null")
        return expected

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        low, high = self.within
        if not 0 < low < high:
            msg = "within is [lowest, highest] multiple of what is expected, above 0"
            raise ValueError(msg)
        if 0 in self.factors or 1 in self.factors:
            msg = "factors are numbers other than 0 and 1"
            raise ValueError(msg)
        return self

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only numbers have a scale."""
        return type_.is_number

    def columns(self) -> tuple[str, ...]:
        """Return the column, those of the expected number, and that of the segments."""
        others = [column.name for column in self._expected.find_all(exp.Column, bfs=False)]
        return tuple(dict.fromkeys([self.column, *others, *([self.by] if self.by else [])]))

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"with '{self.column}' on another scale than \"{self.expected}\""

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return "look at the example rows: put them back by the factor, and ask the source which unit it sends"

    # ---- what it asks for ----

    @property
    def _expected(self) -> exp.Expr:
        is_there = admit(f"({self.expected}) is not null").find(exp.Is)
        assert is_there is not None  # noqa: S101  written so a line above
        return exp.paren(is_there.this.copy())

    @property
    def _value(self) -> str:
        return f"CAST({sql.text(sql.col(self.column))} AS DOUBLE)"

    def _expected_text(self, schema: Schema) -> str:
        """Return the expected number with its columns as doubles: a product of whole numbers may be too large."""

        def as_double(node: exp.Expr) -> exp.Expr:
            is_number = isinstance(node, exp.Column) and schema[node.name].type.is_number
            return exp.cast(node.copy(), "DOUBLE") if is_number else node

        return sql.text(self._expected.transform(as_double))

    def _judgeable(self, schema: Schema) -> str:
        expected = self._expected_text(schema)
        return f"{self._value} <> 0 AND {expected} <> 0"

    def _inside(self, factor: float, expected: str) -> str:
        """Return whether a value divided by a factor is an ordinary multiple of what is expected."""
        low, high = (f"{sql.text(sql.double(end * factor))} * {expected}" for end in self.within)
        low, high = (low, high) if factor > 0 else (high, low)
        value = self._value
        upwards = f"({value} >= {low} AND {value} <= {high})"
        downwards = f"({value} <= {low} AND {value} >= {high})"
        return f"(CASE WHEN {expected} > 0 THEN {upwards} ELSE {downwards} END)"

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row that lies inside only once a factor is taken away."""
        expected = self._expected_text(schema)
        slipped = " OR ".join(self._inside(factor, expected) for factor in self.factors)
        return sql.condition(f"({self._judgeable(schema)}) AND NOT {self._inside(1, expected)} AND ({slipped})").copy()

    def _groups(self, schema: Schema) -> Groups:
        expected = self._expected_text(schema)
        branches = " ".join(f"WHEN {self._inside(each, expected)} THEN {at}" for at, each in enumerate(self.factors))
        keys = (f"CASE {branches} END", *([sql.text(sql.col(self.by))] if self.by else ()))
        return in_groups(keys, where=sql.text(self.violation(schema)), limit=MOST_GROUPS)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows that can be judged, rows that slipped, and these by factor and segment."""
        return (RowCount(), RowsWhere(self._judgeable(schema)), self._violating(schema), self._groups(schema))

    # ---- how it judges ----

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of rows that slipped against the levels."""
        schema = facts.current.schema
        judged = facts.current[RowsWhere(self._judgeable(schema))]
        if judged == 0:
            why = "the table has no rows" if facts.current.rows == 0 else "no row has both numbers, other than zero"
            return self.undecided(Cause.NO_DATA, f"share of rows {self.wrong}: {why}", advice="find out why")
        groups = [self._told(facts, row) for row in facts.current[self._groups(schema)].rows]
        verdict = self.share_verdict(facts.current[self._violating(schema)], judged, groups=groups)
        if verdict.outcome is Outcome.PASS or not groups:
            return verdict
        from dataclasses import replace

        named = ", ".join(f"{each['rows']:,} {each['words']}" for each in groups[:NAMED])
        return replace(verdict, reason=f"{verdict.reason}; {named}")

    def _told(self, facts: Facts, row: tuple[Any, ...]) -> dict[str, Any]:
        factor, *segment, rows = row
        number = self.factors[int(factor or 0)]
        size = abs(number) if abs(number) >= 1 else 1 / abs(number)
        sign = "divided by" if abs(number) < 1 else "times"
        words = f"{sign} {'-' if number < 0 else ''}{number_text(size)}"
        if self.by:
            shown = facts.display(self.by, segment[0])
            return {"factor": number, "segment": shown, "rows": int(rows), "words": f"{words} of {self.by} {shown}"}
        return {"factor": number, "rows": int(rows), "words": words}
