"""Two vocabularies: which of the old words are gone, and which of the new ones are likely to say the same."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from airflow_mlquality.stats.merges import explained

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["renamed", "merged", "respelled"]

LIKELY = 0.5
"""A pair of at least this score is proposed."""
_WEIGHT = 0.7
"""Of likeness in text or in frequency alone; 0.72 of either suffices, and both together sooner."""
_PREFIX, _ABBREVIATION, _SIMILAR = 0.9, 0.8, 0.8
_CONSERVED = 0.7
"""A merge is proposed when the value that took a word's rows grew by at least this part of them."""

_NOTED = 0.05
"""Nor is one that is smaller beside that value: it comes and goes by so much anyway."""
_PAIRED = 100
"""Of so many words on each side every pair is compared: those with most rows. Of the others, those that are written
alike but for case, spaces and punctuation are paired."""
_COMPARED = 48
"""Characters that are compared one by one; Ratcliff and Obershelp's likeness takes time by their square or more."""
_LONG, _SHARED = 8, 0.2
"""Words of so many characters are not alike when they share less of their pairs of neighbouring characters."""


@dataclass(frozen=True)
class Match:
    """An old word and the new one that is likely to say the same.

    Parameters
    ----------
    old, new
        The words.
    kind
        `renamed`: the old one is gone, and the new one was not there. `merged`: the old one is gone, and the new one
        has its rows beside others. `respelled`: some rows of the old one have the new one.
    text, frequency
        Likeness in [0, 1].
    """

    old: str
    new: str
    kind: Kind
    text: float
    frequency: float

    @property
    def score(self) -> float:
        """How likely it is, in [0, 1]."""
        return _score(self.text, self.frequency)


def matches(
    before: Mapping[str, float],
    now: Mapping[str, float],
    gone: set[str],
    new: set[str],
    rows: tuple[float, float] = (math.inf, math.inf),
) -> list[Match]:
    """Return the likely successors of words, each new word once, and merges.

    Parameters
    ----------
    before, now
        Share of the rows by word, in (0, 1].
    gone
        Words of `before` that are not there any more.
    new
        Words of `now` that were not there.
    rows
        How many rows the shares are of, before and now.

    Examples
    --------
    >>> before, now = {"N": 0.9, "Y": 0.1}, {"No": 0.88, "Yes": 0.12}
    >>> [(each.old, each.new, each.kind) for each in matches(before, now, {"N", "Y"}, {"No", "Yes"})]
    [('N', 'No', 'renamed'), ('Y', 'Yes', 'renamed')]
    >>> before, now = {"1": 0.7, "2": 0.3}, {"CRD": 0.69, "CSH": 0.31}
    >>> [(each.old, each.new) for each in matches(before, now, {"1", "2"}, {"CRD", "CSH"})]
    [('1', 'CRD'), ('2', 'CSH')]
    >>> before, now = {"EWR": 0.5, "JFK": 0.3, "LGA": 0.2}, {"EWR": 0.5, "JFK": 0.5}
    >>> [(each.old, each.new, each.kind) for each in matches(before, now, {"LGA"}, set())]
    [('LGA', 'JFK', 'merged')]
    >>> matches(
    ...     {"EWR": 0.78, "JFK": 0.02, "LGA": 0.2}, {"EWR": 0.975, "JFK": 0.025}, {"LGA"}, set()
    ... )  # rows are missing
    []
    """
    lost = {word: share - now.get(word, 0.0) for word, share in before.items()}
    olds = sorted(word for word, share in lost.items() if share > 0)
    pairs = _assigned(olds, sorted(new), lost, now, gone)
    taken = {match.old for match in pairs}
    gains = {word: share - before.get(word, 0.0) for word, share in now.items()}
    for match in pairs:
        gains[match.new] -= lost[match.old]
    merges = []
    for old in sorted(gone - taken, key=lambda word: -before[word]):
        merged = _merged(old, before[old], gains, now)
        if merged is not None:
            gains[merged.new] -= before[old]
            merges.append(merged)
    pairs += explained(merges, before, now, pairs, rows)
    return sorted(pairs, key=lambda match: (-before[match.old], match.old))


