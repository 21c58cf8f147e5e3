"""Latents and chi2 against the simulated truth: what no one with data alone can check."""

from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from rootline.core.errors import UserError
from rootline.core.seeds import generator
from rootline.core.tables import EVENT_KEY, TRACK_KEY, describe_key
from rootline.lartpc.analyses.classifiers import fit_logistic, folds_of_events, mlp_fitter, out_of_fold
from rootline.lartpc.analyses.regression import MLP, RIDGE, regress
from rootline.lartpc.analyses.settings.closure import ClosureConfig
from rootline.lartpc.analyses.settings.regression import RegressionConfig
from rootline.lartpc.analyses.statistics import (
    Bools,
    Floats,
    bootstrap_counts,
    paired_auc,
    percentile_interval,
    random_state,
)
from rootline.lartpc.analyses.tables import latent_matrix, learned_from

TRUTH_COLUMNS = ("species", "momentum", "true_range", "ending", "angle_xz", "angle_yz", "entry_x", "entry_y")

TARGETS = ("momentum", "true_range", "angle_xz", "angle_yz", "entry_x", "entry_y")
"""True quantities that the latents are asked for: MeV/c, cm, rad, rad, cm, cm."""

ENDINGS_ASKED = (
    ("kaon", ("decay_in_flight",), ("decay_at_rest",)),
    ("kaon", ("decay_in_flight",), ("decay_at_rest", "interaction")),
    ("kaon", ("interaction",), ("decay_at_rest",)),
    ("proton", ("interaction",), ("stop",)),
)
"""Species, its endings with label 1, its endings with label 0."""

ENDINGS_ALIKE = (("stop", "decay_at_rest"), ("decay_in_flight",), ("interaction", "exit"))
"""Endings that are one for the comparison of species: stopping, decaying on the way, interacting or leaving."""

CLOSURE_COLUMNS = (
    "question", "target", "group", "negative", "positive", "momentum_low", "momentum_high", "method", "metric",
    "value", "low", "high", "n", "n_negative", "n_positive",
)  # fmt: skip
CLOSURE_KEY = ("question", "target", "group", "negative", "positive", "method", "metric")

SCORES = ("chi2", "logistic", "mlp")
"""Columns of the probe's scores; the two latter are of the latents."""


PROBES: Final = ("logistic", "mlp")
REGRESSIONS: Final = (RIDGE, MLP)


class Selection(NamedTuple):
    """A comparison of true species: which tracks stand on either side."""

    group: str
    negative: str
    positive: str
    rows: Bools
    momentum: tuple[float, float] = (np.nan, np.nan)


