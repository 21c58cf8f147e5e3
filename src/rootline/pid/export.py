"""Models as ONNX, which any framework reads and which holds no code, and how near they are to what they were made from.

Every exported model takes the inputs as they were measured, (n, 16) float32
with NaN where a detector has not seen the track, and gives probabilities: the
scaling, and the mean that fills what is missing, are part of it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rootline.core.files import replacing
from rootline.pid.inputs import Scaling
from rootline.pid.network_training import N_INPUTS

INPUT: Final = "tracks"
OUTPUT: Final = "probabilities"
OPSET: Final = 18
TREE_OPSET: Final = 3  # of ai.onnx.ml, the newest that skl2onnx writes

Float32s = NDArray[np.float32]


class Parity(NamedTuple):
    """By how much probabilities differ at most, of how many tracks, and of how many of these a detector is missing."""

    difference: float
    n: int
    n_missing: int


class _Measured(nn.Module):
    """A network that takes inputs as they were measured and gives probabilities."""

    def __init__(self, network: nn.Module, scaling: Scaling) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.from_numpy(scaling.mean))
        self.register_buffer("spread", torch.from_numpy(scaling.spread))

    def forward(self, tracks: Tensor) -> Tensor:
        mean: Any = self.mean
        spread: Any = self.spread
        return torch.sigmoid(self.network((tracks - mean) / spread))


def score_network(network: nn.Module, scaling: Scaling, tracks: Float32s) -> Float32s:
    """Give the probability of each target by torch, (n, n_targets), of inputs as they were measured."""
    with torch.no_grad():
        found: Float32s = _Measured(network, scaling).eval()(torch.from_numpy(tracks)).numpy()
    return found


def export_network(path: Path, network: nn.Module, scaling: Scaling) -> None:
    """Write a network as ONNX."""
    example = torch.zeros(8, N_INPUTS)
    with replacing(path) as unfinished:
        torch.onnx.export(
            _Measured(network, scaling).eval(),
            (example,),
            str(unfinished),
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            opset_version=OPSET,
            external_data=False,
            dynamo=True,
            verbose=False,
        )


def export_trees(path: Path, estimator: Any) -> None:
    """Write a model of `trees.fit_trees` as ONNX; its probabilities are those of the species that it has learnt."""
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    found = to_onnx(
        estimator,
        initial_types=[(INPUT, FloatTensorType([None, N_INPUTS]))],
        options={"zipmap": False},
        target_opset={"": OPSET, "ai.onnx.ml": TREE_OPSET},
    )
    with replacing(path) as unfinished:
        unfinished.write_bytes(found.SerializeToString())


def load_onnx(path: Path, *, threads: int = 1) -> Callable[[Float32s], Float32s]:
    """Give the function from inputs as they were measured, (n, 16), to probabilities, by ONNX Runtime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def score(tracks: Float32s) -> Float32s:
        found: Float32s = session.run([OUTPUT], {INPUT: np.ascontiguousarray(tracks, dtype=np.float32)})[0]
        return found

    return score


def compare_scores(ours: Float32s, exported: Float32s, tracks: Float32s) -> Parity:
    """Compare probabilities of the same tracks."""
    difference = float(np.abs(ours - exported).max()) if len(ours) else 0.0
    return Parity(difference, len(tracks), int(np.isnan(tracks).any(axis=1).sum()))
