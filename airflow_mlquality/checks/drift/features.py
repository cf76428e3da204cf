"""Drift of what has no single shape: the distance is that of the feature that moved furthest."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from airflow_mlquality.checks.base import Facts, Family
from airflow_mlquality.checks.drift.comparing import TAKE_REFERENCE
from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.levels import bound_text, outcome_of_interval
from airflow_mlquality.checks.sampling import is_known, looked_at, rows_seen, stage_rows
from airflow_mlquality.checks.wording import interval_text, percent, rows_text
from airflow_mlquality.measurements import Sampled
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks.drift.methods import Distance
    from airflow_mlquality.measurements import Measurement, SampledFact, Schema


@dataclass(frozen=True)
class Feature:
    """One feature of two samples.

    Parameters
    ----------
    name
        For people.
    distance
        How far it moved.
    moved
        What moved, in words.
    evidence
        Of it, as JSON.
    """

    name: str
    distance: Distance
    moved: str
    evidence: dict[str, Any] = field(default_factory=dict)


class FeatureDrift(EstimatedCheck):
    """A check that compares features with those of a reference, and judges by the one that moved furthest.

    The error rate of the lower end is shared by the features; the upper end needs no sharing, since the largest true
    distance is that of one feature.
    """

    family: ClassVar[Family] = "drift"

    reference: str | None = None
    """Name of the stored profile to compare with, or its path; an operator or a command may name another."""
    warn: float | None = Field(default=0.1, gt=0, le=1)
    """Distance from which on it warns."""
    fail: float | None = Field(default=0.2, gt=0, le=1)
    """Distance from which on it fails."""

    @property
    @abstractmethod
    def quantity(self) -> str:
        """What is observed, in a reason."""

    samples: ClassVar[bool] = False
    """Whether some rows of a large table are enough."""

    @property
    @abstractmethod
    def compared(self) -> Measurement[Any]:
        """The fact of both sides."""

    @property
    def asked(self) -> Measurement[Any]:
        """What is measured: the fact of some rows where these are enough."""
        return Sampled(self.compared) if self.samples else self.compared

    @abstractmethod
    def features(self, facts: Facts) -> list[Feature]:
        """Return the features, of which there is one at least."""

    @abstractmethod
    def without_values(self, facts: Facts) -> str:
        """Return why there is nothing to compare, or nothing where there is."""

    advice: ClassVar[str] = "see what moved: mend the source, or take a new reference if the change is meant"

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the distance of the feature that moved furthest, or why there is none."""
        lack = self._lack(facts)
        if lack is not None:
            return lack
        features = self.features(facts)
        value = max(feature.distance.value for feature in features)
        return Estimate(value, lambda rate: _interval(features, rate))

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels."""
        features, interval = self.features(facts), estimate.interval(error_rate)
        reference, current = self.seen(facts)
        before, now = reference.looked_at, current.looked_at
        against = f"{rows_seen(now, current)} rows against {rows_seen(before, reference)}"
        observed = f"{self.quantity} is {interval_text(estimate.value, interval)} ({against})"
        fields: dict[str, Any] = {
            "observed": estimate.value,
            "unit": "share",
            "interval": interval,
            "evidence": _evidence(features, error_rate)
            | {"reference_rows": before, "current_rows": now}
            | stage_rows(reference, current),
        }
        outcome = outcome_of_interval(interval, self.warn, self.fail)
        if outcome is Outcome.UNDECIDED:
            needed = self._rows_needed(features, before, now, error_rate)
            return self.undecided(
                Cause.TOO_SMALL,
                f"{observed}, too few to tell: {rows_text(needed, 'take a larger reference')}",
                advice=_MORE_ROWS if current.is_whole else _NO_MORE_ROWS,
                **fields,
            )
        bound = bound_text(outcome, estimate.value, self.warn, self.fail)
        if outcome is Outcome.PASS:
            return self.verdict(outcome, f"{observed}, {bound}", **fields)
        return self.verdict(
            outcome, f"{observed}, {bound}; {_furthest(features, error_rate).moved}", advice=self.advice, **fields
        )

    def _lack(self, facts: Facts) -> Verdict | None:
        if facts.current.rows == 0:
            return self.undecided(
                Cause.NO_DATA, f"{self.quantity}: the table has no rows", advice="find out why the stage has no rows"
            )
        reference = facts.reference
        take = f"take one of {TAKE_REFERENCE}"
        if reference is None:
            return self.undecided(Cause.NO_REFERENCE, f"{self.quantity}: there is no reference yet", advice=take)
        absent = next((name for name in self.columns() if name not in reference.schema), None)
        if absent is not None:
            why = f"the reference has no column '{absent}'"
            return self.undecided(Cause.NO_REFERENCE, f"{self.quantity}: {why}", advice=take)
        if not is_known(reference, self.compared) and self.asked not in reference.failures:
            return self.undecided(
                Cause.NO_REFERENCE,
                f"{self.quantity}: the reference holds no facts for it",
                advice="give the reference as rows, or as a report of this contract",
            )
        nothing = self.without_values(facts)
        if not nothing:
            return None
        return self.undecided(Cause.NO_DATA, f"{self.quantity}: {nothing}", advice="find out why there are no values")

    def seen(self, facts: Facts) -> tuple[SampledFact, SampledFact]:
        """Return the facts of the reference and of the table, and of how many rows they are."""
        assert facts.reference is not None  # noqa: S101  asked before, see _lack
        reference, current = (looked_at(profile, self.compared) for profile in (facts.reference, facts.current))
        return reference, current

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the fact of its features."""
        return (self.asked,)

    def _rows_needed(self, features: list[Feature], before: int, now: int, error_rate: float) -> int | None:
        from airflow_mlquality.stats.sizes import rows_needed

        def decides(rows: int) -> bool:
            scale = 1 / rows + 1 / before
            shared = error_rate / len(features)
            low = max(feature.distance.outlook(shared, 2, scale)[0] for feature in features)
            high = max(feature.distance.outlook(error_rate, 2, scale)[1] for feature in features)
            return any(
                outcome_of_interval(each, self.warn, self.fail) is not Outcome.UNDECIDED
                for each in ((low, float("inf")), (0.0, high))
            )

        return rows_needed(decides, rows=now)


