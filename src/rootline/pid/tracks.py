"""Tracks from ROOT files with one flat tree per data frame, as one table with what a model may be given.

A row is known by its sample, the number of its data frame and its place in
the frame's tree, which is the track index that a result is joined by.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field, NonNegativeFloat, PositiveFloat

from rootline.core.config import Section
from rootline.core.errors import UserError, in_one_line
from rootline.core.root_files import open_root
from rootline.pid.columns import MEASURED, MISSING, N_SIGMA, TOGETHER, TREES, TRUTH
from rootline.pid.species import species_of

FRAME_TRACK_KEY: Final = ("sample", "frame", "track")

UNIT: Final = ("frame", "track")
"""What shares a part of a split: the tables do not say which tracks are of one collision."""

_FRAME: Final = re.compile(r"DF_(\d+)")


class FrameTree(NamedTuple):
    """The tree of tracks of a data frame, the frame's number, and where it is, for errors."""

    number: int
    where: str
    tree: Any


class CleaningConfig(Section):
    """Which tracks are kept, and which signals count as missing."""

    tpc_max: PositiveFloat = Field(10_000.0, description="A TPC signal is above 0 and below this [arb. units].")
    tof_pt_min: NonNegativeFloat = Field(
        0.5, description="Below this transverse momentum the TOF counts as missing [GeV/c]."
    )


def read_tracks(path: str, *, sample: str) -> pd.DataFrame:
    """Read all data frames of a file.

    Returns
    -------
    data frame
        ``sample, frame, track``, every measured column, those of n-sigma and of
        the truth if the file has them, and ``species``, null for other particles
        and without truth. Nothing is cleaned.

    Raises
    ------
    UserError
        If the file is damaged, has no data frames, or a frame lacks a tree, a
        column or numbers, or has n-sigma of TPC or TOF alone; names the file,
        the frame and the remedy.
    """
    with open_root(path) as file:
        read = [(frame.number, _read_frame(frame)) for frame in frame_trees(file, path)]
    (first, columns), *others = [(number, list(frame.columns)) for number, frame in read]
    if (other := next((number for number, names in others if names != columns), None)) is not None:
        raise UserError(
            f"{path}: the data frames DF_{first} and DF_{other} have different columns; give files of one kind"
        )
    tracks = pd.concat([frame for _, frame in read], ignore_index=True)
    tracks.insert(0, "sample", sample)
    tracks["species"] = species_of(tracks["fPdgCode"].to_numpy()) if "fPdgCode" in tracks else None
    return tracks


def frame_trees(file: Any, path: str) -> Iterator[FrameTree]:
    """Give the tree of tracks of each data frame, in the order of their numbers: of `TREES` the first that is there.

    Parameters
    ----------
    file : open ROOT file
        From `open_root`.
    path : str
        Its name, for errors.

    Raises
    ------
    UserError
        If there is no data frame, two have one number, or a frame is damaged or has none of the trees.
    """
    names = sorted(set(file.keys(recursive=False, cycle=False)))
    found = sorted((int(match[1]), name) for name in names if (match := _FRAME.fullmatch(name)))
    if not found:
        raise UserError(
            f"{path}: no data frame; folders called DF_<number> are expected, and it has {', '.join(names) or 'nothing'}"
        )
    for (number, name), (next_number, next_name) in pairwise(found):
        if number == next_number:
            raise UserError(f"{path}: the data frames {name} and {next_name} have one number; rename one of them")
    for number, name in found:
        where = f"{path}, {name}"
        with _told_as_damage(where):
            there = file[name].keys(recursive=False, cycle=False)
            tree_name = next((tree for tree in TREES if tree in there), None)
            if tree_name is None:
                raise UserError(
                    f"{where}: none of the trees {', '.join(TREES)}; it has {', '.join(there) or 'nothing'}"
                )
            tree = file[name][tree_name]
        yield FrameTree(number, f"{where}/{tree_name}", tree)


def clean(tracks: pd.DataFrame, rule: CleaningConfig) -> pd.DataFrame:
    """Leave out tracks without a TPC signal and put NaN where a detector has not seen the track.

    Both columns of a detector are missing together. n-sigma of the TOF is
    missing with its signal.
    """
    signal = tracks["fTPCSignal"]
    kept = tracks[(signal > 0) & (signal < rule.tpc_max)].reset_index(drop=True)
    floats = [*MISSING, *(name for name in N_SIGMA if name in kept)]
    kept = kept.astype(dict.fromkeys(floats, np.float32))
    for pair in TOGETHER:
        missing = pd.concat([kept[name] == np.float32(MISSING[name]) for name in pair], axis=1).any(axis=1)
        missing |= kept[list(pair)].isna().any(axis=1)
        if pair == ("fTOFSignal", "fBeta"):
            missing |= kept["fPt"] < rule.tof_pt_min
            kept.loc[missing, [name for name in N_SIGMA if name in kept and name.startswith("fTOF")]] = np.nan
        kept.loc[missing, list(pair)] = np.nan
    return kept


@contextmanager
def _told_as_damage(where: str) -> Iterator[None]:
    """Take whatever fails for damage, which shows in many ways, but for errors that say more."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{where}: damaged, cannot be read ({in_one_line(error)}); copy the file again") from error


def _other_detector(name: str) -> str:
    """Name the column of n-sigma of the same species and the other of TPC and TOF."""
    return name.replace("TPC", "TOF") if "TPC" in name else name.replace("TOF", "TPC")


def _read_frame(frame: FrameTree) -> pd.DataFrame:
    where, tree = frame.where, frame.tree
    with _told_as_damage(where):
        wanted = MEASURED | {column: kind for column, kind in (TRUTH | N_SIGMA).items() if column in tree}
        if lacking := [column for column in MEASURED if column not in tree]:
            raise UserError(f"{where}: no column {', '.join(lacking)}; write the whole table")
        if lacking := [name for name in N_SIGMA if name not in tree and _other_detector(name) in tree]:
            raise UserError(
                f"{where}: no column {', '.join(lacking)}, though {_other_detector(lacking[0])} is there; n-sigma needs TPC and "
                "TOF: write the columns of both, or of none, as O2pidtracksdataml has it"
            )
        arrays = tree.arrays(list(wanted), library="np")
    columns: dict[str, Any] = {"frame": np.full(tree.num_entries, frame.number, dtype=np.int64)}
    columns["track"] = np.arange(tree.num_entries, dtype=np.int64)
    for column, kind in wanted.items():
        values = arrays[column]
        if values.ndim != 1 or values.dtype.kind not in "buif":
            raise UserError(f"{where}: {column} is no column of numbers but of {values.dtype}")
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            row = int(np.argmin(np.isfinite(values)))
            raise UserError(
                f"{where}: track {row} has no number in {column} ({values[row]}); a detector that saw nothing is "
                "marked by -999 or 0"
            )
        columns[column] = values.astype(kind)
    return pd.DataFrame(columns)
