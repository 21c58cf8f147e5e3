"""How much of each feature the latents hold: ridge regression against small neural networks, out of fold."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rootline.core.screen import Progress
from rootline.core.seeds import generator
from rootline.lartpc.analyses.classifiers import event_numbers
from rootline.lartpc.analyses.crossfit import Fold, Predict, cross_fit, share_out
from rootline.lartpc.analyses.networks import fit_networks
from rootline.lartpc.analyses.settings.regression import RegressionConfig
from rootline.lartpc.analyses.statistics import (
    Bools,
    Floats,
    Ints,
    bootstrap_counts,
    name_interval,
    spearman_interval,
)
from rootline.lartpc.analyses.tables import (
    NO_CATEGORY,
    defined_values,
    feature_names,
    groups,
    join_features,
    latent_matrix,
    latent_names,
)

RIDGE = "ridge"
MLP = "mlp"

REGRESSION_KEY = ("group", "feature", "model")
IMPORTANCE_KEY = ("group", "feature", "latent", "model")

_SCORES = ("r2", "gain", "mae", "rmse", "spearman")

REGRESSION_COLUMNS = (
    "group", "category", "feature", "model", "n", "n_undefined",
    *(f"{score}{end}" for score in _SCORES for end in ("", "_low", "_high")),
)  # fmt: skip
IMPORTANCE_COLUMNS = (
    "group", "category", "feature", "latent", "model", "n", "n_undefined",
    "importance", "importance_low", "importance_high", "r2", "r2_low", "r2_high",
)  # fmt: skip


def regress(
    latents: pd.DataFrame, features: pd.DataFrame, categories: Mapping[str, str], options: RegressionConfig
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predict each feature from all latents, by a straight line in each and by a small neural network.

    Every prediction is out of fold: latents and feature are standardised on
    the training folds, the model is fitted there. The folds hold equal shares
    of each particle and keep every event whole. A track without the feature
    is left out of that feature and counted.

    Intervals, 95 %: percentiles of a bootstrap over the tracks with their
    predictions, of Spearman's rho by Fisher's z. They do not hold the scatter
    of another choice of folds or of another training of the model.

    Parameters
    ----------
    latents, features : data frames
        Key, particle and mu_*; key and features. They must hold the same tracks.
    categories : mapping
        Feature to its category; others get `NO_CATEGORY`.

    Returns
    -------
    regression : data frame
        One row per group (all | a particle), feature and model (ridge | mlp):
        n, n_undefined, r2 (1 - sum of squared errors / sum of squared
        distances to the mean; below 0 where the mean is the better
        prediction), gain (r2 above that of ridge, resampled together; of mlp
        alone), mae and rmse (in the feature's unit), spearman (of prediction
        and feature). Scores are NaN for a constant feature and below
        ``min_tracks``.
    importance : data frame
        group, feature, latent, model (mlp), n, n_undefined, importance: the
        loss of r2 when that latent is permuted among the held-out tracks of
        each fold (Breiman, Machine Learning 45 (2001) 5), mean of the
        repeats; r2 of the model beside it, without which a loss means little.
    """
    joined = join_features(latents, features)
    names, labels = feature_names(features), latent_names(joined)
    mus, values = latent_matrix(joined), defined_values(joined, names)
    scores: list[dict[str, Any]] = []
    losses: list[dict[str, Any]] = []
    chosen = groups(joined["particle"])
    progress = Progress("regress_features", total=len(chosen), unit="groups")
    for group, rows in chosen.items():
        heads = _heads(group, names, categories, values[rows])
        n = np.array([head["n"] for head in heads])
        possible = np.flatnonzero((n >= options.min_tracks) & _varies(values[rows]))
        found: dict[int, dict[str, dict[str, float]]] = {}
        lost: dict[int, list[dict[str, float]]] = {}
        if len(possible):
            folds = _share_out_events(joined[rows], options.folds, generator(options.seed, "folds", group))
            of_features, of_latents = _regress_group(group, mus[rows], values[rows][:, possible], folds, options)
            found = dict(zip(possible.tolist(), of_features, strict=True))
            lost = dict(zip(possible.tolist(), of_latents, strict=True))
        for column, head in enumerate(heads):
            of_models = found.get(column, {RIDGE: {}, MLP: {}})
            scores += [head | {"model": model} | numbers for model, numbers in of_models.items()]
            per_latent = zip(labels, lost.get(column, [{} for _ in labels]), strict=True)
            r2 = {name: of_models[MLP].get(name, np.nan) for name in ("r2", "r2_low", "r2_high")}
            losses += [head | {"latent": label, "model": MLP} | r2 | numbers for label, numbers in per_latent]
        progress.advance()
    return _table(scores, REGRESSION_COLUMNS), _table(losses, IMPORTANCE_COLUMNS)


def fit_ridge(inputs: Floats, targets: Floats, alpha: float) -> Predict:
    """Fit a straight line in all inputs to each target, with `alpha` times the squared slopes added to the squared errors.

    NaN targets are left out of their own fit. The intercept is not penalised.
    """
    design = np.column_stack([inputs, np.ones(len(inputs))])
    penalty = alpha * np.diag(np.r_[np.ones(inputs.shape[1]), 0.0])
    slopes = np.zeros((design.shape[1], targets.shape[1]))
    for column, target in enumerate(targets.T):
        known = np.isfinite(target)
        if known.any():
            some = design[known]
            slopes[:, column] = np.linalg.solve(some.T @ some + penalty, some.T @ target[known])
    return lambda others: np.asarray(others @ slopes[:-1] + slopes[-1], dtype=np.float64)


