"""Every score that tells kaons from protons, on the tracks of the probe; larger means more like the positive particle."""

from collections.abc import Collection
from typing import Final

import numpy as np
import pandas as pd

from rootline.core.errors import UserError
from rootline.core.tables import TRACK_KEY, describe_key
from rootline.lartpc.analyses.classifiers import (
    NOT_SCORED,
    check_folds,
    event_numbers,
    fit_logistic,
    out_of_fold,
    trees_fitter,
)
from rootline.lartpc.analyses.gaussians import species_log_densities, standardise
from rootline.lartpc.analyses.reconstruction import mahalanobis
from rootline.lartpc.analyses.settings.pid import PidConfig
from rootline.lartpc.analyses.statistics import Bools, Floats, Ints, random_state
from rootline.lartpc.analyses.tables import ALL, latent_matrix, learned_from
from rootline.lartpc.chi2 import log_ratio
from rootline.lartpc.features import FEATURES

BASELINE, UNSUPERVISED, PROBE, COMBINED, REFERENCE = "baseline", "unsupervised", "probe", "combined", "reference"

METHODS: Final = {
    "chi2_difference": BASELINE,
    "chi2_log_ratio": BASELINE,
    "log_likelihood_difference": BASELINE,
    "reconstruction_error": UNSUPERVISED,
    "reconstruction_error_weighted": UNSUPERVISED,
    "mahalanobis": UNSUPERVISED,
    "anchored_mixture": UNSUPERVISED,
    "gaussians": PROBE,
    "logistic": PROBE,
    "mlp": PROBE,
    "latents_and_chi2": COMBINED,
    "trees": REFERENCE,
    "cnn": REFERENCE,
}
"""Score to its kind: of physics alone; of the latents or the model without labels of the pair; of the latents with
labels; of latents and chi2 with labels; of features or images with labels, which need no model at all."""

PID_SCORE_COLUMNS: Final = (*TRACK_KEY, "part", "particle", "label", "fold", "picky", *METHODS)


def assemble_scores(
    probe_scores: pd.DataFrame,
    latents: pd.DataFrame,
    features: pd.DataFrame,
    classified: pd.DataFrame,
    clustered: pd.DataFrame,
    train_particles: Collection[str],
    options: PidConfig,
    *,
    train_samples: Collection[str] | None = None,
) -> pd.DataFrame:
    """Put all scores of a track side by side; what is fitted with labels is out of fold, in the folds of the probe.

    Parameters
    ----------
    probe_scores, classified : data frames
        As `probe` and `classify_images` give them.
    latents, features : data frames
        Of all tracks, at least those of the probe.
    clustered : data frame
        Tracks as `cluster_latents` gives them.
    train_particles, train_samples : collections of str
        What the model learned from: the cloud of the Mahalanobis distance,
        and tracks that the trees, as the network, learn from in every fold.

    Returns
    -------
    data frame
        `PID_SCORE_COLUMNS`; a score that is not defined for a track is NaN.

    Raises
    ------
    UserError
        If a track of the probe is missing in another table, was scored in another fold, or was learned from.
    """
    scored = probe_scores[probe_scores["selection"] == ALL].sort_values(list(TRACK_KEY), ignore_index=True)
    latents = latents.sort_values(list(TRACK_KEY), ignore_index=True)
    picky = probe_scores.loc[probe_scores["selection"] == "picky", list(TRACK_KEY)].assign(picky=True)
    rows = scored[[*TRACK_KEY, "part", "particle", "label", "fold", "logistic", "mlp"]].merge(
        picky, on=list(TRACK_KEY), how="left", validate="one_to_one"
    )
    rows["picky"] = rows["picky"].notna()
    if rows.empty:
        return rows.reindex(columns=list(PID_SCORE_COLUMNS)).astype(dict.fromkeys(METHODS, "float64"))
    rows["cnn"] = _of_classifier(rows, classified)
    rows["anchored_mixture"] = _of_mixture(rows, clustered)
    labels, folds = (rows["label"] == 1).to_numpy(dtype=bool), rows["fold"].to_numpy(dtype=np.int64)
    places = _places(rows, latents, "latents")
    inside = learned_from(latents, train_particles, train_samples)
    check_folds(rows, inside[places], name="the probe")
    mus = latent_matrix(latents)
    for name in ("reconstruction_error", "reconstruction_error_weighted"):
        rows[name] = latents[name].to_numpy(dtype=np.float64)[places]
    rows["mahalanobis"] = mahalanobis(mus, inside)[places]
    mus_here = mus[places]
    densities = species_log_densities(standardise(mus_here), labels.astype(np.int64), folds, 2)
    rows["gaussians"] = densities[:, 1] - densities[:, 0]
    rows = _add_physics(rows, features, labels)
    ratio = rows["chi2_log_ratio"].to_numpy()
    known = np.isfinite(ratio)
    rows["latents_and_chi2"] = np.nan
    if _each_fit_sees_both(labels[known], folds[known]):
        inputs = np.column_stack([mus_here, ratio])[known]
        rows.loc[known, "latents_and_chi2"] = out_of_fold(inputs, labels[known], folds[known], fit_logistic)
    rows["trees"] = _grow_trees(rows, latents, features, inside, options)
    return rows[list(PID_SCORE_COLUMNS)]


