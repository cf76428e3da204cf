"""What gates of the same run found: their reports, and why one is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_mlquality.operators.endings import WrongUsage

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_mlquality.report import Report
    from airflow_mlquality.store import Store

_ADDRESS = re.compile(r"runs/\S+\.json")
NOTHING = "it left no report: it was skipped, did not run, or failed before it had measured"


class Reports:
    """The reports of some gates.

    Attributes
    ----------
    by_gate
        What could be read; of a mapped gate there are several.
    missing
        Why there is no report, by gate; also where only some are there.
    addresses
        Where they lie, by gate.
    """

    def __init__(self, context: Context, store: Store) -> None:
        self.by_gate: dict[str, list[Report]] = {}
        self.missing: dict[str, str] = {}
        self.addresses: dict[str, list[str]] = {}
        self._context = context
        self._store = store

    @classmethod
    def of(cls, gates: Sequence[Any], context: Context, store: Store) -> Reports:
        """Read the reports of gates.

        Parameters
        ----------
        gates
            Ids of tasks upstream; or what gates returned; or addresses of reports.
        context
            Of the task.
        store
            Where reports are kept.

        Raises
        ------
        WrongUsage
            When a gate is none.
        StoreError
            When the store cannot be reached.
        """
        reports = cls(context, store)
        for place, gate in enumerate(gates):
            reports.add(gate, f"gates[{place}]")
        return reports

    def add(self, gate: Any, place: str) -> None:
        """Read the reports of one gate."""
        if isinstance(gate, str) and gate and not _ADDRESS.fullmatch(gate):
            self._of_task(gate)
        elif isinstance(gate, str) and gate:
            self._read(gate, "")
        elif isinstance(gate, Mapping):
            self._of_summary(gate, place)
        elif gate is None or gate == "":
            self.missing[place] = NOTHING
        else:
            msg = f"{place}: {type(gate).__name__} is no gate. Give the id of a task upstream, also of a mapped one"
            raise WrongUsage(msg)

    def _of_task(self, task_id: str) -> None:
        """Read what a task upstream has left; of a mapped one all, for one that left nothing must not be overlooked."""
        from airflow_mlquality.operators.audited import REPORT_KEY

        ti = self._context["ti"]
        gate = self._upstream(task_id)
        if not (gate.is_mapped or gate.get_closest_mapped_task_group()):
            self._of_summary(ti.xcom_pull(task_ids=task_id, key=REPORT_KEY, map_indexes=-1), task_id)
            return
        group = gate.get_closest_mapped_task_group()
        if not gate.is_mapped and group is self._context["task"].get_closest_mapped_task_group():
            self._of_summary(ti.xcom_pull(task_ids=task_id, key=REPORT_KEY, map_indexes=ti.map_index), task_id)
            return
        states = ti.get_task_states(dag_id=ti.dag_id, task_ids=[task_id], run_ids=[ti.run_id]).get(ti.run_id, {})
        instances = sum(state != "removed" for state in states.values())
        found = ti.xcom_pull(task_ids=[task_id], key=REPORT_KEY) or []
        summaries = [summary for summary in found if isinstance(summary, Mapping)]
        for summary in summaries:
            self._of_summary(summary, task_id)
        if len(summaries) != instances or not summaries:
            self.missing[task_id] = f"only {len(summaries):,} of its {instances:,} mapped instances left a report"

    def _upstream(self, task_id: str) -> Any:
        from airflow_mlquality.errors import did_you_mean

        dag, task = self._context["dag"], self._context["task"]
        if task_id not in dag.task_ids:
            raise WrongUsage(f"gates: there is no task '{task_id}' in this DAG.{did_you_mean(task_id, dag.task_ids)}")
        if task_id not in task.get_flat_relative_ids(upstream=True):
            msg = f"gates: '{task_id}' is not upstream of {task.task_id}, which would not wait for it. Put it upstream"
            raise WrongUsage(msg)
        return dag.get_task(task_id)

    def _of_summary(self, summary: Any, name: str) -> None:
        if not isinstance(summary, Mapping):
            self.missing[name] = NOTHING
        elif not summary.get("report"):
            self.missing[name] = "its report could not be kept"
        else:
            self._read(str(summary["report"]), "" if name.startswith("gates[") else name)

    def _read(self, address: str, name: str) -> None:
        """Read a report; one that is not there, or damaged, is missing. Of a store that is away nothing can be told."""
        from airflow_mlquality.errors import StoreError

        try:
            report = self._store.read_report(address)
        except StoreError as absent:
            self._store.addresses(address.split("/")[:-1])  # raises when the store is away
            self.missing[name or address] = str(absent)
        except (AttributeError, KeyError, TypeError, ValueError) as broken:
            self.missing[name or address] = str(StoreError.damaged(address, type(broken).__name__))
        else:
            gate = name or report.subject.get("task_id") or report.contract.name
            self.by_gate.setdefault(gate, []).append(report)
            self.addresses.setdefault(gate, []).append(address)
