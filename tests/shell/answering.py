"""Answering what approvals ask, as Airflow's page and its scheduler do; in the process of `dag.test`, not a worker."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

ADA: Any = SimpleNamespace(get_id=lambda: "7", get_name=lambda: "Ada")


def answer_questions(dag_run: Any, answers: Mapping[str, str]) -> None:
    """Answer what a DAG run asks, and take the defaults of questions whose time is over.

    Parameters
    ----------
    dag_run
        Which run.
    answers
        Task id, without its group, to the label that is chosen; other questions are left alone.
    """
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    asked = {"dag_id": dag_run.dag_id, "run_id": dag_run.run_id, "state": "awaiting_input"}
    with create_session() as session:
        for ti in session.scalars(select(TaskInstance).filter_by(**asked)).all():
            if label := answers.get(ti.task_id.rpartition(".")[2]):
                answer(ti, label, session)
    take_defaults()


def answer(ti: Any, label: str, session: Any) -> None:
    """Answer the question of a task instance, as Ada."""
    from airflow.api_fastapi.core_api.datamodels.hitl import UpdateHITLDetailPayload
    from airflow.api_fastapi.core_api.routes.public.hitl import update_hitl_detail

    update_hitl_detail(
        dag_id=ti.dag_id,
        dag_run_id=ti.run_id,
        task_id=ti.task_id,
        map_index=ti.map_index,
        update_hitl_detail_payload=UpdateHITLDetailPayload(chosen_options=[label]),
        user=ADA,
        session=session,
    )


def take_defaults() -> None:
    """Do what the scheduler does now and then: take the defaults of questions whose time is over."""
    from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
    from airflow.utils.session import create_session

    scheduler: Any = SimpleNamespace(log=logging.getLogger(__name__))
    with create_session() as session:
        SchedulerJobRunner.check_awaiting_input_timeouts(scheduler, session=session)
