"""Which score tells kaons from protons best, all on the same tracks, and does the latent space hold more than chi2."""

from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.seeds import generator
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.pid_scores import METHODS
from rootline.lartpc.analyses.settings.pid import PidConfig
from rootline.lartpc.analyses.statistics import (
    ROC_GRID,
    Bools,
    Floats,
    Ints,
    bootstrap_counts,
    fold_auc,
    name_interval,
    percentile_interval,
)
from rootline.lartpc.analyses.working_points import (
    Thresholds,
    efficiency_at_purity,
    efficiency_at_rejection,
    efficiency_curve,
    pass_thresholds,
)

BASELINE: Final = "chi2_log_ratio"
"""What every other score is compared with."""

COMMON_SHARE: Final = 0.5
"""A score that fewer of the tracks have is judged on its own tracks alone, so that it does not take them from the others."""

COMPARISONS: Final = (
    ("unsupervised against chi2", "reconstruction_error_weighted", BASELINE),
    ("unsupervised against chi2", "mahalanobis", BASELINE),
    ("unsupervised against chi2", "anchored_mixture", BASELINE),
    ("latents against chi2", "logistic", BASELINE),
    ("latents against chi2", "mlp", BASELINE),
    ("latents added to chi2", "latents_and_chi2", BASELINE),
    ("references against latents", "cnn", "logistic"),
    ("references against latents", "trees", "logistic"),
    ("references against latents and chi2", "cnn", "latents_and_chi2"),
    ("references against latents and chi2", "trees", "latents_and_chi2"),
)
"""Question, first and second score: the difference is that of the first above the second."""

ABOVE, BELOW, UNDECIDED, UNKNOWN = "above", "below", "not told apart", "too few tracks"

PID_KEY: Final = ("selection", "tracks", "method")
ROC_KEY: Final = ("selection", "method", "negative_share")
COMPARISON_KEY: Final = ("selection", "question", "first", "second")

COMPARISON_COLUMNS: Final = (*COMPARISON_KEY, "difference", "low", "high", "n_negative", "n_positive", "answer")
ROC_COLUMNS: Final = (*ROC_KEY, "positive_share", "low", "high", "n_negative", "n_positive")


class PidTables(NamedTuple):
    """The numbers of each score, its ROC curve, and the differences that answer the question of the study."""

    numbers: pd.DataFrame
    roc: pd.DataFrame
    comparisons: pd.DataFrame


class _Tracks(NamedTuple):
    """Tracks of one selection; the first row of counts is one for each track, the others are resamples."""

    labels: Bools
    folds: Ints
    counts: NDArray[np.float32]
    scores: dict[str, Floats]

    def only(self, rows: Bools) -> "_Tracks":
        """Give some of the tracks, with the same resamples."""
        scores = {name: values[rows] for name, values in self.scores.items()}
        return _Tracks(self.labels[rows], self.folds[rows], self.counts[:, rows], scores)

    @property
    def both(self) -> bool:
        """Whether each fold that is left holds both particles."""
        folds = set(self.folds)
        return bool(folds) and all(set(self.folds[self.labels == label]) == folds for label in (True, False))


def pid_columns(options: PidConfig) -> tuple[str, ...]:
    """Name the columns of the numbers."""
    points = [*(f"purity_{_percent(p)}" for p in options.purities)]
    points += [f"rejection_{_percent(p)}" for p in options.rejections]
    measured = ["auc", *(f"efficiency_{point}" for point in points), "difference_to_chi2"]
    ends = [f"{name}{end}" for name in measured for end in ("", "_low", "_high")]
    return (*PID_KEY, "kind", "negative", "positive", "n_negative", "n_positive", "n_undefined", *ends)


def compare_pid(scores: pd.DataFrame, options: PidConfig) -> PidTables:
    """Judge every score on the same tracks, and each on all tracks that have it.

    AUC is taken within each fold and averaged, as `probe` does, also for
    scores that were not fitted. Efficiencies and ROC curves pool the folds:
    one cut on all tracks. Purity counts both particles alike. Intervals,
    95 %, and those of differences: percentiles of one bootstrap over tracks
    of each fold and particle, the same resamples for every score. They hold
    neither the scatter of another training nor a correction for the number of
    comparisons.

    Parameters
    ----------
    scores : data frame
        As `assemble_scores` gives them.

    Returns
    -------
    numbers : data frame
        `pid_columns`. negative and positive: the particles. selection: all, or picky (positive tracks with p == 1,
        and all negative ones, with the scores of the fits to all). tracks:
        common (those with every score; a score that fewer than `COMMON_SHARE`
        of the tracks have does not count) or own. difference_to_chi2: AUC
        above that of `BASELINE`, on the tracks that have both.
    roc : data frame
        Share of the positive particle kept, with interval, at each share of
        the negative one in `ROC_GRID`, on the common tracks.
    comparisons : data frame
        `COMPARISONS` on the common tracks, and what the interval says:
        above, below, not told apart, or too few tracks.
    """
    records: list[dict[str, Any]] = []
    curves: list[pd.DataFrame] = []
    compared: list[dict[str, Any]] = []
    labels = (scores["label"] == 1).to_numpy(dtype=bool)
    picky = scores["picky"].to_numpy(dtype=bool)
    particles = {name: _particle(scores, of_class) for name, of_class in (("negative", ~labels), ("positive", labels))}
    for selection, rows in {"all": np.ones(len(scores), dtype=bool), "picky": picky}.items():
        tracks = _resample(scores, labels, rows, selection, options)
        defined = {name: np.isfinite(values) for name, values in tracks.scores.items()}
        n = len(tracks.labels)
        joint = [name for name, known in defined.items() if n and known.mean() >= COMMON_SHARE]
        common = np.logical_and.reduce([np.ones(n, dtype=bool), *(defined[name] for name in joint)])
        together = tracks.only(common)
        for name in METHODS:
            head = {"selection": selection, "method": name, "kind": METHODS[name], **particles}
            own = tracks.only(defined[name])
            missing = {"n_undefined": int(n - defined[name].sum())}
            records.append({**head, **missing, "tracks": "own", **_judge(own, name, options)})
            if name in joint:
                records.append({**head, **missing, "tracks": "common", **_judge(together, name, options)})
                curves.append(_curve(together, name).assign(selection=selection, method=name))
        for question, first, second in COMPARISONS:
            record = {"selection": selection, "question": question, "first": first, "second": second}
            there = first in joint and second in joint
            compared.append(
                {**record, **_compare(together if there else together.only(~together.labels), first, second)}
            )
    numbers = pd.DataFrame.from_records(records).reindex(columns=list(pid_columns(options)))
    measured = [name for name in numbers.columns if name.startswith(("auc", "efficiency", "difference"))]
    roc = pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=list(ROC_COLUMNS))
    return PidTables(
        numbers.astype(dict.fromkeys(measured, "float64")),
        roc[list(ROC_COLUMNS)].astype({"negative_share": "float64"}),
        pd.DataFrame.from_records(compared)[list(COMPARISON_COLUMNS)],
    )


