"""Tasks that wait: for good data, for fresh data, for labels, and for a reason to train a model anew."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_mlquality.sensors.freshness import FreshnessSensor
    from airflow_mlquality.sensors.labels import LabelMaturitySensor
    from airflow_mlquality.sensors.quality import QualitySensor
    from airflow_mlquality.sensors.retrain import RetrainSensor

__all__ = ["FreshnessSensor", "LabelMaturitySensor", "QualitySensor", "RetrainSensor"]

_MODULES = {
    "FreshnessSensor": "freshness",
    "LabelMaturitySensor": "labels",
    "QualitySensor": "quality",
    "RetrainSensor": "retrain",
}


def __getattr__(name: str) -> object:
    """Import a class when it is first asked for."""
    if name not in _MODULES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
