"""The tasks: thin operators that audit a stage and act on the decision; and where their rows may lie."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_mlquality.operators.branch import QualityBranchOperator
    from airflow_mlquality.operators.drift import DriftCheckOperator
    from airflow_mlquality.operators.gate import QualityGateOperator
    from airflow_mlquality.operators.labels import LabelPriorCheckOperator
    from airflow_mlquality.operators.merge import MergeProfilesOperator
    from airflow_mlquality.operators.plausibility import PlausibilityCheckOperator
    from airflow_mlquality.operators.profile import ProfileOperator
    from airflow_mlquality.operators.schema import SchemaCheckOperator
    from airflow_mlquality.operators.spark import Spark
    from airflow_mlquality.operators.sql import Sql

__all__ = [
    "DriftCheckOperator",
    "LabelPriorCheckOperator",
    "MergeProfilesOperator",
    "PlausibilityCheckOperator",
    "ProfileOperator",
    "QualityBranchOperator",
    "QualityGateOperator",
    "SchemaCheckOperator",
    "Spark",
    "Sql",
]

_MODULES = {
    "DriftCheckOperator": "drift",
    "LabelPriorCheckOperator": "labels",
    "MergeProfilesOperator": "merge",
    "PlausibilityCheckOperator": "plausibility",
    "ProfileOperator": "profile",
    "QualityBranchOperator": "branch",
    "QualityGateOperator": "gate",
    "SchemaCheckOperator": "schema",
    "Spark": "spark",
    "Sql": "sql",
}


def __getattr__(name: str) -> object:
    """Import a class when it is first asked for."""
    if name not in _MODULES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
