"""Exported models, as they are used: no torch and no scikit-learn is needed to score tracks.

Every exported model takes the inputs as they were measured, (n, 16) float32
with NaN where a detector has not seen the track, and gives probabilities: the
scaling, and the mean that fills what is missing, are part of it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.errors import UserError, in_one_line
from rootline.pid.inputs import raw_inputs
from rootline.pid.tracks import FRAME_TRACK_KEY

INPUT: Final = "tracks"
OUTPUT: Final = "probabilities"
OUTPUTS: Final = "outputs"  # in the metadata: their names, with commas between
OPSET: Final = 18

Float32s = NDArray[np.float32]


class Parity(NamedTuple):
    """By how much probabilities differ at most, of how many tracks, and of how many of these a detector is missing."""

    difference: float
    n: int
    n_missing: int


class OnnxModel:
    """An exported model, opened once, by ONNX Runtime on so many threads.

    Attributes
    ----------
    outputs : tuple of str
        What the probabilities are of: species of trees, targets such as ``kaon-`` of networks.

    Raises
    ------
    UserError
        If the file is no model or a damaged one, or does not say what its outputs are.
    """

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # those of ONNX Runtime have nothing else in common
            raise UserError(
                f"{path}: cannot be read as an ONNX model ({in_one_line(error)}); remove the file and give the same command again"
            ) from error
        names = self._session.get_modelmeta().custom_metadata_map.get(OUTPUTS, "")
        if not names:
            raise UserError(f"{path}: does not say what its outputs are, so Rootline did not write it")
        self.outputs: tuple[str, ...] = tuple(names.split(","))

    def __call__(self, tracks: Float32s) -> Float32s:
        """Give the probabilities, (n, n_outputs), of inputs as they were measured, (n, 16)."""
        found: Float32s = self._session.run([OUTPUT], {INPUT: np.ascontiguousarray(tracks, dtype=np.float32)})[0]
        return found


def with_outputs(model: Any, names: Sequence[str]) -> bytes:
    """Give the bytes of an ONNX model that says what its outputs are, the same ones each time."""
    entry = model.metadata_props.add()
    entry.key, entry.value = OUTPUTS, ",".join(names)
    found: bytes = model.SerializeToString(deterministic=True)
    return found


def check_parity(
    score: Callable[[Float32s], Float32s], scores: pd.DataFrame, tracks: pd.DataFrame, *, tolerance: float, name: str
) -> Parity:
    """Compare the probabilities of an exported model with those of the library that made it.

    Parameters
    ----------
    score : function
        Such as an `OnnxModel`.
    scores : data frame
        From `scores.library_scores`.
    tracks : data frame
        Cleaned tracks, these among them.
    tolerance : float
        Largest difference of a probability.
    name : str
        Of the model, for errors.

    Raises
    ------
    UserError
        If a track is not there, the model gives other outputs, or a probability differs by more.
    """
    key = list(FRAME_TRACK_KEY)
    judged = scores[key].merge(tracks, on=key, how="left", validate="one_to_one", indicator=True)
    if (judged["_merge"] != "both").any():
        raise UserError(f"{name}: scored tracks that are not in the table of tracks; delete its folder and run again")
    inputs = raw_inputs(judged)
    own = scores.drop(columns=key).to_numpy(dtype=np.float32)
    found = score(inputs)
    if found.shape != own.shape:
        raise UserError(
            f"{name}: gives {found.shape[1]} probabilities of a track where its library gave {own.shape[1]}; it is of another "
            "run: delete it and give the same command again"
        )
    difference = float(np.abs(own - found).max()) if len(own) else 0.0
    if not difference <= tolerance:
        raise UserError(
            f"{name}: the exported model differs from its library by {difference:.2g} in a probability, of {len(own)} tracks; "
            f"allowed is {tolerance:g} (pid.export.tolerance). If the file was exchanged or changed, delete it and give the same "
            "command again"
        )
    return Parity(difference, len(own), int(np.isnan(inputs).any(axis=1).sum()))
