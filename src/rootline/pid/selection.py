"""Purity and efficiency of a selection in bins of transverse momentum, and the cuts on a score that are chosen by its purity or its F1."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.binomial import clopper_pearson

PT_EDGES_GEV: Final = (0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0)

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
    """Give the lowest cut on a score at which the tracks at or above it are at least as pure; infinite where there is none."""
    cuts = count_cuts(scores, is_species)
    good = np.flatnonzero(cuts.n_right >= purity * cuts.n_accepted)
    return float(cuts.cut[good[-1]]) if len(good) else np.inf


def cut_at_best_f1(scores: Floats, is_species: Bools) -> float:
    """Give the highest cut on a score of largest F1 = 2 n_right / (n_species + n_accepted); infinite without a track of the species."""
    if not is_species.any():
        return np.inf
    cuts = count_cuts(scores, is_species)
    return float(cuts.cut[np.argmax(2 * cuts.n_right / (is_species.sum() + cuts.n_accepted))])


class Cuts(NamedTuple):
    """All cuts on a score that differ, the highest first, each (n_cuts,).

    cut : the lowest score that is accepted
    n_accepted, n_right : how many tracks are, and how many of them are of the species
    """

    cut: Floats
    n_accepted: Ints
    n_right: Ints


def count_cuts(scores: Floats, is_species: Bools) -> Cuts:
    """Count the tracks at or above each score that occurs; equal scores fall on one side of a cut together."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    ends = np.flatnonzero(np.append(ordered[1:] < ordered[:-1], np.ones(min(len(ordered), 1), dtype=bool)))
    n_right = np.cumsum(is_species[order], dtype=np.int64)
    return Cuts(ordered[ends], (ends + 1).astype(np.int64), n_right[ends])
