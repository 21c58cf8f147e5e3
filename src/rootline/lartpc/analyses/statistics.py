"""Intervals: every number that an analysis quotes carries one, at 95 % unless said otherwise.

An interval here is for one number alone; nothing is corrected for the
number of pairs or latents looked at.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rootline.core.seeds import seed_for

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CONFIDENCE = 0.95

ROC_GRID: Final = np.linspace(0, 1, 101)
"""Shares of the negative class at which curves are given."""


class Interval(NamedTuple):
    """Lower and upper end of a confidence interval."""

    low: float
    high: float


UNKNOWN = Interval(np.nan, np.nan)


def random_state(seed: int, *names: str | int) -> int:
    """Give a seed in scikit-learn's range of 32 bits for this seed and these names."""
    return seed_for(seed, *names) % 2**32


def spearman_interval(rho: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Give the ends of the interval of Spearman's rho by Fisher's z.

    The standard error of z is sqrt((1 + rho^2 / 2) / (n - 3)), equation 3 of
    Bonett and Wright, Psychometrika 65 (2000) 23. Below four pairs, and for
    an undefined rho, both ends are NaN; a rho of exactly 1 or -1 is its own interval.
    """
    from scipy.special import ndtri

    rho, n = np.broadcast_arrays(np.asarray(rho, dtype=float), np.asarray(n, dtype=float))
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(np.where(n > 3, (1 + rho**2 / 2) / (n - 3), np.nan))
        z = np.arctanh(rho)
        reach = ndtri((1 + CONFIDENCE) / 2) * error
        return np.tanh(z - reach), np.tanh(z + reach)


def wilson_interval(successes: float, n: float) -> Interval:
    """Give Wilson's score interval of a share, J. Am. Stat. Assoc. 22 (1927) 209; NaN for no trials."""
    from scipy.special import ndtri

    if n <= 0:
        return UNKNOWN
    z = float(ndtri((1 + CONFIDENCE) / 2))
    share = successes / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return Interval(max(centre - reach, 0.0), min(centre + reach, 1.0))


def nonzero_spread(values: Floats) -> Floats:
    """Give the standard deviation of each column to divide by: 1 for a column that does not vary."""
    spread = values.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def percentile_interval(resampled: Floats) -> Interval:
    """Give the percentile interval of resampled values; NaN where fewer than half of them are defined."""
    defined = resampled[np.isfinite(resampled)]
    if len(defined) == 0 or len(defined) < len(resampled) / 2:
        return UNKNOWN
    low, high = np.quantile(defined, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(low), float(high))


def name_interval(name: str, values: Floats) -> dict[str, float]:
    """Name the first value, and the percentile interval of the others, which are resampled: name, name_low, name_high."""
    low, high = percentile_interval(values[1:])
    return {name: float(values[0]), f"{name}_low": low, f"{name}_high": high}


def bootstrap_counts(rng: np.random.Generator, strata: Ints, resamples: int) -> NDArray[np.float32]:
    """Draw how often each row occurs in each bootstrap resample.

    Rows are drawn with replacement within each stratum, whose size stays fixed.

    Returns
    -------
    (resamples, n) array
        Counts; multiply and sum with them instead of copying rows.
    """
    counts = np.zeros((resamples, len(strata)), dtype=np.float32)
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        counts[:, rows] = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=resamples)
    return counts


