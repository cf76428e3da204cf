"""Taking the profile of a source: what others are compared with, merged with, or judged by later."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_mlquality.contract import Contract
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.fingerprints import fingerprint as fingerprint_of
from airflow_mlquality.engines.opening import engine_for
from airflow_mlquality.engines.profiling import asked_digest, bins_profile, incomplete, profile_plan
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.engines.stage import measure_stage, whole_profile
from airflow_mlquality.engines.wholeness import measured
from airflow_mlquality.errors import SourceError
from airflow_mlquality.profile import Profile, part_name
from airflow_mlquality.references import bins_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow_mlquality.engines.engine import Table
    from airflow_mlquality.store import Store


def take_profile(  # noqa: PLR0913  each is one independent, named option
    source: Any,
    *,
    contract: Any = None,
    environment: str = "",
    partition: Mapping[str, str] | None = None,
    sources: Mapping[str, Any] | None = None,
    as_of: datetime | None = None,
    like: Any = None,
    bins_only: bool = False,
    part: str = "",
    fingerprint: str | None = None,
    kept: Profile | None = None,
    store: Store | None = None,
    settings: Settings | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Profile:
    """Return the profile of every column of a source, to compare others with.

    Parameters
    ----------
    source, partition, settings, on_progress
        As for `audit`.
    contract
        Tells the types and the text form of a CSV file, and of what more to take facts: of what its checks need, so
        that the profile can be judged without rows; optional.
    environment, sources, as_of
        As for `audit`, for the checks of the contract.
    like
        Whose bins to count on, so that profiles merge: a profile, its name in the store, or its path.
    bins_only
        Take the bins from a sample of the rows, and count nothing: for others to be taken `like` it.
    part
        Name of the part of a larger stage that it is; by default that of the partition.
    fingerprint
        What tells that the source is as it was; by default that of its files.
    kept
        An earlier profile of the source, which is returned as it is when neither the source nor what is asked has
        changed. Bins stay whatever the source.
    store
        Where named profiles are kept. The profile is not written to it.

    Raises
    ------
    SourceError
        When the source cannot be reached or read.
    EngineError
        When a fact of it cannot be measured.
    UsageError
        When there is no profile to take the bins of.
    """
    agreed = Contract.of(contract) if contract is not None else None
    chosen = dict(partition or {})
    reading = Reading(agreed.declared if agreed else {}, agreed.csv if agreed else None, chosen)
    placed = bins_of(like, store)
    known = fingerprint_of(source, chosen) if fingerprint is None else fingerprint
    asked = asked_digest(agreed, environment, as_of, placed, chosen)
    if kept is not None and kept.asked == asked and (bins_only or (known and kept.fingerprint == known)):
        return kept
    with engine_for(source, settings or Settings(), on_progress) as engine:
        checks = agreed.checks_for(environment) if agreed else ()
        related = {**(agreed.sources if agreed else {}), **(sources or {})}

        def taken(table: Table) -> tuple[Table, Profile]:
            planned = profile_plan(checks, table.schema, as_of or datetime.now(UTC), placed)
            if bins_only:
                return table, bins_profile(engine, table, planned)
            return table, measure_stage(engine, table, planned, related)

        table, profile = measured(engine, source, reading, taken)
    if table.broken:
        raise SourceError.partly_readable(table.label, table.broken)
    if bins_only:
        return replace(profile, asked=asked)
    whole = whole_profile(profile.schema)
    always = {*whole.measurements, *whole.open_shapes}
    if lost := {each: why for each, why in profile.failures.items() if each in always}:
        raise incomplete(profile.source, lost)
    return replace(
        profile,
        part=part or part_name(chosen),
        partition={column: str(value) for column, value in chosen.items()},
        fingerprint=known,
        asked=asked,
    )
