"""How columns move together, against a reference."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.levels import bound_text, outcome_of_interval
from airflow_mlquality.checks.sampling import is_known, looked_at, rows_seen, stage_rows
from airflow_mlquality.checks.wording import interval_text, near, rows_text, with_default_levels
from airflow_mlquality.measurements import Column, Groups, Measurement, RowCount, Sampled, Schema, in_groups, sql
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks.base import Check
    from airflow_mlquality.measurements import SampledFact
    from airflow_mlquality.profile import Profile
    from airflow_mlquality.stats.correlations import Correlation

_MOST_COLUMNS = 12


class CorrelationStable(EstimatedCheck):
    """Columns are correlated as they were in the reference: every pair's Pearson correlation is near its former one.

    Each pair of the columns is judged by itself, of rows in which both have a finite value.

    Why it matters
    --------------
    A join on the wrong key, a column shuffled or filled with another one's values: every column has its old
    distribution, and what holds them together is gone. Models live on exactly that.

    How it decides
    --------------
    The absolute difference of two correlations with an interval: each on Fisher's scale, with the standard error that
    holds for any law with four moments (Steiger and Hakstian), the difference by Zou's method. Fail when all of it lies
    at or above `fail`, warn at or above `warn`, pass when it lies below `fail`, otherwise undecided, naming how many
    rows would decide. Without change none of 1,200 pairs of 500 rows against 500 alarmed (normal, lognormal and
    t with 5 degrees), 5 of 1,200 of 100 rows; a correlation of 0.6 that vanished failed in 98 % at 500 rows, in two
    of three cases at 100 (measured). Undecided without reference, for a constant column,
    and for one whose spread is less than a thousandth of its mean: the sums have lost it. Of a table of more than
    200,000 rows the embedded engine looks at so many at most, from everywhere in it; the interval is theirs.

    When it misleads
    ----------------
    Pearson's correlation sees lines. A single extreme value makes or breaks one; its interval is then wide. Rows that
    depend on each other vary more than the interval says.

    References
    ----------
    Zou, G. Y. (2007). Toward using confidence intervals to compare correlations. Psychological Methods, 12, 399-413.
    DOI 10.1037/1082-989X.12.4.399

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = CorrelationStable(over=["x", "y"])
    >>> was = {"x": [1, 2, 3, 4] * 300, "y": [1, 2, 4, 3] * 300}
    >>> print(trial(check, **was, reference=was))  # doctest: +NORMALIZE_WHITESPACE
    pass: correlation of 'x' and 'y' changed by 0 [0, 0.022]: 0.8 -> 0.8 (1,200 rows against 1,200), within fail 0.2
    >>> print(trial(check, x=[1, 2, 3, 4] * 300, y=[3, 1, 4, 2] * 300, reference=was))  # doctest: +NORMALIZE_WHITESPACE
    fail: correlation of 'x' and 'y' changed by 0.8 [0.76, 0.84]: 0.8 -> 0 (1,200 rows against 1,200), above fail 0.2
    >>> print(trial(check, **was))
    undecided: correlation of 'x' and 'y': there is no reference yet
    """

    family: ClassVar[Family] = "drift"
    scope: ClassVar[Scope] = "table"
    short: ClassVar[str | None] = "over"
    filled: ClassVar[frozenset[str]] = frozenset({"column", "at", "pair"})

    over: tuple[str, ...] = Field(min_length=2, max_length=_MOST_COLUMNS)
    """Columns whose pairs are judged, at most twelve."""
    warn: float | None = Field(default=None, gt=0, le=2)
    """Difference from which on it warns; 0.1, unless `fail` is set below that."""
    fail: float | None = Field(default=None, gt=0, le=2)
    """Difference from which on it fails; 0.2, unless `warn` is set above that."""
    pair: tuple[str, ...] = Field(default=(), exclude=True, repr=False)
    """The pair that is judged; the check stands for one per pair."""

    @model_validator(mode="before")
    @classmethod
    def _default_levels(cls, given: Any) -> Any:
        return with_default_levels(given, 0.1, 0.2) if isinstance(given, dict) else given

    @property
    def verdict_id(self) -> str:
        """Its id and pair."""
        of = ".".join(self.pair)
        return f"{self.id or self.name()}{f'.{of}' if of else ''}"

    @property
    def place(self) -> str:
        """The pair, or all columns."""
        return ", ".join(self.columns())

    def columns(self) -> tuple[str, ...]:
        """Return the pair, or all columns before they are paired."""
        return self.pair or self.over

    def expand(self, schema: Schema) -> Sequence[Check]:
        """Return a check per pair of columns."""
        return [self.model_copy(update={"pair": pair}) for pair in dict.fromkeys(combinations(self.over, 2))]

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the power sums of all pairs at once."""
        return (RowCount(),) if self._no_numbers(schema) else (RowCount(), Sampled(self._groups(schema)))

    def _no_numbers(self, schema: Schema) -> list[str]:
        return [name for name in self.columns() if not schema[name].type.is_number]

    def _pairs(self, schema: Schema) -> list[tuple[str, str]]:
        numbers = [each for each in self.over if each in schema and schema[each].type.is_number]
        return list(dict.fromkeys(combinations(numbers, 2)))

    def _groups(self, schema: Schema) -> Groups:
        return _sums_of_pairs(tuple((schema[one], schema[two]) for one, two in self._pairs(schema)))

    # ---- judging ----

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the difference of the correlations, or why there is none."""
        from airflow_mlquality.stats.correlations import difference_interval

        found = self._both(facts)
        if isinstance(found, Verdict):
            return found
        now, before = found
        return Estimate(abs(now.value - before.value), lambda rate: difference_interval(now, before, 2 * rate))

    def _both(self, facts: Facts) -> tuple[Correlation, Correlation] | Verdict:
        wrong = self._no_numbers(facts.current.schema)
        if wrong:
            return self.undecided(Cause.WRONG_TYPE, f"{self._quantity}: '{wrong[0]}' is no number")
        if facts.current.rows == 0:
            return self.undecided(Cause.NO_DATA, f"{self._quantity}: the table has no rows")
        if facts.reference is None:
            return self.undecided(Cause.NO_REFERENCE, f"{self._quantity}: there is no reference yet")
        if not is_known(facts.reference, self._groups(facts.current.schema)):
            advice = "give the reference as rows, or as a report of this contract"
            why = f"{self._quantity}: the reference does not hold it"
            return self.undecided(Cause.NO_REFERENCE, why, advice=advice)
        found = []
        for where, profile in (("the table", facts.current), ("the reference", facts.reference)):
            each = self._correlation(profile, facts.current.schema)
            if each is None:
                why = f"{self._quantity}: in {where} one of them is constant, or too narrow beside its mean to tell"
                return self.undecided(Cause.NO_DATA, why, advice="subtract a constant, or drop the column")
            found.append(each)
        return found[0], found[1]

    def _correlation(self, profile: Profile, schema: Schema) -> Correlation | None:
        from airflow_mlquality.stats.correlations import POWERS, correlation

        rows = looked_at(profile, self._groups(schema)).of.rows
        place = self._pairs(schema).index((self.pair[0], self.pair[1])) * (len(POWERS) + 1)
        cells = rows[0][1 + place : 2 + place + len(POWERS)] if rows else (0,)
        number, *sums = (float(cell) if isinstance(cell, int | float) else None for cell in cells)
        known = [each for each in sums if each is not None]
        if not number or len(known) < len(POWERS):
            return None
        return correlation(int(number), dict(zip(POWERS, known, strict=True)))

    def _seen(self, facts: Facts) -> tuple[SampledFact, SampledFact]:
        """Return the sums of the reference and of the table, and of how many rows they are."""
        assert facts.reference is not None  # noqa: S101  asked before, see _both
        groups = self._groups(facts.current.schema)
        return looked_at(facts.reference, groups), looked_at(facts.current, groups)

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels."""
        found = self._both(facts)
        if isinstance(found, Verdict):
            return found
        now, before = found
        reference, current = self._seen(facts)
        interval = estimate.interval(error_rate)
        outcome = outcome_of_interval(interval, self.warn, self.fail)
        observed = (
            f"{self._quantity} changed by {interval_text(estimate.value, interval)}: "
            f"{near(round(before.value, 12))} -> {near(round(now.value, 12))} "
            f"({rows_seen(now.rows, current)} rows against {rows_seen(before.rows, reference)})"
        )
        fields: dict[str, Any] = {
            "observed": estimate.value,
            "unit": "correlation",
            "interval": interval,
            "evidence": {
                "current": now.value,
                "reference": before.value,
                "current_rows": now.rows,
                "reference_rows": before.rows,
                "error_rate": error_rate,
                **stage_rows(reference, current),
            },
        }
        if outcome is Outcome.UNDECIDED:
            needed = self._rows_needed(now, before, error_rate)
            why = f"{observed}, too few to tell: {rows_text(needed, 'take a larger reference')}"
            advice = "judge more rows at once, or widen the levels" if current.is_whole else "widen the levels"
            return self.undecided(Cause.TOO_SMALL, why, advice=advice, **fields)
        bound = bound_text(outcome, estimate.value, self.warn, self.fail)
        advice = "" if outcome is Outcome.PASS else "see whether a join or a shuffle tore the columns apart"
        return self.verdict(outcome, f"{observed}, {bound}", advice=advice, **fields)

    def _rows_needed(self, now: Correlation, before: Correlation, error_rate: float) -> int | None:
        from airflow_mlquality.stats.correlations import difference_interval
        from airflow_mlquality.stats.sizes import rows_needed

        def decides(rows: int) -> bool:
            interval = difference_interval(now, before, 2 * error_rate, rows)
            return outcome_of_interval(interval, self.warn, self.fail) is not Outcome.UNDECIDED

        return rows_needed(decides, rows=now.rows)

    @property
    def _quantity(self) -> str:
        return "correlation of " + " and ".join(f"'{name}'" for name in self.columns())


@lru_cache(maxsize=16)
def _sums_of_pairs(pairs: tuple[tuple[Column, Column], ...]) -> Groups:
    """Return the question for all pairs at once, written once for all checks that ask it."""
    return in_groups((), *(text for pair in pairs for text in _power_sums(*pair)))


def _power_sums(one: Column, two: Column) -> list[str]:
    """Return SQL of the number of pairs and of the sums of their powers."""
    from airflow_mlquality.stats.correlations import POWERS

    x, y = (f"CAST({sql.text(sql.finite(column))} AS DOUBLE)" for column in (one, two))
    sums = [f"SUM({' * '.join([x] * a + [y] * b)})" for a, b in POWERS if a and b]
    both = f"COUNT_IF(NOT {x} IS NULL AND NOT {y} IS NULL)"
    return [both, *(_single(x, y, a, b) if not (a and b) else sums.pop(0) for a, b in POWERS)]


def _single(x: str, y: str, a: int, b: int) -> str:
    """Return the sum of a power of one column, over rows where the other has a value too."""
    value, other = (x, y) if a else (y, x)
    return f"SUM(CASE WHEN NOT {other} IS NULL THEN {' * '.join([value] * (a or b))} END)"
