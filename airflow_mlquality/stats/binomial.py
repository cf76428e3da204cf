"""Exact bounds of a binomial share."""

from __future__ import annotations


def lower_share(count: int, rows: int, error_rate: float) -> float:
    """Return the lower bound of Clopper and Pearson: it exceeds the true share in at most `error_rate` of samples.

    Parameters
    ----------
    count
        Rows counted, in [0, rows].
    rows
        At least 1.
    error_rate
        In (0, 1).

    References
    ----------
    Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of
    the binomial. Biometrika, 26, 404-413. DOI 10.1093/biomet/26.4.404

    Examples
    --------
    >>> round(lower_share(5, 100, 0.025), 4), lower_share(0, 100, 0.025)
    (0.0164, 0.0)
    """
    from scipy import special

    return float(special.betaincinv(count, rows - count + 1, error_rate)) if count > 0 else 0.0


def upper_share(count: int, rows: int, error_rate: float) -> float:
    """Return the upper bound of Clopper and Pearson: it falls below the true share in at most `error_rate` of samples.

    Examples
    --------
    >>> round(upper_share(5, 100, 0.025), 4), upper_share(100, 100, 0.025)
    (0.1128, 1.0)
    """
    from scipy import special

    return float(special.betaincinv(count + 1, rows - count, 1 - error_rate)) if count < rows else 1.0
