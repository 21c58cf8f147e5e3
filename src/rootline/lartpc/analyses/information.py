"""Mutual information of each latent with each feature: dependence of any form, not only a monotonic one."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from rootline.core.screen import Progress
from rootline.core.seeds import generator
from rootline.lartpc.analyses.settings.regression import RegressionConfig
from rootline.lartpc.analyses.statistics import CONFIDENCE, Floats, Ints
from rootline.lartpc.analyses.tables import (
    NO_CATEGORY,
    defined_values,
    feature_names,
    groups,
    join_features,
    latent_matrix,
    latent_names,
)

INFORMATION_KEY = ("group", "feature", "latent")

INFORMATION_COLUMNS = (
    "group", "category", "feature", "latent", "n", "n_undefined", "n_used",
    "information", "information_low", "information_high", "null_95",
)  # fmt: skip

PARTS: Final = 5
"""Disjoint parts of the tracks whose scatter gives the interval."""


def measure_information(
    latents: pd.DataFrame, features: pd.DataFrame, categories: Mapping[str, str], options: RegressionConfig
) -> pd.DataFrame:
    """Estimate the mutual information of each latent and each feature, beside what unrelated values give.

    Both are replaced by the normal scores of their ranks, which changes
    neither their mutual information nor, ties being broken at random, which
    pairs are independent. What an estimate without dependence looks like then
    depends on the number of tracks alone, and one set of shuffled pairs
    serves all latents and features with that number.

    Parameters
    ----------
    latents, features : data frames
        Key, particle and mu_*; key and features. They must hold the same tracks.
    categories : mapping
        Feature to its category.

    Returns
    -------
    data frame
        group (all | a particle), category, feature, latent, n (tracks with
        the feature), n_undefined, n_used (fewer than n where there are more
        than ``information_tracks``), information [nat] (scatters around 0
        without dependence, hence also below), its interval at 95 %, null_95:
        the 95 % quantile of shuffled pairs, which one in twenty unrelated
        pairs exceeds. All NaN below ``min_tracks`` and for a constant feature.
    """
    joined = join_features(latents, features)
    names, labels = feature_names(features), latent_names(joined)
    mus, values = latent_matrix(joined), defined_values(joined, names)
    records: list[dict[str, Any]] = []
    nulls: dict[int, float] = {}
    chosen = groups(joined["particle"])
    progress = Progress("regress_features information", total=len(chosen) * len(names), unit="features")
    for group, rows in chosen.items():
        for column, name in enumerate(names):
            defined = rows & np.isfinite(values[:, column])
            n = int(defined.sum())
            head: dict[str, Any] = {"group": group, "category": categories.get(name, NO_CATEGORY), "feature": name}
            head |= {"n": n, "n_undefined": int(rows.sum()) - n}
            rng = generator(options.seed, "information", group, name)
            used = np.sort(rng.permutation(np.flatnonzero(defined))[: options.information_tracks])
            head["n_used"] = len(used)
            possible = (
                n >= max(options.min_tracks, PARTS * (options.neighbours + 2)) and np.ptp(values[used, column]) > 0
            )
            if possible:
                feature = normal_scores(values[used, column], rng)
                parts = rng.permutation(np.arange(len(used)) % PARTS)
                if len(used) not in nulls:
                    nulls[len(used)] = _null_quantile(len(used), options)
            for latent, label in enumerate(labels):
                record = head | {"latent": label}
                if possible:
                    score = normal_scores(mus[used, latent], rng)
                    found = mutual_information(score, feature, options.neighbours)
                    reach = _reach(score, feature, parts, options.neighbours)
                    record |= {"information": found, "null_95": nulls[len(used)]}
                    record |= {"information_low": found - reach, "information_high": found + reach}
                records.append(record)
            progress.advance()
    table = pd.DataFrame.from_records(records).reindex(columns=list(INFORMATION_COLUMNS))
    return table.astype(dict.fromkeys(INFORMATION_COLUMNS[-4:], "float64"))


def mutual_information(x: Floats, y: Floats, neighbours: int) -> float:
    """Estimate the mutual information of two continuous quantities from pairs of their values [nat].

    The first estimator of Kraskov, Stoegbauer and Grassberger, Phys. Rev. E
    69 (2004) 066138, equation 8, not cut off at 0. Ties bias it; break them.

    Parameters
    ----------
    x, y : (n,) arrays
        Pairs in the same order, n > `neighbours`.
    neighbours : int
        Fewer have less bias, more have less scatter.
    """
    from scipy.spatial import cKDTree
    from scipy.special import digamma

    pairs = np.column_stack([x, y])
    distances = np.asarray(cKDTree(pairs).query(pairs, k=[neighbours + 1], p=np.inf)[0])[:, 0]
    reach = distances * (1 - 1e-10)  # strictly nearer, whatever the rounding of a sum
    terms = np.zeros(len(x))
    for values in (x, y):
        ordered = np.sort(values)
        inside = np.searchsorted(ordered, values + reach, "right") - np.searchsorted(ordered, values - reach, "left")
        terms += digamma(inside)  # the row itself is inside, which is the + 1 of the formula
    return float(digamma(neighbours) + digamma(len(x)) - terms.mean())


def normal_scores(values: Floats, rng: np.random.Generator) -> Floats:
    """Give the quantiles of the standard normal distribution that belong to the ranks; ties are broken at random."""
    from scipy.special import ndtri

    ranks = np.empty(len(values))
    ranks[np.lexsort([rng.random(len(values)), values])] = np.arange(len(values))
    return np.asarray(ndtri((ranks + 0.5) / len(values)), dtype=np.float64)


def _null_quantile(n: int, options: RegressionConfig) -> float:
    from scipy.special import ndtri

    rng = generator(options.seed, "null", n)
    scores: Floats = ndtri((np.arange(n) + 0.5) / n)
    shuffled = [
        mutual_information(scores, rng.permutation(scores), options.neighbours) for _ in range(options.permutations)
    ]
    return float(np.quantile(shuffled, CONFIDENCE, method="higher"))


def _reach(x: Floats, y: Floats, parts: Ints, neighbours: int) -> float:
    """Give half of Student's interval from the scatter of the estimates in disjoint parts of the pairs.

    The variance falls with the number of pairs, so that of all pairs is that
    of a part by the number of parts: Holmes and Nemenman, Phys. Rev. E 100
    (2019) 022404.
    """
    from scipy.special import stdtrit

    estimates = [mutual_information(x[parts == part], y[parts == part], neighbours) for part in range(PARTS)]
    return float(stdtrit(PARTS - 1, (1 + CONFIDENCE) / 2) * np.std(estimates, ddof=1) / np.sqrt(PARTS))
