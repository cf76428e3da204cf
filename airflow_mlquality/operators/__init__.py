"""The tasks: thin operators that audit a stage and act on the decision."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_mlquality.operators.branch import QualityBranchOperator
    from airflow_mlquality.operators.drift import DriftCheckOperator
    from airflow_mlquality.operators.gate import QualityGateOperator
    from airflow_mlquality.operators.labels import LabelPriorCheckOperator
    from airflow_mlquality.operators.plausibility import PlausibilityCheckOperator
    from airflow_mlquality.operators.profile import ProfileOperator
    from airflow_mlquality.operators.schema import SchemaCheckOperator

__all__ = [
    "DriftCheckOperator",
    "LabelPriorCheckOperator",
    "PlausibilityCheckOperator",
    "ProfileOperator",
    "QualityBranchOperator",
    "QualityGateOperator",
    "SchemaCheckOperator",
]

_MODULES = {
    "DriftCheckOperator": "drift",
    "LabelPriorCheckOperator": "labels",
    "PlausibilityCheckOperator": "plausibility",
    "ProfileOperator": "profile",
    "QualityBranchOperator": "branch",
    "QualityGateOperator": "gate",
    "SchemaCheckOperator": "schema",
}


def __getattr__(name: str) -> object:
    """Import an operator when it is first asked for."""
    if name not in _MODULES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
