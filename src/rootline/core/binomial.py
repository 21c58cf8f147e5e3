"""Shares of a count, with exact intervals."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Shares(NamedTuple):
    """Shares with the ends of their intervals, NaN where nothing was counted; each of the shape of the counts."""

    value: Floats
    low: Floats
    high: Floats


def clopper_pearson(successes: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> Shares:
    """Give shares with the exact binomial interval, which covers the true share at least as often as it says.

    C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404, by quantiles of the beta distribution.
    """
    from scipy.stats import beta  # late: SciPy's statistics take a second

    k, total = np.broadcast_arrays(np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64))
    tail = (1 - confidence) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(total > 0, k / total, np.nan)
        low = np.where(k > 0, beta.ppf(tail, k, total - k + 1), 0.0)
        high = np.where(k < total, beta.ppf(1 - tail, k + 1, total - k), 1.0)
    nothing = total <= 0
    return Shares(value, np.where(nothing, np.nan, low), np.where(nothing, np.nan, high))
