"""What became of earlier runs of a gate: small documents beside the reports, ordered by the moment that a run is about.

::

    <root>/history/<dag>/<task>/<map index>/<moment>~<run>/<written>-<random>.json

The moment is that of the data (the end of a run's data interval, or its partition's date), not when somebody ran it.
So a backfilled day stands where it belongs and is compared with what came before it, and a rerun takes the place of
the run that it repeats: both are documents of one folder, and the newest counts.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_mlquality.errors import StoreError, UnreachableStoreError
from airflow_mlquality.store import segment
from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from airflow_mlquality.report import Report
    from airflow_mlquality.store import Store

FORMAT = "mlquality.run/1"
MOST_FINDINGS = 1_000
"""Of a run with more bad verdicts, the worst are kept."""
_MOMENT = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A verdict that was no pass, as the history knows it."""

    id: str
    check: str
    family: str
    outcome: str
    observed: float | None = None
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of a gate, as its history knows it.

    Parameters
    ----------
    dag_id, task_id, map_index, run_id
        Which one.
    at, since
        ISO 8601 in UTC: the end and the start of the data interval; the same moment where a run has no interval.
    partition_key
        Of a partitioned run; else empty.
    contract, digest
        Name and content of the contract.
    outcome, decision
        Of the report.
    rows
        None when the source could not be read.
    report
        Address of the report.
    written_at
        ISO 8601 in UTC: when this was written.
    findings
        Verdicts that were no pass, the worst first.
    """

    dag_id: str
    task_id: str
    map_index: int
    run_id: str
    at: str
    since: str
    contract: str
    digest: str
    outcome: str
    decision: str
    rows: int | None
    report: str
    written_at: str
    partition_key: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def moment(self) -> datetime:
        """The moment that the run is about."""
        return datetime.fromisoformat(self.at)

    @property
    def is_good(self) -> bool:
        """Whether the DAG went on and nothing failed: only such a run is a reference for others."""
        return self.decision == "proceed" and self.outcome not in (Outcome.FAIL, Outcome.ERROR)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object; `from_json` reads it back."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Run:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            When it is no run of this format.
        """
        if value.get("format") != FORMAT:
            msg = f"its format is {value.get('format')!r}, not {FORMAT!r}"
            raise ValueError(msg)
        read = {name: each for name, each in value.items() if name != "format"}
        return cls(**{**read, "findings": tuple(Finding(**finding) for finding in read["findings"])})


def run_of(report: Report, address: str) -> Run | None:
    """Return what the history keeps of a report; None of one that belongs to no task.

    Parameters
    ----------
    report
        Its `subject` names `dag_id`, `task_id`, `map_index`, `run_id`, `at` and `since`.
    address
        Where it is kept.
    """
    subject = report.subject
    if not subject.get("dag_id"):
        return None
    at = subject.get("at") or report.started_at
    bad = [verdict for verdict in report.worst_first() if verdict.outcome is not Outcome.PASS]
    return Run(
        dag_id=subject["dag_id"],
        task_id=subject["task_id"],
        map_index=int(subject.get("map_index", "-1")),
        run_id=subject["run_id"],
        at=at,
        since=subject.get("since") or at,
        partition_key=subject.get("partition_key", ""),
        contract=report.contract.name,
        digest=report.contract.digest,
        outcome=report.outcome.value,
        decision=report.decision.action.value,
        rows=report.rows,
        report=address,
        written_at=datetime.now(UTC).isoformat(),
        findings=tuple(
            Finding(
                id=verdict.id,
                check=verdict.check,
                family=verdict.family,
                outcome=verdict.outcome.value,
                observed=verdict.observed,
                unit=verdict.unit,
            )
            for verdict in bad[:MOST_FINDINGS]
        ),
    )


class History:
    """The runs of one gate.

    Parameters
    ----------
    store
        Where reports are kept.
    dag_id, task_id, map_index
        Which gate.
    """

    def __init__(self, store: Store, dag_id: str, task_id: str, map_index: int = -1) -> None:
        self.store = store
        self._folder = ["history", *map(segment, (dag_id, task_id, str(map_index)))]

    @classmethod
    def of(cls, store: Store, subject: Mapping[str, str]) -> History:
        """Return the history of the gate that a report is for."""
        return cls(store, subject["dag_id"], subject["task_id"], int(subject.get("map_index", "-1")))

    def remember(self, run: Run) -> str:
        """Keep a run and return its address; a rerun takes the place of the run that it repeats."""
        place = f"{run.moment.astimezone(UTC).strftime(_MOMENT)}~{segment(run.run_id)}"
        return self.store.write_document([*self._folder, place], json.dumps(run.to_json(), separators=(",", ":")))

    def before(self, at: datetime | None = None) -> Iterator[Run]:
        """Yield the runs about moments before `at`, the latest first; a run that was repeated counts once.

        Parameters
        ----------
        at
            By default all runs.
        """
        limit = at.astimezone(UTC).strftime(_MOMENT) if at else None
        for place in sorted(self.store.folders(self._folder), reverse=True):
            if limit is None or place.split("~", 1)[0] < limit:
                run = self._newest([*self._folder, place])
                if run is not None:
                    yield run

    def upto(self, at: datetime) -> Iterator[Run]:
        """Yield the runs about `at` and before, the latest first."""
        for run in self.before():
            if run.moment <= at:
                yield run

    def _newest(self, folder: list[str]) -> Run | None:
        for address in reversed(self.store.addresses(folder)):
            try:
                return Run.from_json(self.store.read_document(address))
            except UnreachableStoreError:
                raise  # whoever asks must not take it for a gate that never ran
            except (StoreError, KeyError, TypeError, ValueError):
                continue  # written by another version, or damaged: the one before it still says what was
        return None


def last_passed(runs: Iterator[Run]) -> Run | None:
    """Return the latest good run."""
    return next((run for run in runs if run.is_good), None)


def previous_partition(runs: Iterator[Run], since: datetime) -> Run | None:
    """Return the run of the interval that ended where this one begins, if it was good.

    Parameters
    ----------
    runs
        The latest first.
    since
        Start of this run's data interval.
    """
    before = next((run for run in runs if run.moment <= since), None)
    adjacent = before is not None and (before.moment == since or before.at == before.since)
    return before if before is not None and adjacent and before.is_good else None


def same_weekday(runs: Iterator[Run], since: datetime) -> Run | None:
    """Return the latest good run whose data interval began on the same day of the week, in UTC."""
    day = since.astimezone(UTC).weekday()
    for run in runs:
        if run.is_good and datetime.fromisoformat(run.since).astimezone(UTC).weekday() == day:
            return run
    return None
