"""Which tracks a model and the n-sigma rule take for a species."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.tables import join_strict
from rootline.pid.analyses.masses import Accepted
from rootline.pid.nsigma import NSIGMA, NSigmaConfig, accept
from rootline.pid.scores import SCORED
from rootline.pid.species import SUFFIXES
from rootline.pid.tracks import FRAME_TRACK_KEY


def cut_of(cuts: pd.DataFrame, model: str, species: str) -> float:
    """Give the cut of a model on its score for a species.

    Raises
    ------
    UserError
        If the table of models has none.
    """
    found = cuts.loc[(cuts["model"] == model) & (cuts["species"] == species), "threshold"]
    if len(found) != 1:
        raise UserError(f"the table of models has no cut of {model} for {species}; run compare_models again")
    return float(found.iloc[0])


def accepted_by_cut(tracks: pd.DataFrame, scores: pd.DataFrame, species: str, cut: float) -> NDArray[np.bool_]:
    """Tell which tracks have a score at or above the cut, (n,) in the order of `tracks`."""
    joined = join_strict(
        tracks[list(FRAME_TRACK_KEY)],
        scores[[*FRAME_TRACK_KEY, species]],
        key=FRAME_TRACK_KEY,
        names=("the tracks", "their scores"),
    )
    return np.asarray(joined[species].to_numpy(dtype=np.float64) >= cut)


def accepted_tracks(
    tracks: pd.DataFrame, scores: pd.DataFrame, cuts: pd.DataFrame, rule: NSigmaConfig, *, sample: str, model: str
) -> Iterator[Accepted]:
    """Give what a model, and n-sigma where the tracks have it, takes for each species.

    Parameters
    ----------
    tracks, scores : data frames
        Of one sample, both in the order of the key.
    cuts : data frame
        Table of models, with their thresholds.
    rule : NSigmaConfig
        The rule.
    sample, model : str
        Their names.
    """
    for species in SCORED:
        yield Accepted(sample, model, species, accepted_by_cut(tracks, scores, species, cut_of(cuts, model, species)))
        if f"fTPCNSigma{SUFFIXES[species]}" in tracks:
            yield Accepted(sample, NSIGMA, species, accept(tracks, species, rule))
