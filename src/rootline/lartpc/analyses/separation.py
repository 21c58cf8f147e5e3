"""Whether the latents tell a feature's upper half from its lower, within each species."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from rootline.core.screen import Progress
from rootline.core.seeds import generator
from rootline.lartpc.analyses.classifiers import folds_of_events
from rootline.lartpc.analyses.settings.separation import SeparationConfig
from rootline.lartpc.analyses.statistics import (
    CONFIDENCE,
    Bools,
    Floats,
    Ints,
    bootstrap_counts,
    fold_auc,
    nonzero_spread,
    percentile_interval,
)
from rootline.lartpc.analyses.tables import (
    NO_CATEGORY,
    defined_values,
    feature_names,
    groups,
    join_features,
    latent_matrix,
)

SEPARATION_KEY = ("group", "feature")

SEPARATION_COLUMNS = (
    "group", "category", "feature", "median", "n", "n_undefined", "n_upper", "n_lower", "n_ties",
    "auc", "auc_low", "auc_high", "null_low", "null_high",
)  # fmt: skip

_TOLERANCE = 1e-5
_MOST_STEPS = 2000


def separate(
    latents: pd.DataFrame, features: pd.DataFrame, categories: Mapping[str, str], options: SeparationConfig
) -> pd.DataFrame:
    """Split each feature at its median and ask a logistic regression on all latents for the half.

    Scores are out of fold: stratified folds that keep each event whole,
    latents standardised on the training folds, halves weighted to balance. AUC is taken within each fold
    and averaged. Its interval, 95 %, is a bootstrap over the tracks of each
    fold and half. The band of no separation holds the middle 95 % of the AUCs
    that the same procedure gives when the halves are permuted within folds.

    Parameters
    ----------
    latents, features : data frames
        Key, particle and mu_*; key and features. They must hold the same tracks.
    categories : mapping
        Feature to its category.

    Returns
    -------
    data frame
        group (all | a particle), category, feature, median (in the feature's
        unit), n, n_undefined, n_upper (above the median), n_lower (at or
        below it), n_ties (equal to it, hence all in the lower half), auc,
        auc_low, auc_high, null_low, null_high. AUCs are NaN with fewer than
        ``min_tracks`` in either half.
    """
    joined = join_features(latents, features)
    names = feature_names(features)
    mus, values = latent_matrix(joined), defined_values(joined, names)
    records: list[dict[str, Any]] = []
    chosen = groups(joined["particle"])
    progress = Progress("separate_features", total=len(chosen) * len(names), unit="features")
    for group, rows in chosen.items():
        for column, name in enumerate(names):
            defined = rows & np.isfinite(values[:, column])
            of_feature = values[defined, column]
            median = float(np.median(of_feature)) if len(of_feature) else np.nan
            upper = of_feature > median
            n_upper, n = int(upper.sum()), len(upper)
            record: dict[str, Any] = {"group": group, "category": categories.get(name, NO_CATEGORY), "feature": name}
            record |= {"median": median, "n": n, "n_undefined": int(rows.sum()) - n, "n_upper": n_upper}
            record |= {"n_lower": n - n_upper, "n_ties": int((of_feature == median).sum())}
            if min(n_upper, n - n_upper) >= options.min_tracks:
                rng = generator(options.seed, "separation", group, name)
                folds = folds_of_events(joined[defined], upper, options.folds, rng)
                record |= _separate(mus[defined], upper, folds, options, rng)
            records.append(record)
            progress.advance()
    table = pd.DataFrame.from_records(records).reindex(columns=list(SEPARATION_COLUMNS))
    return table.astype(dict.fromkeys(SEPARATION_COLUMNS[-5:], "float64"))


def fit_logistics(inputs: Floats, labels: Bools, penalty: float) -> Floats:
    """Fit a logistic regression with balanced classes to each column of labels, all on the same inputs.

    The least of the weighted log-loss plus `penalty` times half the squared
    slopes, reached by steps with the bound on its curvature, which never
    overshoot: Boehning and Lindsay, Ann. Inst. Stat. Math. 40 (1988) 641.

    Parameters
    ----------
    inputs : (n, n_inputs) array
        Standardised.
    labels : (n, n_columns) array of bool
        Each column holds both classes.
    penalty : float
        1 / C of scikit-learn.

    Returns
    -------
    (n_inputs + 1, n_columns) array
        Slopes, and the intercept in the last row.
    """
    from scipy.special import expit

    design = np.column_stack([inputs, np.ones(len(inputs))])
    share = labels.mean(axis=0)
    weights = np.where(labels, 0.5 / share, 0.5 / (1 - share))
    ridge = penalty * np.r_[np.ones(inputs.shape[1]), 0.0]
    bound = np.linalg.inv(weights.max() / 4 * design.T @ design + np.diag(ridge + 1e-12))
    slopes = np.zeros((design.shape[1], labels.shape[1]))
    moving = np.arange(labels.shape[1])
    for _ in range(_MOST_STEPS):
        error = weights[:, moving] * (labels[:, moving] - expit(design @ slopes[:, moving]))
        step = bound @ (design.T @ error - ridge[:, None] * slopes[:, moving])
        slopes[:, moving] += step
        moving = moving[np.abs(step).max(axis=0) > _TOLERANCE]
        if len(moving) == 0:
            break
    return slopes


def _separate(
    mus: Floats, upper: Bools, folds: Ints, options: SeparationConfig, rng: np.random.Generator
) -> dict[str, float]:
    labels = np.column_stack([upper, *(_permute(upper, folds, rng) for _ in range(options.permutations))])
    scores = np.zeros(labels.shape)
    for fold in range(options.folds):
        held_out = folds == fold
        standard = (mus - mus[~held_out].mean(axis=0)) / nonzero_spread(mus[~held_out])
        slopes = fit_logistics(standard[~held_out], labels[~held_out], options.penalty)
        scores[held_out] = standard[held_out] @ slopes[:-1] + slopes[-1]
    counts = bootstrap_counts(rng, 2 * folds + upper, options.bootstrap)
    low, high = percentile_interval(fold_auc(scores[:, 0], upper, folds, counts))
    areas = _areas(scores, labels, folds)
    edges = np.quantile(areas[1:], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    record = {"auc": float(areas[0]), "auc_low": low, "auc_high": high}
    return record | {"null_low": float(edges[0]), "null_high": float(edges[1])}


def _permute(labels: Bools, folds: Ints, rng: np.random.Generator) -> Bools:
    """Shuffle labels within each fold, so that every fold keeps its share of both halves."""
    permuted = labels.copy()
    for fold in np.unique(folds):
        rows = np.flatnonzero(folds == fold)
        permuted[rows] = labels[rng.permutation(rows)]
    return permuted


def _areas(scores: Floats, labels: Bools, folds: Ints) -> Floats:
    """Give `fold_auc` of every column of scores against its own labels, from ranks as Mann and Whitney do."""
    from scipy.stats import rankdata

    areas = np.zeros(scores.shape[1])
    for fold in np.unique(folds):
        mine = labels[folds == fold]
        n = mine.sum(axis=0)
        ranks = rankdata(scores[folds == fold], axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            areas += ((ranks * mine).sum(axis=0) - n * (n + 1) / 2) / (n * (len(mine) - n))
    return areas / len(np.unique(folds))
