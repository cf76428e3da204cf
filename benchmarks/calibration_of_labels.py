"""Facts for the checks of labels, drawn as counts."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import numpy as np

from airflow_mlquality.checks import Annotators, Facts, LabelNoise, LabelShift, Prior, ProxyAgreement
from airflow_mlquality.measurements import Annotations, AnnotationsFact, ClassCountsFact, Groups, GroupsFact
from airflow_mlquality.measurements.annotations import MOST_ANNOTATIONS
from benchmarks.calibration_scene import NAMES, Sampler, Scene, both, profile, schema_of, sides, turned, turned_by, zipf

MOST_PAIRS = 1_000
"""Pairs of classes that are counted one by one."""
FEW = (2, 10)
RAISED = 4.0
"""By how much a model's class stands out, on the scale of its logits."""


# ---- shares of classes ----


def _prior(categories: int, **options: Any) -> Prior:
    shares = zipf(categories)
    return Prior(column="y", expected=dict(zip(NAMES, (float(each) for each in shares), strict=False)), **options)


def shares_of(check: Prior, sampler: Sampler, rows: int, categories: int, moved: float) -> Facts:
    """Return rows per class."""
    counts = sampler.counts(rows, turned(zipf(categories), moved))
    return both(profile(rows, {"y": "string"}, {check.classes: ClassCountsFact(tuple(counts), 0, 0)}))


def parts_of(check: Prior, sampler: Sampler, rows: int, categories: int, moved: float) -> Facts:
    """Return rows per class of parts: five segments of which one moves, or twenty batches that vary."""
    columns = {"y": "string", "part": "string"}
    asked = next(each for each in check.needs(schema_of(columns)) if isinstance(each, Groups))
    number = 5 if check.by else 20
    found = []
    for at, size in enumerate(sampler.counts(rows, np.full(number, 1 / number))):
        shares = turned(zipf(categories), moved if check.batches or at == 0 else 0.0)
        if check.batches and sampler.random is not None:
            shares = sampler.random.dirichlet(shares * (1 / CORRELATION - 1))
        if size:
            found.append((f"part {at}", size, *sampler.counts(size, shares)))
    whole = [sum(each) for each in zip(*(row[2:] for row in found), strict=True)]
    facts = {check.classes: ClassCountsFact(tuple(whole), 0, 0), asked: GroupsFact(tuple(found))}
    return both(profile(rows, columns, facts))


CORRELATION = 0.02
"""Of rows of one batch."""


# ---- what a model says ----


def _pairs(categories: int, right: float) -> tuple[list[tuple[int, int]], Any]:
    """Return pairs of classes, each with itself and its neighbour, and the share of the second given the first."""
    own = [(at, at) for at in range(categories)]
    other = [(at, (at + 1) % categories) for at in range(categories)]
    return [*own, *other], np.repeat([right, 1 - right], categories)


def _kept(rows: list[tuple[Any, ...]]) -> GroupsFact:
    """Return groups as a profile keeps them."""
    found = sorted((row for row in rows if row[-1]), key=lambda row: -row[-1])
    return GroupsFact(tuple(found[:MOST_PAIRS]), len(found) <= MOST_PAIRS)


def predictions_of(check: LabelShift, sampler: Sampler, rows: int, categories: int, moved: float) -> Facts:
    """Return predicted classes, of which 85 of 100 are right."""
    (now, was), profiles = sides(sampler, rows, moved), []
    pairs, within = _pairs(categories, 0.85)
    for (number, change), columns in ((now, {"said": "string"}), (was, {"said": "string", "y": "string"})):
        schema = schema_of(columns)
        groups = [each for each in check.needs(schema) if isinstance(each, Groups)]
        shares = turned(zipf(categories), change)
        counts = sampler.counts(number, np.tile(shares, 2) * within)
        both_ways = [(NAMES[said], NAMES[true], n) for (true, said), n in zip(pairs, counts, strict=True)]
        said_rows: Counter[str] = Counter()
        for said, _, n in both_ways:
            said_rows[said] += n
        facts = {groups[0]: _kept(list(said_rows.items()))} | {each: _kept(both_ways) for each in groups[1:]}
        profiles.append(profile(number, columns, facts))
    return both(*profiles)