def fold_auc(scores: Floats, labels: Bools, folds: Ints, counts: NDArray[np.float32] | None = None) -> Floats:
    """Give the area under the ROC curve within each fold, averaged over the folds.

    Scores of different folds come from different fits and are never compared
    with each other, which would bias the area of an uninformative score below
    one half. Ties count one half.

    Parameters
    ----------
    scores : (n,) array
        Larger means more like the positive class; no NaN.
    labels : (n,) array of bool
        True for the positive class.
    folds : (n,) array of int
        Fold of each row; all the same for a score that was not fitted.
    counts : (resamples, n) array, optional
        How often each row counts; without it each counts once.

    Returns
    -------
    (resamples,) or (1,) array
        NaN where some fold holds only one class.
    """
    weights = np.ones((1, len(scores)), dtype=np.float32) if counts is None else counts
    areas = np.zeros(len(weights))
    present = np.unique(folds)
    for fold in present:
        ordered, pairs = _count_pairs(scores, labels, weights, np.flatnonzero(folds == fold))
        with np.errstate(invalid="ignore", divide="ignore"):
            areas += ordered / pairs
    return areas / len(present) if len(present) else np.full(len(weights), np.nan)


def paired_auc(scores: Floats, labels: Bools, folds: Ints, counts: Floats) -> Floats:
    """Give the share of pairs of one track of each class, both of one fold, that the score puts in order.

    Unlike the mean over folds this stands a fold without one of the classes,
    which small groups have. Ties count one half.

    Parameters
    ----------
    scores, labels, folds : (n,) arrays
        Score without NaN, True for the positive class, fold of the fit.
    counts : (resamples, n) array
        How often each row counts.

    Returns
    -------
    (resamples,) array
        NaN without a pair.
    """
    ordered, pairs = np.zeros(len(counts)), np.zeros(len(counts))
    for fold in np.unique(folds):
        of_fold = _count_pairs(scores, labels, counts, np.flatnonzero(folds == fold))
        ordered += of_fold[0]
        pairs += of_fold[1]
    return np.asarray(ordered / np.where(pairs > 0, pairs, np.nan), dtype=np.float64)


def _count_pairs(scores: Floats, labels: Bools, counts: NDArray[np.floating], rows: Ints) -> tuple[Floats, Floats]:
    """Count, per resample, the pairs of both classes among some rows that the score puts in order, and all of them."""
    order = rows[np.argsort(scores[rows], kind="stable")]
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) > 0])
    drawn = counts[:, order].astype(np.float64)
    positive = np.add.reduceat(drawn * labels[order], starts, axis=1)
    negative = np.add.reduceat(drawn * ~labels[order], starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative / 2
    return (positive * below).sum(axis=1), positive.sum(axis=1) * negative.sum(axis=1)


def roc_curve(scores: Floats, labels: Bools, folds: Ints, grid: Floats) -> Floats:
    """Give the true-positive share at each false-positive share of `grid`, averaged over the folds."""
    curves = []
    for fold in np.unique(folds):
        rows = folds == fold
        order = np.argsort(-scores[rows], kind="stable")
        ordered, positive = scores[rows][order], labels[rows][order]
        last = np.r_[np.diff(ordered) < 0, True]  # of equal scores all are above the threshold or none
        true = np.r_[0.0, np.cumsum(positive)[last] / max(positive.sum(), 1)]
        false = np.r_[0.0, np.cumsum(~positive)[last] / max((~positive).sum(), 1)]
        curves.append(np.interp(grid, false, true))
    return np.mean(curves, axis=0) if curves else np.full(len(grid), np.nan)


def median_interval(values: Floats) -> Interval:
    """Give the interval of the median between two order statistics, free of any assumption on the distribution."""
    from scipy.stats import binom

    n = len(values)
    low = int(binom.ppf((1 - CONFIDENCE) / 2, n, 0.5)) - 1
    if n == 0 or low < 0:
        return UNKNOWN
    ordered = np.sort(values)
    return Interval(float(ordered[low]), float(ordered[n - 1 - low]))


def mean_interval(values: Floats) -> Interval:
    """Give Student's interval of the mean of independent values; NaN for fewer than two."""
    from scipy.special import stdtrit

    if len(values) < 2:
        return UNKNOWN
    reach = float(stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2)) * values.std(ddof=1) / np.sqrt(len(values))
    return Interval(float(values.mean() - reach), float(values.mean() + reach))
