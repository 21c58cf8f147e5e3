"""Groups that the latents fall into by themselves, and whether these are the species."""

import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from rootline.core.screen import Progress
from rootline.core.seeds import generator
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.agreement import MEASURES, judge_agreement
from rootline.lartpc.analyses.anchored import measure_fractions
from rootline.lartpc.analyses.classifiers import event_numbers
from rootline.lartpc.analyses.crossfit import share_out
from rootline.lartpc.analyses.gaussians import (
    principal_axes,
    species_log_densities,
    standardise,
)
from rootline.lartpc.analyses.settings.clustering import ClusteringConfig
from rootline.lartpc.analyses.statistics import (
    Floats,
    Ints,
    bootstrap_counts,
    fold_auc,
    percentile_interval,
    random_state,
    wilson_interval,
)
from rootline.lartpc.analyses.tables import ALL, latent_matrix

PAIR = "pair"
"""Selection of the two particles that are told from each other; the other selection is `ALL`."""

CLUSTERING_KEY = ("method", "selection", "particle", "component", "score")
SCAN_KEY = ("selection", "k")
CLUSTERED_KEY = (*TRACK_KEY, "selection")

CLUSTERING_COLUMNS = (*CLUSTERING_KEY, "k", "value", "low", "high", "n", "null_mean", "null_high", "p_value")
SCAN_COLUMNS = (
    *SCAN_KEY, "bic", "log_likelihood", "n",
    *(f"{name}{end}" for name in MEASURES for end in ("", "_low", "_high")),
)  # fmt: skip


class Clustering(NamedTuple):
    """The numbers, the scan of the number of components, and what each track was put into."""

    numbers: pd.DataFrame
    scan: pd.DataFrame
    tracks: pd.DataFrame


class _Selection(NamedTuple):
    """Tracks of one selection: standardised latents, and species numbered in alphabetical order."""

    name: str
    rows: pd.DataFrame
    points: Floats
    species: Ints
    names: list[str]


def cluster_latents(latents: pd.DataFrame, options: ClusteringConfig) -> Clustering:
    """Group the latents without labels, and compare the groups with the species.

    Latents are standardised per selection; those that do not vary are left
    out. Selections: all tracks with `components` groups, and the pair of
    `negative` and `positive` with two.

    Methods: mixture (Gaussians with full covariances, best of `starts`) and
    kmeans know no label; gaussians (one Gaussian per species by maximum
    likelihood, each track put into the likeliest, out of fold) knows all;
    anchored (Gaussians of the anchors' train part are fixed, one component is
    free, fitted to all other tracks without their labels) knows the anchors.

    Parameters
    ----------
    latents : data frame
        Key, part, particle, mu_* of all tracks, those trained on among them.

    Returns
    -------
    numbers : data frame
        method, selection, particle (whose tracks; all), component (into what;
        all), score, k, value, low, high (95 %), n, null_mean, null_high,
        p_value. Scores: ari, nmi, purity (see `judge_agreement`); of gaussians
        also accuracy and auc (log-likelihood ratio of positive to negative);
        of anchored fraction: the mean probability of a component over the
        particle's tracks outside the anchors, with an interval from fitting
        resampled anchors and tracks again. Of too few tracks NaN.
    scan : data frame
        selection, k, bic, log_likelihood (mean per track), n, and ari, nmi,
        purity of the mixture with intervals.
    tracks : data frame
        One row per track and selection: key, part, particle, mixture and kmeans (number
        of the group, 0 the largest), gaussians (species), responsibility_*
        (of the mixture's groups), anchored_* (of its components; NaN in the
        anchors and in the pair), log_density_* (of the species, out of fold,
        in units of the standardised latents), axis_1, axis_2 (principal axes).
    """
    latents = latents.sort_values(list(TRACK_KEY), ignore_index=True)
    of_pair = latents["particle"].isin([options.negative, options.positive])
    chosen = {ALL: latents, PAIR: latents[of_pair].reset_index(drop=True)}
    k_of = {ALL: options.components, PAIR: 2}
    records: list[dict[str, Any]] = []
    scans: list[dict[str, Any]] = []
    tables = []
    progress = Progress("cluster_latents", total=2 * (options.scan_to + 3), unit="fits")
    for name, rows in chosen.items():
        names = sorted(rows["particle"].unique())
        species = np.searchsorted(np.array(names, dtype=object), rows["particle"].to_numpy(dtype=object))
        points = standardise(latent_matrix(rows)) if len(rows) else np.zeros((0, 0))
        selection = _Selection(name, rows, points, species.astype(np.int64), names)
        table = rows[[*TRACK_KEY, "part", "particle"]].assign(selection=name)
        for k in sorted({*range(1, options.scan_to + 1), k_of[name]}):
            scan, belongs = _scan(selection, k, options)
            scans.append(scan)
            if k == k_of[name]:
                found, columns = _group(selection, k, belongs, options)
                records += found
                table = table.assign(**columns)
            progress.advance()
        found, columns = _fit_species(selection, options)
        records += found
        table = table.assign(**columns)
        if name == ALL:
            particles, in_train = (
                rows["particle"].to_numpy(dtype=object),
                (rows["part"] == "train").to_numpy(dtype=bool),
            )
            fractions = measure_fractions(points, particles, in_train, options)
            empty = _row("anchored", ALL, "fraction", len(fractions.components), 0)
            records += [empty | record for record in fractions.records]
            table = table.assign(
                **{f"anchored_{each}": fractions.belongs[:, n] for n, each in enumerate(fractions.components)}
            )
        axes = principal_axes(points) if points.size else np.zeros((len(rows), 2))
        tables.append(table.assign(axis_1=axes[:, 0], axis_2=axes[:, 1]))
        progress.advance(2)
    numbers = pd.DataFrame.from_records(records).reindex(columns=list(CLUSTERING_COLUMNS))
    numbers = numbers.astype(dict.fromkeys(["value", "low", "high", "null_mean", "null_high", "p_value"], "float64"))
    scanned = pd.DataFrame.from_records(scans).reindex(columns=list(SCAN_COLUMNS))
    return Clustering(
        numbers, scanned.astype(dict.fromkeys(SCAN_COLUMNS[5:], "float64")), pd.concat(tables, ignore_index=True)
    )


