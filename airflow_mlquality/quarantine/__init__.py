"""Rows that keep a contract and rows that do not, put apart: what is lost is counted by reason, and adds up.

::

    from airflow_mlquality.quarantine import quarantine

    quarantine("orders.yaml", "in/orders.parquet", "clean/orders.parquet", "bad/orders.parquet")
"""

from __future__ import annotations

from airflow_mlquality.quarantine.losses import Loss, losses, remember
from airflow_mlquality.quarantine.result import Lost, Quarantined
from airflow_mlquality.quarantine.separation import CEILING, REASON_COLUMN, quarantine

__all__ = ["CEILING", "REASON_COLUMN", "Loss", "Lost", "Quarantined", "losses", "quarantine", "remember"]
