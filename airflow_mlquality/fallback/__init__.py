"""Which model serves: the first candidate that the evidence trusts, and what was chosen before."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_mlquality.fallback.choices import Choices, Record
    from airflow_mlquality.fallback.choosing import Assessment, Choice, Memory, choose
    from airflow_mlquality.fallback.conditions import Candidate, Condition, Evidence, Health

__all__ = [
    "Assessment",
    "Candidate",
    "Choice",
    "Choices",
    "Condition",
    "Evidence",
    "Health",
    "Memory",
    "Record",
    "choose",
]

_MODULES = {
    "Assessment": "choosing",
    "Candidate": "conditions",
    "Choice": "choosing",
    "Choices": "choices",
    "Condition": "conditions",
    "Evidence": "conditions",
    "Health": "conditions",
    "Memory": "choosing",
    "Record": "choices",
    "choose": "choosing",
}


def __getattr__(name: str) -> object:
    """Import what is asked for, and no more: a DAG file needs candidates and conditions only."""
    if name not in _MODULES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
