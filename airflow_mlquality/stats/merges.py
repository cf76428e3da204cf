"""Whether a word that is gone went into another one, or its rows are missing: the shares of all words tell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.stats.vocabularies import Match

ALIKE = 0.8
"""Words that are written so much alike are one, whatever the shares tell."""
_NEARER = 0.4
"""The shares must lie at least so much nearer to those of the merge, of the way to those of the loss."""
_NATURAL = 0.05
"""Odds of a word change by such a part from day to day; what differs by less is told by nobody."""
_ERRORS = 3.0
"""Standard errors by which the two must differ."""


def explained(
    merges: Sequence[Match],
    before: Mapping[str, float],
    now: Mapping[str, float],
    pairs: Sequence[Match],
    rows: tuple[float, float],
) -> list[Match]:
    """Return the merges that explain the shares of the words better than missing rows do.

    Where the rows of a word are missing, every other word has a larger share than before, and all by the same factor;
    where it was merged into one, that one alone has. With two words there is no third to tell.

    Parameters
    ----------
    merges
        What is likely by the growth of one word.
    before, now
        Share of the rows by word.
    pairs
        Old words and the new ones that stand for them.
    rows
        How many rows the shares are of.
    """
    seen = _by_old_names(before, now, pairs)
    names = {pair.new: pair.old for pair in pairs}
    kept = list(merges)
    for match in sorted(merges, key=lambda each: (before[each.old], each.old)):
        into = names.get(match.new, match.new)
        fewer = [each for each in kept if each is not match]
        if match.text >= ALIKE or into not in before:  # where a new word comes from, missing rows do not explain
            continue
        whole, *others = (_expected(before, seen, names, some) for some in (kept, fewer, ()))
        if not all(_is_clear(seen, whole, other, seen[into], rows) for other in others):
            kept = fewer
    return kept


def _by_old_names(before: Mapping[str, float], now: Mapping[str, float], pairs: Sequence[Match]) -> dict[str, float]:
    """Return the shares of now by old words, of the rows that have one."""
    seen = {word: now.get(word, 0.0) for word in before}
    for pair in pairs:
        seen[pair.old] += now[pair.new]
    return _of_all(seen)


def _expected(
    before: Mapping[str, float], seen: Mapping[str, float], names: Mapping[str, str], merges: Sequence[Match]
) -> dict[str, float]:
    """Return the shares that would be seen when these merges were made, and the rows of other gone words missing."""
    shares = {word: share if seen[word] else 0.0 for word, share in before.items()}
    for match in merges:
        into = names.get(match.new, match.new)
        if into in shares:
            shares[into] += before[match.old]
    return _of_all(shares)


def _of_all(shares: Mapping[str, float]) -> dict[str, float]:
    total = math.fsum(shares.values()) or 1.0
    return {word: share / total for word, share in shares.items()}


def _is_clear(
    seen: Mapping[str, float],
    whole: Mapping[str, float],
    other: Mapping[str, float],
    share: float,
    rows: tuple[float, float],
) -> bool:
    """Return whether what is seen is clearly nearer to `whole`, and the two are far enough apart to tell."""
    apart = _distance(whole, other)
    spread = share * (1 - share)
    natural = max(_NATURAL * spread, _ERRORS * math.sqrt(spread * sum(1 / each for each in rows)))
    return apart > natural and _distance(seen, other) - _distance(seen, whole) >= _NEARER * apart


def _distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the total variation distance."""
    return math.fsum(abs(share - other[word]) for word, share in one.items()) / 2
