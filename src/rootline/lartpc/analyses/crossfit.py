"""Predictions of every row by a model that was fitted on other rows."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rootline.lartpc.analyses.statistics import Floats, Ints, nonzero_spread

Predict = Callable[[Floats], Floats]
"""From (m, n_inputs) inputs to (m, n_targets) predictions."""

Fit = Callable[[Floats, Floats, int], Predict]
"""From standardised inputs and targets (NaN where undefined) and the number of the fold to predictions, standardised."""


class Fold(NamedTuple):
    """A fold: its rows, their standardised inputs, and the model of the other rows, in the targets' own units."""

    rows: Ints
    inputs: Floats
    predict: Predict


def share_out(strata: NDArray[Any], folds: int, rng: np.random.Generator) -> Ints:
    """Deal rows to folds at random; every stratum is spread evenly, and the sizes of folds differ by one at most."""
    shuffled = rng.permutation(len(strata))
    _, codes = np.unique(strata[shuffled].astype(str), return_inverse=True)
    dealt = np.empty(len(strata), dtype=np.int64)
    dealt[shuffled[np.argsort(codes, kind="stable")]] = np.arange(len(strata)) % folds
    return dealt


def cross_fit(inputs: Floats, targets: Floats, folds: Ints, fit: Fit) -> tuple[Floats, list[Fold]]:
    """Fit a model without each fold in turn and let it predict that fold.

    Inputs and targets are standardised by the rows that are fitted: the
    inputs by all of them, each target by those where it is defined.

    Parameters
    ----------
    inputs : (n, n_inputs) array
    targets : (n, n_targets) array
        NaN where undefined.
    folds : (n,) array of int
        Fold of each row.
    fit : function
        Fits all targets at once; it must cope with NaN among them.

    Returns
    -------
    predictions : (n, n_targets) array
        Also for rows whose own target is undefined.
    folds : list of Fold
        For what else is asked of the fitted models.
    """
    predictions = np.full(targets.shape, np.nan)
    fitted = []
    for fold in np.unique(folds):
        rows, training = np.flatnonzero(folds == fold), folds != fold
        mean, scale = inputs[training].mean(axis=0), nonzero_spread(inputs[training])
        standard = (inputs - mean) / scale
        defined = np.isfinite(targets[training])
        n = np.maximum(defined.sum(axis=0), 1)
        centre = np.where(defined, targets[training], 0).sum(axis=0) / n
        spread = _scale(np.sqrt((np.where(defined, targets[training] - centre, 0) ** 2).sum(axis=0) / n))
        predict = _in_units(fit(standard[training], (targets[training] - centre) / spread, int(fold)), centre, spread)
        predictions[rows] = predict(standard[rows])
        fitted.append(Fold(rows, standard[rows], predict))
    return predictions, fitted


def _scale(spread: Floats) -> Floats:
    return np.where(spread > 0, spread, 1.0)


def _in_units(predict: Predict, centre: Floats, spread: Floats) -> Predict:
    return lambda others: predict(others) * spread + centre
