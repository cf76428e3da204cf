"""Choosing among candidates: down at once, up again only after several good runs in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_mlquality.fallback.conditions import Candidate, Evidence


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What was before this run.

    Parameters
    ----------
    serving
        Name of the candidate that serves; empty when none was chosen yet.
    trusted
        Which candidates could be trusted at each earlier moment, the latest first.
    """

    serving: str = ""
    trusted: Sequence[frozenset[str]] = ()

    def passes(self, name: str) -> int:
        """Return at how many of the latest moments in a row a candidate could be trusted.

        >>> Memory(trusted=[frozenset("ab"), frozenset("a"), frozenset("b")]).passes("a")
        2
        """
        for count, names in enumerate(self.trusted):
            if name not in names:
                return count
        return len(self.trusted)


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What was found about one candidate.

    Parameters
    ----------
    name
        Whose.
    why_not
        Why it is not trusted; empty when it is.
    passes
        At how many moments in a row it could be trusted, this one included.
    """

    name: str
    why_not: str = ""
    passes: int = 0

    @property
    def is_trusted(self) -> bool:
        """Whether it could serve now."""
        return not self.why_not


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which candidate serves from now on, and why.

    Parameters
    ----------
    name
        Its name; empty when none can be trusted.
    ref
        What stands for it where models are served.
    reason
        Why this one.
    before
        Name of the one that served before; empty when none did.
    assessments
        What was found about each candidate, in their order.
    """

    name: str
    ref: Any
    reason: str
    before: str
    assessments: tuple[Assessment, ...]

    @property
    def is_switch(self) -> bool:
        """Whether another one served before."""
        return bool(self.name and self.before and self.name != self.before)

    def trusted(self) -> list[str]:
        """Return the names of all that could serve now."""
        return [each.name for each in self.assessments if each.is_trusted]


def choose(
    candidates: Sequence[Candidate], evidence: Evidence, memory: Memory | None = None, *, back_after: int = 1
) -> Choice:
    """Return which candidate serves.

    The one that serves stays while it can be trusted. When it cannot, the best of those behind it that can takes its
    place at once. A better one takes its place again after it could be trusted at `back_after` moments in a row.

    Parameters
    ----------
    candidates
        The best first.
    evidence
        What is known now.
    memory
        What was before; by default nothing, so that the best that can be trusted is chosen.
    back_after
        How many good runs in a row a better candidate needs.

    Examples
    --------
    >>> from airflow_mlquality.fallback import Candidate, Evidence, Health
    >>> models = [Candidate("champion", health="its endpoint"), Candidate("baseline")]
    >>> up = Evidence(health={"champion": Health(is_good=True, why="")})
    >>> down = Evidence(health={"champion": Health(is_good=False, why="its endpoint does not answer")})
    >>> choose(models, down, Memory(serving="champion")).reason
    "down from 'champion' at once: its endpoint does not answer"
    >>> choose(models, up, Memory(serving="baseline"), back_after=2).reason
    "stays; 'champion' could be trusted at 1 of 2 moments in a row that it needs"
    >>> choose(models, up, Memory(serving="baseline", trusted=[frozenset({"champion"})]), back_after=2).name
    'champion'
    """
    memory = memory or Memory()
    assessments = tuple(_assess(candidate, evidence, memory) for candidate in candidates)
    place, reason = _place(assessments, memory.serving, back_after)
    chosen = None if place is None else candidates[place]
    return Choice(
        name=chosen.name if chosen else "",
        ref=chosen.ref if chosen else None,
        reason=reason,
        before=memory.serving,
        assessments=assessments,
    )


def _assess(candidate: Candidate, evidence: Evidence, memory: Memory) -> Assessment:
    why_not = candidate.distrust(evidence)
    return Assessment(name=candidate.name, why_not=why_not, passes=0 if why_not else memory.passes(candidate.name) + 1)


def _place(assessments: Sequence[Assessment], serving: str, back_after: int) -> tuple[int | None, str]:
    """Return the place of the candidate that serves, and why it does."""
    names = [each.name for each in assessments]
    trusted = [place for place, each in enumerate(assessments) if each.is_trusted]
    if not trusted:
        return None, "no candidate can be trusted"
    if serving not in names:
        first = f"'{serving}', which served, is no candidate any more: " if serving else ""
        return trusted[0], f"{first}the first that can be trusted"
    now = names.index(serving)
    back = next((place for place in trusted if place < now and assessments[place].passes >= back_after), None)
    if back is not None:
        times = f"{back_after:,} good run{'s' * (back_after > 1)} in a row"
        return back, f"back from '{serving}': '{names[back]}' has had {times}"
    if now in trusted:
        return now, _stays(assessments[:now], back_after)
    behind = next((place for place in trusted if place > now), None)
    if behind is not None:
        return behind, f"down from '{serving}' at once: {assessments[now].why_not}"
    why = f"'{serving}' cannot be trusted ({assessments[now].why_not}), and nothing behind it can"
    return trusted[0], f"{why}: the first that can be"


def _stays(better: Sequence[Assessment], back_after: int) -> str:
    if not better:
        return "stays: it can be trusted"
    nearest = max(better, key=lambda each: each.passes)
    if not nearest.is_trusted:
        return f"stays: '{better[0].name}' cannot be trusted ({better[0].why_not})"
    so_far = f"{nearest.passes:,} of {back_after:,} moments in a row that it needs"
    return f"stays; '{nearest.name}' could be trusted at {so_far}"
