"""Facts for the checks of drift, drawn as counts."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

import numpy as np
from scipy import special

from airflow_mlquality.checks import (
    CorrelationStable,
    DependenceStable,
    DomainClassifier,
    Drift,
    EmbeddingDrift,
    Facts,
    Fidelity,
    OutlierShare,
    TextDrift,
)
from airflow_mlquality.checks.drift.contingency import MOST_VALUES
from airflow_mlquality.measurements import (
    Bins,
    Groups,
    GroupsFact,
    Moments,
    MomentsFact,
    Sampled,
    Shape,
    ShapeFact,
    TextTraitsFact,
    VectorFact,
)
from airflow_mlquality.measurements.classifier import FOLDS
from airflow_mlquality.measurements.groups import LIMIT
from airflow_mlquality.measurements.separation import Separation, SeparationFact
from airflow_mlquality.measurements.texts import BLANKS, LENGTHS, TRAITS
from airflow_mlquality.measurements.vectors import COSINES, DIRECTIONS, NORMS
from airflow_mlquality.stats.correlations import POWERS
from benchmarks.calibration_scene import (
    NAMES,
    REFERENCE_ROWS,
    Sampler,
    Scene,
    both,
    profile,
    schema_of,
    sides,
    turned,
    zipf,
)

BINS = 50
NULLS = 0.02
DIMENSIONS = 64


# ---- one column ----


def categories_of(check: Drift, sampler: Sampler, rows: int, categories: int, moved: float) -> Facts:
    """Return a category, of which a profile counts the fifty most frequent singly."""
    kept = min(categories, BINS)
    profiles = []
    for number, change in sides(sampler, rows, moved):
        nulls, *counts = sampler.counts(number, [NULLS, *(1 - NULLS) * turned(zipf(categories), change)])
        bins = Bins("category", values=tuple(NAMES[:kept]))
        fact = ShapeFact(bins, tuple(counts[:kept]), other=sum(counts[kept:]), nulls=nulls)
        profiles.append(profile(number, {"x": "string"}, {check.shape: fact}))
    return both(*profiles)


def _shifted(edges: Any, shift: float) -> Any:
    """Return the shares of a standard normal number that moved, between edges."""
    return np.diff(np.concatenate([[0.0], special.ndtr(np.asarray(edges) - shift), [1.0]]))


def alike_of(check: Fidelity, sampler: Sampler, rows: int, categories: int, moved: float) -> Facts:
    """Return the category of a check that looks at all columns."""
    del check
    return categories_of(Drift(column="x", method="tv"), sampler, rows, categories, moved)


def numbers_of(check: Drift, sampler: Sampler, rows: int, _: int, moved: float) -> Facts:
    """Return a normal number on the bins of its reference, moved by up to two standard deviations."""
    edges = tuple(float(each) for each in special.ndtri(np.arange(1, BINS) / BINS))
    profiles = []
    for number, change in sides(sampler, rows, moved):
        nulls, *counts = sampler.counts(number, [NULLS, *(1 - NULLS) * _shifted(edges, 2 * change)])
        fact = ShapeFact(Bins("number", edges), tuple(counts), nulls=nulls)
        profiles.append(profile(number, {"x": "float"}, {check.shape: fact}))
    return both(*profiles)


@cache
def _atoms() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return values of a normal number, and one far away; and the edges of its bins."""
    values = special.ndtri((np.arange(400) + 0.5) / 400)
    edges = special.ndtri(np.arange(1, BINS) / BINS)
    return tuple(float(each) for each in [*values, 1e4]), tuple(float(each) for each in edges)


def outliers_of(check: OutlierShare, sampler: Sampler, rows: int, _: int, moved: float) -> Facts:
    """Return a normal number of which some rows lie far away."""
    values, edges = (np.array(each) for each in _atoms())
    places = np.searchsorted(edges, values)
    sizes = np.floor(4 * np.log2(abs(values)))
    columns = {"x": "float"}
    asked = next(each for each in check.needs(schema_of(columns)) if isinstance(each, Groups))
    profiles = []
    for number, change in sides(sampler, rows, moved):
        counts = np.array(sampler.counts(number, [*np.full(400, (1 - change) / 400), change]))
        shape = np.bincount(places, counts, minlength=BINS).astype(int)
        held = counts > 0
        groups: defaultdict[tuple[float, float], list[tuple[int, float]]] = defaultdict(list)
        for value, size, count in zip(values[held], sizes[held], counts[held], strict=True):
            groups[float(np.sign(value)), float(size)].append((int(count), float(value)))
        found = [
            (*key, sum(count for count, _ in each), min(value for _, value in each), max(value for _, value in each))
            for key, each in groups.items()
        ]
        facts = {
            Shape("x"): ShapeFact(Bins("number", tuple(edges)), tuple(shape.tolist())),
            Moments("x"): MomentsFact(number, float(values[held].min()), float(values[held].max()), 0.0, 1.0),
            asked: GroupsFact(tuple(found)),
        }
        profiles.append(profile(number, columns, facts))
    return both(*profiles)


