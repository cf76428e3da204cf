"""What mlquality says of the tables of `answers.py`, and what its counts say by the definitions of peers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from airflow_mlquality.audit import audit, take_profile
from airflow_mlquality.measurements import Moments, Shape
from airflow_mlquality.stats.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from airflow_mlquality.stats.confident import joint_of_labels, thresholds
from airflow_mlquality.stats.distances import (
    hellinger_divergence,
    jensen_shannon_divergence,
    psi,
    total_variation,
)

if TYPE_CHECKING:
    from airflow_mlquality.report import Report


@dataclass(frozen=True)
class Question:
    """One number.

    Parameters
    ----------
    ours
        What mlquality says.
    within
        How far another answer may lie from it and still be the same.
    differs
        Why a definition is another one; empty when it is the same.
    as_theirs
        What our counts give by the other definition: then that is held against the other answer.
    """

    ours: float
    within: float = 1e-9
    differs: str = ""
    as_theirs: float | None = None


HALF_A_ROW = "ours counts half a row more in every cell, so that an empty one is no infinity"
LESS_CHANCE = "ours without what sampling alone adds"
OTHER_BINS = "ours on 10 to 20 cells of equal mass, theirs on bins of equal width"
A_P_VALUE = "theirs is the probability of so large a distance without change, ours the distance"
IN_UNITS = f"{LESS_CHANCE}, in standard deviations; theirs in units"


def ours(asked: dict[str, Any]) -> dict[str, Question]:
    """Return what mlquality says, by question; what is meant for one peer alone has its name."""
    return {**_of_rows(asked), **_of_counts(asked), **_of_agreement(asked), **_of_drift(asked), **_of_labels(asked)}


def _of_rows(asked: dict[str, Any]) -> dict[str, Question]:
    rows = pa.table({name: asked[name] for name in ("amount", "kind", "key")})
    contract = {
        "version": 1,
        "contract": "answers",
        "columns": {
            "amount": {"between": {"min": 60, "max": 140}, "null_share": {"fail": 0.5}},
            "kind": {"accepted_values": ["red", "green", "blue"], "matches": "[a-z]{3,4}"},
            "key": {"unique": True},
        },
    }
    report = audit(contract, rows, whole_profile=True)
    shares = {verdict.id: float(verdict.observed or 0) for verdict in report.verdicts}
    moments = report.profile[Moments("amount")]
    outside = shares["amount.between"]
    return {
        "share out of range": Question(
            outside, differs="ours of the values, theirs of all rows", as_theirs=outside * moments.count / len(rows)
        ),
        "share of nulls": Question(shares["amount.null_share"]),
        "share out of a set": Question(shares["kind.accepted_values"]),
        "share not matching": Question(shares["kind.matches"]),
        "share of repeated keys": Question(shares["key.unique"], differs="ours counts the rows beyond the first"),
        "mean": Question(moments.mean or 0.0),
        "standard deviation": Question(moments.std or 0.0),
    }


def _of_counts(asked: dict[str, Any]) -> dict[str, Question]:
    reference, current = asked["reference_counts"], asked["current_counts"]
    shares = [np.array(each) / sum(each) for each in (reference, current)]
    return {
        "total variation": Question(float(total_variation(*shares))),
        "Jensen-Shannon divergence, bits": Question(
            float(jensen_shannon_divergence(reference, current)), 1e-9, HALF_A_ROW, _js(*shares) ** 2
        ),
        "squared Hellinger distance": Question(
            float(hellinger_divergence(reference, current)), 1e-9, HALF_A_ROW, _hellinger(*shares) ** 2
        ),
        "PSI": Question(float(psi(reference, current)), 1e-9, HALF_A_ROW, _psi(*shares)),
    }


def _of_agreement(asked: dict[str, Any]) -> dict[str, Question]:
    confusion = np.zeros((3, 3))
    np.add.at(confusion, (asked["label"], asked["proxy"]), 1)
    ratings = asked["ratings"]
    kappa, alpha, fleiss = cohen_kappa(confusion), krippendorff_alpha(ratings), fleiss_kappa(ratings)
    return {
        "Cohen's kappa": Question(kappa.value if kappa else float("nan")),
        "Fleiss' kappa": Question(fleiss if fleiss is not None else float("nan")),
        "Krippendorff's alpha, nominal": Question(alpha.value if alpha else float("nan")),
    }


# ---- drift ----


def _of_drift(asked: dict[str, Any]) -> dict[str, Question]:
    """Return the distances that the check tells, and by plain definitions those of its counts."""
    reference, current = take_profile(pa.table(asked["reference"])), pa.table(asked["current"])
    told: dict[str, dict[str, float]] = {}
    for method in ("psi", "js", "hellinger", "tv", "ks", "wasserstein"):
        drift = {"columns": ["colour", "visits", "score"], "method": method}
        report = audit({"version": 1, "contract": "answers", "drift": drift}, current, reference=reference)
        told[method] = {verdict.id.removeprefix("drift."): float(verdict.observed or 0) for verdict in report.verdicts}
    counts = {
        name: [np.array(profile[Shape(name)].counts, float) for profile in (reference, report.profile)]
        for name in ("colour", "visits", "score")
    }
    shares = {name: [each / each.sum() for each in both if each.any()] for name, both in counts.items()}
    return {**_of_colour(told, shares["colour"]), **_of_visits(told, shares["visits"]), **_of_score(told)}


def _of_colour(told: dict[str, dict[str, float]], shares: list[Any]) -> dict[str, Question]:
    at = {method: values["colour"] for method, values in told.items()}
    return {
        "drift of colour, psi": Question(at["psi"], 1e-9, LESS_CHANCE, _psi(*shares)),
        "drift of colour, jensenshannon": Question(
            at["js"], 1e-9, f"{LESS_CHANCE}, in bits; theirs in nats", _js(*shares, base=np.e)
        ),
        "drift of colour, jensen_shannon": Question(at["js"], 1e-9, LESS_CHANCE, _js(*shares)),
        "drift of colour, hellinger": Question(at["hellinger"], 1e-9, LESS_CHANCE, _hellinger(*shares)),
        "drift of colour, TVD": Question(at["tv"], differs=A_P_VALUE),
        "drift of colour, l_infinity": Question(at["ks"], 1e-9, LESS_CHANCE, float(abs(shares[0] - shares[1]).max())),
    }


def _of_visits(told: dict[str, dict[str, float]], shares: list[Any]) -> dict[str, Question]:
    """Return what is said of a number of few values, each of which has a bin of its own."""
    at = {method: values["visits"] for method, values in told.items()}
    held = [np.array([share for share in each if share]) for each in shares]
    gaps = abs(np.cumsum(held[1] - held[0]))
    values = np.arange(len(held[0]))
    spread = float(np.sqrt(held[0] @ (values - held[0] @ values) ** 2))
    return {
        "drift of visits, psi": Question(at["psi"], 1e-9, LESS_CHANCE, _psi(*held)),
        "drift of visits, jensenshannon": Question(
            at["js"], 1e-9, f"{LESS_CHANCE}, in bits; theirs in nats", _js(*held, base=np.e)
        ),
        "drift of visits, jensen_shannon": Question(at["js"], 1e-9, LESS_CHANCE, _js(*held)),
        "drift of visits, hellinger": Question(at["hellinger"], differs="ours by value, theirs on bins of equal width"),
        "drift of visits, hellinger | NannyML": Question(at["hellinger"], 1e-9, LESS_CHANCE, _hellinger(*held)),
        "drift of visits, ks": Question(at["ks"], differs=A_P_VALUE),
        "drift of visits, kolmogorov_smirnov": Question(at["ks"], 1e-9, LESS_CHANCE, float(gaps.max())),
        "drift of visits, wasserstein": Question(at["wasserstein"], 1e-9, LESS_CHANCE, float(gaps.sum()) / spread),
        "drift of visits, wasserstein | NannyML": Question(at["wasserstein"], 1e-9, IN_UNITS, float(gaps.sum())),
    }


def _of_score(told: dict[str, dict[str, float]]) -> dict[str, Question]:
    """Return what is said of a number of many values, of which ours knows counts on fifty bins."""
    at = {method: values["score"] for method, values in told.items()}
    on_bins = f"{LESS_CHANCE}, on 50 bins of the reference; theirs of every value"
    return {
        "drift of score, psi": Question(at["psi"], differs=OTHER_BINS),
        "drift of score, jensenshannon": Question(at["js"], differs=f"{OTHER_BINS}, in nats"),
        "drift of score, jensen_shannon": Question(at["js"], differs=OTHER_BINS),
        "drift of score, hellinger": Question(at["hellinger"], differs=OTHER_BINS),
        "drift of score, ks": Question(at["ks"], differs=A_P_VALUE),
        "drift of score, kolmogorov_smirnov": Question(at["ks"], differs=on_bins),
        "drift of score, wasserstein": Question(at["wasserstein"], differs=on_bins),
        "drift of score, wasserstein | NannyML": Question(at["wasserstein"], differs=on_bins),
    }


def _psi(q: Any, p: Any) -> float:
    return float(((p - q) * np.log(p / q)).sum())


def _js(q: Any, p: Any, base: float = 2.0) -> float:
    """Return the Jensen-Shannon distance, the root of the divergence."""
    middle = (p + q) / 2
    return float(np.sqrt((p * np.log(p / middle) + q * np.log(q / middle)).sum() / 2 / np.log(base)))


def _hellinger(q: Any, p: Any) -> float:
    return float(np.sqrt(1 - np.sqrt(p * q).sum()))


# ---- labels ----


def _of_labels(asked: dict[str, Any]) -> dict[str, Question]:
    """Return what the check of wrong labels tells, and what its statistics say row by row."""
    labels, shares = np.array(asked["given"]), np.array(asked["probabilities"])
    table = pa.table({"given": labels, **{f"p{at}": shares[:, at] for at in range(3)}})
    noise = {"column": "given", "label_noise": {at: f"p{at}" for at in range(3)}}
    report: Report = audit({"version": 1, "contract": "answers", "labels": noise}, table)
    verdict = next(each for each in report.verdicts if each.check == "label_noise")
    rows = np.bincount(labels, minlength=3)
    own = np.bincount(labels, shares[np.arange(len(labels)), labels], minlength=3)
    limits, most = thresholds(own, rows), shares.argmax(axis=1)
    is_sure = (shares >= limits - 1e-6).any(axis=1)
    sure = np.where((shares >= limits).sum(axis=1) > 1, most, (shares >= limits).argmax(axis=1))
    counted = np.zeros((3, 3))
    np.add.at(counted, (labels[is_sure], sure[is_sure]), 1)
    wrong = 1 - float(joint_of_labels(counted, rows).trace()) / len(labels)
    evidence, share = verdict.evidence, float(verdict.observed or 0)
    surely = evidence["contradicted_surely"]
    return {
        **{f"threshold of class {at}": Question(float(each)) for at, each in enumerate(limits)},
        "rows labelled otherwise than surely so": Question(surely),
        "rows labelled otherwise than probable": Question(evidence["contradicted"]),
        "share of surely wrong labels": Question(surely / len(labels)),
        "share of wrong labels": Question(
            share, 3 / len(labels), "ours of groups of like rows; theirs in whole rows of each pair of classes", wrong
        ),
        "rows with wrong labels": Question(
            share * len(labels), differs="ours by the joint; theirs are the rows that it picks pair by pair"
        ),
    }
