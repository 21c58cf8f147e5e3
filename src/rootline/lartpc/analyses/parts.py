"""Whether the latents of the tracks that the model learned from differ from those of other tracks."""

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from rootline.core.seeds import generator
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.settings.parts import PartsConfig
from rootline.lartpc.analyses.shifts import measure_power, needed, shifted_rows
from rootline.lartpc.analyses.statistics import Bools, Floats, Ints, bootstrap_counts, percentile_interval
from rootline.lartpc.analyses.tables import latent_matrix, latent_names
from rootline.lartpc.analyses.two_sample import (
    balanced_accuracies,
    classifier_scores,
    energy_distances,
    fold_areas,
    holm,
    mean_differences,
    permutation_p,
    permuted_labels,
    standard_distances,
    stratified_folds,
)
from rootline.lartpc.parts import of_part

PARTS_KEY = ("part", "control", "test", "quantity")
PARTS_COLUMNS = (
    *PARTS_KEY, "statistic", "low", "high", "p_value", "p_holm", "null_q05", "null_q50", "null_q95", "n_train", "n_other",
)  # fmt: skip
POWER_KEY = ("part", "shift")
POWER_COLUMNS = (*POWER_KEY, "power", "low", "high", "n_draws", "n_train", "n_other")

ERRORS = ("reconstruction_error", "reconstruction_error_weighted")
OTHERS = ("val", "test")
ALL = "all"


class _Pair(NamedTuple):
    """Two samples: latents (n, d), log errors (n, 2), labels (True: the second), and the species of each track."""

    mus: Floats
    errors: Floats
    labels: Bools
    species: Ints