# ---- columns together ----

GRID = np.linspace(-3.5, 3.5, 29)
STRENGTH = 0.6


def _bivariate(strength: float) -> Any:
    x, y = np.meshgrid(GRID, GRID, indexing="ij")
    shares = np.exp(-(x * x - 2 * strength * x * y + y * y) / (2 * (1 - strength**2)))
    return shares / shares.sum()


def correlation_of(check: CorrelationStable, sampler: Sampler, rows: int, _: int, moved: float) -> Facts:
    """Return the power sums of two numbers of a correlation that goes from 0.6 to none."""
    columns = {"x": "float", "y": "float"}
    asked = next(each.of for each in check.needs(schema_of(columns)) if isinstance(each, Sampled))
    x, y = (each.ravel() for each in np.meshgrid(GRID, GRID, indexing="ij"))
    powers = np.array([x**a * y**b for a, b in POWERS])
    profiles = []
    for number, change in sides(sampler, rows, moved):
        counts = np.array(sampler.counts(number, _bivariate(STRENGTH * (1 - change))), dtype=float)
        sums = [float(each) for each in powers @ counts]
        profiles.append(profile(number, columns, {asked: GroupsFact(((number, number, *sums),))}))
    return both(*profiles)


KEPT = 0.5
"""Share of rows of which both columns have the same value, where nothing moved: Cramér's V."""


def dependence_of(check: DependenceStable, sampler: Sampler, rows: int, categories: int, moved: float) -> Facts:
    """Return rows by pairs of values, of a dependence that vanishes; a profile keeps the thousand largest groups."""
    assert sampler.random is not None  # noqa: S101  the true value is known
    columns = {"a": "string", "b": "string"}
    pairs, first, second = [each.of for each in check.needs(schema_of(columns)) if isinstance(each, Sampled)]
    shares = zipf(categories)
    profiles = []
    for number, change in sides(sampler, rows, moved):
        same = sampler.binomial(number, KEPT * (1 - change))
        counts = sampler.random.multinomial(sampler.counts(number - same, shares), shares)
        counts += np.diag(sampler.counts(same, shares))
        facts = {pairs: _largest(counts), first: _largest(counts.sum(axis=1)), second: _largest(counts.sum(axis=0))}
        profiles.append(profile(number, columns, facts))
    return both(*profiles)


def _largest(counts: Any) -> GroupsFact:
    """Return rows by value, or by pair of values, as a profile keeps them."""
    held = np.flatnonzero(counts)
    order = held[np.argsort(-counts.ravel()[held], kind="stable")]
    places = zip(*np.unravel_index(order[:LIMIT], counts.shape), strict=True)
    return GroupsFact(tuple((*(NAMES[at] for at in place), int(counts[place])) for place in places), len(held) <= LIMIT)


def _weakened(_: int, moved: float) -> float:
    """Return by how much the strength moved: the share of rows with the same value, however values are put together."""
    return KEPT * moved


def _weakened_given(categories: int, moved: float) -> float:
    """Return the share of rows whose second value would have to be another one, of ten values and the rest."""
    shares = zipf(categories)
    told = np.append(shares[:MOST_VALUES], shares[MOST_VALUES:].sum())
    return KEPT * moved * float(1 - told @ told)


# ---- texts and vectors ----


