"""What the triggerer watches while a sensor waits, or for a DAG that a gate's runs start."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_mlquality.triggers.gates import QualityEventTrigger
    from airflow_mlquality.triggers.watching import RunsTrigger, SourceTrigger

__all__ = ["QualityEventTrigger", "RunsTrigger", "SourceTrigger"]

_MODULES = {"QualityEventTrigger": "gates", "RunsTrigger": "watching", "SourceTrigger": "watching"}


def __getattr__(name: str) -> object:
    """Import a class when it is first asked for."""
    if name not in _MODULES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
