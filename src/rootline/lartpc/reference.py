"""Which track of a reference event is the one: the most kaon-like by a random forest on the features.

The forest learns from the labelled tracks of other samples. Nothing of the
reference events goes into it, not even through another sample that holds
the same events.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from rootline.core.screen import tell
from rootline.core.seeds import generator
from rootline.core.splits import PHYSICAL_EVENT
from rootline.core.tables import EVENT_KEY, TRACK_KEY
from rootline.lartpc.analyses.statistics import (
    Bools,
    Floats,
    Ints,
    bootstrap_counts,
    fold_auc,
    percentile_interval,
    random_state,
    wilson_interval,
)
from rootline.lartpc.candidates import CHOICE_COLUMNS
from rootline.lartpc.features import FEATURES
from rootline.lartpc.reference_config import ReferenceConfig

NUMBERS_KEY: Final = ("quantity",)

NUMBERS_COLUMNS: Final = ("quantity", "value", "low", "high", "n", "n_negative", "n_positive")


class ScoredCandidates(NamedTuple):
    """Scores of all candidates, and how good the forest is that gave them.

    Attributes
    ----------
    scores : data frame
        TRACK_KEY and kaon_score: the share of the trees' votes for the
        positive particle, from 0 to 1; NaN without a forest.
    forest : dict
        value, low, high (AUC out of fold with its 95 % interval), n, n_negative, n_positive.
    """

    scores: pd.DataFrame
    forest: dict[str, Any]

    def of_sample(self, sample: str) -> "ScoredCandidates":
        """Give those of one sample."""
        return self._replace(scores=self.scores[self.scores["sample"] == sample].reset_index(drop=True))


def score_candidates(labelled: pd.DataFrame, candidates: pd.DataFrame, options: ReferenceConfig) -> ScoredCandidates:
    """Train the forest on labelled tracks and score the candidates.

    An undefined feature stays undefined (NaN): a tree sends it where it sent
    those of its training. The AUC is out of fold, with the folds cut between
    events, and averaged over the folds; its interval is a bootstrap over the
    tracks of each fold and particle.

    Parameters
    ----------
    labelled, candidates : data frames
        TRACK_KEY, particle and the features; labelled tracks of an event that
        has a candidate are left out.
    options : ReferenceConfig
        The particles to tell apart, and the forest.

    Returns
    -------
    ScoredCandidates
        All NaN if there are too few labelled tracks for the folds.
    """
    events, others = (pd.MultiIndex.from_frame(table[list(PHYSICAL_EVENT)]) for table in (labelled, candidates))
    usable = labelled["particle"].isin([options.positive, options.negative]).to_numpy(dtype=bool) & ~events.isin(others)
    known = labelled[usable].sort_values(list(TRACK_KEY), ignore_index=True)
    labels = (known["particle"] == options.positive).to_numpy(dtype=bool)
    scores = candidates[list(TRACK_KEY)].assign(kaon_score=np.nan)
    forest = {"value": np.nan, "low": np.nan, "high": np.nan}
    forest |= {"n": len(labels), "n_negative": int((~labels).sum()), "n_positive": int(labels.sum())}
    if min(forest["n_negative"], forest["n_positive"]) < 2 * options.folds:
        return ScoredCandidates(scores, forest)
    inputs = known[list(FEATURES)].to_numpy(dtype=np.float64)
    if len(candidates):
        of_candidates = candidates[list(FEATURES)].to_numpy(dtype=np.float64)
        scores["kaon_score"] = _fit_and_score(inputs, labels, of_candidates, options, "forest")
    return ScoredCandidates(scores, forest | _judge(known, inputs, labels, options))


def choose_best(scores: pd.DataFrame) -> pd.DataFrame:
    """Give the candidate with the highest score of each event; the better match of the planes, of equal ones.

    Returns
    -------
    data frame
        TRACK_KEY, in its order.
    """
    ordered = scores.sort_values(["kaon_score", "track"], ascending=[False, True], kind="stable")
    best = ordered.drop_duplicates(list(EVENT_KEY))
    return best[list(TRACK_KEY)].sort_values(list(TRACK_KEY), ignore_index=True)


def choice_table(scores: pd.DataFrame, chosen: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """Put beside each chosen track its score and how many candidates its event has.

    Parameters
    ----------
    scores : data frame
        As `score_candidates` gives them.
    chosen : data frame
        TRACK_KEY of one candidate of some events.
    by : str
        ``forest`` or ``hand``.
    """
    counts = scores.groupby(list(EVENT_KEY), sort=False)["track"].transform("size")
    table = scores.assign(n_candidates=counts.astype("int64"), chosen_by=by)
    table = chosen[list(TRACK_KEY)].merge(table, on=list(TRACK_KEY), how="left", validate="one_to_one")
    return table[list(CHOICE_COLUMNS)].sort_values(list(TRACK_KEY), ignore_index=True)


def choose_reference(scored: ScoredCandidates, hand: pd.DataFrame | None, options: ReferenceConfig) -> pd.DataFrame:
    """Choose by hand where there is a table of that, else by the forest; without either nothing, and say so.

    Parameters
    ----------
    scored : ScoredCandidates
        The candidates to choose from.
    hand : data frame, optional
        TRACK_KEY of tracks chosen by hand, also of other samples.
    options : ReferenceConfig
        Its names of particles are used in what is said.
    """
    if hand is not None:
        of_sample = hand[hand["sample"].isin(scored.scores["sample"])]
        return choice_table(scored.scores, of_sample, by="hand")
    if scored.scores["kaon_score"].notna().all():
        return choice_table(scored.scores, choose_best(scored.scores), by="forest")
    forest = scored.forest
    tell(
        f"  choose_reference: nothing is chosen. The forest has {forest['n_negative']} tracks of {options.negative} and "
        f"{forest['n_positive']} of {options.positive} in the roles train and held_out, and needs {2 * options.folds} of each: "
        "give more of both, name the particles in lartpc.reference.negative and .positive, or choose by hand "
        "(lartpc.reference.choice)"
    )
    return choice_table(scored.scores, scored.scores[:0], by="forest")


def summarise_choice(
    scored: ScoredCandidates, choices: pd.DataFrame, entries: pd.DataFrame, listed: pd.DataFrame | None
) -> pd.DataFrame:
    """Count the events of a sample from the list to the choice, and judge the forest.

    Parameters
    ----------
    scored, choices
        As `score_candidates` and `choose_reference` give them for the sample.
    entries : data frame
        run, subrun, event of all events in its files.
    listed : data frame, optional
        run, subrun, event of the event list; without it every event counts as listed.

    Returns
    -------
    data frame
        quantity, value, low and high (95 %), n, and for the AUC n_negative
        and n_positive. events_listed; events_found, those of them in the
        files; events_without_candidate; events_chosen; forest_first, the
        share of the chosen tracks that the forest puts first (1 where it
        chose); forest_auc. Counts have no interval.
    """
    there = pd.MultiIndex.from_frame(entries[list(PHYSICAL_EVENT)]).unique()
    wanted = there if listed is None else pd.MultiIndex.from_frame(listed[list(PHYSICAL_EVENT)])
    found = int(there.isin(wanted).sum())
    n_events = len(scored.scores.drop_duplicates(list(EVENT_KEY)))
    records: list[dict[str, Any]] = [
        {"quantity": "events_listed", "value": len(wanted), "n": len(wanted)},
        {"quantity": "events_found", "value": found, "n": len(wanted)},
        {"quantity": "events_without_candidate", "value": found - n_events, "n": found},
        {"quantity": "events_chosen", "value": len(choices), "n": n_events},
    ]
    same, n_known = 0, 0
    if scored.scores["kaon_score"].notna().any():
        best = choose_best(scored.scores)
        same, n_known = len(best.merge(choices[list(TRACK_KEY)], on=list(TRACK_KEY))), len(choices)
    low, high = wilson_interval(same, n_known)
    share = same / n_known if n_known else np.nan
    records.append({"quantity": "forest_first", "value": share, "low": low, "high": high, "n": n_known})
    records.append({"quantity": "forest_auc", **scored.forest})
    table = pd.DataFrame.from_records(records).reindex(columns=list(NUMBERS_COLUMNS))
    whole_numbers = dict.fromkeys(("n", "n_negative", "n_positive"), "Int64")
    return table.astype(dict.fromkeys(("value", "low", "high"), "float64") | whole_numbers)


def _judge(known: pd.DataFrame, inputs: Floats, labels: Bools, options: ReferenceConfig) -> dict[str, Any]:
    """AUC of the forest on labelled tracks that it was not fitted on."""
    folds = _folds(known, labels, options)
    scores = np.full(len(labels), np.nan)
    for fold in np.unique(folds):
        held_out = folds == fold
        if labels[~held_out].all() or not labels[~held_out].any():
            return {}
        name = f"fold {fold}"
        scores[held_out] = _fit_and_score(inputs[~held_out], labels[~held_out], inputs[held_out], options, name)
    counts = bootstrap_counts(generator(options.seed, "reference"), 2 * folds + labels, options.bootstrap)
    low, high = percentile_interval(fold_auc(scores, labels, folds, counts))
    return {"value": float(fold_auc(scores, labels, folds)[0]), "low": low, "high": high}


def _folds(known: pd.DataFrame, labels: Bools, options: ReferenceConfig) -> Ints:
    from sklearn.model_selection import StratifiedGroupKFold

    events = known.groupby(list(PHYSICAL_EVENT), sort=False).ngroup().to_numpy()
    splitter = StratifiedGroupKFold(options.folds, shuffle=True, random_state=random_state(options.seed, "folds"))
    folds = np.zeros(len(known), dtype=np.int64)
    for fold, (_, held_out) in enumerate(splitter.split(labels, labels, events)):
        folds[held_out] = fold
    return folds


def _fit_and_score(inputs: Floats, labels: Bools, others: Floats, options: ReferenceConfig, name: str) -> Floats:
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(
        options.trees,
        max_depth=options.max_depth,
        min_samples_leaf=options.min_leaf,
        class_weight="balanced",
        random_state=random_state(options.seed, name),
        n_jobs=1,
    )
    forest.fit(inputs, labels)
    return np.asarray(forest.predict_proba(others)[:, 1], dtype=np.float64)