def compare_parts(
    latents: pd.DataFrame,
    train_particles: Collection[str],
    options: PartsConfig,
    *,
    train_samples: Collection[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare the train part with val, and with test, in the species that the model was trained on.

    Both parts are thinned to equal shares of the species, and labels are
    permuted within a species alone, so that another mixture is no
    difference. Two controls run beside it, with tests of the same size: negative, labels
    of the parts shuffled once (its p-values are uniform, a small one happens); positive, two
    samples drawn from all tracks whose share of `particle` differs by
    `shift`, free to differ in species.

    Parameters
    ----------
    latents : data frame
        Key, part, particle, mu_*, reconstruction_error, reconstruction_error_weighted.
    train_particles : collection of str
        The species that the model was trained on.
    options : PartsConfig
        Permutations, controls and limits.
    train_samples : collection of str, optional
        The samples that it may have learned from; all without it.

    Returns
    -------
    tests : data frame
        One row per part, control, test and quantity: statistic, p_value,
        p_holm (of ks, over the latents, and over the two errors), the quantiles of
        the null, n_train, n_other. Tests: energy (distance of all latents),
        c2st_auc and c2st_accuracy (out-of-fold classifier), ks (each latent and
        error), log_ratio (mean log error of the other part minus that of train, two-sided,
        with bootstrap interval); of the positive control also
        detectable_shift (seen with a power of 80 %) and n_needed (tracks of the
        other part, at the same ratio, for the configured shift).
    power : data frame
        Share of drawn mixtures that the energy distance tells apart at the
        5 % level, with Wilson's interval, per part and shift.
    """
    latents = latents.sort_values(list(TRACK_KEY), ignore_index=True)
    records, powers = [], []
    for part in OTHERS:
        sides = [of_part(latents, train_particles, name, train_samples) for name in ("train", part)]
        if not sides[1].any():
            continue
        pair = _match(latents, sides, options, part)
        sizes = {"n_train": int((~pair.labels).sum()), "n_other": int(pair.labels.sum())}
        if min(sizes.values()) < options.min_tracks:
            records.append({"part": part, "control": "none", "test": "energy", "quantity": ALL, **sizes})
            continue
        found = [{"control": "none", **row} for row in _test(pair, latents, options, f"{part} none")]
        shuffled = _shuffled(pair, generator(options.seed, "parts", part, "shuffle"))
        found += [{"control": "negative", **row} for row in _test(shuffled, latents, options, f"{part} negative")]
        positive, power = _positive(latents, sizes, options, part)
        found += [{"control": "positive", **row} for row in positive]
        records += [{"part": part, **sizes, **row} for row in found]
        powers += [{"part": part, **row} for row in power]
    tests = pd.DataFrame.from_records(records, columns=None if records else list(PARTS_COLUMNS))
    tests = tests.reindex(columns=list(PARTS_COLUMNS))
    counts = dict.fromkeys(("n_train", "n_other"), "int64")
    curve = pd.DataFrame.from_records(powers, columns=None if powers else list(POWER_COLUMNS)).reindex(
        columns=list(POWER_COLUMNS)
    )
    return (
        tests.astype(dict.fromkeys(PARTS_COLUMNS[4:-2], "float64") | counts | dict.fromkeys(PARTS_KEY, "str")),
        curve.astype(dict.fromkeys(POWER_COLUMNS[1:5], "float64") | counts | {"n_draws": "int64", "part": "str"}),
    )


def matched_counts(first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """Give how many tracks of each species to keep, so that both samples hold equal shares up to rounding.

    The sample that has too much of a species, measured by the ratio of the
    samples' sizes, loses it. A species that one of them lacks goes.
    """
    both = (first > 0) & (second > 0)
    if not both.any():
        return np.zeros_like(first), np.zeros_like(second)
    ratio = first[both].sum() / second[both].sum()
    kept_first = np.where(both, np.minimum(first, np.round(ratio * second)), 0).astype(np.int64)
    kept_second = np.where(both, np.minimum(second, np.round(first / ratio)), 0).astype(np.int64)
    return kept_first, kept_second


def _match(latents: pd.DataFrame, sides: list[Bools], options: PartsConfig, part: str) -> _Pair:
    rng = generator(options.seed, "parts", part, "match")
    names, species = np.unique(latents["particle"].to_numpy(dtype=str), return_inverse=True)
    limited = [_thin(np.flatnonzero(side), options.max_tracks, rng) for side in sides]
    counts = [np.bincount(species[rows], minlength=len(names)) for rows in limited]
    kept = matched_counts(*counts)
    chosen = [
        np.concatenate([_thin(rows[species[rows] == kind], int(number), rng) for kind, number in enumerate(of_side)])
        for rows, of_side in zip(limited, kept, strict=True)
    ]
    return _pair(latents, *chosen)


def _thin(rows: Ints, number: int, rng: np.random.Generator) -> Ints:
    return rows if len(rows) <= number else np.sort(rng.choice(rows, number, replace=False))


def _pair(latents: pd.DataFrame, first: Ints, second: Ints) -> _Pair:
    rows = latents.iloc[np.r_[first, second].astype(np.int64)]
    labels = np.r_[np.zeros(len(first), dtype=bool), np.ones(len(second), dtype=bool)]
    species = np.unique(rows["particle"].to_numpy(dtype=str), return_inverse=True)[1]
    errors = np.log(np.maximum(rows[list(ERRORS)].to_numpy(dtype=np.float64), 1e-300))
    return _Pair(latent_matrix(rows), errors, labels, species.astype(np.int64))


def _shuffled(pair: _Pair, rng: np.random.Generator) -> _Pair:
    return pair._replace(labels=permuted_labels(pair.labels, pair.species, rng, 1)[1])


def _test(pair: _Pair, latents: pd.DataFrame, options: PartsConfig, name: str) -> list[dict[str, Any]]:
    rng = generator(options.seed, "parts", name)
    folds = stratified_folds(pair.labels * (1 + pair.species.max()) + pair.species, options.folds, rng)
    labels = permuted_labels(pair.labels, pair.species * options.folds + folds, rng, options.permutations)
    distances = standard_distances(pair.mus)
    scores = classifier_scores(distances, labels, folds)
    records = [
        _row("energy", ALL, energy_distances(distances, labels)),
        _row("c2st_auc", ALL, fold_areas(scores, labels, folds)),
        _row("c2st_accuracy", ALL, balanced_accuracies(scores, labels)),
    ]
    for number, error in enumerate(ERRORS):
        row = _row("log_ratio", error, mean_differences(pair.errors[:, number], labels), two_sided=True)
        records.append(row | _bootstrapped(pair, number, rng, options.bootstrap))
    return [*records, *_ks(pair.mus, pair.labels, latent_names(latents)), *_ks(pair.errors, pair.labels, ERRORS)]


def _row(test: str, quantity: str, statistics: Floats, *, two_sided: bool = False) -> dict[str, Any]:
    low, median, high = np.quantile(statistics[1:], [0.05, 0.5, 0.95])
    p_value = permutation_p(statistics, two_sided=two_sided)
    record = {"test": test, "quantity": quantity, "statistic": float(statistics[0]), "p_value": p_value}
    return record | {"null_q05": low, "null_q50": median, "null_q95": high}


def _bootstrapped(pair: _Pair, number: int, rng: np.random.Generator, resamples: int) -> dict[str, float]:
    counts = bootstrap_counts(rng, 2 * pair.species + pair.labels, resamples).astype(np.float64)
    values = pair.errors[:, number]
    means = [counts[:, side] @ values[side] / counts[:, side].sum(axis=1) for side in (~pair.labels, pair.labels)]
    low, high = percentile_interval(means[1] - means[0])
    return {"low": low, "high": high}


def _ks(values: Floats, labels: Bools, names: Collection[str]) -> list[dict[str, Any]]:
    from scipy import stats

    first, second = values[~labels], values[labels]
    found = [stats.ks_2samp(first[:, number], second[:, number]) for number in range(values.shape[1])]
    corrected = holm(np.array([each.pvalue for each in found]))
    effective = len(first) * len(second) / len(values)
    # the limit of many tracks, good enough to show where a statistic lies; the p-values are exact
    null = stats.kstwobign.ppf([0.05, 0.5, 0.95]) / np.sqrt(effective)
    quantiles = dict(zip(("null_q05", "null_q50", "null_q95"), null, strict=True))
    return [
        {
            "test": "ks",
            "quantity": name,
            "statistic": each.statistic,
            "p_value": each.pvalue,
            "p_holm": p_holm,
            **quantiles,
        }
        for name, each, p_holm in zip(names, found, corrected, strict=True)
    ]


def _positive(
    latents: pd.DataFrame, sizes: dict[str, int], options: PartsConfig, part: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rng = generator(options.seed, "parts", part, "positive")
    others = latents.loc[latents["particle"] != options.particle, "particle"].value_counts()
    of_particle = np.flatnonzero(latents["particle"] == options.particle)
    if len(of_particle) == 0 or len(others) == 0:
        return [{"test": "energy", "quantity": ALL, "n_train": 0, "n_other": 0}], []
    name = min(others.index[others == others.max()])
    pools = (of_particle, np.flatnonzero(latents["particle"] == name))
    rows = shifted_rows(pools, sizes, options.shift, rng)
    if rows is None:
        return [{"test": "energy", "quantity": ALL, "n_train": 0, "n_other": 0}], []
    pair = _pair(latents, *rows)
    # here a species may be more frequent on one side: that is what is to be found
    pair = pair._replace(species=np.zeros(len(pair.labels), dtype=np.int64))
    drawn = {"n_train": len(rows[0]), "n_other": len(rows[1])}
    power = measure_power(latent_matrix(latents), pools, drawn, options, rng)
    found = [{**row, **drawn} for row in _test(pair, latents, options, f"{part} positive")]
    seen, n_needed = needed(power, drawn["n_other"], options.shift)
    for test, value in (("detectable_shift", seen), ("n_needed", n_needed)):
        found.append({"test": test, "quantity": ALL, "statistic": value, **drawn})
    return found, power
