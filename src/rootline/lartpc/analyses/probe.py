"""How well a simple classifier tells two species apart by the latents, beside chi2."""

from collections.abc import Collection
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.screen import Progress
from rootline.core.seeds import generator
from rootline.core.tables import TRACK_KEY, join_strict
from rootline.lartpc.analyses.classifiers import fit_logistic, folds_of_events, mlp_fitter, out_of_fold
from rootline.lartpc.analyses.settings.probe import ProbeConfig
from rootline.lartpc.analyses.statistics import (
    ROC_GRID,
    Bools,
    Floats,
    Ints,
    bootstrap_counts,
    fold_auc,
    percentile_interval,
    random_state,
    roc_curve,
    wilson_interval,
)
from rootline.lartpc.analyses.tables import is_picky, latent_matrix, latent_names, learned_from
from rootline.lartpc.chi2 import log_ratio

BASELINE = "log(chi2_proton / chi2_kaon)"
"""The rule of the hypothesis as a score: positive means kaon, as chi2_kaon < chi2_proton does. Unlike the difference,
it does not put tracks that fit neither curve above those that fit one well. A rank needs no cut on large values."""

PROBE_KEY = ("selection", "kind", "method", "inputs")

PROBE_COLUMNS = (
    "selection", "kind", "method", "inputs", "auc", "auc_low", "auc_high", "accuracy", "accuracy_low", "accuracy_high",
    "balanced_accuracy", "n_negative", "n_positive", "n_undefined", "agreement", "agreement_low", "agreement_high",
    "gain", "gain_low", "gain_high", "n_gain", "roc",
)  # fmt: skip
SCORE_COLUMNS = ("part", "particle", "selection", "label", "fold", "logistic", "mlp", "chi2", "hard")


class _Tracks(NamedTuple):
    """The tracks of one selection: what is asked, and how they are shared out."""

    selection: str
    rows: pd.DataFrame
    mus: Floats
    labels: Bools
    folds: Ints
    counts: NDArray[np.float32]
    chi2: Floats