def match_truth(tracks: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Put the truth of its beam particle beside the best track of each event.

    The truth holds one beam particle per event; the track with the smallest
    number, the best match of its two planes among those that passed the cuts,
    stands for it. Other tracks of the event are left out, and so are events
    without a track.

    Parameters
    ----------
    tracks : data frame
        TRACK_KEY and any columns.
    truth : data frame
        EVENT_KEY and TRUTH_COLUMNS.

    Returns
    -------
    data frame
        In the order of the key, with TRUTH_COLUMNS.

    Raises
    ------
    UserError
        If an event has no truth or more than one.
    """
    key = list(EVENT_KEY)
    best = tracks.sort_values(list(TRACK_KEY), ignore_index=True).drop_duplicates(key)
    known = truth[[*key, *TRUTH_COLUMNS]]
    if (twice := known.duplicated(key)).any():
        raise UserError(f"truth: two rows for {describe_key(known.loc[twice, key].iloc[0].to_dict())}; simulate again")
    merged = best.merge(known, on=key, how="left", validate="1:1", indicator="_found")
    if (lost := merged["_found"] != "both").any():
        event = describe_key(merged.loc[lost, key].iloc[0].to_dict())
        raise UserError(f"truth: {int(lost.sum())} events have none, the first is {event}; simulate again")
    return merged.drop(columns="_found")


def close_latents(
    latents: pd.DataFrame,
    scores: pd.DataFrame,
    truth: pd.DataFrame,
    train_particles: Collection[str],
    options: ClosureConfig,
    regression: RegressionConfig,
    *,
    train_samples: Collection[str] | None = None,
) -> pd.DataFrame:
    """Compare latents and chi2 with the truth, on tracks that the model was not trained on.

    Three questions: `truth`, can a ridge regression and an MLP read a true
    quantity from the latents (R2 out of fold, as `regress` does it for a
    feature, per true species); `ending`, can a logistic
    regression and an MLP tell how a track of one species ended (AUC out of
    fold); `species`, how well chi2, log(chi2_proton / chi2_kaon), and the
    probes of the latents tell the true species apart, overall, in bins of true
    momentum and per ending, on the same tracks, those that have a chi2.
    Intervals, 95 %, are a bootstrap over tracks with the fits as they are.

    Parameters
    ----------
    latents : data frame
        Key, part, particle, mu_*.
    scores : data frame
        Scores of `probe`; the rows of the selection `all` are used.
    truth : data frame
        EVENT_KEY and TRUTH_COLUMNS.
    train_particles : collection of str
        The species that the model was trained on.
    options, regression : ClosureConfig, RegressionConfig
        The latter for the question `truth`.
    train_samples : collection of str, optional
        The samples that it may have learned from; all without it.

    Returns
    -------
    data frame
        CLOSURE_COLUMNS. Metric r2, auc, or gain (AUC above that of chi2, both
        resampled together). `negative` and `positive` say which tracks stand
        on either side of an AUC. What has too few tracks has no value.
    """
    unseen = latents[~learned_from(latents, train_particles, train_samples)]
    matched = match_truth(unseen, truth)
    of_probe = match_truth(scores[scores["selection"] == "all"], truth)
    records = [*_read_truth(matched, regression), *_tell_endings(matched, options), *_tell_species(of_probe, options)]
    table = pd.DataFrame.from_records(records).reindex(columns=list(CLOSURE_COLUMNS))
    texts = ["group", "negative", "positive"]
    table[texts] = table[texts].fillna("")
    numbers = dict.fromkeys(["value", "low", "high", "momentum_low", "momentum_high"], "float64")
    counts = dict.fromkeys(["n", "n_negative", "n_positive"], "Int64")
    return table.astype(numbers | counts)


def species_selections(matched: pd.DataFrame, options: ClosureConfig) -> Iterator[Selection]:
    """Give the comparisons of true species: all, by true momentum, by ending.

    By momentum three times: both species inside the bin, and either inside it
    against all of the other, because the species hardly share their momenta.
    By ending likewise: like with like (stopping, interacting or exiting), and
    each ending of either against all of the other.
    """
    species, ending = (matched[name].to_numpy(dtype=object) for name in ("species", "ending"))
    momentum = matched["momentum"].to_numpy(dtype=np.float64)
    minus, plus = species == options.negative, species == options.positive
    first, second = options.negative, options.positive
    yield Selection("all", first, second, minus | plus)
    for low, high in pairwise(options.momentum_edges):
        inside, where = (momentum >= low) & (momentum < high), f"{low:g}-{high:g} MeV/c"
        both = (minus | plus) & inside
        yield Selection("momentum of both", f"{first} {where}", f"{second} {where}", both, (low, high))
        yield Selection(f"momentum of {first}", f"{first} {where}", second, (minus & inside) | plus, (low, high))
        yield Selection(f"momentum of {second}", first, f"{second} {where}", (plus & inside) | minus, (low, high))
    for kinds in ENDINGS_ALIKE:
        alike, how = np.isin(ending, kinds), " or ".join(kinds)
        yield Selection("ending of both", f"{first} {how}", f"{second} {how}", (minus | plus) & alike)
        if (minus & alike).any():
            yield Selection(f"ending of {first}", f"{first} {how}", second, (minus & alike) | plus)
        if (plus & alike).any():
            yield Selection(f"ending of {second}", first, f"{second} {how}", (plus & alike) | minus)


def _tell_species(matched: pd.DataFrame, options: ClosureConfig) -> Iterator[dict[str, Any]]:
    known = np.isfinite(matched[list(SCORES)].to_numpy(dtype=np.float64)).all(axis=1)
    matched = matched[known].reset_index(drop=True)
    positive = (matched["species"] == options.positive).to_numpy(dtype=bool)
    fitted = matched["fold"].to_numpy(dtype=np.int64)
    for chosen in species_selections(matched, options):
        rows = np.flatnonzero(chosen.rows)
        labels, folds = positive[rows], fitted[rows]
        base = {
            "question": "species", "target": options.positive, "group": chosen.group, "negative": chosen.negative,
            "positive": chosen.positive, "momentum_low": chosen.momentum[0], "momentum_high": chosen.momentum[1],
            "n": len(rows), "n_negative": int((~labels).sum()), "n_positive": int(labels.sum()),
        }  # fmt: skip
        enough = min(labels.sum(), (~labels).sum()) >= options.min_tracks
        counts = _draw(options, labels, "species", chosen.group, chosen.negative, chosen.positive)
        chi2 = np.zeros(len(counts))
        for method in SCORES:
            values = matched[method].to_numpy(dtype=np.float64)[rows]
            of_fold = np.zeros_like(folds) if method == "chi2" else folds
            areas = paired_auc(values, labels, of_fold, counts) if enough else np.full(len(counts), np.nan)
            yield {**base, "method": method, "metric": "auc", **_with_interval(areas)}
            if method == "chi2":
                chi2 = areas
            else:
                yield {**base, "method": method, "metric": "gain", **_with_interval(areas - chi2)}


def _tell_endings(matched: pd.DataFrame, options: ClosureConfig) -> Iterator[dict[str, Any]]:
    for species, positive, negative in ENDINGS_ASKED:
        rows = matched[(matched["species"] == species) & matched["ending"].isin([*positive, *negative])]
        labels = rows["ending"].isin(positive).to_numpy(dtype=bool)
        base = {
            "question": "ending", "target": " or ".join(positive), "group": species, "negative": " or ".join(negative),
            "positive": " or ".join(positive), "n": len(rows), "n_negative": int((~labels).sum()),
            "n_positive": int(labels.sum()),
        }  # fmt: skip
        enough = min(labels.sum(), (~labels).sum()) >= options.min_tracks
        names = ("ending", species, *positive, "against", *negative)
        counts = _draw(options, labels, *names)
        folds = folds_of_events(rows, labels, options.folds, generator(options.seed, "folds", *names))
        fits = (
            fit_logistic,
            mlp_fitter(options.mlp_hidden, options.mlp_epochs, random_state(options.seed, "mlp", *names)),
        )
        for method, fit in zip(PROBES, fits, strict=True):
            areas = np.full(len(counts), np.nan)
            if enough:
                areas = paired_auc(out_of_fold(latent_matrix(rows), labels, folds, fit), labels, folds, counts)
            yield {**base, "method": method, "metric": "auc", **_with_interval(areas)}


def _read_truth(matched: pd.DataFrame, options: RegressionConfig) -> Iterator[dict[str, Any]]:
    latents = matched.drop(columns=list(TARGETS)).assign(particle=matched["species"])
    scores, _ = regress(latents, matched[[*TRACK_KEY, *TARGETS]], {}, options)
    for _, row in scores.iterrows():
        head = {"question": "truth", "target": row["feature"], "group": row["group"], "method": row["model"]}
        yield {**head, "metric": "r2", "value": row["r2"], "low": row["r2_low"], "high": row["r2_high"], "n": row["n"]}


def _draw(options: ClosureConfig, labels: Bools, *names: str) -> Floats:
    """Give counts of the rows: once each, then of every bootstrap resample within the classes."""
    rng = generator(options.seed, "closure", *names)
    counts = bootstrap_counts(rng, labels.astype(np.int64), options.bootstrap)
    return np.vstack([np.ones(len(labels)), counts.astype(np.float64)])


def _with_interval(values: Floats) -> dict[str, float]:
    """Give the first value with the interval of the others, which are resampled."""
    low, high = percentile_interval(values[1:])
    return {"value": float(values[0]), "low": low, "high": high}