@cache
def _model(categories: int, raised: float) -> Any:
    """Return class probabilities that a model gives, and how often it gives each."""
    random = np.random.default_rng(1)
    centres = np.repeat(np.arange(categories), 30)
    logits = raised * np.eye(categories)[centres] + random.normal(size=(len(centres), categories))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return shares, zipf(categories)[centres] / 30


def probabilities_of(check: LabelShift, sampler: Sampler, rows: int, categories: int, moved: float) -> Facts:
    """Return what a calibrated model says: for each vector of probabilities that it gives, how many rows."""
    shares, often = _model(categories, RAISED)
    joint = often[:, None] * shares
    within = joint / joint.sum(axis=0)
    steps = {2: 200, 3: 40}.get(categories, 10)
    keys = [tuple(int(each) for each in np.floor(row * steps + 0.5)) for row in shares]
    profiles = []
    names = [f"p{at}" for at in range(categories)]
    for number, change in sides(sampler, rows, moved):
        is_now = not profiles
        columns = dict.fromkeys(names, "float") | ({} if is_now else {"y": "string"})
        groups = [each for each in check.needs(schema_of(columns)) if isinstance(each, Groups)]
        true = (1 - change) * joint.sum(axis=0) + change * _ramp(categories)
        counts = np.array(sampler.counts(number, within * true)).reshape(joint.shape)
        facts = {groups[0]: _summed((key, row.sum(), p) for key, row, p in zip(keys, counts, shares, strict=True))}
        if not is_now:
            facts[groups[1]] = _summed(
                ((*key, NAMES[at]), row[at], p)
                for key, row, p in zip(keys, counts, shares, strict=True)
                for at in range(categories)
            )
        profiles.append(profile(number, columns, facts))
    return both(*profiles)


def _summed(rows: Any) -> GroupsFact:
    """Return rows and sums of probabilities by key, from key, rows and probabilities."""
    found: dict[tuple[Any, ...], Any] = {}
    for key, count, probabilities in rows:
        if count:
            known = found.get(key, 0)
            found[key] = known + np.array([count, *(count * probabilities)])
    return GroupsFact(tuple((*key, int(each[0]), *(float(x) for x in each[1:])) for key, each in found.items()))


def labels_of(check: LabelNoise, sampler: Sampler, rows: int, categories: int, moved: float) -> Facts:
    """Return labels of which some are wrong, beside a model that is right in nearly all rows."""
    shares, often = _model(categories, 2 * RAISED)
    columns = {"y": "string"} | {f"p{at}": "float" for at in range(categories)}
    asked = next(each for each in check.needs(schema_of(columns)) if isinstance(each, Groups))
    joint = often[:, None] * shares
    wrong = (joint.sum(axis=1, keepdims=True) - joint) / (categories - 1)
    counts = np.array(sampler.counts(rows, (1 - moved) * joint + moved * wrong)).reshape(joint.shape)
    bins = 100 if categories <= 4 else 25  # noqa: PLR2004  as the check does
    fact = _summed(
        ((NAMES[at], int(p.argmax()), int(p.max() * bins)), row[at], p)
        for row, p in zip(counts, shares, strict=True)
        for at in range(categories)
    )
    return both(profile(rows, columns, {asked: fact}))


# ---- agreement ----


def agreeing_of(check: ProxyAgreement, sampler: Sampler, rows: int, categories: int, moved: float) -> Facts:
    """Return a label and a proxy that agree in 95 of 100 rows, or less."""
    columns = {"y": "string", "said": "string"}
    asked = next(each for each in check.needs(schema_of(columns)) if isinstance(each, Groups))
    pairs, within = _pairs(categories, 0.95 - 0.9 * moved)
    counts = sampler.counts(rows, np.tile(zipf(categories), 2) * within)
    found = [(NAMES[a], NAMES[b], n) for (a, b), n in zip(pairs, counts, strict=True)]
    return both(profile(rows, columns, {asked: _kept(found)}))


