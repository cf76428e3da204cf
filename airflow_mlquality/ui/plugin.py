"""What Airflow mounts: the app, and the tab of a task instance."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping


class LazyApp:
    """An ASGI app that is imported at its first request.

    Airflow imports plugins in every process, each task's among them; FastAPI and Airflow's security take seconds.
    """

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Answer a request."""
        await getattr(import_module(self.module), self.name)(scope, receive, send)


class MLQualityPlugin(AirflowPlugin):
    """Quality reports inside Airflow."""

    name = "mlquality"
    fastapi_apps = [  # noqa: RUF012  Airflow's way
        {"app": LazyApp("airflow_mlquality.ui.app", "app"), "url_prefix": "/mlquality", "name": "ML Quality"}
    ]
    external_views = [  # noqa: RUF012  Airflow's way
        {
            "name": "Quality",
            "url_route": "mlquality-report",
            "destination": "task_instance",
            # no slash at the start: the browser then resolves it under the prefix of this Airflow
            "href": "mlquality/runs/{DAG_ID}/{TASK_ID}/{RUN_ID}/{MAP_INDEX}/report",
        }
    ]