def _add_physics(rows: pd.DataFrame, features: pd.DataFrame, labels: Bools) -> pd.DataFrame:
    """Add chi2 and, where there is one, the log-likelihood of the kaon above that of the proton."""
    places = _places(rows, features, "features")
    # The hypotheses of the curves are these two, whatever particles the probe compares.
    of = {
        name: features[name].to_numpy(dtype=np.float64, na_value=np.nan)[places]
        if name in features
        else np.full(len(labels), np.nan)
        for name in ("chi2_kaon", "chi2_proton", "log_likelihood_kaon", "log_likelihood_proton")
    }
    physics = {
        "chi2_difference": of["chi2_proton"] - of["chi2_kaon"],
        "chi2_log_ratio": log_ratio(of["chi2_kaon"], of["chi2_proton"]),
        "log_likelihood_difference": of["log_likelihood_kaon"] - of["log_likelihood_proton"],
    }
    return rows.assign(**{name: np.where(np.isfinite(values), values, np.nan) for name, values in physics.items()})


def _grow_trees(
    rows: pd.DataFrame, latents: pd.DataFrame, features: pd.DataFrame, inside: Bools, options: PidConfig
) -> Floats:
    """Score by boosted trees on the features, which learn from the tracks of the model too."""
    label_of = dict(zip(rows["particle"], rows["label"], strict=True))
    extra = latents[inside & latents["particle"].isin(list(label_of)).to_numpy(dtype=bool)]
    keys = pd.concat([rows[[*TRACK_KEY, "particle"]], extra[[*TRACK_KEY, "particle"]]], ignore_index=True)
    folds = np.r_[rows["fold"].to_numpy(dtype=np.int64), np.full(len(extra), NOT_SCORED)]
    events = event_numbers(keys)
    wanted = (folds != NOT_SCORED) | ~np.isin(events, events[folds != NOT_SCORED])
    keys, folds = keys[wanted].reset_index(drop=True), folds[wanted]
    inputs = features[list(FEATURES)].to_numpy(dtype=np.float64, na_value=np.nan)[_places(keys, features, "features")]
    labels = (keys["particle"].map(label_of) == 1).to_numpy(dtype=bool)
    fit = trees_fitter(options.trees, options.leaf_tracks, random_state(options.seed, "trees"))
    return np.asarray(out_of_fold(inputs, labels, folds, fit, standardise=False)[folds != NOT_SCORED], dtype=np.float64)


def _of_classifier(rows: pd.DataFrame, classified: pd.DataFrame) -> Floats:
    places = _places(rows, classified, "the scores of the classifier")
    if (classified["fold"].to_numpy(dtype=np.int64)[places] != rows["fold"].to_numpy(dtype=np.int64)).any():
        raise UserError("the classifier was trained in other folds than those of the probe; run again to train it anew")
    scores: Floats = classified["cnn"].to_numpy(dtype=np.float64)[places]
    return scores


def _of_mixture(rows: pd.DataFrame, clustered: pd.DataFrame) -> Floats:
    """Give the probability of the free component, fitted without labels; NaN in the anchors."""
    of_all = clustered[clustered["selection"] == ALL].reset_index(drop=True)
    name = f"anchored_{rows.loc[rows['label'] == 1, 'particle'].iloc[0]}"
    if name not in of_all:
        return np.full(len(rows), np.nan)
    return of_all[name].to_numpy(dtype=np.float64)[_places(rows, of_all, "the clustered tracks")]


def _each_fit_sees_both(labels: Bools, folds: Ints) -> bool:
    return bool(all(len(set(labels[folds != fold])) == 2 for fold in np.unique(folds))) if len(labels) else False


def _places(rows: pd.DataFrame, table: pd.DataFrame, name: str) -> Ints:
    """Find each row's place in a table that must hold it once."""
    there = table[list(TRACK_KEY)].assign(_place=np.arange(len(table)))
    found = rows[list(TRACK_KEY)].merge(there, on=list(TRACK_KEY), how="left", validate="one_to_one")["_place"]
    if (missing := found.isna().to_numpy()).any():
        key = rows.loc[missing, list(TRACK_KEY)].iloc[0].to_dict()
        raise UserError(
            f"{int(missing.sum())} tracks of the probe are not in {name}, the first is {describe_key(key)}; "
            "the two were made from different inputs, run again to rebuild them"
        )
    return found.to_numpy(dtype=np.int64)
