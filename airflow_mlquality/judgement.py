"""A stage under judgement: what is planned, measured and concluded, of rows or of a profile alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks import Check, Facts, Type, judge
from airflow_mlquality.comparison import Comparison
from airflow_mlquality.contract import Contract
from airflow_mlquality.engines.examples import find_examples
from airflow_mlquality.engines.plan import Plan, plan
from airflow_mlquality.engines.profiling import judged_without_rows, with_whole_profile
from airflow_mlquality.engines.sources import label_of
from airflow_mlquality.engines.stage import measure_stage
from airflow_mlquality.engines.wholeness import files_verdict, measured
from airflow_mlquality.errors import UsageError
from airflow_mlquality.measurements import Schema
from airflow_mlquality.profile import Profile
from airflow_mlquality.report import Cost
from airflow_mlquality.verdict import Outcome, Verdict, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.checks import Policy
    from airflow_mlquality.engines.engine import Engine, Reading, Table


@dataclass
class Judgement:
    """What an audit has found so far.

    Parameters
    ----------
    agreed
        The contract.
    environment
        One of the contract's.
    moment
        For which ages are counted.
    comparison
        What the stage is compared with.
    profile, verdicts, checks, cost
        What was found.
    """

    agreed: Contract
    environment: str
    moment: datetime
    comparison: Comparison
    profile: Profile = field(default_factory=lambda: Profile(Schema(), {}))
    verdicts: Sequence[Verdict] = ()
    checks: Sequence[Check] = ()
    cost: Cost = field(default_factory=Cost)

    @property
    def own_policies(self) -> dict[str, Policy]:
        """What single checks say of how to act on them."""
        return {check.verdict_id: check.policy for check in self.checks if check.policy}

    def of_rows(
        self, engine: Engine, source: Any, reading: Reading, sources: Mapping[str, Any], *, whole_profile: bool
    ) -> None:
        """Measure rows and judge the facts."""
        related = {**self.agreed.sources, **sources}

        def taken(table: Table) -> tuple[Table, Plan, Profile]:
            checks = [*_sniffed_types(table, self.agreed.runbook), *self.agreed.checks_for(self.environment)]
            like = self.comparison.profile(checks, self.agreed.runbook)
            planned = plan(checks, table.schema, self.moment, like)
            planned = with_whole_profile(planned, table.schema, like) if whole_profile else planned
            return table, planned, measure_stage(engine, table, planned, related)

        table, planned, self.profile = measured(engine, source, reading, taken)
        self.checks = planned.checks
        facts = self._facts(self.profile)
        verdicts = _told(judge(planned.checks, facts, self.agreed.false_discovery_rate), table)
        verdicts = _with_examples(engine, table, planned.checks, verdicts, self.agreed.key, facts)
        files = files_verdict(table, self.agreed.runbook)
        self.verdicts = [*self.comparison.trouble, *([files] if files else []), *verdicts]
        self.cost = Cost(queries=engine.queries, scans=len(engine.statements))

    def of_profile(self, given: Profile, partition: Mapping[str, str]) -> None:
        """Judge a profile that somebody took before; no row is read.

        Raises
        ------
        UsageError
            When only some of its rows are asked for.
        """
        if partition:
            raise UsageError.filtered_profile(partition)
        planned = plan(self.agreed.checks_for(self.environment), given.schema, self.moment, given)
        self.checks = planned.checks
        self.comparison.profile(planned.checks, self.agreed.runbook, given)
        rate = self.agreed.false_discovery_rate
        self.profile, verdicts = judged_without_rows(given, planned, self._facts(given), rate)
        self.verdicts = [*self.comparison.trouble, *verdicts]

    def impossible(self, source: Any, reason: str) -> None:
        """Conclude that the rows could not be read."""
        self.profile = Profile(Schema(), {}, source=label_of(source), taken_at=datetime.now(UTC).isoformat())
        self.checks, self.verdicts = (), [unreadable("source", reason, self.agreed.runbook)]

    def _facts(self, profile: Profile) -> Facts:
        reference = self.comparison.reference.profile
        return Facts(profile, self.moment, reference, self.agreed.samples, self.agreed.known_values)


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
        _with_absence(verdict, table)
        for verdict in verdicts
        if verdict.id not in sniffed or verdict.outcome not in (Outcome.PASS, Outcome.UNDECIDED)
    ]


def _with_absence(verdict: Verdict, table: Table) -> Verdict:
    """Return a verdict on the number of rows with why there is none."""
    if not table.absent or verdict.check != "row_count" or verdict.outcome is Outcome.PASS:
        return verdict
    return replace(verdict, reason=f"{verdict.reason}: {table.absent}")


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