def _particle(scores: pd.DataFrame, rows: Bools) -> str:
    return str(scores.loc[rows, "particle"].iloc[0]) if rows.any() else ""


def _resample(scores: pd.DataFrame, labels: Bools, rows: Bools, selection: str, options: PidConfig) -> _Tracks:
    chosen = scores[rows].sort_values(list(TRACK_KEY))
    labels, folds = labels[chosen.index], chosen["fold"].to_numpy(dtype=np.int64)
    # the resamples of the probe, if its seed is the same: one number gets one interval
    rng = generator(options.seed, "probe", selection)
    counts = bootstrap_counts(rng, 2 * folds + labels, options.bootstrap)
    values = {name: chosen[name].to_numpy(dtype=np.float64) for name in METHODS}
    return _Tracks(labels, folds, np.vstack([np.ones((1, len(chosen)), dtype=np.float32), counts]), values)


def _judge(tracks: _Tracks, name: str, options: PidConfig) -> dict[str, Any]:
    record: dict[str, Any] = _sizes(tracks)
    if not tracks.both:
        return record
    scores = tracks.scores[name]
    record |= name_interval("auc", fold_auc(scores, tracks.labels, tracks.folds, tracks.counts))
    thresholds = _thresholds(tracks, name)
    for purity in options.purities:
        record |= name_interval(f"efficiency_purity_{_percent(purity)}", efficiency_at_purity(thresholds, purity))
    for rejection in options.rejections:
        found = efficiency_at_rejection(thresholds, rejection)
        record |= name_interval(f"efficiency_rejection_{_percent(rejection)}", found)
    shared = tracks.only(np.isfinite(tracks.scores[BASELINE]))
    if name != BASELINE and shared.both:
        record |= name_interval("difference_to_chi2", _gains(shared, name, BASELINE))
    return record


def _compare(tracks: _Tracks, first: str, second: str) -> dict[str, Any]:
    """Give the difference of two AUCs and what its interval says of its sign."""
    record: dict[str, Any] = {"difference": np.nan, "low": np.nan, "high": np.nan, "answer": UNKNOWN, **_sizes(tracks)}
    if not tracks.both:
        return record
    gains = _gains(tracks, first, second)
    low, high = percentile_interval(gains[1:])
    record |= {"difference": float(gains[0]), "low": low, "high": high}
    if np.isfinite(low):
        record["answer"] = ABOVE if low > 0 else BELOW if high < 0 else UNDECIDED
    return record


def _curve(tracks: _Tracks, name: str) -> pd.DataFrame:
    curves = np.full((2, len(ROC_GRID)), np.nan)
    ends = np.full((2, len(ROC_GRID)), np.nan)
    if tracks.both:
        curves = efficiency_curve(_thresholds(tracks, name), ROC_GRID)
        ends = np.array([percentile_interval(column) for column in curves[1:].T]).T
    table = pd.DataFrame({"negative_share": ROC_GRID, "positive_share": curves[0], "low": ends[0], "high": ends[1]})
    return table.assign(**_sizes(tracks))


def _thresholds(tracks: _Tracks, name: str) -> Thresholds:
    return pass_thresholds(tracks.scores[name], tracks.labels, tracks.counts)


def _gains(tracks: _Tracks, first: str, second: str) -> Floats:
    areas = [fold_auc(tracks.scores[name], tracks.labels, tracks.folds, tracks.counts) for name in (first, second)]
    return np.asarray(areas[0] - areas[1], dtype=np.float64)


def _sizes(tracks: _Tracks) -> dict[str, int]:
    return {"n_negative": int((~tracks.labels).sum()), "n_positive": int(tracks.labels.sum())}


def _percent(share: float) -> int:
    return round(100 * share)
