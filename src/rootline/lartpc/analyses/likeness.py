"""How proton-like the latents of a track are, and whether what looks like a proton also weighs like one."""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import pandas as pd

from rootline.core.seeds import generator
from rootline.core.tables import TRACK_KEY, join_strict
from rootline.lartpc.analyses.classifiers import fit_log_odds, folds_of_events, out_of_fold
from rootline.lartpc.analyses.settings.contamination import ContaminationConfig
from rootline.lartpc.analyses.statistics import (
    CONFIDENCE,
    Floats,
    Interval,
    mean_interval,
    spearman_interval,
)
from rootline.lartpc.analyses.tables import is_picky, latent_matrix, learned_from

SCORE_COLUMNS = (*TRACK_KEY, "particle", "role", "fold", "score", "in_window", "p", "beamline_mass")

ROLES = ("data", "proton", "reference")
"""What a scored track is: kaon-tagged, a proton that was not trained on, or a reference kaon."""

LIKENESS_KEY = ("selection", "kind", "bin")
LIKENESS_COLUMNS = (
    *LIKENESS_KEY,
    "mass_low",
    "mass_high",
    "mass_mean",
    "value",
    "low",
    "high",
    "p_value",
    "null_low",
    "null_high",
    "n",
)


def score_tracks(
    latents: pd.DataFrame,
    tracks: pd.DataFrame,
    train_particles: Collection[str],
    options: ContaminationConfig,
    *,
    window: tuple[float, float],
    train_samples: Collection[str] | None = None,
    references: Collection[str] = (),
) -> pd.DataFrame:
    """Score the kaon-tagged tracks, and the protons that were not trained on, by how proton-like their latents are.

    The score is the log-odds of a logistic regression, standardised inputs and balanced
    classes, proton against kaon-tagged, each track scored by a fit without
    its fold. A reference track gets the score of the fit that did not see its event.

    Parameters
    ----------
    latents : data frame
        Key, part, particle, mu_*.
    tracks : data frame
        The same keys, those of references aside, with p (1 is picky) and
        beamline_mass [MeV/c2], each may be null.
    train_particles : collection of str
        The species that the model was trained on; what it learned from is left out.
    options : ContaminationConfig
        Folds and particles.
    window : pair of float
        Kaon window of the beamline mass [MeV/c2].
    train_samples : collection of str, optional
        The samples that it may have learned from; all without it.
    references : collection of str
        Samples of reference kaons.

    Returns
    -------
    data frame
        `SCORE_COLUMNS`: role is data (kaon-tagged), proton or reference; all
        scores are NaN where there are too few tracks of the first two.
    """
    picked = latents["sample"].isin(list(references))
    names = ("latents", "tracks")
    joined = join_strict(latents[~picked], tracks[[*TRACK_KEY, "p", "beamline_mass"]], key=TRACK_KEY, names=names)
    joined["role"] = np.where(joined["particle"] == options.kaon, "data", "proton")
    joined = pd.concat([joined, latents[picked].assign(role="reference")], ignore_index=True)
    joined = joined[~learned_from(joined, train_particles, train_samples)]
    wanted = (joined["role"] == "reference") | joined["particle"].isin([options.kaon, options.proton])
    joined = joined[wanted].sort_values(list(TRACK_KEY))
    joined = joined.reset_index(drop=True)
    masses = joined["beamline_mass"].to_numpy(dtype=np.float64, na_value=np.nan)
    joined["beamline_mass"] = masses
    joined["p"] = joined["p"].astype("Int64")
    joined["in_window"] = (masses >= window[0]) & (masses < window[1])
    n_data, n_proton = ((joined["role"] == role).sum() for role in ROLES[:2])
    if min(n_data, n_proton) < options.min_tracks:
        return joined.assign(fold=0, score=np.nan)[list(SCORE_COLUMNS)]
    labels = (joined["role"] == "proton").to_numpy()
    # events stay whole, so that the fit that scores a reference track has not seen the tagged track of the same event
    folds = folds_of_events(joined, labels, options.folds, generator(options.seed, "contamination", "folds"))
    learnt = (joined["role"] != "reference").to_numpy()
    scores = out_of_fold(latent_matrix(joined), labels, folds, fit_log_odds, learnt=learnt)
    return joined.assign(fold=folds, score=scores)[list(SCORE_COLUMNS)]


