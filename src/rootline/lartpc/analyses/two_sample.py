"""Two-sample tests, each evaluated for many labellings of the same tracks at once.

Array conventions, used everywhere in this module:
    distances   (n, n)           Euclidean distance of each two tracks
    labels      (labellings, n)  True for the second sample; the first row is what was observed
"""

from typing import Final

import numpy as np

from rootline.lartpc.analyses.statistics import Bools, Floats, Ints, nonzero_spread

RIDGE: Final = 1.0
"""Penalty of the classifier, in units of a track's kernel with itself."""


def standard_distances(values: Floats) -> Floats:
    """Give the distances of the rows of an (n, d) array, each column in units of its standard deviation."""
    from scipy.spatial.distance import cdist

    standard = values / nonzero_spread(values)
    return np.asarray(cdist(standard, standard))


def permuted_labels(observed: Bools, strata: Ints, rng: np.random.Generator, permutations: int) -> Bools:
    """Give the observed labels and permutations of them within each stratum, (1 + permutations, n)."""
    labels = np.repeat(observed[None], 1 + permutations, axis=0)
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        labels[1:, rows] = rng.permuted(labels[1:, rows], axis=1)
    return labels


def energy_distances(distances: Floats, labels: Bools) -> Floats:
    """Give 2 E|X - Y| - E|X - X'| - E|Y - Y'| of the two samples of each labelling, (labellings,).

    The means run over all pairs, a track with itself included, so that
    the result is never negative. Székely and Rizzo, J. Stat. Plan. Inference 143 (2013) 1249.
    """
    second = labels.T.astype(np.float64)
    weights = second / second.sum(axis=0) - (1 - second) / (1 - second).sum(axis=0)
    return weighted_energies(distances, weights)


def weighted_energies(distances: Floats, weights: Floats) -> Floats:
    """Give the energy distance of each column of (n, labellings) weights: 1 / size, negative in the first sample."""
    return np.asarray(-np.einsum("nl,nl->l", weights, distances @ weights))


def classifier_scores(distances: Floats, labels: Bools, folds: Ints) -> Floats:
    """Give how much each track looks like the second sample to a classifier that saw the other folds.

    Kernel ridge regression of the labels, with a Gaussian kernel as wide as the median
    distance. It is linear in the labels: one inverse per fold serves all labellings.

    Returns
    -------
    (labellings, n) array
        Above 0: more like the second sample than its share in the other folds says.
    """
    from scipy.linalg import solve

    width = np.median(distances[distances > 0]) if (distances > 0).any() else 1.0
    kernel = np.exp(-((distances / width) ** 2) / 2)
    scores = np.full(labels.shape, np.nan)
    for fold in np.unique(folds):
        held_out = folds == fold
        trained = labels[:, ~held_out].T.astype(np.float64)
        inner = kernel[np.ix_(~held_out, ~held_out)] + RIDGE * np.eye(int((~held_out).sum()))
        solved = solve(inner, trained - trained.mean(axis=0), assume_a="pos")
        scores[:, held_out] = (kernel[np.ix_(held_out, ~held_out)] @ solved).T
    return scores


def fold_areas(scores: Floats, labels: Bools, folds: Ints) -> Floats:
    """Give the area under the ROC curve within each fold, averaged over the folds, of each labelling."""
    from scipy.stats import rankdata

    areas = []
    for fold in np.unique(folds):
        inside = folds == fold
        positive = labels[:, inside]
        n = positive.sum(axis=1)
        ranks = rankdata(scores[:, inside], axis=1)
        below = (ranks * positive).sum(axis=1) - n * (n + 1) / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            areas.append(below / (n * (positive.shape[1] - n)))
    return np.asarray(np.mean(areas, axis=0))


def balanced_accuracies(scores: Floats, labels: Bools) -> Floats:
    """Give the mean of the shares of both samples that lie on their side of 0, of each labelling."""
    second = (labels & (scores > 0)).sum(axis=1) / labels.sum(axis=1)
    first = (~labels & (scores <= 0)).sum(axis=1) / (~labels).sum(axis=1)
    return np.asarray((first + second) / 2)


def mean_differences(values: Floats, labels: Bools) -> Floats:
    """Give the mean of the second sample minus that of the first, of each labelling."""
    return np.asarray(labels @ values / labels.sum(axis=1) - ~labels @ values / (~labels).sum(axis=1))


def permutation_p(statistics: Floats, *, two_sided: bool = False) -> float:
    """Give the share of labellings, the observed one included, whose statistic is as large as the observed one."""
    values = np.abs(statistics) if two_sided else statistics
    return float((values >= values[0] - 1e-12 * max(abs(values[0]), 1.0)).mean())


def holm(p_values: Floats) -> Floats:
    """Correct p-values for their number, Holm, Scand. J. Stat. 6 (1979) 65; NaN stays and does not count."""
    corrected = np.full(len(p_values), np.nan)
    known = np.flatnonzero(np.isfinite(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1.0)
    return corrected


def stratified_folds(strata: Ints, folds: int, rng: np.random.Generator) -> Ints:
    """Deal the rows of each stratum out to the folds, going on where the last stratum ended."""
    dealt = np.zeros(len(strata), dtype=np.int64)
    place = 0
    for stratum in np.unique(strata):
        rows = rng.permutation(np.flatnonzero(strata == stratum))
        dealt[rows] = (place + np.arange(len(rows))) % folds
        place += len(rows)
    return dealt