def _assigned(
    olds: list[str], news: list[str], lost: Mapping[str, float], now: Mapping[str, float], gone: set[str]
) -> list[Match]:
    if max(len(olds), len(news)) > _PAIRED:
        same = _written_alike(olds, news, lost, now, gone)
        taken = {word for match in same for word in (match.old, match.new)}
        olds = sorted((word for word in olds if word not in taken), key=lambda word: -lost[word])[:_PAIRED]
        news = sorted((word for word in news if word not in taken), key=lambda word: -now[word])[:_PAIRED]
        return [*same, *_assigned(olds, news, lost, now, gone)]
    if not olds or not news:
        return []
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    table = [[_match(old, new, lost[old], now[new], is_gone=old in gone) for new in news] for old in olds]
    scores = np.array([[match.score if match.score >= LIKELY else 0.0 for match in row] for row in table])
    chosen = zip(*linear_sum_assignment(scores, maximize=True), strict=True)
    return [table[row][place] for row, place in chosen if scores[row, place] >= LIKELY]


def _written_alike(
    olds: list[str], news: list[str], lost: Mapping[str, float], now: Mapping[str, float], gone: set[str]
) -> list[Match]:
    """Return pairs that differ in case, spaces and punctuation only, where no other word is written so."""
    by_text: dict[str, tuple[list[str], list[str]]] = {}
    for side, words in enumerate((olds, news)):
        for word in words:
            by_text.setdefault(_number(word) or _plain(word), ([], []))[side].append(word)
    pairs = [(old[0], new[0]) for text, (old, new) in by_text.items() if text and len(old) == len(new) == 1]
    return [_match(old, new, lost[old], now[new], is_gone=old in gone) for old, new in pairs]


def _match(old: str, new: str, lost: float, gained: float, *, is_gone: bool) -> Match:
    frequency = min(lost, gained) / max(lost, gained)
    if is_gone:
        return Match(old, new, "renamed", likeness(old, new, _least_text(frequency)), frequency)
    text = likeness(old, new, _SIMILAR * _WEIGHT)
    alike = text >= _SIMILAR * _WEIGHT  # a word that is still there loses rows for many reasons
    return Match(old, new, "respelled", text if alike else 0.0, frequency if alike else 0.0)


def _least_text(frequency: float) -> float:
    """Return the likeness in text below which a pair would be proposed only for its frequency, or not at all."""
    alone = _score(0.0, frequency)
    return 0.0 if alone >= LIKELY else (1 - (1 - LIKELY) / (1 - alone)) / _WEIGHT


def _merged(old: str, share: float, gains: Mapping[str, float], now: Mapping[str, float]) -> Match | None:
    ways = [
        Match(old, word, "merged", likeness(old, word), min(share, gain) / max(share, gain))
        for word, gain in gains.items()
        if gain >= _CONSERVED * share and share >= _NOTED * now[word] and word != old
    ]
    return max(ways, key=lambda way: (way.score, way.new), default=None)


def _score(text: float, frequency: float) -> float:
    return 1 - (1 - _WEIGHT * text) * (1 - _WEIGHT * frequency)


def likeness(one: str, other: str, least: float = 0.0) -> float:
    """Return how alike two words are written, in [0, 1]: case, spaces and punctuation count nothing.

    Parameters
    ----------
    one, other
        The words; of long ones, the beginnings are compared.
    least
        Below it the exact number does not matter, and it may be 0.

    Examples
    --------
    >>> likeness("In Progress", "in_progress"), likeness("1", "1.0"), likeness("No", "N"), likeness("CRD", "credit")
    (1.0, 1.0, 0.9, 0.8)
    >>> likeness("cat", "dog")
    0.0
    """
    from difflib import SequenceMatcher

    left, right = _number(one) or _plain(one), _number(other) or _plain(other)
    if left == right:
        return 1.0
    short, long = sorted((left, right), key=len)
    if short and long.startswith(short):
        return _PREFIX
    if len(short) > 1 and short[0] == long[0] and _is_within(short, long):
        return _ABBREVIATION
    left, right = left[:_COMPARED], right[:_COMPARED]
    if len(short) >= _LONG and len(_pairs(left) & _pairs(right)) < _SHARED * len(_pairs(left) | _pairs(right)):
        return 0.0
    compared = SequenceMatcher(None, left, right, autojunk=False)
    return 0.0 if _SIMILAR * compared.quick_ratio() < least else round(_SIMILAR * compared.ratio(), 3)


@lru_cache(maxsize=4_096)
def _plain(word: str) -> str:
    return re.sub(r"[\W_]+", "", word.casefold())


@lru_cache(maxsize=4_096)
def _pairs(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring characters."""
    return frozenset(one + other for one, other in pairwise(text))


@lru_cache(maxsize=4_096)
def _number(word: str) -> str:
    try:
        return f"{float(word):g}"
    except ValueError:
        return ""


def _is_within(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)
