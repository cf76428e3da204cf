"""One gate run as one JSON value: contract, profile, verdicts, decision."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_mlquality.decision import Decision
from airflow_mlquality.profile import Profile
from airflow_mlquality.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = "mlquality.report/1"
SUMMARY_BYTES = 16_000
"""A summary fits into an XCom of 16 KB."""


@dataclass(frozen=True, kw_only=True)
class ContractInfo:
    """What a report keeps of its contract."""

    name: str
    origin: str = ""
    """Its file, or how it was given."""
    digest: str = ""
    """SHA-256 of its content, the first 12 hexadecimal digits."""
    owner: str | None = None
    runbook: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReferenceInfo:
    """What a report keeps of its reference."""

    name: str
    source: str
    taken_at: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What measuring took."""

    seconds: float = 0.0
    queries: int = 0
    scans: int = 0
    """How often the rows were read."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """One gate run.

    Parameters
    ----------
    contract, reference
        What was asked, and what was compared with.
    profile
        The measured facts.
    verdicts
        In the order of the contract.
    decision
        What the policy makes of them.
    started_at
        ISO 8601 in UTC.
    environment
        Such as `serve`; empty when none was named.
    subject
        Which task it was: `dag_id`, `run_id`, `task_id`, `map_index`, `try_number`; empty outside Airflow.
    """

    contract: ContractInfo
    profile: Profile
    verdicts: tuple[Verdict, ...]
    decision: Decision
    started_at: str
    reference: ReferenceInfo | None = None
    environment: str = ""
    subject: Mapping[str, str] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)

    @property
    def outcome(self) -> Outcome:
        """The worst outcome."""
        return self.decision.outcome

    @property
    def rows(self) -> int | None:
        """How many rows were measured; None when the source could not be read."""
        from airflow_mlquality.measurements import RowCount

        return self.profile.facts.get(RowCount())

    def counts(self) -> dict[str, int]:
        """Return how many verdicts have each outcome, the worst first, none left out that occurs."""
        counter = Counter(verdict.outcome for verdict in self.verdicts)
        return {outcome.value: counter[outcome] for outcome in reversed(Outcome) if counter[outcome]}

    def worst_first(self) -> list[Verdict]:
        """Return the verdicts, the most severe first, else in the order of the contract."""
        return sorted(self.verdicts, key=lambda verdict: -verdict.outcome.severity)

    def headline(self) -> str:
        """Return the one line that people read first.

        Such as ``FAIL flights_features: 2 fail, 12 pass of 14 checks on 831 rows; decision: stop``.
        """
        counted = ", ".join(f"{count} {outcome}" for outcome, count in self.counts().items())
        rows = "unread rows" if self.rows is None else f"{self.rows:,} row{'' if self.rows == 1 else 's'}"
        number = len(self.verdicts)
        checks = f"{number} check{'' if number == 1 else 's'}"
        line = f"{self.outcome.upper()} {self.contract.name}: {counted or 'nothing'} of {checks} on {rows}"
        return f"{line}; decision: {self.decision.action.value}"

    def summary(self, address: str = "") -> dict[str, Any]:
        """Return what travels by XCom: at most 16 KB, the worst verdicts first, the rest counted.

        Parameters
        ----------
        address
            Where the whole report lies.
        """
        bad = [verdict for verdict in self.worst_first() if verdict.outcome is not Outcome.PASS]
        summary: dict[str, Any] = {
            "contract": self.contract.name[:200],
            "digest": self.contract.digest,
            "outcome": self.outcome.value,
            "decision": self.decision.action.value,
            "rows": self.rows,
            "counts": self.counts(),
            "report": address,
            "headline": self.headline()[:500],
            "verdicts": [],
            "verdicts_left_out": len(bad),
        }
        size = len(json.dumps(summary))
        for verdict in bad:
            entry = {"id": verdict.id[:200], "outcome": verdict.outcome.value, "reason": verdict.reason[:500]}
            size += len(json.dumps(entry)) + 2
            if size > SUMMARY_BYTES:
                break
            summary["verdicts"].append(entry)
            summary["verdicts_left_out"] -= 1
        return summary

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object; `from_json` reads it back."""
        return {
            "format": FORMAT,
            "contract": asdict(self.contract),
            "started_at": self.started_at,
            "environment": self.environment,
            "subject": dict(self.subject),
            "cost": asdict(self.cost),
            "reference": asdict(self.reference) if self.reference else None,
            "decision": self.decision.to_json(),
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
            "profile": self.profile.to_json(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Report:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            When it is no report, or one of another format.
        """
        if value.get("format") != FORMAT:
            msg = f"its format is {value.get('format')!r}, not {FORMAT!r}"
            raise ValueError(msg)
        return cls(
            contract=ContractInfo(**value["contract"]),
            started_at=value["started_at"],
            environment=value["environment"],
            subject=value["subject"],
            cost=Cost(**value["cost"]),
            reference=ReferenceInfo(**value["reference"]) if value["reference"] else None,
            decision=Decision.from_json(value["decision"]),
            verdicts=tuple(Verdict.from_json(verdict) for verdict in value["verdicts"]),
            profile=Profile.from_json(value["profile"]),
        )

    def dumps(self) -> str:
        """Return the report as one line of JSON."""
        return json.dumps(self.to_json(), separators=(",", ":"), allow_nan=False)
