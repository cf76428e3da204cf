"""What must hold for a stage: the contract, as YAML, as a dict, or built in Python."""

from __future__ import annotations

from airflow_mlquality.contract.loading import load_contract
from airflow_mlquality.contract.model import Contract
from airflow_mlquality.contract.parts import CsvOptions

__all__ = ["Contract", "CsvOptions", "load_contract"]
