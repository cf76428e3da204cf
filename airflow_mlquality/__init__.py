"""Quality gates for machine-learning pipelines on Apache Airflow.

A gate measures a stage once, judges the facts, and decides what the DAG does next. The public names below are loaded
when they are first used, so that importing the package costs nothing while a DAG file is parsed. The functions
`audit` and `take_profile` live in `airflow_mlquality.audit`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_mlquality.contract import Contract, load_contract
    from airflow_mlquality.decision import Decision
    from airflow_mlquality.errors import ContractError, EngineError, MLQualityError, SourceError
    from airflow_mlquality.profile import Profile
    from airflow_mlquality.report import Report
    from airflow_mlquality.store import Store
    from airflow_mlquality.verdict import Cause, Outcome, Verdict

__version__ = "0.1.0"

_HOMES = {
    "Contract": "contract",
    "load_contract": "contract",
    "Decision": "decision",
    "ContractError": "errors",
    "EngineError": "errors",
    "MLQualityError": "errors",
    "SourceError": "errors",
    "Profile": "profile",
    "Report": "report",
    "Store": "store",
    "Cause": "verdict",
    "Outcome": "verdict",
    "Verdict": "verdict",
}

__all__ = [
    "Cause",
    "Contract",
    "ContractError",
    "Decision",
    "EngineError",
    "MLQualityError",
    "Outcome",
    "Profile",
    "Report",
    "SourceError",
    "Store",
    "Verdict",
    "__version__",
    "load_contract",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
