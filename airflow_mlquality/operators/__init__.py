"""The tasks: thin operators that audit a stage and act on the decision; and where their rows may lie."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_mlquality.operators.approval import QualityApprovalOperator
    from airflow_mlquality.operators.assets import (
        RequireQualityOperator,
        good_events,
        publish_good_partitions,
        require_quality,
    )
    from airflow_mlquality.operators.branch import QualityBranchOperator
    from airflow_mlquality.operators.conservation import StageConservationOperator
    from airflow_mlquality.operators.drift import DriftCheckOperator
    from airflow_mlquality.operators.fallback import Candidate, Condition, ModelFallbackOperator
    from airflow_mlquality.operators.gate import QualityGateOperator
    from airflow_mlquality.operators.health import EndpointAnswers, MlflowReady
    from airflow_mlquality.operators.labels import LabelPriorCheckOperator
    from airflow_mlquality.operators.merge import MergeProfilesOperator
    from airflow_mlquality.operators.plausibility import PlausibilityCheckOperator
    from airflow_mlquality.operators.profile import ProfileOperator
    from airflow_mlquality.operators.quarantine import QuarantineOperator
    from airflow_mlquality.operators.schema import SchemaCheckOperator
    from airflow_mlquality.operators.spark import Spark
    from airflow_mlquality.operators.sql import Sql
    from airflow_mlquality.operators.targets import AirflowVariable, HttpEndpoint, MlflowAlias

__all__ = [
    "AirflowVariable",
    "Candidate",
    "Condition",
    "DriftCheckOperator",
    "EndpointAnswers",
    "HttpEndpoint",
    "LabelPriorCheckOperator",
    "MergeProfilesOperator",
    "MlflowAlias",
    "MlflowReady",
    "ModelFallbackOperator",
    "PlausibilityCheckOperator",
    "ProfileOperator",
    "QualityApprovalOperator",
    "QualityBranchOperator",
    "QualityGateOperator",
    "QuarantineOperator",
    "RequireQualityOperator",
    "SchemaCheckOperator",
    "Spark",
    "Sql",
    "StageConservationOperator",
    "good_events",
    "publish_good_partitions",
    "require_quality",
]

_MODULES = {
    "AirflowVariable": "targets",
    "Candidate": "fallback",
    "Condition": "fallback",
    "DriftCheckOperator": "drift",
    "EndpointAnswers": "health",
    "HttpEndpoint": "targets",
    "LabelPriorCheckOperator": "labels",
    "MergeProfilesOperator": "merge",
    "MlflowAlias": "targets",
    "MlflowReady": "health",
    "ModelFallbackOperator": "fallback",
    "PlausibilityCheckOperator": "plausibility",
    "ProfileOperator": "profile",
    "QualityApprovalOperator": "approval",
    "QualityBranchOperator": "branch",
    "QualityGateOperator": "gate",
    "QuarantineOperator": "quarantine",
    "RequireQualityOperator": "assets",
    "SchemaCheckOperator": "schema",
    "Spark": "spark",
    "Sql": "sql",
    "StageConservationOperator": "conservation",
    "good_events": "assets",
    "publish_good_partitions": "assets",
    "require_quality": "assets",
}


def __getattr__(name: str) -> object:
    """Import a class when it is first asked for."""
    if name not in _MODULES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
