"""Who may read a report: somebody who is logged in and may read the XComs of its DAG."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, HTTPException, Request  # noqa: TID253  imported only when a page is asked for

User = Annotated[BaseUser, Depends(get_user)]


def dag_reader(dag_id: str, user: User) -> BaseUser:
    """Return the user if they may read the DAG's reports.

    An unknown DAG is refused like a forbidden one, so that ids do not leak; Airflow itself would say yes to an id
    that it never heard of, and takes ``~`` for all DAGs.
    """
    details = _details(dag_id)
    # a report is data that the task produced: it takes the same right as its XComs
    if details is None or not get_auth_manager().is_authorized_dag(
        method="GET", access_entity=DagAccessEntity.XCOM, details=details, user=user
    ):
        raise HTTPException(403, "Forbidden")
    return user


def login_url(request: Request) -> str:
    """Return where somebody logs in, to come back to the page that they asked for."""
    return get_auth_manager().get_url_login(next_url=str(request.url))


def _details(dag_id: str) -> DagDetails | None:
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session

    with create_session() as session:
        if session.get(DagModel, dag_id) is None:
            return None
        has_teams = "team_name" in {field.name for field in fields(DagDetails)}
        team: dict[str, Any] = {"team_name": DagModel.get_team_name(dag_id, session=session)} if has_teams else {}
        return DagDetails(id=dag_id, **team)


DagReader = Annotated[BaseUser, Depends(dag_reader)]
