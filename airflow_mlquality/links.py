"""The extra link of a task: its quality report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


class ReportLink(BaseOperatorLink):
    """A link to the page of a task's report.

    Airflow asks for it in the worker when the task has ended, however it ended. It leads to the bare page: the page
    inside Airflow's frame is closed to roles that may not list plugins.
    """

    name = "Quality report"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:  # noqa: ARG002  Airflow's signature
        """Return the address of the page, under the prefix of this Airflow."""
        from airflow_mlquality.operators.settings import base_path

        return base_path() + report_path(ti_key.dag_id, ti_key.task_id, ti_key.run_id, ti_key.map_index)


def report_path(dag_id: str, task_id: str, run_id: str, map_index: int | None = -1) -> str:
    """Return the path of a report's page.

    >>> report_path("flights", "gate", "manual__2026-01-01T00:00:00+00:00")
    '/mlquality/runs/flights/gate/manual__2026-01-01T00%3A00%3A00%2B00%3A00/-1/report'
    """
    from airflow_mlquality.store import segment

    parts = (dag_id, task_id, run_id, str(-1 if map_index is None else map_index))
    return f"/mlquality/runs/{'/'.join(segment(part) for part in parts)}/report"
