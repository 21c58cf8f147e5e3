"""Networks written as ONNX, which any framework reads and which holds no code; see `onnx_models` for what they take and give."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rootline.core.files import replacing
from rootline.pid.inputs import TARGET_NAMES, Scaling
from rootline.pid.network_training import N_INPUTS
from rootline.pid.onnx_models import INPUT, OPSET, OUTPUT, with_outputs

Float32s = NDArray[np.float32]


class MeasuredNetwork(nn.Module):
    """A network that takes inputs as they were measured, (n, 16), and gives the probability of each target, (n, n_targets)."""

    def __init__(self, network: nn.Module, scaling: Scaling) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.from_numpy(scaling.mean))
        self.register_buffer("spread", torch.from_numpy(scaling.spread))
        self.eval()

    def forward(self, tracks: Tensor) -> Tensor:
        """Standardise, judge, and make probabilities of logits."""
        mean: Any = self.mean
        spread: Any = self.spread
        return torch.sigmoid(self.network((tracks - mean) / spread))

    def score(self, tracks: Float32s) -> Float32s:
        """Do the same with arrays."""
        with torch.inference_mode():
            found: Float32s = self(torch.from_numpy(tracks)).numpy()
        return found


def export_network(path: Path, network: nn.Module, scaling: Scaling) -> None:
    """Write a network as ONNX."""
    program = torch.onnx.export(
        MeasuredNetwork(network, scaling),
        (torch.zeros(8, N_INPUTS),),
        input_names=[INPUT],
        output_names=[OUTPUT],
        dynamic_shapes=({0: torch.export.Dim("n")},),
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    with replacing(path) as unfinished:
        unfinished.write_bytes(with_outputs(_without_traces(program.model_proto), TARGET_NAMES))  # type: ignore[union-attr]


def _without_traces(model: Any) -> Any:
    """Remove what the exporter notes of its own source, whose folder would make other bytes of the same model."""
    graph = model.graph
    for noted in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info):
        del noted.metadata_props[:]
    return model
