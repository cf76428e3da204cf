"""Keeping values of rows out of what people read: the form of a value instead of the value."""

from __future__ import annotations

import re

LONGEST = 24
_NOBODYS = frozenset({"nan", "inf", "-inf", "infinity", "-infinity"})


def masked(value: object) -> str:
    """Return the form of a value: digits as #, letters as x and X, anything else but punctuation as a dot.

    >>> masked("Ann-Lee 7"), masked("12.5 km"), masked(None), masked(-430), masked("nan")
    ("'Xxx-Xxx #'", "'##.# xx'", 'NULL', '-###', 'nan')
    """
    if value is None:
        return "NULL"
    text = str(value)
    if text.lower() in _NOBODYS:
        return text
    form = re.sub(r"[0-9]", "#", re.sub(r"[a-z]", "x", re.sub(r"[A-Z]", "X", text)))
    form = re.sub(r"[^ -~]", "·", form)
    if len(form) > LONGEST:
        form = f"{form[:LONGEST]}… ({len(text)} characters)"
    return form if isinstance(value, int | float) else f"'{form}'"


_ORIGINAL_LINE = re.compile(r"^\s*(Original Line|LINE \d+|\s*\^).*$", re.MULTILINE)
_QUOTED = (re.compile(r"'.*'", re.DOTALL), re.compile(r'".*"', re.DOTALL))
"""From the first quote to the last: what lies between may be a value that holds quotes itself."""
_NUMBER = re.compile(r"(?<![\w.])(?<!Line: )(?<!Columns: )(?<!Found: )-?\d[\d.,:eE+-]*")


def without_values(message: str) -> str:
    """Return an engine's message with quoted text, numbers and echoed lines taken out, on one line.

    Engines name the value that they could not convert or that overflowed; a log is no place for it.

    >>> without_values("Conversion Error: Could not convert string 'O'Neill' to INT64")
    'Conversion Error: Could not convert string … to INT64'
    >>> without_values("Out of Range Error: Overflow in multiplication of INT64 (1972 * 5)!")
    'Out of Range Error: Overflow in multiplication of INT64 (# * #)!'
    """
    cleaned = _ORIGINAL_LINE.sub("", message)
    for quoted in _QUOTED:
        cleaned = quoted.sub("…", cleaned)
    return re.sub(r"\s+", " ", _NUMBER.sub("#", cleaned)).strip()[:400]