def texts_of(check: TextDrift, sampler: Sampler, rows: int, _: int, moved: float) -> Facts:
    """Return the looks of texts, of which one trait becomes more frequent."""
    profiles = []
    for number, change in sides(sampler, rows, moved):
        nulls, texts = sampler.counts(number, [NULLS, 1 - NULLS])
        lengths = sampler.counts(texts, _shifted(np.linspace(-3, 3, len(LENGTHS)), 0))
        blanks = sampler.counts(texts, _shifted(np.linspace(-3, 3, len(BLANKS)), 0))
        traits = [sampler.binomial(texts, 0.05 + 0.06 * at) for at in range(len(TRAITS))]
        traits[0] = sampler.binomial(texts, 0.05 + 0.9 * change)
        fact = TextTraitsFact(tuple(lengths), tuple(blanks), tuple(traits), nulls)
        profiles.append(profile(number, {"x": "string"}, {check.compared: fact}))
    return both(*profiles)


def vectors_of(check: EmbeddingDrift, sampler: Sampler, rows: int, _: int, moved: float) -> Facts:
    """Return the cosines and lengths of vectors, which move along one of the directions."""
    profiles = []
    for number, change in sides(sampler, rows, moved):
        shifts = [2 * change, *[0.0] * (DIRECTIONS - 1)]
        cosines = tuple(tuple(sampler.counts(number, _shifted(COSINES, shift))) for shift in shifts)
        norms = tuple(sampler.counts(number, _shifted(np.log(NORMS) * 2, 0)))
        fact = VectorFact(cosines, norms)
        profiles.append(profile(number, {"x": "list"}, {check.compared: fact}))
    return both(*profiles)


# ---- all columns ----


def separated_of(check: DomainClassifier, sampler: Sampler, rows: int, _: int, moved: float) -> Facts:
    """Return the areas of five folds, of normal scores that a classifier gives to rows of both sources."""
    assert sampler.random is not None  # noqa: S101  the true value is known
    columns = {"x": "float"}
    asked = next(each for each in check.needs(schema_of(columns)) if isinstance(each, Separation))
    held, seen = min(REFERENCE_ROWS, check.sample), min(rows, check.sample)
    folds = []
    for _each in range(FOLDS):
        scores = sampler.random.normal(size=(held + seen) // FOLDS)
        before = held // FOLDS
        scores[before:] += 2 * moved
        ranks = np.argsort(np.argsort(scores))[before:] + 1
        now = len(ranks)
        folds.append((float((ranks.sum() - now * (now + 1) / 2) / (before * now)), before, now))
    fact = SeparationFact(tuple(folds), (1.0,), held, seen)
    return both(profile(rows, columns, {asked: fact}))


def area(_: int, moved: float) -> float:
    """Return the area under the curve of such scores."""
    return float(special.ndtr(2 * moved / np.sqrt(2)))


def _drift(method: Any, kind: str) -> Scene:
    drawn = categories_of if kind == "category" else numbers_of
    categories = {} if kind == "category" else {"categories": (0,)}
    return Scene("drift", f"{method}, {kind}", lambda _: Drift(column="x", method=method), drawn, **categories)


def _dependence(method: Any, value: Any) -> Scene:
    return Scene(
        "dependence_stable",
        method,
        lambda _: DependenceStable(pairs=[("a", "b")], pair=("a", "b"), method=method),
        dependence_of,
        value,
        repetitions=lambda k: {100: 20, 1_000: 10}.get(k, 30),
    )


METHODS = ("psi", "js", "hellinger", "tv", "ks", "wasserstein")
SCENES = (
    *(_drift(method, kind) for kind in ("category", "number") for method in METHODS),
    *(
        Scene("outlier_share", method, lambda _, method=method: OutlierShare(column="x", method=method), outliers_of,
              categories=(0,))
        for method in ("iqr", "mad")
    ),
    Scene("correlation_stable", "", lambda _: CorrelationStable(over=["x", "y"], pair=("x", "y")), correlation_of,
          categories=(0,)),
    Scene("fidelity", "one column", lambda _: Fidelity(columns=["x"]), alike_of),
    _dependence("cramers_v", _weakened),
    _dependence("conditional", _weakened_given),
    Scene("text_drift", "", lambda _: TextDrift(column="x"), texts_of, categories=(0,)),
    Scene("embedding_drift", "", lambda _: EmbeddingDrift(column="x", dimensions=DIMENSIONS), vectors_of,
          categories=(0,)),
    Scene("domain_classifier", "scores", lambda _: DomainClassifier(columns=["x"], source="train"), separated_of, area,
          categories=(0,)),
)  # fmt: skip
