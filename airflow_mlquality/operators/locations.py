"""URLs of object storage as path objects that know Airflow's connections."""

from __future__ import annotations

import re
from typing import Any

_STORAGE = re.compile(r"(?!file:|https?:|ftp:)[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


def located(value: Any) -> Any:
    """Return a URL of object storage as an `ObjectStoragePath`, in a dict too; anything else as it is.

    A connection is named as in ``s3://my_conn@bucket/day.parquet``.
    """
    if isinstance(value, dict):
        return {name: located(each) for name, each in value.items()}
    if not isinstance(value, str) or not _STORAGE.fullmatch(value):
        return value
    from airflow.sdk import ObjectStoragePath

    return ObjectStoragePath(value)
