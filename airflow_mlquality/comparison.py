"""What a stage is compared with, measured where it was given as rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.opening import engine_for
from airflow_mlquality.engines.plan import Plan, plan
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.engines.stage import measure_stage
from airflow_mlquality.engines.wholeness import files_verdict, measured
from airflow_mlquality.errors import EngineError, SourceError
from airflow_mlquality.measurements import Elsewhere, Keys, Orphans, Separation, SharedRows
from airflow_mlquality.references import Reference
from airflow_mlquality.report import ReferenceInfo
from airflow_mlquality.verdict import Verdict, unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks import Check
    from airflow_mlquality.engines.engine import Table
    from airflow_mlquality.profile import Profile

_OF_THE_STAGE = (Elsewhere, Keys, Orphans, Separation, SharedRows)
"""Facts that are dear, or read other sources, and that no check compares."""


@dataclass
class Comparison:
    """A reference, and what was wrong with it.

    Parameters
    ----------
    reference
        As it was given; its rows are measured when somebody asks for its profile.
    reading
        How to read the rows; the reference is read whole, whatever partition is judged.
    moment
        For which the checks stand.
    settings
        How much of the machine measuring may take.
    trouble
        Verdicts on the reference itself.
    """

    reference: Reference
    reading: Reading
    moment: datetime
    settings: Settings
    trouble: list[Verdict] = field(default_factory=list)

    @property
    def info(self) -> ReferenceInfo | None:
        """What a report says of it; nothing when there is none."""
        profile = self.reference.profile
        if profile is None:
            return None
        return ReferenceInfo(
            name=self.reference.name, source=profile.source, taken_at=profile.taken_at, rows=profile.rows
        )

    def profile(self, checks: Sequence[Check], runbook: str | None, like: Profile | None = None) -> Profile | None:
        """Return the profile to compare with, on the bins of another where one is given; None when there is none."""
        if self.reference.rows is not None:
            try:
                self.reference, table = self._measured(checks, like)
            except (SourceError, EngineError) as failed:
                self.reference = Reference(self.reference.name)
                self.trouble.append(unreadable("reference", str(failed), runbook))
            else:
                verdict = files_verdict(table, runbook, "reference")
                self.trouble += [verdict] if verdict else []
        return self.reference.profile

    def _measured(self, checks: Sequence[Check], like: Profile | None) -> tuple[Reference, Table]:
        """Return the reference with the facts measured that the checks may compare."""
        rows = self.reference.rows
        with engine_for(rows, self.settings) as engine:

            def taken(table: Table) -> tuple[Reference, Table]:
                planned = plan(checks, table.schema, self.moment, like)
                compared = tuple(each for each in planned.measurements if not isinstance(each, _OF_THE_STAGE))
                wanted = Plan((), compared, planned.open_shapes)
                return Reference(self.reference.name, measure_stage(engine, table, wanted, {})), table

            return measured(engine, rows, replace(self.reading, partition={}), taken)
