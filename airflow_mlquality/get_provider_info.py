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


def get_provider_info() -> dict[str, Any]:
    """Return the provider's description."""
    return {
        "package-name": "airflow-provider-mlquality",
        "name": "ML Quality",
        "description": "Quality gates for ML pipelines: a gate measures a stage once, judges the facts, and decides "
        "what the DAG does next.",
        "operators": [{"integration-name": "ML Quality", "python-modules": ["airflow_mlquality.operators"]}],
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
