"""A table without any accepted one: what nearly all of its rows keep, and the cells that do not."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import Check, Determines, Matches, Sentinels, Type
from airflow_mlquality.contract import Contract
from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOLDS = 0.9
"""What this share of the rows keeps is taken for a rule; the rest breaks it."""
RARE = 0.02
"""A form of fewer rows is none of its column's."""
MOST_FORMS = 5
"""A column of more usual forms is written freely."""
GROUP = 3
"""In a group of so many rows a majority says something."""


@dataclass(frozen=True)
class _Found:
    check: Check
    column: str
    mask: np.ndarray


def alone(path: str) -> dict[str, Any]:
    """Judge a table by itself: forms that are rare in their column, minorities of a dependency, codes for missing."""
    texts = pd.read_csv(path, dtype=str, keep_default_na=False)
    found = [*_missing(texts), *_numbers(texts), *_forms(texts), *_dependencies(texts)]
    declared = [Type(column=name, expected="string") for name in texts]
    contract = Contract(
        name="alone",
        checks=(*declared, *(each.check for each in found)),
        samples=frozenset(texts),
        allow_empty=True,
    )
    bad = {verdict.id: verdict for verdict in audit(contract, path).verdicts if verdict.outcome is Outcome.FAIL}
    broken = [each for each in found if each.check.verdict_id in bad]
    cells = {(int(row), each.column) for each in broken for row in np.flatnonzero(each.mask)}
    return {
        "flag": bool(bad),
        "score": float(len(cells)),
        "columns": {name: {"flag": True, "score": 1.0, "kind": "cells"} for name in {name for _, name in cells}},
        "cells": [list(cell) for cell in sorted(cells)],
    }


# ---- forms ----


def form(text: str) -> str:
    """Return how a text is written: a run of letters is a letter, a run of digits a digit.

    >>> form("12.0 oz."), form("AB-1"), form("")
    ('9.9 a.', 'A-9', '')
    """
    return re.sub(r"[A-Z]+", "A", re.sub(r"[a-z]+", "a", re.sub(r"[0-9]+", "9", text)))


def _pattern(form_: str) -> str:
    runs = {"9": "[0-9]+", "a": "[a-z]+", "A": "[A-Z]+"}
    return "".join(runs.get(letter) or re.escape(letter) for letter in form_)


_MISSING = ("", "n/a", "na", "null", "none", "nan", "nil", "unknown", "-", "?")
_NUMBER = "[+-]?[0-9]+([.][0-9]+)?"


def _missing(texts: pd.DataFrame) -> Iterator[_Found]:
    """Propose for each column that no text stands for a missing value; an empty one is what missing looks like."""
    for name in texts:
        mask = texts[name].str.strip().str.lower().isin(_MISSING[1:])
        yield _Found(Sentinels(column=name, except_=("",), fail=0), name, mask.to_numpy())


def _numbers(texts: pd.DataFrame) -> Iterator[_Found]:
    """Propose that numbers are written bare, where some of them carry a unit, or all of them do in several ways."""
    for name in texts:
        judged = ~texts[name].str.strip().str.lower().isin(_MISSING)
        units = texts[name][judged].str.extract(f"^{_NUMBER}([^0-9]*)$")[1].dropna()
        shares = units.value_counts(normalize=True)
        is_mixed = shares.get("", 0.0) >= HOLDS / 2 or (shares >= RARE).sum() > 1
        if len(shares) > 1 and len(units) >= HOLDS * judged.sum() and is_mixed and len(shares) <= len(units) ** 0.5:
            mask = judged & ~texts[name].str.fullmatch(_NUMBER)
            check = Matches(column=name, pattern=f"{_NUMBER}|[^0-9]*", id=f"{name}.bare", fail=0)
            yield _Found(check, name, mask.to_numpy())


def _forms(texts: pd.DataFrame) -> Iterator[_Found]:
    """Propose for each column the forms that nearly all of its rows have, where a few forms suffice."""
    for name in texts:
        forms = texts[name].map(form)
        shares = forms.value_counts(normalize=True)
        usual = [each for each, share in shares.items() if share >= RARE]
        if len(shares) == len(usual) or len(usual) > MOST_FORMS or shares[usual].sum() < HOLDS:
            continue
        pattern = "|".join(_pattern(each) for each in usual)
        yield _Found(Matches(column=name, pattern=pattern, fail=0), name, (~forms.isin(usual)).to_numpy())


# ---- dependencies ----


def _dependencies(texts: pd.DataFrame) -> Iterator[_Found]:
    """Propose which column tells another in nearly all rows, better than the frequency of its values would."""
    codes = {name: pd.factorize(texts[name])[0] for name in texts}
    votes: dict[str, list[tuple[str, np.ndarray]]] = {}
    for one, other in permutations(texts, 2):
        minority = _minority(codes[one], codes[other])
        if minority is not None:
            votes.setdefault(other, []).append((one, minority))
    for name, said in votes.items():
        for one, minority in said:
            yield _Found(Determines(by=(one,), determines=name, fail=0), name, minority & _outvoted(said))


def _outvoted(said: list[tuple[str, np.ndarray]]) -> np.ndarray:
    """Return the cells against which at least half of the columns speak that tell them."""
    return np.mean([minority for _, minority in said], axis=0) >= 0.5  # noqa: PLR2004  a majority


def _minority(one: np.ndarray, other: np.ndarray) -> np.ndarray | None:
    """Return the rows whose value is not that of the majority of their group; None where there is no dependency."""
    rows = len(one)
    sizes = np.bincount(one)
    big = sizes[one] >= GROUP
    if big.mean() < 0.5 or len(np.unique(other)) < 2:  # noqa: PLR2004  most rows must have a group, and a choice
        return None
    pairs: Mapping[tuple[int, int], int] = Counter(zip(one.tolist(), other.tolist(), strict=True))
    most: dict[int, tuple[int, int]] = {}
    for (group, value), count in pairs.items():
        if count > most.get(group, (0, -1))[0]:
            most[group] = (count, value)
    usual = np.fromiter((most[group][1] for group in one.tolist()), dtype=int, count=rows)
    clear = np.fromiter((2 * most[group][0] > sizes[group] for group in one.tolist()), dtype=bool, count=rows)
    agrees = (usual == other)[big]
    by_chance = np.bincount(other).max() / rows
    if agrees.mean() < HOLDS or 1 - agrees.mean() > (1 - by_chance) / 2:
        return None
    minority: np.ndarray = big & clear & (usual != other)
    return minority
