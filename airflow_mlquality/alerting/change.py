"""The rule: from what people were told and what is, to a message or silence. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from airflow_mlquality.alerting.level import GOOD, severity

if TYPE_CHECKING:
    from collections.abc import Sequence


class Change(StrEnum):
    """What a message is about."""

    BAD = "bad"
    """It was good."""
    WORSE = "worse"
    """It was bad already, but milder."""
    BETTER = "better"
    """It is milder, but still bad."""
    RECOVERED = "recovered"
    """It was bad, and is good."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """A message that was sent.

    Parameters
    ----------
    level
        The state that it told of.
    at
        The moment of the data that it was about.
    run_id
        The DAG run that it was about, or a digest of it.
    sent_at
        When it was sent.
    """

    level: str
    at: datetime
    run_id: str
    sent_at: datetime


def change_of(  # noqa: PLR0913  each is one fact that decides
    told: Sequence[Told],
    level: str,
    *,
    at: datetime,
    run_id: str,
    now: datetime,
    cooldown: timedelta = timedelta(0),
    is_complete: bool = True,
    is_newest: bool = True,
    tell_backfills: bool = False,
) -> Change | None:
    """Return what to tell about a state, or None for silence.

    A state is told once. It is followed along the data's own time, so that a rerun repeats nothing. A recovery is
    always told; within the cooldown anything else is told only when it is worse than all that was told lately, so
    that a gate that flaps is heard of once.

    Parameters
    ----------
    told
        The messages sent so far, in any order.
    level
        The state now.
    at, run_id
        The moment of the data that the state is about, and its DAG run.
    now
        The moment of the clock.
    cooldown
        For how long a message quiets others that are not worse.
    is_complete
        Whether all instances of a mapped gate are known: before that, it can only become worse.
    is_newest
        Whether no run about a later moment is known.
    tell_backfills
        Whether to tell also of states that a later run has left already.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 2, 12, tzinfo=UTC)
    >>> told = [Told(level="fail", at=noon - timedelta(days=1), run_id="a", sent_at=noon - timedelta(days=1))]
    >>> change_of([], "good", at=noon, run_id="b", now=noon)  # nothing was wrong, nothing is
    >>> change_of([], "fail", at=noon, run_id="b", now=noon)
    <Change.BAD: 'bad'>
    >>> change_of(told, "fail", at=noon, run_id="b", now=noon)  # known already
    >>> change_of(told, "good", at=noon, run_id="b", now=noon)
    <Change.RECOVERED: 'recovered'>
    """
    last = max((each for each in told if each.at <= at), key=lambda each: (each.at, each.sent_at), default=None)
    change = _step(last.level if last else GOOD, level)
    if change is None or not (is_newest or tell_backfills):
        return None
    if change in (Change.BETTER, Change.RECOVERED):
        # another run about the same moment, such as one of another partition, mended nothing
        of_another_run = last is not None and last.at == at and last.run_id != run_id
        if of_another_run or not is_complete:
            return None
    lately = [severity(each.level) for each in told if now - each.sent_at < cooldown]
    is_quiet = change is not Change.RECOVERED and severity(level) <= max(lately, default=-1)
    return None if is_quiet else change


def _step(before: str, level: str) -> Change | None:
    if level == before:
        return None
    if severity(level) > severity(before):
        return Change.BAD if before == GOOD else Change.WORSE
    return Change.RECOVERED if level == GOOD else Change.BETTER
