"""How a score orders tracks, whatever the cut: the area under its ROC curve, and its curves."""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from rootline.pid.analyses.scored import Bools, Floats, Scored
from rootline.pid.selection import Ints, count_cuts

CURVES_KEY: Final = ("model", "species", "kind", "point")

CONFIDENCE: Final = 0.95


class Area(NamedTuple):
    """Area under a ROC curve with the ends of its interval; NaN without tracks of both classes."""

    value: float
    low: float
    high: float


def measure_auc(scores: Floats, is_species: Bools) -> Area:
    """Give the area under the ROC curve; equal scores count one half.

    The variance is that of DeLong, DeLong and Clarke-Pearson, Biometrics 44
    (1988) 837, by ranks as in Sun and Xu, IEEE Signal Process. Lett. 21 (2014)
    1389; the interval is symmetric in the logit, so that it stays within 0 and
    1. It needs two tracks of each class. An area of exactly 0 or 1 is its own
    interval, which is too short: nothing is known of pairs that did not occur.
    """
    from scipy.special import expit, logit, ndtri
    from scipy.stats import rankdata

    inside, outside = scores[is_species], scores[~is_species]
    n, m = len(inside), len(outside)
    if n == 0 or m == 0:
        return Area(np.nan, np.nan, np.nan)
    ranks = rankdata(np.concatenate([inside, outside]))
    # share of the others below each track of the species, and of the species above each other track
    below = (ranks[:n] - rankdata(inside)) / m
    above = 1 - (ranks[n:] - rankdata(outside)) / n
    area = float(below.mean())
    if n < 2 or m < 2:
        return Area(area, np.nan, np.nan)
    if area in (0.0, 1.0):
        return Area(area, area, area)
    error = np.sqrt(below.var(ddof=1) / n + above.var(ddof=1) / m)
    reach = float(ndtri((1 + CONFIDENCE) / 2)) * error / (area * (1 - area))
    centre = logit(area)
    return Area(area, float(expit(centre - reach)), float(expit(centre + reach)))


def trace_curve(tracks: Scored, threshold: float, points: int) -> pd.DataFrame:
    """Count a score at many cuts, and what its own selection takes.

    Parameters
    ----------
    tracks : Scored
        Of the test part.
    threshold : float
        Where the selection cuts.
    points : int
        Cuts that are kept at most: from all that differ every so many accepted tracks of the species, and as many
        again at equal factors of the number of accepted tracks, which show the pure end.

    Returns
    -------
    data frame
        kind (curve; working: the selection), point, threshold (infinite: nothing is taken), efficiency, contamination
        (share of all other tracks that is taken), purity (NaN where nothing is), n_accepted, n_right, n_species,
        n_others.
    """
    cuts = count_cuts(tracks.score, tracks.is_species)
    kept = _spread(cuts.n_accepted, cuts.n_right, points - 1)
    chosen = tracks.accepted
    n_accepted = np.concatenate([[0], cuts.n_accepted[kept], [chosen.sum()]]).astype(np.int64)
    n_right = np.concatenate([[0], cuts.n_right[kept], [(tracks.is_species & chosen).sum()]]).astype(np.int64)
    n_species = int(tracks.is_species.sum())
    n_others = len(tracks.is_species) - n_species
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = {
            "efficiency": n_right / np.float64(n_species),
            "contamination": (n_accepted - n_right) / np.float64(n_others),
            "purity": n_right / n_accepted,
        }
    n_curve = len(kept) + 1
    table = {
        "kind": ["curve"] * n_curve + ["working"],
        "point": [*range(n_curve), 0],
        "threshold": np.concatenate([[np.inf], cuts.cut[kept], [threshold]]),
    }
    counts = {"n_accepted": n_accepted, "n_right": n_right, "n_species": n_species, "n_others": n_others}
    return pd.DataFrame(table | shares | counts)


def _spread(n_accepted: Ints, n_right: Ints, points: int) -> Ints:
    """Choose cuts, both ends among them, at equal steps of the right tracks and at equal factors of the accepted ones."""
    last = len(n_accepted) - 1
    if last < points:
        return np.arange(last + 1)
    half = points // 2
    # both begin at the first cut, which makes room for the last
    steps = np.searchsorted(n_right, np.linspace(n_right[0], n_right[-1], points - half))
    factors = np.searchsorted(n_accepted, np.geomspace(n_accepted[0], n_accepted[-1], half))
    return np.unique(np.minimum(np.concatenate([steps, factors, [last]]), last))
