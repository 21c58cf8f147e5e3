"""Candidates: the tracks of a reference event, one of which is the particle that the event was picked for.

Until one is chosen nobody knows which, so none of them carries the
particle's own name: their label is "kaon candidate". No analysis that groups
by particle can mistake a halo track for a kaon.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rootline.core.errors import UserError
from rootline.core.tables import TRACK_KEY, describe_key, read_frame

SUFFIX: Final = " candidate"

CHOICE_COLUMNS: Final = (*TRACK_KEY, "kaon_score", "n_candidates", "chosen_by")
"""Columns of ``reference/{sample}.parquet``: the chosen track of each event, its score (NaN without a forest), among
how many candidates, and by whom (forest or hand)."""


def candidate_label(particle: str) -> str:
    """Give the label of tracks that may be the particle: ``kaon candidate``."""
    return f"{particle}{SUFFIX}"


def settle_particles(tracks: pd.DataFrame, choices: pd.DataFrame) -> pd.Series:
    """Give each track its particle once the choice is made.

    Parameters
    ----------
    tracks : data frame
        TRACK_KEY and particle.
    choices : data frame
        TRACK_KEY of the chosen candidates.

    Returns
    -------
    series of str
        With the index of `tracks`: the particle of a chosen candidate without
        its suffix, null for one that was not chosen, and the label as it is
        for every other track.

    Raises
    ------
    UserError
        If a chosen track is not there, or is no candidate.
    """
    is_candidate = tracks["particle"].str.endswith(SUFFIX).to_numpy(dtype=bool)
    keys = pd.MultiIndex.from_frame(tracks[list(TRACK_KEY)].astype({"sample": object}))
    chosen_keys = pd.MultiIndex.from_frame(choices[list(TRACK_KEY)].astype({"sample": object}))
    chosen = keys.isin(chosen_keys)
    missing = ~chosen_keys.isin(keys[is_candidate])
    if missing.any():
        row = choices.loc[missing, list(TRACK_KEY)].iloc[0].to_dict()
        raise UserError(
            f"{int(missing.sum())} chosen reference tracks are no candidates; the first is {describe_key(row)}; "
            "the choice was made from other tracks, run again to choose anew"
        )
    labels = tracks["particle"].astype(object).where(~is_candidate | chosen, None)
    labels[chosen] = labels[chosen].str.removesuffix(SUFFIX)
    return labels


def settle_tracks(tracks: pa.Table, choices: pd.DataFrame) -> tuple[pa.Table, pa.Table]:
    """Part a table into the tracks of the study, each with its particle, and the candidates that were not chosen."""
    labels = pa.array(settle_particles(tracks.select([*TRACK_KEY, "particle"]).to_pandas(), choices), pa.string())
    place = tracks.column_names.index("particle")
    of_study = tracks.set_column(place, "particle", labels).filter(pc.is_valid(labels))
    return of_study, tracks.filter(pc.is_null(labels))


def read_choices(paths: Sequence[Path]) -> pd.DataFrame:
    """Read the choices of some reference samples as one table; without any, an empty one."""
    tables = [read_frame(path, key=TRACK_KEY, columns=CHOICE_COLUMNS) for path in paths]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(CHOICE_COLUMNS))
