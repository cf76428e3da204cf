"""Holding an observed number against its bounds, and saying so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from airflow_mlquality.verdict import Level


def breaches(observed: float, level: Level | None) -> bool:
    """Return whether a number lies beyond a bound: above it, or outside an inside range.

    >>> breaches(0.0, 0.0), breaches(0.1, 0.0), breaches(3, (5, None)), breaches(3, None)
    (False, True, True, False)
    """
    if level is None:
        return False
    if isinstance(level, tuple):
        low, high = level
        return (low is not None and observed < low) or (high is not None and observed > high)
    return observed > level


def ordered_levels(warn: Level | None, fail: Level | None) -> None:
    """Raise a ValueError when bounds contradict each other: a warning that could never come, a range without inside.

    An open side of a range bounds nothing, so it contradicts nothing.

    >>> ordered_levels(0.02, 0.1)
    >>> ordered_levels((9_000, None), (5_000, 20_000))
    >>> ordered_levels(0.2, 0.1)
    Traceback (most recent call last):
    ValueError: warn 0.2 lies beyond fail 0.1, so it could never warn. Warn comes first
    """
    for name, level in (("warn", warn), ("fail", fail)):
        if isinstance(level, tuple) and _is_above(*level):
            msg = f"{name} {level_text(level)} is a range without inside. Write [lowest, highest]"
            raise ValueError(msg)
    if warn is None or fail is None:
        return
    lowest, highest = _range(warn)
    fail_lowest, fail_highest = _range(fail)
    if _is_above(fail_lowest, lowest) or _is_above(highest, fail_highest):
        msg = f"warn {level_text(warn)} lies beyond fail {level_text(fail)}, so it could never warn. Warn comes first"
        raise ValueError(msg)


def _range(level: Level) -> tuple[float | None, float | None]:
    return level if isinstance(level, tuple) else (None, level)


def _is_above(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and low > high


def outcome_of(observed: float, warn: Level | None, fail: Level | None) -> Outcome:
    """Return the outcome of an exactly known number."""
    if breaches(observed, fail):
        return Outcome.FAIL
    return Outcome.WARN if breaches(observed, warn) else Outcome.PASS


def outcome_of_interval(interval: tuple[float, float], warn: float | None, fail: float | None) -> Outcome:
    """Return the outcome of an estimated number, known only to lie in an interval.

    Fail when the whole interval lies at or above `fail`, warn when it lies at or above `warn`, pass when it lies
    below the highest bound there is, otherwise undecided.

    >>> outcome_of_interval((0.05, 0.3), 0.1, 0.25)
    <Outcome.UNDECIDED: 'undecided'>
    """
    low, high = interval
    if fail is not None and low >= fail:
        return Outcome.FAIL
    if warn is not None and low >= warn:
        return Outcome.WARN
    limit = fail if fail is not None else warn
    return Outcome.PASS if limit is None or high < limit else Outcome.UNDECIDED


def bound_text(outcome: Outcome, observed: float, warn: Level | None, fail: Level | None) -> str:
    """Return where a number lies, such as ``above fail 0.1`` or ``within fail 0.1``."""
    name, level = ("warn", warn) if outcome is Outcome.WARN else ("fail", fail)
    if level is None:
        name, level = ("warn", warn) if name == "fail" else ("fail", fail)
    if level is None:
        return "no bound set"
    if isinstance(level, tuple):
        side = "outside" if breaches(observed, level) else "within"
        return f"{side} {name} {level_text(level)}"
    return f"{'above' if breaches(observed, level) else 'within'} {name} {number_text(level)}"


def level_text(level: Level | None) -> str:
    """Return a bound for people.

    >>> level_text((5000, None)), level_text(0.25), level_text(None)
    ('[5,000, …]', '0.25', '')
    """
    if level is None:
        return ""
    if isinstance(level, tuple):
        low, high = ("…" if side is None else number_text(side) for side in level)
        return f"[{low}, {high}]"
    return number_text(level)


def number_text(number: float) -> str:
    """Return a number with no more digits than help, thousands set apart.

    >>> number_text(0.12345678), number_text(10031), number_text(0.0), number_text(1e-7)
    ('0.1235', '10,031', '0', '1e-07')
    """
    if number == int(number) and abs(number) < _LARGEST_WHOLE:
        return f"{int(number):,}"
    return f"{number:,.4g}" if abs(number) < _SMALL else f"{number:,.1f}"


_LARGEST_WHOLE = 1e15
_SMALL = 1000
