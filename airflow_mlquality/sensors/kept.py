"""What a sensor found when it last measured, kept in the store.

Between two looks the task may sleep in the triggerer, or be scheduled anew, and wakes in another process. XComs do not
last that long. One document for each measuring; a try begins afresh.

::

    <root>/waiting/<dag>/<task>/<run>/<map index>/<try>/<moment>-<random>.json
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from airflow_mlquality.report import Report
    from airflow_mlquality.store import Store

FORMAT = "mlquality.waiting/1"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the last measuring found.

    Parameters
    ----------
    seen
        Fingerprint of the sources before they were measured; empty when they have none.
    contract
        Digest of the contract.
    verdicts
        Digest of the verdicts' outcomes: reports of which it is the same say the same.
    reason
        Why it is not what is waited for.
    report
        Address of the report that says so.
    """

    seen: str = ""
    contract: str = ""
    verdicts: str = ""
    reason: str = ""
    report: str = ""

    @classmethod
    def latest(cls, store: Store, ti: Any) -> Self | None:
        """Return what the last measuring of a task's try found; None when it did not measure yet."""
        from airflow_mlquality.sensors.seeing import refresh

        refresh(store)
        addresses = store.addresses(folder_of(ti))
        if not addresses:
            return None
        read = store.read_document(addresses[-1])
        return cls(**{name: value for name, value in read.items() if name != "format"})

    def keep(self, store: Store, ti: Any) -> None:
        """Keep it."""
        store.write_document(folder_of(ti), json.dumps({"format": FORMAT, **asdict(self)}))


def folder_of(ti: Any) -> list[str]:
    """Return where the documents of a task's try lie."""
    from airflow_mlquality.store import segment

    index = -1 if ti.map_index is None else ti.map_index
    return ["waiting", *map(segment, (ti.dag_id, ti.task_id, ti.run_id, str(index), str(ti.try_number)))]


def verdicts_digest(report: Report) -> str:
    """Return what is the same for two reports that say the same."""
    from airflow_mlquality.engines.fingerprints import digest

    said = [[verdict.id, verdict.outcome.value] for verdict in report.verdicts]
    return digest([report.decision.action.value, sorted(said)])
