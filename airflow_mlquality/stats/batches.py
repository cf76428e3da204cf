"""How much more class shares vary when rows come in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def design_effect(counts: ArrayLike) -> float:
    """Return how many times the variance of class shares exceeds that of independent rows; at least 1.

    Parameters
    ----------
    counts : array_like, shape (batches, k)
        Rows per batch and class; two batches at least.

    Notes
    -----
    The variance between batches of the shares of all rows (a ratio estimate), by the multinomial one, summed over the
    classes. Of batches of m rows each with a Dirichlet-multinomial law of correlation rho it estimates
    ``1 + (m - 1) rho``; without batch effects it is 1 on average before it is cut off there.

    References
    ----------
    Rao, J. N. K. and Scott, A. J. (1981). The analysis of categorical data from complex sample surveys. Journal of the
    American Statistical Association, 76, 221-230. DOI 10.1080/01621459.1981.10477633

    Examples
    --------
    >>> design_effect([[10, 90], [10, 90]]), round(design_effect([[0, 100], [100, 0]]), 1)
    (1.0, 200.0)
    """
    table = np.asarray(counts, dtype=np.float64)
    rows, batches = table.sum(), len(table)
    shares = table.sum(axis=0) / rows
    apart = table - table.sum(axis=1, keepdims=True) * shares
    between = batches / (batches - 1) * float(np.sum(apart**2)) / rows**2
    alone = float(np.sum(shares * (1 - shares))) / rows
    return max(1.0, float(between / alone)) if alone > 0 else 1.0


def effective_part(effect: float, rows: int, batches: int, error_rate: float) -> float:
    """Return which part of the rows they are worth, the doubt about an estimated effect included; in (0, 1].

    Parameters
    ----------
    effect
        The design effect, at least 1.
    rows, batches
        From which it was estimated; two batches at least.
    error_rate
        At which an interval is taken.

    References
    ----------
    Korn, E. L. and Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data. Survey Methodology, 24, 193-201.

    Examples
    --------
    >>> round(effective_part(2.0, 2000, 30, 0.01), 2)
    0.44
    """
    from scipy import special

    alone, between = (float(special.stdtrit(max(1, n - 1), 1 - error_rate / 2)) for n in (rows, batches))
    return min(1.0, (alone / between) ** 2 / effect)
