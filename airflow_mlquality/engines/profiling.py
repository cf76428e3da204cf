"""Profiles that are taken to be merged or judged later: what they are asked for, and what they can answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks.judging import judge, unjudgeable
from airflow_mlquality.engines.fingerprints import digest
from airflow_mlquality.engines.plan import Plan, plan
from airflow_mlquality.engines.stage import chosen_bins, whole_profile
from airflow_mlquality.errors import EngineError
from airflow_mlquality.measurements import (
    LatestFact,
    LatestTime,
    Measurement,
    RowCount,
    Sampled,
    SampledFact,
    Shape,
    ShapeFact,
)
from airflow_mlquality.measurements.numbers import EVER
from airflow_mlquality.profile import FORMAT, Profile
from airflow_mlquality.verdict import Cause

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.checks import Check, Facts
    from airflow_mlquality.contract import Contract
    from airflow_mlquality.engines.engine import Engine, Table
    from airflow_mlquality.measurements import Schema
    from airflow_mlquality.verdict import Verdict

ROUND = 1
"""Of what a profile is asked for; a change of it makes profiles that are already there old."""


def profile_plan(checks: Sequence[Check], schema: Schema, moment: datetime, like: Profile | None) -> Plan:
    """Return the plan of everything that a profile may be asked for later, and of what checks need.

    The newest time is asked for without a moment, so that it answers for every later one and merges. What a check asks
    of some rows is asked of all: facts of samples would not merge.
    """
    whole, needed = whole_profile(schema, like), plan(checks, schema, moment, like)
    wanted = [_that_merges(each) for each in (*whole.measurements, *needed.measurements)]
    shapes = dict.fromkeys((*whole.open_shapes, *needed.open_shapes))
    return Plan(needed.checks, tuple(dict.fromkeys(wanted)), tuple(shapes))


def _that_merges(measurement: Measurement[Any]) -> Measurement[Any]:
    if isinstance(measurement, Sampled):
        return measurement.of
    return replace(measurement, until_us=EVER) if isinstance(measurement, LatestTime) else measurement


def with_whole_profile(planned: Plan, schema: Schema, like: Profile | None) -> Plan:
    """Return a plan with everything besides that a profile may be asked for later, on the bins of a reference."""
    whole = whole_profile(schema, like, merges=False)
    wanted = dict.fromkeys((*planned.measurements, *whole.measurements))
    return Plan(planned.checks, tuple(wanted), tuple(dict.fromkeys((*planned.open_shapes, *whole.open_shapes))))


def bins_profile(engine: Engine, table: Table, planned: Plan) -> Profile:
    """Return the profile of none of the rows: where the shapes of a plan are counted, and no counts.

    Raises
    ------
    EngineError
        When bins cannot be chosen.
    """
    failures: dict[Measurement[Any], str] = {}
    shapes = {each: each.bins for each in planned.measurements if isinstance(each, Shape) and each.bins}
    shapes |= chosen_bins(engine, table, planned.open_shapes, failures)
    if failures:
        raise incomplete(table.label, failures)
    facts: dict[Measurement[Any], Any] = {RowCount(): 0}
    facts |= {shape.question(): ShapeFact.empty(bins) for shape, bins in shapes.items()}
    return Profile(table.schema, facts, source=f"bins of {table.label}", taken_at=datetime.now(UTC).isoformat())


def incomplete(label: str, failures: Mapping[Measurement[Any], str]) -> EngineError:
    """Return that a profile would lack facts."""
    lost = {f"{each.kind} of {', '.join(each.columns())}": why for each, why in failures.items()}
    return EngineError.incomplete_profile(label, lost)


def asked_digest(
    contract: Contract | None,
    environment: str,
    as_of: datetime | None,
    like: Profile | None,
    partition: Mapping[str, str],
) -> str:
    """Return a digest of what a profile is asked for; an older one of another digest is measured again."""
    bins = {
        f"{shape.column} {shape.times}": [fact.bins.kind, *fact.bins.edges, *fact.bins.values]
        for shape, fact in (like.facts if like else {}).items()
        if isinstance(shape, Shape)
    }
    moment = as_of.isoformat() if as_of else ""
    named = {column: str(value) for column, value in partition.items()}
    return digest([FORMAT, ROUND, contract.digest if contract else "", environment, moment, bins, named])


# ---- judging without rows ----


def judged_without_rows(
    profile: Profile, planned: Plan, facts: Facts, false_discovery_rate: float
) -> tuple[Profile, list[Verdict]]:
    """Return the verdicts that a profile alone allows, and the profile with what follows from it.

    A check for which it lacks a fact is undecided and says which; the others are judged as they would be on rows.
    """
    answered = _answered(profile, planned)
    facts = replace(facts, current=answered)
    open_ = {check.verdict_id: _unanswered(check, answered) for check in planned.checks}
    asked = [check for check in planned.checks if not open_[check.verdict_id]]
    judged = {verdict.id: verdict for verdict in judge(asked, facts, false_discovery_rate)}
    answered = replace(answered, source=f"profile of {profile.source}, taken {profile.taken_at[:19]}")
    return answered, [
        judged.get(check.verdict_id)
        or check.undecided(
            Cause.NO_DATA,
            f"{check.name()} of {check.place} cannot be judged from a profile: {open_[check.verdict_id]}",
            advice="take the profile with this contract, or judge the rows themselves",
        )
        for check in planned.checks
    ]


def _answered(profile: Profile, planned: Plan) -> Profile:
    """Return the profile with the newest times up to the moment that is asked for, and facts of all rows for some."""
    facts, failures = dict(profile.facts), dict(profile.failures)
    for asked in planned.measurements:
        if isinstance(asked, Sampled):
            _answer_with_all_rows(asked, facts, failures)
        ever = facts.get(replace(asked, until_us=EVER)) if isinstance(asked, LatestTime) else None
        if not isinstance(asked, LatestTime) or asked in facts or not isinstance(ever, LatestFact):
            continue
        if ever.newest_us is None or ever.newest_us <= asked.until_us:
            facts[asked] = ever
        else:
            failures[asked] = f"its newest '{asked.column}' lies after the moment for which ages are counted"
    return replace(profile, facts=facts, failures=failures)


def _answer_with_all_rows(
    asked: Sampled, facts: dict[Measurement[Any], Any], failures: dict[Measurement[Any], str]
) -> None:
    of, rows = asked.of.question(), facts.get(RowCount())
    if asked not in facts and of in facts and rows is not None:
        facts[asked] = SampledFact(rows, rows, facts[of])
    elif asked not in facts and of in failures:
        failures[asked] = failures[of]


def _unanswered(check: Check, profile: Profile) -> str:
    """Return why a profile does not answer a check; nothing where it does, or where the judge has more to say."""
    if unjudgeable(check, profile.schema) is not None:
        return ""
    try:
        missing = [each for each in check.needs(profile.schema) if each not in profile]
    except Exception:  # noqa: BLE001  the judge asks again, and makes it the error of this check alone
        return ""
    if not missing:
        return ""
    of = ", ".join(missing[0].columns()) or "the table"
    return profile.failures.get(missing[0].question()) or f"{missing[0].kind} of {of} was not measured"
