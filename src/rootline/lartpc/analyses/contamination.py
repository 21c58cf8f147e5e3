"""How many of the kaon-tagged tracks are protons, by the latents, and whether known protons are found again."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from rootline.core.seeds import generator
from rootline.lartpc.analyses.likeness import ROLES
from rootline.lartpc.analyses.settings.contamination import ContaminationConfig
from rootline.lartpc.analyses.statistics import CONFIDENCE, Bools, Floats, percentile_interval
from rootline.lartpc.analyses.template_fit import Mixture, Weights, answer, as_found, goodness, resample

CONTAMINATION_KEY = ("method", "kind", "at")
CONTAMINATION_COLUMNS = (*CONTAMINATION_KEY, "value", "low", "high", "upper", "p_value", "n_data", "n_proton", "n_kaon")
METHODS = ("mass", "reference", "tail")
"""Where the kaon template comes from; a tail has none."""

TAIL_SHARES = np.round(np.arange(0.1, 0.95, 0.1), 1)
"""Shares of the protons above the cut at which the answer of the tail is given, beside the configured one."""


def fit_contamination(scores: pd.DataFrame, options: ContaminationConfig) -> pd.DataFrame:
    """Fit the proton share of the kaon-tagged tracks, and inject known protons to see what the fit makes of them.

    Three methods, which differ in what is taken for kaons:

    - tail: nothing. Above a cut that `tail` of the protons pass no kaon is
      expected, so that the share is D/P there. Kaons that are there anyway
      count as protons: the answer is an upper bound, and `upper` holds
      without the assumption.
    - mass: the tagged tracks in the kaon window of the beamline mass are
      all kaons; the others are fitted.
    - reference: the tracks of role reference are all kaons.

    The score is binned with equally many of protons and tagged tracks in each
    bin. Intervals, 95 %, are of a Bayesian bootstrap of data and templates, for
    fixed scores. For the injection the protons are halved in template and
    known ones, in several ways; the latter join the data with weights.

    Parameters
    ----------
    scores : data frame
        As `score_tracks` gives it.
    options : ContaminationConfig
        Bins, tail and injected shares.

    Returns
    -------
    data frame
        `CONTAMINATION_COLUMNS`, one row per method, kind and at. Kinds: raw (answer,
        with the p-value of the fit), injection (protons found per tagged
        track when `at` are added), slope and offset of their line,
        corrected (offset / slope), control_proton (answer for protons alone),
        control_window (for the tagged tracks in the mass window alone; what is
        above nothing are kaons taken for protons, or protons in the
        window), control_permuted (mean and middle 95 % of the answers when the
        scores are dealt out anew; only an interval of raw that is far narrower
        comes from the latents), fitted (share of the tagged tracks that the fit
        explains, which the answer hardly can exceed: of mass those outside of
        the window); of the tail: cut (answer when the share `at` of protons
        lies above the cut) and plateau (with the p-value of: the tagged
        tracks above the cut are spread over its two halves as protons are).
        upper is the one-sided 95 % limit.
    """
    data, proton, reference = (scores[scores["role"] == role] for role in ROLES)
    counts = {"n_data": len(data), "n_proton": len(proton)}
    records: list[dict[str, Any]] = []
    if scores["score"].isna().all():
        records.append({"method": "tail", "kind": "raw", "at": 0.0, "value": np.nan, **counts, "n_kaon": 0})
    else:
        edges = _edges(data, proton, options.bins)
        inside = data["in_window"].to_numpy(dtype=bool)
        n_kaon = {"reference": len(reference), "mass": int(inside.sum()), "tail": 0}
        for method in METHODS:
            if method != "tail" and (n_kaon[method] < options.min_tracks or n_kaon[method] == len(data)):
                continue
            mixture = _mixture(method, data, proton, reference, edges, options.tail)
            found = _fit_method(method, mixture, options)
            if method != "mass" and inside.sum() >= options.min_tracks:
                found = [*found, _control_window(method, mixture, inside, options)]
            if method == "tail":
                found = [*found, *_vary_tail(data, proton, options)]
            records += [{"method": method, **counts, "n_kaon": n_kaon[method], **record} for record in found]
    table = pd.DataFrame.from_records(records).reindex(columns=list(CONTAMINATION_COLUMNS))
    numbers = dict.fromkeys(("at", "value", "low", "high", "upper", "p_value"), "float64")
    return table.astype(numbers | dict.fromkeys(("n_data", "n_proton", "n_kaon"), "int64"))


def _edges(data: pd.DataFrame, proton: pd.DataFrame, bins: int) -> Floats:
    """Inner edges of bins that hold equally much of the two, each counted as one."""
    values = np.r_[data["score"], proton["score"]]
    weights = np.r_[np.full(len(data), 1 / len(data)), np.full(len(proton), 1 / len(proton))] / 2
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    return np.asarray(values[order][np.searchsorted(below, np.arange(1, bins) / bins)])


def _mixture(
    method: str, data: pd.DataFrame, proton: pd.DataFrame, reference: pd.DataFrame, edges: Floats, tail: float
) -> Mixture:
    if method == "tail":
        edges = np.quantile(proton["score"], [1 - tail])
    of_data, of_proton, of_kaon = (
        np.searchsorted(edges, rows["score"], side="right") for rows in (data, proton, reference)
    )
    everything = Mixture(
        len(edges) + 1, of_data, of_proton, np.ones(len(data), dtype=bool), np.ones(len(proton), dtype=bool)
    )
    if method == "tail":
        return everything._replace(empty_top=True)
    if method == "reference":
        return everything._replace(kaon_bins=of_kaon)
    return everything._replace(
        data_fitted=~data["in_window"].to_numpy(dtype=bool), proton_fitted=~proton["in_window"].to_numpy(dtype=bool)
    )


def _fit_method(method: str, mixture: Mixture, options: ContaminationConfig) -> list[dict[str, Any]]:
    rng = generator(options.seed, "contamination", method)
    n_proton = len(mixture.proton_bins)
    half = (np.argsort(rng.random((options.splits, n_proton)), axis=1) < n_proton // 2).astype(np.float64)
    halves = np.concatenate(
        [half, 1 - half]
    )  # each half is the template once, which cancels most of what they differ by
    whole = np.ones((1, n_proton))
    drawn = resample(mixture, rng, options.bootstrap)
    shares = np.array([0.0, *sorted(set(options.injected))])
    raw, slopes, offsets, answers = [], [], [], []
    for weights in (as_found(mixture), drawn):
        raw.append(answer(mixture, weights, whole).mean(axis=1))
        found = np.array([answer(mixture, weights, halves, injected=share).mean(axis=1) for share in shares])
        answers.append(found)
        slopes.append((shares - shares.mean()) @ found / ((shares - shares.mean()) ** 2).sum())
        offsets.append(found.mean(axis=0) - slopes[-1] * shares.mean())
    records = [
        _row("raw", 0.0, raw) | {"p_value": goodness(mixture, rng, options.bootstrap)},
        _row("corrected", 0.0, [offset / slope for offset, slope in zip(offsets, slopes, strict=True)]),
        _row("slope", 0.0, slopes),
        _row("offset", 0.0, offsets),
        {"kind": "fitted", "at": 0.0, "value": float(mixture.data_fitted.mean())},
    ]
    records += [
        _row("injection", share, [of_share[number] for of_share in answers]) for number, share in enumerate(shares)
    ]
    return [*records, _control_proton(mixture, drawn, halves), _control_permuted(mixture, rng, options.bootstrap)]


def _control_proton(mixture: Mixture, drawn: Weights, halves: Floats) -> dict[str, Any]:
    """Fit protons in the place of the data, with a template of other protons."""
    answers = []
    for weights in (as_found(mixture), drawn):
        one_by_one = [
            answer(*_only_protons(mixture, weights, half), np.atleast_2d(half)).mean(axis=1) for half in halves
        ]
        answers.append(np.mean(one_by_one, axis=0))
    return _row("control_proton", 0.0, answers) | {"n_data": len(mixture.proton_bins) - int(halves[0].sum())}


def _control_permuted(mixture: Mixture, rng: np.random.Generator, permutations: int) -> dict[str, Any]:
    """Fit scores that were dealt out anew to all tracks, so that they know nothing of what a track is."""
    kaons = np.empty(0, dtype=np.int64) if mixture.kaon_bins is None else mixture.kaon_bins
    ends = np.cumsum([len(mixture.data_bins), len(mixture.proton_bins)])
    whole, weights = np.ones((1, len(mixture.proton_bins))), as_found(mixture)
    answers = []
    for _ in range(permutations):
        dealt = rng.permutation(np.r_[mixture.data_bins, mixture.proton_bins, kaons])
        data, proton, kaon = np.split(dealt, ends)
        changed = mixture._replace(
            data_bins=data, proton_bins=proton, kaon_bins=None if mixture.kaon_bins is None else kaon
        )
        answers.append(answer(changed, weights, whole)[0, 0])
    return _row("control_permuted", 0.0, [np.array([np.mean(answers)]), np.array(answers)])


def _only_protons(mixture: Mixture, weights: Weights, half: Floats) -> tuple[Mixture, Weights]:
    injected = half == 0
    kaon_bins, kaon = mixture.kaon_bins, weights.kaon
    if mixture.kaon_bins is None and not mixture.empty_top:  # the window's tracks stay what kaons look like
        kaon_bins, kaon = mixture.data_bins[~mixture.data_fitted], weights.data[:, ~mixture.data_fitted]
    alone = mixture._replace(
        data_bins=mixture.proton_bins[injected],
        data_fitted=np.ones(int(injected.sum()), dtype=bool),
        kaon_bins=kaon_bins,
    )
    return alone, weights._replace(data=weights.proton[:, injected], kaon=kaon)


def _control_window(method: str, mixture: Mixture, inside: Bools, options: ContaminationConfig) -> dict[str, Any]:
    """Fit the tagged tracks in the mass window alone, which the beamline calls kaons."""
    alone = mixture._replace(data_bins=mixture.data_bins[inside], data_fitted=np.ones(int(inside.sum()), dtype=bool))
    drawn = resample(alone, generator(options.seed, "contamination", method, "window"), options.bootstrap)
    whole = np.ones((1, len(mixture.proton_bins)))
    answers = [answer(alone, weights, whole).mean(axis=1) for weights in (as_found(alone), drawn)]
    return _row("control_window", 0.0, answers) | {"n_data": int(inside.sum())}


def _vary_tail(data: pd.DataFrame, proton: pd.DataFrame, options: ContaminationConfig) -> Iterator[dict[str, Any]]:
    from scipy import stats

    whole = np.ones((1, len(proton)))
    for share in TAIL_SHARES:
        mixture = _mixture("tail", data, proton, data.iloc[:0], np.empty(0), float(share))
        drawn = resample(mixture, generator(options.seed, "contamination", "tail", f"{share:.1f}"), options.bootstrap)
        yield _row(
            "cut", float(share), [answer(mixture, one, whole).mean(axis=1) for one in (as_found(mixture), drawn)]
        )
    middle, cut = np.quantile(proton["score"], [1 - options.tail / 2, 1 - options.tail])
    table = [
        [int((rows["score"] >= middle).sum()), int(((rows["score"] >= cut) & (rows["score"] < middle)).sum())]
        for rows in (data, proton)
    ]
    # kaons below the protons, if they reach above the cut, gather in its lower half
    p_value = float(stats.fisher_exact(np.array(table), alternative="less").pvalue)
    share = table[0][0] / sum(table[0]) if sum(table[0]) else np.nan
    yield {
        "kind": "plateau",
        "at": 0.0,
        "value": share,
        "p_value": p_value,
        "n_data": sum(table[0]),
        "n_proton": sum(table[1]),
    }


def _row(kind: str, at: float, answers: list[Floats]) -> dict[str, Any]:
    found, drawn = answers
    low, high = percentile_interval(drawn)
    defined = drawn[np.isfinite(drawn)]
    upper = float(np.quantile(defined, CONFIDENCE)) if np.isfinite(high) else np.nan
    return {"kind": kind, "at": at, "value": float(found[0]), "low": low, "high": high, "upper": upper}