def compare_likeness(scores: pd.DataFrame, options: ContaminationConfig) -> pd.DataFrame:
    """Compare the proton-likeness of the kaon-tagged tracks with their beamline mass.

    Parameters
    ----------
    scores : data frame
        As `score_tracks` gives it; tracks of role data with a mass take part.
    options : ContaminationConfig
        Bins and permutations.

    Returns
    -------
    data frame
        Per selection (all | picky: p == 1 | window: mass in the kaon window)
        one row of kind spearman (rho of score and mass with Fisher's
        interval; p_value, two-sided, and null_low to null_high, the middle 95 %
        of rho when the masses are permuted) and one row of kind mean per bin of
        equally many tracks (mean score with Student's interval). mass_low,
        mass_high and mass_mean [MeV/c2] are those of the row's tracks.
    """
    tagged = scores[(scores["role"] == "data") & scores["beamline_mass"].notna() & scores["score"].notna()]
    chosen = {
        "all": tagged,
        "picky": tagged[is_picky(tagged, ["p"])],
        "window": tagged[tagged["in_window"].to_numpy(dtype=bool)],
    }
    records = []
    for selection, rows in chosen.items():
        masses, values = (rows[name].to_numpy(dtype=np.float64) for name in ("beamline_mass", "score"))
        found = [_correlate(masses, values, options, selection), *_average(masses, values, options.mass_bins)]
        records += [{"selection": selection, **record} for record in found]
    table = pd.DataFrame.from_records(records).reindex(columns=list(LIKENESS_COLUMNS))
    return table.astype(dict.fromkeys(LIKENESS_COLUMNS[3:-1], "float64") | {"bin": "int64", "n": "int64"})


def _correlate(masses: Floats, values: Floats, options: ContaminationConfig, selection: str) -> dict[str, Any]:
    from scipy.stats import rankdata

    n = len(masses)
    record: dict[str, Any] = {"kind": "spearman", "bin": 0, "n": n}
    if n < 4:
        return record
    record |= {"mass_low": masses.min(), "mass_high": masses.max(), "mass_mean": masses.mean()}
    ranks = [rankdata(each) - (n + 1) / 2 for each in (masses, values)]
    size = np.sqrt((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum())
    if size == 0:
        return record
    rho = float(ranks[0] @ ranks[1] / size)
    rng = generator(options.seed, "likeness", selection)
    null = np.array([rng.permutation(ranks[0]) @ ranks[1] for _ in range(options.permutations)]) / size
    interval = Interval(*(float(end) for end in spearman_interval(rho, n)))
    low, high = np.quantile(null, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    beyond = int((np.abs(null) >= abs(rho) - 1e-12).sum())
    record |= {"value": rho, "low": interval.low, "high": interval.high}
    return record | {"null_low": low, "null_high": high, "p_value": (1 + beyond) / (1 + len(null))}


def _average(masses: Floats, values: Floats, bins: int) -> Iterator[dict[str, Any]]:
    order = np.argsort(masses, kind="stable")
    for number, chosen in enumerate(np.array_split(order, bins), start=1):
        if len(chosen) < 2:
            continue
        low, high = mean_interval(values[chosen])
        yield {
            "kind": "mean",
            "bin": number,
            "mass_low": masses[chosen].min(),
            "mass_high": masses[chosen].max(),
            "mass_mean": masses[chosen].mean(),
            "value": values[chosen].mean(),
            "low": low,
            "high": high,
            "n": len(chosen),
        }
