"""When a gate's state is worth a message, to be told once: what changed since people were last told."""

from __future__ import annotations

from airflow_mlquality.alerting.alert import FORMAT, Alert, Trouble, troubles_of, worst_troubles
from airflow_mlquality.alerting.change import Change, Told, change_of
from airflow_mlquality.alerting.ledger import Instance, Ledger
from airflow_mlquality.alerting.level import LEVELS, level_of, level_of_run, severity, worst_level
from airflow_mlquality.alerting.since import Row, bad_row

__all__ = [
    "FORMAT",
    "LEVELS",
    "Alert",
    "Change",
    "Instance",
    "Ledger",
    "Row",
    "Told",
    "Trouble",
    "bad_row",
    "change_of",
    "level_of",
    "level_of_run",
    "severity",
    "troubles_of",
    "worst_level",
    "worst_troubles",
]
