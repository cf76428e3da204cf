"""Scale: numbers in the unit that they should be in, all of them and each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.levels import bound_text, outcome_of_interval
from airflow_mlquality.checks.meaning.spectra import MOST_SEGMENTS, curves, spectrum
from airflow_mlquality.checks.wording import interval_text, percent, rows_text
from airflow_mlquality.measurements import LogicalType, Measurement, Moments, RowCount, Schema, Shape
from airflow_mlquality.stats.slips import CHANGES, Change, Slip, slip_of
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.stats.curves import Curve


class ScaleStable(EstimatedCheck):
    """The numbers are on the scale of the reference: none of them is its like times a known factor.

    Known are powers of ten (euro and cent, metre and kilometre), 60, 3600, 12 and 24, units of length, weight, speed,
    volume, energy and temperature, and another sign; `factors` adds others. Observed is the share of rows that moved.

    Why it matters
    --------------
    Cents for euros are of the right type, never NULL, and in no closed set. A model multiplies them by a weight that
    was learned for euros; it neither fails nor knows.

    How it decides
    --------------
    Each number that is not zero is counted in a cell of its logarithm, 6 % wide, and the counts are compared with
    the reference's. *All rows*: their distribution lies far from the reference (Kolmogorov's distance of 0.15
    at least), and one of the known changes takes away two thirds of that distance or more; so that what only grew, or
    changed its form, is left to drift. *Some rows*: beyond all but 1 % of the reference lie more rows than chance and
    the reference allow, and they lie as the reference would, times a factor of eight or more, or with another sign;
    their share has an exact binomial interval. With `by`, each segment is judged so against its like, and the verdict
    names those that moved. Fails when the whole interval of the share lies at or above `fail`, passes when it lies
    below; undecided without reference, or with too few rows.

    Measured on 5,000 log-normal numbers: no alarm in 400 runs without change, nor in 200 with a growth by a tenth.
    Every known change of all rows is found; of two near each other, such as 3.6 and 3.785, it may name the other one.
    A factor of 100 in 3 % of the rows is found and named in at least 95 of 100 runs.

    When it misleads
    ----------------
    A price that really rose by 3.6 looks like a change of unit. A factor below eight in some of the rows is found
    only where `by` names the segment, for otherwise it looks like growth. Which rows slipped, a distribution does not
    tell: `on_scale` does, beside something that each is to be near to. A number that covers many decades hides a
    factor of ten within itself.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = ScaleStable(column="fare")
    >>> train = {"fare": [5 + i % 97 / 4 for i in range(4000)]}
    >>> print(trial(check, fare=[5 + i % 89 / 4 for i in range(4000)], reference=train))
    pass: share of 'fare' on another scale is 0 [0, 0.002] (4,000 rows against 4,000), within fail 0.01
    >>> print(trial(check, fare=[500 + i % 89 * 25 for i in range(4000)], reference=train))
    ... # doctest: +NORMALIZE_WHITESPACE
    fail: share of 'fare' on another scale is 1 [0.95, 1] (4,000 rows against 4,000), above fail 0.01;
    all rows: times 100
    >>> print(trial(check, fare=[5.25, 8.5], reference=train))  # doctest: +NORMALIZE_WHITESPACE
    undecided: share of 'fare' on another scale is 0 [0, 1] (2 rows against 4,000), too few to tell: about 820 rows
    would decide
    >>> print(trial(check, fare=[5.25, 8.5]))
    undecided: share of 'fare' on another scale: there is no reference yet
    """

    family: ClassVar[Family] = "meaning"
    scope: ClassVar[Scope] = "column"
    flag: ClassVar[bool] = True

    reference: str | None = None
    """Name of the stored profile to compare with, or its path; an operator or a command may name another."""
    by: str | None = None
    """Column of segments, each of which is compared with its like."""
    factors: tuple[float, ...] = ()
    """Factors that may have slipped in besides those that are known; what they lead back to is tried, too."""
    warn: float | None = Field(default=None, gt=0, le=1)
    """Share of rows on another scale from which on it warns."""
    fail: float | None = Field(default=None, gt=0, le=1)
    """Share of rows on another scale from which on it fails; 0.01 when no level is given."""

    @model_validator(mode="before")
    @classmethod
    def _with_level(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("warn") is None and given.get("fail") is None:
            return {**given, "fail": 0.01}
        return given

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only numbers have a scale."""
        return type_.is_number

    def columns(self) -> tuple[str, ...]:
        """Return the column, and that of the segments."""
        return (self.column, self.by) if self.by else (self.column,)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the counts of its logarithm, and for what a plain profile holds instead."""
        column = schema[self.column]
        segments = (spectrum(column, self.by),) if self.by else ()
        return (RowCount(), Moments(self.column), Shape(self.column), spectrum(column), *segments)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is tried."""
        own = tuple(Change(f"times {factor:g}", factor) for factor in self.factors if factor not in (0, 1))
        return (*own, *(each.inverse for each in own), *CHANGES)

    # ---- how it judges ----

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the share of rows on another scale, or why there is none."""
        pairs = self._pairs(facts)
        if isinstance(pairs, Verdict):
            return pairs
        return Estimate(self._total(pairs, 0.01)[0], lambda rate: self._total(pairs, rate)[1])

    def _pairs(self, facts: Facts) -> dict[str, tuple[Curve, Curve]] | Verdict:
        """Return reference and current of each segment; the whole has no name."""
        now = curves(facts.current, facts.current.schema[self.column]) or {}
        if "" not in now:
            return self.undecided(
                Cause.NO_DATA, f"{self._quantity}: no row has a number other than zero", advice="find out why"
            )
        if facts.reference is None or self.column not in facts.reference.schema:
            return self.undecided(Cause.NO_REFERENCE, f"{self._quantity}: there is no reference yet", advice=_TAKE)
        column = facts.reference.schema[self.column]
        before = curves(facts.reference, column) if column.type.is_number else None
        if not before or not before[""].rows:
            why = "the reference holds no numbers of it"
            return self.undecided(Cause.NO_DATA, f"{self._quantity}: {why}", advice=_TAKE)
        pairs = {"": (before[""], now[""])}
        if self.by:
            parts = curves(facts.current, facts.current.schema[self.column], self.by) or {}
            alike = (curves(facts.reference, column, self.by) if self.by in facts.reference.schema else None) or {}
            if not alike:
                why = f"the reference does not tell the segments of '{self.by}'"
                return self.undecided(Cause.NO_DATA, f"{self._quantity}: {why}", advice=_TAKE)
            largest = sorted((name for name in parts if name in alike), key=lambda name: -parts[name].rows)
            pairs |= {f"={name}": (alike[name], parts[name]) for name in largest[:MOST_SEGMENTS]}
        return pairs

    def _slips(self, pairs: dict[str, tuple[Curve, Curve]], rate: float) -> dict[str, Slip]:
        return {name: slip_of(*pair, rate / len(pairs), self.changes) for name, pair in pairs.items()}

    def _total(self, pairs: dict[str, tuple[Curve, Curve]], rate: float) -> tuple[float, tuple[float, float]]:
        """Return the share of all rows that moved, and its interval: what the segments say where they say more."""
        slips = self._slips(pairs, rate)
        whole = slips[""]
        found = {name: slip for name, slip in slips.items() if name and slip.change}
        rows = pairs[""][1].rows
        parts = [(pairs[name][1].rows / rows, slip) for name, slip in found.items()]
        share = sum(weight * slip.share for weight, slip in parts)
        if whole.change or not found:
            return whole.share, whole.interval
        low, high = (sum(weight * slip.interval[end] for weight, slip in parts) for end in (0, 1))
        return share, (low, max(high, whole.interval[1]))

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels."""
        pairs = self._pairs(facts)
        if isinstance(pairs, Verdict):
            return pairs
        interval = estimate.interval(error_rate)
        share = max(self._total(pairs, error_rate)[0], interval[0])
        outcome = outcome_of_interval(interval, self.warn, self.fail)
        before, now = pairs[""]
        said = f"{self._quantity} is {interval_text(share, interval)} ({now.rows:,} rows against {before.rows:,})"
        slips = {name: slip for name, slip in self._slips(pairs, error_rate).items() if slip.change}
        fields: dict[str, Any] = {
            "observed": share,
            "unit": "share",
            "interval": interval,
            "evidence": {
                "rows": now.rows,
                "reference_rows": before.rows,
                "slips": [self._told(facts, name, slip) for name, slip in slips.items()],
            },
        }
        if outcome is Outcome.UNDECIDED:
            return self.undecided(
                Cause.TOO_SMALL,
                f"{said}, too few to tell: {rows_text(self._needed(pairs, error_rate), 'take a larger reference')}",
                advice="compare more rows at once, such as a longer partition, or widen the levels",
                **fields,
            )
        bound = bound_text(outcome, share, self.warn, self.fail)
        if outcome is Outcome.PASS:
            return self.verdict(outcome, f"{said}, {bound}", **fields)
        what = "; ".join(self._words(facts, name, slip) for name, slip in slips.items())
        return self.verdict(outcome, f"{said}, {bound}; {what}", advice=self._advice, **fields)

    def _needed(self, pairs: dict[str, tuple[Curve, Curve]], rate: float) -> int | None:
        from dataclasses import replace

        from airflow_mlquality.stats.sizes import rows_needed

        before, now = pairs[""]

        def decides(rows: int) -> bool:
            interval = slip_of(before, replace(now, rows=rows), rate, self.changes).interval
            return outcome_of_interval(interval, self.warn, self.fail) is not Outcome.UNDECIDED

        return rows_needed(decides, rows=now.rows)

    # ---- what it says ----

    @property
    def _quantity(self) -> str:
        return f"share of '{self.column}' on another scale"

    @property
    def _advice(self) -> str:
        return f"ask the source in which unit '{self.column}' comes now, and convert it back; or take a new reference"

    def _segment(self, facts: Facts, name: str) -> str:
        return f"{self.by} {facts.display(self.by or '', name[1:])}" if name else ""

    def _words(self, facts: Facts, name: str, slip: Slip) -> str:
        share = "all rows" if slip.share == 1 else f"{percent(slip.share)} of the rows"
        of = f" of {self._segment(facts, name)}" if name else ""
        return f"{share}{of}: {slip.change.name if slip.change else ''}"

    def _told(self, facts: Facts, name: str, slip: Slip) -> dict[str, Any]:
        assert slip.change is not None  # noqa: S101  only those with a change are told
        return {
            "segment": self._segment(facts, name),
            "change": slip.change.name,
            "factor": slip.change.factor,
            "offset": slip.change.offset,
            "share": slip.share,
            "distance": slip.moved,
            "distance_left": slip.left,
        }


_TAKE = "give the reference as rows, as a report of this contract, or as a profile: 'mlquality profile SOURCE'"
