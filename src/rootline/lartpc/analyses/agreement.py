"""How well groups found without labels agree with species: numbers of a contingency table, interval and null.

Array convention:
    tables  (m, n_groups, n_species)  counts of tracks, m tables at a time
"""

from typing import Any, Final

import numpy as np

from rootline.lartpc.analyses.statistics import CONFIDENCE, Floats, Ints, percentile_interval

MEASURES: Final = ("ari", "nmi", "purity")


def contingency(groups: Ints, species: Ints) -> Floats:
    """Count the tracks of each group and species, both numbered from 0, as one (n_groups, n_species) table."""
    table = np.zeros((int(groups.max()) + 1, int(species.max()) + 1))
    np.add.at(table, (groups, species), 1)
    return table


def measure_agreement(tables: Floats) -> dict[str, Floats]:
    """Give ARI, NMI and purity of each table.

    ARI: adjusted Rand index, equation 5 of Hubert and Arabie, J. Classif. 2
    (1985) 193; 1 for equal partitions, 0 on average for unrelated ones. NMI:
    mutual information over the mean of both entropies. Purity: share of
    tracks that are of the commonest species of their group, which grows with
    the number of groups by itself. Where both partitions have a single part,
    ARI and NMI are 1, as they are equal.

    Parameters
    ----------
    tables : (m, n_groups, n_species) array

    Returns
    -------
    dict
        Name of the measure to an (m,) array.
    """
    n = tables.sum(axis=(1, 2))
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        together, in_rows, in_columns = _pairs(tables, (1, 2)), _pairs(rows, 1), _pairs(columns, 1)
        expected = in_rows * in_columns / np.maximum(n * (n - 1) / 2, 1)
        most = (in_rows + in_columns) / 2
        ari = np.where(most == expected, 1.0, (together - expected) / (most - expected))
        entropies = _entropy(rows, n, 1) + _entropy(columns, n, 1)
        information = entropies - _entropy(tables, n, (1, 2))
        nmi = np.where(entropies > 0, np.clip(2 * information / entropies, 0, 1), 1.0)
    return {"ari": ari, "nmi": nmi, "purity": tables.max(axis=2).sum(axis=1) / n}


def judge_agreement(
    groups: Ints, species: Ints, *, bootstrap: int, permutations: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Give each measure with its bootstrap interval and what permuted species give.

    The interval, 95 %, resamples the tracks of each species and keeps the
    groups as they are: the scatter of another clustering is not in it. The
    null deals the species to the tracks at random.

    Returns
    -------
    list of dict
        score, value, low, high, n, null_mean, null_high (97.5 % of the null
        lie below) and p_value (share of the null at or above the value, the
        value itself counted in).
    """
    from scipy import stats

    table = contingency(groups, species)
    rows, columns = table.sum(axis=1).astype(np.int64), table.sum(axis=0).astype(np.int64)
    resampled = np.stack(
        [rng.multinomial(n, table[:, number] / max(n, 1), size=bootstrap) for number, n in enumerate(columns)], axis=2
    )
    null = np.repeat(table[None], permutations, axis=0)
    if min(table.shape) > 1:  # with a single group or species a permutation changes nothing
        # tables with the margins of this one, as likely as permuted labels make them
        null = stats.random_table(rows, columns, seed=rng).rvs(permutations)
    found = measure_agreement(table[None])
    of_resamples, of_null = measure_agreement(resampled.astype(np.float64)), measure_agreement(null.astype(np.float64))
    records = []
    for name in MEASURES:
        value = float(found[name][0])
        low, high = percentile_interval(of_resamples[name])
        p_value = (1 + int((of_null[name] >= value - 1e-12).sum())) / (1 + permutations)
        record = {"score": name, "value": value, "low": low, "high": high, "n": int(table.sum())}
        record |= {"null_mean": float(of_null[name].mean()), "p_value": p_value}
        records.append(record | {"null_high": float(np.quantile(of_null[name], (1 + CONFIDENCE) / 2))})
    return records


def _pairs(counts: Floats, axis: int | tuple[int, int]) -> Floats:
    return np.asarray((counts * (counts - 1) / 2).sum(axis=axis), dtype=np.float64)


def _entropy(counts: Floats, n: Floats, axis: int | tuple[int, int]) -> Floats:
    shares = counts / n.reshape(-1, *[1] * (counts.ndim - 1))
    return np.asarray(-(shares * np.log(np.where(shares > 0, shares, 1.0))).sum(axis=axis), dtype=np.float64)
