"""Every exception of the package, and the one place where their messages are worded.

::

    MLQualityError
    ├── ContractError    the contract is wrong; carries every problem of the file, not the first only
    ├── AdmissionError   a rule is no pure condition; a ValueError too, so that pydantic reports it with its place
    ├── SourceError      the rows cannot be reached or read: infrastructure, worth a retry
    ├── EngineError      a query failed: infrastructure, worth a retry
    │   └── LostError    the engine is gone: no other query will work either
    │       └── BrokenFilesError    files turned out to be broken: measure again without them
    ├── CancelledError   somebody stopped the run: it says nothing of the rows
    ├── UnusableReferenceError   what was given as reference is no profile and no report
    ├── StoreError       a report or profile cannot be written or read
    │   └── UnreachableStoreError    what the store holds is not known, and is not nothing
    └── UsageError       a call whose arguments do not fit together

Bad data is none of these: it is a verdict. Messages never carry a value of a row.
"""

from __future__ import annotations

from airflow_mlquality.errors.base import MLQualityError
from airflow_mlquality.errors.contract import AdmissionError, ContractError, Place, Problem
from airflow_mlquality.errors.engine import BrokenFilesError, CancelledError, EngineError, LostError
from airflow_mlquality.errors.source import SourceError
from airflow_mlquality.errors.store import StoreError, UnreachableStoreError, UnusableReferenceError
from airflow_mlquality.errors.usage import UsageError
from airflow_mlquality.errors.words import LONGEST_SHOWN, cut, did_you_mean, listed, quoted, shown

__all__ = [
    "LONGEST_SHOWN",
    "AdmissionError",
    "BrokenFilesError",
    "CancelledError",
    "ContractError",
    "EngineError",
    "LostError",
    "MLQualityError",
    "Place",
    "Problem",
    "SourceError",
    "StoreError",
    "UnreachableStoreError",
    "UnusableReferenceError",
    "UsageError",
    "cut",
    "did_you_mean",
    "listed",
    "quoted",
    "shown",
]
