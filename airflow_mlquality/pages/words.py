"""The words that every rendering of a verdict shares, made safe to show."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

from airflow_mlquality.checks.levels import number_text

if TYPE_CHECKING:
    from airflow_mlquality.report import Report
    from airflow_mlquality.verdict import Level, Verdict

_HIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def printable(text: str, keep: str = "") -> str:
    r"""Return text whose control characters are written out, so that it cannot move a cursor or break a line.

    Parameters
    ----------
    text
        Anything, such as the name of a column.
    keep
        Control characters that stay as they are.

    >>> print(printable("a\x1b[31mb\nc"), printable("a\nb", keep="\n") == "a\nb", printable("été"))
    a\x1b[31mb\nc True été
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char in keep or not _is_hidden(char) else _written_out(char) for char in text)


def _is_hidden(char: str) -> bool:
    return char in _TURNING or unicodedata.category(char) in _HIDDEN


def _written_out(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def observed_text(verdict: Verdict) -> str:
    """Return the observed number with its unit; a share is a bare number, as in the contract."""
    if verdict.observed is None:
        return ""
    number = plain_number(verdict.observed)
    return number if verdict.unit in ("", "share") else f"{number} {verdict.unit}"


def plain_number(number: float) -> str:
    """Return a number for people, whatever it is.

    >>> plain_number(10031), plain_number(float("inf"))
    ('10,031', 'inf')
    """
    return number_text(number) if math.isfinite(number) else str(number)


def interval_text(verdict: Verdict) -> str:
    """Return the interval of an estimated number, such as ``[0.05, 0.3]``."""
    return f"[{', '.join(plain_number(side) for side in verdict.interval)}]" if verdict.interval else ""


def counts_text(verdict: Verdict) -> str:
    """Return what the number rests on: its interval, or the counts behind a share."""
    if verdict.interval:
        return interval_text(verdict)
    part, whole = verdict.evidence.get("violating"), verdict.evidence.get("judged")
    if isinstance(part, int) and isinstance(whole, int):
        return f"{part:,} of {whole:,} row{'' if whole == 1 else 's'}"
    return ""


def allowed_text(level: Level | None) -> str:
    """Return what a bound allows.

    >>> allowed_text(0.1), allowed_text((5000, 9000)), allowed_text((1, None)), allowed_text((None, 7))
    ('at most 0.1', '5,000 to 9,000', 'at least 1', 'at most 7')
    """
    if level is None:
        return ""
    low, high = level if isinstance(level, tuple) else (None, level)
    if low is not None and high is not None:
        return f"{number_text(low)} to {number_text(high)}"
    side = "at least" if low is not None else "at most"
    bound = low if low is not None else high
    return "" if bound is None else f"{side} {number_text(bound)}"


def decision_text(report: Report, longest: int = 5) -> str:
    """Return what the DAG does next and which checks ask for it."""
    decision = report.decision
    names = [printable(name) for name in decision.because]
    shown = ", ".join(names[:longest])
    more = f" and {len(names) - longest:,} more" if len(names) > longest else ""
    return f"{decision.action.value}, because of {shown}{more}" if names else decision.action.value
