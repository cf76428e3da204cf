"""The exceptions that end a task, and whether Airflow tries again.

::

    AirflowFailException       never retried
    ├── DataFailure            the data is not what the contract requires
    └── WrongUsage             the contract or the call is wrong
    AirflowException           retried while retries are left
    └── InfrastructureError    the data was never judged, or the evidence could not be kept
    AirflowSkipException       the task is skipped
    DownstreamTasksSkipped     the task succeeds, and tasks downstream are skipped
"""

from __future__ import annotations

try:
    from airflow.sdk.exceptions import (
        AirflowException,
        AirflowFailException,
        AirflowNotFoundException,
        AirflowSkipException,
        DownstreamTasksSkipped,
    )
except ImportError:  # their place before Airflow 3.2
    from airflow.exceptions import (  # type: ignore[attr-defined, no-redef]  # the same classes, in their old place
        AirflowException,
        AirflowFailException,
        AirflowNotFoundException,
        AirflowSkipException,
        DownstreamTasksSkipped,
    )

__all__ = [
    "AirflowNotFoundException",
    "AirflowSkipException",
    "DataFailure",
    "DownstreamTasksSkipped",
    "InfrastructureError",
    "WrongUsage",
]


class DataFailure(AirflowFailException):
    """The data is not what the contract requires; no retry makes it so."""


class WrongUsage(AirflowFailException):
    """The contract or the call is wrong; no retry mends it."""


class InfrastructureError(AirflowException):
    """The data was never judged, or the evidence could not be kept; a retry may help."""
