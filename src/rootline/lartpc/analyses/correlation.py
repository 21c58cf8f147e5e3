"""Which feature does each latent follow: rank correlations and shares of variance."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.seeds import generator
from rootline.lartpc.analyses.settings.correlation import CorrelationConfig
from rootline.lartpc.analyses.statistics import Bools, Floats, bootstrap_counts, percentile_interval, spearman_interval
from rootline.lartpc.analyses.tables import (
    defined_values,
    feature_names,
    groups,
    join_features,
    latent_matrix,
    latent_names,
)

LATENT_FEATURE = "latent_feature"
FEATURE_FEATURE = "feature_feature"

CORRELATION_KEY = ("kind", "group", "first", "second")
DECOMPOSITION_KEY = ("group", "latent", "category", "feature")

MEAN = "mean"
"""Stands for the feature in the row of a category's mean."""


def correlate(latents: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """Correlate each latent with each feature, and the features with each other, by Spearman's rho.

    Undefined values are dropped per pair and counted. Intervals: Fisher's z
    with the error of Bonett and Wright, 95 %, for one pair alone.

    Parameters
    ----------
    latents, features : data frames
        Key, particle and mu_*; key and features. They must hold the same tracks.

    Returns
    -------
    data frame
        kind (latent_feature | feature_feature), group (all | a particle),
        first, second, rho, rho_low, rho_high, n, n_undefined. rho is NaN
        where a column is constant or fewer than three tracks are defined.
    """
    joined = join_features(latents, features)
    names = feature_names(features)
    mus, values = latent_matrix(joined), defined_values(joined, names)
    parts = []
    for group, rows in groups(joined["particle"]).items():
        of_latents = _rank_correlations(values[rows], mus[rows])
        parts.append(_long(LATENT_FEATURE, group, latent_names(joined), names, of_latents, int(rows.sum())))
        among = _rank_correlations(values[rows], values[rows])
        parts.append(_long(FEATURE_FEATURE, group, names, names, among, int(rows.sum())))
    table = pd.concat(parts, ignore_index=True)
    table["rho_low"], table["rho_high"] = spearman_interval(table["rho"].to_numpy(), table["n"].to_numpy())
    return table[["kind", "group", "first", "second", "rho", "rho_low", "rho_high", "n", "n_undefined"]]


def decompose_variance(
    latents: pd.DataFrame, features: pd.DataFrame, categories: Mapping[str, str], options: CorrelationConfig
) -> pd.DataFrame:
    """Tell what share of each latent's variance each feature explains alone, and each category on average.

    The share is R2 of a straight line in one feature, the squared Pearson
    correlation. Even an unrelated feature has 1 / (n - 1) on average.
    Intervals: percentiles of a bootstrap over tracks, 95 %.

    Parameters
    ----------
    latents, features : data frames
        As for `correlate`.
    categories : mapping
        Feature to its category; features without one are left out.

    Returns
    -------
    data frame
        group, latent, category, feature (`MEAN` in the row of a category's
        mean), r2, r2_low, r2_high, n, n_undefined (tracks without the
        feature; in a category's row the largest of its features).
    """
    joined = join_features(latents, features)
    names = [name for name in feature_names(features) if name in categories]
    of = np.array([categories[name] for name in names])
    labels = latent_names(joined)
    mus, values = latent_matrix(joined), defined_values(joined, names)
    records = []
    for group, rows in groups(joined["particle"]).items():
        n = int(rows.sum())
        rng = generator(options.seed, "decomposition", group)
        counts = bootstrap_counts(rng, np.zeros(n, dtype=np.int64), options.bootstrap)
        # the first row counts every track once: the number itself, the others its resamples
        shares = _r2(mus[rows], values[rows], np.vstack([np.ones((1, n), dtype=np.float32), counts]))
        undefined = np.isnan(values[rows]).sum(axis=0)
        for category in dict.fromkeys(of.tolist()):
            members = np.flatnonzero(of == category)
            with np.errstate(invalid="ignore"):
                counted = np.isfinite(shares[members]).sum(axis=0)
                mean = np.nansum(shares[members], axis=0) / np.where(counted == 0, np.nan, counted)
            rows_of = [(MEAN, mean, n, int(undefined[members].max()))]
            rows_of += [(names[m], shares[m], n - int(undefined[m]), int(undefined[m])) for m in members]
            for feature, share, n_used, n_undefined in rows_of:
                for latent, column in zip(labels, share.T, strict=True):
                    low, high = percentile_interval(column[1:])
                    records.append((group, latent, category, feature, column[0], low, high, n_used, n_undefined))
    columns = ["group", "latent", "category", "feature", "r2", "r2_low", "r2_high", "n", "n_undefined"]
    return pd.DataFrame.from_records(records, columns=columns)


def _rank_correlations(features: Floats, others: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Give Spearman's rho and the number of defined pairs, each (n_others, n_features)."""
    rho = np.full((others.shape[1], features.shape[1]), np.nan)
    n = np.zeros(rho.shape, dtype=np.int64)
    columns_of = {mask.tobytes(): columns for mask, columns in _masks(others)}
    whole = {key: _ranks(others[:, columns], np.frombuffer(key, dtype=bool)) for key, columns in columns_of.items()}
    for feature in range(features.shape[1]):
        defined = np.isfinite(features[:, feature])
        for key, columns in columns_of.items():
            theirs = np.frombuffer(key, dtype=bool)
            both = defined & theirs
            n[columns, feature] = both.sum()
            if both.sum() < 3:
                continue
            ranks = whole[key] if both.sum() == theirs.sum() else _ranks(others[:, columns], both)
            own = _ranks(features[:, [feature]], both)
            with np.errstate(invalid="ignore", divide="ignore"):
                scale = np.sqrt((ranks**2).sum(axis=0) * (own**2).sum())
                rho[columns, feature] = np.clip((ranks * own).sum(axis=0) / np.where(scale > 0, scale, np.nan), -1, 1)
    return rho, n


def _masks(values: Floats) -> list[tuple[Bools, NDArray[np.int64]]]:
    """Group the columns by which of their rows are defined, so that ranks are shared."""
    defined = np.isfinite(values)
    columns: dict[bytes, list[int]] = {}
    for column in range(values.shape[1]):
        columns.setdefault(defined[:, column].tobytes(), []).append(column)
    return [(np.frombuffer(key, dtype=bool), np.array(found)) for key, found in columns.items()]


def _ranks(values: Floats, rows: Bools) -> Floats:
    from scipy.stats import rankdata

    ranks = rankdata(values[rows], axis=0)
    return np.asarray(ranks - (rows.sum() + 1) / 2, dtype=np.float64)


def _r2(mus: Floats, values: Floats, counts: NDArray[np.float32]) -> Floats:
    """Give R2 of every latent on every feature in every resample, (n_features, resamples, latent_dim)."""
    shares = np.full((values.shape[1], len(counts), mus.shape[1]), np.nan)
    mus = mus - mus.mean(axis=0)
    for feature in range(values.shape[1]):
        defined = np.isfinite(values[:, feature])
        if defined.sum() < 3:
            continue
        x, y, weights = values[defined, feature], mus[defined], counts[:, defined].astype(np.float64)
        x = (x - x.mean()) / (x.std() or 1.0)
        n = weights.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean_x, mean_y = weights @ x / n, weights @ y / n[:, None]
            var_x, var_y = weights @ x**2 / n - mean_x**2, weights @ y**2 / n[:, None] - mean_y**2
            covariance = weights @ (x[:, None] * y) / n[:, None] - mean_x[:, None] * mean_y
            known = (var_x[:, None] > 1e-12) & (var_y > 0)
            shares[feature] = np.where(known, covariance**2 / (var_x[:, None] * var_y), np.nan)
    return np.asarray(np.clip(shares, 0, 1), dtype=np.float64)


def _long(
    kind: str, group: str, first: list[str], second: list[str], rho_n: tuple[Floats, NDArray[np.int64]], n_tracks: int
) -> pd.DataFrame:
    rho, n = rho_n
    rows, columns = (
        np.triu_indices(len(first), k=1) if kind == FEATURE_FEATURE else np.indices(rho.shape).reshape(2, -1)
    )
    return pd.DataFrame(
        {
            "kind": kind,
            "group": group,
            "first": np.array(first, dtype=object)[rows],
            "second": np.array(second, dtype=object)[columns],
            "rho": rho[rows, columns],
            "n": n[rows, columns],
            "n_undefined": n_tracks - n[rows, columns],
        }
    )
