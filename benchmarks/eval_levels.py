"""Levels from accepted partitions: what the next one may show, by a prediction limit that all checks share.

A handful of partitions tells little of how much one check varies; the spread of each is therefore moderated by that of
the others, as expression of many genes in few samples is judged.

References
----------
Smyth, G. K. (2004). Linear models and empirical Bayes methods for assessing differential expression in microarray
experiments. Statistical Applications in Genetics and Molecular Biology, 3(1). DOI 10.2202/1544-6115.1027
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean, variance
from typing import TYPE_CHECKING

from airflow_mlquality.checks import Check, NullShare, RequiredColumns, RowCount, SwappedColumns, Type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from airflow_mlquality.report import Report

ALARMS = 0.05
"""Of partitions in which nothing is wrong, at most so many may be stopped by any of the checks."""
USELESS = 0.5
"""A check that may observe so large a share in a good partition says nothing."""


@dataclass(frozen=True)
class Prior:
    """What the spread of other checks says of that of one: a variance, and as how many degrees of freedom it counts."""

    variance: float = 0.0
    weight: float = 0.0

    @classmethod
    def of(cls, variances: Sequence[float], freedom: int) -> Prior:
        """Return the prior that variances of as many degrees of freedom suggest (Smyth 2004, section 6.2).

        >>> Prior.of([1.0, 1.0, 1.0, 1.0], 3).weight
        1000000.0
        """
        from scipy.optimize import brentq
        from scipy.special import digamma, polygamma

        logs = [math.log(each) for each in variances if each > 0]
        if len(logs) < 3 or freedom < 1:  # noqa: PLR2004  too few to tell
            return cls()
        more = variance(logs) - float(polygamma(1, freedom / 2))
        least, most = 0.02, 1e6
        weight = most
        if more > float(polygamma(1, most / 2)):
            weight = float(brentq(lambda each: float(polygamma(1, each / 2)) - more, least, most))
        middle = fmean(logs) - float(digamma(freedom / 2)) + math.log(freedom / 2)
        scale = math.log(weight / 2) - float(digamma(weight / 2))
        return cls(math.exp(middle - scale), weight)


def limit(
    seen: Sequence[float], error_rate: float, *, is_share: bool, prior: Prior | None = None, least: float = 0.0
) -> float:
    """Return which number the next partition exceeds with a probability of `error_rate`, were nothing wrong with it.

    Student's prediction limit of one more observation from the same normal law, at a moderated spread; of shares after
    the arc sine of their root, which gives all of them the same one.

    Parameters
    ----------
    seen
        What good partitions showed.
    error_rate
        Of this check.
    is_share
        Whether it lies in [0, 1].
    prior
        What other checks say of the spread.
    least
        The spread that chance alone makes.

    Examples
    --------
    >>> round(limit([0.01, 0.012, 0.008, 0.01], 0.01, is_share=True), 4)
    0.02
    """
    from scipy.stats import t

    number, known = len(seen), prior or Prior()
    if number < 2:  # noqa: PLR2004  one number has no spread
        return 2 * max(seen, default=0.0)
    values = [_even(each) if is_share else each for each in seen]
    freedom = number - 1 + known.weight
    spread = math.sqrt(((number - 1) * variance(values) + known.weight * known.variance) / freedom)
    upper = fmean(values) + float(t.isf(error_rate, freedom)) * max(spread, least) * math.sqrt(1 + 1 / number)
    return math.sin(min(upper, math.pi / 2)) ** 2 if is_share else upper


def _even(share: float) -> float:
    return math.asin(math.sqrt(min(1.0, max(0.0, share))))


def levelled(checks: Sequence[Check], tried: Iterable[Report], counted: Mapping[str, Sequence[float]]) -> list[Check]:
    """Return the checks with levels that the next good partition keeps, without those that then say nothing.

    Parameters
    ----------
    checks
        Each with the level from which on a change matters.
    tried
        Reports of partitions on which the checks had not been learned.
    counted
        By the id of a check with next to no freedom of its own, what each of all partitions shows.
    """
    reports = list(tried)
    seen: dict[str, list[float]] = defaultdict(list)
    units: dict[str, str] = {}
    for report in reports:
        for verdict in report.verdicts:
            if verdict.observed is not None:
                seen[verdict.id].append(verdict.observed)
                units[verdict.id] = verdict.unit
    rows = min((report.rows or 1 for report in reports), default=1)
    asked = _Asked({**seen, **counted}, units, ALARMS / max(1, len(checks)), rows, {})
    for unit in set(units.values()):
        of_unit = [
            _values(seen[name], unit) for name in seen if units[name] == unit and len(seen[name]) == len(reports)
        ]
        spreads = [variance(values) for values in of_unit if len(values) > 1]
        asked.priors[unit] = Prior.of(spreads, len(reports) - 1)
    kept = [_kept(check, asked) for check in checks]
    return [check for check in kept if check is not None]


def _values(seen: Sequence[float], unit: str) -> list[float]:
    return [_even(each) for each in seen] if unit == "share" else list(seen)


@dataclass(frozen=True)
class _Asked:
    seen: Mapping[str, Sequence[float]]
    units: Mapping[str, str]
    rate: float
    rows: int
    priors: dict[str, Prior]


def _kept(check: Check, asked: _Asked) -> Check | None:
    level, seen = getattr(check, "fail", None), asked.seen.get(check.verdict_id, ())
    if isinstance(check, RequiredColumns | Type | RowCount) or not isinstance(level, int | float):
        return check
    if isinstance(check, SwappedColumns):
        return check if max(seen, default=0.0) <= level else None
    if not seen and not isinstance(check, NullShare):
        return None  # it could be tried on no partition, so that nobody knows what it says of good ones
    unit = asked.units.get(check.verdict_id, "share")
    is_share, prior = unit == "share", asked.priors.get(unit)
    least = 1 / (2 * math.sqrt(asked.rows)) if is_share else 0.0
    highest = max(float(level), limit(seen, asked.rate, is_share=is_share, prior=prior, least=least))
    if is_share and highest >= USELESS and not isinstance(check, NullShare):
        return None
    return check.model_copy(update={"fail": min(1.0, highest) if is_share else highest})
