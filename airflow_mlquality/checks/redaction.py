"""Showing that a value is there, and its form, without showing the value."""

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
