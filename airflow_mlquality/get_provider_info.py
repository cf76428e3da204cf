"""What Airflow reads about this provider."""

from __future__ import annotations

from typing import Any

_OPTIONS: dict[str, tuple[str, str, str]] = {
    "store": (
        """Where reports and profiles are kept: a folder, or a URL of object storage. Workers and API servers must all
        reach it. Empty: the folder mlquality under AIRFLOW_HOME.""",
        "s3://quality/reports",
        "",
    ),
    "store_conn_id": ("Airflow connection for a store that is a URL.", "aws_default", ""),
    "memory_limit": ("Memory that a gate may take for measuring; beyond it, it spills to disk.", "4GB", "2GB"),
    "threads": ("Threads that a gate may take. Empty: one per core.", "2", ""),
    "spill": ("Folder for what does not fit into memory. Empty: the system's temporary files.", "/mnt/spill", ""),
}
"""Description, example and default of each option."""

_MASKED = {"type": ["string", "null"], "format": "password"}
_TEXT = {"type": ["string", "null"]}
_NUMBER = {"type": ["number", "null"], "minimum": 0}
_FIELDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "token": ("Token", "Sent as Authorization: Bearer …; wins over login and password.", _MASKED),
    "health": ("Health path", "A GET of it answers 200 to 299 while the service is well, such as /health.", _TEXT),
    "timeout": ("Seconds for one answer", "By default 10.", _NUMBER),
    "retries": ("Retries", "How often it is asked again when it cannot answer; by default 3.", _NUMBER),
    "pause": ("First pause in seconds", "Before it is asked again, twice as long each time; by default 0.5.", _NUMBER),
    "verify": ("Certificate", "false, or the path of the authorities that it is checked with.", _TEXT),
}
"""Label, description and JSON schema of each field of a connection to a web service."""


_WEBHOOK: dict[str, Any] = {
    "connection-type": "mlquality_webhook",
    "hook-class-name": "airflow_mlquality.hooks.webhook.WebhookHook",
    "hook-name": "Webhook (ML Quality)",
    "ui-field-behaviour": {
        "hidden-fields": ["login"],
        "relabeling": {"host": "Address", "password": "Secret end of the address, or all of it", "schema": "Scheme"},
        "placeholders": {"host": "https://hooks.slack.com/services", "password": "T000/B000/XXXX"},
    },
    "conn-fields": {
        name: {"label": label, "description": description, "schema": schema}
        for name, (label, description, schema) in {
            "token": ("Token", "Sent as Authorization: Bearer …", _MASKED),
            "verify": ("Certificate", "false, or the path of the authorities that it is checked with.", _TEXT),
        }.items()
    },
}


def _web_connection(
    kind: str, hook: str, name: str, *, host: str, port: str, without: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return a connection type, and the form that Airflow shows for it."""
    return {
        "connection-type": kind,
        "hook-class-name": hook,
        "hook-name": name,
        "ui-field-behaviour": {
            "hidden-fields": [],
            "relabeling": {"schema": "Scheme"},
            "placeholders": {"host": host, "port": port, "schema": "https"},
        },
        "conn-fields": {
            field: {"label": label, "description": description, "schema": schema}
            for field, (label, description, schema) in _FIELDS.items()
            if field not in without
        },
    }


def get_provider_info() -> dict[str, Any]:
    """Return the provider's description."""
    return {
        "package-name": "airflow-provider-mlquality",
        "name": "ML Quality",
        "description": "Quality gates for ML pipelines: a gate measures a stage once, judges the facts, and decides "
        "what the DAG does next.",
        "operators": [{"integration-name": "ML Quality", "python-modules": ["airflow_mlquality.operators"]}],
        "sensors": [{"integration-name": "ML Quality", "python-modules": ["airflow_mlquality.sensors"]}],
        "triggers": [{"integration-name": "ML Quality", "python-modules": ["airflow_mlquality.triggers"]}],
        "connection-types": [
            _web_connection(
                "mlquality_endpoint",
                "airflow_mlquality.hooks.endpoint.EndpointHook",
                "Model endpoint (ML Quality)",
                host="models.example.com",
                port="443",
            ),
            _web_connection(
                "mlquality_mlflow",
                "airflow_mlquality.hooks.mlflow.MlflowHook",
                "MLflow (ML Quality)",
                host="mlflow.example.com",
                port="5000",
                without=("health",),
            ),
            _WEBHOOK,
        ],
        "notifications": ["airflow_mlquality.notifications.webhook.QualityWebhookNotifier"],
        "task-decorators": [
            {"name": "quality_gate", "class-name": "airflow_mlquality.decorators.gate.quality_gate_task"},
            {"name": "profile", "class-name": "airflow_mlquality.decorators.profile.profile_task"},
        ],
        "extra-links": ["airflow_mlquality.links.ReportLink"],
        "plugins": [{"name": "mlquality", "plugin-class": "airflow_mlquality.ui.plugin.MLQualityPlugin"}],
        "config": {
            "mlquality": {
                "description": "Quality gates.",
                "options": {
                    name: {
                        "description": " ".join(description.split()),
                        "version_added": "0.1.0",
                        "type": "string",
                        "example": example,
                        "default": default,
                    }
                    for name, (description, example, default) in _OPTIONS.items()
                },
            }
        },
    }
