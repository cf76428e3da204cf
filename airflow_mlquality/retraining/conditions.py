"""Reasons to train a model anew, each judged from the runs of a gate that nobody has acted on yet."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, ClassVar

from airflow_mlquality.errors import UsageError, cut
from airflow_mlquality.retraining.evidence import Evidence, in_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from airflow_mlquality.history import Finding, Run
    from airflow_mlquality.retraining.evidence import Past

MOST_CHECKS = 5
BAD = {"warn": ("warn", "fail"), "fail": ("fail",)}
"""Which outcomes count, by the mildest of them."""


@dataclass(frozen=True, kw_only=True)
class Condition(ABC):
    """One reason.

    Parameters
    ----------
    gate
        Whose runs it is about, as in ``dag_id/task_id``; empty for each of the watched gates.
    """

    gate: str = ""
    name: ClassVar[str]

    @property
    def reach(self) -> int | None:
        """How many of the latest runs it looks at; None for all that nobody has acted on."""
        return None

    @abstractmethod
    def judge(self, gate: str, runs: Sequence[Run], past: Past) -> Evidence:
        """Return what the runs of a gate say.

        Parameters
        ----------
        gate
            Whose.
        runs
            About moments after the last firing and up to now, the latest first.
        past
            What was done before.
        """

    def found(self, gate: str, what: str, speaking: Sequence[Run], *, is_met: bool) -> Evidence:
        """Return evidence."""
        return Evidence(
            condition=self.name,
            gate=gate,
            is_met=is_met,
            what=what,
            since=min((run.at for run in speaking), default=""),
            runs=tuple({"run_id": run.run_id, "at": run.at, "report": run.report} for run in speaking),
        )


@dataclass(frozen=True, kw_only=True)
class Persistent(Condition):
    """Checks of a kind that did not pass in `k` of the last `n` runs. A run whose source could not be read is no run.

    Parameters
    ----------
    persistence
        ``(k, n)``.
    at_least
        The mildest outcome that counts: `warn` or `fail`.
    checks
        Ids of the checks that count, as in reports; ``*`` stands for anything. None given: all of the kind.
    """

    persistence: tuple[int, int] = (1, 1)
    at_least: str = "warn"
    checks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        k, n = self.persistence
        if not 1 <= k <= n:
            raise UsageError.no_persistence(k, n)
        if self.at_least not in BAD:
            raise UsageError.unknown_choice("at_least", self.at_least, BAD)
        checks: str | tuple[str, ...] = self.checks
        if isinstance(checks, str):
            object.__setattr__(self, "checks", (checks,))

    @property
    def reach(self) -> int:
        """How many of the latest runs it looks at; some of them may be no runs."""
        return 2 * self.persistence[1] + 10

    @abstractmethod
    def is_of_kind(self, finding: Finding) -> bool:
        """Return whether a verdict is of the kind."""

    def judge(self, gate: str, runs: Sequence[Run], past: Past) -> Evidence:  # noqa: ARG002  others ask the past
        """Count the runs that speak for it."""
        k, n = self.persistence
        measured = [run for run in runs if run.rows is not None][:n]
        speaking = [run for run in measured if self._named(run)]
        ids = sorted({name for run in speaking for name in self._named(run)})
        more = f" and {len(ids) - MOST_CHECKS:,} more" if len(ids) > MOST_CHECKS else ""
        named = f": {', '.join(map(cut, ids[:MOST_CHECKS]))}{more}" if ids else ""
        count = f"{len(speaking)} of the last {len(measured)} runs of {gate}"
        what = f"{self.name.replace('_', ' ')} in {count}, {k} of {n} needed{named}"
        return self.found(gate, what, speaking, is_met=len(speaking) >= k)

    def _named(self, run: Run) -> list[str]:
        return [
            finding.id
            for finding in run.findings
            if finding.outcome in BAD[self.at_least] and self.is_of_kind(finding) and self._counts(finding)
        ]

    def _counts(self, finding: Finding) -> bool:
        return not self.checks or any(fnmatchcase(finding.id, pattern) for pattern in self.checks)


@dataclass(frozen=True, kw_only=True)
class Drifted(Persistent):
    """Columns, or how they hang together, are no longer distributed as in the reference."""

    name: ClassVar[str] = "drift"

    def is_of_kind(self, finding: Finding) -> bool:
        """Return whether a check of the family `drift` found it."""
        return finding.family == "drift"


@dataclass(frozen=True, kw_only=True)
class LabelsShifted(Persistent):
    """The classes are no longer as frequent as they were."""

    name: ClassVar[str] = "label_shift"

    def is_of_kind(self, finding: Finding) -> bool:
        """Return whether the check `label_shift` or `prior` found it."""
        return finding.check in ("label_shift", "prior")


@dataclass(frozen=True, kw_only=True)
class Underperformed(Persistent):
    """A number that tells how the model does is out of its bounds: a `kpi`, or the checks that are named."""

    at_least: str = "fail"
    name: ClassVar[str] = "performance"

    def is_of_kind(self, finding: Finding) -> bool:
        """Return whether the check `kpi` found it, or one that is named."""
        return bool(self.checks) or finding.check == "kpi"


@dataclass(frozen=True, kw_only=True)
class ContractChanged(Condition):
    """The contract is another one than at the last firing; before the first, than in the earliest run that is known."""

    name: ClassVar[str] = "contract"

    def judge(self, gate: str, runs: Sequence[Run], past: Past) -> Evidence:
        """Compare the digest of the latest run."""
        before = past.digests.get(gate) or (runs[-1].digest if runs else "")
        if not runs or runs[0].digest == before:
            return self.found(gate, f"the contract of {gate} is as it was", (), is_met=False)
        speaking = [run for run in runs if run.digest != before]
        what = f"the contract of {gate} changed from {before} to {runs[0].digest}"
        return self.found(gate, what, speaking, is_met=True)


@dataclass(frozen=True, kw_only=True)
class NewLabels(Condition):
    """So many new rows passed the gate since the last firing.

    Parameters
    ----------
    rows
        How many. Those of runs that were stopped, or failed, do not count.
    """

    rows: int
    name: ClassVar[str] = "new_labels"

    def judge(self, gate: str, runs: Sequence[Run], past: Past) -> Evidence:  # noqa: ARG002  others ask the past
        """Add up the rows of good runs."""
        speaking = [run for run in runs if run.is_good and run.rows]
        count = sum(run.rows or 0 for run in speaking)
        what = f"{count:,} new rows in {len(speaking)} good runs of {gate}, {self.rows:,} needed"
        return self.found(gate, what, speaking, is_met=count >= self.rows)


@dataclass(frozen=True, kw_only=True)
class Age(Condition):
    """The model was last trained so long ago.

    Parameters
    ----------
    after
        How long.
    since
        When it was trained first; needed until there is a first firing.
    """

    after: timedelta
    since: datetime | None = None
    name: ClassVar[str] = "age"

    @property
    def reach(self) -> int:
        """It looks at no run."""
        return 0

    def judge(self, gate: str, runs: Sequence[Run], past: Past) -> Evidence:  # noqa: ARG002  the clock alone decides
        """Compare the age at the moment that it is asked for."""
        trained = max((each for each in (past.fired, self.since) if each is not None), default=None)
        if trained is None:
            what = "the model's age is unknown: it was never trained because of this. Give since="
            return Evidence(condition=self.name, gate="", is_met=False, what=what)
        age = past.at - trained
        what = f"the model is {in_days(age)} days old, {in_days(self.after)} needed"
        return Evidence(
            condition=self.name, gate="", is_met=age >= self.after, what=what, since=trained.isoformat(), runs=()
        )
