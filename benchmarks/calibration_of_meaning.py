"""Facts for the checks of meaning, drawn as counts."""

from __future__ import annotations

import numpy as np
from scipy import special

from airflow_mlquality.checks import DefaultSpike, Facts, ScaleStable, Vocabulary
from airflow_mlquality.checks.meaning.spectra import CELLS_PER_DECADE
from airflow_mlquality.checks.meaning.spikes import TOP
from airflow_mlquality.checks.meaning.words import MOST_WORDS
from airflow_mlquality.measurements import Groups, GroupsFact
from benchmarks.calibration_scene import NAMES, Sampler, Scene, both, profile, schema_of, sides, zipf

CELLS = np.arange(-60, 120)


def scale_of(check: ScaleStable, sampler: Sampler, rows: int, _: int, moved: float) -> Facts:
    """Return a log-normal number in cells of its logarithm, of which some rows are a hundred times too large."""
    columns = {"x": "float"}
    asked = next(each for each in check.needs(schema_of(columns)) if isinstance(each, Groups))
    ends = (np.append(CELLS, CELLS[-1] + 1) / CELLS_PER_DECADE * np.log(10) - 2) / 0.8
    shares = np.diff(special.ndtr(ends))
    profiles = []
    for number, change in sides(sampler, rows, moved):
        true, slipped = sampler.counts(number, [1 - change, change])
        counts: dict[int, int] = {}
        for count, shift in ((true, 0), (slipped, 2 * CELLS_PER_DECADE)):
            for cell, found in zip(CELLS, sampler.counts(count, shares), strict=True):
                counts[int(cell) + shift] = counts.get(int(cell) + shift, 0) + found
        fact = GroupsFact(tuple((1, cell, count) for cell, count in counts.items() if count))
        profiles.append(profile(number, columns, {asked: fact}))
    return both(*profiles)


def _largest(counts: list[int], names: list[str], most: int) -> GroupsFact:
    """Return the largest groups as a profile keeps them."""
    found = sorted(((name, count) for name, count in zip(names, counts, strict=True) if count), key=lambda x: -x[1])
    return GroupsFact(tuple(found[:most]), len(found) <= most)


def words_of(check: Vocabulary, sampler: Sampler, rows: int, categories: int, moved: float) -> Facts:
    """Return the words of a category, to which three are added."""
    columns = {"x": "string"}
    asked = next(each for each in check.needs(schema_of(columns)) if isinstance(each, Groups))
    names = [*NAMES[:categories], "new", "newer", "newest"]
    profiles = []
    for number, change in sides(sampler, rows, moved):
        counts = sampler.counts(number, [*(1 - change) * zipf(categories), *np.full(3, change / 3)])
        profiles.append(profile(number, columns, {asked: _largest(counts, names, MOST_WORDS)}))
    return both(*profiles)


def spikes_of(check: DefaultSpike, sampler: Sampler, rows: int, categories: int, moved: float) -> Facts:
    """Return the values of a category, of which one gains rows of all others."""
    columns = {"x": "string"}
    top, total = (each for each in check.needs(schema_of(columns)) if isinstance(each, Groups))
    profiles = []
    for number, change in sides(sampler, rows, moved):
        shares = (1 - change) * zipf(categories)
        shares[categories // 2] += change
        counts = sampler.counts(number, shares)
        facts = {top: _largest(counts, NAMES[:categories], TOP), total: GroupsFact(((-1, number),))}
        profiles.append(profile(number, columns, facts))
    return both(*profiles)


SCENES = (
    Scene("scale_stable", "", lambda _: ScaleStable(column="x"), scale_of, lambda _, moved: moved, (0,),
          lambda _: 25),
    Scene("vocabulary", "", lambda _: Vocabulary(column="x"), words_of, lambda _, moved: moved),
    Scene("default_spike", "", lambda _: DefaultSpike(column="x"), spikes_of),
)  # fmt: skip
