"""All models and the n-sigma rule beside each other: one cut each, chosen on the val part and judged on the test part."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from rootline.core.binomial import clopper_pearson
from rootline.core.errors import UserError
from rootline.core.seeds import generator
from rootline.core.tables import describe_key, join_strict
from rootline.pid.analyses.curves import CURVES_KEY, measure_auc, trace_curve
from rootline.pid.analyses.equal_purity import EQUAL_PURITY_KEY, compare_at_equal_purity
from rootline.pid.analyses.scored import Floats, Scored
from rootline.pid.analyses.settings.comparison import ComparisonConfig
from rootline.pid.nsigma import NSIGMA, NSigmaConfig, accept, distance
from rootline.pid.scores import SCORED
from rootline.pid.selection import cut_at_best_f1, measure_selection
from rootline.pid.species import SUFFIXES
from rootline.pid.tracks import FRAME_TRACK_KEY

MODELS_KEY: Final = ("model", "species")
SELECTION_KEY: Final = ("model", "species", "pt_low")

TRACK_COLUMNS: Final = (
    *("species", "fP", "fPt"),
    *(f"f{detector}NSigma{SUFFIXES[species]}" for species in SCORED for detector in ("TPC", "TOF")),
)
"""Columns of the tracks that the comparison needs, beside the key."""

KEYS: Final = {
    "models": MODELS_KEY,
    "selection": SELECTION_KEY,
    "equal_purity": EQUAL_PURITY_KEY,
    "curves": CURVES_KEY,
}


class Comparison(NamedTuple):
    """The four tables; `KEYS` has the key of each."""

    models: pd.DataFrame
    selection: pd.DataFrame
    equal_purity: pd.DataFrame
    curves: pd.DataFrame


def compare_models(
    tracks: pd.DataFrame,
    split: pd.DataFrame,
    scores: Iterable[tuple[str, str, pd.DataFrame]],
    options: ComparisonConfig,
    rule: NSigmaConfig,
) -> Comparison:
    """Judge all models and n-sigma with one cut per species, bin by bin, at equal purity, and at all cuts.

    A track is of a species by the truth, whatever its charge. A model's cut is
    that of largest F1 on the val part; n-sigma has its own, and minus its
    distance for a score. All else is counted on the test part.

    Parameters
    ----------
    tracks : data frame
        Key, `TRACK_COLUMNS`; species null for another particle.
    split : data frame
        Key and part of the same tracks.
    scores : iterable of (model, run, data frame)
        Key, and a score for each of `SCORED`, of the same tracks; taken one after the other.
    options : ComparisonConfig
        Bins and intervals.
    rule : NSigmaConfig
        What the models are compared with.

    Returns
    -------
    models : data frame
        model, run (empty for n-sigma), species, threshold (accepted: score >= threshold; NaN where the val part has
        no such track), auc, f1, purity, efficiency with _low and _high (95 %: DeLong, bootstrap, Clopper-Pearson
        twice), n_species, n_accepted, n_right, n (test part), n_val (of the species).
    selection : data frame
        model, species and a row of `measure_selection` per bin.
    equal_purity, curves : data frames
        As `compare_at_equal_purity` and `trace_curve` give them.

    Raises
    ------
    UserError
        If tracks, parts and scores are not of the same tracks, or a score is no number.
    """
    key = list(FRAME_TRACK_KEY)
    known = join_strict(tracks, split[[*key, "part"]], key=key, names=("the tracks", "the split"))
    keys = known[key]
    pt, particle = known["fPt"].to_numpy(dtype=np.float64), known["species"].to_numpy(dtype=object)
    parts = known["part"].to_numpy(dtype=object)
    in_val, in_test = parts == "val", parts == "test"
    models, selection, pure, curves = [], [], [], []
    of_rule: dict[str, tuple[Scored, Scored]] = {}
    for name, run, species, score in _scores(known, keys, scores, rule):
        is_species = np.asarray(particle == species, dtype=bool)
        if name == NSIGMA:
            threshold, accepted = -rule.threshold, accept(known, species, rule)
        else:
            threshold = cut_at_best_f1(score[in_val], is_species[in_val])
            accepted = score >= threshold
        val, test = (Scored(pt[of], is_species[of], score[of], accepted[of]) for of in (in_val, in_test))
        labels = {"model": name, "species": species}
        numbers = _numbers(test, generator(options.seed, "f1", name, species), options.bootstrap)
        cut = threshold if np.isfinite(threshold) else np.nan
        models.append(labels | {"run": run, "threshold": cut} | numbers | {"n_val": int(val.is_species.sum())})
        found = measure_selection(test.pt, test.is_species, test.accepted, options.pt_edges)
        selection.append(found.assign(**labels))
        curves.append(trace_curve(test, threshold, options.curve_points).assign(**labels))
        if name == NSIGMA:
            of_rule[species] = (val, test)
        else:
            found = compare_at_equal_purity(val, test, *of_rule[species], options, species=species)
            pure.append(found.assign(**labels))
    return Comparison(
        _ordered(pd.DataFrame.from_records(models), ("model", "run", "species")),
        _ordered(pd.concat(selection, ignore_index=True), SELECTION_KEY),
        _ordered(pd.concat(pure, ignore_index=True), EQUAL_PURITY_KEY),
        _ordered(pd.concat(curves, ignore_index=True), CURVES_KEY),
    )


def _scores(
    known: pd.DataFrame, keys: pd.DataFrame, scores: Iterable[tuple[str, str, pd.DataFrame]], rule: NSigmaConfig
) -> Iterator[tuple[str, str, str, Floats]]:
    """Give model, run, species and its score of each track, in the order of the keys; n-sigma first."""
    for species in SCORED:
        yield NSIGMA, "", species, -distance(known, species, rule)
    for name, run, frame in scores:
        where = f"the scores of {name}"
        joined = join_strict(keys, frame[[*keys.columns, *SCORED]], key=list(keys.columns), names=("the tracks", where))
        for species in SCORED:
            score = joined[species].to_numpy(dtype=np.float64)
            if not np.isfinite(score).all():
                row = keys.iloc[int(np.argmin(np.isfinite(score)))].to_dict()
                raise UserError(f"{where}: {describe_key(row)} has no number as its score of {species}; score it again")
            yield name, run, species, score


def _numbers(test: Scored, rng: np.random.Generator, resamples: int) -> dict[str, Any]:
    """Give a model's numbers on the test part."""
    n_species, n_accepted = int(test.is_species.sum()), int(test.accepted.sum())
    n_right, n = int((test.is_species & test.accepted).sum()), len(test.accepted)
    auc = measure_auc(test.score, test.is_species)
    record: dict[str, Any] = {"auc": auc.value, "auc_low": auc.low, "auc_high": auc.high}
    record |= dict(
        zip(("f1", "f1_low", "f1_high"), _f1(n_right, n_species, n_accepted, n, rng, resamples), strict=True)
    )
    for name, of in (("purity", n_accepted), ("efficiency", n_species)):
        share = clopper_pearson(n_right, of)
        record |= {name: float(share.value), f"{name}_low": float(share.low), f"{name}_high": float(share.high)}
    return record | {"n_species": n_species, "n_accepted": n_accepted, "n_right": n_right, "n": n}


def _f1(
    n_right: int, n_species: int, n_accepted: int, n: int, rng: np.random.Generator, resamples: int
) -> tuple[float, float, float]:
    """Give F1 with the ends of its bootstrap interval; NaN without a track of the species."""
    if n_species == 0:
        return np.nan, np.nan, np.nan
    # tracks drawn with replacement at a fixed cut are drawn from four classes
    classes = np.array([n_right, n_species - n_right, n_accepted - n_right])
    drawn = rng.multinomial(n, np.append(classes, n - classes.sum()) / n, size=resamples)
    with np.errstate(invalid="ignore"):
        again = 2 * drawn[:, 0] / (2 * drawn[:, 0] + drawn[:, 1] + drawn[:, 2])
    low, high = np.nanquantile(again, [0.025, 0.975])
    return 2 * n_right / (n_species + n_accepted), float(low), float(high)


def _ordered(table: pd.DataFrame, first: tuple[str, ...]) -> pd.DataFrame:
    """Put the columns that name a row first."""
    return table[[*first, *(name for name in table.columns if name not in first)]]
