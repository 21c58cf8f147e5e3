"""Scores of tracks: what a model gives each of them for being a pion, a kaon or a proton."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.splits import SplitConfig, check_parts
from rootline.core.tables import join_strict, read_frame
from rootline.pid.columns import INPUTS
from rootline.pid.inputs import raw_inputs
from rootline.pid.tracks import FRAME_TRACK_KEY, UNIT

Float32s = NDArray[np.float32]

SCORED: Final = ("pion", "kaon", "proton")
"""Species that tracks are scored for, of the sign that they have."""

COMPARED: Final = 10_000
"""Tracks that both an exported model and the library that made it score, at most."""

BATCH: Final = 4096
"""Tracks in one call of a model, by which attention over a million of them keeps to its memory."""


def read_of_sample(path: Path, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a table with a row per track of the sample that the file is named after, in the order of the key.

    `columns` names those wanted beside the key; without it, all are read.

    Raises
    ------
    UserError
        If the file is damaged, lacks one of the columns, or holds tracks of another sample.
    """
    table = read_frame(path, key=FRAME_TRACK_KEY, columns=columns)
    others = [str(name) for name in table["sample"].unique() if name != path.stem]
    if others:
        raise UserError(
            f"{path}: holds tracks of the sample {', '.join(others)}, not of {path.stem}; it was exchanged: delete it and run "
            "again"
        )
    return table


def read_parts(tracks: Path, split: Path, fractions: SplitConfig) -> pd.DataFrame:
    """Read tracks with all that a model is given and learns, and with their parts, in the order of the key.

    Raises
    ------
    UserError
        If a table is damaged or lacks a column, if the tables hold different
        tracks or those of another sample, or a part is not that of its track,
        see `check_parts`.
    """
    read = read_of_sample(tracks)  # whole: analyses of n-sigma want its columns too, where there are any
    if lacking := [name for name in (*INPUTS, "species") if name not in read]:
        raise UserError(f"{tracks}: no column {', '.join(lacking)}. If it was changed, delete it and run again")
    table = join_strict(
        read,
        read_of_sample(split, columns=["part"]),
        key=FRAME_TRACK_KEY,
        names=(str(tracks), str(split)),
    )
    check_parts(table, fractions, event=UNIT)
    return table


def library_scores(table: pd.DataFrame, score: Callable[[Float32s], Float32s], n: int = COMPARED) -> pd.DataFrame:
    """Score the first tracks of the test part by the library that has made a model, a column per output of the model.

    Parameters
    ----------
    table : data frame
        From `read_parts`.
    score : function
        From inputs as they were measured, (n, 16), to (n, n_outputs).
    n : int
        Tracks, at most.
    """
    judged = table[table["part"] == "test"].head(n)
    found = score(raw_inputs(judged))
    return judged[list(FRAME_TRACK_KEY)].assign(**{f"output_{place}": column for place, column in enumerate(found.T)})


def species_scores(tracks: pd.DataFrame, score: Callable[[Float32s], Float32s], outputs: Sequence[str]) -> pd.DataFrame:
    """Score every track for the species of `SCORED`.

    Parameters
    ----------
    tracks : data frame
        Cleaned tracks.
    score : function
        From inputs as they were measured to probabilities, (n, n_outputs).
    outputs : sequence of str
        What these are of: a species such as ``kaon``, or a particle of one sign
        such as ``kaon-``, of which the one of the sign that the track has
        counts. What no output is of has the score 0.
    """
    inputs = raw_inputs(tracks)
    parts = [score(inputs[start : start + BATCH]) for start in range(0, len(inputs), BATCH)]
    found = dict(zip(outputs, np.concatenate(parts).T, strict=True)) if parts else {}
    nothing = np.zeros(len(tracks), np.float32)
    positive = tracks["fSign"].to_numpy() > 0
    columns = {}
    for name in SCORED:
        of_sign = [found.get(f"{name}{sign}", found.get(name, nothing)) for sign in ("+", "-")]
        columns[name] = np.where(positive, *of_sign).astype(np.float32)
    return tracks[list(FRAME_TRACK_KEY)].assign(**columns)
