"""Networks on disk: weights and scaling of the inputs in one file, the run's config beside it."""

from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rootline.core.errors import UserError
from rootline.core.model_state import load_weights
from rootline.core.runs import check_pair, run_id, write_run
from rootline.core.tensors import read_metadata, read_tensors, write_tensors
from rootline.pid.inputs import Scaling, standardise
from rootline.pid.network_export import MeasuredNetwork
from rootline.pid.network_training import build_network
from rootline.pid.runs import RunConfig, read_run
from rootline.pid.training import TrainedNetwork

Float32s = NDArray[np.float32]

_SCALING: Final = "scaling."


class Network(NamedTuple):
    """A trained network, ready to use on the CPU."""

    module: nn.Module
    scaling: Scaling
    run: RunConfig

    def score(self, inputs: Float32s) -> Float32s:
        """Give the probabilities of the targets, (n, 6) in the order of `inputs.TARGETS`, of (n, 16) as measured."""
        return MeasuredNetwork(self.module, self.scaling).score(inputs)

    def mapped(self, inputs: Float32s) -> Float32s:
        """Give what the mapper makes of tracks, (n, 32); AttributeError for a network without one."""
        mapper: Any = self.module.mapper
        with torch.no_grad():
            found: Float32s = mapper(torch.from_numpy(standardise(inputs, self.scaling))).numpy()
        return found


def write_network(model: Path, config: Path, run: RunConfig, trained: TrainedNetwork) -> None:
    """Write weights and scaling by name, with the run id in the header, and the resolved config."""
    scaling = {_SCALING + name: values for name, values in trained.scaling._asdict().items()}
    write_tensors(model, trained.weights | scaling, {"rootline": run_id(run)})
    write_run(config, run)


def read_network(model: Path, config: Path) -> Network:
    """Read a network and the config beside it. Nothing in either file can run code.

    Raises
    ------
    UserError
        If either file is damaged, they belong to different runs, or the
        weights are not those of the config's network.
    """
    run = read_run(config)
    if run.is_trees:
        raise UserError(f"{config}: is of a {run.kind}, which is no network")
    trained_as = read_metadata(model).get("rootline")
    check_pair(run, trained_as, model=model, config=config)
    tensors = read_tensors(model)
    module = build_network(run.kind, run.network)  # type: ignore[arg-type]  # trees are refused above
    try:
        scaling = Scaling(**{name: tensors.pop(_SCALING + name).astype(np.float32) for name in Scaling._fields})
        load_weights(module, tensors)
    except (ValueError, KeyError) as error:
        raise UserError(f"{model}: does not fit the network in {config}: {error}") from error
    return Network(module.eval(), scaling, run)
