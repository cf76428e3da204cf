"""Which texts are a number, a time or a truth: how values are written."""

from __future__ import annotations

import re
import uuid
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from airflow_mlquality.measurements import LogicalType

if TYPE_CHECKING:
    from collections.abc import Callable

_DAY = r"(\d{4})-(\d{2})-(\d{2})"
_CLOCK = r"(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,6})?"
_NUMBER = r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*"
_BOOLEANS = frozenset({"true", "false", "t", "f", "yes", "no", "y", "n", "1", "0"})


def is_written(text: str, type_: LogicalType) -> bool:
    """Return whether a text is of a type."""
    return _WRITTEN[type_](text)


def _is_integer(text: str) -> bool:
    return re.fullmatch(r"\s*[+-]?[0-9]+\s*", text) is not None and -(2**63) <= int(text) < 2**63


def _is_float(text: str) -> bool:
    return is_no_number(text) or re.fullmatch(_NUMBER, text) is not None


def is_no_number(text: str) -> bool:
    return re.fullmatch(r"\s*[+-]?(nan|inf|infinity)\s*", text, re.IGNORECASE) is not None


def _is_decimal(text: str) -> bool:
    return re.fullmatch(_NUMBER, text) is not None and abs(Decimal(text.strip())) < Decimal(10) ** 28


def _is_date(text: str) -> bool:
    """Return whether a text is a day, with or without an hour: the hour of a date is left out."""
    return _is_timestamp(text)


def _is_time(text: str) -> bool:
    found = re.fullmatch(_CLOCK, text)
    return found is not None and int(found[1]) < 24 and int(found[2]) < 60 and int(found[3]) < 60


def _is_timestamp(text: str) -> bool:
    day, clock = text[:10], re.sub(r"(Z|[+-]\d{2}(:\d{2})?)$", "", text[10:])
    return (
        re.fullmatch(_DAY, day) is not None
        and _exists(day, date)
        and (not clock or (clock[0] in "T " and _is_time(clock[1:])))
    )


def _exists(text: str, kind: type[date]) -> bool:
    try:
        kind.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_uuid(text: str) -> bool:
    try:
        return len(text) == 36 and str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


_WRITTEN: dict[LogicalType, Callable[[str], bool]] = {
    LogicalType.STRING: lambda _: True,
    LogicalType.BOOLEAN: lambda text: text.lower() in _BOOLEANS,
    LogicalType.INTEGER: _is_integer,
    LogicalType.FLOAT: _is_float,
    LogicalType.DECIMAL: _is_decimal,
    LogicalType.DATE: _is_date,
    LogicalType.TIME: _is_time,
    LogicalType.TIMESTAMP: _is_timestamp,
    LogicalType.TIMESTAMP_TZ: _is_timestamp,
    LogicalType.UUID: _is_uuid,
}
