"""Drift of embeddings: where vectors point, and how long they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from airflow_mlquality.checks.drift.features import Feature, FeatureDrift, feature_of_counts
from airflow_mlquality.checks.wording import near
from airflow_mlquality.measurements import Directions, LogicalType
from airflow_mlquality.measurements.vectors import COSINES, NORMS, is_vector
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks.base import Facts, Scope
    from airflow_mlquality.checks.estimates import Estimate
    from airflow_mlquality.measurements import Measurement, Schema


class EmbeddingDrift(FeatureDrift):
    """The vectors of a column point where those of a reference do.

    A vector is a list of as many numbers as `dimensions` says. Compared are its cosines with eight fixed random
    directions, and its length; NULL, the zero vector, and lists of another size or with a missing or infinite number
    are cells of their own. No vector is kept, only counts.

    Why it matters
    --------------
    Embeddings are the inputs of retrieval, ranking and classification of text and images, and no single number of them
    means anything. Another version of the encoder, another language, another camera or vectors that are no longer
    normalised turn the whole cloud, while each number stays between -1 and 1.

    How it decides
    --------------
    A cloud that moves moves along almost every random direction (the lemma of Johnson and Lindenstrauss), so of each
    direction the total variation distance of binned cosines is taken, and of the length as well. The observed number is
    that of the feature that moved furthest: fail when all of its interval lies at or above `fail`, warn when it lies at
    or above `warn`, pass when it lies below `fail`, otherwise undecided, naming how many rows would decide. The lower
    end shares its error rate among the nine, and all estimated checks of the contract share one budget of false alarms.
    Undecided without reference, without vectors, and where the column holds no lists of numbers.
    Only the embedded engine can measure it; others refuse by name.

    Measured at the error rate of one of forty estimated checks, 64 dimensions against 10,000 vectors: without change
    all samples of 500 vectors pass. A cloud that moves by half its standard deviation in every dimension warns in 77 %
    of samples of 500 vectors and in 97 % of 5,000; three vectors of ten from elsewhere in 67 % of 500 and in 97 % of
    5,000 (by the cosines alone).

    When it misleads
    ----------------
    Eight directions see what moves many vectors; a small cluster that appears, fewer than one vector in ten, stays
    within the levels. What changes in dimensions that hardly vary is not seen. Vectors are taken as independent.

    References
    ----------
    Achlioptas, D. (2003). Database-friendly random projections. Journal of Computer and System Sciences, 66, 671-687.
    DOI 10.1016/S0022-0000(03)00025-4

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = EmbeddingDrift(column="vector", dimensions=2)
    >>> train = {"vector": [[1.0, 0.0], [0.8, 0.6]] * 1000}
    >>> print(trial(check, vector=[[0.8, 0.6], [1.0, 0.0]] * 300, reference=train))  # doctest: +NORMALIZE_WHITESPACE
    pass: total variation distance of the vectors of 'vector' from the reference is 0 [0, 0.054] (600 rows
    against 2,000), within fail 0.2
    >>> print(trial(check, vector=[[0.0, 1.0], [1.0, 0.0]] * 300, reference=train))  # doctest: +NORMALIZE_WHITESPACE
    fail: total variation distance of the vectors of 'vector' from the reference is 0.5 [0.41, 0.55] (600
    rows against 2,000), above fail 0.2; cosine with direction 1: (0.53, 0.71] 50 % -> 100 %
    >>> print(trial(check, vector=[[0.8, 0.6], [1.0, 0.0]], reference=train))  # doctest: +NORMALIZE_WHITESPACE
    undecided: total variation distance of the vectors of 'vector' from the reference is 0 [0, 0.82] (2 rows
    against 2,000), too few to tell: about 150 rows would decide
    """

    scope: ClassVar[Scope] = "column"

    dimensions: int = Field(ge=1, le=16_384)
    """How many numbers a vector has."""

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Return whether values of that type are lists."""
        return type_ is LogicalType.LIST

    @property
    def compared(self) -> Measurement[Any]:
        """The counts of cosines and lengths."""
        return Directions(self.column, self.dimensions)

    @property
    def quantity(self) -> str:
        """What is observed, in a reason."""
        return f"total variation distance of the vectors of '{self.column}' from {self.reference or 'the reference'}"

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for cosines and lengths, where there are lists of numbers."""
        return (self.compared,) if is_vector(schema[self.column]) else ()

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the distance of the direction that moved furthest, or why there is none."""
        column = facts.current.schema[self.column]
        if column.type is LogicalType.LIST and column.native and not is_vector(column):
            return self.undecided(
                Cause.WRONG_TYPE,
                f"{self.quantity}: its lists do not hold numbers",
                advice="name a column of lists of numbers, or drop the check",
            )
        return super().estimate(facts)

    def without_values(self, facts: Facts) -> str:
        """Return that there is no vector on one side."""
        assert facts.reference is not None  # noqa: S101  asked before
        if self.compared not in facts.current and self.compared not in facts.current.failures:
            return "no row has a vector"
        for profile, whose in ((facts.current, "no row has"), (facts.reference, "the reference has no row with")):
            if not sum(profile[self.compared].norms):
                return f"{whose} a vector of {self.dimensions:,} numbers"
        return ""

    def features(self, facts: Facts) -> list[Feature]:
        """Return the cosines with each direction, and the length."""
        assert facts.reference is not None  # noqa: S101  asked before
        before, now = facts.reference[self.compared], facts.current[self.compared]
        rest = ([before.zero, before.other, before.nulls], [now.zero, now.other, now.nulls])
        found = [
            self._feature(f"cosine with direction {i + 1}:", COSINES, was, is_, rest)
            for i, (was, is_) in enumerate(zip(before.cosines, now.cosines, strict=True))
        ]
        found.append(self._feature("length", NORMS, before.norms, now.norms, rest))
        return [feature for feature in found if feature is not None]

    def _feature(
        self,
        name: str,
        ends: Sequence[float],
        before: Sequence[int],
        now: Sequence[int],
        rest: tuple[list[int], list[int]],
    ) -> Feature | None:
        """Return a feature on bins that are merged until each has enough rows of the reference."""
        from airflow_mlquality.stats.binning import LEAST_ROWS, cell_number, equal_mass_groups

        smaller = min(sum(before), sum(now))
        least = LEAST_ROWS * sum(before) / smaller if smaller else 1
        groups = equal_mass_groups(before, most=cell_number(smaller), least=least)
        unit = self.dimensions**-0.5 if ends is COSINES else 1.0
        labels = [_between(ends, start, stop, unit) for start, stop in groups]
        merged = ([sum(counts[start:stop]) for start, stop in groups] for counts in (before, now))
        held, seen = ([*counts, *more] for counts, more in zip(merged, rest, strict=True))
        return feature_of_counts(name, [*labels, "zero vector", "no such vector", "NULL"], held, seen)


def _between(ends: Sequence[float], start: int, stop: int, unit: float) -> str:
    """Return what lies in the bins from one on up to another.

    >>> _between((1.0, 2.0, 3.0), 0, 2, 1.0), _between((1.0, 2.0, 3.0), 2, 4, 1.0), _between((1.0, 2.0), 1, 2, 1.0)
    ('≤ 2', '> 2', '(1, 2]')
    """
    low = near(ends[start - 1] * unit) if start else ""
    high = near(ends[stop - 1] * unit) if stop <= len(ends) else ""
    if low and high:
        return f"({low}, {high}]"
    return f"> {low}" if low else f"≤ {high}" if high else "any"
