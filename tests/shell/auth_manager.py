"""An auth manager with rights per DAG, which Airflow's simple one does not have."""

from __future__ import annotations

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager


class ReaderOfOneDag(SimpleAuthManager):
    """User `x` may read the XComs of DAG `x`, and nothing else; a request for all DAGs is granted to everybody."""

    def is_authorized_dag(self, *, method, user, access_entity=None, details=None):
        if details is None or details.id is None:
            return True
        return method == "GET" and access_entity is DagAccessEntity.XCOM and details.id == user.username