_MORE_ROWS = "compare more rows at once, such as a longer partition, or widen the levels"
_NO_MORE_ROWS = "widen the levels: of a larger table no more rows are looked at"


def _interval(features: list[Feature], error_rate: float) -> tuple[float, float]:
    low = max(feature.distance.interval(error_rate / len(features))[0] for feature in features)
    return low, max(feature.distance.interval(error_rate)[1] for feature in features)


def _furthest(features: list[Feature], error_rate: float) -> Feature:
    shared = error_rate / len(features)
    return max(features, key=lambda feature: (feature.distance.interval(shared)[0], feature.distance.value))


def _evidence(features: list[Feature], error_rate: float) -> dict[str, Any]:
    told = [
        {
            "feature": feature.name,
            "observed": feature.distance.value,
            "interval": list(feature.distance.interval(error_rate / len(features))),
            **feature.evidence,
        }
        for feature in features
    ]
    return {"features": told, "error_rate": error_rate}


def feature_of_counts(
    name: str, labels: Sequence[str], reference: Sequence[int], current: Sequence[int]
) -> Feature | None:
    """Return a feature whose shape is compared by the total variation distance; None where a side has no rows."""
    from airflow_mlquality.stats.metrics import Metric

    if not sum(reference) or not sum(current):
        return None
    before, now = ([count / sum(counts) for count in counts] for counts in (reference, current))
    most = max(range(len(labels)), key=lambda i: abs(now[i] - before[i]))
    return Feature(
        name,
        Metric.of_tv(reference, current),
        f"{name} {labels[most]} {percent(before[most])} -> {percent(now[most])}",
        {"labels": list(labels), "reference": list(reference), "current": list(current)},
    )
