"""Classifiers that are fitted without each fold in turn, and folds that keep every event whole."""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.splits import PHYSICAL_EVENT
from rootline.core.tables import TRACK_KEY, describe_key
from rootline.lartpc.analyses.crossfit import share_out
from rootline.lartpc.analyses.statistics import Bools, Floats, Ints, nonzero_spread

Fit = Callable[[Floats, NDArray[np.int64]], Callable[[Floats], Floats]]
"""From inputs and labels (0, 1) to a function that scores further inputs, larger for label 1."""

NOT_SCORED = -1
"""Fold of a row that every fit may learn from and none scores."""


def event_numbers(keys: pd.DataFrame) -> Ints:
    """Give the number of each track's physical event; the sample is left out, as two samples may be cut from one file."""
    _, numbers = np.unique(keys[list(PHYSICAL_EVENT)].to_numpy(dtype=np.int64), axis=0, return_inverse=True)
    return np.asarray(numbers.reshape(-1), dtype=np.int64)


def folds_of_events(keys: pd.DataFrame, labels: Bools, folds: int, rng: np.random.Generator) -> Ints:
    """Deal tracks to folds so that all tracks of an event share one and each class is spread evenly.

    Parameters
    ----------
    keys : data frame
        With run, subrun and event.
    labels : (n,) array of bool
        The classes.
    """
    events = event_numbers(keys)
    n_events = int(events.max()) + 1 if len(events) else 0
    # an event with tracks of both classes is a stratum of its own
    strata = np.bincount(events[labels], minlength=n_events).clip(0, 1)
    strata += 2 * np.bincount(events[~labels], minlength=n_events).clip(0, 1)
    return share_out(strata, folds, rng)[events]


def check_folds(scored: pd.DataFrame, learned: Bools, *, name: str) -> None:
    """Refuse scored tracks that the model learned from, and folds that tear an event apart.

    Parameters
    ----------
    scored : data frame
        Key and fold of the tracks that were scored.
    learned : (n,) array of bool
        Which of them the model learned from.
    name : str
        How an error calls the scores.

    Raises
    ------
    UserError
        Naming the first such track.
    """
    keys = scored[list(TRACK_KEY)]
    torn = (scored.groupby(list(PHYSICAL_EVENT))["fold"].transform("nunique") > 1).to_numpy(dtype=bool)
    for wrong, fault in (
        (learned, "are of tracks that the model learned from"),
        (torn, "are of events with tracks in several folds, so that a track is scored by a fit to its own event"),
    ):
        if wrong.any():
            raise UserError(
                f"{int(wrong.sum())} of {len(scored)} scores of {name} {fault}, the first is "
                f"{describe_key(keys[wrong].iloc[0].to_dict())}; they were changed or are of another run: delete them and "
                "run again"
            )


def out_of_fold(
    inputs: Floats, labels: Bools, folds: Ints, fit: Fit, *, standardise: bool = True, learnt: Bools | None = None
) -> Floats:
    """Score each row by a classifier that was fitted without its fold.

    Parameters
    ----------
    inputs : (n, n_inputs) array
    labels : (n,) array of bool
    folds : (n,) array of int
        `NOT_SCORED` for rows that are only learned from.
    fit : function
        Fits the classifier.
    standardise : bool
        Shift and scale the inputs to mean 0 and deviation 1 of the rows that are fitted.
    learnt : (n,) array of bool, optional
        Rows that fits may learn from; the others are only scored. All without it.

    Returns
    -------
    (n,) array
        NaN for rows that are only learned from.
    """
    scores = np.full(len(inputs), np.nan)
    for fold in np.unique(folds[folds != NOT_SCORED]):
        held_out = folds == fold
        fitted = ~held_out if learnt is None else ~held_out & learnt
        mean, scale = np.zeros(inputs.shape[1]), np.ones(inputs.shape[1])
        if standardise:
            mean, scale = inputs[fitted].mean(axis=0), nonzero_spread(inputs[fitted])
        standard = (inputs - mean) / scale
        predict = fit(standard[fitted], labels[fitted].astype(np.int64))
        scores[held_out] = predict(standard[held_out])
    return scores


def fit_log_odds(inputs: Floats, labels: NDArray[np.int64]) -> Callable[[Floats], Floats]:
    """Fit a logistic regression with balanced classes; it gives the logarithm of the odds."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(inputs, labels)
    return lambda others: np.asarray(model.decision_function(others), dtype=np.float64)


def fit_logistic(inputs: Floats, labels: NDArray[np.int64]) -> Callable[[Floats], Floats]:
    """Fit a logistic regression with balanced classes; it gives probabilities."""
    from scipy.special import expit

    log_odds = fit_log_odds(inputs, labels)
    return lambda others: np.asarray(expit(log_odds(others)), dtype=np.float64)


def mlp_fitter(hidden: tuple[int, ...], epochs: int, random_state: int) -> Fit:
    """Give what fits a multi-layer perceptron with balanced classes; it gives probabilities."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from sklearn.utils.class_weight import compute_sample_weight

    def fit(inputs: Floats, labels: NDArray[np.int64]) -> Callable[[Floats], Floats]:
        model = MLPClassifier(hidden, max_iter=epochs, random_state=random_state)
        with warnings.catch_warnings():
            # the number of epochs is an option, and reaching it is not a fault
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(inputs, labels, sample_weight=compute_sample_weight("balanced", labels))
        return lambda others: np.asarray(model.predict_proba(others)[:, 1], dtype=np.float64)

    return fit


def trees_fitter(iterations: int, leaf_tracks: int, random_state: int) -> Fit:
    """Give what fits boosted trees with balanced classes; it gives log odds. A missing input (NaN) is a value to it."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    def fit(inputs: Floats, labels: NDArray[np.int64]) -> Callable[[Floats], Floats]:
        model = HistGradientBoostingClassifier(
            max_iter=iterations, min_samples_leaf=leaf_tracks, class_weight="balanced", random_state=random_state
        ).fit(inputs, labels)
        return lambda others: np.asarray(model.decision_function(others), dtype=np.float64)

    return fit
