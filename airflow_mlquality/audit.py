"""The whole story: a contract and rows in, a report out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any

from airflow_mlquality.comparison import Comparison
from airflow_mlquality.contract import Contract
from airflow_mlquality.decision import decide
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.opening import engine_for
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.errors import EngineError, SourceError, StoreError
from airflow_mlquality.judgement import Judgement
from airflow_mlquality.references import Lookup, find_profile, find_reference
from airflow_mlquality.report import ContractInfo, Report
from airflow_mlquality.taking import take_profile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow_mlquality.store import Store

__all__ = ["audit", "take_profile"]


def audit(  # noqa: PLR0913  each is one independent, named option
    contract: Any,
    source: Any,
    *,
    reference: Any = None,
    environment: str = "",
    partition: Mapping[str, str] | None = None,
    sources: Mapping[str, Any] | None = None,
    as_of: datetime | None = None,
    store: Store | None = None,
    subject: Mapping[str, str] | None = None,
    on_progress: Callable[[float], None] | None = None,
    settings: Settings | None = None,
    whole_profile: bool = False,
    models: Callable[[str, str], str] | None = None,
) -> Report:
    """Measure a stage, judge the facts, and decide.

    Bad data is a verdict, and so is a source that cannot be read: neither raises.

    Parameters
    ----------
    contract
        A `Contract`, the path of one, inline YAML, or a dict.
    source
        A path, glob or folder, a Delta or Iceberg table, an `ObjectStoragePath`, or a pandas, polars or Arrow object.
        Or a `Profile`, its address in the store, or ``profile:NAME``: then no rows are read, there are no examples, and
        a check that the profile has no facts for is undecided.
    reference
        What drift is measured against: a `Profile`, the name of one in the store, the path of a profile or report,
        or other rows; `last_passed`, `previous_partition` or `same_weekday` of the same task's earlier runs;
        ``MODEL@ALIAS``, what a registered model was trained on; by default what the contract names.
    environment
        One of the contract's; what is absent there is not asked for.
    partition
        Column values that rows must have to be looked at.
    sources
        Where the sources lie that the contract names; wins over the contract's own paths.
    as_of
        The moment for which ages are counted; by default now.
    store
        Where named references are looked up. The report is not written to it.
    subject
        Which task it is for, and for which moment: `dag_id`, `task_id`, `map_index`, `run_id`, `try_number`, `at` and
        `since`, the end and the start of its data interval.
    on_progress
        Called now and then with the share of the running query that is done.
    settings
        How much of the machine measuring may take.
    whole_profile
        Take the facts of every column in the same scan, so that the report's profile can serve as a reference.
    models
        From the name and the alias of a registered model to the address of its training profile in the store.

    Raises
    ------
    ContractError
        When the contract is wrong.
    UnusableReferenceError
        When the reference is a document that cannot be read.
    """
    started, clock = datetime.now(UTC), perf_counter()
    agreed = Contract.of(contract)
    moment = as_of or started
    allowed = settings or Settings()
    reading = Reading(agreed.declared, agreed.csv, dict(partition or {}))
    compared = find_reference(reference, agreed.reference, Lookup(store, subject or {}, models))
    judgement = Judgement(agreed, environment, moment, Comparison(compared, reading, moment, allowed))
    try:
        given = find_profile(source, store)
        if given is not None:
            judgement.of_profile(given, reading.partition)
        else:
            with engine_for(source, allowed, on_progress) as engine:
                judgement.of_rows(engine, source, reading, sources or {}, whole_profile=whole_profile)
    except (SourceError, EngineError, StoreError) as failed:
        judgement.impossible(source, str(failed))
    return Report(
        contract=ContractInfo(
            name=agreed.name,
            origin=agreed.origin,
            digest=agreed.digest,
            owner=agreed.owner,
            runbook=agreed.runbook,
            description=agreed.description,
        ),
        profile=judgement.profile,
        verdicts=tuple(judgement.verdicts),
        decision=decide(judgement.verdicts, agreed.policy, judgement.own_policies),
        started_at=started.isoformat(),
        reference=judgement.comparison.info,
        environment=environment,
        subject=dict(subject or {}),
        cost=replace(judgement.cost, seconds=round(perf_counter() - clock, 3)),
    )
