"""Where a gate's contract lies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from airflow_mlquality.operators.locations import located


def beside(folder: str, contract: Any) -> Any:
    """Return a contract; a relative path that exists in the DAG file's folder is taken from there.

    Parameters
    ----------
    folder
        Of the DAG file.
    contract
        A path, inline YAML, a dict or a `Contract`; only a path can change.
    """
    if not isinstance(contract, (str, os.PathLike)):
        return contract
    text = os.fspath(contract) if isinstance(contract, os.PathLike) else contract
    if not text or "\n" in text or text.startswith("{"):
        return contract
    if "://" in text:
        return located(contract)
    path = Path(folder) / text
    return str(path) if _is_file(path) else contract


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, or holds what no path holds: it is inline YAML
        return False
