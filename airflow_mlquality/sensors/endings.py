"""How a sensor ends when what it waits for does not come.

`soft_fail` turns a timeout into a skip, and nothing else: Airflow's own base class would also skip a task whose
contract is wrong, and nobody would ever hear of it.
"""

from __future__ import annotations

try:
    from airflow.sdk.exceptions import AirflowSensorTimeout, TaskDeferralError, TaskDeferralTimeout
except ImportError:  # their place before Airflow 3.2
    from airflow.exceptions import (  # type: ignore[no-redef]  # the same classes, in their old place
        AirflowSensorTimeout,
        TaskDeferralError,
        TaskDeferralTimeout,
    )

__all__ = ["AirflowSensorTimeout", "Certain", "TaskDeferralError", "TaskDeferralTimeout"]


class Certain(BaseException):
    """What no waiting can mend; passes through Airflow's sensor, which would make a skip of it, or poke on.

    Parameters
    ----------
    error
        What ends the task.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error
