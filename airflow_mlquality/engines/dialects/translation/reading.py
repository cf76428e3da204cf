"""What a text looks like that is a number, date or time: patterns that engines hold it against."""

from __future__ import annotations

from airflow_mlquality.measurements import LogicalType

TRUE = ("true", "t", "1", "yes", "y")
FALSE = ("false", "f", "0", "no", "n")

WHOLE = r"\s*[+-]?[0-9]+\s*"
TIME = r"\s*[0-9]{1,2}:.*"
_DIGITS = r"[0-9](_?[0-9])*"
NUMBER = rf"\s*[+-]?({_DIGITS}(\.({_DIGITS})?)?|\.{_DIGITS})([eE][+-]?[0-9]{{1,4}})?\s*"
NO_NUMBER = r"\s*[+-]?(inf|infinity|nan)\s*"
"""Whatever the case of its letters."""

_LEAP = r"(([0-9][0-9](0[48]|[2468][048]|[13579][26]))|(([02468][048]|[13579][26])00))"
_MONTHS = (
    r"((0?[13578]|1[02])S(0?[1-9]|[12][0-9]|3[01])"
    r"|(0?[469]|11)S(0?[1-9]|[12][0-9]|30)"
    r"|0?2S(0?[1-9]|1[0-9]|2[0-8]))"
)
_DAY = "(" + "|".join(rf"[0-9]{{4}}S{_MONTHS}|{_LEAP}S0?2S29".replace("S", sign) for sign in ("-", "/")) + ")"
_CLOCK = r"([01]?[0-9]|2[0-3]):[0-5]?[0-9](:[0-5]?[0-9](\.[0-9]+)?)?"
_ZONE = r"( ?(Z|UTC|[+-](0?[0-9]|1[0-5])(:?[0-5][0-9])?))?"

PATTERNS = {
    LogicalType.DATE: rf"\s*{_DAY}([T ]{_CLOCK}{_ZONE})?\s*",
    LogicalType.TIME: rf"\s*{_CLOCK}{_ZONE}\s*",
    LogicalType.TIMESTAMP: rf"\s*{_DAY}([T ]{_CLOCK}{_ZONE})?\s*",
    LogicalType.TIMESTAMP_TZ: rf"\s*{_DAY}([T ]{_CLOCK}{_ZONE})?\s*",
    LogicalType.UUID: r"\{?[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\}?",
}
"""Dates that there are: 2026-02-31 is none, and 1900-02-29 is none."""