def _right(moved: float) -> float:
    return 0.97 - 0.6 * moved


def alpha(categories: int, moved: float) -> float:
    """Return Krippendorff's alpha of annotators who are right so often, its sign turned."""
    right = _right(moved)
    agree, chance = right**2 + (1 - right) ** 2 / (categories - 1), 1 / categories
    return -(agree - chance) / (1 - chance)


def votes_of(_: Annotators, sampler: Sampler, rows: int, categories: int, moved: float) -> Facts:
    """Return what three annotators say of each item."""
    assert sampler.random is not None  # noqa: S101  the true value is known
    number = min(rows, MOST_ANNOTATIONS) // 3
    true = sampler.random.integers(0, categories, number)
    said = []
    for _each in range(3):
        other = (true + sampler.random.integers(1, categories, number)) % categories
        said.append(np.where(sampler.random.random(number) < _right(moved), true, other))
    patterns = Counter(zip(*(each.tolist() for each in said), strict=True))
    items = tuple((n, tuple((who, label, 1) for who, label in enumerate(votes))) for votes, n in patterns.items())
    fact = AnnotationsFact(("ann", "bob", "cy"), tuple(NAMES[:categories]), items, rows <= MOST_ANNOTATIONS)
    columns = {"y": "string", "item": "string", "who": "string"}
    return both(profile(rows, columns, {Annotations("item", "who", "y"): fact}))


def _kappa(categories: int, moved: float) -> float:
    """Return Cohen's kappa of a label and its proxy, its sign turned."""
    right, shares = 0.95 - 0.9 * moved, zipf(categories)
    said = right * shares + (1 - right) * np.roll(shares, 1)
    chance = float(shares @ said)
    return -(right - chance) / (1 - chance)


def _ramped(categories: int, moved: float) -> float:
    """Return the total variation distance of the classes of rows with probabilities."""
    shares, often = _model(categories, RAISED)
    return moved * float(abs(often @ shares - _ramp(categories)).sum()) / 2


def _ramp(categories: int) -> Any:
    squares = np.arange(1, categories + 1) ** 2
    return squares / squares.sum()


def _named(categories: int) -> dict[str, str]:
    return {NAMES[at]: f"p{at}" for at in range(categories)}


SCENES = (
    Scene("prior", "", _prior, shares_of, turned_by, repetitions=lambda k: {1_000: 1, 100: 10}.get(k, 40)),
    Scene("prior", "by segment", lambda k: _prior(k, by="part"), parts_of, turned_by, FEW, lambda _: 20),
    Scene("prior", "in batches", lambda k: _prior(k, batches="part"), parts_of, turned_by, FEW, lambda _: 20),
    Scene("label_noise", "", lambda k: LabelNoise(column="y", probabilities=_named(k)), labels_of,
          lambda _, moved: moved, FEW, lambda k: {10: 4}.get(k, 20)),
    Scene("label_shift", "black box", lambda _: LabelShift(column="y", prediction="said"), predictions_of, turned_by,
          repetitions=lambda k: {1_000: 1, 100: 2, 10: 20}.get(k, 40)),
    Scene("label_shift", "expectation maximisation", lambda k: LabelShift(column="y", probabilities=_named(k)),
          probabilities_of, _ramped, FEW, lambda k: {10: 3}.get(k, 12)),
    Scene("proxy_agreement", "", lambda _: ProxyAgreement(column="y", proxy="said"), agreeing_of, _kappa,
          repetitions=lambda k: {1_000: 1, 100: 10}.get(k, 40)),
    Scene("annotators", "", lambda _: Annotators(column="y", item="item", annotator="who"), votes_of, alpha,
          categories=FEW, repetitions=lambda _: 5),
)  # fmt: skip
