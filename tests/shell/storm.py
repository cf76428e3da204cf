"""Instances of one mapped gate that all end at once, told by one notifier: threads of this process.

Usage: storm.py FOLDER FIRST COUNT WORKERS. Waits until as many workers are ready.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from airflow_mlquality.audit import audit
from airflow_mlquality.history import History, run_of
from airflow_mlquality.notifications import QualityWebhookNotifier
from airflow_mlquality.operators.audited import Audited
from airflow_mlquality.store import Store

CONTRACT = {"version": 1, "contract": "people", "columns": {"age": {"between": {"min": 16, "max": 110}}}}
AT = "2026-03-01T00:00:00+00:00"


def main(folder: Path, first: int, count: int, workers: int) -> None:
    """End that many instances, all bad."""
    rows = folder / f"rows{first}.csv"
    rows.write_text("age\n20\n98765\n")
    store = Store(str(folder / "store"))
    report = audit(CONTRACT, str(rows))
    notifier = QualityWebhookNotifier("chat", format="json", settling=5.0)
    (folder / f"ready{first}").touch()
    while len(list(folder.glob("ready*"))) < workers:
        time.sleep(0.05)

    def end(index: int) -> None:
        names = {"dag_id": "d", "task_id": "gate", "run_id": "r", "map_index": str(index), "try_number": "1"}
        found = replace(report, subject={**names, "at": AT, "since": AT})
        address = store.write_report(found)
        History.of(store, found.subject).remember(run_of(found, address))
        audited = Audited(report=found, summary=found.summary(address), store=store)
        ti = SimpleNamespace(dag_id="d", task_id="gate", run_id="r", map_index=index, try_number=1)
        notifier({"ti": ti, "quality_audited": audited, "quality_stops": True, "quality_retried": False})

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(end, range(first, first + count)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
