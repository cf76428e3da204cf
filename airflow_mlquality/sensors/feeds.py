"""When a feed delivers: what is due at a moment, what is missing, and when the next one is due. Knows no Airflow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from airflow_mlquality.errors import UsageError


class State(StrEnum):
    """What a feed is at a moment."""

    EARLY = "early"
    """Delivered before it was due."""
    ON_TIME = "on time"
    """Everything that is due is there."""
    LATE = "late"
    """One delivery is due and not there."""
    MISSING = "missing"
    """Several deliveries are due and not there, or there was none ever."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a feed stands at a moment.

    Parameters
    ----------
    state
        In a word.
    lacking
        How many deliveries are due and not there.
    due
        When the oldest of these was due; None when nothing is lacking, or there was no delivery ever.
    next_due
        When the next delivery is due, of those that are not due yet; None when nothing tells.
    """

    state: State
    lacking: int = 0
    due: datetime | None = None
    next_due: datetime | None = None

    def __str__(self) -> str:
        """Return the standing as part of a sentence."""
        since = f", due since {_text(self.due)}" if self.due else ""
        several = f" ({self.lacking:,} deliveries)" if self.lacking > 1 else ""
        after = f"; the next one is due {_text(self.next_due)}" if self.next_due else ""
        return f"{self.state}{several}{since}{after}"


@dataclass(frozen=True, kw_only=True)
class Feed:
    """A feed that delivers again and again.

    Parameters
    ----------
    every
        Time between two deliveries.
    anchor
        A moment at which one is due. None: each is due `every` after the one before it came.
    grace
        How much later than due a delivery may come; as much before that it counts as that delivery, come early.

    Examples
    --------
    >>> from datetime import UTC
    >>> feed = Feed(every=timedelta(days=1), anchor=datetime(2026, 1, 1, 6, tzinfo=UTC), grace=timedelta(hours=1))
    >>> print(feed.standing(datetime(2026, 2, 1, 6, 10, tzinfo=UTC), datetime(2026, 2, 1, 12, tzinfo=UTC)))
    on time; the next one is due 2026-02-02 06:00 UTC
    >>> print(feed.standing(datetime(2026, 2, 1, 6, 10, tzinfo=UTC), datetime(2026, 2, 2, 7, 30, tzinfo=UTC)))
    late, due since 2026-02-02 06:00 UTC; the next one is due 2026-02-03 06:00 UTC
    >>> print(feed.standing(datetime(2026, 2, 1, 6, 10, tzinfo=UTC), datetime(2026, 2, 4, 7, tzinfo=UTC)))
    missing (3 deliveries), due since 2026-02-02 06:00 UTC; the next one is due 2026-02-05 06:00 UTC
    >>> print(feed.standing(datetime(2026, 2, 2, 5, 30, tzinfo=UTC), datetime(2026, 2, 2, 5, 40, tzinfo=UTC)))
    early; the next one is due 2026-02-03 06:00 UTC
    """

    every: timedelta
    anchor: datetime | None = None
    grace: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.grace < self.every:
            raise UsageError.no_feed(str(self.every), str(self.grace))

    def standing(self, newest: datetime | None, moment: datetime) -> Standing:
        """Return how the feed stands.

        Parameters
        ----------
        newest
            Time of the newest delivery; None when there is none.
        moment
            For which it is asked.
        """
        anchor = self.anchor or newest
        if anchor is None:
            return Standing(state=State.MISSING, lacking=1)
        upcoming = (moment - anchor) // self.every + 1
        if newest is None:
            return Standing(state=State.MISSING, lacking=1, next_due=anchor + upcoming * self.every)
        expected = (moment - self.grace - anchor) // self.every
        served = (newest + self.grace - anchor) // self.every
        lacking = max(0, expected - served)
        next_due = anchor + max(upcoming, served + 1) * self.every
        if lacking:
            state = State.LATE if lacking == 1 else State.MISSING
            return Standing(state=state, lacking=lacking, due=anchor + (served + 1) * self.every, next_due=next_due)
        early = newest < anchor + served * self.every
        return Standing(state=State.EARLY if early else State.ON_TIME, next_due=next_due)


def _text(moment: datetime) -> str:
    from datetime import UTC

    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
