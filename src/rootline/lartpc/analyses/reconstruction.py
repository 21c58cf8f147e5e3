"""How well the model redraws each species, and whether that marks what it was not trained on."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from rootline.core.errors import UserError
from rootline.core.seeds import generator
from rootline.core.tables import TRACK_KEY, join_strict
from rootline.lartpc.analyses.settings.reconstruction import ReconstructionConfig
from rootline.lartpc.analyses.statistics import (
    ROC_GRID,
    Bools,
    Floats,
    bootstrap_counts,
    fold_auc,
    median_interval,
    percentile_interval,
    roc_curve,
)
from rootline.lartpc.analyses.tables import latent_matrix, learned_from
from rootline.lartpc.chi2 import log_ratio

QUANTITIES = ("reconstruction_error", "reconstruction_error_weighted", "mahalanobis")
BASELINE = "chi2_log_ratio"
"""log(chi2_proton / chi2_kaon), what physics alone makes of a track; tracks without both have none."""

ERRORS_KEY = ("quantity", "particle", "trained_on")

_QUANTILES = {"q05": 0.05, "q25": 0.25, "q75": 0.75, "q95": 0.95}


def measure_reconstruction(
    latents: pd.DataFrame,
    train_particles: Collection[str],
    options: ReconstructionConfig,
    *,
    train_samples: Collection[str] | None = None,
    features: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Summarise reconstruction errors and the distance to the training cloud, per species.

    Each is also an anomaly score: its AUC tells how often a track of the row
    lies above a track of the reference particle that was not trained on. The
    logarithm of chi2_proton over chi2_kaon stands beside them as the baseline,
    on the tracks that have one.
    Intervals, 95 %: of the mean and the AUC by a bootstrap over tracks, of the
    median between order statistics.

    Parameters
    ----------
    latents : data frame
        Key, part, particle, mu_*, reconstruction_error,
        reconstruction_error_weighted (both in the squared units of the transformed image).
    train_particles : collection of str
        The species that the model was trained on.
    train_samples : collection of str, optional
        The samples that it may have learned from; all without it.
    features : data frame, optional
        The same keys with chi2_kaon and chi2_proton; without it there is no baseline.

    Returns
    -------
    data frame
        quantity (the two errors, mahalanobis: distance of mu to the tracks
        trained on, in their standard deviations, and `BASELINE`), particle, trained_on, n,
        mean, median, with intervals, q05, q25, q75, q95, auc with interval,
        n_reference, roc (shares of the row's tracks above the threshold at
        each share of the reference in `ROC_GRID`).
    """
    latents = latents.sort_values(list(TRACK_KEY), ignore_index=True)
    unseen = ~learned_from(latents, train_particles, train_samples)
    values = _quantities(latents, unseen, features)
    particles = latents["particle"].to_numpy(dtype=object)
    is_reference = (particles == options.reference) & unseen
    records = []
    for quantity, scores in values.items():
        known = np.isfinite(scores) if quantity == BASELINE else np.ones(len(scores), dtype=bool)
        for particle in sorted(set(particles)):
            for trained_on in (True, False):
                rows = (particles == particle) & (unseen != trained_on) & known
                if not rows.any():
                    continue
                rng = generator(options.seed, "reconstruction", quantity, particle, str(trained_on))
                record = {"quantity": quantity, "particle": particle, "trained_on": trained_on}
                record |= _summarise(scores[rows], rng, options.bootstrap)
                record |= {"n_reference": int((is_reference & known).sum())}
                if not (rows & is_reference).any():
                    record |= _as_anomaly(scores, rows, is_reference & known, rng, options.bootstrap)
                records.append(record)
    columns = ["auc", "auc_low", "auc_high"]
    table = pd.DataFrame.from_records(records)
    for name in [*columns, "roc"]:
        if name not in table:
            table[name] = None
    return table.astype(dict.fromkeys(columns, "float64"))


def _quantities(latents: pd.DataFrame, unseen: Bools, features: pd.DataFrame | None) -> dict[str, Floats]:
    values = {name: latents[name].to_numpy(dtype=np.float64) for name in QUANTITIES[:2]}
    for name, errors in values.items():
        if not np.isfinite(errors).all():
            raise UserError(
                f"latents: {int((~np.isfinite(errors)).sum())} values of {name} are not finite; encode the tracks again"
            )
    values["mahalanobis"] = mahalanobis(latent_matrix(latents), ~unseen)
    if features is not None:
        values[BASELINE] = chi2_log_ratio(latents, features)
    return values


def chi2_log_ratio(keys: pd.DataFrame, features: pd.DataFrame) -> Floats:
    """Give log(chi2_proton / chi2_kaon) of each track, NaN where either is missing.

    It is positive where chi2 calls the track a kaon. Unlike the difference,
    it does not put tracks that fit neither curve above those that fit one
    well.

    Raises
    ------
    UserError
        If the two tables do not hold the same tracks.
    """
    names = ("latents", "features")
    columns = [*TRACK_KEY, "chi2_kaon", "chi2_proton"]
    joined = join_strict(keys[list(TRACK_KEY)], features[columns], key=TRACK_KEY, names=names)
    joined = keys[list(TRACK_KEY)].merge(joined, on=list(TRACK_KEY), how="left", validate="one_to_one")
    return log_ratio(*(joined[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in columns[-2:]))


def mahalanobis(mus: Floats, inside: Bools) -> Floats:
    """Give the distance of each row to the cloud of the rows `inside`, in its standard deviations.

    NaN if the cloud has too few points for its covariance. Directions in
    which the cloud has no extent do not count.
    """
    cloud = mus[inside]
    if len(cloud) < mus.shape[1] + 2:
        return np.full(len(mus), np.nan)
    centred = mus - cloud.mean(axis=0)
    inverse = np.linalg.pinv(np.atleast_2d(np.cov(cloud, rowvar=False)), hermitian=True)
    squared: Floats = np.maximum(np.einsum("ni,ij,nj->n", centred, inverse, centred), 0)
    return np.sqrt(squared)


def _summarise(values: Floats, rng: np.random.Generator, resamples: int) -> dict[str, Any]:
    counts = bootstrap_counts(rng, np.zeros(len(values), dtype=np.int64), resamples)
    mean_low, mean_high = percentile_interval(counts.astype(np.float64) @ values / len(values))
    median_low, median_high = median_interval(values)
    record = {"n": len(values), "mean": values.mean(), "mean_low": mean_low, "mean_high": mean_high}
    record |= {"median": np.median(values), "median_low": median_low, "median_high": median_high}
    return record | {name: float(np.quantile(values, share)) for name, share in _QUANTILES.items()}


def _as_anomaly(
    scores: Floats, rows: Bools, reference: Bools, rng: np.random.Generator, resamples: int
) -> dict[str, Any]:
    if not reference.any() or not np.isfinite(scores[rows | reference]).all():
        return {}
    chosen = np.flatnonzero(rows | reference)
    labels, one_fold = rows[chosen], np.zeros(len(chosen), dtype=np.int64)
    counts = bootstrap_counts(rng, labels.astype(np.int64), resamples)
    low, high = percentile_interval(fold_auc(scores[chosen], labels, one_fold, counts))
    area = float(fold_auc(scores[chosen], labels, one_fold)[0])
    roc = roc_curve(scores[chosen], labels, one_fold, ROC_GRID).tolist()
    return {"auc": area, "auc_low": low, "auc_high": high, "roc": roc}
