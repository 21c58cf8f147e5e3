"""What a cut on a score keeps: shares of both classes at every threshold, and the efficiency at fixed purity or rejection.

Array conventions:
    counts  (resamples, n)  how often each row counts; a first row of ones gives the numbers themselves
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rootline.lartpc.analyses.statistics import Bools, Floats

_SLACK = 1e-9  # of a share, for the rounding of 1 - 0.9


class Thresholds(NamedTuple):
    """Shares of the positive and of the negative class at or above each threshold, each (resamples, n_thresholds + 1).

    The first threshold keeps nothing; of equal scores all are kept or none.
    """

    positive: Floats
    negative: Floats


def pass_thresholds(scores: Floats, labels: Bools, counts: NDArray[np.float32]) -> Thresholds:
    """Move a cut from the largest score to the smallest.

    Parameters
    ----------
    scores : (n,) array
        Larger means more like the positive class; no NaN.
    labels : (n,) array of bool
        True for the positive class.
    counts : (resamples, n) array
        How often each row counts.
    """
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) < 0])
    drawn = counts[:, order].astype(np.float64)
    none = np.zeros((len(counts), 1))
    kept = []
    for chosen in (labels[order], ~labels[order]):
        passed = np.cumsum(np.add.reduceat(drawn * chosen, starts, axis=1), axis=1)
        with np.errstate(invalid="ignore"):
            kept.append(np.hstack([none, passed / passed[:, -1:]]))
    return Thresholds(*kept)


def efficiency_at_purity(thresholds: Thresholds, purity: float) -> Floats:
    """Give the largest efficiency (resamples,) of a cut with at least this purity.

    Both classes count alike, whatever their numbers: purity is e / (e + b) for
    the share e of the positive class that is kept and b of the negative one.
    """
    pure = thresholds.positive * (1 - purity) >= thresholds.negative * purity - _SLACK
    return np.asarray(np.where(pure, thresholds.positive, 0).max(axis=1), dtype=np.float64)


def efficiency_at_rejection(thresholds: Thresholds, rejection: float) -> Floats:
    """Give the largest efficiency (resamples,) of a cut that rejects at least this share of the negative class."""
    kept = thresholds.negative <= 1 - rejection + _SLACK
    return np.asarray(np.where(kept, thresholds.positive, 0).max(axis=1), dtype=np.float64)


def efficiency_curve(thresholds: Thresholds, grid: Floats) -> Floats:
    """Give the largest efficiency (resamples, n_grid) of a cut that keeps at most these shares of the negative class."""
    curves = np.empty((len(thresholds.positive), len(grid)))
    for number, (positive, negative) in enumerate(zip(*thresholds, strict=True)):
        curves[number] = positive[np.searchsorted(negative, grid + _SLACK, side="right") - 1]
    return curves
