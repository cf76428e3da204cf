"""The whole story: a contract and rows in, a report out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks import Check, Facts, Type, judge
from airflow_mlquality.contract import Contract
from airflow_mlquality.decision import decide
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.examples import find_examples
from airflow_mlquality.engines.opening import engine_for
from airflow_mlquality.engines.plan import Plan, plan
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.engines.sources import label_of
from airflow_mlquality.engines.stage import measure_stage, whole_profile
from airflow_mlquality.errors import EngineError, SourceError
from airflow_mlquality.measurements import RowCount, Schema
from airflow_mlquality.measurements.counts import STAGE
from airflow_mlquality.profile import Profile
from airflow_mlquality.references import Reference, find_reference
from airflow_mlquality.report import ContractInfo, Cost, ReferenceInfo, Report
from airflow_mlquality.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow_mlquality.engines.engine import Engine, Table
    from airflow_mlquality.store import Store


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
) -> Report:
    """Measure a stage, judge the facts, and decide.

    Bad data is a verdict, and so is a source that cannot be read: neither raises.

    Parameters
    ----------
    contract
        A `Contract`, the path of one, inline YAML, or a dict.
    source
        A path, glob or folder, an `ObjectStoragePath`, or a pandas, polars or Arrow object.
    reference
        What drift is measured against: a `Profile`, the name of one in the store, the path of a profile or report,
        or other rows; by default what the contract names.
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
        Which task it is for.
    on_progress
        Called now and then with the share of the running query that is done.
    settings
        How much of the machine measuring may take.

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
    compared = find_reference(reference, agreed.reference, store)
    related = {**agreed.sources, **(sources or {})}
    reading = Reading(agreed.declared, agreed.csv, dict(partition or {}))
    cost = Cost()
    try:
        with engine_for(source, settings or Settings(), on_progress) as engine:
            table = engine.open(STAGE, source, reading)
            checks = [*_sniffed_types(table, agreed.runbook), *agreed.checks_for(environment)]
            trouble = []
            if compared.rows is not None:
                try:
                    compared = _measured_reference(compared, checks, moment, reading, settings or Settings())
                except (SourceError, EngineError) as failed:
                    trouble = [_unreadable("reference", str(failed), agreed.runbook)]
            planned = plan(checks, table.schema, moment, compared.profile)
            profile = measure_stage(engine, table, planned, related)
            facts = Facts(profile, moment, compared.profile, agreed.samples, agreed.known_values)
            verdicts = _told(judge(planned.checks, facts, agreed.false_discovery_rate), table)
            verdicts = trouble + _with_examples(engine, table, planned.checks, verdicts, agreed.key, facts)
            cost = Cost(queries=engine.queries, scans=len(engine.statements))
    except (SourceError, EngineError) as failed:
        profile = Profile(Schema(), {}, source=label_of(source), taken_at=started.isoformat())
        planned, verdicts = Plan((), (), ()), [_unreadable("source", str(failed), agreed.runbook)]
    own = {check.verdict_id: check.policy for check in planned.checks if check.policy}
    return Report(
        contract=ContractInfo(
            name=agreed.name,
            origin=agreed.origin,
            digest=agreed.digest,
            owner=agreed.owner,
            runbook=agreed.runbook,
            description=agreed.description,
        ),
        profile=profile,
        verdicts=tuple(verdicts),
        decision=decide(verdicts, agreed.policy, own),
        started_at=started.isoformat(),
        reference=_reference_info(compared),
        environment=environment,
        subject=dict(subject or {}),
        cost=replace(cost, seconds=round(perf_counter() - clock, 3)),
    )


def take_profile(
    source: Any,
    *,
    contract: Any = None,
    partition: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Profile:
    """Return the profile of every column of a source, to compare others with.

    Parameters
    ----------
    source, partition, settings, on_progress
        As for `audit`.
    contract
        Tells the types and the text form of a CSV file; optional.

    Raises
    ------
    SourceError
        When the source cannot be reached or read.
    EngineError
        When a fact of it cannot be measured.
    """
    agreed = Contract.of(contract) if contract is not None else None
    reading = Reading(agreed.declared if agreed else {}, agreed.csv if agreed else None, dict(partition or {}))
    with engine_for(source, settings or Settings(), on_progress) as engine:
        table = engine.open(STAGE, source, reading)
        profile = measure_stage(engine, table, whole_profile(table.schema), {})
    if profile.failures:
        lost = {f"{each.kind} of {', '.join(each.columns())}": why for each, why in profile.failures.items()}
        raise EngineError.incomplete_profile(table.label, lost)
    return profile


def _measured_reference(
    compared: Reference, checks: Sequence[Check], moment: datetime, reading: Reading, settings: Settings
) -> Reference:
    """Return the reference with the shapes measured that the checks compare."""
    with engine_for(compared.rows, settings) as engine:
        table = engine.open(STAGE, compared.rows, replace(reading, partition={}))
        shapes = plan(checks, table.schema, moment).open_shapes
        return Reference(compared.name, measure_stage(engine, table, Plan((), (RowCount(),), shapes), {}))


def _sniffed_types(table: Table, runbook: str | None) -> list[Check]:
    """Return checks that every value of a text source is of the type that most of its column are."""
    return [
        Type(
            column=column.name, expected=column.type.value, warn=0.0, id=f"{column.name}.sniffed_type", runbook=runbook
        )
        for column in table.schema
        if column.name in table.sniffed
    ]


def _told(verdicts: Sequence[Verdict], table: Table) -> list[Verdict]:
    """Return the verdicts worth telling: a type that nobody declared is news only where a value breaks it."""
    sniffed = {f"{name}.sniffed_type" for name in table.sniffed}
    return [
        verdict
        for verdict in verdicts
        if verdict.id not in sniffed or verdict.outcome not in (Outcome.PASS, Outcome.UNDECIDED)
    ]


def _with_examples(
    engine: Engine,
    table: Table,
    checks: Sequence[Check],
    verdicts: Sequence[Verdict],
    key: Sequence[str],
    facts: Facts,
) -> list[Verdict]:
    bad = {verdict.id for verdict in verdicts if verdict.outcome in (Outcome.WARN, Outcome.FAIL)}
    violated = [check for check in checks if check.verdict_id in bad]
    examples = find_examples(engine, table, violated, key, facts)
    return [replace(verdict, examples=examples.get(verdict.id, ())) for verdict in verdicts]


def _unreadable(what: str, reason: str, runbook: str | None) -> Verdict:
    return Verdict(
        id=what,
        check=what,
        family="schema",
        place=what,
        outcome=Outcome.ERROR,
        reason=reason,
        advice=f"see whether the {what} is there and whole, and run the gate again",
        runbook=runbook,
    )


def _reference_info(compared: Reference) -> ReferenceInfo | None:
    if compared.profile is None:
        return None
    profile = compared.profile
    return ReferenceInfo(name=compared.name, source=profile.source, taken_at=profile.taken_at, rows=profile.rows)
