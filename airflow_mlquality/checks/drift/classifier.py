"""Whether a classifier can tell the rows of now from those of a reference."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, model_validator

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.levels import bound_text, outcome_of_interval
from airflow_mlquality.checks.wording import interval_text, near, rows_text, with_default_levels
from airflow_mlquality.measurements import LogicalType, Measurement, RowCount, Schema, Separation
from airflow_mlquality.measurements.separation import LEAST_ROWS, SAMPLE_ROWS
from airflow_mlquality.profile import NoColumn
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.measurements import SeparationFact
    from airflow_mlquality.stats.separability import Separability

INSTALL = 'pip install "airflow-provider-mlquality[classifier]"'
CHANCE = 0.5
"""Area of a guess; less of it is chance, too."""
NAMED = 3
LEANS = 0.01
"""Columns are named that the area would shrink by so much without."""


class DomainClassifier(EstimatedCheck):
    """A classifier cannot tell the rows of now from those of another source, such as the training data.

    A random forest learns on four fifths of the rows of both which of them are of now, and is tried on the last fifth,
    in turn. What is observed is the area under its ROC curve: 0.5 where it guesses, 1 where every row gives itself
    away.

    Why it matters
    --------------
    Drift of columns sees each of them alone. A join that pairs rows wrongly, a group of customers that is gone, a
    feature computed from another one's old value change how columns go together; a classifier over all of them finds
    that without being told where to look, and says which columns it leaned on.

    How it decides
    --------------
    The area of rows that the forest had not seen, with an interval from the law of Mann and Whitney, its variance taken
    twice since folds are not independent (see `stats/separability.py`): fail when all of it lies at or above `fail`,
    warn when it lies at or above `warn`, pass when it lies below `fail`, otherwise undecided, naming how many rows
    would decide. All estimated checks of the contract share one budget of false alarms. The levels, 0.57 and 0.64, are
    what a quarter and half of a standard deviation of shift in one column give.

    At most 20,000 rows of each source are looked at, the same ones again on the same data; they are forgotten once the
    forest was tried, and the profile keeps areas, numbers of rows and the weight of each column: how much the area
    shrinks when that column is shuffled. Of a timestamp it sees the hour of the day, of nested values whether there are
    any; dates and the contract's key, time and partition are left out of `all`, since they tell rows apart for ever.
    It needs scikit-learn, ``pip install "airflow-provider-mlquality[classifier]"``, and rows that DuckDB reads.
    Undecided with fewer than 50 rows on either side.

    When it misleads
    ----------------
    Drift is not harm. A column that tells rows apart by itself (a version, a counter, an identifier) takes all the
    weight: name it in `except`. The area is that of this classifier; a better one may tell more. Of two columns that
    say the same each may stand in for the other, so that neither seems to matter. Rows are taken as independent.

    References
    ----------
    Lopez-Paz, D. and Oquab, M. (2017). Revisiting classifier two-sample tests. International Conference on Learning
    Representations.

    Hanley, J. A. and McNeil, B. J. (1982). The meaning and use of the area under a receiver operating characteristic
    (ROC) curve. Radiology, 143, 29-36. DOI 10.1148/radiology.143.1.7063747

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = DomainClassifier(source="train")
    >>> train = {"size": [i % 40 for i in range(300)], "price": [i % 40 * 2 for i in range(300)]}
    >>> same = {"size": [i % 40 for i in range(320)], "price": [i % 40 * 2 for i in range(320)]}
    >>> print(trial(check, train=train, **same))  # doctest: +ELLIPSIS
    pass: area under the ROC curve of a classifier that tells rows from those of 'train' is 0.5 [0.5, ...

    Each column is as it was, but they no longer go together:

    >>> torn = {"size": same["size"], "price": [78 - price for price in same["price"]]}
    >>> print(trial(check, train=train, **torn))  # doctest: +ELLIPSIS, +NORMALIZE_WHITESPACE
    fail: area under the ROC curve of a classifier that tells rows from those of 'train' is 1 [1, 1] (320 rows against
    300), above fail 0.64; it leans on '...
    >>> print(trial(check, train=train, size=[1, 2], price=[2, 4]))  # doctest: +NORMALIZE_WHITESPACE
    undecided: area under the ROC curve of a classifier that tells rows from those of 'train': 2 rows against 300 are
    too few to learn from, it takes 50 of each
    """

    family: ClassVar[Family] = "drift"
    scope: ClassVar[Scope] = "drift"
    filled: ClassVar[frozenset[str]] = frozenset({"column", "at", "moving"})
    spelled: ClassVar[dict[str, str]] = {"columns": "columns_", "except": "except_"}

    source: str = Field(min_length=1)
    """Name of the other source in the contract's `sources`: the rows to be told from."""
    columns_: Literal["all"] | tuple[str, ...] = "all"
    """Columns that the classifier sees; by default `all` of the stage but dates."""
    except_: tuple[str, ...] = ()
    """Columns to leave out."""
    sample: int = Field(default=SAMPLE_ROWS, ge=2 * LEAST_ROWS, le=200_000)
    """Most rows of each source that are looked at."""
    warn: float | None = Field(default=None, gt=0.5, le=1)
    """Area from which on it warns; by default 0.57, unless `fail` is set below that."""
    fail: float | None = Field(default=None, gt=0.5, le=1)
    """Area from which on it fails; by default 0.64, unless `warn` is set above that."""
    moving: tuple[str, ...] = Field(default=(), exclude=True, repr=False)
    """Columns that move by themselves: the contract's key, time and partition."""

    @model_validator(mode="before")
    @classmethod
    def _spelled_and_with_levels(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        options = {str(cls.spelled.get(name, name)): value for name, value in given.items()}
        return with_default_levels(options, 0.57, 0.64)

    def sources(self) -> tuple[str, ...]:
        """Return the other source."""
        return (self.source,)

    def columns(self) -> tuple[str, ...]:
        """Return the columns that are named."""
        return () if self.columns_ == "all" else self._kept(self.columns_)

    def without(self, absent: frozenset[str]) -> DomainClassifier | None:
        """Return the check that leaves the columns out."""
        if self.columns_ != "all" and absent >= {*self.columns()}:
            return None
        return self.model_copy(update={"except_": (*self.except_, *sorted(absent))})

    def _kept(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in dict.fromkeys(names) if name not in self.except_)

    def _measured(self, schema: Schema) -> Separation:
        if self.columns_ != "all":
            return Separation(self.columns(), self.source, self.sample)
        all_of_them = [
            each.name for each in schema if each.type is not LogicalType.DATE and each.name not in self.moving
        ]
        return Separation(self._kept(all_of_them), self.source, self.sample)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the areas, where there are columns and a classifier."""
        asked = self._measured(schema)
        return (RowCount(), asked) if asked.over and _is_installed() else (RowCount(),)

    # ---- how it judges ----

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the area, or why there is none."""
        asked = self._measured(facts.current.schema)
        if facts.current.rows == 0:
            return self.undecided(Cause.NO_DATA, f"{self._quantity}: the table has no rows")
        if not asked.over:
            return self.undecided(Cause.NO_DATA, f"{self._quantity}: there is no column that it may see")
        if asked not in facts.current and asked not in facts.current.failures and not _is_installed():
            return self.error(f"{self._quantity}: scikit-learn is not installed. {INSTALL}")
        lacking = facts.current.failures.get(asked, "")
        if isinstance(lacking, NoColumn):
            why = f"{self._quantity}: {lacking}"
            return self.undecided(Cause.MISSING_COLUMN, why, advice="leave it out by `except`")
        fact = facts.current[asked]
        if not fact.folds:
            counted = f"{fact.rows:,} rows against {fact.reference_rows:,}"
            why = f"{self._quantity}: {counted} are too few to learn from, it takes {LEAST_ROWS} of each"
            return self.undecided(Cause.TOO_SMALL, why, advice="compare more rows at once")
        found = _separability(fact)
        return Estimate(max(CHANCE, found.area), found.interval)

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels."""
        fact = facts.current[self._measured(facts.current.schema)]
        interval = estimate.interval(error_rate)
        outcome = outcome_of_interval(interval, self.warn, self.fail)
        counted = f"{fact.rows:,} rows against {fact.reference_rows:,}"
        observed = f"{self._quantity} is {interval_text(estimate.value, interval)} ({counted})"
        weights = self._weights(facts, fact)
        fields: dict[str, Any] = {
            "observed": estimate.value,
            "unit": "area",
            "interval": interval,
            "evidence": {
                "weights": dict(weights),
                "folds": [area for area, *_ in fact.folds],
                "current_rows": fact.rows,
                "reference_rows": fact.reference_rows,
                "error_rate": error_rate,
            },
        }
        if outcome is Outcome.UNDECIDED:
            needed = self._rows_needed(fact, error_rate)
            why = f"{observed}, too few to tell: {rows_text(needed, 'take more rows of both')}"
            return self.undecided(
                Cause.TOO_SMALL, why, advice="compare more rows at once, or widen the levels", **fields
            )
        bound = bound_text(outcome, estimate.value, self.warn, self.fail)
        if outcome is Outcome.PASS:
            return self.verdict(outcome, f"{observed}, {bound}", **fields)
        named = [f"'{name}' {near(weight)}" for name, weight in weights[:NAMED] if weight >= LEANS]
        leans = f"it leans on {', '.join(named)}" if named else "it leans on no column alone"
        advice = "look at the columns that it leans on; leave out those that tell rows apart by design"
        return self.verdict(outcome, f"{observed}, {bound}; {leans}", advice=advice, **fields)

    def _weights(self, facts: Facts, fact: SeparationFact) -> list[tuple[str, float]]:
        """Return the columns and their weights, the heaviest first."""
        names = self._measured(facts.current.schema).over
        return sorted(zip(names, fact.weights, strict=True), key=lambda each: -each[1])

    def _rows_needed(self, fact: SeparationFact, error_rate: float) -> int | None:
        from airflow_mlquality.stats.sizes import rows_needed

        found = _separability(fact)

        def decides(rows: int) -> bool:
            ends = found.outlook(error_rate, rows)
            return outcome_of_interval(ends, self.warn, self.fail) is not Outcome.UNDECIDED

        return rows_needed(decides, rows=fact.rows)

    @property
    def _quantity(self) -> str:
        return f"area under the ROC curve of a classifier that tells rows from those of '{self.source}'"


def _separability(fact: SeparationFact) -> Separability:
    from airflow_mlquality.stats.separability import Separability

    return Separability.of(fact.folds)


def _is_installed() -> bool:
    return find_spec("sklearn") is not None
