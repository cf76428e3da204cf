"""Where the rows of a task lie, in Airflow's words: URLs of object storage, and sources behind a connection."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_STORAGE = re.compile(r"(?!file:|https?:|ftp:|iceberg:)[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


class BehindConnection(ABC):
    """A source behind an Airflow connection. Making one reads nothing; the connection is opened when the task runs.

    Attributes
    ----------
    template_fields
        Its own templated fields; Airflow renders them when the object is the value of an operator's templated field.
    """

    template_fields: Sequence[str] = ()

    @abstractmethod
    def located(self, comment: str) -> Any:
        """Return the source as the core knows it.

        Parameters
        ----------
        comment
            Which task asks; shown in the other side's own lists of what runs.
        """


def located(value: Any, comment: str = "") -> Any:
    """Return a source as the core knows it, in a dict too: what is neither named by URL nor by connection stays.

    A URL of object storage becomes an `ObjectStoragePath`; its connection is named as in
    ``s3://my_conn@bucket/day.parquet``.
    """
    if isinstance(value, dict):
        return {name: located(each, comment) for name, each in value.items()}
    if isinstance(value, list):
        return [located(each, comment) for each in value]
    if isinstance(value, BehindConnection):
        return value.located(comment)
    if not isinstance(value, str) or not _STORAGE.fullmatch(value):
        return value
    from airflow.sdk import ObjectStoragePath

    return ObjectStoragePath(value)
