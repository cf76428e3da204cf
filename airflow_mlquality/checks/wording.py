"""Estimated numbers and shares in the words of a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_mlquality.checks.levels import number_text


def near(number: float) -> str:
    """Return an estimate with two digits.

    >>> near(0.3123), near(0.0), near(12.345), near(0.00452), near(99.6)
    ('0.31', '0', '12', '0.0045', '100')
    """
    return f"{number:.2g}" if abs(number) < 10 else f"{number:.0f}"  # noqa: PLR2004  from here on two digits are whole


def percent(share: float) -> str:
    """Return a share as a percentage.

    >>> percent(0.3), percent(0.001), percent(0.123456), percent(0.0), percent(0.00001)
    ('30 %', '0.1 %', '12 %', '0 %', '0.001 %')
    """
    return f"{near(100 * share)} %"


def interval_text(value: float, interval: tuple[float, float]) -> str:
    """Return an estimate with its interval.

    >>> interval_text(0.312, (0.271, 0.358))
    '0.31 [0.27, 0.36]'
    """
    return f"{near(value)} [{near(interval[0])}, {near(interval[1])}]"


def rows_text(needed: int | None, instead: str) -> str:
    """Return how many rows would decide, or what to do instead when no number does.

    >>> rows_text(1300, ""), rows_text(None, "take a larger reference")
    ('about 1,300 rows would decide', 'no number of rows would decide, take a larger reference')
    """
    return f"no number of rows would decide, {instead}" if needed is None else f"about {needed:,} rows would decide"


def age_text(*hours: float) -> str:
    """Return an age, or the range between two, in days where these are whole.

    >>> age_text(720.0), age_text(720.0, 960.0), age_text(24), age_text(36), age_text(0, 24)
    ('30 days', '30 to 40 days', '1 day', '36 hours', '0 to 24 hours')
    """
    in_days = all(each and each % 24 == 0 for each in hours)
    ages = [each / 24 if in_days else each for each in hours]
    unit = f"{'day' if in_days else 'hour'}{'' if ages == [1] else 's'}"
    return f"{' to '.join(number_text(age) for age in ages)} {unit}"


def with_default_levels(given: Mapping[str, Any], warn: float, fail: float) -> dict[str, Any]:
    """Return options with the default levels, except one that would contradict a level that is given.

    >>> with_default_levels({}, 0.1, 0.25), with_default_levels({"fail": 0.05}, 0.1, 0.25)
    ({'warn': 0.1, 'fail': 0.25}, {'fail': 0.05})
    """
    options = dict(given)
    if "warn" not in given and not _is_beyond(warn, given.get("fail")):
        options["warn"] = warn
    if "fail" not in given and not _is_beyond(given.get("warn"), fail):
        options["fail"] = fail
    return options


def _is_beyond(warn: object, fail: object) -> bool:
    return isinstance(warn, int | float) and isinstance(fail, int | float) and warn >= fail