def _share_out_events(rows: pd.DataFrame, folds: int, rng: np.random.Generator) -> Ints:
    """Deal tracks to folds by their events, so that each particle is spread evenly."""
    _, first, events = np.unique(event_numbers(rows), return_index=True, return_inverse=True)
    return share_out(rows["particle"].to_numpy()[first], folds, rng)[events]


def _heads(group: str, names: Sequence[str], categories: Mapping[str, str], values: Floats) -> list[dict[str, Any]]:
    """Give what all rows of each feature begin with."""
    n = np.isfinite(values).sum(axis=0)
    return [
        {
            "group": group,
            "category": categories.get(name, NO_CATEGORY),
            "feature": name,
            "n": int(n[column]),
            "n_undefined": len(values) - int(n[column]),
        }
        for column, name in enumerate(names)
    ]


def _varies(values: Floats) -> Bools:
    low, high = (
        extreme(np.where(np.isfinite(values), values, fill), axis=0, initial=fill)
        for extreme, fill in ((np.min, np.inf), (np.max, -np.inf))
    )
    return np.asarray(high > low, dtype=bool)


def _regress_group(
    group: str, x: Floats, y: Floats, folds: Ints, options: RegressionConfig
) -> tuple[list[dict[str, dict[str, float]]], list[list[dict[str, float]]]]:
    """Give the scores of each feature and model, and the importances of each feature and latent."""

    def fit_line(inputs: Floats, targets: Floats, _: int) -> Predict:
        return fit_ridge(inputs, targets, options.ridge_alpha)

    def fit_mlp(inputs: Floats, targets: Floats, fold: int) -> Predict:
        return fit_networks(inputs, targets, options, generator(options.seed, "mlp", group, fold))

    by_ridge, _ = cross_fit(x, y, folds, fit_line)
    by_mlp, networks = cross_fit(x, y, folds, fit_mlp)
    counts = bootstrap_counts(generator(options.seed, "bootstrap", group), np.zeros_like(folds), options.bootstrap)
    # the first row counts every track once: the number itself, the others its resamples
    weights = np.vstack([np.ones((1, len(x))), counts])
    scores = _judge(y, {RIDGE: by_ridge, MLP: by_mlp}, weights)
    losses: list[list[dict[str, float]]] = [[] for _ in scores]
    total = _total(y, weights)
    for latent in range(x.shape[1]):
        excess = _permuted_errors(group, latent, networks, y, options) - (y - by_mlp) ** 2
        for column, resampled in enumerate((weights @ np.nan_to_num(excess) / total).T):
            losses[column].append(name_interval("importance", resampled))
    return scores, losses


def _judge(y: Floats, predictions: Mapping[str, Floats], weights: Floats) -> list[dict[str, dict[str, float]]]:
    """Score each model for each feature; `weights`, (resamples, n), tell how often each track counts."""
    from scipy.stats import spearmanr

    n, total = weights @ np.isfinite(y), _total(y, weights)
    errors = {model: np.nan_to_num(y - predicted) for model, predicted in predictions.items()}
    squared = {model: weights @ error**2 for model, error in errors.items()}
    absolute = {model: weights @ np.abs(error) for model, error in errors.items()}
    records: list[dict[str, dict[str, float]]] = [{} for _ in y.T]
    for column, of_feature in enumerate(records):
        known = np.isfinite(y[:, column])
        r2 = {model: 1 - squared[model][:, column] / total[:, column] for model in predictions}
        for model, predicted in predictions.items():
            record = name_interval("r2", r2[model])
            if model == MLP:
                record |= name_interval("gain", r2[MLP] - r2[RIDGE])
            record |= name_interval("mae", absolute[model][:, column] / n[:, column])
            record |= name_interval("rmse", np.sqrt(squared[model][:, column] / n[:, column]))
            if np.ptp(predicted[known, column]) > 0:
                rho = float(spearmanr(y[known, column], predicted[known, column]).statistic)
                low, high = spearman_interval(rho, known.sum())
                record |= {"spearman": rho, "spearman_low": float(low), "spearman_high": float(high)}
            of_feature[model] = record
    return records


def _permuted_errors(group: str, latent: int, networks: Sequence[Fold], y: Floats, options: RegressionConfig) -> Floats:
    """Give the mean squared error of each row and feature when the latent comes from another row of the fold."""
    rng = generator(options.seed, "importance", group, latent)
    errors = np.zeros(y.shape)
    for fold in networks:
        for _ in range(options.importance_repeats):
            permuted = fold.inputs.copy()
            permuted[:, latent] = rng.permutation(permuted[:, latent])
            errors[fold.rows] += (y[fold.rows] - fold.predict(permuted)) ** 2
    return errors / options.importance_repeats


def _total(y: Floats, weights: Floats) -> Floats:
    """Give the sum of squared distances to the mean of each feature in each resample; NaN where all values are equal."""
    known = np.isfinite(y)
    centred = np.nan_to_num(y - np.nanmean(y, axis=0))
    n = np.maximum(weights @ known, 1)
    total = weights @ centred**2 - (weights @ centred) ** 2 / n
    return np.where(total > 1e-12 * n * (centred**2).mean(axis=0), total, np.nan)


def _table(records: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame.from_records(records).reindex(columns=list(columns))
    words = ("group", "category", "feature", "latent", "model", "n", "n_undefined")
    return table.astype(dict.fromkeys([name for name in columns if name not in words], "float64"))
