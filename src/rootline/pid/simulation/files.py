"""Simulated tracks as a ROOT file with a folder per data frame."""

from pathlib import Path

import numpy as np
import uproot

from rootline.core.files import replacing
from rootline.pid.simulation.detector import Tracks


def write_frames(path: Path, tracks: Tracks, *, tree: str, frames: int) -> None:
    """Write tracks to `frames` folders ``DF_1``, ``DF_2``, ... of one ROOT file, each with one flat tree.

    Parameters
    ----------
    tracks : mapping of arrays
        Columns, each (n,), shared out to the folders in their order.
    tree : str
        Name of the tree in each folder.
    """
    parts = {name: np.array_split(values, frames) for name, values in tracks.items()}
    with replacing(path) as unfinished, uproot.recreate(unfinished, compression=uproot.ZSTD(3)) as file:
        for frame in range(frames):
            file[f"DF_{frame + 1}/{tree}"] = {name: split[frame] for name, split in parts.items()}
