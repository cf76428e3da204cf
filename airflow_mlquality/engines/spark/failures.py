"""What Spark says when something fails, in our words: never with a value of a row."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow_mlquality.errors import CancelledError, EngineError, LostError, MLQualityError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONDITION = re.compile(r"\[([A-Z][A-Z0-9_]{3,}(?:\.[A-Z0-9_]+)*)\] ?([^\n]*)")
_STATE = re.compile(r"\s*SQLSTATE: .*")
_NAMES = frozenset({
    "relationName", "objectName", "routineName", "schemaName", "catalogName", "tableName", "viewName", "fieldName",
    "columnName", "proposal", "path", "format", "provider", "dataType", "sourceType", "targetType", "actualType",
    "requiredType", "inputType", "functionName", "className", "hint",
})  # fmt: skip
"""Parameters of a message that name things of a schema; all others may be values."""
_HINTS = re.compile(r"\s*(If necessary set|To fix this|Use `try_|To tolerate|Verify the|Search path).*")

_GONE = (
    "NO_ACTIVE_SESSION", "SESSION_CLOSED", "SESSION_NOT_FOUND", "SESSION_CHANGED", "INVALID_HANDLE", "RETRIES_EXCEEDED",
    "stopped SparkContext", "SparkContext was shut down", "SparkContext has been shutdown", "StatusCode.UNAVAILABLE",
    "Cannot invoke RPC on closed channel", "'NoneType' object has no attribute 'setCallSite'",
    "Java side is empty", "SparkContext is stopped", "SparkContext was stopped",
)  # fmt: skip
"""What is said where the session, its Java or its server is gone."""
_GONE_TYPES = frozenset({"Py4JNetworkError", "ConnectionError", "ConnectionRefusedError", "ConnectionResetError",
    "BrokenPipeError", "RetriesExceeded"})  # fmt: skip
_CANCELLED = ("SPARK_JOB_CANCELLED", "OPERATION_CANCELED", "EXECUTION_CANCELLED", "part of cancelled job group")
_NO_TABLE = "TABLE_OR_VIEW_NOT_FOUND"
_NO_PATH = "PATH_NOT_FOUND"
_LOGGERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")


def failure(raised: Exception, source: str, label: str) -> MLQualityError:
    """Return an exception of Spark in our words.

    Parameters
    ----------
    source
        What is measured, for people.
    label
        The source that was to be opened; empty for any other statement.
    """
    text = str(raised)
    if any(each in text for each in _CANCELLED):
        return CancelledError.asked()
    if type(raised).__name__ in _GONE_TYPES or any(each in text for each in _GONE):
        return LostError.connection(source, told(raised))
    if label and f"[{_NO_TABLE}]" in text:
        return SourceError.no_such_table(label, _parameters(raised).get("relationName", "").replace("`", ""), ())
    if label and f"[{_NO_PATH}]" in text:
        return SourceError.nothing_there(label)
    return SourceError.unreadable(label, told(raised)) if label else EngineError.query_failed(told(raised))


def told(raised: Exception) -> str:
    """Return what an exception says that is no value: its conditions, and names of the schema.

    >>> told(ValueError("[MALFORMED_RECORD] Malformed records are detected: 1,Ann"))
    'MALFORMED_RECORD: Malformed records are detected: …'
    >>> told(ValueError("Ann is no number"))
    'ValueError'
    """
    found = _CONDITION.findall(str(raised))
    if not found:
        return type(raised).__name__
    condition, words = found[0]
    parameters = _parameters(raised)
    for name, value in sorted(parameters.items(), key=lambda each: -len(each[1])):
        if name not in _NAMES and value:
            words = words.replace(value, "…")
    words = _HINTS.sub("", _STATE.sub("", words)).strip()
    if not parameters:
        words = re.sub(r": .*", ": …", words)
    causes = dict.fromkeys(each for each, _ in found[1:] if each != condition)
    return f"{condition}: {words}" + (f" (caused by {', '.join(causes)})" if causes else "")


def _parameters(raised: Exception) -> dict[str, str]:
    """Return what Spark filled into its message, where it tells."""
    ask = getattr(raised, "getMessageParameters", None)
    try:
        return {name: str(value) for name, value in (ask() or {}).items()} if ask else {}
    except Exception:  # noqa: BLE001  it asks Java, which may be gone
        return {}


@contextmanager
def quiet() -> Iterator[None]:
    """Keep PySpark from logging what failed with the statement and its values; the exception says it, cleaned."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger, was in zip(loggers, before, strict=True):
            logger.disabled = was