def _scan(selection: _Selection, k: int, options: ClusteringConfig) -> tuple[dict[str, Any], Floats | None]:
    """Fit the mixture of k components; give its row and each track's probability of each, the largest group first."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    points = selection.points
    record: dict[str, Any] = {"selection": selection.name, "k": k, "bic": np.nan, "log_likelihood": np.nan}
    record |= {"n": len(points)}
    if len(points) < max(2, k) or points.shape[1] == 0:
        return record, None
    state = random_state(options.seed, "mixture", selection.name, k)
    model = GaussianMixture(k, n_init=options.starts, max_iter=500, random_state=state)
    with warnings.catch_warnings():
        # one of many starts that has not settled after so many steps is no fault
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(points)
    belongs = model.predict_proba(points)[:, np.argsort(-model.weights_, kind="stable")]
    for row in _agreement(selection, belongs.argmax(axis=1), options, "mixture", k):
        record |= {row["score"]: row["value"], f"{row['score']}_low": row["low"], f"{row['score']}_high": row["high"]}
    record |= {"bic": float(model.bic(points)), "log_likelihood": float(model.score(points))}
    return record, np.asarray(belongs, dtype=np.float64)


def _group(
    selection: _Selection, k: int, belongs: Floats | None, options: ClusteringConfig
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Judge the mixture of k components and k-means beside it."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    n = len(selection.points)
    if belongs is None:
        missing = [_row(method, selection.name, score, k, n) for method in ("mixture", "kmeans") for score in MEASURES]
        return missing, {"mixture": np.full(n, -1), "kmeans": np.full(n, -1)}
    state = random_state(options.seed, "kmeans", selection.name)
    with warnings.catch_warnings():
        # fewer distinct points than groups: a small sample, not a fault
        warnings.simplefilter("ignore", ConvergenceWarning)
        labels = KMeans(k, n_init=options.starts, random_state=state).fit_predict(selection.points)
    by_size = np.argsort(np.argsort(-np.bincount(labels, minlength=k), kind="stable"), kind="stable")
    groups = {"mixture": belongs.argmax(axis=1).astype(np.int64), "kmeans": by_size[labels].astype(np.int64)}
    records = [row for method, found in groups.items() for row in _agreement(selection, found, options, method, k)]
    return records, {**groups, **{f"responsibility_{number}": belongs[:, number] for number in range(k)}}


def _fit_species(selection: _Selection, options: ClusteringConfig) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Judge one Gaussian per species, out of folds that keep every event whole."""
    points, species, names = selection.points, selection.species, selection.names
    rng = generator(options.seed, "species", selection.name)
    columns: dict[str, Any] = {"gaussians": pd.Series([None] * len(points), dtype="str")}
    k = len(names)
    if len(points) == 0:
        return [_row("gaussians", selection.name, score, k, 0) for score in (*MEASURES, "accuracy", "auc")], columns
    events = event_numbers(selection.rows)
    of_event = np.zeros(int(events.max()) + 1, dtype=np.int64)
    of_event[events] = species
    folds = share_out(of_event, options.folds, rng)[events]
    densities = species_log_densities(points, species, folds, k)
    known = np.asarray(np.isfinite(densities).any(axis=1), dtype=bool)
    likeliest = np.where(np.isfinite(densities), densities, -np.inf).argmax(axis=1)
    columns["gaussians"] = pd.Series(np.array(names, dtype=object)[likeliest], dtype="str").where(known)
    columns |= {f"log_density_{name}": densities[:, number] for number, name in enumerate(names)}
    n = int(known.sum())
    records = [_row("gaussians", selection.name, score, k, n) for score in (*MEASURES, "accuracy", "auc")]
    if n == 0:
        return records, columns
    judged = judge_agreement(
        _compact(likeliest[known]), _compact(species[known]),
        bootstrap=options.bootstrap, permutations=options.permutations, rng=rng,
    )  # fmt: skip
    records[: len(judged)] = [record | found for record, found in zip(records, judged, strict=False)]
    right = int((likeliest == species)[known].sum())
    low, high = wilson_interval(right, n)
    records[-2] |= {"value": right / n, "low": low, "high": high}
    records[-1] |= _judge_ratio(densities, selection, folds, options, rng)
    return records, columns


