"""How messages name what was given: cut, quoted, with the nearest known name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from itertools import islice


def listed(broken: Mapping[str, str]) -> str:
    """Return the first few files and what is wrong with them.

    >>> listed({"a.csv": "it is empty", "b.csv": "it is empty"})
    'a.csv: it is empty; b.csv: it is empty'
    """
    shown = "; ".join(f"{file}: {why.rstrip('.')}" for file, why in islice(broken.items(), 5))
    return f"{shown}; and {len(broken) - 5:,} more" if len(broken) > 5 else shown  # noqa: PLR2004  a line's worth


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the closest known name, or nothing.

    >>> did_you_mean("acepted_values", ["accepted_values", "unique"])
    " Did you mean 'accepted_values'?"
    >>> did_you_mean("zzz", ["accepted_values"])
    ''
    """
    lowered = {name.lower(): name for name in known}
    close = difflib.get_close_matches(given.lower(), lowered, n=1, cutoff=0.6)
    return f" Did you mean '{lowered[close[0]]}'?" if close else ""


def known_names(given: str, known: Iterable[str]) -> str:
    """Return the nearest known name as advice, or all of them."""
    known = list(known)
    hint = did_you_mean(given, known) or (f" Known are {', '.join(known)}" if known else "")
    return f".{hint}" if hint else ""


LONGEST_SHOWN = 80


def cut(text: str) -> str:
    """Return a text on one line, cut where a message would drown in it.

    >>> cut("a" * 100) == "a" * 79 + "…"
    True
    """
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def quoted(text: object) -> str:
    """Return a name in quotes, cut."""
    return f"'{cut(str(text))}'"


def shown(value: object) -> str:
    """Return a value of a contract as YAML writes it, cut.

    >>> shown("no"), shown(None), shown(True), shown([1, None]), shown({"min": "a"}), shown(0.5)
    ("'no'", 'null', 'true', '[1, null]', "{min: 'a'}", '0.5')
    """
    return cut(_flow(value))


def _flow(value: object) -> str:
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= LONGEST_SHOWN else f"'{value[:LONGEST_SHOWN]}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in islice(value.items(), LONGEST_SHOWN)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(each) for each in islice(value, LONGEST_SHOWN)) + "]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
