"""Whether synthetic rows are like the real ones, and none of them is a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from airflow_mlquality.checks.at_least import AtLeastCheck, with_least_levels
from airflow_mlquality.checks.base import Facts, Family, Scope, Share
from airflow_mlquality.checks.drift.columns import Drift
from airflow_mlquality.checks.drift.comparing import TAKE_REFERENCE
from airflow_mlquality.checks.drift.copies import NO_COPIES, Copies, with_copies
from airflow_mlquality.checks.drift.dependence import DependenceStable
from airflow_mlquality.checks.drift.similarity import (
    Likeness,
    interval_below_one,
    lack_of_pair,
    likeness_of_column,
    likeness_of_pair,
)
from airflow_mlquality.checks.estimates import Estimate
from airflow_mlquality.checks.wording import percent
from airflow_mlquality.measurements import Measurement, RowCount, Schema
from airflow_mlquality.profile import FactMissingError
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.measurements.shapes import Times

_SHOWN = 20
"""Columns, and pairs, that the evidence holds: the least alike."""


class Fidelity(AtLeastCheck):
    """Synthetic rows are like the real rows of a reference, column by column and pair by pair, and copy none.

    The similarity of a column is one less the total variation distance of the two shapes, on the cells of `drift`: the
    share of synthetic rows that need not be elsewhere. That of a pair of columns is the same on the table of both,
    where the ten most frequent values of each are told apart, and numbers are cut at `edges`. What is observed is the
    smallest of them; a mean would hide one broken column among forty good ones. With `real`, the source that holds the
    real rows, rows that stand there too are counted.

    Why it matters
    --------------
    A generator leaves out rare groups, smooths a column that had two peaks, or draws columns one by one that belong
    together, and a model that learns from its rows learns that world. One that learned by heart gives real people back,
    and measures of likeness love it for that.

    How it decides
    --------------
    The smallest similarity, each without the part that sampling alone takes, with an interval (see
    `stats/metrics.py`): fail when all of it lies at or below `fail`, warn when it lies at or below `warn`, pass when it
    lies above `fail`, otherwise undecided, naming how many rows would decide. The error rate of an alarm is shared by
    the columns and pairs, and with all estimated checks of the contract. The levels are choices with a meaning: one
    row in ten, and one in five, would have to be elsewhere. A column whose kind of value changed has similarity 0.

    Copies are exact: it fails as soon as their share lies above `copied`, however alike the rest is. A row is a copy
    when a real row holds the same values in all of `copied_over`; two NULL are equal. By default these are the compared
    columns, but for nested ones.

    Undecided without reference, when it lacks a column, or when one of a pair has no values to count.

    Measured with six columns and a pair against 20,000 rows, 30 samples of each: without change none of 200, 500 and
    2,000 rows alarmed, 80 % passed among 200 and all from 500 on. A group of three rows in ten that the generator left
    out failed in all samples of 500. A pair drawn one by one (similarity 0.82), and half a standard deviation of shift
    (0.81), warned in all of 2,000, in 10 % and none of 500. A group of one row in ten that is left out (0.9) passed
    in all but one of 60, as the levels have it: set `warn` nearer to 1 where rare groups matter.

    When it misleads
    ----------------
    Alike in columns and pairs is not alike in threes; `domain_classifier` looks at all columns together. No copy is not
    no leak: a real row with one digit changed is no copy to it, and rows that copy nobody may still give somebody away.
    Where few coarse columns are compared, equal rows are honest: name those under `copied_over` that tell rows apart,
    or allow as large a share in `copied` as two halves of the real rows have. The contract's key, time and partition
    are left out of `all`.

    References
    ----------
    Raab, G. M., Nowok, B. and Dibben, C. (2021). Assessing, visualizing and improving the utility of synthetic data.
    arXiv 2109.12717.

    Snoke, J., Raab, G. M., Nowok, B., Dibben, C. and Slavkovic, A. (2018). General and specific utility measures for
    synthetic data. Journal of the Royal Statistical Society A, 181, 663-688. DOI 10.1111/rssa.12358

    Stadler, T., Oprisanu, B. and Troncoso, C. (2022). Synthetic data - anonymisation groundhog day. 31st USENIX
    Security Symposium, 1451-1468.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Fidelity(pairs=[("plan", "paid")])
    >>> real = {"plan": ["free", "pro"] * 1000, "paid": [False, True] * 1000}
    >>> print(
    ...     trial(check, plan=["free", "pro"] * 300, paid=[False, True] * 300, reference=real)
    ... )  # doctest: +NORMALIZE_WHITESPACE
    pass: smallest similarity to the reference is 1 [0.95, 1] (600 rows), within fail [0.8, …]
    >>> print(
    ...     trial(check, plan=["free", "pro"] * 300, paid=[False, False, True, True] * 150, reference=real)
    ... )  # doctest: +NORMALIZE_WHITESPACE
    fail: smallest similarity to the reference is 0.5 [0.45, 0.59] (600 rows), outside fail [0.8, …]; least alike
    'plan' and 'paid', 50 %: most of it: 'xxxx' and false 50 % -> 25 %
    >>> print(
    ...     trial(check, plan=["free", "pro"] * 3, paid=[False, True] * 3, reference=real)
    ... )  # doctest: +NORMALIZE_WHITESPACE
    undecided: smallest similarity to the reference is 1 [0.52, 1] (6 rows), too few to tell: about 34 rows would decide

    Rows that are too good:

    >>> check = Fidelity(real="patients")
    >>> patients = {"age": [i % 80 for i in range(800)], "weight": [50 + i * 7 % 61 for i in range(800)]}
    >>> made = {"age": patients["age"][400:], "weight": patients["weight"][400:]}
    >>> print(trial(check, reference=patients, patients=patients, **made))  # doctest: +NORMALIZE_WHITESPACE
    fail: share of rows copied from patients is 1 (400 of 400 rows), above fail 0; smallest similarity to the reference
    is 1 [0.92, 1] (400 rows), within fail [0.8, …]
    """

    family: ClassVar[Family] = "drift"
    scope: ClassVar[Scope] = "drift"
    filled: ClassVar[frozenset[str]] = frozenset({"column", "at", "moving"})
    spelled: ClassVar[dict[str, str]] = {"columns": "columns_", "except": "except_"}

    reference: str | None = None
    """Name of the stored profile of the real rows, or its path; an operator or a command may name another."""
    columns_: Literal["all"] | tuple[str, ...] = "all"
    """Columns to compare; by default `all` of the stage."""
    except_: tuple[str, ...] = ()
    """Columns to leave out."""
    pairs: tuple[tuple[str, str], ...] = ()
    """Pairs of columns that should go together as they do in the real rows; each takes one more scan."""
    edges: dict[str, tuple[float, ...]] = Field(default={})
    """Where a number of a pair is cut, by its column."""
    real: str = ""
    """Name of the real rows in the contract's `sources`, among which copies are sought; by default none are."""
    copied_over: tuple[str, ...] = ()
    """Columns that make a row a copy when a real row holds the same in all of them; by default those compared."""
    copied: Share = 0.0
    """Share of copies above which it fails."""
    warn: float | None = Field(default=None, ge=0, lt=1)
    """Similarity below which it warns; 0.9, unless `fail` is set above that."""
    fail: float | None = Field(default=None, ge=0, lt=1)
    """Similarity below which it fails; 0.8, unless `warn` is set below that."""
    moving: tuple[str, ...] = Field(default=(), exclude=True, repr=False)
    """Columns that move by themselves: the contract's key, time and partition."""

    @model_validator(mode="before")
    @classmethod
    def _spelled_and_with_levels(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return with_least_levels({str(cls.spelled.get(name, name)): each for name, each in given.items()}, 0.9, 0.8)

    @model_validator(mode="after")
    def _copies_of_what(self) -> Self:
        if not self.real and self.model_fields_set & {"copied", "copied_over"}:
            msg = "copies are sought among the rows of another source; name it: `real: SOURCE`"
            raise ValueError(msg)
        return self

    def sources(self) -> tuple[str, ...]:
        """Return the source of the real rows, where copies are sought."""
        return (self.real,) if self.real else ()

    def columns(self) -> tuple[str, ...]:
        """Return the columns that are named."""
        named = () if self.columns_ == "all" else tuple(name for name in self.columns_ if name not in self.except_)
        return tuple(dict.fromkeys((*named, *(name for pair in self.pairs for name in pair), *self.copied_over)))

    def without(self, absent: frozenset[str]) -> Fidelity | None:
        """Return the check that leaves the columns out."""
        pairs = tuple(pair for pair in self.pairs if absent.isdisjoint(pair))
        over = tuple(name for name in self.copied_over if name not in absent)
        if self.columns_ != "all" and absent >= {*self.columns_}:
            return None
        left_out = (*self.except_, *sorted(absent))
        return self.model_copy(update={"except_": left_out, "pairs": pairs, "copied_over": over})

    # ---- what it is made of ----

    def _compared(self, schema: Schema) -> list[str]:
        """Return the columns that are compared."""
        chosen = (name for name in schema.names if name not in self.moving) if self.columns_ == "all" else self.columns_
        return [name for name in dict.fromkeys(chosen) if name not in self.except_]

    def _shapes(self, schema: Schema) -> list[Drift]:
        """Return the comparison of each column."""
        times: dict[bool, Times] = {True: "position", False: "clock"}
        return [
            Drift(column=name, method="tv", times=times[schema[name].type.is_time], reference=self.reference)
            for name in self._compared(schema)
        ]

    def _tables(self) -> list[DependenceStable]:
        """Return the comparison of each pair."""
        return [
            DependenceStable(pairs=(pair,), pair=pair, edges=self.edges, reference=self.reference)
            for pair in dict.fromkeys(self.pairs)
        ]

    def _copies(self, schema: Schema) -> Copies | None:
        """Return the search for copies."""
        options: dict[str, Any] = {"to": self.real, "fail": self.copied}
        if not self.real:
            return None
        if self.copied_over:
            return Copies(columns_=self.copied_over, **options)
        compared = self._compared(schema)
        return Copies(except_=tuple(name for name in schema.names if name not in compared), **options)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the shape of each column, the rows of each pair of values, and those that real rows hold too."""
        copies = self._copies(schema)
        return (
            RowCount(),
            *(each.shape for each in self._shapes(schema)),
            *(counts for each in self._tables() for counts in each.counted(schema)),
            *(copies.needs(schema) if copies else ()),
        )

    # ---- how it judges ----

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the smallest similarity, or why there is none; that rows are copies needs no reference."""
        lack = self._lack(facts)
        if lack is None:
            found = self._likenesses(facts)
            distance = max(each.distance.value for each in found)
            return Estimate(distance - 1, lambda rate: interval_below_one(found, rate))
        copied = self._copied(facts)
        if copied is None or copied.outcome is not Outcome.FAIL:
            return lack
        evidence = {"copied": dict(copied.evidence)}
        return self.verdict(Outcome.FAIL, f"{copied.reason}; {lack.reason}", advice=NO_COPIES, evidence=evidence)

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels, and the share of copies against its own."""
        found = self._likenesses(facts)
        shared = error_rate / len(found)
        found.sort(key=lambda each: (-each.distance.interval(shared)[0], -each.distance.value))
        least = found[0]
        verdict = self.held(
            self._quantity,
            estimate,
            error_rate,
            (facts.current.rows, "rows"),
            unit="share",
            found=f"; least alike {least.place}, {percent(1 - least.distance.value)}: {least.moved}",
            advice="see what the generator makes of the columns that are least alike",
            evidence={
                "least_alike": [each.evidence(shared) for each in found[:_SHOWN]],
                "mean_similarity": 1 - sum(each.distance.value for each in found) / len(found),
                "compared": len(found),
                "reference_rows": facts.reference.rows if facts.reference else 0,
                "current_rows": facts.current.rows,
            },
        )
        copied = self._copied(facts)
        return verdict if copied is None else with_copies(verdict, copied)

    @property
    def _quantity(self) -> str:
        return f"smallest similarity to {self.reference or 'the reference'}"

    def _copied(self, facts: Facts) -> Verdict | None:
        copies = self._copies(facts.current.schema)
        try:
            return copies.judge(facts) if copies else None
        except FactMissingError as missing:
            return self.error(f"copies were not counted: {missing.reason}")

    def _lack(self, facts: Facts) -> Verdict | None:
        """Return why there is nothing to compare."""
        if facts.current.rows == 0:
            return self.undecided(Cause.NO_DATA, f"{self._quantity}: the table has no rows")
        if facts.reference is None:
            why = f"{self._quantity}: there is no reference yet"
            return self.undecided(Cause.NO_REFERENCE, why, advice=f"take one of {TAKE_REFERENCE}")
        shapes, tables = self._shapes(facts.current.schema), self._tables()
        if not shapes and not tables:
            return self.undecided(Cause.NO_DATA, f"{self._quantity}: there is no column to compare")
        for each in shapes:
            found = each.without_evidence(facts)
            if found is not None and found.cause is not None:
                return self.undecided(found.cause, f"{self._quantity}: {found.reason}", advice=found.advice)
        for cause, why, advice in filter(None, (lack_of_pair(each, facts) for each in tables)):
            return self.undecided(cause, f"{self._quantity}: {why}", advice=advice)
        return None

    def _likenesses(self, facts: Facts) -> list[Likeness]:
        schema = facts.current.schema
        columns = [likeness_of_column(each, facts) for each in self._shapes(schema)]
        return columns + [likeness_of_pair(each, facts) for each in self._tables()]