def _judge_ratio(
    densities: Floats, selection: _Selection, folds: Ints, options: ClusteringConfig, rng: np.random.Generator
) -> dict[str, Any]:
    """Give the AUC of the log-likelihood ratio of positive to negative."""
    if not {options.negative, options.positive} <= set(selection.names):
        return {"n": 0}
    first, second = (selection.names.index(name) for name in (options.positive, options.negative))
    ratio = densities[:, first] - densities[:, second]
    rows = np.isin(selection.species, [first, second]) & np.isfinite(ratio)
    labels = (selection.species == first)[rows]
    if labels.all() or not labels.any():
        return {"n": int(rows.sum())}
    counts = bootstrap_counts(rng, 2 * folds[rows] + labels, options.bootstrap)
    low, high = percentile_interval(fold_auc(ratio[rows], labels, folds[rows], counts))
    area = float(fold_auc(ratio[rows], labels, folds[rows])[0])
    return {"value": area, "low": low, "high": high, "n": int(rows.sum())}


def _agreement(
    selection: _Selection, groups: Ints, options: ClusteringConfig, method: str, k: int
) -> list[dict[str, Any]]:
    rng = generator(options.seed, "agreement", method, selection.name, k)
    found = judge_agreement(
        _compact(groups), selection.species, bootstrap=options.bootstrap, permutations=options.permutations, rng=rng
    )
    return [_row(method, selection.name, row["score"], k, row["n"]) | row for row in found]


def _row(method: str, selection: str, score: str, k: int, n: int) -> dict[str, Any]:
    row: dict[str, Any] = {"method": method, "selection": selection, "particle": ALL, "component": ALL}
    return row | {"score": score, "k": k, "value": np.nan, "low": np.nan, "high": np.nan, "n": n}


def _compact(numbers: Ints) -> Ints:
    """Give each value its rank among those that occur, from 0."""
    return np.asarray(np.unique(numbers, return_inverse=True)[1].reshape(-1), dtype=np.int64)
