"""Purity and efficiency of a selection in bins of transverse momentum, and the cut at which a score is as pure as another selection."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.binomial import clopper_pearson

PT_EDGES_GEV: Final = (0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0)

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def measure_selection(
    pt: Floats, is_species: Bools, accepted: Bools, edges: Sequence[float] = PT_EDGES_GEV
) -> pd.DataFrame:
    """Count a selection in bins of transverse momentum.

    Parameters
    ----------
    pt : (n,) float64
        Transverse momentum [GeV/c].
    is_species, accepted : (n,) bool
        Which tracks are of the species, and which were selected as such.
    edges : sequence of float
        Edges of the bins [GeV/c]; tracks outside are not counted.

    Returns
    -------
    data frame
        A row per bin: ``pt_low, pt_high``, ``efficiency`` of the ``n_species`` tracks and ``purity`` of the
        ``n_accepted`` ones, both with ``_low`` and ``_high`` of the Clopper-Pearson interval; NaN where there is none.
    """
    counts = [np.histogram(pt[chosen], edges)[0] for chosen in (is_species, accepted, is_species & accepted)]
    n_species, n_accepted, n_right = counts
    table = {
        "pt_low": edges[:-1],
        "pt_high": edges[1:],
        "n_species": n_species,
        "n_accepted": n_accepted,
        "n_right": n_right,
    }
    for name, of in (("efficiency", n_species), ("purity", n_accepted)):
        share = clopper_pearson(n_right, of)
        table |= {name: share.value, f"{name}_low": share.low, f"{name}_high": share.high}
    return pd.DataFrame(table)


def cut_at_purity(scores: Floats, is_species: Bools, purity: float) -> float:
    """Give the lowest cut on a score at which the tracks at or above it are at least as pure; infinite where there is none.

    Equal scores fall on one side of a cut together.
    """
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    right = np.cumsum(is_species[order])
    ends = np.flatnonzero(np.append(ordered[1:] < ordered[:-1], True)) if len(ordered) else np.array([], dtype=np.int64)
    good = ends[right[ends] >= purity * (ends + 1)]
    return float(ordered[good[-1]]) if len(good) else np.inf
