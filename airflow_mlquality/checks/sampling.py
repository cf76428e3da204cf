"""Facts of some of the rows as checks read them, and how a reason says how many these were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_mlquality.measurements import Sampled, SampledFact

if TYPE_CHECKING:
    from airflow_mlquality.measurements import Measurement
    from airflow_mlquality.profile import Profile


def is_known(profile: Profile, of: Measurement[Any]) -> bool:
    """Return whether a profile holds a fact, be it of some of the rows or of all."""
    return Sampled(of) in profile or of in profile


def looked_at(profile: Profile, of: Measurement[Any]) -> SampledFact:
    """Return a fact of some of the rows; a profile that has the one of all rows gives that.

    Raises
    ------
    FactMissingError
        When it holds neither.
    """
    asked = Sampled(of)
    if of not in profile and (asked in profile or asked in profile.failures):
        return profile[asked]
    fact = profile[of]
    return SampledFact(profile.rows, profile.rows, fact)


def rows_seen(rows: int, fact: SampledFact) -> str:
    """Return how many rows were looked at, and of how many where these were not all.

    >>> rows_seen(1_200, SampledFact(1_200, 1_200, None)), rows_seen(99_000, SampledFact(100_000, 10_000_000, None))
    ('1,200', '99,000 of 10,000,000')
    """
    return f"{rows:,}" if fact.is_whole else f"{rows:,} of {fact.rows:,}"


def stage_rows(reference: SampledFact, current: SampledFact) -> dict[str, int]:
    """Return, for the evidence, how many rows both sides have; nothing where all were looked at."""
    if reference.is_whole and current.is_whole:
        return {}
    return {"reference_of": reference.rows, "current_of": current.rows}


def of_which(fact: SampledFact) -> str:
    """Return, for the end of a reason, how many rows were looked at, where these were not all.

    >>> of_which(SampledFact(100_000, 10_000_000, None))
    '; 100,000 of 10,000,000 rows were looked at'
    """
    return "" if fact.is_whole else f"; {rows_seen(fact.looked_at, fact)} rows were looked at"


def extent(fact: SampledFact) -> dict[str, int]:
    """Return the same for the evidence."""
    return {} if fact.is_whole else {"looked_at": fact.looked_at, "current_of": fact.rows}