def probe(
    latents: pd.DataFrame,
    tracks: pd.DataFrame,
    train_particles: Collection[str],
    options: ProbeConfig,
    *,
    train_samples: Collection[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Probe the latents for species, on tracks that the model was not trained on.

    Scores are out of fold: stratified folds that keep each event whole, inputs
    standardised on the training folds, classes weighted to balance. AUC is taken within each fold
    and averaged. Its interval is a bootstrap over the tracks of each fold and
    class, 95 %; it does not hold the scatter of another training of the
    model. Accuracies have Wilson's interval.

    Parameters
    ----------
    latents : data frame
        Key, part, particle, mu_*.
    tracks : data frame
        The same keys with the flags `options.picky` (null or an integer, all 1 is picky), chi2_kaon and chi2_proton.
    train_particles : collection of str
        The species that the model was trained on; their train part is left out.
    train_samples : collection of str, optional
        The samples that it may have learned from; all without it.

    Returns
    -------
    probes : data frame
        One row per selection (all | picky: positive tracks that are) and
        probe: kind (single | pair | all | baseline), method (logistic | mlp |
        chi2), inputs, auc, accuracy, balanced_accuracy, n_negative,
        n_positive, n_undefined (tracks without the score); for kind all also
        agreement (share of tracks that both methods put in one class), gain
        (AUC above that of chi2 on the n_gain tracks that have one, resampled
        together) and roc (true-positive shares at `ROC_GRID`). A selection
        with too few tracks has a single row without an AUC.
    scores : data frame
        One row per selection and track: key, part, particle, label, fold,
        probability of the positive class by logistic and mlp, chi2 score, and
        hard (both methods put it in the wrong class).
    """
    names = ("latents", "tracks")
    columns = [*TRACK_KEY, *options.picky, "chi2_kaon", "chi2_proton"]
    joined = join_strict(latents, tracks[columns], key=TRACK_KEY, names=names)
    joined = joined[~learned_from(joined, train_particles, train_samples)]
    joined = joined[joined["particle"].isin([options.negative, options.positive])]
    picky = is_picky(joined, options.picky)
    chosen = {"all": joined, "picky": joined[picky | (joined["particle"] == options.negative).to_numpy(dtype=bool)]}
    records: list[dict[str, Any]] = []
    scores = []
    for selection, rows in chosen.items():
        n_positive = int((rows["particle"] == options.positive).sum())
        n_negative = len(rows) - n_positive
        if min(n_positive, n_negative) < options.min_tracks:
            row = {
                "kind": "all",
                "method": "logistic",
                "inputs": "all",
                "n_negative": n_negative,
                "n_positive": n_positive,
            }
            records.append({"selection": selection, **row, "n_undefined": 0})
            continue
        found, table = _probe_selection(_share_out(selection, rows, options), options)
        records += found
        scores.append(table)
    probes = pd.DataFrame.from_records(records).reindex(columns=list(PROBE_COLUMNS))
    numbers = [name for name in PROBE_COLUMNS if name.startswith(("auc", "accuracy", "balanced", "agreement", "gain"))]
    probes = probes.astype(dict.fromkeys(numbers, "float64") | {"n_gain": "Int64", "n_undefined": "int64"})
    if not scores:
        scores = [pd.DataFrame({**joined.iloc[:0][list(TRACK_KEY)], **{name: [] for name in SCORE_COLUMNS}})]
    return probes, pd.concat(scores, ignore_index=True)


def _share_out(selection: str, rows: pd.DataFrame, options: ProbeConfig) -> _Tracks:
    rows = rows.reset_index(drop=True)
    labels = (rows["particle"] == options.positive).to_numpy(dtype=bool)
    folds = folds_of_events(rows, labels, options.folds, generator(options.seed, "folds", selection))
    counts = bootstrap_counts(generator(options.seed, "probe", selection), 2 * folds + labels, options.bootstrap)
    chi2 = log_ratio(*(rows[f"chi2_{name}"].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("kaon", "proton")))
    return _Tracks(selection, rows, latent_matrix(rows), labels, folds, counts, chi2)


def _probe_selection(tracks: _Tracks, options: ProbeConfig) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    names = latent_names(tracks.rows)
    singles = [(number,) for number in range(len(names))]
    pairs = list(combinations(range(len(names)), 2)) if len(names) <= options.pairs_up_to else []
    records = []
    progress = Progress(f"probe_latents {tracks.selection}", total=len(singles) + len(pairs) + 2, unit="probes")
    for inputs in [*singles, *pairs]:
        scores = out_of_fold(tracks.mus[:, inputs], tracks.labels, tracks.folds, fit_logistic)
        kind = "single" if len(inputs) == 1 else "pair"
        label = " + ".join(names[number] for number in inputs)
        records.append(_judge(tracks, scores, threshold=0.5, kind=kind, method="logistic", inputs=label))
        progress.advance()
    mlp_fit = mlp_fitter(options.mlp_hidden, options.mlp_epochs, random_state(options.seed, "mlp"))
    fits = {"logistic": fit_logistic, "mlp": mlp_fit}
    scores_of = {}
    for method, fit in fits.items():
        scores_of[method] = out_of_fold(tracks.mus, tracks.labels, tracks.folds, fit)
        progress.advance()
    logistic, mlp = scores_of["logistic"], scores_of["mlp"]
    same = int(((logistic > 0.5) == (mlp > 0.5)).sum())
    agreement = dict(zip(("agreement_low", "agreement_high"), wilson_interval(same, len(mlp)), strict=True))
    for method, scores in scores_of.items():
        record = _judge(tracks, scores, threshold=0.5, kind="all", method=method, inputs="all")
        record |= {"agreement": same / len(mlp), **agreement, **_gain(tracks, scores)}
        records.append(record)
    records.append(_judge(tracks, tracks.chi2, threshold=0.0, kind="baseline", method="chi2", inputs=BASELINE))
    table = tracks.rows[[*TRACK_KEY, "part", "particle"]].assign(
        selection=tracks.selection,
        label=tracks.labels.astype(np.int64),
        fold=tracks.folds,
        logistic=logistic,
        mlp=mlp,
        chi2=tracks.chi2,
        hard=((logistic > 0.5) != tracks.labels) & ((mlp > 0.5) != tracks.labels),
    )
    return records, table


def _judge(tracks: _Tracks, scores: Floats, *, threshold: float, kind: str, method: str, inputs: str) -> dict[str, Any]:
    known = np.isfinite(scores)
    labels, folds, scores = tracks.labels[known], tracks.folds[known], scores[known]
    called = scores > threshold
    right, n = int((called == labels).sum()), len(labels)
    record: dict[str, Any] = {
        "selection": tracks.selection,
        "kind": kind,
        "method": method,
        "inputs": inputs,
        "n_negative": int((~labels).sum()),
        "n_positive": int(labels.sum()),
        "n_undefined": int((~known).sum()),
    }
    if not labels.any() or labels.all():
        return record
    low, high = percentile_interval(fold_auc(scores, labels, folds, tracks.counts[:, known]))
    record |= {"auc": float(fold_auc(scores, labels, folds)[0]), "auc_low": low, "auc_high": high}
    low, high = wilson_interval(right, n)
    record |= {"accuracy": right / n, "accuracy_low": low, "accuracy_high": high}
    record["balanced_accuracy"] = float((called[labels].mean() + (~called[~labels]).mean()) / 2)
    if kind in ("all", "baseline"):
        record["roc"] = roc_curve(scores, labels, folds, ROC_GRID).tolist()
    return record


def _gain(tracks: _Tracks, scores: Floats) -> dict[str, Any]:
    """Compare with chi2 on the tracks that have one, both resampled together."""
    known = np.isfinite(tracks.chi2)
    labels, folds = tracks.labels[known], tracks.folds[known]
    if not labels.any() or labels.all():
        return {"n_gain": int(known.sum())}
    ours, theirs = scores[known], tracks.chi2[known]
    gain = fold_auc(ours, labels, folds) - fold_auc(theirs, labels, folds)
    counts = tracks.counts[:, known]
    resampled = fold_auc(ours, labels, folds, counts) - fold_auc(theirs, labels, folds, counts)
    low, high = percentile_interval(resampled)
    return {"gain": float(gain[0]), "gain_low": low, "gain_high": high, "n_gain": int(known.sum())}
